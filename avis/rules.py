"""Croisement des deux avis, états d'un compte-rendu, retour d'une séance collective (R27 à R31)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from entretiens.rules.rappels import PREMIERE_HEURE
from referentiel.rules.dates import INSECABLE, a_paris, dire_date, fin_du_jour, jour_de
from referentiel.rules.jeu import (
    LIBELLES_AVIS,
    LIBELLES_RESULTATS,
    Affichage,
    Avis,
    Case,
    Modalite,
    Resultat,
    dire_points,
    echeance_du_compte_rendu,
)


class EtatCompteRendu(StrEnum):
    BROUILLON = "brouillon"
    A_RELIRE = "a_relire"
    TRANSMIS = "transmis"


LIBELLES: dict[EtatCompteRendu, str] = {
    EtatCompteRendu.BROUILLON: "Brouillon",
    EtatCompteRendu.A_RELIRE: "À relire",
    EtatCompteRendu.TRANSMIS: "Transmis",
}

LONGUEUR_DU_RENVOI = 600
# Un établissement ne reçoit pas de rappel plus souvent, pour tous ses comptes-rendus en retard à la fois (R27).
JOURS_ENTRE_DEUX_RAPPELS = 3


def croiser(matrice: Mapping[tuple[Avis, Avis], Case], origine: Avis | None, accueil: Avis | None) -> Case:
    """Case de la matrice où se rencontrent les deux avis ; un avis manquant compte pour « absent » (R6, R31).

    Lève `KeyError` si la matrice n'est pas totale, ce que la base interdit.
    """
    return matrice[(origine or Avis.ABSENT, accueil or Avis.ABSENT)]


def l_accueil_decide_seul(matrice: Mapping[tuple[Avis, Avis], Case], accueil: Avis) -> bool:
    """Vrai si, pour cet avis d'accueil, la matrice donne la même chose quoi que dise l'origine (R6)."""
    return len({(case.resultat, case.points) for case in matrice.values() if case.accueil is accueil}) == 1


def dire_le_croisement(case: Case, *, origine_le: date | None, accueil_le: date | None, seul: bool = False) -> str:
    """D'où vient l'avis final : les deux avis, leurs dates, et la ligne de la matrice, en mots simples (R31).

    `seul` dit que l'avis d'accueil décide seul (`l_accueil_decide_seul`).
    """
    origine = _dire_un_avis("d’origine", case.origine, origine_le)
    accueil = _dire_un_avis("d’accueil", case.accueil, accueil_le)
    if case.resultat is Resultat.INCOMPLET:
        return _dire_ce_qui_manque(case, origine, accueil)
    resultat = f"«{INSECABLE}{LIBELLES_RESULTATS[case.resultat].lower()}{INSECABLE}»"
    if seul:
        return f"{accueil}. Il décide seul{INSECABLE}: {resultat}. {origine}."
    if case.accueil is Avis.NE_SE_PRONONCE_PAS:
        ne_dit_rien = f"L’établissement d’accueil ne se prononce pas{_entre_parentheses(accueil_le)}"
        return f"{ne_dit_rien}. {origine}{INSECABLE}: le résultat est {resultat}."
    return f"{origine} et {accueil[0].lower()}{accueil[1:]} donnent {resultat}."


def _dire_ce_qui_manque(case: Case, origine: str, accueil: str) -> str:
    match case.origine is Avis.ABSENT, case.accueil is Avis.ABSENT:
        case True, True:
            return "Il manque les deux avis."
        case True, False:
            return f"Il manque l’avis d’origine. {accueil}."
    return f"Il manque l’avis d’accueil. {origine}."


def _dire_un_avis(de: str, avis: Avis, le: date | None) -> str:
    """« Avis d’origine favorable (3 mars 2027) »."""
    if avis is Avis.ABSENT:
        return f"Pas d’avis {de}"
    return f"Avis {de} {LIBELLES_AVIS[avis].lower()}{_entre_parentheses(le)}"


def _entre_parentheses(le: date | None) -> str:
    return f" ({dire_date(le)})" if le else ""


@dataclass(frozen=True, slots=True)
class LectureDeLAvisFinal:
    """Ce qu'il faut dire de l'avis final à une famille : d'où il vient, et ce qu'il donne (R5, R31)."""

    croise_les_deux: bool
    indicatif: bool
    bonus: str


def lecture_de_l_avis_final(matrice: Mapping[tuple[Avis, Avis], Case], affichage: Affichage) -> LectureDeLAvisFinal:
    """Lit dans la matrice si l'avis d'origine y change quelque chose, et les points de chaque résultat (R6)."""
    par_accueil: dict[Avis, set[tuple[Resultat, int | None]]] = {}
    for (_, accueil), case in matrice.items():
        par_accueil.setdefault(accueil, set()).add((case.resultat, case.points))
    return LectureDeLAvisFinal(
        croise_les_deux=any(len(cases) > 1 for cases in par_accueil.values()),
        indicatif=affichage == Affichage.INDICATIF,
        bonus=_dire_le_bonus(matrice.values()) if affichage == Affichage.AVEC_BONUS else "",
    )


def dire_les_points(points: int) -> str:
    """« 2 500 points », « 1 point », « aucun point »."""
    return dire_points(points) if points else "aucun point"


def _dire_le_bonus(cases: Iterable[Case]) -> str:
    """« favorable : 2 500 points ; réservé : aucun point », du plus grand bonus au plus petit."""
    bonus = {(case.points, LIBELLES_RESULTATS[case.resultat].lower()) for case in cases if case.points is not None}
    dits = [f"{resultat}{INSECABLE}: {dire_les_points(points)}" for points, resultat in sorted(bonus, reverse=True)]
    return f"{INSECABLE}; ".join(dits)


def donne_un_retour(modalite: Modalite) -> bool:
    """Une séance collective ne donne ni compte-rendu ni avis d'accueil (R29)."""
    return modalite is not Modalite.COLLECTIF


