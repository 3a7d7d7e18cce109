"""Confirmer des entretiens planifiés : un envoi, ses versions, ses courriels (R25)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner_plusieurs
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.rules.etats import NatureConvocation
from entretiens.services.convocations.adresses import destinations
from entretiens.services.convocations.courrier import poster_les_convocations
from entretiens.services.convocations.verrous import verrouiller_les_entretiens
from entretiens.services.convocations.versions import ecrire_les_versions
from referentiel.models import Accueil, Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_instant
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.offre import dire_le_manque
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode, pourquoi_pas_maintenant


class DepartRefuse(Refus):
    """Les courriels ne peuvent pas partir à l'instant demandé."""


@transaction.atomic
def confirmer(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    entretiens: Iterable[Entretien],
    part_le: datetime | None = None,
    par: Personne | None,
    le: datetime,
) -> Envoi:
    """Annonce des entretiens planifiés : convocations et courriels s'écrivent ensemble, et partent après le délai
    de rappel, ou à l'instant `part_le` s'il vient plus tard (R25).

    Un courriel par messagerie d'établissement d'origine, un par personne référente, chacun avec ses élèves. Une
    adresse absente ou fausse n'empêche rien : elle se lit sur la page de l'envoi. Ce qui est déjà annoncé est
    laissé. Lève `PeriodeClose`, `DepartRefuse` si `part_le` ne laisse pas prévenir à temps, ou `Refus` s'il ne reste
    rien à annoncer, si un entretien est déjà passé, ou si un accueil n'a ni lieu ni contact à écrire (écran A15).
    """
    exiger_periode(campagne, Nature.CONVOCATIONS, etablissement_id=etablissement.pk, le=le)
    a_annoncer = verrouiller_les_entretiens(entretiens, etablissement, campagne)
    if not a_annoncer:
        raise Refus("Ces convocations sont déjà confirmées.")
    if passes := [str(e.candidature.eleve) for e in a_annoncer if e.periode.lower <= le]:
        raise Refus(f"Entretien déjà commencé : {', '.join(passes)}. Déplacez-le avant de le convoquer.")
    exiger_de_quoi_convoquer({e.creneau.seance.accueil for e in a_annoncer})
    envoi = Envoi.objects.create(
        etablissement=etablissement,
        campagne=campagne,
        par=par,
        le=le,
        part_le=_depart(campagne, etablissement, a_annoncer, voulu=part_le, le=le),
    )
    annoncer(envoi, a_annoncer, le=le)
    return envoi


def exiger_de_quoi_convoquer(accueils: Iterable[Accueil]) -> None:
    """Lève `Refus`, qui nomme ce qui manque, si une convocation de ces accueils ne disait pas où aller (R25)."""
    ranges = sorted(accueils, key=lambda accueil: cle_de_recherche(accueil.domaine.nom))
    phrases = [dire_le_manque(manque, accueil.domaine.nom) for accueil in ranges for manque in accueil.manques]
    if phrases:
        raise Refus(" ".join(phrases))


def _depart(
    campagne: Campagne,
    etablissement: Etablissement,
    entretiens: Sequence[Entretien],
    *,
    voulu: datetime | None,
    le: datetime,
) -> datetime:
    """L'instant voulu, au plus tôt après le délai de rappel ; avant le premier entretien et la fin des envois."""
    au_plus_tot = le + timedelta(minutes=campagne.regles.delai_de_rappel)
    if voulu is None or voulu <= au_plus_tot:
        return au_plus_tot
    if raison := pourquoi_pas_maintenant(campagne, Nature.CONVOCATIONS, etablissement_id=etablissement.pk, le=voulu):
        raise DepartRefuse(raison)
    premier = min(entretien.periode.lower for entretien in entretiens)
    if voulu >= premier:
        raise DepartRefuse(
            f"Le premier entretien a lieu le {dire_instant(premier, annee=False)} : choisissez un départ plus tôt."
        )
    return voulu


def annoncer(
    envoi: Envoi, entretiens: Sequence[Entretien], *, le: datetime, nature: NatureConvocation | None = None
) -> None:
    """Écrit une version de plus de chaque convocation et poste les courriels qui les portent."""
    ecrire_les_versions(envoi, entretiens, nature=nature)
    phrases = [(entretien.candidature, _dire_l_annonce(entretien, nature, envoi)) for entretien in entretiens]
    consigner_plusieurs(phrases=phrases, fait="convocation_confirmee", par=envoi.par, le=le)
    convocations = list(Convocation.objects.filter(envoi=envoi).avec_document())
    poster_les_convocations(envoi, destinations(convocations), part_le=envoi.part_le, le=le)


def _dire_l_annonce(entretien: Entretien, nature: NatureConvocation | None, envoi: Envoi) -> str:
    quand = dire_instant(entretien.periode.lower)
    if nature is NatureConvocation.ANNULATION:
        return f"Annulation de l’entretien du {quand} annoncée à l’établissement d’origine."
    return f"Convocation pour le {quand} confirmée, départ le {dire_instant(envoi.part_le)}."
