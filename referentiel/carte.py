"""La carte des résultats : une silhouette et des cercles, calculés des seules coordonnées (écran P2).

Aucun fond de carte, aucun service tiers. Un degré de longitude est ramené à sa longueur à cette latitude.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians, sin, sqrt

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Point = tuple[float, float]
Boite = tuple[float, float, float, float]

LARGEUR, MARGE, MARGE_DES_NOMS = 320, 20, 52
NOMS_AU_PLUS = 12
RAYON_MINIMAL, RAYON_MAXIMAL = 2.5, 9.0
# Place que prend un nom, en unités du dessin : hauteur du texte et largeur moyenne d'un signe.
HAUTEUR_DU_TEXTE, LARGEUR_D_UN_SIGNE = 12.0, 5.9
ECART = 2.0
TERRITOIRE = '<polygon class="pp-carte__territoire" points="{}"/>'
CERCLE_VIDE = '<circle class="pp-carte__vide" cx="{}" cy="{}" r="{}"><title>{}</title></circle>'
CERCLE = '<circle class="pp-carte__ville" cx="{}" cy="{}" r="{}" data-url="{}"><title>{}</title></circle>'
TRAIT = '<line class="pp-carte__trait" x1="{}" y1="{}" x2="{}" y2="{}"/>'
NOM = '<text class="pp-carte__nom" x="{}" y="{}" text-anchor="{}" dominant-baseline="central" font-size="11">{}</text>'
# De combien un nom s'éloigne de son cercle quand la place est prise ; un trait l'y relie alors.
ELOIGNEMENTS = (0, 12, 24, 36, 48, 60)


@dataclass(frozen=True, slots=True)
class Ville:
    """Une ville de l'académie : où elle est, ce qu'on y a trouvé, l'adresse qui n'en garde que cela."""

    nom: str
    latitude: float
    longitude: float
    nombre: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Nom:
    texte: str
    x: float
    y: float
    ancre: str
    trait: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Cercle:
    x: float
    y: float
    rayon: float
    titre: str
    url: str
    vide: bool


@dataclass(frozen=True, slots=True)
class Carte:
    """De quoi dessiner la carte ; tout est en unités du dessin."""

    largeur: int
    hauteur: int
    territoires: list[str]
    cercles: list[Cercle]
    noms: list[Nom]

    @property
    def cadre(self) -> str:
        return f"0 0 {self.largeur} {self.hauteur}"

    @property
    def dessin(self) -> SafeString:
        """Les traits, écrits d'un coup : une académie a des centaines de villes. Les villes sans résultat, dessous."""
        vides = ((c.x, c.y, c.rayon, c.titre) for c in self.cercles if c.vide)
        villes = ((c.x, c.y, c.rayon, c.url, c.titre) for c in self.cercles if not c.vide)
        return format_html(
            "{}\n{}\n{}\n{}\n{}",
            format_html_join("\n", TERRITOIRE, ((contour,) for contour in self.territoires)),
            format_html_join("\n", CERCLE_VIDE, vides),
            format_html_join("\n", CERCLE, villes),
            format_html_join("\n", TRAIT, (nom.trait for nom in self.noms if nom.trait)),
            format_html_join("\n", NOM, ((nom.x, nom.y, nom.ancre, nom.texte) for nom in self.noms)),
        )


@dataclass(frozen=True, slots=True)
class Projection:
    """Passe d'une latitude et d'une longitude à un point du dessin."""

    ouest: float
    nord: float
    echelle: float
    resserrement: float

    def __call__(self, latitude: float, longitude: float) -> Point:
        x = MARGE_DES_NOMS + (longitude - self.ouest) * self.resserrement * self.echelle
        return round(x, 1), round(MARGE + (self.nord - latitude) * self.echelle, 1)


def dessiner(territoires: Iterable[Sequence[Point]], villes: Sequence[Ville]) -> Carte | None:
    """La carte de `villes` sur `territoires` (des points latitude, longitude), ou `None` s'il n'y a rien à placer."""
    territoires = [points for points in territoires if points]
    lieux = [*(point for points in territoires for point in points), *((v.latitude, v.longitude) for v in villes)]
    if not villes or len(set(lieux)) < 3:
        return None
    projeter, hauteur = _cadrer(lieux)
    plus = max(ville.nombre for ville in villes)
    cercles = [
        _cercle(ville, projeter, plus) for ville in sorted(villes, key=lambda v: (v.nombre > 0, -v.nombre, v.nom))
    ]
    return Carte(
        largeur=LARGEUR,
        hauteur=hauteur,
        territoires=[_trace(enveloppe([projeter(*point) for point in points])) for points in territoires],
        cercles=cercles,
        noms=_nommer(villes, projeter, plus, hauteur),
    )


