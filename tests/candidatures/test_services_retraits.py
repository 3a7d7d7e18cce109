"""Se désister, annuler, changer d'établissement d'accueil (R18, R19)."""

from datetime import timedelta

import pytest

from candidatures.horaires import EntretienFixe
from candidatures.models import Candidature
from candidatures.rules import Etat
from candidatures.services import annuler, changer_d_accueil, desister
from candidatures.signals import candidature_retiree
from comptes.models import Trace
from courriers.models import Courriel
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.inscriptions import APRES_LA_CAMPAGNE, APRES_LES_INSCRIPTIONS

pytestmark = pytest.mark.django_db
MOTIF = "L’élève renonce à ces formations"


@pytest.fixture
def annonces():
    """Les candidatures annoncées comme retirées, avec l'état qu'elles avaient alors."""
    recues = []

    def recevoir(sender, *, candidature, **_):
        recues.append((candidature.pk, candidature.etat))

    candidature_retiree.connect(recevoir)
    yield recues
    candidature_retiree.disconnect(recevoir)


@pytest.fixture
def convoquee(monde, entretiens) -> Candidature:
    candidature = monde.inscrit(formations=2)
    Candidature.objects.update(etat=Etat.CONVOQUEE)
    debut = monde.le + timedelta(days=2)
    entretiens[candidature.pk] = EntretienFixe(debut, debut + timedelta(minutes=20), "Salle B12")
    candidature.refresh_from_db()
    return candidature


def retirer(monde, candidature, formations=None):
    return desister(candidature=candidature, formations=formations, motif=MOTIF, par=monde.chef, le=monde.le)


def test_un_desistement_garde_la_ligne_annonce_et_previent_l_accueil(monde, convoquee, annonces):
    retirer(monde, convoquee)
    convoquee.refresh_from_db()
    assert (convoquee.etat, convoquee.motif) == (Etat.DESISTEE, MOTIF)
    assert annonces == [(convoquee.pk, Etat.DESISTEE)]
    trace = Trace.objects.de(convoquee).filter(fait="desistement").get()
    assert (trace.auteur, trace.le, MOTIF in trace.phrase) == (monde.chef, monde.le, True)
    courriel = Courriel.objects.get(nature="désistement")
    assert courriel.destinataire == monde.accueil.etablissement.messagerie
    assert "créneau du 12 mars à 10 h 00 libéré" in courriel.sujet
    assert "Yanis DIALLO" in courriel.texte
    assert "DIALLO" not in courriel.sujet


def test_le_contact_de_l_accueil_est_prevenu_s_il_en_a_un(monde):
    monde.accueil.contact_courriel = "ddfpt@creteil.example"
    monde.accueil.save()
    retirer(monde, monde.inscrit())
    courriel = Courriel.objects.get()
    assert courriel.destinataire == "ddfpt@creteil.example"
    assert courriel.sujet == "Passpro : 1 désistement"


def test_un_brouillon_se_retire_sans_prevenir_personne(monde):
    assert retirer(monde, monde.inscrit(en_brouillon=True)).etat == Etat.DESISTEE
    assert not Courriel.objects.exists()


def test_une_seule_formation_se_retire_et_l_entretien_reste(monde, convoquee, annonces):
    premiere, seconde = convoquee.formations_demandees.all()
    retirer(monde, convoquee, [premiere])
    premiere.refresh_from_db()
    seconde.refresh_from_db()
    convoquee.refresh_from_db()
    assert (premiere.desistee_le, seconde.desistee_le) == (monde.le, None)
    assert (convoquee.etat, annonces) == (Etat.CONVOQUEE, [])
    assert "ne demande plus : CAP Cuisine" in Courriel.objects.get().texte


def test_retirer_toutes_les_formations_retire_la_candidature(monde, convoquee, annonces):
    assert retirer(monde, convoquee, list(convoquee.formations_demandees.all())).etat == Etat.DESISTEE
    assert annonces


def test_retirer_la_formation_d_une_autre_candidature_est_refuse(monde, convoquee):
    autre = monde.inscrit()
    with pytest.raises(Refus, match="au moins une formation"):
        retirer(monde, convoquee, list(autre.formations_demandees.all()))


