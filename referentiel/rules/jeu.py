"""Le jeu de règles d'une campagne : échelles d'avis, matrice, délais (R5, R6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from referentiel.rules.dates import dire_jour, est_ouvre, jour_ouvre_suivant

LONGUEUR_COMMENTAIRE = 600
LONGUEUR_COMPTE_RENDU = 2000
LONGUEUR_CONSIGNES = 300
# Durée de conservation après la clôture, en mois : un an, et jamais plus de cinq (R40).
MOIS_DE_CONSERVATION, MOIS_MAXIMAUX = 12, 60


class Avis(StrEnum):
    FAVORABLE = "favorable"
    ASSEZ_FAVORABLE = "assez_favorable"
    RESERVE = "reserve"
    NE_SE_PRONONCE_PAS = "ne_se_prononce_pas"
    ABSENT = "absent"


class Resultat(StrEnum):
    TRES_FAVORABLE = "tres_favorable"
    FAVORABLE = "favorable"
    ASSEZ_FAVORABLE = "assez_favorable"
    PEU_FAVORABLE = "peu_favorable"
    RESERVE = "reserve"
    INCOMPLET = "incomplet"


class Affichage(StrEnum):
    """Comment l'avis final est montré (R5)."""

    AVEC_BONUS = "avec_bonus"
    INDICATIF = "indicatif"
    AUCUN = "aucun"


class Lettre(StrEnum):
    OBLIGATOIRE = "obligatoire"
    FACULTATIVE = "facultative"
    SANS_OBJET = "sans_objet"


class Publication(StrEnum):
    """Quand l'établissement d'origine voit les avis d'accueil (R5, R30)."""

    DES_TRANSMISSION = "des_transmission"
    VISUALISATION = "visualisation"


class Modalite(StrEnum):
    INDIVIDUEL = "individuel"
    COLLECTIF = "collectif"
    AU_CHOIX = "au_choix"


class ChoixDeLaModalite(StrEnum):
    """Qui choisit la modalité d'un accueil : le SAIO, l'accueil là où le domaine admet les deux, ou lui seul (R7)."""

    SAIO = "saio"
    DOMAINES = "domaines"
    ACCUEIL = "accueil"


class Niveau(StrEnum):
    """Publics de niveau 3e (R11)."""

    TROISIEME = "3e"
    TROISIEME_SEGPA = "3e_segpa"
    TROISIEME_PREPA_METIERS = "3e_prepa_metiers"
    UPE2A_COLLEGE = "upe2a_college"
    UPE2A_LYCEE = "upe2a_lycee"
    MLDS_COLLEGE = "mlds_college"
    MLDS_NIVEAU_V = "mlds_niveau_v"
    LYCEE = "lycee"


LIBELLES_AVIS: dict[Avis, str] = {
    Avis.FAVORABLE: "Favorable",
    Avis.ASSEZ_FAVORABLE: "Assez favorable",
    Avis.RESERVE: "Réservé",
    Avis.NE_SE_PRONONCE_PAS: "Ne se prononce pas",
    Avis.ABSENT: "Absent",
}
LIBELLES_RESULTATS: dict[Resultat, str] = {
    Resultat.TRES_FAVORABLE: "Très favorable",
    Resultat.FAVORABLE: "Favorable",
    Resultat.ASSEZ_FAVORABLE: "Assez favorable",
    Resultat.PEU_FAVORABLE: "Peu favorable",
    Resultat.RESERVE: "Réservé",
    Resultat.INCOMPLET: "Incomplet",
}
LIBELLES_AFFICHAGES: dict[Affichage, str] = {
    Affichage.AVEC_BONUS: "Avec bonus dans Affelnet-Lycée",
    Affichage.INDICATIF: "À titre indicatif",
    Affichage.AUCUN: "Aucun avis final",
}
LIBELLES_LETTRES: dict[Lettre, str] = {
    Lettre.OBLIGATOIRE: "Obligatoire",
    Lettre.FACULTATIVE: "Facultative",
    Lettre.SANS_OBJET: "Sans objet",
}
LIBELLES_PUBLICATIONS: dict[Publication, str] = {
    Publication.DES_TRANSMISSION: "Dès leur transmission",
    Publication.VISUALISATION: "À l’ouverture de la visualisation",
}
LIBELLES_MODALITES: dict[Modalite, str] = {
    Modalite.INDIVIDUEL: "Entretien individuel",
    Modalite.COLLECTIF: "Séance collective",
    Modalite.AU_CHOIX: "Individuel et collectif",
}
LIBELLES_CHOIX_DE_LA_MODALITE: dict[ChoixDeLaModalite, str] = {
    ChoixDeLaModalite.SAIO: "Fixée par le SAIO",
    ChoixDeLaModalite.DOMAINES: "Choisie par l’établissement dans les domaines « individuel et collectif »",
    ChoixDeLaModalite.ACCUEIL: "Choisie par l’établissement dans tous les domaines",
}
LIBELLES_NIVEAUX: dict[Niveau, str] = {
    Niveau.TROISIEME: "3e",
    Niveau.TROISIEME_SEGPA: "3e SEGPA",
    Niveau.TROISIEME_PREPA_METIERS: "3e prépa-métiers",
    Niveau.UPE2A_COLLEGE: "UPE2A, collège",
    Niveau.UPE2A_LYCEE: "UPE2A, lycée",
    Niveau.MLDS_COLLEGE: "MLDS, niveau collège",
    Niveau.MLDS_NIVEAU_V: "MLDS, niveau V",
    Niveau.LYCEE: "2de, 1re ou terminale",
}


