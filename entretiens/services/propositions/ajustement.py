"""Changer à la main ce qu'une proposition donne à chaque élève (écran A7)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from comptes.models import Personne
from entretiens.lectures import occupations
from entretiens.models import Creneau, LigneDeProposition, Proposition
from entretiens.rules.placement import Occupation
from entretiens.services.placement import PlacementsRefuses, pourquoi_pas_ces_placements
from entretiens.services.propositions.suivi import lignes_de, prendre_la_proposition, toucher
from referentiel.rules.dates import dire_instant

Choix = Mapping[int, Creneau | None]
CHAMPS_AJUSTES = ["creneau", "choisie", "pourquoi", "raison", "remarques"]


class AjustementsRefuses(PlacementsRefuses):
    """Des lignes ne tiennent pas ; `phrases` dit chacune avec les noms, une seule fois."""

    def __init__(self, raisons: dict[int, str], noms: dict[int, str]) -> None:
        super().__init__(raisons, noms)
        self.phrases = dire_les_defauts(raisons, noms)


def dire_les_defauts(raisons: Mapping[int, str], noms: Mapping[int, str]) -> list[str]:
    """Une phrase par raison, avec le nom de l'élève s'il n'y est pas déjà."""
    phrases = (raison if noms[cle] in raison else f"{noms[cle]} : {raison}" for cle, raison in raisons.items())
    return list(dict.fromkeys(phrases))


@transaction.atomic
def ajuster_la_proposition(
    *, proposition: Proposition, choix: Choix, version: int, par: Personne | None, le: datetime
) -> Proposition:
    """Garde les créneaux choisis, par clé de candidature ; `None` laisse l'élève pour plus tard.

    Tient les créneaux trente minutes de plus. Lève `PeriodeClose`, `PropositionFinie`, `PropositionModifiee`, ou
    `AjustementsRefuses` si des lignes ne tiennent pas : rien n'est alors gardé.
    """
    ligne = prendre_la_proposition(proposition, version=version, le=le)
    lignes = lignes_de(ligne)
    changees = appliquer(lignes, choix)
    if raisons := defauts_des_lignes(ligne, lignes, le=le):
        raise AjustementsRefuses(raisons, {r.candidature_id: str(r.candidature.eleve) for r in lignes})
    LigneDeProposition.objects.bulk_update(changees, CHAMPS_AJUSTES)
    toucher(ligne, par=par, le=le)
    return ligne


def appliquer(lignes: Sequence[LigneDeProposition], choix: Choix) -> list[LigneDeProposition]:
    """Pose les choix sur les lignes, sans rien écrire ; rend celles qui changent."""
    changees = []
    for ligne in lignes:
        voulu = choix.get(ligne.candidature_id, ligne.creneau)
        if ligne.candidature_id not in choix or (voulu.pk if voulu else None) == ligne.creneau_id:
            continue
        ligne.creneau, ligne.choisie, ligne.remarques = voulu, True, ""
        ligne.pourquoi = "Choisi à la main." if voulu else ""
        ligne.raison = "" if voulu else "Laissé pour plus tard, à votre demande."
        changees.append(ligne)
    return changees


def defauts_des_lignes(
    proposition: Proposition,
    lignes: Sequence[LigneDeProposition],
    *,
    le: datetime,
    prises: Mapping[int, Sequence[Occupation]] | None = None,
) -> dict[int, str]:
    """Ce qui ne tient pas dans ces lignes à l'instant `le`, par clé de candidature ; deux requêtes.

    `prises`, si la page les a déjà lues, sont les occupations de leurs élèves, et évitent une des deux. Un élève pris
    par un autre lycée depuis le calcul n'est dit que « pas disponible » (R25b).
    """
    placees = [ligne for ligne in lignes if ligne.creneau]
    raisons = _collisions(placees)
    if prises is None:
        prises = occupations({ligne.candidature.eleve_id for ligne in placees})
    voulus = [(ligne.candidature, ligne.creneau) for ligne in placees if ligne.candidature_id not in raisons]
    a_remplir = defaultdict(list, {eleve: list(siennes) for eleve, siennes in prises.items()})
    return raisons | pourquoi_pas_ces_placements(voulus, prises=a_remplir, le=le, proposition=proposition)


def _collisions(placees: Sequence[LigneDeProposition]) -> dict[int, str]:
    """Élèves trop nombreux sur un même créneau : la raison les nomme tous."""
    par_creneau: dict[int, list[LigneDeProposition]] = defaultdict(list)
    for ligne in placees:
        if ligne.creneau:
            par_creneau[ligne.creneau.pk].append(ligne)
    raisons: dict[int, str] = {}
    for groupe in par_creneau.values():
        creneau = groupe[0].creneau
        if creneau and 1 <= creneau.places_libres < len(groupe):
            phrase = _dire_la_collision(creneau, [str(ligne.candidature.eleve) for ligne in groupe])
            raisons |= {ligne.candidature_id: phrase for ligne in groupe}
    return raisons


def _dire_la_collision(creneau: Creneau, noms: Sequence[str]) -> str:
    jury = f", {creneau.seance.jury}" if creneau.seance.jury else ""
    quand = f"{dire_instant(creneau.periode.lower, annee=False)}{jury}"
    tous = f"{', '.join(noms[:-1])} et {noms[-1]}"
    if creneau.capacite > 1:
        libres = creneau.places_libres
        return f"Trop d’élèves ({quand}) : {len(noms)} élèves pour {libres} place{'s' if libres > 1 else ''} : {tous}."
    nombre = "Deux" if len(noms) == 2 else str(len(noms))
    return f"{nombre} élèves sur le même créneau ({quand}) : {tous}."