@pytest.mark.parametrize("etat", [Etat.REALISEE, Etat.RENDUE, Etat.SEANCE_SUIVIE])
def test_apres_l_entretien_rien_ne_se_retire(monde, convoquee, annonces, etat):
    Candidature.objects.update(etat=etat)
    for action in (
        lambda: retirer(monde, convoquee),
        lambda: annuler(candidature=convoquee, motif="Erreur", par=monde.chef, le=monde.le),
        lambda: changer_d_accueil(candidature=convoquee, accueil=monde.autre_accueil(), par=monde.chef, le=monde.le),
    ):
        with pytest.raises(Refus, match="L’entretien a eu lieu : la candidature ne peut plus être retirée"):
            action()
    assert not annonces


def test_des_le_debut_de_l_entretien_rien_ne_se_retire(monde, convoquee):
    monde.le += timedelta(days=2)
    with pytest.raises(Refus, match="a eu lieu"):
        retirer(monde, convoquee)


def test_un_absent_peut_se_desister(monde, convoquee):
    Candidature.objects.update(etat=Etat.ABSENTE)
    monde.le += timedelta(days=3)
    assert retirer(monde, convoquee).etat == Etat.DESISTEE


@pytest.mark.parametrize("etat", [Etat.DESISTEE, Etat.ANNULEE])
def test_une_candidature_deja_retiree_ne_se_retire_pas(monde, convoquee, etat):
    Candidature.objects.update(etat=etat)
    with pytest.raises(Refus):
        retirer(monde, convoquee)


def test_un_desistement_passe_apres_les_inscriptions_mais_pas_apres_la_campagne(monde):
    premiere, seconde = monde.inscrit(), monde.inscrit()
    monde.le = APRES_LES_INSCRIPTIONS
    assert retirer(monde, premiere).etat == Etat.DESISTEE
    monde.le = APRES_LA_CAMPAGNE
    with pytest.raises(PeriodeClose):
        retirer(monde, seconde)


def test_une_annulation_demande_un_motif_et_previent_l_origine(monde, convoquee, annonces):
    with pytest.raises(Refus, match="motif"):
        annuler(candidature=convoquee, motif="  ", par=monde.chef, le=monde.le)
    annuler(candidature=convoquee, motif="Domaine fermé", par=monde.chef, le=monde.le)
    convoquee.refresh_from_db()
    assert (convoquee.etat, convoquee.motif) == (Etat.ANNULEE, "Domaine fermé")
    assert annonces == [(convoquee.pk, Etat.ANNULEE)]
    courriel = Courriel.objects.get()
    assert courriel.destinataire == monde.college.messagerie
    assert "Domaine fermé" in courriel.texte


def test_changer_d_accueil_remet_a_planifier_chez_le_nouveau(monde, convoquee, annonces):
    nouveau = monde.autre_accueil(modalite=Modalite.AU_CHOIX)
    changer_d_accueil(candidature=convoquee, accueil=nouveau, par=monde.chef, le=monde.le)
    convoquee.refresh_from_db()
    assert (convoquee.etat, convoquee.accueil, convoquee.modalite) == (Etat.INSCRITE, nouveau, "")
    assert annonces == [(convoquee.pk, Etat.INSCRITE)]
    assert Courriel.objects.get().destinataire == monde.accueil.etablissement.messagerie
    recues = Candidature.objects.de_l_accueil(monde.campagne, nouveau.etablissement_id)
    assert recues.get() == convoquee


def test_changer_d_accueil_reste_dans_le_domaine_et_change_vraiment(monde, convoquee):
    ailleurs, _ = monde.domaine("Santé et social", "Accompagnement")
    with pytest.raises(Refus, match="ne reçoit pas pour le domaine"):
        changer_d_accueil(candidature=convoquee, accueil=ailleurs, par=monde.chef, le=monde.le)
    with pytest.raises(Refus, match="déjà adressée"):
        changer_d_accueil(candidature=convoquee, accueil=monde.accueil, par=monde.chef, le=monde.le)


def test_changer_d_accueil_se_fait_pendant_les_inscriptions(monde, convoquee, annonces):
    monde.le = APRES_LES_INSCRIPTIONS
    with pytest.raises((PeriodeClose, Refus)):
        changer_d_accueil(candidature=convoquee, accueil=monde.autre_accueil(), par=monde.chef, le=monde.le)
    assert not annonces
