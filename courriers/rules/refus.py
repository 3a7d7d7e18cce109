"""Ce qu'un refus de messagerie veut dire, et s'il tient à l'adresse (R25).

Le code étendu (« 5.1.1 », RFC 3463) parle le premier, puis les mots, puis le code à trois chiffres : les messageries
ne s'accordent que sur le dernier.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    ADRESSE_INCONNUE = "adresse_inconnue"
    DOMAINE_INCONNU = "domaine_inconnu"
    BOITE_FERMEE = "boite_fermee"
    BOITE_PLEINE = "boite_pleine"
    TROP_GROS = "trop_gros"
    MESSAGE_REFUSE = "message_refuse"
    DIFFERE = "differe"
    LIAISON = "liaison"
    COUPURE = "coupure"
    RELAIS = "relais"
    PIECE = "piece"
    AUTRE = "autre"


PHRASES: dict[Cause, str] = {
    Cause.ADRESSE_INCONNUE: "Cette adresse n’existe pas.",
    Cause.DOMAINE_INCONNU: "Ce qui suit l’arobase de cette adresse n’existe pas.",
    Cause.BOITE_FERMEE: "Cette boîte aux lettres est fermée.",
    Cause.BOITE_PLEINE: "La boîte aux lettres est pleine.",
    Cause.TROP_GROS: "Le message est trop gros pour cette messagerie.",
    Cause.MESSAGE_REFUSE: "La messagerie du destinataire refuse les messages de Passpro.",
    Cause.DIFFERE: "La messagerie du destinataire demande de réessayer plus tard.",
    Cause.LIAISON: "Le serveur de messagerie ne répond pas.",
    Cause.COUPURE: "Le serveur de messagerie a coupé la liaison.",
    Cause.RELAIS: "Le serveur de messagerie n’accepte pas la connexion de Passpro.",
    Cause.PIECE: "Une pièce jointe n’a pas pu être préparée.",
    Cause.AUTRE: "La messagerie du destinataire n’a pas accepté le message.",
}
TIENNENT_A_L_ADRESSE = frozenset({Cause.ADRESSE_INCONNUE, Cause.DOMAINE_INCONNU, Cause.BOITE_FERMEE})

# Débuts de ce que Passpro note lui-même quand ce n'est pas la messagerie du destinataire qui parle.
COUPEE = "Le serveur de messagerie a coupé la liaison"
REFUSE_PASSPRO = "Le serveur de messagerie refuse Passpro"
PIECE_FAUTIVE = "Une pièce jointe"
DEBUTS: tuple[tuple[str, Cause], ...] = (
    (PIECE_FAUTIVE, Cause.PIECE),
    (COUPEE, Cause.COUPURE),
    (REFUSE_PASSPRO, Cause.RELAIS),
)

ETENDUS: dict[str, Cause] = {
    "1.1": Cause.ADRESSE_INCONNUE,
    "1.2": Cause.DOMAINE_INCONNU,
    "1.3": Cause.ADRESSE_INCONNUE,
    "1.6": Cause.ADRESSE_INCONNUE,
    "1.10": Cause.DOMAINE_INCONNU,
    "2.1": Cause.BOITE_FERMEE,
    "2.2": Cause.BOITE_PLEINE,
    "2.3": Cause.TROP_GROS,
    "3.4": Cause.TROP_GROS,
    "4.3": Cause.DOMAINE_INCONNU,
    "4.4": Cause.DOMAINE_INCONNU,
    "7.1": Cause.MESSAGE_REFUSE,
}
MOTS: tuple[tuple[str, Cause], ...] = (
    (r"quota|full|pleine|over ?quota|insufficient storage", Cause.BOITE_PLEINE),
    (r"domain.{0,20}not found|host.{0,10}not found|unrouteable|nxdomain|no mx", Cause.DOMAINE_INCONNU),
    (r"disabled|inactive|suspended|désactiv", Cause.BOITE_FERMEE),
    (
        r"user unknown|unknown (user|recipient|mailbox)|no such (user|mailbox|recipient)|does not exist|doesn't exist"
        r"|inconnu|invalid (recipient|mailbox)|user not found|mailbox (unavailable|not found)",
        Cause.ADRESSE_INCONNUE,
    ),
    (r"message size|too (large|big)|size limit", Cause.TROP_GROS),
    (r"spam|blocked|blacklist|policy|reputation|spf|dkim|dmarc", Cause.MESSAGE_REFUSE),
    (r"gr[ae]y ?list|try (again|later)|temporar|réessay", Cause.DIFFERE),
)
CODES: dict[str, Cause] = {
    "550": Cause.ADRESSE_INCONNUE,
    "551": Cause.ADRESSE_INCONNUE,
    "552": Cause.BOITE_PLEINE,
    "553": Cause.ADRESSE_INCONNUE,
    "554": Cause.MESSAGE_REFUSE,
}
REPONSE = re.compile(r"^(?P<code>[245]\d\d)\b")
ETENDU = re.compile(r"\b[245]\.(\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Raison:
    """Pourquoi un message n'a pas été remis, en mots."""

    cause: Cause
    phrase: str

    @property
    def tient_a_l_adresse(self) -> bool:
        """Vrai si renvoyer à la même adresse ne servirait à rien."""
        return self.cause in TIENNENT_A_L_ADRESSE


def dire_le_refus(reponse: str) -> Raison:
    """Raison d'un refus, d'après la réponse gardée du serveur."""
    cause = _cause(reponse)
    return Raison(cause, PHRASES[cause])


def _cause(reponse: str) -> Cause:
    for debut, cause in DEBUTS:
        if reponse.startswith(debut):
            return cause
    code = REPONSE.match(reponse)
    if code is None:
        return Cause.LIAISON
    etendu = ETENDU.search(reponse)
    connue = ETENDUS.get(etendu[1]) if etendu else None
    if connue is Cause.MESSAGE_REFUSE or connue is None:
        connue = _selon_les_mots(reponse) or connue
    return connue or _selon_le_code(code["code"])


def _selon_les_mots(reponse: str) -> Cause | None:
    return next((cause for motif, cause in MOTS if re.search(motif, reponse, re.IGNORECASE)), None)


def _selon_le_code(code: str) -> Cause:
    return Cause.DIFFERE if code.startswith("4") else CODES.get(code, Cause.AUTRE)
