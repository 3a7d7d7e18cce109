"""Les tableaux du suivi : les mêmes lignes pour la page, son graphique et son fichier Excel (écran S2)."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from pilotage.graphiques import Barres, Courbes, barres_empilees, courbes_cumulees
from pilotage.rules import dire_nombre
from pilotage.selectors.suivi import Champ, actives, croises, eleves_par_departement, par_semaine
from pilotage.selectors.suivi.chiffres import par_situation
from pilotage.selectors.suivi.etablissements import accueils_suivis, origines_suivies
from pilotage.tableaux import Tableau, Valeur, code_du_departement, part
from referentiel.presentation import nom_du_departement
from referentiel.rules.dates import INSECABLE, dire_jour, jour_de

SERIES: dict[str, str] = {
    "rendues": "Avis rendus",
    "suivies": "Séance suivie",
    "attendues": "Compte-rendu attendu",
    "convoquees": "Convocation envoyée",
    "a_planifier": "À planifier",
    "absences": "Absence",
}
CANDIDATURES = "Candidatures"
DOMAINES_MONTRES = 15
Situations = dict[str, dict[str, int]]
A_PLANIFIER = "«\u00a0À planifier\u00a0» compte aussi les créneaux réservés dont la convocation n’est pas envoyée."
DEFINITION = (
    "Une candidature réunit un élève et un domaine. Chacune est comptée une fois, dans l’étape où elle se "
    "trouve\u00a0; "
    f"une candidature désistée ou annulée ne l’est pas. {A_PLANIFIER}"
)


# Par département et par domaine -------------------------------------------------------------------------------


def par_departement(lignes: list[dict[str, Any]]) -> Situations:
    comptes = par_situation(lignes, "departement")
    return {nom_du_departement(code): situations for code, situations in comptes.items()}


def tableau_des_departements(lignes: list[dict[str, Any]], eleves: dict[str, int]) -> Tableau:
    inscrits = {nom_du_departement(code): nombre for code, nombre in eleves.items()}
    comptes = par_departement(lignes)
    rangees: list[list[Valeur]] = [
        [nom, inscrits.get(nom, 0), sum(situations.values()), *situations.values()]
        for nom, situations in comptes.items()
    ]
    return Tableau(
        "departements",
        "Avancement par département d’origine",
        ["Département", "Élèves inscrits", CANDIDATURES, *SERIES.values()],
        _avec_le_total(rangees),
        DEFINITION,
    )


def tableau_des_domaines(lignes: list[dict[str, Any]]) -> Tableau:
    comptes = par_situation(lignes, "nom_du_domaine")
    rangees: list[list[Valeur]] = [
        [nom, sum(situations.values()), *situations.values()] for nom, situations in comptes.items()
    ]
    return Tableau(
        "domaines",
        "Avancement par domaine",
        ["Domaine", CANDIDATURES, *SERIES.values()],
        _avec_le_total(rangees),
        DEFINITION,
    )


def _avec_le_total(rangees: list[list[Valeur]]) -> list[list[Valeur]]:
    if len(rangees) < 2:
        return rangees
    sommes: list[Valeur] = [sum(colonne) for colonne in zip(*(rangee[1:] for rangee in rangees), strict=True)]
    return [*rangees, ["Total", *sommes]]


def barres(code: str, comptes: Situations, *, au_plus: int | None = None) -> Barres:
    """Barres empilées des lignes les plus fournies ; la phrase nomme celle où il reste le plus à planifier."""
    triees = sorted(comptes.items(), key=lambda ligne: -sum(ligne[1].values()))[:au_plus]
    lignes = [(nom, list(situations.values())) for nom, situations in triees]
    return barres_empilees(code, list(SERIES.values()), lignes, _conclure(comptes))


def _conclure(comptes: Situations) -> str:
    """« Seine-Saint-Denis : 88 candidatures sur 1 204 restent à planifier, soit 7 %. »"""
    nom, situations = max(comptes.items(), key=lambda ligne: ligne[1]["a_planifier"])
    reste, total = situations["a_planifier"], sum(situations.values())
    if not reste:
        return "Aucune candidature ne reste à planifier."
    s, verbe = ("s", "restent") if reste > 1 else ("", "reste")
    return (
        f"{nom}{INSECABLE}: {dire_nombre(reste)} candidature{s} sur {dire_nombre(total)} {verbe} à planifier, "
        f"soit {part(reste, total)}{INSECABLE}%."
    )


# Par semaine ---------------------------------------------------------------------------------------------------


def tableau_des_semaines(semaines: Sequence[tuple[date, int, int]]) -> Tableau:
    inscriptions = accumulate(inscrites for _, inscrites, _ in semaines)
    entretiens = accumulate(realises for _, _, realises in semaines)
    return Tableau(
        "semaines",
        "Inscriptions et entretiens réalisés, semaine par semaine",
        ["Semaine du", "Inscriptions", "Entretiens réalisés", "Inscriptions cumulées", "Entretiens cumulés"],
        [
            [lundi, inscrites, realises, cumul, cumul_des_entretiens]
            for (lundi, inscrites, realises), cumul, cumul_des_entretiens in zip(
                semaines, inscriptions, entretiens, strict=True
            )
        ],
        "Une inscription est comptée à son jour, même désistée depuis\u00a0; un entretien, au jour où l’élève y "
        "est venu.",
    )


def courbes(semaines: Sequence[tuple[date, int, int]], au: date, echeances: Sequence[tuple[str, date]]) -> Courbes:
    """Cumuls à la fin de chaque semaine, et les échéances de la campagne."""
    jours = [semaines[0][0], *(min(lundi + timedelta(days=7), au) for lundi, _, _ in semaines)]
    inscriptions = [0, *accumulate(inscrites for _, inscrites, _ in semaines)]
    entretiens = [0, *accumulate(realises for _, _, realises in semaines)]
    phrase = (
        f"Au {dire_jour(au, annee=False)}{INSECABLE}: {dire_nombre(inscriptions[-1])} inscription"
        f"{'s' if inscriptions[-1] > 1 else ''}, {dire_nombre(entretiens[-1])} entretien"
        f"{'s réalisés' if entretiens[-1] > 1 else ' réalisé'}."
    )
    series = [("Inscriptions", inscriptions), ("Entretiens", entretiens)]
    return courbes_cumulees("semaines", series, jours, echeances, phrase)


# Par établissement ---------------------------------------------------------------------------------------------


def tableau_des_accueils(lignes: Sequence[dict[str, Any]], *, connexions: bool) -> Tableau:
    return Tableau(
        "accueils",
        "Établissements d’accueil",
        [
            "Établissement",
            "Département",
            "Inscrits",
            "À planifier",
            "Places libres",
            "Entretiens réalisés",
            "Avis rendus",
            "Comptes-rendus en retard",
            "Délai moyen (jours)",
            *(["Dernière connexion"] if connexions else []),
        ],
        [
            [
                ligne["nom"],
                code_du_departement(ligne["departement"]),
                ligne["eleves"],
                ligne["a_planifier"],
                ligne["places"],
                ligne["realises"],
                ligne["rendus"],
                ligne["en_retard"],
                ligne["delai"],
                *([_jour_de_connexion(ligne)] if connexions else []),
            ]
            for ligne in lignes
        ],
        "Le délai moyen compte les jours entre l’entretien et la transmission du compte-rendu. Les places libres sont "
        "celles des créneaux à venir, de la modalité que l’établissement offre. "
        f"{A_PLANIFIER}",
    )


def tableau_des_origines(lignes: Sequence[dict[str, Any]], *, connexions: bool) -> Tableau:
    return Tableau(
        "origines",
        "Établissements d’origine",
        [
            "Établissement",
            "Département",
            "Élèves inscrits",
            CANDIDATURES,
            "Avis manquants",
            "À planifier",
            "Entretiens réalisés",
            "Avis rendus",
            "Absences",
            "Désistements",
            *(["Dernière connexion"] if connexions else []),
        ],
        [
            [
                ligne["nom"],
                code_du_departement(ligne["departement"]),
                ligne["eleves"],
                ligne["candidatures"],
                ligne["avis_manquants"],
                ligne["a_planifier"],
                ligne["realises"],
                ligne["rendus"],
                ligne["absences"],
                ligne["desistements"],
                *([_jour_de_connexion(ligne)] if connexions else []),
            ]
            for ligne in lignes
        ],
        "Les avis manquants sont les formations demandées sans avis ou sans commentaire de l’établissement d’origine. "
        f"{A_PLANIFIER}",
    )


def _jour_de_connexion(ligne: dict[str, Any]) -> date | None:
    return jour_de(ligne["connexion"]) if ligne["connexion"] else None


def administre(champ: Champ) -> bool:
    """Vrai si le champ est celui du SAIO : l'observation lit ses seuls départements, sans les connexions."""
    return champ.departements is None


TABLEAUX_DU_SUIVI: dict[str, Callable[[Champ], Tableau]] = {
    "departements": lambda champ: tableau_des_departements(actives(croises(champ)), eleves_par_departement(champ)),
    "domaines": lambda champ: tableau_des_domaines(actives(croises(champ))),
    "semaines": lambda champ: tableau_des_semaines(par_semaine(champ)),
    "accueils": lambda champ: tableau_des_accueils(
        accueils_suivis(champ, connexions=administre(champ)), connexions=administre(champ)
    ),
    "origines": lambda champ: tableau_des_origines(
        origines_suivies(champ, connexions=administre(champ)), connexions=administre(champ)
    ),
}
