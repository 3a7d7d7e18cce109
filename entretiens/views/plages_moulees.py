"""Les plages d'une demi-journée du planning de la semaine, moulées (écran A4)."""

from collections.abc import Iterable
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe

from entretiens.creneaux_montres import CreneauMontre
from entretiens.lectures import Plage
from referentiel.moules import MOULES_GARDES, Moule

GABARIT = "entretiens/_plage.html"
VARIENT = (
    "contenu",
    "url",
    "nombre",
    "horaire",
    "fin",
    "jury",
    "domaine",
    "salle",
    "eleve",
    "classe",
    "etablissement",
)


def rendre_les_plages(plages: Iterable[Plage], url: str) -> SafeString:
    """Une ligne par plage ; `url` est la page de leur jour, où mènent les créneaux libres à la suite."""
    ligne = _moule("ligne", False)
    return _a_la_suite(ligne.remplir(contenu=_plage(plage, url)) for plage in plages)


def _plage(plage: Plage, url: str) -> SafeString:
    creneau, jury = plage.premier, plage.premier.seance.jury
    if plage.nombre > 1:
        return _moule("libres", bool(jury)).remplir(
            url=url, nombre=plage.nombre, horaire=creneau.horaire, fin=plage.fin, jury=jury
        )
    if creneau.seance.est_collective:
        return _seance(creneau)
    occupants = (
        _moule("occupant", bool(jury)).remplir(
            url=occupant.url,
            horaire=creneau.horaire,
            eleve=occupant.eleve,
            classe=occupant.classe,
            etablissement=occupant.etablissement,
            jury=jury,
        )
        for occupant in creneau.occupants
    )
    libre = _moule("libre", bool(jury)).remplir(url=creneau.url, horaire=creneau.horaire, jury=jury)
    return _a_la_suite([*occupants, libre] if creneau.places_libres else occupants)


def _seance(creneau: CreneauMontre) -> SafeString:
    seance = creneau.seance
    moule = _collective(creneau.places_prises, creneau.places_libres, bool(seance.salle))
    return moule.remplir(url=seance.url, horaire=creneau.horaire, domaine=seance.domaine, salle=seance.salle.lower())


@lru_cache(MOULES_GARDES)
def _moule(genre: str, a_un_jury: bool) -> Moule:
    return Moule.du_gabarit(GABARIT, {"genre": genre, "a_un_jury": a_un_jury}, varient=VARIENT)


@lru_cache(MOULES_GARDES)
def _collective(places_prises: int, places_libres: int, a_une_salle: bool) -> Moule:
    creneau = {"places_prises": places_prises, "places_libres": places_libres}
    cas = {"genre": "collective", "creneau": creneau, "a_une_salle": a_une_salle}
    return Moule.du_gabarit(GABARIT, cas, varient=VARIENT)


def _a_la_suite(rendus: Iterable[SafeString]) -> SafeString:
    return mark_safe("".join(rendus))  # noqa: S308 - des moules remplis
