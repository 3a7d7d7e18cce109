"""Les filtres du catalogue, rendus une fois par combinaison de choix et de valeurs : chaque visite les remontre.

Rien de la base n'y est gardé sans être relu : ce que l'on propose fait partie de ce qui désigne un moule. Le texte
cherché, seule saisie libre, y a un repère à sa place.
"""

from functools import lru_cache

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from referentiel.forms.catalogue import FiltreDuCatalogue
from referentiel.moules import MOULES_GARDES, Moule, repere

CHOIX_DE_LA_CAMPAGNE = ("domaine", "departement", "ville", "etablissement")
Couples = tuple[tuple[str, tuple], ...]


def rendre_les_filtres(filtre: FiltreDuCatalogue, nombre: int) -> SafeString:
    """Le formulaire tel qu'il est rempli ; `nombre` de filtres actifs."""
    choix = tuple((nom, tuple(filtre.fields[nom].choices)) for nom in CHOIX_DE_LA_CAMPAGNE)
    valeurs = tuple((nom, tuple(filtre.data.getlist(nom))) for nom in filtre.fields if nom != "q")
    texte = filtre["q"].value()
    return _moule(choix, valeurs, bool(texte), nombre).remplir(texte=texte or "")


@lru_cache(MOULES_GARDES)
def _moule(choix: Couples, valeurs: Couples, cherche: bool, nombre: int) -> Moule:
    donnees = QueryDict(mutable=True)
    for nom, siennes in valeurs:
        donnees.setlist(nom, siennes)
    donnees["q"] = repere("texte") if cherche else ""
    filtre = FiltreDuCatalogue(donnees, domaines=(), departements=(), etablissements=())
    for nom, proposes in choix:
        filtre.fields[nom].choices = proposes
    return Moule(render_to_string("referentiel/_filtres.html", {"filtre": filtre, "nombre": nombre}))
