"""Inscrire un élève : ses candidatures, leurs formations, les brouillons de la démarche (R14, R15)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from candidatures.horaires import entretien_fixe
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import ENTRETIEN_A_VENIR, Etat, pourquoi_pas_admis
from candidatures.services.etats import faire_passer_plusieurs
from comptes.models import Personne
from comptes.services import consigner_plusieurs
from referentiel.models import Accueil, Formation, Offre
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Modalite, Niveau
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode

Choix = Sequence[tuple[Accueil, Sequence[Formation]]]


@contraintes_dites()
def inscrire(
    *, eleve: Eleve, choix: Choix, par: Personne | None, le: datetime, en_brouillon: bool = False
) -> list[Candidature]:
    """Inscrit `eleve` : une candidature par domaine, chez un accueil, pour une ou plusieurs formations (R14, R15).

    `choix` : couples (accueil, formations), un par domaine. Un brouillon du domaine devient la candidature et
    garde les avis déjà saisis ; une candidature inscrite chez le même accueil reçoit les formations qui manquent.
    `en_brouillon` : les brouillons de l'élève deviennent exactement `choix`, sans que l'accueil les voie.

    Rend les candidatures du choix, dans son ordre, avec `formations_maintenues`. Lève `PeriodeClose`, ou `Refus`
    si le choix sort du catalogue (R8, R15), dépasse la limite de la campagne ou contredit une candidature.
    """
    exiger_periode(eleve.campagne, Nature.INSCRIPTION, etablissement_id=eleve.etablissement_id, le=le)
    _exiger_un_eleve_admis(eleve)
    _exiger_un_choix_juste(eleve, choix, vide_permis=en_brouillon)
    Eleve.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=eleve.pk)
    actives = _candidatures_actives(eleve)
    _exiger_des_formations_demandables(formation for _, formations in choix for formation in formations)
    _exiger_la_limite(eleve, choix, actives.values())
    for accueil, _ in choix:
        if existante := actives.get(accueil.domaine_id):
            _exiger_qu_elle_s_accorde(existante, accueil, le, en_brouillon=en_brouillon)
    retenues = [actives.get(accueil.domaine_id) or _nouvelle(eleve, accueil) for accueil, _ in choix]
    if en_brouillon:
        _ecarter_les_brouillons([c for c in actives.values() if c not in retenues])
    _ecrire(retenues, choix, par, le, en_brouillon=en_brouillon)
    return retenues


@transaction.atomic
def preparer_l_inscription(
    *, eleve: Eleve, brouillons: Choix, ajouts: Choix, par: Personne | None, le: datetime
) -> None:
    """Garde l'étape « Formations » : les brouillons de l'élève, et les ajouts à ses candidatures déjà inscrites.

    Tout ou rien. Lève les mêmes refus que `inscrire`.
    """
    if not brouillons and not ajouts:
        raise Refus("Choisissez au moins une formation.")
    if ajouts:
        inscrire(eleve=eleve, choix=ajouts, par=par, le=le)
    inscrire(eleve=eleve, choix=brouillons, par=par, le=le, en_brouillon=True)


def modalite_a_l_inscription(accueil: Accueil) -> str:
    """Modalité d'une candidature chez `accueil` ; vide tant que celui-ci a le choix (R7)."""
    return "" if accueil.modalite == Modalite.AU_CHOIX else accueil.modalite


def _ecrire(
    retenues: list[Candidature], choix: Choix, par: Personne | None, le: datetime, *, en_brouillon: bool
) -> None:
    nouvelles = [candidature for candidature in retenues if candidature.pk is None]
    brouillons = [c for c in retenues if c.pk is not None and c.etat == Etat.BROUILLON]
    for candidature in nouvelles:
        candidature.etat = Etat.BROUILLON if en_brouillon else Etat.INSCRITE
        candidature.inscrite_le = None if en_brouillon else le
    Candidature.objects.bulk_create(nouvelles)
    if brouillons:
        _accorder_les_brouillons(brouillons, choix, None if en_brouillon else le)
    ajouts = _ajouter_les_formations(retenues, choix)
    if en_brouillon:
        return
    faire_passer_plusieurs(
        candidatures=brouillons,
        vers=Etat.INSCRITE,
        fait="inscription",
        phrases=[_dire("Inscription", candidature.formations_maintenues) for candidature in brouillons],
        par=par,
        le=le,
    )
    _consigner("inscription", [(c, _dire("Inscription", c.formations_maintenues)) for c in nouvelles], par, le)
    completees = [c for c in retenues if c not in nouvelles and c not in brouillons and ajouts[c.pk]]
    _consigner("formations_ajoutees", [(c, _dire("Ajout", ajouts[c.pk])) for c in completees], par, le)


def _consigner(fait: str, phrases: list[tuple[Candidature, str]], par: Personne | None, le: datetime) -> None:
    if phrases:
        consigner_plusieurs(phrases=phrases, fait=fait, par=par, le=le)


def _dire(fait: str, demandes: Iterable[FormationDemandee]) -> str:
    """« Inscription : CAP Cuisine, CAP Pâtissier. »"""
    return f"{fait} : {', '.join(demande.formation.intitule for demande in demandes)}."[:300]


def _candidatures_actives(eleve: Eleve) -> dict[int, Candidature]:
    """Candidatures actives de l'élève, par domaine."""
    actives = Candidature.objects.actives().filter(eleve=eleve).select_related("domaine", "accueil__etablissement")
    return {candidature.domaine_id: candidature for candidature in actives.avec_formations()}


