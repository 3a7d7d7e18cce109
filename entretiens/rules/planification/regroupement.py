"""Réunir les élèves d'un même établissement sur les mêmes demi-journées.

On remplit d'abord groupe par groupe, les plus nombreux d'abord, chacun dans la demi-journée où il tient le plus juste ;
on améliore ensuite par déplacements et par échanges, tant que le nombre de demi-journées par établissement
diminue ou qu'un groupe se concentre. Aucun de ces gestes n'ajoute de gêne ni ne retire personne.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from entretiens.rules.planification.echanges import echanger
from entretiens.rules.planification.plateau import AUCUNE_GENE, Guichet, Plateau, numeros

PASSES = 6


def placer_par_groupes(plateau: Plateau, guichet: Guichet, rangs: Sequence[int]) -> None:
    """Place sans gêne autant de candidats qu'il se fait simplement, par groupes."""
    for groupe in _groupes(plateau, rangs):
        _placer_le_groupe(plateau, guichet, groupe)


def _groupes(plateau: Plateau, rangs: Iterable[int]) -> list[list[int]]:
    """Candidats d'un même établissement, les groupes les plus nombreux d'abord ; sans regrouper, chacun le sien."""
    if not plateau.reglages.regrouper:
        return [[rang] for rang in rangs]
    par_origine: dict[int, list[int]] = defaultdict(list)
    for rang in rangs:
        par_origine[plateau.candidats[rang].origine].append(rang)
    return sorted(par_origine.values(), key=lambda groupe: (-len(groupe), groupe[0]))


def _placer_le_groupe(plateau: Plateau, guichet: Guichet, groupe: Sequence[int]) -> None:
    restent = list(groupe)
    vaines: set[int] = set()
    while restent:
        demi = _la_meilleure_demi_journee(plateau, guichet, restent, vaines)
        if demi is None:
            return
        masque = guichet.par_demi[demi]
        vaines.add(demi)
        for rang in sorted(restent, key=lambda r: ((plateau.possibles(r)[AUCUNE_GENE] & masque).bit_count(), r)):
            possibles = plateau.possibles(rang)[AUCUNE_GENE] & guichet.libres & masque
            if possibles:
                plateau.poser(rang, next(numeros(possibles)))
                restent.remove(rang)


def _la_meilleure_demi_journee(
    plateau: Plateau, guichet: Guichet, groupe: Sequence[int], vaines: set[int]
) -> int | None:
    """Celle où le groupe vient déjà, sinon la plus juste où il tient, sinon celle où il tient le mieux."""
    possibles = [plateau.possibles(rang)[AUCUNE_GENE] & guichet.libres for rang in groupe]
    origine = plateau.candidats[groupe[0]].origine
    choix = []
    for demi, masque in guichet.par_demi.items():
        peuvent = [possible & masque for possible in possibles if possible & masque]
        if not peuvent or demi in vaines:
            continue
        if not plateau.reglages.regrouper:
            return demi
        place = sum(guichet.reste[numero] for numero in numeros(reduce(or_, peuvent)))
        manquent = len(groupe) - min(len(peuvent), place)
        etablissement = guichet.places[next(numeros(masque))].etablissement
        vient = plateau.presents[etablissement, demi, origine] > 0
        choix.append((manquent > 0 and not vient, not vient, manquent, place, demi))
    return min(choix)[-1] if choix else None


def regrouper(plateau: Plateau) -> None:
    """Améliore le regroupement, élève par élève puis groupe par groupe, sans ajouter de gêne."""
    groupes = _groupes_places(plateau)
    for _ in range(PASSES):
        gestes = sum(_rejoindre_le_groupe(plateau, rang) for rang in range(len(plateau.candidats)))
        gestes += sum(_reunir(plateau, accueil, groupe) for accueil, groupe in groupes)
        if not gestes:
            break


def _groupes_places(plateau: Plateau) -> list[tuple[int, list[int]]]:
    """Les groupes de chaque accueil, sans ceux qui restent."""
    places = ((a, [r for r in plateau.attente[a] if plateau.est_place(r)]) for a in plateau.guichets)
    return [(accueil, groupe) for accueil, rangs in places for groupe in _groupes(plateau, rangs)]


def _reunir(plateau: Plateau, accueil: int, groupe: list[int]) -> bool:
    """Amène tout un groupe sur une demi-journée, en replaçant ceux qu'il en chasse ; vrai si l'ensemble y gagne."""
    guichet = plateau.guichets[accueil]
    origine, etablissement = plateau.candidats[groupe[0]].origine, plateau.place(groupe[0]).etablissement
    ou = {guichet.demis[plateau.place_de[rang]] for rang in groupe}
    # Un groupe dispersé se réunit n'importe où ; un groupe réuni ne bouge que pour en rejoindre un autre au lycée.
    ailleurs = (d for d in guichet.par_demi if d not in ou and plateau.presents[etablissement, d, origine])
    return any(_ramener(plateau, guichet, groupe, demi) for demi in (guichet.par_demi if len(ou) > 1 else ailleurs))


