"""De quoi dessiner un graphique à partir de simples nombres : barres empilées, courbes cumulées (écran S2).

Les mesures sont en unités du dessin ; les gabarits de `composants/graphiques/` n'ont plus qu'à les écrire. Rien n'y
dépend de la couleur : chaque série a sa trame, chaque segment son nombre, et le tableau des données suit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from pilotage.rules import dire_nombre
from referentiel.rules.dates import INSECABLE, dire_jour

LARGEUR = 960
# Barres : les noms à gauche, le total au bout.
NOMS, TOTAUX, PAS, EPAISSEUR = 310, 70, 36, 24
LONGUEUR_D_UN_NOM = 34
LARGEUR_D_UN_SIGNE = 9
# Courbes : l'échelle à gauche, les valeurs d'arrivée à droite.
ECHELLE, ARRIVEES, HAUTEUR = 64, 190, 340
PAS_DES_REPERES = 18
PIED = 28
ECART_DES_ETIQUETTES = 20
ECART_DES_SEMAINES = 56
BARRE = '<text class="graphique__nom" x="{}" y="{}">{}</text>{}<text class="graphique__total" x="{}" y="{}">{}</text>'
SERIE = '<rect class="graphique__serie graphique__serie--{}" {}><title>{}</title></rect>'
TRAME = '<rect class="graphique__trame" fill="url(#{}-trame-{})" {}/>'
NOMBRE = '<text class="graphique__nombre" x="{}" y="{}">{}</text>'


@dataclass(frozen=True, slots=True)
class Segment:
    """La part d'une série dans une barre ; `nombre` est vide s'il n'y tient pas."""

    rang: int
    serie: str
    valeur: int
    nombre: str
    x: int
    largeur: int
    milieu: int
    titre: str
    cadre: str

    def trace(self, code: str, texte_y: int) -> str:
        """Le segment ; son titre seul porte un texte qu'on ne connaît pas."""
        serie = SERIE.format(self.rang, self.cadre, escape(self.titre))
        trame = TRAME.format(code, self.rang, self.cadre) if self.rang > 1 else ""
        nombre = NOMBRE.format(self.milieu, texte_y, self.nombre) if self.nombre else ""
        return f"{serie}{trame}{nombre}"


@dataclass(frozen=True, slots=True)
class Barre:
    nom: str
    nom_court: str
    total: str
    y: int
    texte_y: int
    fin: int
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Cle:
    """Une série dans la légende : sa trame, son nom, ce qu'elle compte en tout, si cela se dit."""

    rang: int
    libelle: str
    nombre: str


@dataclass(frozen=True, slots=True)
class Barres:
    """Des barres empilées. `code` distingue les trames de deux graphiques d'une page."""

    code: str
    phrase: str
    hauteur: int
    barres: list[Barre]
    cles: list[Cle]

    largeur: int = LARGEUR

    @property
    def dessin(self) -> SafeString:
        """Les barres, écrites d'un trait : une page en dessine des dizaines, chacune de plusieurs segments."""
        return mark_safe("\n".join(map(self._tracer, self.barres)))  # noqa: S308 - noms et titres sont échappés

    def _tracer(self, barre: Barre) -> str:
        y = barre.texte_y
        segments = "\n".join(segment.trace(self.code, y) for segment in barre.segments)
        return BARRE.format(NOMS - 10, y, escape(barre.nom_court), segments, barre.fin, y, barre.total)


def barres_empilees(
    code: str, series: Sequence[str], lignes: Sequence[tuple[str, Sequence[int]]], phrase: str, *, totaux: bool = True
) -> Barres:
    """Une barre par ligne : son nom, et le nombre de chaque série, dans l'ordre de `series`.

    `totaux` écrit dans la légende la somme de chaque série ; faux quand les lignes ne s'ajoutent pas.
    """
    plus_longue = max((sum(nombres) for _, nombres in lignes), default=0)
    return Barres(
        code=code,
        phrase=phrase,
        hauteur=len(lignes) * PAS + 4,
        barres=[_barre(series, nom, nombres, y * PAS + 4, plus_longue) for y, (nom, nombres) in enumerate(lignes)],
        cles=[
            Cle(rang + 1, serie, dire_nombre(sum(nombres[rang] for _, nombres in lignes)) if totaux else "")
            for rang, serie in enumerate(series)
        ],
    )


def _barre(series: Sequence[str], nom: str, nombres: Sequence[int], y: int, plus_longue: int) -> Barre:
    bouts = [NOMS]
    for rang in range(1, len(nombres) + 1):
        place = LARGEUR - NOMS - TOTAUX
        bouts.append(NOMS + round(sum(nombres[:rang]) / plus_longue * place) if plus_longue else NOMS)
    segments = [
        _segment(rang, nom, series[rang], nombre, bouts[rang], bouts[rang + 1], y)
        for rang, nombre in enumerate(nombres)
        if nombre
    ]
    return Barre(nom, _court(nom), dire_nombre(sum(nombres)), y, y + 17, bouts[-1] + 8, segments)


