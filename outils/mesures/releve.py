"""Ouvre chaque page et sa jumelle à tour de rôle, et relève ce qu'elles coûtent.

    python -m outils.mesures.releve [tours]      # écrit ses mesures en JSON sur la sortie

Le processeur compté est celui de ce processus et celui du serveur PostgreSQL qui lui répond : les voisins d'une machine
occupée ne le faussent pas. Les instructions SQL sont comptées à part, dans un tour qui ne se mesure pas.
"""

import json
import logging
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import django

TOURS = 15
ECHAUFFEMENT = 3
NUES = "outils.mesures.nues"


class Gestionnaire:
    """Le serveur WSGI du produit, ou le même sans intergiciel ni adresse que celles des jumelles."""

    def __init__(self, *, nu: bool) -> None:
        from django.core.handlers.wsgi import WSGIHandler
        from django.test.utils import override_settings

        reglages = {"MIDDLEWARE": [], "ROOT_URLCONF": NUES} if nu else {}
        self._reglages = override_settings(**reglages)
        with self._reglages:
            self._application = WSGIHandler()

    def ouvrir(self, adresse: str, temoins: str = "") -> tuple[int, bytes]:
        """Statut et corps de la réponse à GET `adresse`."""
        statuts: list[int] = []
        with self._reglages:
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


def processeur() -> float:
    """Secondes de processeur de ce processus, et du serveur PostgreSQL qui lui répond."""
    from django.db import connection

    connection.ensure_connection()
    soi = resource.getrusage(resource.RUSAGE_SELF)
    serveur = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    return soi.ru_utime + soi.ru_stime + int(serveur) / 1e9


def relever(gestes: dict[str, Callable[[], object]], tours: int) -> dict[str, list[tuple[float, float]]]:
    """Par geste, ses couples (processeur, horloge), en secondes, tour après tour ; les gestes alternent."""
    for geste in [geste for geste in gestes.values() for _ in range(ECHAUFFEMENT)]:
        geste()
    releves: dict[str, list[tuple[float, float]]] = {nom: [] for nom in gestes}
    for _ in range(tours):
        for nom, geste in gestes.items():
            depart, horloge = processeur(), time.perf_counter()
            geste()
            releves[nom].append((processeur() - depart, time.perf_counter() - horloge))
    return releves


def compter_les_instructions(geste: Callable[[], object]) -> int:
    from django.db import connection

    instructions: list[str] = []

    def noter(executer, sql, parametres, plusieurs, contexte):
        instructions.append(sql)
        return executer(sql, parametres, plusieurs, contexte)

    with connection.execute_wrapper(noter):
        geste()
    return len(instructions)


def temoins_de(personne: Any) -> str:
    from django.conf import settings
    from django.test import Client

    if personne is None:
        return ""
    client = Client()
    client.force_login(personne, backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def mesurer_les_pages(tours: int) -> list[dict[str, Any]]:
    from outils.mesures import nues
    from outils.mesures.pages import pages

    produit, nu = Gestionnaire(nu=False), Gestionnaire(nu=True)
    mesures = []
    for rang, page in enumerate(pages()):
        nues.JUMELLES[rang] = page
        temoins = temoins_de(page.personne)

        def ouvrir(page=page, temoins=temoins) -> tuple[int, bytes]:
            return produit.ouvrir(page.adresse, temoins)

        def ouvrir_la_nue(rang=rang) -> tuple[int, bytes]:
            return nu.ouvrir(f"/{rang}/")

        statut, corps = ouvrir()
        if statut != 200:
            raise RuntimeError(f"{page.nom} : {page.adresse} répond {statut}.")
        releves = relever({"page": ouvrir, "nue": ouvrir_la_nue}, tours)
        mesures.append(
            {
                "nom": page.nom,
                "vise": page.rapport_vise,
                "instructions": compter_les_instructions(ouvrir),
                "octets": len(corps),
                **_resumes(releves),
            }
        )
        print(f"  {page.nom}", file=sys.stderr, flush=True)
    return mesures


def _resumes(releves: dict[str, list[tuple[float, float]]]) -> dict[str, dict[str, float]]:
    return {
        f"{quoi}_{nom}": _resume(couples, rang)
        for nom, couples in releves.items()
        for rang, quoi in enumerate(("processeur", "horloge"))
    }


def _resume(couples: list[tuple[float, float]], rang: int) -> dict[str, float]:
    """Médiane et étendue interquartile, en millisecondes."""
    valeurs = [couple[rang] * 1000 for couple in couples]
    bas, milieu, haut = statistics.quantiles(valeurs, n=4)
    return {"mediane": milieu, "etendue": haut - bas}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passpro.settings")
    django.setup()
    logging.disable(logging.INFO)
    tours = int(sys.argv[1]) if len(sys.argv) > 1 else TOURS
    json.dump(mesurer_les_pages(tours), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
