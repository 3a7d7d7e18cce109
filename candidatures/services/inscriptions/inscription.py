"""Inscrire un élève, ou plusieurs au même choix (R14, R15, écrans O6 et O7)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from candidatures.models import Candidature, Eleve
from candidatures.rules import ENTRETIEN_A_VENIR, Etat, pourquoi_pas_admis
from candidatures.services.inscriptions.choix import (
    Choix,
    a_commence,
    candidatures_actives,
    candidatures_actives_de,
    exiger_des_formations_demandables,
    exiger_un_choix_juste,
    pourquoi_pas_autant,
)
from candidatures.services.inscriptions.ecriture import ecarter_les_brouillons, ecrire, nouvelle
from candidatures.services.verrous import tenir_les_eleves
from comptes.models import Personne
from referentiel.models import Accueil
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Niveau
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode


@contraintes_dites()
def inscrire(
    *,
    eleve: Eleve,
    choix: Choix,
    par: Personne | None,
    le: datetime,
    en_brouillon: bool = False,
    demandee_le: datetime | None = None,
) -> list[Candidature]:
    """Inscrit `eleve` : une candidature par domaine, chez un accueil, pour une ou plusieurs formations (R14, R15).

    `choix` : couples (accueil, formations), un par domaine. Un brouillon du domaine devient la candidature et
    garde les avis déjà saisis ; une candidature inscrite chez le même accueil reçoit les formations qui manquent.
    `en_brouillon` : les brouillons de l'élève deviennent exactement `choix`, sans que l'accueil les voie.
    `demandee_le` : l'instant où l'inscription a été demandée, quand elle attendait une décision (R21) ; c'est lui que
    le calendrier des inscriptions juge.

    Rend les candidatures du choix, dans son ordre, avec `formations_maintenues`. Lève `PeriodeClose`, ou `Refus`
    si le choix sort du catalogue (R8, R15), dépasse la limite de la campagne ou contredit une candidature.
    """
    exiger_periode(eleve.campagne, Nature.INSCRIPTION, etablissement_id=eleve.etablissement_id, le=demandee_le or le)
    _exiger_un_eleve_admis(eleve)
    exiger_un_choix_juste(eleve.campagne_id, choix, vide_permis=en_brouillon)
    tenir_les_eleves([eleve])
    actives = candidatures_actives(eleve)
    exiger_des_formations_demandables(formation for _, formations in choix for formation in formations)
    if raison := pourquoi_pas_autant(eleve, choix, actives.values()):
        raise Refus(raison)
    for accueil, _ in choix:
        if existante := actives.get(accueil.domaine_id):
            _exiger_qu_elle_s_accorde(existante, accueil, le, en_brouillon=en_brouillon)
    retenues = [actives.get(accueil.domaine_id) or nouvelle(eleve, accueil) for accueil, _ in choix]
    if en_brouillon:
        ecarter_les_brouillons([c for c in actives.values() if c not in retenues])
    ecrire(retenues, choix, par, le, en_brouillon=en_brouillon)
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


def empechements(*, eleves: Sequence[Eleve], choix: Choix) -> dict[int, str]:
    """Raison pour laquelle chaque élève ne peut pas être inscrit à `choix`, par clé ; sans raison, il peut (écran O7).

    La raison suit le nom de l'élève : « a déjà un entretien dans ce domaine. » Les élèves sont d'une campagne.
    """
    actives = candidatures_actives_de(eleves)
    raisons = {eleve.pk: _pourquoi_pas_l_inscrire(eleve, choix, actives[eleve.pk]) for eleve in eleves}
    return {cle: raison for cle, raison in raisons.items() if raison}


@contraintes_dites()
def inscrire_plusieurs(
    *, eleves: Sequence[Eleve], choix: Choix, par: Personne | None, le: datetime
) -> list[Candidature]:
    """Inscrit des élèves d'un établissement au même choix, tout ou rien, en un nombre constant de requêtes (écran O7).

    Lève `PeriodeClose`, ou `Refus` si le choix sort du catalogue, ou si l'un des élèves ne peut pas être inscrit.
    """
    if not eleves:
        raise Refus("Sélectionnez au moins un élève.")
    campagne = eleves[0].campagne
    exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=eleves[0].etablissement_id, le=le)
    exiger_un_choix_juste(campagne.pk, choix)
    exiger_des_formations_demandables(formation for _, formations in choix for formation in formations)
    tenir_les_eleves(eleves)
    if raisons := empechements(eleves=eleves, choix=choix):
        raise Refus(" ".join(f"{eleve} {raisons[eleve.pk]}" for eleve in eleves if eleve.pk in raisons))
    retenues = [nouvelle(eleve, accueil) for eleve in eleves for accueil, _ in choix]
    ecrire(retenues, [*choix] * len(eleves), par, le, en_brouillon=False)
    return retenues


def _pourquoi_pas_l_inscrire(eleve: Eleve, choix: Choix, actives: dict[int, Candidature]) -> str | None:
    """Ce qui suit le nom d'un élève qui ne peut pas être inscrit à `choix` avec d'autres, ou `None`."""
    admis = [Niveau(niveau) for niveau in eleve.campagne.regles.niveaux_admis]
    if pourquoi_pas_admis(Niveau(eleve.niveau), admis):
        return f"est en « {eleve.get_niveau_display()} », un niveau que cette campagne n’admet pas."
    for accueil, _ in choix:
        existante = actives.get(accueil.domaine_id)
        if existante and existante.etat == Etat.BROUILLON:
            return "a une inscription à terminer dans ce domaine."
        if existante:
            return "a déjà un entretien dans ce domaine."
    maximum = eleve.campagne.regles.formations_maximales
    trop = pourquoi_pas_autant(eleve, choix, actives.values())
    return f"dépasserait la limite de {maximum} formation{'s' if maximum and maximum > 1 else ''}." if trop else None


def _exiger_un_eleve_admis(eleve: Eleve) -> None:
    admis = [Niveau(niveau) for niveau in eleve.campagne.regles.niveaux_admis]
    if raison := pourquoi_pas_admis(Niveau(eleve.niveau), admis):
        raise Refus(raison)


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
    if etat not in {Etat.INSCRITE, *ENTRETIEN_A_VENIR} or a_commence(existante, le):
        raise Refus(f"L’entretien du domaine {existante.domaine} a eu lieu : la candidature ne change plus.")