def _segment(rang: int, nom: str, serie: str, valeur: int, debut: int, fin: int, y: int) -> Segment:
    nombre, largeur = dire_nombre(valeur), max(fin - debut, 1)
    return Segment(
        rang + 1,
        serie,
        valeur,
        nombre if fin - debut >= (len(nombre) + 1) * LARGEUR_D_UN_SIGNE else "",
        debut,
        largeur,
        (debut + fin) // 2,
        f"{nom}, {serie}{INSECABLE}: {valeur}",
        f'x="{debut}" y="{y}" width="{largeur}" height="{EPAISSEUR}"',
    )


def _court(nom: str) -> str:
    return nom if len(nom) <= LONGUEUR_D_UN_NOM else f"{nom[: LONGUEUR_D_UN_NOM - 1].rstrip()}…"


# Courbes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Courbe:
    """Une série : sa ligne brisée, et où s'écrit sa valeur d'arrivée."""

    rang: int
    libelle: str
    valeur: str
    points: str
    x: int
    y: int
    etiquette_y: int


@dataclass(frozen=True, slots=True)
class Repere:
    """Un trait : une échéance, une semaine, une graduation. `ancre` dit de quel côté s'écrit son nom."""

    libelle: str
    x: int
    y: int
    ancre: str = "start"


@dataclass(frozen=True, slots=True)
class Courbes:
    """Des courbes cumulées dans le temps, avec les échéances."""

    code: str
    phrase: str
    courbes: list[Courbe]
    echeances: list[Repere]
    graduations: list[Repere]
    semaines: list[Repere]
    haut: int
    bas: int

    largeur: int = LARGEUR
    gauche: int = ECHELLE
    droite: int = LARGEUR - ARRIVEES

    @property
    def hauteur(self) -> int:
        return self.bas + PIED


def courbes_cumulees(
    code: str,
    series: Sequence[tuple[str, Sequence[int]]],
    jours: Sequence[date],
    echeances: Sequence[tuple[str, date]],
    phrase: str,
) -> Courbes:
    """Une courbe par série : sa valeur cumulée à chacun des `jours`, rangés du premier au dernier."""
    droite = LARGEUR - ARRIVEES
    premier, dernier = jours[0], max([jours[-1], *(jour for _, jour in echeances)])
    duree = max((dernier - premier).days, 1)
    visibles = [(nom, jour) for nom, jour in echeances if jour >= premier]
    haut = len(visibles) * PAS_DES_REPERES + 12
    bas = haut + HAUTEUR - PIED
    plafond = max([1, *(valeur for _, valeurs in series for valeur in valeurs)])

    def x(jour: date) -> int:
        return ECHELLE + round((jour - premier).days / duree * (droite - ECHELLE))

    def y(valeur: int) -> int:
        return bas - round(valeur / plafond * (bas - haut))

    return Courbes(
        code=code,
        phrase=phrase,
        courbes=_ecarter(
            [
                Courbe(
                    rang,
                    libelle,
                    dire_nombre(valeurs[-1]),
                    " ".join(f"{x(jour)},{y(valeur)}" for jour, valeur in zip(jours, valeurs, strict=True)),
                    x(jours[-1]),
                    y(valeurs[-1]),
                    y(valeurs[-1]) + 5,
                )
                for rang, (libelle, valeurs) in enumerate(series, start=1)
            ]
        ),
        echeances=[
            Repere(nom, x(jour), rang * PAS_DES_REPERES + 14, "end" if x(jour) > (ECHELLE + droite) / 2 else "start")
            for rang, (nom, jour) in enumerate(visibles)
        ],
        graduations=[Repere(dire_nombre(valeur), ECHELLE, y(valeur)) for valeur in sorted({0, plafond // 2, plafond})],
        semaines=_semaines(jours, x),
        haut=haut,
        bas=bas,
    )


def _ecarter(courbes: list[Courbe]) -> list[Courbe]:
    """Deux valeurs d'arrivée voisines s'écrivent l'une sous l'autre."""
    ecartees: list[Courbe] = []
    for courbe in sorted(courbes, key=lambda courbe: courbe.y):
        plancher = ecartees[-1].etiquette_y + ECART_DES_ETIQUETTES if ecartees else 0
        place = max(courbe.etiquette_y, plancher)
        ecartees.append(Courbe(courbe.rang, courbe.libelle, courbe.valeur, courbe.points, courbe.x, courbe.y, place))
    return sorted(ecartees, key=lambda courbe: courbe.rang)


def _semaines(jours: Sequence[date], x) -> list[Repere]:
    """Le nom d'une semaine se tait quand il toucherait celui d'avant."""
    reperes: list[Repere] = []
    for jour in jours:
        if not reperes or x(jour) - reperes[-1].x >= ECART_DES_SEMAINES:
            reperes.append(Repere(f"{jour:%d/%m}", x(jour), 0))
    return reperes


def dire_l_echeance(nom: str, jour: date) -> str:
    """« clôture des inscriptions, vendredi 30 avril »."""
    return f"{nom}, {dire_jour(jour, annee=False)}"
