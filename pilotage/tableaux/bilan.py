"""Les tableaux du bilan de la campagne : retards, élèves sans entretien, formations ajoutées (R35)."""

from typing import Any

from pilotage.graphiques import Barres, barres_empilees
from pilotage.rules import dire_nombre
from pilotage.selectors.bilan import campagne as lecture
from pilotage.selectors.suivi import Champ
from pilotage.tableaux import Tableau, dire, part
from referentiel.rules.dates import INSECABLE

SERIES_DES_RETARDS = ("Compte-rendu transmis", "Compte-rendu attendu")


def tableau_des_retards(comptes: dict[str, dict[str, int]]) -> Tableau:
    return Tableau(
        "retards",
        "Retard des comptes-rendus",
        ["Par rapport à l’échéance", *SERIES_DES_RETARDS],
        [[classe, ligne["transmis"], ligne["attendus"]] for classe, ligne in comptes.items()],
        "Le retard compte les jours entre l’échéance, reportée au jour ouvré suivant, et la transmission\u00a0; "
        "tant que le "
        "compte-rendu est attendu, il court jusqu’à aujourd’hui. Les séances collectives n’en demandent pas.",
    )


def barres_des_retards(comptes: dict[str, dict[str, int]]) -> Barres:
    lignes = [(classe, [ligne["transmis"], ligne["attendus"]]) for classe, ligne in comptes.items()]
    transmis = sum(ligne["transmis"] for ligne in comptes.values())
    a_temps = next(iter(comptes.values()))["transmis"]
    s, ont = ("s", "ont") if a_temps > 1 else ("", "a")
    phrase = (
        f"{dire_nombre(a_temps)} compte{s}-rendu{s} transmis sur {dire_nombre(transmis)} l’{ont} été dans le délai, "
        f"soit {part(a_temps, transmis)}{INSECABLE}%."
        if transmis
        else "Aucun compte-rendu n’est encore transmis."
    )
    return barres_empilees("retards", SERIES_DES_RETARDS, lignes, phrase)


def tableau_des_sans_entretien(lignes: list[dict[str, Any]]) -> Tableau:
    return Tableau(
        "sans-entretien",
        "Élèves sans convocation, par domaine",
        ["Domaine", "Élèves", "Inscription la plus ancienne"],
        [[ligne["nom_du_domaine"], ligne["eleves"], ligne["plus_ancienne"]] for ligne in lignes],
        "Un élève inscrit dont aucune convocation n’est partie pour ce domaine, créneau réservé ou non.",
    )


def tableau_des_ajouts(lignes: list[dict[str, Any]]) -> Tableau:
    return Tableau(
        "formations-ajoutees",
        "Formations ajoutées à l’entretien, par domaine",
        ["Domaine", "Comptes-rendus transmis", "Avec un ajout", "Formations ajoutées", "Avec l’avis d’origine"],
        [
            [ligne["nom_du_domaine"], ligne["rendus"], ligne["avec_ajout"], ligne["ajoutees"], ligne["avisees"]]
            for ligne in lignes
        ],
        "Une formation du même domaine que l’élève n’avait pas demandée, et dont l’entretien lui a fait parler.",
    )


def phrases(champ: Champ) -> list[str]:
    """Ce que la démarche a mobilisé, du côté des élèves puis des équipes."""
    eleves, equipes = lecture.eleves(champ), lecture.mobilisation(champ)
    if not eleves["inscrits"]:
        return []
    entendus = part(eleves["entendus"], eleves["inscrits"])
    en_moyenne = round(eleves["candidatures"] / eleves["inscrits"], 1)
    s = "s" if en_moyenne >= 2 else ""
    return [
        f"{_accorder(eleves['inscrits'], 'élève inscrit')}, {dire(en_moyenne)} candidature{s} par "
        f"élève en moyenne. Entretien ou séance déjà suivis{INSECABLE}: {_accorder(eleves['entendus'], 'élève')}, soit "
        f"{entendus}{INSECABLE}%.",
        f"{_accorder(equipes['entretiens'], 'entretien individuel', 'entretiens individuels')}, soit "
        f"{_accorder(equipes['heures'], 'heure')} devant un jury, et "
        f"{_accorder(equipes['seances'], 'séance collective')}, dans "
        f"{_accorder(equipes['etablissements'], 'établissement')} d’accueil.",
    ]


def _accorder(nombre: int, un: str, plusieurs: str = "") -> str:
    """« 1 élève inscrit », « 1 204 élèves inscrits »."""
    pluriel = plusieurs or " ".join(f"{mot}s" for mot in un.split())
    return f"{dire_nombre(nombre)} {pluriel if nombre > 1 else un}"


TABLEAUX_DU_BILAN = {
    "retards": lambda champ: tableau_des_retards(lecture.retards(champ)),
    "sans-entretien": lambda champ: tableau_des_sans_entretien(lecture.sans_entretien(champ)),
    "formations-ajoutees": lambda champ: tableau_des_ajouts(lecture.formations_ajoutees(champ)),
}
