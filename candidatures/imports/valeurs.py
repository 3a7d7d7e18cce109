"""Lire les valeurs d'une ligne d'élève : dates, INE, noms, telles qu'un fichier les donne (R10, R13)."""

import re
from datetime import date, datetime, timedelta

from referentiel.rules.identifiants import mettre_au_propre, pourquoi_pas_un_ine

# Un élève de niveau 3e a entre ces âges, en années, à la fin de l'année civile de la campagne.
AGES_POSSIBLES = range(9, 31)
FORME_FRANCAISE = re.compile(r"^(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4}|\d{2})$")
FORME_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
HEURE = re.compile(r"[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
NOMBRE = re.compile(r"^(\d{4,6})(?:[.,]0+)?$")
ORIGINE_DES_TABLEURS = date(1899, 12, 30)
NUMEROS_DE_JOUR = range(20_000, 73_051)
FORME_MEF = re.compile(r"^[0-9]{10}[0-9A-Z]?$")
PARTICULES = re.compile(r"d[’']?|das?|de[nlrs]?|della|di|dos?|du|e|el|et|l[’']?|la|les?|ten|ter|van|von|y|zu")


class ValeurRefusee(Exception):
    """Une cellule ne se lit pas : `probleme` dit laquelle et pourquoi, `remede` comment corriger."""

    def __init__(self, probleme: str, remede: str) -> None:
        super().__init__(probleme)
        self.probleme = probleme
        self.remede = remede


def en_texte(cellule: object) -> str:
    """Une cellule d'un tableau, en texte d'une ligne ; une date s'écrit JJ/MM/AAAA."""
    if isinstance(cellule, datetime):
        cellule = cellule.date()
    if isinstance(cellule, date):
        return f"{cellule:%d/%m/%Y}"
    return " ".join(str(cellule).split())


def lire_la_naissance(texte: str, annee: int) -> date:
    """Date de naissance écrite JJ/MM/AAAA, AAAA-MM-JJ, ou en numéro de jour de tableur.

    `annee` est celle de la campagne. Une année sur deux chiffres n'est admise que si un seul siècle est possible.
    Lève `ValeurRefusee`, qui nomme une date impossible.
    """
    propre = HEURE.sub("", texte.strip())
    if not propre:
        raise ValeurRefusee("Date de naissance manquante", "Complétez la ligne dans le fichier.")
    naissance = _date_ecrite(propre, annee) or _numero_de_jour(propre)
    if naissance is None:
        raise ValeurRefusee(
            f"Date de naissance «\u00a0{texte}\u00a0» illisible", "Écrivez-la JJ/MM/AAAA, par exemple 14/05/2012."
        )
    if annee - naissance.year not in AGES_POSSIBLES:
        raise ValeurRefusee(
            f"Date de naissance {naissance:%d/%m/%Y}\u00a0: l’élève aurait {annee - naissance.year} ans en {annee}",
            "Vérifiez l’année de naissance dans le fichier.",
        )
    return naissance


def _date_ecrite(texte: str, annee: int) -> date | None:
    if trouve := FORME_FRANCAISE.match(texte):
        jour, mois, an = trouve.groups()
    elif trouve := FORME_ISO.match(texte):
        an, mois, jour = trouve.groups()
    else:
        return None
    try:
        return date(_annee_entiere(an, texte, annee), int(mois), int(jour))
    except ValueError:
        raise ValeurRefusee(
            f"Date de naissance «\u00a0{texte}\u00a0» impossible", "Corrigez la date dans le fichier, en JJ/MM/AAAA."
        ) from None


def _annee_entiere(an: str, texte: str, annee: int) -> int:
    if len(an) == 4:
        return int(an)
    possibles = [siecle + int(an) for siecle in (1900, 2000) if annee - (siecle + int(an)) in AGES_POSSIBLES]
    if len(possibles) != 1:
        raise ValeurRefusee(
            f"Date de naissance «\u00a0{texte}\u00a0»\u00a0: l’année n’a que deux chiffres",
            "Écrivez l’année en entier, par exemple 14/05/2012.",
        )
    return possibles[0]


def _numero_de_jour(texte: str) -> date | None:
    trouve = NOMBRE.match(texte)
    if trouve is None or int(trouve[1]) not in NUMEROS_DE_JOUR:
        return None
    return ORIGINE_DES_TABLEURS + timedelta(days=int(trouve[1]))


def lire_l_ine(texte: str) -> str:
    """INE mis au propre, ou rien s'il n'y en a pas. Lève `ValeurRefusee` si sa forme n'est pas celle d'un INE."""
    ine = mettre_au_propre(texte)
    if ine and (raison := pourquoi_pas_un_ine(ine)):
        raise ValeurRefusee(
            f"INE «\u00a0{texte}\u00a0»\u00a0: {raison[0].lower()}{raison[1:]}", "Corrigez l’INE, ou videz la case."
        )
    return ine


def lire_le_mef(texte: str) -> str:
    """Code MEF de dix ou onze caractères, ou rien si la cellule n'en est pas un."""
    mef = mettre_au_propre(re.sub(r"[.,]0+$", "", texte))
    return mef if FORME_MEF.match(mef) else ""


def separer_le_nom(texte: str) -> tuple[str, str]:
    """« DE LA TOUR Jean-Marc » donne (« DE LA TOUR », « Jean-Marc ») : les capitales font le nom de famille.

    Particules en minuscules, apostrophes et prénoms composés sont compris ; « Jean-Marc DE LA TOUR » aussi.
    Un prénom absent est rendu vide. Lève `ValeurRefusee` si rien ne distingue le nom.
    """
    mots = texte.split()
    capitales = [_en_capitales(mot) for mot in mots]
    if all(capitales) and len(mots) < 3:
        return " ".join(mots[:1]), " ".join(mots[1:])
    if coupe := _coupe(mots, capitales):
        return " ".join(mots[:coupe]), " ".join(mots[coupe:])
    if coupe := _coupe(mots[::-1], capitales[::-1]):
        rang = _avec_ses_particules(mots, len(mots) - coupe)
        return " ".join(mots[rang:]), " ".join(mots[:rang])
    raise ValeurRefusee(
        f"Le nom et le prénom ne se distinguent pas dans «\u00a0{texte}\u00a0»",
        "Écrivez le nom en capitales et le prénom en minuscules, par exemple DIALLO Yanis.",
    )


def _coupe(mots: list[str], capitales: list[bool]) -> int | None:
    """Nombre de mots du nom de famille en tête, particules comprises, si tout le reste est un prénom."""
    noms = [rang for rang, capitale in enumerate(capitales) if capitale]
    if not noms or len(noms) == len(mots):
        return None
    dernier = noms[-1]
    entre = [mot for rang, mot in enumerate(mots[: dernier + 1]) if not capitales[rang]]
    if not all(PARTICULES.fullmatch(mot) for mot in entre):
        return None
    return dernier + 1


def _avec_ses_particules(mots: list[str], rang: int) -> int:
    """Recule le début du nom sur ses particules : « Maria de SOUSA »."""
    while rang > 1 and PARTICULES.fullmatch(mots[rang - 1]):
        rang -= 1
    return rang


def _en_capitales(mot: str) -> bool:
    """Vrai pour « DIALLO », « N'GUESSAN », « d'ALMEIDA », « McDONALD » ; faux pour « Yanis » et pour « M. »."""
    coeur = re.sub(r"^(d|l)['’]|^Ma?c(?=[A-ZÀ-Þ]{2})", "", mot)
    lettres = [signe for signe in coeur if signe.isalpha()]
    return len(lettres) > 1 and all(signe.isupper() for signe in lettres)
