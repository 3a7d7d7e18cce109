"""Ce que toutes les listes partagent : soixante lignes par page, et des adresses qui gardent les filtres."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import quote_plus

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

PAR_PAGE = 60
REPERE = "code-de-la-ligne"
E = TypeVar("E", bound=StrEnum)


def paginer(
    request: HttpRequest,
    lignes: QuerySet | Sequence,
    total: int | None = None,
    *,
    en_entier: bool = True,
    par_page: int = PAR_PAGE,
) -> tuple[Page, dict[str, Any]]:
    """Page demandée et contexte du composant `pagination.html`.

    `total`, s'il est connu, évite de compter deux fois ; `en_entier` permet de tout afficher sur une page.
    """
    pages = Paginator(lignes, par_page)
    if total is not None:
        pages.count = total
    en_cours = en_entier and "tout" in request.GET
    if en_cours:
        pages.per_page = max(pages.count, 1)
    page = pages.get_page(request.GET.get("page"))
    a_deplier = en_entier and not en_cours and pages.count > par_page
    contexte = {
        "precedent_url": adresse(request, page=page.previous_page_number()) if page.has_previous() else "",
        "suivant_url": adresse(request, page=page.next_page_number()) if page.has_next() else "",
        "pages": [
            {"numero": n if isinstance(n, int) else "", "url": adresse(request, page=n), "courante": n == page.number}
            for n in pages.get_elided_page_range(page.number)
        ],
        "tout_url": adresse(request, page="", tout="1") if a_deplier else "",
        "total": pages.count,
    }
    return page, contexte


def etiquettes(
    request: HttpRequest, choisi: str | None, comptees: Iterable[tuple[str | None, str, int]]
) -> list[dict[str, Any]]:
    """Contexte du composant `etiquettes_etat.html` : valeur (`None` : tous les états), libellé et nombre de chacune."""
    return [
        {
            "libelle": libelle,
            "nombre": nombre,
            "url": adresse(request, etat=valeur, page=None),
            "courante": valeur == choisi,
        }
        for valeur, libelle, nombre in comptees
    ]


def filtres_poses(request: HttpRequest, dits: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Contexte `actifs` de `barre_recherche.html` : ce que dit chaque filtre, et l'adresse de la liste sans lui.

    `dits` : nom du filtre et ce qu'il dit ; un filtre qui ne dit rien n'est pas posé.
    """
    return [
        {"libelle": libelle, "url": adresse(request, **{nom: "", "page": "", "apres": ""})}
        for nom, libelle in dits
        if libelle
    ]


def etat_voulu(request: HttpRequest, etats: type[E]) -> E | None:
    """L'état que demande l'adresse ; `None` si elle n'en demande aucun, ou un qui n'existe pas."""
    valeur = request.GET.get("etat", "")
    return etats(valeur) if valeur in set(etats) else None


def adresse(request: HttpRequest, **parametres: Any) -> str:
    """Adresse de la page avec ses filtres, où `parametres` remplacent les leurs ; une valeur vide en retire un."""
    filtres = request.GET.copy()
    for nom, valeur in parametres.items():
        filtres.pop(nom, None)
        if valeur:
            filtres[nom] = str(valeur)
    return f"{request.path}?{filtres.urlencode()}" if filtres else request.path


def adresse_selon(request: HttpRequest, nom: str, **parametres: Any) -> Callable[[str], str]:
    """Adresse de la page pour chaque valeur du filtre `nom` : les autres filtres ne s'écrivent qu'une fois."""
    avant, _, apres = adresse(request, **parametres, **{nom: REPERE}).rpartition(REPERE)
    return lambda valeur: f"{avant}{quote_plus(valeur)}{apres}"


def adresse_de_chacune(nom: str, *arguments: str) -> Callable[[str], str]:
    """Adresse de la page `nom` pour le code de chaque ligne : elle ne se résout qu'une fois par liste.

    Le code est le dernier des arguments de la page, après `arguments`.
    """
    avant, _, apres = reverse(nom, args=[*arguments, REPERE]).rpartition(REPERE)
    return lambda code: f"{avant}{code}{apres}"