def _nouvelle(eleve: Eleve, accueil: Accueil) -> Candidature:
    candidature = Candidature(
        eleve=eleve, accueil=accueil, domaine=accueil.domaine, modalite=modalite_a_l_inscription(accueil)
    )
    candidature.formations_maintenues = []
    return candidature


def _accorder_les_brouillons(brouillons: list[Candidature], choix: Choix, inscrits_le: datetime | None) -> None:
    """Met les brouillons d'accord avec le choix : l'accueil, et les formations qui n'en sont plus."""
    voulus = {accueil.domaine_id: (accueil, set(formations)) for accueil, formations in choix}
    retirees = []
    for brouillon in brouillons:
        accueil, formations = voulus[brouillon.domaine_id]
        brouillon.accueil, brouillon.modalite = accueil, modalite_a_l_inscription(accueil)
        brouillon.inscrite_le = inscrits_le
        retirees += [d for d in brouillon.formations_maintenues if d.formation not in formations]
        brouillon.formations_maintenues = [d for d in brouillon.formations_maintenues if d.formation in formations]
    Candidature.objects.bulk_update(brouillons, ["accueil", "modalite", "inscrite_le"])
    if retirees:
        FormationDemandee.objects.filter(pk__in=[demande.pk for demande in retirees]).delete()


def _ecarter_les_brouillons(candidatures: Iterable[Candidature]) -> None:
    """Un brouillon que le choix ne retient plus n'a été vu de personne : il est effacé."""
    ecartes = [candidature.pk for candidature in candidatures if candidature.etat == Etat.BROUILLON]
    if ecartes:
        Candidature.objects.filter(pk__in=ecartes).delete()


def _ajouter_les_formations(candidatures: list[Candidature], choix: Choix) -> dict[int, list[FormationDemandee]]:
    ajouts: dict[int, list[FormationDemandee]] = {}
    for candidature, (_, formations) in zip(candidatures, choix, strict=True):
        deja = {demande.formation_id for demande in candidature.formations_maintenues}
        ajouts[candidature.pk] = [
            FormationDemandee(candidature=candidature, formation=formation, domaine_id=candidature.domaine_id)
            for formation in formations
            if formation.pk not in deja
        ]
        candidature.formations_maintenues = [*candidature.formations_maintenues, *ajouts[candidature.pk]]
    FormationDemandee.objects.bulk_create(demande for demandes in ajouts.values() for demande in demandes)
    return ajouts


def _exiger_un_eleve_admis(eleve: Eleve) -> None:
    admis = [Niveau(niveau) for niveau in eleve.campagne.regles.niveaux_admis]
    if raison := pourquoi_pas_admis(Niveau(eleve.niveau), admis):
        raise Refus(raison)


def _exiger_un_choix_juste(eleve: Eleve, choix: Choix, *, vide_permis: bool) -> None:
    if (not choix and not vide_permis) or any(not formations for _, formations in choix):
        raise Refus("Choisissez au moins une formation.")
    domaines = [accueil.domaine_id for accueil, _ in choix]
    if len(set(domaines)) < len(domaines):
        raise Refus("Un seul entretien par domaine : choisissez un seul établissement d’accueil.")
    for accueil, formations in choix:
        if accueil.domaine.campagne_id != eleve.campagne_id:
            raise Refus("Cet établissement d’accueil n’est pas au catalogue de la campagne.")
        if any(formation.domaine_id != accueil.domaine_id for formation in formations):
            raise Refus(f"Cet établissement ne reçoit que pour le domaine {accueil.domaine}.")


def _exiger_des_formations_demandables(formations: Iterable[Formation]) -> None:
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


def _exiger_la_limite(eleve: Eleve, choix: Choix, actives: Iterable[Candidature]) -> None:
    maximum = eleve.campagne.regles.formations_maximales
    if maximum is None:
        return
    demandees = {formation.pk for _, formations in choix for formation in formations} | {
        demande.formation_id
        for candidature in actives
        if candidature.etat != Etat.BROUILLON
        for demande in candidature.formations_maintenues
        if not demande.ajoutee_a_l_entretien
    }
    if len(demandees) > maximum:
        raise Refus(
            f"Un élève peut demander {maximum} formations au plus dans cette campagne ; {len(demandees)} sont choisies."
        )


def _exiger_qu_elle_s_accorde(existante: Candidature, accueil: Accueil, le: datetime, *, en_brouillon: bool) -> None:
    """Refuse un second entretien dans le domaine, ou un ajout après l'entretien (R14)."""
    etat = Etat(existante.etat)
    if etat is Etat.BROUILLON:
        return
    if en_brouillon or existante.accueil_id != accueil.pk:
        raise Refus(
            f"{existante.eleve.prenom} a déjà un entretien prévu dans le domaine {existante.domaine}, "
            f"{existante.accueil.etablissement.nom_et_commune}. Ajoutez la formation à cette candidature."
        )
    if etat not in {Etat.INSCRITE, *ENTRETIEN_A_VENIR} or _a_commence(existante, le):
        raise Refus(f"L’entretien du domaine {existante.domaine} a eu lieu : la candidature ne change plus.")


def _a_commence(candidature: Candidature, le: datetime) -> bool:
    entretien = entretien_fixe(candidature.pk) if candidature.etat in ENTRETIEN_A_VENIR else None
    return entretien is not None and entretien.debut <= le