def enveloppe(points: Iterable[Point]) -> list[Point]:
    """Le plus petit contour convexe qui tient tous les points (chaîne monotone d'Andrew)."""
    tries = sorted(set(points))
    if len(tries) < 3:
        return tries
    return _demi_contour(tries)[:-1] + _demi_contour(tries[::-1])[:-1]


def _demi_contour(points: Iterable[Point]) -> list[Point]:
    contour: list[Point] = []
    for point in points:
        while len(contour) >= 2 and _tourne_a_droite(contour[-2], contour[-1], point):
            contour.pop()
        contour.append(point)
    return contour


def _tourne_a_droite(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) <= 0


def _cadrer(lieux: Sequence[Point]) -> tuple[Projection, int]:
    latitudes, longitudes = [lieu[0] for lieu in lieux], [lieu[1] for lieu in lieux]
    nord, sud, ouest, est = max(latitudes), min(latitudes), min(longitudes), max(longitudes)
    resserrement = cos(radians((nord + sud) / 2))
    largeur = max((est - ouest) * resserrement, (nord - sud) / 3, 1e-6)
    echelle = (LARGEUR - MARGE_DES_NOMS - MARGE) / largeur
    return Projection(ouest, nord, echelle, resserrement), round(2 * MARGE + (nord - sud) * echelle)


def _trace(contour: Sequence[Point]) -> str:
    return " ".join(f"{x},{y}" for x, y in contour)


def _rayon(nombre: int, plus: int) -> float:
    """La surface du cercle dit le nombre ; le plus petit reste visible."""
    if not nombre:
        return 1.5
    return round(max(RAYON_MINIMAL, RAYON_MAXIMAL * sqrt(nombre / plus)), 1)


def _cercle(ville: Ville, projeter: Projection, plus: int) -> Cercle:
    x, y = projeter(ville.latitude, ville.longitude)
    return Cercle(x, y, _rayon(ville.nombre, plus), f"{ville.nom}\u00a0: {ville.nombre}", ville.url, not ville.nombre)


def _nommer(villes: Sequence[Ville], projeter: Projection, plus: int, hauteur: int) -> list[Nom]:
    """Les noms des plus grands cercles, posés là où ils ne se touchent pas ; un nom sans place est omis."""
    nommees = sorted((v for v in villes if v.nombre), key=lambda v: (-v.nombre, v.nom))[:NOMS_AU_PLUS]
    cercles = [(*projeter(ville.latitude, ville.longitude), _rayon(ville.nombre, plus)) for ville in nommees]
    prises = [(x - r, y - r, x + r, y + r) for x, y, r in cercles]
    noms = []
    for ville, cercle in zip(nommees, cercles, strict=True):
        places = ((nom, boite) for nom, boite in _places(ville.nom, *cercle) if _est_libre(boite, prises, hauteur))
        if place := next(places, None):
            noms.append(place[0])
            prises.append(place[1])
    return noms


DIRECTIONS = tuple(
    (cos(radians(angle)), sin(radians(angle))) for angle in (0, 180, 30, 150, -30, -150, 60, 120, -60, -120)
)


def _places(texte: str, x: float, y: float, rayon: float) -> Iterator[tuple[Nom, Boite]]:
    """Les emplacements possibles d'un nom autour de son cercle, du plus proche au plus lointain."""
    longueur = len(texte) * LARGEUR_D_UN_SIGNE
    for eloignement in ELOIGNEMENTS:
        for vers_la_droite, vers_le_bas in DIRECTIONS:
            a = round(x + (rayon + ECART + eloignement) * vers_la_droite, 1)
            b = round(y + (rayon + ECART + eloignement) * vers_le_bas, 1)
            ancre = "start" if vers_la_droite > 0 else "end"
            gauche = a if vers_la_droite > 0 else a - longueur
            trait = (x, y, a, b) if eloignement else None
            boite = (gauche, b - HAUTEUR_DU_TEXTE / 2, gauche + longueur, b + HAUTEUR_DU_TEXTE / 2)
            yield Nom(texte, round(a + (2 if vers_la_droite > 0 else -2), 1), b, ancre, trait), boite


def _est_libre(boite: Boite, prises: Sequence[Boite], hauteur: int) -> bool:
    dedans = boite[0] >= 0 and boite[2] <= LARGEUR and boite[1] >= 0 and boite[3] <= hauteur
    return dedans and not any(_se_touchent(boite, autre) for autre in prises)


def _se_touchent(a: Boite, b: Boite) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
