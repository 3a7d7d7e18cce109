"""Mesure mille fiches et les compare à WeasyPrint seul, sur le même HTML, dans la même exécution (F9, R32).

    bin/mesurer-fiches                 # mille fiches, sur les données de la démonstration
    bin/mesurer-fiches 200 --ecrire    # deux cents, et le tableau dans docs/mesures-fiches.md

Rien ne s'écrit en base. La boucle nue ne fait qu'appeler WeasyPrint, feuille de style et polices lues une fois, dans un
processus à part. Les tours alternent ; les rapports comparent du temps de processeur, que les voisins d'une machine
occupée ne faussent pas, sauf celui de deux moteurs à un, qui ne se voit que sur l'horloge.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import django

from outils.emplacements import RACINE
from outils.mesures.chronometre import Chronometre, Duree, Resume, enfants, memoire_residente
from outils.mesures.machine import la_machine

FICHES = 1_000
TOUR = 60
TOURS = 3
RAPPORT_VISE, GAIN_VISE, MEMOIRE_VISEE = 1.1, 1.8, 300
TABLEAU = RACINE / "docs" / "mesures-fiches.md"
BOUCLE_NUE = """
import sys
from pathlib import Path
from courriers.moteur_pdf import FichiersDuProjet
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
statiques, dossier = Path(sys.argv[1]), Path(sys.argv[2])
polices, fichiers = FontConfiguration(), FichiersDuProjet(statiques)
style = CSS(filename=statiques / "css" / "documents.css", font_config=polices, url_fetcher=fichiers)
for page in sorted(dossier.glob("*.html")):
    document = HTML(string=page.read_text(), base_url=statiques.as_uri() + "/", url_fetcher=fichiers)
    document.write_pdf(stylesheets=[style], font_config=polices, pdf_variant="pdf/ua-1")
"""


@dataclass
class Comptage:
    """Le suivi d'un lot : avancement, refus, mémoire aux étapes demandées."""

    etapes: frozenset[int] = frozenset()
    faites: int = 0
    refusees: int = 0
    memoires: dict[int, float] = field(default_factory=dict)

    def avancer(self, de: int = 1) -> None:
        self.faites += de
        if self.faites in self.etapes:
            self.memoires[self.faites] = memoire_de_l_atelier()
            print(f"  {self.faites} fiches, {self.memoires[self.faites]:.0f} Mo", flush=True)

    def refuser(self, nom: str, raison: str) -> None:
        self.refusees += 1
        self.avancer()


def memoire_de_l_atelier() -> float:
    """Mémoire résidente, en Mo, du plus gros des processus : l'atelier, et chacun de ses moteurs."""
    return max(memoire_residente(pid) for pid in (os.getpid(), *enfants()))


@dataclass(frozen=True, slots=True)
class ParFiche:
    """Millisecondes par fiche : processeur de la boucle nue et d'un moteur ; ce que deux moteurs gagnent d'horloge."""

    nue: float
    un: float
    gain: float

    @property
    def rapport(self) -> float:
        return self.un / self.nue

    @classmethod
    def de(cls, releves: dict[str, list[Duree]]) -> "ParFiche":
        calcul, horloge = (
            {
                nom: Resume.de([getattr(d, temps) for d in durees], diviseur=TOUR).mediane
                for nom, durees in releves.items()
            }
            for temps in ("processeur", "horloge")
        )
        return cls(calcul["nue"], calcul["un"], horloge["un"] / horloge["deux"])


