"""Ce qu'une personne a tapé, à lui rendre quand on ne peut pas l'enregistrer (R4, R41)."""

from collections.abc import Iterable
from typing import Protocol

CHAMPS_DE_SERVICE = frozenset({"csrfmiddlewaretoken", "version", "empreinte", "personne", "geste"})
# Un secret tapé ne se remontre jamais.
SECRETS = ("password", "mot_de_passe", "secret", "code", "token", "jeton")
MOTS_DE_PASSE = frozenset({"actuel", "nouveau", "confirmation"})


class Envoi(Protocol):
    """Un formulaire envoyé : un nom de champ, ses valeurs."""

    def lists(self) -> Iterable[tuple[str, list[str]]]: ...


def saisie_a_recopier(envoi: Envoi) -> list[dict[str, str]]:
    """Textes tapés, à recopier ; le préfixe d'un formulaire répété n'est pas montré."""
    champs = ((nom.rsplit("-", 1)[-1], valeur) for nom, valeurs in envoi.lists() for valeur in valeurs)
    return [
        {"libelle": nom.replace("_", " ").capitalize(), "texte": valeur}
        for nom, valeur in champs
        if nom not in CHAMPS_DE_SERVICE and not _est_un_secret(nom) and valeur.strip()
    ]


def _est_un_secret(nom: str) -> bool:
    return nom in MOTS_DE_PASSE or any(secret in nom for secret in SECRETS)
