"""L'export XML de SIECLE, « ElevesSansAdresses.xml », nu ou dans son ZIP, lu au fil de l'eau (R13, R41, T17).

Rien n'est dépaqueté sur le disque. L'analyseur est celui de la bibliothèque standard : il ne va chercher aucune
entité extérieure, et toute déclaration de type de document est refusée avant qu'une entité puisse servir.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

from referentiel.rules.dates import INSECABLE
from referentiel.rules.identifiants import mettre_au_propre
from referentiel.tableurs.lecture import OCTETS_AU_PLUS, FichierRefuse, Ligne, Tableau

OCTETS_DEPLIES_AU_PLUS = 40_000_000
ENTREES_AU_PLUS = 20
BALISES_AU_PLUS = 1_000_000
PROFONDEUR_AU_PLUS = 30
ELEVES_AU_PLUS = 10_000
SIGNES_PAR_VALEUR = 200
MORCEAU = 65_536
CHIFFRE = 0x1

ENTETES = ("Nom de famille", "Prénom", "Date Naissance", "Id National", "Date Sortie", "Code MEF", "Code Structure")
BALISES = ("NOM_DE_FAMILLE", "PRENOM", "DATE_NAISS", "ID_NATIONAL", "DATE_SORTIE", "CODE_MEF")
BALISES_DE_L_INE = ("ID_NATIONAL", "INE_RNIE", "INE_BEA")
LUES = frozenset({*BALISES, *BALISES_DE_L_INE})
RACINE = "BEE_ELEVES"
AUTRES_EXPORTS = {"BEE_RESPONSABLES": "des responsables", "BEE_STRUCTURES": "des structures"}

CE_QU_IL_FAUT = "Déposez l’export «\u00a0ElevesSansAdresses\u00a0» de SIECLE, tel quel ou dans son ZIP."
ABIME = f"Le fichier XML est abîmé ou incomplet. {CE_QU_IL_FAUT}"
DECLARATIONS = (
    f"Ce fichier XML contient des déclarations que SIECLE n’écrit jamais{INSECABLE}: il n’est pas lu. {CE_QU_IL_FAUT}"
)
DEMESURE = f"Ce fichier est bien plus grand qu’un export d’élèves une fois ouvert. {CE_QU_IL_FAUT}"
SANS_ELEVE = f"Cet export ne contient aucun élève. {CE_QU_IL_FAUT}"


@dataclass(frozen=True, slots=True)
class ExportDEleves:
    """L'établissement qui a exporté, et un tableau d'une ligne par élève, aux en-têtes de SIECLE."""

    uai: str
    tableau: Tableau


def est_du_xml_ou_son_zip(contenu: bytes) -> bool:
    """Vrai pour un XML, ou pour un ZIP qui n'est ni un classeur Excel ni un classeur ODS."""
    if not contenu.startswith(b"PK"):
        return contenu.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")[:1] == b"<"
    try:
        with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
            noms = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    return not noms & {"[Content_Types].xml", "mimetype"}


def lire_l_export(contenu: bytes) -> ExportDEleves:
    """Lit un export XML des élèves, ou le ZIP qui le contient.

    Lève `FichierRefuse`, avec ce qui ne va pas, si c'en est un autre, s'il est abîmé, démesuré ou piégé.
    """
    if len(contenu) > OCTETS_AU_PLUS:
        raise FichierRefuse(f"Le fichier dépasse {OCTETS_AU_PLUS // 1_000_000}{INSECABLE}Mo.")
    lecteur = _LecteurDEleves()
    for morceau in _du_zip(contenu) if contenu.startswith(b"PK") else _morceaux(io.BytesIO(contenu)):
        lecteur.lire(morceau)
    return lecteur.finir()


def _du_zip(contenu: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(contenu)) as archive, archive.open(_entree_des_eleves(archive)) as entree:
            yield from _morceaux(entree)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as erreur:
        raise FichierRefuse("Le fichier ZIP est abîmé ou incomplet. Exportez-le de nouveau depuis SIECLE.") from erreur


def _morceaux(entree: IO[bytes]) -> Iterator[bytes]:
    """Le contenu, par morceaux ; la taille comptée est celle qui est lue, pas celle qui est déclarée."""
    lus = 0
    while morceau := entree.read(MORCEAU):
        lus += len(morceau)
        if lus > OCTETS_DEPLIES_AU_PLUS:
            raise FichierRefuse(DEMESURE)
        yield morceau