class Mesure:
    """Les fiches d'une campagne de la démonstration, répétées autant qu'il faut."""

    def __init__(self) -> None:
        from avis.lectures import fiches_des_eleves
        from candidatures.models import Eleve
        from candidatures.rules import Etat
        from referentiel.models import Campagne

        self.le = datetime.now().astimezone()
        rendus = Eleve.objects.filter(candidatures__etat=Etat.RENDUE).select_related("etablissement").distinct()
        self.campagne = Campagne.objects.publiees().filter(pk__in=rendus.values("campagne")).first()
        choisis = list(rendus.filter(campagne=self.campagne).order_by("pk")[:TOUR])
        self.contenus = fiches_des_eleves(self.campagne, choisis, self.le) if choisis else []

    def lot(self, combien: int, suivi: Comptage, *, moteurs: int, fichier: Path) -> None:
        """Ce que fait l'atelier, hors le suivi en base : le HTML, le rendu, l'assemblage, le fichier."""
        from django.test.utils import override_settings

        from avis.lots import assembler_les_fiches
        from courriers.assemblage import Assemblage

        contenus = islice(cycle(self.contenus), combien)
        with override_settings(MOTEURS_PAR_LOT=moteurs), Assemblage("Mesure", fichier) as assemblage:
            assembler_les_fiches(contenus, self.campagne, self.le, assemblage, suivi, recto_verso=True)

    def ecrire_les_pages(self, dossier: Path) -> None:
        from django.template.loader import render_to_string

        from avis.pdf import GABARIT, contexte_de_la_fiche

        for rang, contenu in enumerate(islice(cycle(self.contenus), TOUR)):
            contexte = contexte_de_la_fiche(contenu, self.campagne, self.le)
            (dossier / f"{rang:04d}.html").write_text(render_to_string(GABARIT, contexte))

    def comparer(self, *, tours: int = TOURS) -> dict[str, list[Duree]]:
        """Durées de `TOUR` fiches : boucle nue, un moteur, deux moteurs."""
        with tempfile.TemporaryDirectory(prefix="passpro-mesure-") as nom:
            self.ecrire_les_pages(Path(nom))
            fichier = Path(nom) / "fiches.pdf"
            gestes = {
                "nue": lambda: boucle_nue(Path(nom)),
                "un": lambda: self.lot(TOUR, Comptage(), moteurs=1, fichier=fichier),
                "deux": lambda: self.lot(TOUR, Comptage(), moteurs=2, fichier=fichier),
            }
            return Chronometre().alterner(gestes, tours=tours, echauffement=0)


def boucle_nue(dossier: Path) -> None:
    from courriers.pdf import STATIQUES

    subprocess.run([sys.executable, "-c", BOUCLE_NUE, str(STATIQUES), str(dossier)], cwd=RACINE, check=True)


def tableau(combien: int, par_fiche: ParFiche, suivi: Comptage, duree: float, taille: int) -> str:
    premiere, derniere = min(suivi.memoires, default=0), max(suivi.memoires, default=0)
    lignes: list[tuple[str, Any, Any]] = [
        ("WeasyPrint seul, par fiche (processeur)", f"{par_fiche.nue:.0f} ms", ""),
        ("Passpro, un moteur, par fiche (processeur)", f"{par_fiche.un:.0f} ms", ""),
        ("Rapport", f"{par_fiche.rapport:.2f}", f"{RAPPORT_VISE} au plus"),
        ("Deux moteurs au lieu d'un (horloge)", f"{par_fiche.gain:.2f} fois plus vite", f"{GAIN_VISE} au moins"),
        (f"{combien} fiches, deux moteurs (horloge)", f"{duree:.0f} s, {taille / 1e6:.0f} Mo", ""),
        (f"Mémoire du plus gros processus après {premiere} fiches", f"{suivi.memoires.get(premiere, 0):.0f} Mo", ""),
        (
            f"Mémoire du plus gros processus après {derniere} fiches",
            f"{suivi.memoires.get(derniere, 0):.0f} Mo",
            f"{MEMOIRE_VISEE} Mo au plus",
        ),
        ("Fiches refusées", str(suivi.refusees), "0"),
    ]
    return "\n".join(["| mesure | valeur | visé |", "|---|---|---|", *(f"| {a} | {b} | {c} |" for a, b, c in lignes)])


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passpro.settings")
    django.setup()
    combien = next((int(argument) for argument in sys.argv[1:] if argument.isdecimal()), FICHES)
    mesure = Mesure()
    if not mesure.contenus:
        print("Aucun élève n'a de compte-rendu : lancez d'abord bin/demarrer.", file=sys.stderr)
        return 2
    par_fiche = ParFiche.de(mesure.comparer())
    suivi = Comptage(etapes=frozenset({min(100, combien), combien}))
    with tempfile.TemporaryDirectory(prefix="passpro-mesure-") as nom:
        fichier = Path(nom) / "fiches.pdf"
        duree, _ = Chronometre().chronometrer(lambda: mesure.lot(combien, suivi, moteurs=2, fichier=fichier))
        rapport = tableau(combien, par_fiche, suivi, duree.horloge, fichier.stat().st_size)
    print(rapport)
    if "--ecrire" in sys.argv:
        TABLEAU.write_text(
            "# Les fiches récapitulatives, mesurées\n\n"
            f"Relevé du {mesure.le:%d/%m/%Y} par `bin/mesurer-fiches`, sur {la_machine()}, avec les données de la "
            "démonstration. Le gain de deux moteurs ne se lit que sur une machine au repos.\n\n"
            f"{rapport}\n"
        )
    tenu = par_fiche.rapport <= RAPPORT_VISE and max(suivi.memoires.values()) <= MEMOIRE_VISEE
    return 0 if tenu else 1


if __name__ == "__main__":
    sys.exit(main())