def pourquoi_pas_transmettre(texte: str, avis_donnes: Mapping[str, Avis | None], permis: Collection[Avis]) -> list[str]:
    """Ce qui empêche de transmettre un compte-rendu, une phrase par défaut (R27).

    `avis_donnes` donne, par intitulé de formation, l'avis saisi ou `None`.
    """
    defauts = [] if texte.strip() else ["Rédigez le compte-rendu avant de le transmettre."]
    for formation, avis in avis_donnes.items():
        if avis not in permis:
            suite = ", ou « Ne se prononce pas »" if Avis.NE_SE_PRONONCE_PAS in permis else ""
            defauts.append(f"Choisissez un avis pour {formation}{suite}.")
    return defauts


def pourquoi_pas_cet_avis(formation: str, avis: Avis, permis: Collection[Avis]) -> str | None:
    """Raison pour laquelle `avis` n'est pas de l'échelle de la campagne, ou `None` (R5, R27)."""
    if avis in permis:
        return None
    possibles = ", ".join(LIBELLES_AVIS[valeur].lower() for valeur in permis)
    return f"L’avis « {LIBELLES_AVIS[avis].lower()} » n’existe pas dans cette campagne pour {formation} : {possibles}."


def est_en_retard(jour_de_l_entretien: date, delai: int, *, transmis_le: datetime | None, le: datetime) -> bool:
    """Vrai si le compte-rendu est, ou a été, transmis après son échéance (R27). `delai` en jours calendaires."""
    echeance = fin_du_jour(echeance_du_compte_rendu(jour_de_l_entretien, delai))
    return (transmis_le or le) >= echeance


def jours_de_retard(jour_de_l_entretien: date, delai: int, le: datetime) -> int:
    """Jours écoulés depuis l'échéance du compte-rendu ; 0 tant qu'elle n'est pas passée."""
    return max(0, (jour_de(le) - echeance_du_compte_rendu(jour_de_l_entretien, delai)).days)


def dernier_jour_en_retard(delai: int, le: datetime) -> date:
    """Dernier jour d'entretien dont le compte-rendu est en retard à l'instant `le`.

    L'échéance croît avec le jour de l'entretien : comparer à ce jour trie sans calculer chaque échéance.
    """
    jour = jour_de(le)
    while echeance_du_compte_rendu(jour, delai) >= jour_de(le):
        jour -= timedelta(days=1)
    return jour


def prochain_matin(le: datetime) -> datetime:
    """Le prochain départ du courriel groupé : 7 heures à Paris, aujourd'hui ou demain."""
    matin = a_paris(jour_de(le), PREMIERE_HEURE)
    return matin if le <= matin else a_paris(jour_de(le) + timedelta(days=1), PREMIERE_HEURE)
