"""Reconnaître le mandataire d'un portail : l'adresse du pair de la connexion et un secret partagé (R38, T4)."""

from collections.abc import Iterable
from hmac import compare_digest
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Reseau = IPv4Network | IPv6Network


def vient_de(pair: str, reseaux: Iterable[Reseau]) -> bool:
    """Vrai si l'adresse `pair`, celle de la connexion elle-même, est dans l'un des `reseaux`."""
    try:
        adresse = ip_address(pair)
    except ValueError:
        return False
    if isinstance(adresse, IPv6Address) and adresse.ipv4_mapped:
        adresse = adresse.ipv4_mapped
    return any(adresse in reseau for reseau in reseaux)


def secret_reconnu(donne: str, secrets: Iterable[str]) -> bool:
    """Vrai si `donne` est l'un des secrets ; tous sont comparés, en temps constant, et un secret vide n'en est pas."""
    octets = donne.encode("utf-8", "surrogatepass")
    reconnus = [compare_digest(octets, secret.encode()) for secret in secrets if secret]
    return True in reconnus
