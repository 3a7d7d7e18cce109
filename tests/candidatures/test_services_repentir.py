"""Revenir sur un désistement tant que le délai de rappel court (écran 6.5)."""

from datetime import timedelta

import pytest
from django.core import mail

from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import annuler_le_desistement, desister
from comptes.models import Trace
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens import services as entretiens
from entretiens.models import Convocation, Creneau
from entretiens.rules.etats import EtatEntretien, NatureConvocation
from referentiel.rules.refus import Refus
from tests.factories.changements import convoquee, partir, planifier
from tests.factories.entretiens import convoquer

pytestmark = pytest.mark.django_db
CINQ_MINUTES = timedelta(minutes=5)
DIX_MINUTES = timedelta(minutes=10)


def retirer(monde, candidature, formations=None):
    return desister(candidature=candidature, formations=formations, motif="Autre", par=monde.chef, le=monde.le)


def revenir(monde, candidature, apres=CINQ_MINUTES):
    return annuler_le_desistement(candidature=candidature, par=monde.chef, le=monde.le + apres)


def test_une_candidature_inscrite_reprend_son_etat_et_l_accueil_n_apprend_rien(monde):
    candidature = monde.inscrit()
    retirer(monde, candidature)
    candidature.refresh_from_db()
    assert (candidature.retiree_le, candidature.etat_avant_retrait) == (monde.le, Etat.INSCRITE)
    revenir(monde, candidature)
    candidature.refresh_from_db()
    assert (candidature.etat, candidature.motif, candidature.retiree_le) == (Etat.INSCRITE, "", None)
    partir(monde.le + timedelta(hours=1))
    assert not mail.outbox
    assert Courriel.objects.get(nature="désistement").etat == EtatCourriel.RAPPELE
    trace = Trace.objects.get(fait="desistement_annule")
    assert (trace.avant, trace.apres) == ({"etat": "desistee"}, {"etat": "inscrite"})


def test_un_entretien_annonce_reprend_son_creneau_et_son_annulation_ne_part_pas(monde):
    candidature = monde.inscrit()
    entretien = convoquee(monde, candidature)
    deja = len(mail.outbox)
    retirer(monde, candidature)
    assert Creneau.objects.get().places_prises == 0
    revenir(monde, candidature)
    candidature.refresh_from_db()
    entretien.refresh_from_db()
    assert (candidature.etat, entretien.etat, entretien.sequence) == (Etat.CONVOQUEE, EtatEntretien.PREVU, 1)
    assert Creneau.objects.get().places_prises == 1
    assert Convocation.objects.en_vigueur().get().nature == NatureConvocation.INITIALE
    partir(monde.le + timedelta(hours=1))
    assert len(mail.outbox) == deja


def test_une_convocation_rappelee_par_le_desistement_repart_apres_le_repentir(monde):
    candidature = monde.inscrit()
    entretien = planifier(monde, candidature)
    convoquer(entretien, le=monde.le)
    retirer(monde, candidature)
    revenir(monde, candidature)
    candidature.refresh_from_db()
    assert candidature.etat == Etat.PLANIFIEE
    partir(monde.le + timedelta(hours=1))
    candidature.refresh_from_db()
    assert candidature.etat == Etat.CONVOQUEE
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        [monde.college.messagerie, "petit@creteil.example"]
    )


def test_un_creneau_repris_ne_se_rend_pas(monde):
    candidature, autre = monde.inscrit(), monde.inscrit()
    entretien = convoquee(monde, candidature)
    retirer(monde, candidature)
    entretiens.placer(candidature=autre, creneau=entretien.creneau, par=None, le=monde.le)
    with pytest.raises(Refus, match="Ce créneau vient d’être pris"):
        revenir(monde, candidature)
    candidature.refresh_from_db()
    assert candidature.etat == Etat.DESISTEE
    assert Courriel.objects.get(nature="désistement").etat == EtatCourriel.A_ENVOYER


def test_apres_dix_minutes_il_faut_inscrire_de_nouveau(monde):
    candidature = monde.inscrit()
    retirer(monde, candidature)
    with pytest.raises(Refus, match="inscrivez de nouveau"):
        revenir(monde, candidature, DIX_MINUTES)
    revenir(monde, candidature, DIX_MINUTES - timedelta(seconds=1))


def test_un_courriel_deja_parti_ne_se_rappelle_pas(monde):
    candidature = monde.inscrit()
    retirer(monde, candidature)
    Courriel.objects.filter(nature="désistement").update(etat=EtatCourriel.EN_COURS)
    with pytest.raises(Refus, match="ne peut plus être annulé"):
        revenir(monde, candidature)


def test_une_nouvelle_inscription_dans_le_domaine_ferme_le_retour(monde):
    candidature = monde.inscrit()
    retirer(monde, candidature)
    monde.inscrit(candidature.eleve)
    with pytest.raises(Refus, match="déjà une candidature dans ce domaine"):
        revenir(monde, candidature)
    assert Candidature.objects.filter(etat=Etat.DESISTEE).count() == 1


def test_des_formations_retirees_reviennent(monde):
    candidature = monde.inscrit(formations=2)
    premiere = candidature.formations_demandees.first()
    retirer(monde, candidature, [premiere])
    revenir(monde, candidature)
    premiere.refresh_from_db()
    assert premiere.desistee_le is None
    assert Courriel.objects.get().etat == EtatCourriel.RAPPELE
    with pytest.raises(Refus, match="ne peut plus être annulé"):
        revenir(monde, candidature)


def test_sans_desistement_il_n_y_a_rien_a_annuler(monde):
    with pytest.raises(Refus):
        revenir(monde, monde.inscrit())
    assert FormationDemandee.objects.filter(desistee_le__isnull=False).count() == 0
