"""Le dernier soir, en grand : cent demandes par seconde pendant dix minutes, et rien ne se perd (F8).

bin/eprouver-soir                                  # dix minutes, un groupe, un processus web tué au milieu
bin/eprouver-soir --duree 60 --debit 30            # plus court, plus calme
bin/eprouver-soir --groupes 3                      # trois groupes derrière un mandataire, remplacés et tués
bin/eprouver-soir --graine 7 --ecrire              # le même tirage, et les tableaux dans docs/mesures-soir.md
"""

import argparse
import os
import platform
import secrets
import shutil
import signal
import sys
import time
from datetime import date

from outils.emplacements import RACINE, TRAVAIL
from outils.epreuve.machine import BASE, Machine
from outils.mesures import bases
from outils.soir.arrivees import PARTS, Genre
from outils.soir.charge import quantile
from outils.soir.soiree import LA_CHARGE, Bilan, Reglages, passer_le_soir

DEBIT, DUREE, CANDIDATURES = 100.0, 600.0, 10_000
P95_VISE = 0.5
DOSSIER = TRAVAIL / "soir"
TABLEAU = RACINE / "docs" / "mesures-soir.md"
LIBELLES = {Genre.LECTURE: "lectures", Genre.ENREGISTREMENT: "enregistrements", Genre.DOCUMENT: "documents"}
# Un document attend, à dessein, jusqu'à 0,8 seconde d'être rendu avant de montrer sa page d'attente (décision 27).
A_TENIR = (Genre.LECTURE, Genre.ENREGISTREMENT)
Ligne = tuple[str, ...]


def installer(machine: Machine) -> None:
    """Copie la base du générateur, remplie quand elle vieillit."""
    bases.Bases(machine.grappe, machine.environnement).preparer(CANDIDATURES)
    machine.grappe.supprimer_la_base(BASE)
    machine.grappe.creer_la_base(BASE, modele=bases.nom(CANDIDATURES))


def lignes(voulu: Reglages, bilan: Bilan) -> list[Ligne]:
    """Ce qui est mesuré, la mesure, ce qu'il fallait."""
    mesures, confrontation = bilan.mesures, bilan.confrontation
    reussies = mesures.servies - mesures.parties
    sus = ", ".join(f"{nombre} {quoi}" for quoi, nombre in sorted(confrontation["sus"].items()))
    vise = f"p95 < {P95_VISE * 1000:.0f} ms"
    attentes = [
        (f"{LIBELLES[genre]} : p50, p95, p99", _quantiles(mesures.attentes[genre]), vise if genre in A_TENIR else "—")
        for genre in PARTS
    ]
    return [
        ("arrivées par seconde", f"{bilan.demandees / voulu.duree:.1f}", f"{voulu.debit:.0f}"),
        ("réponses par seconde, pages à remplir comprises", f"{reussies / mesures.duree:.1f}", "—"),
        *attentes,
        ("toutes : p50, p95, p99", _quantiles(_toutes(bilan)), vise),
        ("réponses inattendues, erreurs du serveur comprises", str(mesures.fautes.total()), "0"),
        ("visiteurs partis sans attendre", str(mesures.parties), "0"),
        ("demandes coupées, refaites", str(mesures.coupures), "—"),
        ("enregistrements sus", f"{confrontation['total']} ({sus})", "—"),
        ("enregistrements sus, absents de la base", str(len(confrontation["manquent"])), "0"),
        ("documents emportés", str(len(mesures.en_main)), str(len(mesures.attentes[Genre.DOCUMENT]))),
        ("documents en main : p50, p95, p99", _quantiles(mesures.en_main), "—"),
        ("courriels partis, perdus, doublés", f"{len(bilan.recus)}, {len(bilan.perdus)}, {bilan.doubles}", "0 perdu"),
        ("états impossibles dans la base", str(len(confrontation["ecarts"])), "0"),
        ("troubles", " ; ".join(bilan.arrets), "—"),
        ("processeur, en cœurs", _processeur(bilan), f"{os.cpu_count()} en tout"),
        ("processeur par réponse", _par_reponse(bilan, reussies), "—"),
        ("réponses par seconde qu’en tiendraient tous les cœurs", _tenues(bilan, reussies), "—"),
        ("charge de la machine à la fin", f"{os.getloadavg()[0]:.1f}", "—"),
    ]


def _toutes(bilan: Bilan) -> list[float]:
    return [attente for attentes in bilan.mesures.attentes.values() for attente in attentes]


def _quantiles(attentes: list[float]) -> str:
    return ", ".join(f"{quantile(attentes, part) * 1000:.0f}" for part in (0.5, 0.95, 0.99)) + " ms"


def _processeur(bilan: Bilan) -> str:
    parts = sorted(bilan.processeur.items(), key=lambda part: -part[1])
    return ", ".join(f"{nom} {secondes / bilan.mesures.duree:.2f}" for nom, secondes in parts)


