"""Suivre la confirmation de la famille et la saisie du vœu dans Affelnet-Lycée (R33)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from avis.models import SuiteAffelnet, avis_accueil_visibles
from candidatures.models import FormationDemandee
from comptes.models import Personne
from comptes.services import consigner
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Affichage
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.services import exiger_periode


@dataclass(frozen=True, slots=True)
class SuiteSaisie:
    """Les deux cases d'une formation, telles qu'elles sont envoyées, et telles que la page les montrait."""

    formation_demandee: FormationDemandee
    confirme: bool
    saisi: bool
    confirme_vu: bool
    saisi_vu: bool


@dataclass(frozen=True, slots=True)
class SuitesNotees:
    """Ce qu'un envoi a changé, et, par formation demandée (clé primaire), pourquoi le reste ne l'est pas."""

    changements: int
    refus: dict[int, str]


@transaction.atomic
def noter_les_suites(*, saisies: Iterable[SuiteSaisie], par: Personne, le: datetime) -> SuitesNotees:
    """Note d'un coup les confirmations et les vœux de plusieurs formations (R33).

    Une case qui n'a pas bougé depuis la lecture de la page ne s'écrit pas : deux personnes sur la même classe ne se
    défont rien (R42). Une formation refusée n'empêche pas les autres. Lève `PeriodeClose`.
    """
    changements, refus = 0, {}
    for saisie in sorted(saisies, key=lambda saisie: saisie.formation_demandee.pk):
        try:
            with transaction.atomic():
                changements += _noter_la_suite(saisie, par=par, le=le)
        except PeriodeClose:
            raise
        except Refus as raison:
            refus[saisie.formation_demandee.pk] = str(raison)
    return SuitesNotees(changements, refus)


def _noter_la_suite(saisie: SuiteSaisie, *, par: Personne, le: datetime) -> int:
    """Applique les cases qui ont bougé, dans l'ordre que leur dépendance demande ; rend leur nombre."""
    demande = saisie.formation_demandee
    gestes: list[Callable[..., SuiteAffelnet]] = []
    if saisie.confirme != saisie.confirme_vu:
        gestes.append(partial(confirmer_le_choix, formation_demandee=demande, confirme=saisie.confirme))
    if saisie.saisi != saisie.saisi_vu:
        gestes.append(partial(noter_le_voeu, formation_demandee=demande, saisi=saisie.saisi))
    for geste in gestes if saisie.confirme else reversed(gestes):
        geste(par=par, le=le)
    return len(gestes)


@transaction.atomic
def confirmer_le_choix(
    *, formation_demandee: FormationDemandee, par: Personne, le: datetime, confirme: bool = True
) -> SuiteAffelnet:
    """Note, ou retire, la confirmation de la famille pour une formation (R33).

    Lève `PeriodeClose` après la date des vœux, `Refus` si la campagne est sans bonus, si l'avis d'accueil n'est pas
    connu, ou si le vœu est déjà saisi.
    """
    suite = _ouvrir_la_suite(formation_demandee, le)
    if bool(suite.confirmee_le) == confirme:
        return suite
    if not confirme and suite.voeu_saisi_le:
        raise Refus("Le vœu est noté comme saisi dans Affelnet-Lycée : retirez d’abord cette mention.")
    suite.confirmee_le = le if confirme else None
    suite.save()
    phrase = "Choix confirmé par la famille" if confirme else "Confirmation de la famille retirée"
    _consigner_la_suite(formation_demandee, "confirmation", phrase, par=par, le=le)
    return suite


@transaction.atomic
def noter_le_voeu(
    *, formation_demandee: FormationDemandee, par: Personne, le: datetime, saisi: bool = True
) -> SuiteAffelnet:
    """Note, ou retire, la saisie du vœu dans Affelnet-Lycée, une fois le choix confirmé (R33).

    Lève `PeriodeClose` ou `Refus`.
    """
    suite = _ouvrir_la_suite(formation_demandee, le)
    if bool(suite.voeu_saisi_le) == saisi:
        return suite
    if saisi and not suite.confirmee_le:
        raise Refus("Notez d’abord la confirmation de la famille.")
    suite.voeu_saisi_le = le if saisi else None
    suite.save()
    phrase = "Vœu saisi dans Affelnet-Lycée" if saisi else "Saisie du vœu retirée"
    _consigner_la_suite(formation_demandee, "voeu", phrase, par=par, le=le)
    return suite


def _ouvrir_la_suite(formation_demandee: FormationDemandee, le: datetime) -> SuiteAffelnet:
    """Verrouille la formation demandée et vérifie qu'une suite peut y être notée (R33)."""
    demande = (
        FormationDemandee.objects.select_for_update(of=("self",))
        .select_related(
            "candidature__eleve",
            "candidature__domaine__campagne__regles",
            "avis_accueil__compte_rendu",
            "suite_affelnet",
        )
        .get(pk=formation_demandee.pk)
    )
    campagne = demande.candidature.domaine.campagne
    exiger_periode(campagne, Nature.VOEUX_AFFELNET, etablissement_id=demande.candidature.eleve.etablissement_id, le=le)
    if campagne.regles.affichage != Affichage.AVEC_BONUS:
        raise Refus("Cette campagne ne donne aucun bonus dans Affelnet-Lycée : il n’y a rien à noter.")
    avis = getattr(demande, "avis_accueil", None)
    if demande.desistee_le or not avis_accueil_visibles(campagne, avis and avis.compte_rendu, le):
        raise Refus("L’avis de l’établissement d’accueil n’est pas encore connu pour cette formation.")
    return getattr(demande, "suite_affelnet", None) or SuiteAffelnet(formation_demandee=demande)


def _consigner_la_suite(demande: FormationDemandee, fait: str, phrase: str, *, par: Personne, le: datetime) -> None:
    consigner(objet=demande.candidature, fait=fait, phrase=f"{phrase} : {demande.formation}", par=par, le=le)
