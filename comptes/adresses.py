"""L'adresse réseau d'une requête, telle que le dernier mandataire déclaré l'a vue (T6)."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from comptes.rules import adresse_vue, reseau_de


def adresse_du_client(request: HttpRequest) -> str:
    """L'adresse que retiennent les limites d'essais ; un en-tête que le demandeur a écrit n'y change rien."""
    return adresse_vue(
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        settings.NOMBRE_DE_MANDATAIRES,
    )


def vient_de(request: HttpRequest, reseaux: Iterable[str]) -> bool:
    """Dit si la requête vient de l'un de ces réseaux, écrits « 10.0.0.0/24 »."""
    try:
        adresse = ip_address(adresse_du_client(request))
    except ValueError:
        return False
    return any(adresse in ip_network(reseau) for reseau in reseaux)


def reseau_du_client(request: HttpRequest) -> str:
    return reseau_de(adresse_du_client(request))
