"""Le planning automatique : proposer une place à chaque élève qui attend (R22 à R26).

Ce qui est toujours vrai d'une proposition : l'accueil et la modalité sont les bons, aucune place n'est donnée plus de
fois qu'elle n'est libre, aucun élève n'est à deux endroits à la fois (où que soient ses autres entretiens), rien
n'est proposé dans le passé, hors de la période ni, quand il est tenu, avant le préavis.

Ce qu'elle cherche ensuite, chaque point l'emportant sur tous les suivants :

1. placer le plus d'élèves ; s'il manque des places, les marges tenues, puis les plus tôt inscrits ;
2. s'il est permis de rompre la marge de trajet (R23), le faire le moins possible ; puis laisser deux heures entre deux
   entretiens, puis ne pas faire venir de loin avant 9 h 30 : ce sont les gênes, de la plus à la moins forte ;
3. réunir les élèves d'un établissement sur le moins de demi-journées ;
4. faire passer les anciens d'abord ;
5. laisser peu de trous dans les journées des jurys.

Comment : `affectation` place tout le monde (par groupes, puis par chemins augmentants, puis en débloquant d'un accueil
à l'autre), `regroupement` réunit, `finition` range, `explication` dit. `plateau` est l'état de travail commun.
"""

from collections.abc import Iterable

from entretiens.rules.planification.affectation import adoucir, placer_tout_le_monde
from entretiens.rules.planification.explication import Raisons, expliquer
from entretiens.rules.planification.finition import finir
from entretiens.rules.planification.modeles import Candidat, Place, Proposition, Reglages
from entretiens.rules.planification.plateau import Plateau
from entretiens.rules.planification.regroupement import regrouper
from referentiel.rules.dates import jour_de


def proposer(candidats: Iterable[Candidat], places: Iterable[Place], reglages: Reglages) -> Proposition:
    """Propose une place à autant de candidats qu'il se peut, et dit pourquoi les autres n'en ont pas.

    La même demande, dans quelque ordre que ce soit, donne la même proposition. Rien n'est écrit. Dans un accueil,
    le nombre de placés est le plus grand possible, les entretiens des autres accueils étant ce qu'ils sont.
    """
    ouvertes, trop_tot = _trier(places, reglages)
    plateau = Plateau(candidats, ouvertes, reglages)
    placer_tout_le_monde(plateau)
    if reglages.regrouper:
        regrouper(plateau)
    adoucir(plateau)
    finir(plateau)
    raisons = Raisons(plateau, trop_tot)
    rangs = range(len(plateau.candidats))
    return Proposition(
        placements={plateau.candidats[r].cle: expliquer(plateau, r) for r in rangs if plateau.est_place(r)},
        laisses={plateau.candidats[r].cle: raisons.dire(r) for r in rangs if not plateau.est_place(r)},
    )


def _trier(places: Iterable[Place], reglages: Reglages) -> tuple[list[Place], list[Place]]:
    """Les places à proposer, et celles que seul le préavis écarte ; le passé et le hors-période n'y sont pas."""
    ouvertes: list[Place] = []
    trop_tot: list[Place] = []
    au_plus_tot = reglages.au_plus_tot
    for place in places:
        if place.debut <= reglages.le or not _est_dans_la_periode(place, reglages):
            continue
        ecartee = reglages.tenir_le_preavis and jour_de(place.debut) < au_plus_tot
        (trop_tot if ecartee else ouvertes).append(place)
    return ouvertes, trop_tot


def _est_dans_la_periode(place: Place, reglages: Reglages) -> bool:
    jour = jour_de(place.debut)
    return (reglages.du is None or reglages.du <= jour) and (reglages.au is None or jour <= reglages.au)
