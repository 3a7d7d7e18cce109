"""Qui agit en ce moment, et d'où : la personne de la requête en cours, personne dans une tâche de fond.

Le journal de sécurité le lit au moment d'écrire : un droit donné par un chemin que personne n'avait prévu a quand
même son auteur.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from django.http import HttpRequest

from comptes.adresses import adresse_du_client
from comptes.models import Personne

# Assez pour reconnaître un réseau, trop peu pour désigner un poste ou un foyer (R40).
PREFIXES = {4: 24, 6: 48}

_requete: ContextVar[HttpRequest | None] = ContextVar("requete_en_cours", default=None)


@dataclass(frozen=True, slots=True)
class Acteur:
    """La personne connectée, s'il y en a une, et le réseau d'où vient sa demande."""

    personne: Personne | None = None
    reseau: str = ""


@contextmanager
def pendant(request: HttpRequest) -> Iterator[None]:
    """Fait de `request` la requête en cours."""
    jeton = _requete.set(request)
    try:
        yield
    finally:
        _requete.reset(jeton)


def acteur(request: HttpRequest | None = None) -> Acteur:
    """Qui agit par `request`, ou par la requête en cours."""
    request = request or _requete.get()
    if request is None:
        return Acteur()
    personne = getattr(request, "user", None)
    connectee = isinstance(getattr(personne, "pk", None), int)
    return Acteur(personne if connectee else None, reseau_tronque(request))


def reseau_tronque(request: HttpRequest) -> str:
    """Réseau de la demande, « 203.0.113.0/24 » ; vide si l'adresse n'est pas connue."""
    try:
        adresse = ip_address(adresse_du_client(request))
    except ValueError:
        return ""
    return str(ip_network(f"{adresse}/{PREFIXES[adresse.version]}", strict=False))
