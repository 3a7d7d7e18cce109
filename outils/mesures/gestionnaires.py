"""Ouvrir une page sans serveur : le produit tel quel, ou la vue nue sans intergiciel."""

import sys
from io import BytesIO
from typing import Any

NUES = "outils.mesures.nues"


class Gestionnaire:
    """Le serveur WSGI du produit, ou le même sans intergiciel ni adresse que celles des jumelles.

    Les réglages ne changent que le temps de le bâtir : en changer à chaque page viderait, chaque fois, la table des
    adresses du produit.
    """

    def __init__(self, *, nu: bool) -> None:
        from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
        from django.test.utils import override_settings

        with override_settings(**({"MIDDLEWARE": []} if nu else {})):
            self._application = WSGIHandler()
        if nu:
            self._application.request_class = type("RequeteNue", (WSGIRequest,), {"urlconf": NUES})

    def ouvrir(self, adresse: str, temoins: str = "") -> tuple[int, bytes]:
        """Statut et corps de la réponse à GET `adresse`."""
        statuts: list[int] = []
        reponse = self._application(
            _environnement(adresse, temoins), lambda statut, *_: statuts.append(int(statut.split()[0]))
        )
        corps = b"".join(reponse)
        reponse.close()
        return statuts[0], corps


def _environnement(adresse: str, temoins: str) -> dict[str, Any]:
    chemin, _, requete = adresse.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": chemin,
        "QUERY_STRING": requete,
        "HTTP_COOKIE": temoins,
        "HTTP_ACCEPT": "text/html",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }


def temoins_de(personne: Any) -> str:
    from django.conf import settings
    from django.test import Client

    if personne is None:
        return ""
    client = Client()
    client.force_login(personne, backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
