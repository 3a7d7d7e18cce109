"""Placer, déplacer et libérer : le seul passage vers un créneau (R22 à R25b).

Les verrous se prennent toujours dans le même ordre : élèves, candidatures, entretiens, créneaux, chacun par
clé croissante ; deux lycées qui veulent le même élève passent donc l'un après l'autre.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat, fin_du_repentir
from candidatures.services import accorder_les_creneaux, annuler, faire_passer, faire_passer_plusieurs
from comptes.models import Personne
from comptes.services import consigner
from entretiens.lectures import convient, occupation, occupations
from entretiens.models import Creneau, Entretien, Proposition
from entretiens.rules.etats import EtatEntretien
from entretiens.rules.placement import Occupation, pourquoi_pas_a_cette_heure
from entretiens.services.convocations import (
    annoncer_l_annulation,
    annoncer_le_deplacement,
    prevenir_le_saio,
    reprendre_l_annonce,
)
from entretiens.services.seances import exiger_un_jour_d_entretien
from entretiens.tenues import PlaceTenue, tenues_de
from referentiel.models import Accueil
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_instant
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode

VIENT_D_ETRE_PRIS = "Ce créneau vient d’être pris. Choisissez-en un autre."


class PlacementsRefuses(Refus):
    """Des placements demandés ensemble ne tiennent pas ; `raisons` les dit, par clé de candidature."""

    def __init__(self, raisons: dict[int, str], noms: dict[int, str]) -> None:
        super().__init__(" ".join(f"{noms[cle]} : {raison}" for cle, raison in raisons.items()))
        self.raisons = raisons


@transaction.atomic
def placer(*, candidature: Candidature, creneau: Creneau, par: Personne | None, le: datetime) -> Entretien:
    """Place une candidature sur un créneau de son établissement d'accueil (R22, R23).

    Lève `PeriodeClose`, ou `Refus` si le créneau est pris ou passé, si l'élève n'est pas disponible (sans dire
    où il est attendu, R25b), ou si la candidature a déjà un entretien.
    """
    try:
        [entretien] = placer_plusieurs(placements=[(candidature, creneau)], par=par, le=le)
    except PlacementsRefuses as refus:
        raise Refus(refus.raisons[candidature.pk]) from refus
    return entretien


@transaction.atomic
def placer_plusieurs(
    *,
    placements: Sequence[tuple[Candidature, Creneau]],
    par: Personne | None,
    le: datetime,
    proposition: Proposition | None = None,
) -> list[Entretien]:
    """Place plusieurs candidatures d'un seul geste, tout ou rien, en un nombre constant de requêtes.

    Les créneaux que tient une proposition en préparation sont refusés, sauf à `proposition` elle-même. Lève
    `PeriodeClose`, ou `PlacementsRefuses` avec la raison de chaque placement impossible.
    """
    if not placements:
        raise Refus("Sélectionnez au moins un élève.")
    eleves = verrouiller_les_eleves(candidature.eleve_id for candidature, _ in placements)
    candidatures = _verrouiller_les_candidatures(candidature.pk for candidature, _ in placements)
    for accueil in {c.accueil_id: c.accueil for c in candidatures.values()}.values():
        _exiger_la_planification(accueil, le)
    _remettre_les_absents_a_planifier(candidatures.values(), par, le)
    creneaux = _verrouiller_les_creneaux(creneau.pk for _, creneau in placements)
    voulus = [(candidatures[demandee.pk], creneaux.get(voulu.pk)) for demandee, voulu in placements]
    raisons = pourquoi_pas_ces_placements(voulus, prises=occupations(eleves), le=le, proposition=proposition)
    if raisons:
        raise PlacementsRefuses(raisons, {cle: str(c.eleve) for cle, c in candidatures.items()})
    accorder_les_creneaux(candidatures=candidatures.values(), par=par, le=le)
    return _ecrire([(candidature, creneau) for candidature, creneau in voulus if creneau], par, le)


def pourquoi_pas_ces_placements(
    voulus: Sequence[tuple[Candidature, Creneau | None]],
    *,
    prises: dict[int, list[Occupation]],
    le: datetime,
    proposition: Proposition | None = None,
) -> dict[int, str]:
    """Raison de chaque placement qui ne tient pas, par clé de candidature ; les premiers de la liste passent d'abord.

    `prises` reçoit au passage les moments que les placements qui tiennent prendraient aux élèves. Une requête, quel
    que soit leur nombre : les créneaux que tient une autre proposition que `proposition`.
    """
    tenues = tenues_de((creneau for _, creneau in voulus if creneau), le=le, sauf=proposition)
    places = {creneau.pk: creneau.places_libres for _, creneau in voulus if creneau}
    raisons: dict[int, str] = {}
    for candidature, creneau in voulus:
        raison = (
            _pourquoi_pas_cette_candidature(candidature)
            or _pourquoi_pas_ce_creneau(creneau, candidature, places.get(creneau.pk, 0) if creneau else 0, le)
            or _pourquoi_pas_une_place_tenue(creneau, places, tenues)
            or _pourquoi_pas_l_eleve(creneau, candidature, prises)
        )
        if raison or creneau is None:
            raisons[candidature.pk] = raison or VIENT_D_ETRE_PRIS
            continue
        places[creneau.pk] -= 1
        prises[candidature.eleve_id].append(occupation(creneau))
    return raisons


@transaction.atomic
def deplacer(
    *, entretien: Entretien, creneau: Creneau, motif: str = "", par: Personne | None, le: datetime
) -> Entretien:
    """Change un entretien de créneau avant qu'il ait lieu ; ce qui était annoncé est remplacé (R25).

    Si la convocation est partie, une convocation modifiée nomme l'ancienne heure ; si elle attendait son départ,
    elle est refaite. Lève `PeriodeClose` ou `Refus` comme `placer`.
    """
    prises = occupations(verrouiller_les_eleves([entretien.eleve_id]), sauf=entretien.pk)
    candidature = _verrouiller_les_candidatures([entretien.candidature_id])[entretien.candidature_id]
    ligne = _verrouiller_l_entretien(entretien, le)
    _exiger_la_planification(candidature.accueil, le)
    if ligne.creneau_id == creneau.pk:
        raise Refus("L’entretien est déjà sur ce créneau.")
    nouveau = _verrouiller_les_creneaux([ligne.creneau_id, creneau.pk]).get(creneau.pk)
    libres = nouveau.places_libres if nouveau else 0
    raison = (
        _pourquoi_pas_ce_creneau(nouveau, candidature, libres, le)
        or _pourquoi_pas_une_place_tenue(nouveau, {creneau.pk: libres}, tenues_de([creneau], le=le))
        or _pourquoi_pas_l_eleve(nouveau, candidature, prises)
    )
    if raison or nouveau is None:
        raise Refus(raison or VIENT_D_ETRE_PRIS)
    avant, etait_annonce = ligne.periode, ligne.sequence > 0
    ligne.creneau, ligne.periode = nouveau, nouveau.periode
    with contraintes_dites():
        ligne.save(update_fields=["creneau", "periode"])
    _prendre_la_modalite([(candidature, nouveau)])
    suite = f" Motif : {motif.strip()}" if motif.strip() else ""
    consigner(
        objet=candidature,
        fait="entretien_deplace" if etait_annonce else "planification",
        phrase=f"Entretien déplacé du {dire_instant(avant.lower)} au {dire_instant(nouveau.periode.lower)}.{suite}"[
            :300
        ],
        par=par,
        le=le,
        avant={"debut": avant.lower.isoformat()},
        apres={"debut": nouveau.periode.lower.isoformat()},
    )
    accorder_les_creneaux(candidatures=[candidature], par=par, le=le)
    annoncer_le_deplacement(entretien=ligne, par=par, le=le)
    return ligne


@transaction.atomic
def liberer(*, entretien: Entretien, replanifier: bool, motif: str = "", par: Personne | None, le: datetime) -> None:
    """Annule un entretien avant qu'il ait lieu et rend son créneau (R25, R26).

    `replanifier` remet la candidature à planifier ; sinon elle est annulée, ce qui demande un motif et prévient
    le SAIO et l'établissement d'origine. Lève `PeriodeClose` ou `Refus`.
    """
    verrouiller_les_eleves([entretien.eleve_id])
    candidature = _verrouiller_les_candidatures([entretien.candidature_id])[entretien.candidature_id]
    ligne = _verrouiller_l_entretien(entretien, le)
    _exiger_la_planification(candidature.accueil, le)
    if not replanifier:
        annuler(candidature=candidature, motif=motif, par=par, le=le)
        prevenir_le_saio(entretien=ligne, le=le)
        return
    suite = f" Motif : {motif.strip()}" if motif.strip() else ""
    etait_annonce = ligne.sequence > 0
    _annuler(ligne, par, le)
    faire_passer(
        candidature=candidature,
        vers=Etat.INSCRITE,
        fait="entretien_annule" if etait_annonce else "planification",
        phrase=f"Entretien du {dire_instant(ligne.periode.lower)} annulé, à replanifier.{suite}"[:300],
        par=par,
        le=le,
    )
    accorder_les_creneaux(candidatures=[candidature], par=par, le=le)


@transaction.atomic
def retirer_l_entretien(*, candidature: Candidature, par: Personne | None, le: datetime) -> Entretien | None:
    """Annule l'entretien à venir d'une candidature retirée, et rend son créneau (R18, R19).

    Ne touche pas à l'état de la candidature, que l'appelant vient d'écrire. Une absence passée d'une candidature
    adressée ailleurs, ou à replanifier, devient « à reporter ». L'annulation d'un désistement attend le temps de se
    reprendre. Rend l'entretien touché, s'il y en a un.
    """
    entretiens = Entretien.objects.select_for_update(of=("self",)).avec_lieu().en_vigueur()
    ligne = entretiens.filter(candidature=candidature).first()
    if ligne is None or ligne.etat == EtatEntretien.TENU:
        return None
    if ligne.etat == EtatEntretien.PREVU:
        fait = "entretien_annule" if ligne.sequence else "planification"
        _annuler(ligne, par, le, part_le=_fin_du_repentir(candidature, ligne))
        phrase = f"Entretien du {dire_instant(ligne.periode.lower)} annulé, créneau libéré."
        consigner(objet=candidature, fait=fait, phrase=phrase, par=par, le=le)
    elif candidature.etat == Etat.INSCRITE:
        ligne.etat = EtatEntretien.EXCUSE
        ligne.save(update_fields=["etat"])
    return ligne


@transaction.atomic
def retablir_l_entretien(*, candidature: Candidature, par: Personne | None, le: datetime) -> Entretien | None:
    """Rend son créneau à une candidature dont le désistement est annulé, et rappelle ce qui l'annulait (écran 6.5).

    L'élève et sa candidature sont verrouillés par l'appelant. Lève `Refus` si le créneau est repris ou passé, ou si
    l'élève n'est plus disponible.
    """
    annules = Entretien.objects.select_for_update(of=("self",)).avec_lieu().filter(etat=EtatEntretien.ANNULE)
    ligne = annules.filter(candidature=candidature).order_by("-pk").first()
    if ligne is None:
        return None
    creneau = _verrouiller_les_creneaux([ligne.creneau_id]).get(ligne.creneau_id)
    prises = occupations([candidature.eleve_id])
    raison = _pourquoi_pas_ce_creneau(
        creneau, candidature, creneau.places_libres if creneau else 0, le
    ) or _pourquoi_pas_l_eleve(creneau, candidature, prises)
    if raison:
        raise Refus(f"Le désistement ne peut plus être annulé. {raison.replace(' Choisissez-en un autre.', '')}")
    ligne.etat = EtatEntretien.PREVU
    with contraintes_dites():
        ligne.save(update_fields=["etat"])
    reprendre_l_annonce(entretien=ligne, par=par, le=le)
    return ligne


def verrouiller_les_eleves(cles: Iterable[int]) -> list[int]:
    """Prend les lignes des élèves, sans gêner les lectures ni les clés étrangères ; rend leurs clés."""
    eleves = Eleve.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(cles)).order_by("pk")
    return list(eleves.values_list("pk", flat=True))


def _remettre_les_absents_a_planifier(candidatures: Iterable[Candidature], par: Personne | None, le: datetime) -> None:
    """Une absence que l'on replanifie devient « à reporter » : elle n'occupe plus de place (écran 6.5)."""
    absentes = [candidature for candidature in candidatures if candidature.etat == Etat.ABSENTE]
    if not absentes:
        return
    manques = Entretien.objects.filter(candidature__in=absentes, etat=EtatEntretien.ABSENT)
    manques.update(etat=EtatEntretien.EXCUSE)
    faire_passer_plusieurs(
        candidatures=absentes,
        vers=Etat.INSCRITE,
        fait="presence",
        phrases=["Absence reportée : l’élève est à replanifier."] * len(absentes),
        par=par,
        le=le,
    )


def _verrouiller_les_candidatures(cles: Iterable[int]) -> dict[int, Candidature]:
    lignes = (
        Candidature.objects.select_for_update(of=("self",), no_key=True)
        .select_related("eleve", "accueil__etablissement", "accueil__domaine__campagne__regles")
        .prefetch_related("accueil__domaine__campagne__periodes")
        .filter(pk__in=set(cles))
        .order_by("pk")
    )
    return {ligne.pk: ligne for ligne in lignes}


def _verrouiller_les_creneaux(cles: Iterable[int]) -> dict[int, Creneau]:
    lignes = (
        Creneau.objects.select_for_update(of=("self",), no_key=True)
        .select_related("seance__accueil")
        .filter(pk__in=set(cles))
        .order_by("pk")
    )
    return {ligne.pk: ligne for ligne in lignes}


def _verrouiller_l_entretien(entretien: Entretien, le: datetime) -> Entretien:
    ligne = Entretien.objects.select_for_update(of=("self",)).avec_lieu().get(pk=entretien.pk)
    if ligne.etat != EtatEntretien.PREVU:
        raise Refus(f"Cet entretien est noté « {ligne.get_etat_display()} » : cette action n’est plus possible.")
    if ligne.periode.lower <= le:
        raise Refus("L’entretien a commencé : notez la présence.")
    return ligne


def _exiger_la_planification(accueil: Accueil, le: datetime) -> None:
    exiger_periode(accueil.domaine.campagne, Nature.PLANIFICATION, etablissement_id=accueil.etablissement_id, le=le)


def _pourquoi_pas_cette_candidature(candidature: Candidature) -> str | None:
    etat = Etat(candidature.etat)
    if etat is Etat.INSCRITE:
        return None
    if etat in {Etat.PLANIFIEE, Etat.CONVOQUEE}:
        return "Cet élève a déjà un entretien dans ce domaine."
    return f"Cette candidature est « {candidature.get_etat_display()} » : elle n’est pas à planifier."


def _pourquoi_pas_ce_creneau(
    creneau: Creneau | None, candidature: Candidature, libres: int, le: datetime
) -> str | None:
    if creneau is None or libres < 1:
        return VIENT_D_ETRE_PRIS
    seance = creneau.seance
    if seance.accueil_id != candidature.accueil_id:
        return "Ce créneau n’est pas ouvert pour ce domaine."
    if not convient(creneau, candidature):
        return f"Cet élève attend : {LIBELLES_MODALITES[Modalite(candidature.modalite)].lower()}."
    if creneau.periode.lower <= le:
        return "Ce créneau est déjà passé."
    return _pourquoi_pas_ce_moment(creneau, candidature)


def _pourquoi_pas_une_place_tenue(
    creneau: Creneau | None, places: dict[int, int], tenues: dict[int, PlaceTenue]
) -> str | None:
    tenue = tenues.get(creneau.pk) if creneau else None
    return tenue.raison if creneau and tenue and places[creneau.pk] <= tenue.places else None


def _pourquoi_pas_ce_moment(creneau: Creneau, candidature: Candidature) -> str | None:
    accueil = candidature.accueil
    try:
        exiger_un_jour_d_entretien(accueil.domaine.campagne, accueil.etablissement_id, creneau.periode.lower)
    except Refus as refus:
        return str(refus)
    return None


def _pourquoi_pas_l_eleve(
    creneau: Creneau | None, candidature: Candidature, prises: dict[int, list[Occupation]]
) -> str | None:
    if creneau is None:
        return VIENT_D_ETRE_PRIS
    marge = timedelta(minutes=candidature.accueil.domaine.campagne.regles.marge_de_trajet)
    return pourquoi_pas_a_cette_heure(occupation(creneau), prises[candidature.eleve_id], marge=marge)


def _ecrire(retenus: Sequence[tuple[Candidature, Creneau]], par: Personne | None, le: datetime) -> list[Entretien]:
    with contraintes_dites():
        entretiens = Entretien.objects.bulk_create(
            Entretien(
                candidature=candidature,
                eleve_id=candidature.eleve_id,
                creneau=creneau,
                periode=creneau.periode,
            )
            for candidature, creneau in retenus
        )
    _prendre_la_modalite(retenus)
    faire_passer_plusieurs(
        candidatures=[candidature for candidature, _ in retenus],
        vers=Etat.PLANIFIEE,
        fait="planification",
        phrases=[f"Entretien planifié le {dire_instant(creneau.periode.lower)}." for _, creneau in retenus],
        par=par,
        le=le,
    )
    return entretiens


def _prendre_la_modalite(retenus: Sequence[tuple[Candidature, Creneau]]) -> None:
    """Une candidature prend la modalité de la séance où elle est placée (R7)."""
    changees = []
    for candidature, creneau in retenus:
        if candidature.modalite != creneau.seance.modalite:
            candidature.modalite = creneau.seance.modalite
            changees.append(candidature)
    Candidature.objects.bulk_update(changees, ["modalite"])


def _annuler(entretien: Entretien, par: Personne | None, le: datetime, *, part_le: datetime | None = None) -> None:
    entretien.etat = EtatEntretien.ANNULE
    entretien.save(update_fields=["etat"])
    annoncer_l_annulation(entretien=entretien, par=par, le=le, part_le=part_le)


def _fin_du_repentir(candidature: Candidature, entretien: Entretien) -> datetime | None:
    """Instant jusqu'auquel un désistement s'annule ; `None` pour tout autre retrait, qui s'annonce aussitôt."""
    if candidature.etat != Etat.DESISTEE:
        return None
    regles = entretien.creneau.seance.accueil.domaine.campagne.regles
    return fin_du_repentir(candidature.retiree_le, delai=regles.delai_de_rappel)
