"""Ce qu'une personne a tapé, à lui rendre quand on ne peut pas l'enregistrer (R4, R41)."""

from collections.abc import Iterable
from typing import Protocol

CHAMPS_DE_SERVICE = frozenset({"csrfmiddlewaretoken", "version", "empreinte", "personne", "geste"})
# Un secret tapé ne se remontre jamais.
SECRETS = ("password", "mot_de_passe", "secret", "code", "token", "jeton")
MOTS_DE_PASSE = frozenset({"actuel", "nouveau", "confirmation"})

# Les noms de champs n'ont pas d'accents, ce qui se lit en a.
MOTS = {
    "capacite": "capacité",
    "civilite": "civilité",
    "creneau": "créneau",
    "creneaux": "créneaux",
    "debut": "début",
    "departement": "département",
    "duree": "durée",
    "eleve": "élève",
    "eleves": "élèves",
    "etablissement": "établissement",
    "ine": "INE",
    "mef": "MEF",
    "modalite": "modalité",
    "prenom": "prénom",
    "presence": "présence",
    "referent": "personne référente\u00a0:",
    "reponse": "réponse",
    "seance": "séance",
    "telephone": "téléphone",
    "uai": "UAI",
    "username": "courriel professionnel",
}


class Envoi(Protocol):
    """Un formulaire envoyé : un nom de champ, ses valeurs."""

    def lists(self) -> Iterable[tuple[str, list[str]]]: ...


def saisie_a_recopier(envoi: Envoi) -> list[dict[str, str]]:
    """Textes tapés, à recopier ; le préfixe d'un formulaire répété n'est pas montré."""
    champs = ((nom.rsplit("-", 1)[-1], valeur) for nom, valeurs in envoi.lists() for valeur in valeurs)
    return [
        {"libelle": _lisible(nom), "texte": valeur}
        for nom, valeur in champs
        if nom not in CHAMPS_DE_SERVICE and not _est_un_secret(nom) and valeur.strip()
    ]


def _lisible(nom: str) -> str:
    """« date_de_naissance » se lit « Date de naissance », « prenom » « Prénom », « ine » « INE »."""
    texte = " ".join(MOTS.get(mot, mot) for mot in nom.split("_"))
    return texte[:1].upper() + texte[1:]


def _est_un_secret(nom: str) -> bool:
    return nom in MOTS_DE_PASSE or any(secret in nom for secret in SECRETS)
