"""Écrire des candidatures, leurs formations, les brouillons de la démarche."""

from collections.abc import Iterable
from datetime import datetime

from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import Etat
from candidatures.services.etats import faire_passer_plusieurs
from candidatures.services.inscriptions.choix import Choix, modalite_a_l_inscription
from comptes.models import Personne
from comptes.services import consigner_plusieurs
from referentiel.models import Accueil


def ecrire(
    retenues: list[Candidature], choix: Choix, par: Personne | None, le: datetime, *, en_brouillon: bool
) -> None:
    """Écrit les candidatures `retenues`, chacune à son rang dans `choix`, et leurs formations ; le consigne (R39)."""
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


def nouvelle(eleve: Eleve, accueil: Accueil) -> Candidature:
    """Une candidature à écrire, encore sans formation."""
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


def ecarter_les_brouillons(candidatures: Iterable[Candidature]) -> None:
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
