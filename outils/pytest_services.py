"""Greffon de pytest : un PostgreSQL et un Valkey jetables, prêts avant que Django ne lise ses réglages.

DATABASE_URL et CELERY_BROKER_URL, si elles sont déjà posées, remplacent ces services. Plusieurs essais
peuvent tourner en même temps sur le même dossier : chacun prend une place, donc sa base et son Valkey.
Avec `-n`, chaque ouvrier de pytest-xdist est un essai comme un autre, et leur chef n'ouvre rien.
"""

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from outils.emplacements import TRAVAIL, VERROUS, Usage, chacun_son_tour, reserver
from outils.postgresql import Grappe
from outils.valkey import Valkey

GRAPPE = Grappe(TRAVAIL / "pg-test", jetable=True)
PLACES = VERROUS / "essais"
MISE_EN_ROUTE = VERROUS / "essais.mise-en-route"
USAGE = VERROUS / "essais.usage"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Ouvre les services d'essai avant que pytest-django ne charge les réglages."""
    os.environ.setdefault("PASSPRO_MODE", "tests")
    # Sur une machine trop occupée, une requête lente n'est pas une panne.
    os.environ.setdefault("DELAI_D_UNE_REQUETE", "120")
    if not early_config.known_args_namespace.version and not _est_le_chef(early_config):
        ouvrir_les_services(early_config.add_cleanup)
    return (yield)


def ouvrir_les_services(a_la_fin: Callable[[Callable[[], None]], None]) -> None:
    """Démarre les services qui manquent à l'environnement et l'en informe.

    `a_la_fin` retient ce qu'il faudra fermer.
    """
    if {"DATABASE_URL", "CELERY_BROKER_URL"} <= os.environ.keys():
        return
    place = prendre_une_place()
    if "DATABASE_URL" not in os.environ:
        _ouvrir_postgresql(place, a_la_fin)
    if "CELERY_BROKER_URL" not in os.environ:
        _ouvrir_valkey(place, a_la_fin)


def _est_le_chef(config: pytest.Config) -> bool:
    """Vrai pour le processus qui répartit les tests entre les ouvriers de pytest-xdist."""
    en_parallele = getattr(config.known_args_namespace, "numprocesses", None)
    return bool(en_parallele) and "PYTEST_XDIST_WORKER" not in os.environ


def prendre_une_place() -> int:
    """Renvoie le premier numéro d'essai libre, tenu jusqu'à la fin du processus."""
    return next(numero for numero in count() if reserver(PLACES / str(numero)) is not None)


def _ouvrir_postgresql(place: int, a_la_fin: Callable[[Callable[[], None]], None]) -> None:
    base = f"passpro_{place}"
    usage = Usage(USAGE)
    a_la_fin(lambda: _quitter(usage))
    with chacun_son_tour(MISE_EN_ROUTE):
        GRAPPE.demarrer()
        GRAPPE.creer_la_base(base)
    os.environ["DATABASE_URL"] = GRAPPE.adresse(base)


def _quitter(usage: Usage) -> None:
    if usage.est_le_dernier():
        GRAPPE.arreter()
    usage.quitter()


def _ouvrir_valkey(place: int, a_la_fin: Callable[[Callable[[], None]], None]) -> None:
    valkey = Valkey(TRAVAIL / f"valkey-test-{place}", jetable=True)
    valkey.demarrer()
    a_la_fin(valkey.arreter)
    os.environ["CELERY_BROKER_URL"] = valkey.adresse
