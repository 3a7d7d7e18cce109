"""Suivre la confirmation de la famille et la saisie du vœu dans Affelnet-Lycée (R33)."""

from datetime import datetime

from django.db import transaction

from avis.models import SuiteAffelnet, avis_accueil_visibles
from candidatures.models import FormationDemandee
from comptes.models import Personne
from comptes.services import consigner
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Affichage
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def confirmer_le_choix(
    *, formation_demandee: FormationDemandee, par: Personne, le: datetime, confirme: bool = True
) -> SuiteAffelnet:
    """Note, ou retire, la confirmation de la famille pour une formation (R33).

    Lève `PeriodeClose` après la date des vœux, `Refus` si la campagne est sans bonus, si l'avis d'accueil n'est pas
    connu, ou si le vœu est déjà saisi.
    """
    suite = _ouvrir_la_suite(formation_demandee, le)
    if not confirme and suite.voeu_saisi_le:
        raise Refus("Le vœu est noté comme saisi dans Affelnet-Lycée : retirez d’abord cette mention.")
    suite.confirmee_le = (suite.confirmee_le or le) if confirme else None
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
    if saisi and not suite.confirmee_le:
        raise Refus("Notez d’abord la confirmation de la famille.")
    suite.voeu_saisi_le = (suite.voeu_saisi_le or le) if saisi else None
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
