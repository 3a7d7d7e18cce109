"""Mise au propre et contrôle des identifiants : UAI, INE, MEF (R10), et clé de recherche des noms."""

import re
import unicodedata

LETTRES_UAI = "ABCDEFGHJKLMNPRSTUVWXYZ"
FORME_UAI = re.compile(r"^[0-9]{7}[A-Z]$")
FORMES_INE = (
    re.compile(r"^[0-9]{9}[A-HJK]{2}$"),
    re.compile(r"^[0-9]{10}[A-HJ-NPR-Z]$"),
    re.compile(r"^[0-9]{4}[AD][0-9]{5}[A-HJ-NPR-Z]$"),
)
ALPHABET_DES_CODES = "23456789abcdefghjkmnpqrstuvwxyz"
LONGUEUR_DES_CODES = 8
CODES_POSSIBLES = len(ALPHABET_DES_CODES) ** LONGUEUR_DES_CODES


def ecrire_un_code(numero: int) -> str:
    """Code public d'un numéro plus petit que `CODES_POSSIBLES`, un code par numéro."""
    lettres = []
    for _ in range(LONGUEUR_DES_CODES):
        numero, rang = divmod(numero, len(ALPHABET_DES_CODES))
        lettres.append(ALPHABET_DES_CODES[rang])
    return "".join(lettres)


def mettre_au_propre(identifiant: str) -> str:
    """Retire espaces et ponctuation, passe en capitales : « 0941234 a » devient « 0941234A »."""
    return re.sub(r"[\s.\-_\u00a0\u202f]", "", identifiant).upper()


def lettre_de_controle(numero: str) -> str:
    """Lettre d'un UAI à partir de ses sept chiffres (R10)."""
    return LETTRES_UAI[int(numero) % 23]


def pourquoi_pas_un_uai(uai: str) -> str | None:
    """Raison du refus d'un UAI mis au propre, ou `None` s'il est juste (R10)."""
    if not FORME_UAI.match(uai):
        return "Un code UAI compte 7 chiffres et une lettre, par exemple 0931024H."
    if uai[7] != lettre_de_controle(uai[:7]):
        return f"La lettre du code UAI ne correspond pas à ses chiffres\u00a0: {lettre_de_controle(uai[:7])} attendue."
    return None


def pourquoi_pas_un_ine(ine: str) -> str | None:
    """Raison du refus d'un INE mis au propre, ou `None` si sa forme est bonne (R10)."""
    if any(forme.match(ine) for forme in FORMES_INE):
        return None
    return "Un INE compte 11 caractères\u00a0: 9 chiffres et 2 lettres, ou 10 chiffres et 1 lettre."


def meme_mef(mef: str, autre: str) -> bool:
    """Deux MEF sont les mêmes quand leurs dix premiers caractères le sont (R7)."""
    return mef[:10] == autre[:10]


def cle_de_recherche(*textes: str) -> str:
    """Texte sans accents, en minuscules, pour trier et chercher : « Élodie DIALLO » donne « elodie diallo »."""
    decompose = unicodedata.normalize("NFKD", " ".join(textes).replace("œ", "oe").replace("Œ", "OE"))
    sans_accents = "".join(signe for signe in decompose if not unicodedata.combining(signe))
    return " ".join(re.sub(r"[^\w]+", " ", sans_accents.lower()).split())
