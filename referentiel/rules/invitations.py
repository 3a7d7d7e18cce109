"""Lire une liste d'invitations collée : « courriel ; UAI ; fonction », une par ligne (S9)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from referentiel.rules.dates import dire_heure, jour_de

LIGNES_AU_PLUS = 300
# Ce qu'une équipe envoie au plus : une grande équipe s'invite en une réunion ; un compte volé n'arrose personne (T6).
PLAFONDS = ((timedelta(hours=1), 60, "en une heure"), (timedelta(days=1), 150, "en 24 heures"))
PAR_ADRESSE = 5
# Les fonctions qui dirigent un établissement ; toute autre est celle d'un gestionnaire.
DIRECTION = re.compile(r"\b(chef|cheffe|princip\w+|proviseur\w*|direct\w+)\b", re.IGNORECASE)
SANS_DIRECTION = re.compile(r"\b(prof\w*|secr[eé]tair\w+|secr[eé]tariat|assistante?|gestionnaire)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LigneCollee:
    """Une ligne non vide de la liste, et ce qui l'empêche d'être lue."""

    numero: int
    courriel: str = ""
    uai: str = ""
    fonction: str = ""
    erreur: str = ""


def pourquoi_pas_une_de_plus(parties: Sequence[tuple[datetime, str]], adresse: str, le: datetime) -> str | None:
    """Raison pour laquelle une équipe n'envoie pas d'invitation de plus à `adresse`, ou `None`.

    `parties` : instant et adresse de celles qu'elle a envoyées, renvois compris, depuis 24 heures.
    """
    for duree, au_plus, dite in PLAFONDS:
        instants = sorted(instant for instant, _ in parties if instant > le - duree)
        if len(instants) >= au_plus:
            reprise = instants[-au_plus] + duree
            return (
                f"Cette équipe a déjà envoyé {len(instants)} invitations {dite}, le plus qui se puisse. "
                f"Reprenez {'' if jour_de(reprise) == jour_de(le) else 'demain '}à {dire_heure(reprise)}."
            )
    if sum(1 for _, vers in parties if vers == adresse) >= PAR_ADRESSE:
        return f"{adresse} a déjà reçu {PAR_ADRESSE} invitations en 24 heures. Vérifiez l’adresse, ou reprenez demain."
    return None


def lire_la_liste(texte: str) -> list[LigneCollee]:
    """Les lignes non vides, séparées par des points-virgules ou, d'un tableur, par des tabulations."""
    return [_lire(numero, ligne) for numero, ligne in enumerate(texte.splitlines(), start=1) if ligne.strip()]


def dirige(fonction: str) -> bool:
    """Vrai si la fonction est celle d'un chef d'établissement ou de son adjoint.

    « Secrétaire de direction » et « professeur principal » n'en sont pas.
    """
    return bool(DIRECTION.search(fonction)) and not SANS_DIRECTION.search(fonction)


def _lire(numero: int, ligne: str) -> LigneCollee:
    cellules = [cellule.strip().strip('"') for cellule in re.split(r"[;\t]", ligne)]
    courriel, uai, *suite = [*cellules, "", ""][: max(3, len(cellules))]
    fonction = suite[0] if suite else ""
    if len([cellule for cellule in cellules if cellule]) < 2 or any(suite[1:]):
        return LigneCollee(numero, courriel, uai, fonction, "Écrivez\u00a0: courriel\u00a0; UAI\u00a0; fonction.")
    return LigneCollee(numero, courriel.lower(), uai, fonction[:80])
