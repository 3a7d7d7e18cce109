"""Remplacer, annuler, remettre en vigueur ce qui était annoncé d'un entretien qui change (R18, R25)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from comptes.models import Personne
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.rules.etats import NatureConvocation
from entretiens.services.convocations.confirmation import annoncer
from entretiens.services.convocations.courrier import SANS_SUITE, retirer_du_courrier
from entretiens.services.convocations.rappel import retenir_l_envoi
from entretiens.services.convocations.versions import annonces_en_vigueur
from referentiel.rules.refus import Refus


def annoncer_le_deplacement(*, entretien: Entretien, par: Personne | None, le: datetime) -> Envoi | None:
    """Remplace ce qui était annoncé d'un entretien qui vient de changer d'heure ; rien s'il ne l'était pas.

    La candidature est verrouillée par l'appelant.
    """
    en_attente = annonces_en_vigueur([entretien]).get(entretien.pk)
    if en_attente is None:
        return None
    partie = retirer_du_courrier([entretien], le=le)
    envoi = _envoi_seul(entretien, par=par, le=le, part_le=le if partie else max(le, en_attente.envoi.part_le))
    annoncer(envoi, [entretien], le=le)
    return envoi


def annoncer_l_annulation(
    *, entretien: Entretien, par: Personne | None, le: datetime, part_le: datetime | None = None
) -> Envoi | None:
    """Annule ce qui était annoncé : rappelle ce qui attendait, prévient de ce qui était parti (R18, R25).

    `part_le` laisse le temps de revenir sur un désistement ; sans lui, l'annonce part aussitôt.
    """
    if not retirer_du_courrier([entretien], le=le):
        return None
    envoi = _envoi_seul(entretien, par=par, le=le, part_le=part_le or le)
    annoncer(envoi, [entretien], le=le, nature=NatureConvocation.ANNULATION)
    return envoi


class AnnonceAConfirmer(Refus):
    """Le changement préviendrait des élèves déjà convoqués, `nombre` d'entre eux : il se confirme d'abord."""

    def __init__(self, nombre: int) -> None:
        sont = f"{nombre} élèves sont déjà convoqués" if nombre > 1 else "Un élève est déjà convoqué"
        super().__init__(f"{sont} : une convocation modifiée partira. Confirmez le changement.")
        self.nombre = nombre


def exiger_l_accord(nombre: int, d_accord_pour: int) -> None:
    """Lève `AnnonceAConfirmer` si le changement préviendrait plus d'élèves que la personne n'en a vu."""
    if nombre > d_accord_pour:
        raise AnnonceAConfirmer(nombre)


def annoncer_les_changements(*, entretiens: Sequence[Entretien], par: Personne | None, le: datetime) -> None:
    """Remplace ce qui était annoncé d'entretiens dont l'heure ou le lieu vient de changer ; un envoi pour tous.

    Ce qui attendait son départ est refait et l'attend encore. Les candidatures sont verrouillées par l'appelant.
    """
    en_attente = annonces_en_vigueur(entretiens)
    parties = retirer_du_courrier(entretiens, le=le)
    par_depart: dict[datetime, list[Entretien]] = defaultdict(list)
    for entretien in entretiens:
        if annonce := en_attente.get(entretien.pk):
            par_depart[le if entretien.pk in parties else max(le, annonce.envoi.part_le)].append(entretien)
    for part_le, ensemble in sorted(par_depart.items()):
        annoncer(_envoi_seul(ensemble[0], par=par, le=le, part_le=part_le), ensemble, le=le)


def annoncer_les_annulations(*, entretiens: Sequence[Entretien], par: Personne | None, le: datetime) -> int:
    """Annule ce qui était annoncé d'entretiens du même établissement, d'un seul envoi ; rend le nombre de prévenus."""
    parties = retirer_du_courrier(entretiens, le=le)
    prevenus = [entretien for entretien in entretiens if entretien.pk in parties]
    if prevenus:
        envoi = _envoi_seul(prevenus[0], par=par, le=le, part_le=le)
        annoncer(envoi, prevenus, le=le, nature=NatureConvocation.ANNULATION)
    return len(prevenus)


def reprendre_l_annonce(*, entretien: Entretien, par: Personne | None, le: datetime) -> None:
    """Remet en vigueur ce qui était annoncé d'un entretien rétabli : son annulation ne part pas (écran 6.5).

    Une convocation rappelée avant son départ est refaite. La candidature est verrouillée par l'appelant. Lève
    `Refus` si l'annulation est partie.
    """
    annonce = annonces_en_vigueur([entretien]).get(entretien.pk)
    if annonce and annonce.est_annulee:
        retenir_l_envoi(envoi=annonce.envoi, par=par, le=le)
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
