"""Deux gestes sur le même élève, lancés ensemble par une barrière : un seul passe, l'autre lit pourquoi (F1, F6)."""

import pytest
from django.db import transaction

from candidatures.models import Candidature, DemandeDeCreneau, DemandeDeTransfert, Eleve, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import (
    accepter_un_transfert,
    annuler_le_desistement,
    demander_un_creneau,
    desister,
    inscrire_plusieurs,
    modifier_les_formations,
    refuser_un_transfert,
)
from courriers.models import Courriel
from entretiens import services as entretiens
from entretiens.models import Creneau, Entretien
from referentiel.rules.refus import Refus
from tests.entretiens.test_concurrence import ensemble
from tests.factories.changements import ailleurs, convoquee, demande_de_transfert
from tests.factories.entretiens import ouvrir_un_creneau
from tests.factories.inscriptions import Monde

pytestmark = pytest.mark.django_db(transaction=True)
ESSAIS = 3


@pytest.fixture
def monde(transactional_db) -> Monde:
    with transaction.atomic():
        return Monde()


def test_un_transfert_accepte_et_refuse_a_la_fois_n_a_qu_une_issue(monde):
    for rang in range(ESSAIS):
        eleve = monde.eleve(ine=f"01234567{rang}AB")
        demande = demande_de_transfert(monde, eleve, ailleurs())
        commun = {"demande": demande, "par": None, "le": monde.le}
        reussis, leves = ensemble(
            [lambda c=commun: accepter_un_transfert(**c), lambda c=commun: refuser_un_transfert(**c)] * 2
        )
        assert (len(reussis), {type(erreur) for erreur in leves}) == (1, {Refus})
        demande.refresh_from_db()
        eleve.refresh_from_db()
        accepte = demande.etat == DemandeDeTransfert.Etat.ACCEPTEE
        assert (eleve.etablissement == demande.demandeur) is accepte


def test_un_transfert_et_un_placement_passent_l_un_apres_l_autre(monde):
    for heure in range(9, 9 + ESSAIS):
        candidature = monde.inscrit(monde.eleve(ine=f"0123456{heure:02d}AB"))
        creneau = ouvrir_un_creneau(monde.accueil, heure)
        demande = demande_de_transfert(monde, candidature.eleve, ailleurs())
        reussis, leves = ensemble(
            [
                lambda d=demande: accepter_un_transfert(demande=d, par=None, le=monde.le),
                lambda c=candidature, k=creneau: entretiens.placer(candidature=c, creneau=k, par=None, le=monde.le),
            ]
        )
        assert (len(reussis), leves) == (2, [])


def test_un_desistement_annule_et_un_creneau_repris_ne_font_pas_deux_places(monde):
    candidature, autre = monde.inscrit(), monde.inscrit()
    entretien = convoquee(monde, candidature)
    for _ in range(ESSAIS):
        desister(candidature=candidature, motif="Autre", par=None, le=monde.le)
        reussis, leves = ensemble(
            [
                lambda: annuler_le_desistement(candidature=candidature, par=None, le=monde.le),
                lambda: entretiens.placer(candidature=autre, creneau=entretien.creneau, par=None, le=monde.le),
            ]
        )
        assert (len(reussis), {type(erreur) for erreur in leves}) == (1, {Refus})
        assert Creneau.objects.get().places_prises == 1
        candidature.refresh_from_db()
        if candidature.etat == Etat.DESISTEE:
            break
    assert Entretien.objects.en_vigueur().count() == 1


def test_un_double_clic_n_annule_un_desistement_qu_une_fois(monde):
    candidature = monde.inscrit()
    desister(candidature=candidature, motif="Autre", par=None, le=monde.le)
    reussis, leves = ensemble([lambda: annuler_le_desistement(candidature=candidature, par=None, le=monde.le)] * 4)
    assert (len(reussis), {type(erreur) for erreur in leves}) == (1, {Refus})


def test_deux_demandes_de_creneau_n_en_font_qu_une(monde):
    candidature = monde.inscrit()
    convoquee(monde, candidature)
    geste = {"candidature": candidature, "motif": DemandeDeCreneau.Motif.STAGE, "par": monde.chef, "le": monde.le}
    reussis, leves = ensemble([lambda: demander_un_creneau(**geste)] * 4)
    assert (len(reussis), {type(erreur) for erreur in leves}) == (1, {Refus})
    assert DemandeDeCreneau.objects.count() == 1
    assert Courriel.objects.filter(nature="autre créneau").count() == 1


def test_deux_groupes_qui_se_recouvrent_n_inscrivent_personne_deux_fois(monde):
    eleves = [monde.eleve() for _ in range(4)]
    for eleve in eleves:
        eleve.campagne = monde.campagne
    choix = [(monde.accueil, monde.formations[:1])]
    groupes = [eleves[:3], list(reversed(eleves[1:]))]
    reussis, leves = ensemble(
        [lambda g=groupe: inscrire_plusieurs(eleves=g, choix=choix, par=None, le=monde.le) for groupe in groupes]
    )
    assert (len(reussis), {type(erreur) for erreur in leves}) == (1, {Refus})
    assert Candidature.objects.count() == 3
    assert Eleve.objects.count() == 4


def test_deux_modifications_ne_demandent_pas_deux_fois_la_meme_formation(monde):
    candidature = monde.inscrit()
    ensemble(
        [
            lambda r=rang: modifier_les_formations(
                candidature=candidature,
                formations=[monde.formations[0], monde.formations[r]],
                par=None,
                le=monde.le,
            )
            for rang in (1, 1, 2, 2)
        ]
    )
    maintenues = FormationDemandee.objects.maintenues().values_list("formation", flat=True)
    assert len(maintenues) == len(set(maintenues)) == 2
