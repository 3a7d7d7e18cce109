"""Le comptoir des documents : le PDF s'il est prêt, sinon la page qui dit où il en est (F9).

La vue vérifie chaque fois qui demande, puis compose ce qui doit s'y lire : un document gardé ne donne aucun droit.
"""

from http import HTTPStatus
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from courriers.imprimes import Imprime
from courriers.models import Document
from courriers.pdf import IMPOSSIBLE, RenduImpossible
from courriers.services import DocumentDepasse, demander_le_document, rendre_de_nouveau

PAS = 0.04
PLUS_LONG_PAS = 10
ARRETEE = (
    "La préparation des documents est arrêtée. Votre demande est gardée\u00a0: revenez dans quelques minutes, "
    "ou prévenez le SAIO."
)


def donner(request: HttpRequest, imprime: Imprime, *, dans_la_page: bool = False) -> HttpResponse:
    """Le document, ou la page qui le fait attendre. Lève `RenduImpossible` s'il a été refusé.

    HEAD ne demande rien à personne (T10). `dans_la_page` : le navigateur l'ouvre au lieu de l'enregistrer.
    """
    if request.method == "HEAD":
        return _fichier(imprime, b"", dans_la_page=dans_la_page)
    html = imprime.html()
    try:
        document = demander_le_document(html=html, eleves=imprime.eleves, le=timezone.now())
    except DocumentDepasse:
        # La page lue de nouveau dira ce qui est : sans l'élève effacé, ou qu'elle n'existe plus.
        return redirect(request.get_full_path())
    document = _attendre(document)
    if document.etat == Document.Etat.PRET:
        try:
            with document.fichier.open("rb") as fichier:
                return _fichier(imprime, fichier.read(), dans_la_page=dans_la_page)
        except FileNotFoundError:
            document = rendre_de_nouveau(document=document, html=html, le=timezone.now())
    if document.etat == Document.Etat.REFUSE:
        raise RenduImpossible(IMPOSSIBLE)
    return _page_d_attente(request, document)


def avancement(document: Document) -> dict[str, Any]:
    """Où en est un document : la phrase à dire, s'il est fini, si l'atelier est arrêté, quand redemander."""
    devant = document.devant
    arretee = document.est_laisse(timezone.now())
    return {
        "phrase": ARRETEE if arretee else _phrase(devant),
        "fini": document.etat != Document.Etat.EN_FILE,
        "arretee": arretee,
        "dans": min(1 + devant // 10, PLUS_LONG_PAS),
    }


def _attendre(document: Document) -> Document:
    """Un jour calme, le document est là avant que la page ait à le dire ; quand d'autres attendent, elle ne retient
    pas un serveur."""
    if document.etat != Document.Etat.EN_FILE or document.devant:
        return document
    limite = monotonic() + settings.ATTENTE_D_UN_DOCUMENT
    while document.etat == Document.Etat.EN_FILE and monotonic() < limite:
        sleep(PAS)
        document = Document.objects.defer("html").filter(pk=document.pk).first() or document
    return document


def _page_d_attente(request: HttpRequest, document: Document) -> HttpResponse:
    contexte = {"cle": document.cle, "adresse": request.get_full_path(), **avancement(document)}
    reponse = render(request, "courriers/document.html", contexte, status=HTTPStatus.ACCEPTED)
    patch_cache_control(reponse, private=True, no_store=True)
    return reponse


def _phrase(devant: int) -> str:
    if not devant:
        return "C’est le prochain de la file\u00a0: quelques secondes suffisent."
    return f"{devant} documents passent avant le vôtre." if devant > 1 else "Un document passe avant le vôtre."


def _fichier(imprime: Imprime, octets: bytes, *, dans_la_page: bool) -> HttpResponse:
    disposition = "inline" if dans_la_page else "attachment"
    return HttpResponse(
        octets,
        content_type="application/pdf",
        headers={"Content-Disposition": f'{disposition}; filename="{imprime.nom}"'},
    )