def _entree_des_eleves(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entrees = [entree for entree in archive.infolist() if not entree.is_dir()]
    if len(entrees) > ENTREES_AU_PLUS:
        raise FichierRefuse(DEMESURE)
    if any(_sort_du_dossier(entree.filename) for entree in entrees):
        raise FichierRefuse(f"Ce ZIP contient un chemin suspect{INSECABLE}: il n’est pas lu. {CE_QU_IL_FAUT}")
    if any(entree.flag_bits & CHIFFRE for entree in entrees):
        raise FichierRefuse("Le fichier est protégé par un mot de passe.")
    xml = [entree for entree in entrees if entree.filename.lower().endswith(".xml")]
    des_eleves = [entree for entree in xml if "eleves" in entree.filename.lower()] or xml
    if not des_eleves:
        raise FichierRefuse(f"Ce ZIP ne contient pas d’export XML. {CE_QU_IL_FAUT}")
    return des_eleves[0]


def _sort_du_dossier(nom: str) -> bool:
    return nom.startswith("/") or "\\" in nom or ":" in nom or ".." in nom.split("/")


class _LecteurDEleves:
    """Suit les balises de `BEE_ELEVES` et ne retient, de chaque élève, que ce dont Passpro a besoin."""

    def __init__(self) -> None:
        self.analyseur = expat.ParserCreate()
        self.analyseur.buffer_text = True
        self.analyseur.StartDoctypeDeclHandler = self._refuser_une_declaration
        self.analyseur.EntityDeclHandler = self._refuser_une_declaration
        self.analyseur.StartElementHandler = self._ouvrir
        self.analyseur.EndElementHandler = self._fermer
        self.chemin: list[str] = []
        self.balises = 0
        self.uai = ""
        self.eleves: dict[str, dict[str, str]] = {}
        self.eleve: dict[str, str] | None = None
        self.structure: dict[str, str] = {}
        self.valeur: list[str] | None = None

    def lire(self, morceau: bytes) -> None:
        self._analyser(lambda: self.analyseur.Parse(morceau, False))

    def finir(self) -> ExportDEleves:
        self._analyser(lambda: self.analyseur.Parse(b"", True))
        if not self.eleves:
            raise FichierRefuse(SANS_ELEVE)
        lignes = enumerate(self.eleves.values(), start=1)
        return ExportDEleves(
            mettre_au_propre(self.uai),
            Tableau(ENTETES, tuple(Ligne(numero, _cellules(eleve)) for numero, eleve in lignes)),
        )

    def _analyser(self, etape: Callable[[], object]) -> None:
        try:
            etape()
        except (expat.ExpatError, LookupError, ValueError) as erreur:
            raise FichierRefuse(ABIME) from erreur

    def _refuser_une_declaration(self, *_: object) -> None:
        raise FichierRefuse(DECLARATIONS)

    def _ouvrir(self, balise: str, attributs: dict[str, str]) -> None:
        self.balises += 1
        if self.balises > BALISES_AU_PLUS or len(self.chemin) > PROFONDEUR_AU_PLUS:
            raise FichierRefuse(DEMESURE)
        if not self.chemin:
            self._exiger_des_eleves(balise)
        self.chemin.append(balise)
        if balise == "ELEVE" and self._dans("ELEVES"):
            self._commencer_un_eleve(attributs)
        elif balise == "STRUCTURES_ELEVE":
            self.eleve = self.eleves.get(attributs.get("ELEVE_ID", ""))
        elif balise == "STRUCTURE":
            self.structure = {}
        elif self._est_lue(balise):
            self._ecouter()

    def _fermer(self, balise: str) -> None:
        self.chemin.pop()
        if self.valeur is not None:
            self._retenir(balise, " ".join("".join(self.valeur).split())[:SIGNES_PAR_VALEUR])
        elif balise in {"ELEVE", "STRUCTURES_ELEVE"}:
            self.eleve = None
        elif balise == "STRUCTURE" and self.eleve is not None and self.structure.get("TYPE_STRUCTURE") == "D":
            self.eleve["CODE_STRUCTURE"] = self.structure.get("CODE_STRUCTURE", "")

    def _exiger_des_eleves(self, racine: str) -> None:
        if racine != RACINE:
            sorte = AUTRES_EXPORTS.get(racine)
            quoi = f"Cet export est celui {sorte}" if sorte else "Ce fichier XML n’est pas un export d’élèves"
            raise FichierRefuse(f"{quoi}. {CE_QU_IL_FAUT}")

    def _commencer_un_eleve(self, attributs: dict[str, str]) -> None:
        if len(self.eleves) >= ELEVES_AU_PLUS:
            raise FichierRefuse(DEMESURE)
        self.eleve = self.eleves.setdefault(attributs.get("ELEVE_ID", f"n{len(self.eleves)}"), {})

    def _dans(self, parent: str) -> bool:
        return len(self.chemin) > 1 and self.chemin[-2] == parent

    def _est_lue(self, balise: str) -> bool:
        """Vrai pour une valeur utile à sa place : le MEF de l'an dernier, plus profond, n'en est pas une."""
        if balise in LUES:
            return self._dans("ELEVE")
        if balise in {"CODE_STRUCTURE", "TYPE_STRUCTURE"}:
            return self._dans("STRUCTURE")
        return balise == "UAJ" and self._dans("PARAMETRES")

    def _ecouter(self) -> None:
        self.valeur = []
        signes = 0

        def noter(texte: str) -> None:
            nonlocal signes
            if self.valeur is not None and signes < SIGNES_PAR_VALEUR:
                self.valeur.append(texte[:SIGNES_PAR_VALEUR])
                signes += len(texte)

        self.analyseur.CharacterDataHandler = noter

    def _retenir(self, balise: str, texte: str) -> None:
        self.valeur = None
        self.analyseur.CharacterDataHandler = None
        if balise == "UAJ":
            self.uai = texte
        elif balise in {"CODE_STRUCTURE", "TYPE_STRUCTURE"}:
            self.structure[balise] = texte
        elif self.eleve is not None:
            self.eleve[balise] = texte


def _cellules(eleve: dict[str, str]) -> tuple[str, ...]:
    ine = next((eleve[balise] for balise in BALISES_DE_L_INE if eleve.get(balise)), "")
    valeurs = {**eleve, "ID_NATIONAL": ine}
    return tuple(valeurs.get(balise, "") for balise in (*BALISES, "CODE_STRUCTURE"))
