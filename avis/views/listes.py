"""Ce que les deux listes partagent : soixante lignes par page, et des adresses qui gardent les filtres."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAR_PAGE = 60


def paginer(request: HttpRequest, lignes: QuerySet, total: int) -> tuple[Page, dict[str, Any]]:
    """Page demandée et contexte du composant `pagination.html` ; `total` évite de compter deux fois."""
    taille = max(total, 1) if "tout" in request.GET else PAR_PAGE
    pages = Paginator(lignes, taille)
    pages.count = total
    page = pages.get_page(request.GET.get("page"))
    contexte = {
        "precedent_url": adresse(request, page=page.previous_page_number()) if page.has_previous() else "",
        "suivant_url": adresse(request, page=page.next_page_number()) if page.has_next() else "",
        "pages": [
            {"numero": n if isinstance(n, int) else "", "url": adresse(request, page=n), "courante": n == page.number}
            for n in pages.get_elided_page_range(page.number)
        ],
        "tout_url": adresse(request, page="", tout="1") if total > PAR_PAGE and "tout" not in request.GET else "",
        "total": total,
    }
    return page, contexte


def adresse(request: HttpRequest, **parametres: Any) -> str:
    """Adresse de la page avec ses filtres, où `parametres` remplacent les leurs ; une valeur vide en retire un."""
    filtres = request.GET.copy()
    for nom, valeur in parametres.items():
        filtres.pop(nom, None)
        if valeur:
            filtres[nom] = str(valeur)
    return f"{request.path}?{filtres.urlencode()}" if filtres else request.path
