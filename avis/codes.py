"""Le code d'une fiche : il dit de qui elle est et ce qu'elle contient, sans rien en montrer (R32, T10).

« k7f3m2qd-h4x9w-p2c6m » : l'élève, puis le contenu, puis un sceau. Le code se calcule ; imprimer une fiche, ou la
lire, n'écrit donc rien. Sans le secret de l'application, nul ne peut en fabriquer un qui soit reconnu, ni deviner un
contenu d'après son code.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from referentiel.rules.identifiants import ALPHABET_DES_CODES

LONGUEUR = 5
CONTENU, SCEAU = "avis.codes.contenu", "avis.codes.sceau"


@dataclass(frozen=True, slots=True)
class CodeDeFiche:
    """Un code reconnu : son sceau est le nôtre."""

    eleve: str
    contenu: str

    def dit(self, empreinte: str) -> bool:
        """Vrai si la fiche qui porte ce code avait le contenu de cette empreinte."""
        return any(constant_time_compare(self.contenu, _sceller(CONTENU, empreinte, cle)) for cle in _cles())


def code_de_la_fiche(eleve: str, empreinte: str) -> str:
    """Code d'une fiche, d'après le code de l'élève et l'empreinte du contenu."""
    contenu = _sceller(CONTENU, empreinte, settings.SECRET_KEY)
    return f"{eleve}-{contenu}-{_sceller(SCEAU, f'{eleve}-{contenu}', settings.SECRET_KEY)}"


def lire_le_code(code: str) -> CodeDeFiche | None:
    """Ce que dit un code, tel qu'il est recopié ; `None` s'il n'est pas de nous."""
    morceaux = code.lower().split("-")
    if len(morceaux) != 3:
        return None
    eleve, contenu, sceau = morceaux
    sceaux = (_sceller(SCEAU, f"{eleve}-{contenu}", cle) for cle in _cles())
    return CodeDeFiche(eleve, contenu) if any(constant_time_compare(sceau, attendu) for attendu in sceaux) else None


def _cles() -> Iterator[str]:
    """Le secret du jour, puis ceux d'avant : changer de secret ne périme pas les fiches déjà remises."""
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def _sceller(usage: str, texte: str, cle: str) -> str:
    nombre = int.from_bytes(salted_hmac(usage, texte, secret=cle, algorithm="sha256").digest())
    signes = []
    for _ in range(LONGUEUR):
        nombre, reste = divmod(nombre, len(ALPHABET_DES_CODES))
        signes.append(ALPHABET_DES_CODES[reste])
    return "".join(signes)