def _ramener(plateau: Plateau, guichet: Guichet, groupe: list[int], demi: int) -> bool:
    marque, venues = plateau.marque, plateau.venues
    chasses: dict[int, list[int]] = defaultdict(list)
    for rang in groupe:
        if guichet.demis[plateau.place_de[rang]] == demi:
            continue
        chasse = _prendre_une_place(plateau, guichet, rang, guichet.par_demi[demi])
        if chasse is None:
            plateau.revenir(marque)
            return False
        for autre in chasse:
            chasses[plateau.candidats[autre].origine].append(autre)
    for autres in chasses.values():
        _placer_le_groupe(plateau, guichet, autres)
    if plateau.venues < venues and all(plateau.est_place(autre) for autres in chasses.values() for autre in autres):
        return True
    plateau.revenir(marque)
    return False


def _prendre_une_place(plateau: Plateau, guichet: Guichet, rang: int, masque: int) -> list[int] | None:
    """Met l'élève sur une place de cet ensemble, libre ou prise à un autre établissement ; rend qui l'a perdue."""
    tenables = _sans_gene_de_plus(plateau, rang) & masque
    if libres := tenables & guichet.libres:
        plateau.lever(rang)
        plateau.poser(rang, next(numeros(libres)))
        return []
    origine = plateau.candidats[rang].origine
    chassables = [
        (plateau.presents[guichet.places[numero].etablissement, guichet.demis[numero], c.origine], numero, autre)
        for numero in numeros(tenables)
        for autre in guichet.occupants[numero]
        if (c := plateau.candidats[autre]).origine != origine
    ]
    if not chassables:
        return None
    _, numero, autre = min(chassables)
    plateau.lever(rang)
    plateau.lever(autre)
    plateau.poser(rang, numero)
    return [autre]


def _sans_gene_de_plus(plateau: Plateau, rang: int) -> int:
    """Les places où l'élève ne serait pas plus gêné que là où il est."""
    return reduce(or_, plateau.possibles(rang)[: plateau.gene_de(rang) + 1])


def _rejoindre_le_groupe(plateau: Plateau, rang: int) -> bool:
    """Amène un élève là où ceux de son établissement viennent déjà, si l'ensemble y gagne."""
    if not plateau.est_place(rang):
        return False
    guichet = plateau.guichets[plateau.candidats[rang].accueil]
    ici = guichet.demis[plateau.place_de[rang]]
    etablissement = plateau.place(rang).etablissement
    origine = plateau.candidats[rang].origine
    presents = plateau.presents
    nombre = presents[etablissement, ici, origine]
    ailleurs = [
        demi
        for demi in guichet.par_demi
        if demi != ici and (present := presents[etablissement, demi, origine]) and (present >= nombre)
    ]
    ailleurs.sort(key=lambda demi: (-presents[etablissement, demi, origine], demi))
    return any(_aller(plateau, guichet, rang, guichet.par_demi[demi]) for demi in ailleurs)


def _aller(plateau: Plateau, guichet: Guichet, rang: int, masque: int) -> bool:
    """Déplace l'élève vers une place libre de cet ensemble, ou l'échange avec un autre."""
    tenables = _sans_gene_de_plus(plateau, rang) & masque
    if libres := tenables & guichet.libres:
        plateau.lever(rang)
        plateau.poser(rang, next(numeros(libres)))
        return True
    return any(
        _gagne(plateau, guichet, rang, autre) and echanger(plateau, rang, autre)
        for numero in numeros(tenables)
        for autre in list(guichet.occupants[numero])
    )


def _gagne(plateau: Plateau, guichet: Guichet, rang: int, autre: int) -> bool:
    """Vrai si l'échange retire une demi-journée à un établissement, ou concentre davantage les groupes."""
    un, deux = plateau.candidats[rang].origine, plateau.candidats[autre].origine
    if un == deux:
        return False
    ici, la = guichet.demis[plateau.place_de[rang]], guichet.demis[plateau.place_de[autre]]
    etablissement = plateau.place(rang).etablissement
    a, b = plateau.presents[etablissement, ici, un], plateau.presents[etablissement, la, un]
    c, d = plateau.presents[etablissement, la, deux], plateau.presents[etablissement, ici, deux]
    demis = (b == 0) - (a == 1) + (d == 0) - (c == 1)
    concentration = (b - a + 1) + (d - c + 1)
    return demis < 0 or (demis == 0 and concentration > 0)
