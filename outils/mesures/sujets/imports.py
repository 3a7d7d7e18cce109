"""L'import de 3 000 élèves, à côté d'un COPY des mêmes lignes : les élèves, et leur historique.

Le classeur est déjà lu et comparé quand le temps compté commence : contrôler de nouveau chaque ligne et tout écrire,
voilà ce que le COPY ne fait pas. La lecture et la comparaison ont leur ligne, sans but. Chaque tour est défait.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection, transaction

from candidatures.services import imports
from outils.mesures.chronometre import Chronometre, Duree, compter_les_instructions, memoire_prise
from outils.mesures.lignes import Ligne, ligne
from referentiel.models import Campagne, Rattachement
from referentiel.models.travaux import Importation
from referentiel.rules.calendrier import Nature
from referentiel.tableurs.ecriture import Feuille, en_xlsx

ELEVES, TOURS = 3_000, 7
RAPPORT_VISE = 6.0
LETTRES = "ABCDEFGHJK"
TITRES = ("Nom", "Prénom", "Date de naissance", "INE", "Classe")
PRENOM = "Camille-Mesure"


def lignes_du_fichier(eleves: int) -> list[list[object]]:
    """Autant d'élèves inventés, d'INE que personne ne porte."""
    return [
        [
            f"NOM{rang}",
            PRENOM,
            date(2012, 1, 1) + timedelta(days=rang % 365),
            f"{970_000_000 + rang:09d}{LETTRES[rang % 10]}{LETTRES[rang // 10 % 10]}",
            f"3{LETTRES[rang % 8]}",
        ]
        for rang in range(eleves)
    ]


def mesurer(dire: Callable[[str], None], *, eleves: int = ELEVES, tours: int = TOURS) -> list[Ligne]:
    mesure = Mesure(eleves)
    dire(f"{eleves} élèves")
    mesure.tour()
    releves = [mesure.tour() for _ in range(tours)]
    temps = {nom: [releve[nom] for releve in releves] for nom in releves[0]}
    commun = {"instructions": mesure.instructions(), "memoire": mesure.memoire()}
    return [
        ligne(f"{eleves} élèves : contrôler et écrire", _face_a_face(temps, "écrire"), vise=RAPPORT_VISE, **commun),
        ligne(f"{eleves} élèves : lire le classeur, comparer", _face_a_face(temps, "lire"), vise=None),
    ]


def _face_a_face(temps: dict[str, list[Duree]], travail: str) -> dict[str, list[Duree]]:
    return {"produit": temps[travail], "nu": temps["COPY"]}


class Mesure:
    """Un établissement sans importance, un fichier prêt, et les deux gestes à comparer."""

    def __init__(self, eleves: int) -> None:
        place = (
            Rattachement.objects.filter(etablissement__isnull=False, origine=True)
            .select_related("etablissement__academie", "personne")
            .order_by("pk")[0]
        )
        self.etablissement, self.par = place.etablissement, place.personne
        self.campagne = Campagne.objects.courante(self.etablissement.academie)
        self.le = self.campagne.calendrier.bornes(Nature.INSCRIPTION).ouvre_a() + timedelta(hours=10)
        self.classeur = en_xlsx(Feuille("Élèves", TITRES, lignes_du_fichier(eleves)))

    def tour(self) -> dict[str, Duree]:
        """Durées d'un tour : l'import, puis le COPY des lignes qu'il a écrites."""
        with _defait():
            durees = {"lire": self._chronometrer(self._lire)}
            durees["écrire"] = self._chronometrer(self._ecrire)
            textes = {table: _ecrites(table, filtre) for table, filtre in self._tables().items()}
        with _defait():
            durees["COPY"] = self._chronometrer(lambda: _copier(textes))
        return durees

    @staticmethod
    def _chronometrer(geste: Callable[[], None]) -> Duree:
        return Chronometre().chronometrer(geste)[0]

    def instructions(self) -> int:
        with _defait():
            self._lire()
            return compter_les_instructions(self._ecrire)

    def memoire(self) -> float:
        with _defait():
            self._lire()
            return memoire_prise(self._ecrire)

    def _lire(self) -> None:
        commun = {"etablissement": self.etablissement, "campagne": self.campagne, "par": self.par, "le": self.le}
        importation = imports.deposer_un_fichier(contenu=self.classeur, nom="eleves.xlsx", **commun)
        if importation.etat == Importation.Etat.COLONNES:
            correspondance = importation.correspondance
            imports.choisir_les_colonnes(importation=importation, correspondance=correspondance, le=self.le)
        self.importation = Importation.objects.get(pk=importation.pk)
        self.plan = imports.plan_de_l_import(importation=self.importation, campagne=self.campagne)

    def _ecrire(self) -> None:
        imports.appliquer_l_import(
            importation=self.importation,
            campagne=self.campagne,
            empreinte=self.plan.empreinte,
            par=self.par,
            le=self.le,
        )

    def _tables(self) -> dict[str, str]:
        """Tables où l'import écrit, et ce qui y désigne ses lignes."""
        eleves = f"etablissement_id = {self.etablissement.pk} AND prenom = '{PRENOM}'"
        du_fichier = f"SELECT id FROM candidatures_eleve WHERE {eleves}"  # noqa: S608 - du SQL écrit ici
        return {
            "candidatures_eleve": eleves,
            "comptes_trace": f"objet_type = 'candidatures.eleve' AND objet_id IN ({du_fichier})",
        }


@contextmanager
def _defait() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _ecrites(table: str, filtre: str) -> bytes:
    """Les lignes que l'import vient d'écrire, telles que COPY les relira."""
    demande = f"COPY (SELECT * FROM {table} WHERE {filtre}) TO STDOUT"  # noqa: S608 - du SQL écrit ici
    with connection.cursor() as curseur, curseur.copy(demande) as copie:
        return b"".join(bytes(morceau) for morceau in copie)


def _copier(textes: dict[str, bytes]) -> None:
    with connection.cursor() as curseur:
        for table, texte in textes.items():
            with curseur.copy(f"COPY {table} FROM STDIN") as copie:
                copie.write(texte)
