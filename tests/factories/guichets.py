"""Ce que dit un guichet de l'académie : en-têtes du portail, délégation, réglages."""

from ipaddress import ip_network

from comptes.federation.reglages import ReglagesArena, ReglagesDesPlaces
from comptes.rules.identite import Identite

SECRET = "un-secret-de-portail-de-trente-deux-signes"
ENTETES = {
    "ct-remote-user": "cpetit",
    "ctemail": "Claire.Petit@ac-creteil.example",
    "ctfn": "Claire",
    "ctln": "Petit",
}
DELEGATION = (
    "passpro|/redirectionhub/redirect.jsp?applicationname=passpro|01/09/2026|31/08/2027|M. Haddad|"
    "FrEduRneResp=0940001A$UAJ$PU$N$T3$LP$320;0940002B$UAJ$PU$N$T3$CLG$340|serveur|module|"
)
RESEAU = (ip_network("10.0.0.0/24"), ip_network("2001:db8::/48"))
PLACES = ReglagesDesPlaces("passpro", ("creteil",), {"PASSPRO-SAIO": "creteil"})


def portail(**champs: object) -> ReglagesArena:
    """Un portail dont le mandataire est sur cette machine."""
    defauts = {"mandataires": (ip_network("127.0.0.1"),), "secrets": (SECRET,), "places": PLACES}
    return ReglagesArena(**(defauts | champs))


def une_identite(**champs: object) -> Identite:
    defauts = {
        "emetteur": "arena",
        "sujet": "cpetit",
        "courriel": "claire.petit@ac-creteil.example",
        "prenom": "Claire",
        "nom": "Petit",
    }
    return Identite(**(defauts | champs))
