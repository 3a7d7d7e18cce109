"""Où en est un document qui se prépare ; la boîte aux lettres de la démonstration, ce que le relais local a vraiment
reçu."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courriers.boite import MessageRecu, lire, noms_des_messages
from courriers.comptoir import avancement
from courriers.models import Document

PAR_PAGE = 20


@require_safe
@never_cache
def document(request: HttpRequest, cle: str) -> JsonResponse:
    """Où en est un document, sans rien de ce qu'il dit ; son adresse ne se devine pas, et n'ouvre que cela."""
    return JsonResponse(avancement(get_object_or_404(Document.objects.defer("html"), cle=cle)))


def en_demonstration(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """La page n'existe que dans une démonstration qui retient ses courriels."""

    @require_safe
    @never_cache
    @wraps(vue)
    def porte(request: HttpRequest, **parametres: Any) -> HttpResponse:
        if not settings.BOITE_DE_DEMONSTRATION:
            raise Http404
        return vue(request, Path(settings.BOITE_DE_DEMONSTRATION), **parametres)

    return porte


@en_demonstration
def boite(request: HttpRequest, dossier: Path) -> HttpResponse:
    noms = noms_des_messages(dossier)
    page = Paginator(noms, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "total": len(noms),
        "recus": [message for nom in page if (message := lire(dossier, nom))],
        "precedent_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "suivant_url": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
    return render(request, "courriers/boite.html", contexte)


@en_demonstration
def message(request: HttpRequest, dossier: Path, nom: str) -> HttpResponse:
    return render(request, "courriers/message.html", {"recu": _recu(dossier, nom)})


@en_demonstration
def piece(request: HttpRequest, dossier: Path, nom: str, rang: int) -> HttpResponse:
    """Pièce jointe, toujours téléchargée, jamais affichée dans la page."""
    jointe = next((piece for piece in _recu(dossier, nom).pieces if piece.rang == rang), None)
    if jointe is None:
        raise Http404
    return HttpResponse(
        jointe.contenu,
        content_type="application/octet-stream",
        headers={"Content-Disposition": content_disposition_header(True, jointe.nom)},
    )


def _recu(dossier: Path, nom: str) -> MessageRecu:
    recu = lire(dossier, f"{nom}.eml")
    if recu is None:
        raise Http404
    return recu
