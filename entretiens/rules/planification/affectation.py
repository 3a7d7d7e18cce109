"""Placer tout le monde : d'abord par groupes, puis en faisant de la place, puis en débloquant d'un guichet à l'autre.

1. Chaque guichet se remplit par groupes d'élèves d'un même établissement (`regroupement`).
2. Qui n'a pas trouvé prend la place que d'autres peuvent lui faire (`chemins`) : aucun planning du guichet, les autres
   étant ce qu'ils sont, n'en place davantage. S'il manque des places, les plus anciens inscrits sont servis.
3. Un élève bloqué par son propre entretien dans un autre guichet, ou par celui d'un élève qui pourrait lui céder la
   place, est débloqué en déplaçant cet autre entretien.
4. Les marges rompues et les autres gênes sont reprises une à une, tant qu'on en supprime.
"""

from collections.abc import Iterable

from entretiens.rules.planification.chemins import atteintes, faire_une_place
from entretiens.rules.planification.plateau import (
    AUTRE_PROCHE,
    MARGE_ROMPUE,
    Guichet,
    Plateau,
    numeros,
)
from entretiens.rules.planification.regroupement import placer_par_groupes

PROFONDEUR = 2
ESSAIS_PAR_ELEVE = 300
EFFORT_AU_PLUS = 2_000_000
REPRISES = 5


def placer_tout_le_monde(plateau: Plateau) -> None:
    """Place autant de candidats qu'il se peut, avec le moins de gêne ; s'il manque des places, les anciens d'abord."""
    for accueil, rangs in _attente_par_guichet(plateau):
        _remplir(plateau, plateau.guichets[accueil], rangs)
    _debloquer(plateau)
    adoucir(plateau)


def _attente_par_guichet(plateau: Plateau) -> list[tuple[int, list[int]]]:
    """Guichets et leurs candidats : lycée par lycée, les plus disputés d'abord."""
    par_accueil = {a: plateau.attente[a] for a in plateau.guichets if a in plateau.attente}
    tension = {a: plateau.guichets[a].capacite / len(rangs) for a, rangs in par_accueil.items()}
    lycee = {a: guichet.places[0].etablissement for a, guichet in plateau.guichets.items()}
    la_pire = dict(sorted(((lycee[a], tension[a]) for a in par_accueil), reverse=True))
    ordre = sorted(par_accueil, key=lambda a: (la_pire[lycee[a]], lycee[a], tension[a], a))
    return [(accueil, par_accueil[accueil]) for accueil in ordre]


def _remplir(plateau: Plateau, guichet: Guichet, rangs: list[int]) -> None:
    """Remplit un guichet ; s'il n'y a pas de place pour tous, décide d'abord qui est servi, puis groupe ceux-là."""
    placer_par_groupes(plateau, guichet, rangs)
    if _completer(plateau, rangs):
        return
    _vider(plateau, rangs)
    _completer(plateau, rangs)
    servis = [rang for rang in rangs if plateau.est_place(rang)]
    _vider(plateau, rangs)
    placer_par_groupes(plateau, guichet, servis)
    _completer(plateau, servis)
    _completer(plateau, rangs)


def _completer(plateau: Plateau, rangs: Iterable[int]) -> bool:
    """Fait une place à ceux qui n'en ont pas, les anciens d'abord, en ne rompant une marge qu'à la fin."""
    restent = [rang for rang in rangs if not plateau.est_place(rang)]
    for gene in (AUTRE_PROCHE, MARGE_ROMPUE):
        restent = [rang for rang in restent if not faire_une_place(plateau, rang, gene_au_plus=gene)]
    return not restent


def _vider(plateau: Plateau, rangs: Iterable[int]) -> None:
    for rang in rangs:
        if plateau.est_place(rang):
            plateau.lever(rang)


def _debloquer(plateau: Plateau) -> None:
    """Redonne une chance à chacun de ceux qui restent, en déplaçant des entretiens d'autres guichets."""
    for gene in (AUTRE_PROCHE, MARGE_ROMPUE):
        for rang in range(len(plateau.candidats)):
            guichet = plateau.guichet_de(rang)
            # Un guichet complet ne placera personne de plus.
            if guichet and guichet.libres and not plateau.est_place(rang):
                Deblocage(plateau, gene).tenter(rang, PROFONDEUR)


class Deblocage:
    """Retirer un moment l'entretien qui bloque, placer l'élève, puis replacer cet entretien ailleurs."""

    def __init__(self, plateau: Plateau, gene_au_plus: int) -> None:
        self.plateau = plateau
        self.gene_au_plus = gene_au_plus
        self.essais = ESSAIS_PAR_ELEVE

    def tenter(self, rang: int, profondeur: int) -> bool:
        """Vrai si l'élève est placé, et tous les autres avec lui ; sinon rien n'a changé."""
        if faire_une_place(self.plateau, rang, gene_au_plus=self.gene_au_plus):
            return True
        if not profondeur:
            return False
        return any(self._en_retirant(frere, rang, profondeur) for frere in self._qui_bloque(rang))

    def _qui_bloque(self, rang: int) -> list[int]:
        """Les entretiens, dans d'autres guichets, de cet élève et de ceux qui pourraient lui céder la place."""
        guichet = self.plateau.guichet_de(rang)
        if guichet is None:
            return []
        cedants = [o for numero in numeros(atteintes(self.plateau, rang)) for o in guichet.occupants[numero]]
        freres = (frere for qui in [rang, *cedants] for frere in self.plateau.freres[qui])
        return [frere for frere in dict.fromkeys(freres) if self.plateau.est_place(frere)]

    def _en_retirant(self, frere: int, rang: int, profondeur: int) -> bool:
        self.essais -= 1
        if self.essais < 0 or self.plateau.effort > EFFORT_AU_PLUS:
            return False
        marque = self.plateau.marque
        self.plateau.lever(frere)
        place = faire_une_place(self.plateau, rang, gene_au_plus=self.gene_au_plus)
        if place and (self.tenter(frere, profondeur - 1) or self.remplacer(frere, profondeur - 1)):
            return True
        self.plateau.revenir(marque)
        return False

    def remplacer(self, parti: int, profondeur: int) -> bool:
        """Donne la place de celui qui part au plus ancien de ceux qui n'en ont pas dans le même accueil."""
        return any(
            self.tenter(rang, profondeur)
            for rang in self.plateau.sans_place(self.plateau.candidats[parti].accueil)
            if rang != parti
        )


def adoucir(plateau: Plateau) -> None:
    """Reprend chaque placement gênant, tant que la gêne diminue."""
    for _ in range(REPRISES):
        genes = [rang for rang in range(len(plateau.candidats)) if plateau.gene_de(rang)]
        if not sum(_reprendre(plateau, rang) for rang in genes):
            break


def _reprendre(plateau: Plateau, rang: int) -> bool:
    """Replace un candidat gêné, et ceux qu'il faut, sans que personne n'ait une gêne aussi forte ; vrai si fait."""
    gene = plateau.gene_de(rang)
    if not gene:
        return False
    numero = plateau.lever(rang)
    deblocage = Deblocage(plateau, gene - 1)
    if deblocage.tenter(rang, PROFONDEUR) or (gene == MARGE_ROMPUE and deblocage.remplacer(rang, PROFONDEUR)):
        return True
    plateau.poser(rang, numero)
    return False
