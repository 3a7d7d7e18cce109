"""Une ligne par requête : sa référence, la forme de son adresse, son statut, sa durée, qui (sans le dire)."""

import logging
import secrets
from collections.abc import Callable
from time import monotonic

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.crypto import salted_hmac

from passpro.journaux.contexte import REFERENCE

journal = logging.getLogger("passpro.requetes")


class JournalDesRequetes:
    """Donne à chaque requête une référence, que portent ses lignes de journal et la page d'erreur.

    La forme de l'adresse (« origine/<str:uai>/eleves/ ») est notée, jamais l'adresse ni ce qui suit le « ? » : elles
    portent des codes et des noms cherchés. Aucun cache ne garde ce qu'une personne connectée a lu.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = secrets.token_hex(4)
        jeton, debut = REFERENCE.set(request.reference), monotonic()
        try:
            reponse = self.get_response(request)
            personne = _personne(request)
            if personne:
                patch_cache_control(reponse, private=True, no_store=True)
            self._noter(request, reponse, personne, round((monotonic() - debut) * 1000))
        finally:
            REFERENCE.reset(jeton)
        return reponse

    def _noter(self, request: HttpRequest, reponse: HttpResponse, personne: str, duree: int) -> None:
        forme = request.resolver_match.route if request.resolver_match else "adresse inconnue"
        methode = request.method if request.method in METHODES else "autre"
        journal.info(
            "%s %s %s en %s ms",
            methode,
            forme,
            reponse.status_code,
            duree,
            extra={
                "reference": request.reference,
                "methode": methode,
                "forme": forme,
                "statut": reponse.status_code,
                "duree_ms": duree,
                "personne": personne,
            },
        )


METHODES = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


def reference_de(request: HttpRequest) -> str:
    """La référence de la requête ; une nouvelle si elle n'en a pas reçu."""
    return getattr(request, "reference", "") or secrets.token_hex(4)


def _personne(request: HttpRequest) -> str:
    """Un sceau de la personne connectée, si la page l'a lue : deux lignes d'une même personne se reconnaissent."""
    personne = getattr(request, "_cached_user", None)
    if personne is None or not personne.is_authenticated:
        return ""
    return salted_hmac("passpro.journal", str(personne.pk), algorithm="sha256").hexdigest()[:12]