def laisse_choisir(qui: ChoixDeLaModalite, *, du_domaine: Modalite) -> bool:
    """Vrai si l'établissement d'accueil choisit lui-même sa modalité pour un domaine (R7)."""
    return qui is ChoixDeLaModalite.ACCUEIL or (qui is ChoixDeLaModalite.DOMAINES and du_domaine is Modalite.AU_CHOIX)


@dataclass(frozen=True, slots=True)
class Case:
    """Une case de la matrice : ce que donnent deux avis croisés."""

    origine: Avis
    accueil: Avis
    resultat: Resultat
    points: int | None = None


def couples_attendus(
    echelle_origine: Iterable[Avis], echelle_accueil: Iterable[Avis], *, ne_se_prononce_pas: bool
) -> set[tuple[Avis, Avis]]:
    """Tous les couples (avis d'origine, avis d'accueil) auxquels une matrice doit répondre (R6)."""
    accueil = {*echelle_accueil, Avis.ABSENT} | ({Avis.NE_SE_PRONONCE_PAS} if ne_se_prononce_pas else set())
    return {(origine, autre) for origine in {*echelle_origine, Avis.ABSENT} for autre in accueil}


def dire_couple(origine: Avis, accueil: Avis) -> str:
    """« avis d’origine « favorable » et avis d’accueil « réservé » », pour nommer une case de la matrice (R6)."""
    return (
        f"avis d’origine «\u00a0{LIBELLES_AVIS[origine].lower()}\u00a0» "
        f"et avis d’accueil «\u00a0{LIBELLES_AVIS[accueil].lower()}\u00a0»"
    )


def dans_l_ordre(couples: Iterable[tuple[Avis, Avis]]) -> list[tuple[Avis, Avis]]:
    """Les couples, ligne par ligne : du plus favorable au plus réservé, « absent » en dernier."""
    rangs = {avis: rang for rang, avis in enumerate(Avis)}
    return sorted(couples, key=lambda couple: (rangs[couple[0]], rangs[couple[1]]))


def dire_case(case: Case, affichage: Affichage) -> str:
    """« Un élève avec un avis favorable du collège et réservé du lycée : assez favorable, 0 point. »"""
    resultat = LIBELLES_RESULTATS[case.resultat].lower()
    points = f", {dire_points(case.points)}" if affichage is Affichage.AVEC_BONUS else ""
    return f"Un élève {_dire_les_avis(case.origine, case.accueil)}\u00a0: {resultat}{points}."


def dire_points(points: int | None) -> str:
    """« 0 point », « 2 500 points », « points à fixer »."""
    if points is None:
        return "points à fixer"
    return f"{points:,}".replace(",", "\u00a0") + f"\u00a0point{'s' if points > 1 else ''}"


def _dire_les_avis(origine: Avis, accueil: Avis) -> str:
    sans_avis = origine is Avis.ABSENT
    du_college = "sans avis du collège" if sans_avis else f"avec un avis {LIBELLES_AVIS[origine].lower()} du collège"
    if accueil is Avis.ABSENT:
        return f"{du_college} et sans avis du lycée, par exemple parce qu’il n’est pas venu"
    if accueil is Avis.NE_SE_PRONONCE_PAS:
        return f"{du_college}, et pour qui le lycée ne se prononce pas"
    du_lycee = f"{LIBELLES_AVIS[accueil].lower()} du lycée"
    return f"{du_college} et avec un avis {du_lycee}" if sans_avis else f"{du_college} et {du_lycee}"


def defauts_de_matrice(cases: Sequence[Case], attendus: set[tuple[Avis, Avis]]) -> list[str]:
    """Couples sans résultat, en double ou hors échelle, nommés un par un (R6) ; liste vide si elle est totale."""
    couples = [(case.origine, case.accueil) for case in cases]
    manquants = sorted(attendus - set(couples))
    etrangers = sorted(set(couples) - attendus)
    doubles = sorted({couple for couple in couples if couples.count(couple) > 1})
    return [
        *(f"Résultat manquant pour {dire_couple(*couple)}." for couple in manquants),
        *(f"Deux résultats pour {dire_couple(*couple)}." for couple in doubles),
        *(f"Case hors échelle\u00a0: {dire_couple(*couple)}." for couple in etrangers),
    ]


def echeance_du_compte_rendu(jour_de_l_entretien: date, delai: int) -> date:
    """Dernier jour pour transmettre un compte-rendu.

    `delai` est en jours calendaires après l'entretien ; un jour chômé reporte au jour ouvré suivant (R5).
    """
    return jour_ouvre_suivant(jour_de_l_entretien + timedelta(days=delai))


def jours_d_exemple(debut: date) -> list[date]:
    """Un mardi et un vendredi, à partir de `debut` : ce qui est reporté se voit le vendredi."""
    mardi = debut + timedelta(days=(1 - debut.weekday()) % 7)
    return [mardi, mardi + timedelta(days=3)]


def dernier_envoi_avant(jour_de_l_entretien: date, preavis: int) -> date:
    """Dernier jour d'envoi d'une convocation qui laisse `preavis` jours ouvrés avant l'entretien (R5)."""
    jour, reste = jour_de_l_entretien, preavis
    while reste:
        reste -= est_ouvre(jour)
        jour -= timedelta(days=1)
    return jour


def exemples_de_dates(debut: date, *, delai: int, preavis: int) -> list[str]:
    """Ce que donnent les délais pour deux entretiens d'après `debut`, en phrases (écran S8)."""
    return [
        f"Entretien le {dire_jour(jour, annee=False)}\u00a0: convocation envoyée au plus tard le "
        f"{dire_jour(dernier_envoi_avant(jour, preavis), annee=False)}, compte-rendu à transmettre au plus tard le "
        f"{dire_jour(echeance_du_compte_rendu(jour, delai), annee=False)}."
        for jour in jours_d_exemple(debut)
    ]
