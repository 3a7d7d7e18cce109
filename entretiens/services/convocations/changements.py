"""Remplacer, annuler, remettre en vigueur ce qui était annoncé d'un entretien qui change (R18, R25)."""

from datetime import datetime

from comptes.models import Personne
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.rules.etats import NatureConvocation
from entretiens.services.convocations.confirmation import annoncer
from entretiens.services.convocations.courrier import SANS_SUITE, retirer_du_courrier
from entretiens.services.convocations.rappel import rappeler_l_envoi
from entretiens.services.convocations.versions import annonce_en_vigueur


def annoncer_le_deplacement(*, entretien: Entretien, par: Personne | None, le: datetime) -> Envoi | None:
    """Remplace ce qui était annoncé d'un entretien qui vient de changer d'heure ; rien s'il ne l'était pas.

    La candidature est verrouillée par l'appelant.
    """
    en_attente = annonce_en_vigueur(entretien)
    if en_attente is None:
        return None
    partie = retirer_du_courrier(entretien, le=le)
    envoi = _envoi_seul(entretien, par=par, le=le, part_le=le if partie else max(le, en_attente.envoi.part_le))
    annoncer(envoi, [entretien], le=le)
    return envoi


def annoncer_l_annulation(
    *, entretien: Entretien, par: Personne | None, le: datetime, part_le: datetime | None = None
) -> Envoi | None:
    """Annule ce qui était annoncé : rappelle ce qui attendait, prévient de ce qui était parti (R18, R25).

    `part_le` laisse le temps de revenir sur un désistement ; sans lui, l'annonce part aussitôt.
    """
    partie = retirer_du_courrier(entretien, le=le)
    if partie is None:
        return None
    envoi = _envoi_seul(entretien, par=par, le=le, part_le=part_le or le)
    annoncer(envoi, [entretien], le=le, nature=NatureConvocation.ANNULATION)
    return envoi


def reprendre_l_annonce(*, entretien: Entretien, par: Personne | None, le: datetime) -> None:
    """Remet en vigueur ce qui était annoncé d'un entretien rétabli : son annulation ne part pas (écran 6.5).

    Une convocation rappelée avant son départ est refaite. La candidature est verrouillée par l'appelant. Lève
    `Refus` si l'annulation est partie.
    """
    annonce = annonce_en_vigueur(entretien)
    if annonce and annonce.est_annulee:
        rappeler_l_envoi(envoi=annonce.envoi, par=par, le=le)
        entretien.refresh_from_db(fields=["sequence"])
    annonces = Convocation.objects.filter(entretien=entretien, envoi__rappele_le__isnull=True)
    derniere = annonces.exclude(nature=NatureConvocation.ANNULATION).select_related("envoi").order_by("sequence").last()
    if derniere and not derniere.courriels.exclude(etat__in=SANS_SUITE).exists():
        envoi = _envoi_seul(entretien, par=par, le=le, part_le=max(le, derniere.envoi.part_le))
        annoncer(envoi, [entretien], le=le)


def _envoi_seul(entretien: Entretien, *, par: Personne | None, le: datetime, part_le: datetime) -> Envoi:
    accueil = entretien.creneau.seance.accueil
    return Envoi.objects.create(
        etablissement=accueil.etablissement, campagne_id=accueil.domaine.campagne_id, par=par, le=le, part_le=part_le
    )
