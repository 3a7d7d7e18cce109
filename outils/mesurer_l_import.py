"""Mesure l'import de 3 000 élèves et le compare à un COPY des mêmes lignes, dans la même exécution.

Les lignes comparées sont toutes celles que l'import écrit : les élèves, et leur historique.

Sur une base installée (celle de la démonstration convient) ; chaque tour est défait, rien n'y reste :

    set -a; . .run/environnement; set +a
    .venv/bin/python -m outils.mesurer_l_import

Les tours des deux gestes alternent ; ce qui compte est le rapport de leurs médianes, pas des secondes.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import django

ELEVES = 3_000
TOURS = 7
PLAFOND = 6
LETTRES = "ABCDEFGHJK"
TITRES = ("Nom", "Prénom", "Date de naissance", "INE", "Classe")


def lignes() -> list[list[object]]:
    """Autant d'élèves inventés, d'INE que personne ne porte."""
    return [
        [
            f"NOM{rang}",
            "Camille",
            date(2012, 1, 1) + timedelta(days=rang % 365),
            f"{970_000_000 + rang:09d}{LETTRES[rang % 10]}{LETTRES[rang // 10 % 10]}",
            f"3{LETTRES[rang % 8]}",
        ]
        for rang in range(ELEVES)
    ]


@contextmanager
def defait() -> Iterator[None]:
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def chronometrer(geste: Callable[[], object]) -> float:
    depart = time.perf_counter()
    geste()
    return time.perf_counter() - depart


class Mesure:
    """Un établissement sans importance, un fichier prêt, et les deux gestes à comparer."""

    def __init__(self) -> None:
        from referentiel.models import Campagne, Rattachement
        from referentiel.tableurs.ecriture import Feuille, en_xlsx

        place = Rattachement.objects.filter(etablissement__isnull=False, origine=True).select_related(
            "etablissement__academie", "personne"
        )[0]
        self.etablissement, self.par = place.etablissement, place.personne
        self.campagne = Campagne.objects.courante(self.etablissement.academie)
        self.le = self._jour_d_inscription()
        self.classeur = en_xlsx(Feuille("Élèves", TITRES, lignes()))

    def _jour_d_inscription(self) -> datetime:
        from referentiel.rules.calendrier import Nature

        return self.campagne.calendrier.bornes(Nature.INSCRIPTION).ouvre_a() + timedelta(hours=10)

    def tour(self) -> dict[str, float]:
        """Durées d'un tour : lire, comparer, appliquer ; puis le COPY des lignes que l'import a écrites."""
        with defait():
            durees = self._importer()
            textes = {table: self._ecrites(table, filtre) for table, filtre in self._tables().items()}
        for table, texte in textes.items():
            with defait():
                durees[table] = chronometrer(lambda table=table, texte=texte: self._copier(table, texte))
        return durees

    def _tables(self) -> dict[str, str]:
        """Tables où l'import écrit, et ce qui y désigne ses lignes."""
        eleves = f"etablissement_id = {self.etablissement.pk} AND ine LIKE '97%' AND prenom = 'Camille'"
        du_fichier = f"SELECT id FROM candidatures_eleve WHERE {eleves}"  # noqa: S608
        return {
            "candidatures_eleve": eleves,
            "comptes_trace": f"objet_type = 'candidatures.eleve' AND objet_id IN ({du_fichier})",
        }

    def _importer(self) -> dict[str, float]:
        from candidatures.services import imports
        from referentiel.models.travaux import Importation

        commun = {"etablissement": self.etablissement, "campagne": self.campagne, "par": self.par, "le": self.le}
        durees, faits = {}, {}

        def deposer() -> None:
            importation = imports.deposer_un_fichier(contenu=self.classeur, nom="eleves.xlsx", **commun)
            if importation.etat == Importation.Etat.COLONNES:
                correspondance = importation.correspondance
                imports.choisir_les_colonnes(importation=importation, correspondance=correspondance, le=self.le)
            faits["import"] = Importation.objects.get(pk=importation.pk)

        def comparer() -> None:
            faits["plan"] = imports.plan_de_l_import(importation=faits["import"], campagne=self.campagne)

        def appliquer() -> None:
            imports.appliquer_l_import(
                importation=faits["import"],
                campagne=self.campagne,
                empreinte=faits["plan"].empreinte,
                par=self.par,
                le=self.le,
            )

        for nom, geste in (("lire", deposer), ("comparer", comparer), ("appliquer", appliquer)):
            durees[nom] = chronometrer(geste)
        return durees

    @staticmethod
    def _ecrites(table: str, filtre: str) -> bytes:
        """Les lignes que l'import vient d'écrire, telles que COPY les relira."""
        from django.db import connection

        demande = f"COPY (SELECT * FROM {table} WHERE {filtre}) TO STDOUT"  # noqa: S608
        with connection.cursor() as curseur, curseur.copy(demande) as copie:
            return b"".join(bytes(morceau) for morceau in copie)

    @staticmethod
    def _copier(table: str, texte: bytes) -> None:
        from django.db import connection

        with connection.cursor() as curseur, curseur.copy(f"COPY {table} FROM STDIN") as copie:
            copie.write(texte)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passpro.settings")
    django.setup()
    mesure = Mesure()
    mesure.tour()
    tours = [mesure.tour() for _ in range(TOURS)]
    medianes = {nom: statistics.median(tour[nom] for tour in tours) for nom in tours[0]}
    eleves, historique = medianes["candidatures_eleve"], medianes["comptes_trace"]
    copie = eleves + historique
    print(f"{ELEVES} élèves, médianes de {TOURS} tours.")
    print(
        f"COPY des mêmes lignes : {copie * 1000:.0f} ms "
        f"(élèves {eleves * 1000:.0f}, historique {historique * 1000:.0f})"
    )
    for nom in ("lire", "comparer", "appliquer"):
        print(f"  {nom:<10} {medianes[nom] * 1000:6.0f} ms   {medianes[nom] / copie:5.1f} × COPY")
    rapport = medianes["appliquer"] / copie
    print(f"Contrôle et écriture : {rapport:.1f} × COPY (visé : {PLAFOND} au plus).")
    return 0 if rapport <= PLAFOND else 1


if __name__ == "__main__":
    sys.exit(main())
