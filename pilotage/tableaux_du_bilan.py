"""Les tableaux du bilan de la campagne : retards, élèves sans entretien, formations ajoutées (R35)."""

from typing import Any

from pilotage.graphiques import Barres, barres_empilees
from pilotage.selectors.bilan import campagne as lecture
from pilotage.selectors.suivi import Champ
from pilotage.tableaux import Tableau, dire_nombre, part
from referentiel.rules.dates import INSECABLE

SERIES_DES_RETARDS = ("Compte-rendu transmis", "Compte-rendu attendu")


def tableau_des_retards(comptes: dict[str, dict[str, int]]) -> Tableau:
    return Tableau(
        "retards",
        "Retard des comptes-rendus",
        ["Par rapport à l’échéance", *SERIES_DES_RETARDS],
        [[classe, ligne["transmis"], ligne["attendus"]] for classe, ligne in comptes.items()],
        "Le retard compte les jours entre l’échéance, reportée au jour ouvré suivant, et la transmission ; tant que le "
        "compte-rendu est attendu, il court jusqu’à aujourd’hui. Les séances collectives n’en demandent pas.",
    )


def barres_des_retards(comptes: dict[str, dict[str, int]]) -> Barres:
    lignes = [(classe, [ligne["transmis"], ligne["attendus"]]) for classe, ligne in comptes.items()]
    transmis = sum(ligne["transmis"] for ligne in comptes.values())
    a_temps = next(iter(comptes.values()))["transmis"]
    phrase = (
        f"{dire_nombre(a_temps)} comptes-rendus transmis sur {dire_nombre(transmis)} l’ont été dans le délai, "
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
    par_eleve = f"{eleves['candidatures'] / eleves['inscrits']:.1f}".replace(".", ",")
    return [
        f"{dire_nombre(eleves['inscrits'])} élèves inscrits, {par_eleve} candidature par élève en moyenne. "
        f"{dire_nombre(eleves['entendus'])} d’entre eux, soit {entendus}{INSECABLE}%, "
        "ont déjà eu un entretien ou suivi une séance.",
        f"{dire_nombre(equipes['entretiens'])} entretiens individuels, soit {dire_nombre(equipes['heures'])} heures "
        f"devant un jury, et {dire_nombre(equipes['seances'])} séances collectives, dans "
        f"{dire_nombre(equipes['etablissements'])} établissements d’accueil.",
    ]


TABLEAUX_DU_BILAN = {
    "retards": lambda champ: tableau_des_retards(lecture.retards(champ)),
    "sans-entretien": lambda champ: tableau_des_sans_entretien(lecture.sans_entretien(champ)),
    "formations-ajoutees": lambda champ: tableau_des_ajouts(lecture.formations_ajoutees(champ)),
}
