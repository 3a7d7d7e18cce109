"""Le niveau d'un élève, d'après ce que le fichier en dit : niveau, libellé du MEF, code MEF, classe (R11).

Aucune table officielle ne donne le code MEF de tous les publics de 3e : le libellé et la classe décident, le code
MEF ne fait que départager.
"""

import re
from functools import lru_cache

from candidatures.imports.valeurs import ValeurRefusee
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LIBELLES_NIVEAUX, Niveau

# Dispositifs de formation, trois premiers chiffres du MEF.
DISPOSITIFS: dict[str, str] = {"100": "6e", "101": "5e", "102": "4e", "164": "6e", "165": "5e", "166": "4e"}
DISPOSITIFS_DE_TROISIEME: dict[str, Niveau] = {"103": Niveau.TROISIEME, "167": Niveau.TROISIEME_SEGPA}
LYCEE = re.compile(
    r"^[12t] ?(gt|pro|cap|bac|st|g|ga)|^(2n?de?|2nd|1re|1ere|tle|term|seconde|premiere)|^t ?\d|"
    r"\b(1?cap\w*|bts|bac|2nd\w*|2de|2dpro\w*|lyc\w*)\b"
)
TROISIEME = re.compile(r"^(3|troisieme)")
AUTRE_NIVEAU = re.compile(r"^([456])(?!\d(?!\d))|^(sixieme|cinquieme|quatrieme)")
PREPA_METIERS = re.compile(r"prepa ?(metier|pro)|\b3 ?(e|eme)? ?(pm|ppm|prepa|dp3|dima)|prepamet")
UPE2A = re.compile(r"upe ?2|\beana\b|allophone|\bfle\b")
NOMS = {"6": "6e", "5": "5e", "4": "4e", "sixieme": "6e", "cinquieme": "5e", "quatrieme": "4e"}
PAR_LIBELLE = {cle_de_recherche(libelle): niveau for niveau, libelle in LIBELLES_NIVEAUX.items()}


class AutreNiveau(Exception):
    """L'élève est clairement d'un niveau que Passpro n'accueille pas ; `str(autre)` le nomme."""


@lru_cache(maxsize=1_000)
def lire_le_niveau(*, niveau: str, libelle_mef: str, mef: str, classe: str) -> Niveau:
    """Niveau de l'élève. Lève `AutreNiveau` s'il est d'un autre niveau, `ValeurRefusee` si rien ne le dit."""
    for texte in (niveau, libelle_mef):
        if trouve := _d_un_texte(texte):
            return _precise(trouve, classe)
    if trouve := _du_mef(mef):
        return _precise(trouve, classe)
    return _de_la_classe(classe)


def _d_un_texte(texte: str) -> Niveau | None:
    """Niveau écrit en toutes lettres, ou libellé de MEF (« 3EME SEGPA RENOV. », « 2DE GT »)."""
    cle = cle_de_recherche(texte)
    if not cle:
        return None
    if cle in PAR_LIBELLE and PAR_LIBELLE[cle] is not Niveau.LYCEE:
        return PAR_LIBELLE[cle]
    if particulier := _public_particulier(cle):
        return particulier
    if autre := AUTRE_NIVEAU.search(cle):
        raise AutreNiveau(NOMS[autre[1] or autre[2]])
    if TROISIEME.search(cle):
        return Niveau.TROISIEME
    if LYCEE.search(cle):
        raise AutreNiveau("lycée")
    return None


def _public_particulier(cle: str) -> Niveau | None:
    if UPE2A.search(cle):
        return Niveau.UPE2A_LYCEE if LYCEE.search(cle) else Niveau.UPE2A_COLLEGE
    if "mlds" in cle:
        au_lycee = LYCEE.search(cle) or re.search(r"niv\w* (v|5)\b", cle)
        return Niveau.MLDS_NIVEAU_V if au_lycee else Niveau.MLDS_COLLEGE
    if PREPA_METIERS.search(cle) and not AUTRE_NIVEAU.search(cle):
        return Niveau.TROISIEME_PREPA_METIERS
    if "segpa" in cle and (TROISIEME.search(cle) or re.search(r"\b3|3(e|eme)?\b", cle)):
        return Niveau.TROISIEME_SEGPA
    return None


def _du_mef(mef: str) -> Niveau | None:
    dispositif = mef[:3]
    if dispositif in DISPOSITIFS:
        raise AutreNiveau(DISPOSITIFS[dispositif])
    if mef.startswith("2"):
        raise AutreNiveau("lycée")
    return DISPOSITIFS_DE_TROISIEME.get(dispositif)


def _precise(niveau: Niveau, classe: str) -> Niveau:
    """Une 3e dont la classe dit SEGPA, prépa-métiers, UPE2A ou MLDS est de ce public."""
    if niveau is not Niveau.TROISIEME:
        return niveau
    return _public_particulier(cle_de_recherche(classe)) or niveau


def _de_la_classe(classe: str) -> Niveau:
    """Une classe de 6e, 5e ou 4e se lit à son nom ; une classe de lycée demande une précision (écran O3)."""
    cle = cle_de_recherche(classe)
    if particulier := _public_particulier(cle):
        return particulier
    if autre := AUTRE_NIVEAU.search(cle):
        raise AutreNiveau(NOMS[autre[1] or autre[2]])
    if TROISIEME.search(cle):
        return Niveau.TROISIEME
    if LYCEE.search(cle):
        raise ValeurRefusee(
            f"Classe «\u00a0{classe}\u00a0»\u00a0: les élèves de {_niveau_de_lycee(cle)} ne sont pas concernés, "
            "sauf UPE2A et MLDS.",
            "Précisez le niveau ou retirez la ligne.",
        )
    raise ValeurRefusee(
        f"Classe «\u00a0{classe}\u00a0»\u00a0: le niveau de l’élève ne se lit pas.",
        "Ajoutez une colonne «\u00a0Niveau\u00a0» au fichier, par exemple 3e ou UPE2A, collège.",
    )


def _niveau_de_lycee(cle: str) -> str:
    return {"1": "1re", "p": "1re", "t": "terminale"}.get(cle[:1], "2de")