def _par_reponse(bilan: Bilan, reussies: int) -> str:
    parts = sorted(_de_l_application(bilan).items(), key=lambda part: -part[1])
    en_tout = sum(secondes for _, secondes in parts)
    dites = (f"{nom} {secondes * 1000 / reussies:.1f}" for nom, secondes in [*parts, ("en tout", en_tout)])
    return f"{', '.join(dites)} ms"


def _tenues(bilan: Bilan, reussies: int) -> str:
    """Ce que ces cœurs donneraient s'ils ne faisaient que cela, sans jamais attendre : une borne, pas une promesse."""
    return f"{(os.cpu_count() or 1) * reussies / sum(_de_l_application(bilan).values()):.0f}"


def _de_l_application(bilan: Bilan) -> dict[str, float]:
    return {nom: secondes for nom, secondes in bilan.processeur.items() if nom != LA_CHARGE}


def par_page(bilan: Bilan) -> list[Ligne]:
    """Chaque page : son nom, le nombre de fois, ses attentes."""
    return [(nom, str(len(attentes)), _quantiles(attentes)) for nom, attentes in sorted(bilan.mesures.par_page.items())]


def ecrire(voulu: Reglages, bilan: Bilan) -> None:
    """Remplace la partie de docs/mesures-soir.md qui dit ce nombre de groupes."""
    debut, fin = f"<!-- {voulu.groupes} -->", f"<!-- fin {voulu.groupes} -->"
    commande = (
        f"bin/eprouver-soir --debit {voulu.debit:.0f} --duree {voulu.duree:.0f}"
        f" --groupes {voulu.groupes} --graine {voulu.graine}"
    )
    jour = f"{date.today():%d/%m/%Y}"  # noqa: DTZ011 - le jour de cette machine
    tableaux = "\n\n".join(
        [
            f"Mesuré le {jour} par `{commande}`, Python {platform.python_version()}.",
            _en_tableau(("", "mesuré", "voulu"), lignes(voulu, bilan)),
            _en_tableau(("page", "fois", "p50, p95, p99"), par_page(bilan)),
        ]
    )
    avant, _, reste = TABLEAU.read_text().partition(debut)
    TABLEAU.write_text(f"{avant}{debut}\n{tableaux}\n{fin}{reste.partition(fin)[2]}")


def _en_tableau(entete: Ligne, rangees: list[Ligne]) -> str:
    return "\n".join(f"| {' | '.join(rangee)} |" for rangee in (entete, ("---",) * len(entete), *rangees))


def lire_les_options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--duree", type=float, default=DUREE, help="secondes")
    options.add_argument("--debit", type=float, default=DEBIT, help="arrivées par seconde")
    options.add_argument("--groupes", type=int, default=1, help="groupes de serveurs et d’ateliers")
    options.add_argument("--graine", type=int, default=None, help="pour refaire un tirage")
    options.add_argument("--ecrire", action="store_true", help="remplace les tableaux de docs/mesures-soir.md")
    return options.parse_args()


def main() -> int:
    """Passe l'épreuve ; rend 1 si l'une des exigences n'est pas tenue."""
    choix = lire_les_options()
    graine = secrets.randbelow(100_000) if choix.graine is None else choix.graine
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    debut = time.monotonic()

    def dire(phrase: str) -> None:
        print(f"{time.monotonic() - debut:7.0f} s  {phrase}", flush=True)

    dire(f"graine {graine}")
    for reste in ("valkey", "fichiers"):
        shutil.rmtree(DOSSIER / reste, ignore_errors=True)
    voulu = Reglages(choix.debit, choix.duree, choix.groupes, graine, DOSSIER, installer)
    try:
        bilan = passer_le_soir(voulu, dire)
    except KeyboardInterrupt:
        print("L’épreuve est interrompue.", file=sys.stderr)
        return 1
    for rangee in [*lignes(voulu, bilan), *par_page(bilan)]:
        print(f"{rangee[0]:<50} {'   '.join(rangee[1:])}")
    if choix.ecrire:
        ecrire(voulu, bilan)
    fautes = [*bilan.fautes, *_trop_lents(bilan)]
    print("\n".join(fautes) or "L’épreuve est réussie.")
    return 1 if fautes else 0


def _trop_lents(bilan: Bilan) -> list[str]:
    p95 = {LIBELLES[genre]: quantile(bilan.mesures.attentes[genre], 0.95) for genre in A_TENIR}
    p95["toutes"] = quantile(_toutes(bilan), 0.95)
    return [f"{nom} : p95 de {attente * 1000:.0f} ms" for nom, attente in p95.items() if attente >= P95_VISE]


if __name__ == "__main__":
    sys.exit(main())
