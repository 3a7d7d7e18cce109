"""L'épreuve des pannes, en grand : dix mille convocations, quarante arrêts forcés (F2, R25).

bin/eprouver                                  # dix mille convocations, quarante `kill -9`
bin/eprouver --taille 2000 --arrets 20        # plus petit
bin/eprouver --graine 7 --ecrire              # le même tirage, et le tableau dans docs/mesures-pannes.md
"""

import argparse
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from outils.emplacements import RACINE
from outils.epreuve.campagne import Bilan, EpreuveBloquee, Reglages, eprouver
from outils.epreuve.machine import Machine

TAILLE, ARRETS, PAR_LOT = 10_000, 40, 50
DELAI_VISE = 300
TABLEAU = RACINE / "docs" / "mesures-pannes.md"
DEBUT, FIN = "<!-- mesures -->", "<!-- fin des mesures -->"


def installer(machine: Machine) -> None:
    """Crée les tables."""
    commande = [sys.executable, RACINE / "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(commande, env=machine.environnement, check=True)


def lignes(voulu: Reglages, bilan: Bilan) -> list[tuple[str, str, str]]:
    """Le tableau : ce qui est mesuré, la mesure, ce qu'il fallait."""
    verdict, caprices = bilan.verdict, bilan.caprices
    arrets = ", ".join(f"{nombre} {genre}" for genre, nombre in sorted(bilan.arrets.items()))
    coupures = caprices["prend et coupe"] + caprices["cale"]
    reponses = ", ".join(f"{nombre} × {statut}" for statut, nombre in sorted(bilan.reponses.items()))
    return [
        ("convocations (versions, annulations comprises)", str(verdict.convocations), f"{voulu.taille} élèves"),
        ("messages reçus par le relais", str(verdict.messages), "—"),
        ("arrêts forcés", f"{bilan.arrets.total()} ({arrets})", str(voulu.arrets)),
        ("caprices du relais", ", ".join(f"{nombre} {nom}" for nom, nombre in sorted(caprices.items())), "—"),
        ("réponses aux chefs d’établissement", reponses, "—"),
        ("perdues", str(len(verdict.perdues)), "0"),
        ("doublées sous le même identifiant", str(verdict.doublees), f"≤ {bilan.arrets.total()} + {coupures} coupures"),
        ("reçues dans deux messages, après un retrait", str(verdict.refaites), "comprises dans la ligne d’avant"),
        ("annulées sans démenti", str(len(verdict.sans_dementi)), "0"),
        ("mal adressées", str(len(verdict.mal_adressees)), "0"),
        ("refusées pour de bon, corrigées et renvoyées", str(bilan.corrigees), "—"),
        ("dernier envoi après le dernier arrêt", f"{bilan.apres_le_dernier_arret:.0f} s", f"≤ {DELAI_VISE} s"),
        ("états impossibles dans la base", str(len(verdict.ecarts)), "0"),
        ("durée", f"{bilan.duree / 60:.0f} min", "—"),
    ]


def ecrire(voulu: Reglages, bilan: Bilan) -> None:
    """Remplace le tableau de docs/mesures-pannes.md."""
    rangees = "\n".join(f"| {' | '.join(ligne)} |" for ligne in lignes(voulu, bilan))
    commande = f"bin/eprouver --taille {voulu.taille} --arrets {voulu.arrets} --graine {voulu.graine}"
    tableau = f"Mesuré par `{commande}`.\n\n| | mesuré | voulu |\n|---|---|---|\n{rangees}"
    texte = TABLEAU.read_text()
    avant, _, reste = texte.partition(DEBUT)
    TABLEAU.write_text(f"{avant}{DEBUT}\n{tableau}\n{FIN}{reste.partition(FIN)[2]}")


def main() -> int:
    """Passe l'épreuve ; rend 1 si l'une des exigences n'est pas tenue."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--taille", type=int, default=TAILLE, help="nombre d’élèves convoqués")
    options.add_argument("--arrets", type=int, default=ARRETS, help="nombre de kill -9")
    options.add_argument("--par-lot", type=int, default=PAR_LOT, help="élèves confirmés d’un même geste")
    options.add_argument("--graine", type=int, default=None, help="pour refaire un tirage")
    options.add_argument("--ecrire", action="store_true", help="remplace le tableau de docs/mesures-pannes.md")
    choix = options.parse_args()
    graine = secrets.randbelow(100_000) if choix.graine is None else choix.graine
    debut = time.monotonic()

    def dire(phrase: str) -> None:
        print(f"{time.monotonic() - debut:7.0f} s  {phrase}", flush=True)

    dire(f"graine {graine}")
    with tempfile.TemporaryDirectory(prefix="passpro-epreuve-", ignore_cleanup_errors=True) as dossier:
        voulu = Reglages(choix.taille, choix.arrets, choix.par_lot, graine, Path(dossier), installer)
        try:
            bilan = eprouver(voulu, dire)
        except EpreuveBloquee as blocage:
            print(blocage, file=sys.stderr)
            return 1
    for nom, mesure, exige in lignes(voulu, bilan):
        print(f"{nom:<46} {mesure}   (voulu : {exige})")
    if choix.ecrire:
        ecrire(voulu, bilan)
    fautes = bilan.fautes
    if bilan.apres_le_dernier_arret > DELAI_VISE:
        fautes.append("Le dernier envoi a trop tardé après le dernier arrêt.")
    print("\n".join(fautes) or "L’épreuve est réussie.")
    return 1 if fautes else 0


if __name__ == "__main__":
    sys.exit(main())
