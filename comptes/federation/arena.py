"""La porte d'ARENA : d'où viennent les en-têtes, et ce qu'ils disent (R38, T4).

Rien n'est cru qui ne vienne du mandataire déclaré : l'adresse du pair de la connexion, jamais `X-Forwarded-For`, et le
secret qu'il partage avec Passpro.
"""

from django.http import HttpRequest

from comptes.federation.reglages import ReglagesArena
from comptes.rules import fim
from comptes.rules.identite import Identite, IdentiteRefusee
from comptes.rules.mandataire import secret_reconnu, vient_de

EMETTEUR = "arena"


def attributs(request: HttpRequest, reglages: ReglagesArena) -> dict[str, str]:
    """Attributs posés par le portail. Lève `IdentiteRefusee` s'ils ne viennent pas de lui."""
    if not vient_de(request.META.get("REMOTE_ADDR", ""), reglages.mandataires):
        raise IdentiteRefusee("la demande ne vient pas du mandataire déclaré")
    if not secret_reconnu(request.headers.get(reglages.entete_du_secret, ""), reglages.secrets):
        raise IdentiteRefusee("le secret du mandataire manque ou n’est pas le bon")
    return fim.attributs_des_entetes(request.headers.items())


def identite(lus: dict[str, str]) -> Identite:
    return fim.identite(lus, emetteur=EMETTEUR)


def est_encore(request: HttpRequest, reglages: ReglagesArena, sujet: str) -> bool:
    """Vrai si le portail nomme encore cette personne dans la demande."""
    try:
        return fim.simple(attributs(request, reglages).get(fim.SUJET)) == sujet
    except IdentiteRefusee:
        return False
