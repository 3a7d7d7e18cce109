"""Ce qu'un élève peut demander : un choix juste, dans la limite de la campagne (R8, R14, R15)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from candidatures.horaires import entretien_fixe
from candidatures.models import Candidature, Eleve
from candidatures.rules import ENTRETIEN_A_VENIR, Etat
from referentiel.models import Accueil, Formation, Offre
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import Refus

Choix = Sequence[tuple[Accueil, Sequence[Formation]]]


def modalite_a_l_inscription(accueil: Accueil) -> str:
    """Modalité d'une candidature chez `accueil` ; vide tant que celui-ci a le choix (R7)."""
    return "" if accueil.modalite == Modalite.AU_CHOIX else accueil.modalite


def candidatures_actives(eleve: Eleve) -> dict[int, Candidature]:
    """Candidatures actives de l'élève, par domaine."""
    return candidatures_actives_de([eleve])[eleve.pk]


def candidatures_actives_de(eleves: Sequence[Eleve]) -> dict[int, dict[int, Candidature]]:
    """Candidatures actives de chaque élève, par domaine, en deux requêtes."""
    actives = Candidature.objects.actives().filter(eleve__in=[eleve.pk for eleve in eleves])
    par_eleve: dict[int, dict[int, Candidature]] = {eleve.pk: {} for eleve in eleves}
    for candidature in actives.select_related("eleve", "domaine", "accueil__etablissement").avec_formations():
        par_eleve[candidature.eleve_id][candidature.domaine_id] = candidature
    return par_eleve


def exiger_un_choix_juste(campagne_id: int, choix: Choix, *, vide_permis: bool = False) -> None:
    """Refuse un choix vide, deux accueils d'un domaine, ce qui n'est pas du domaine ou de la campagne (R14, R15)."""
    if (not choix and not vide_permis) or any(not formations for _, formations in choix):
        raise Refus("Choisissez au moins une formation.")
    domaines = [accueil.domaine_id for accueil, _ in choix]
    if len(set(domaines)) < len(domaines):
        raise Refus("Un seul entretien par domaine : choisissez un seul établissement d’accueil.")
    for accueil, formations in choix:
        if accueil.domaine.campagne_id != campagne_id:
            raise Refus("Cet établissement d’accueil n’est pas au catalogue de la campagne.")
        if any(formation.domaine_id != accueil.domaine_id for formation in formations):
            raise Refus(f"Cet établissement ne reçoit que pour le domaine {accueil.domaine}.")


def exiger_des_formations_demandables(formations: Iterable[Formation]) -> None:
    """Refuse une formation que personne ne propose, ou seulement hors Passpro (R8, R15)."""
    voulues = {formation.pk: formation for formation in formations}
    demandables = (
        set(Offre.objects.demandables().filter(formation__in=voulues).values_list("formation_id", flat=True))
        if voulues
        else set()
    )
    for cle, formation in voulues.items():
        if cle not in demandables:
            raise Refus(
                f"{formation.intitule} ne peut pas être demandée dans Passpro : "
                "contactez l’établissement qui la propose."
            )


def pourquoi_pas_autant(eleve: Eleve, choix: Choix, actives: Iterable[Candidature]) -> str | None:
    """Raison pour laquelle `choix`, ajouté à ce qui est déjà demandé, dépasse la limite de la campagne (R5)."""
    maximum = eleve.campagne.regles.formations_maximales
    if maximum is None:
        return None
    demandees = {formation.pk for _, formations in choix for formation in formations} | {
        demande.formation_id
        for candidature in actives
        if candidature.etat != Etat.BROUILLON
        for demande in candidature.formations_maintenues
        if not demande.ajoutee_a_l_entretien
    }
    if len(demandees) <= maximum:
        return None
    s = "s" if maximum > 1 else ""
    return (
        f"Un élève peut demander {maximum} formation{s} au plus dans cette campagne ; {len(demandees)} sont choisies."
    )


def a_commence(candidature: Candidature, le: datetime) -> bool:
    """Vrai si l'entretien de la candidature a commencé à l'instant `le`."""
    entretien = entretien_fixe(candidature.pk) if candidature.etat in ENTRETIEN_A_VENIR else None
    return entretien is not None and entretien.debut <= le
