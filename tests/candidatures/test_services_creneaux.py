"""Demander un autre créneau, l'obtenir ou non (écran O8)."""

from datetime import timedelta

import pytest

from candidatures.models import Candidature, DemandeDeCreneau
from candidatures.rules import Etat
from candidatures.services import changer_d_accueil, demander_un_creneau, refuser_un_creneau
from comptes.models import Trace
from courriers.models import Courriel
from entretiens import services as entretiens
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.changements import convoquee, planifier
from tests.factories.entretiens import ouvrir_un_creneau
from tests.factories.inscriptions import APRES_LA_CAMPAGNE

pytestmark = pytest.mark.django_db
STAGE = DemandeDeCreneau.Motif.STAGE


def demander(monde, candidature, **champs):
    return demander_un_creneau(
        candidature=candidature, **({"motif": STAGE, "par": monde.chef, "le": monde.le} | champs)
    )


@pytest.fixture
def entretien(monde) -> Entretien:
    return convoquee(monde, monde.inscrit())


def absente(monde, entretien) -> Candidature:
    monde.le = entretien.periode.upper + timedelta(hours=1)
    entretiens.saisir_les_presences(presences={entretien: EtatEntretien.ABSENT}, par=None, le=monde.le)
    return Candidature.objects.get(pk=entretien.candidature_id)


def test_une_demande_garde_l_entretien_et_previent_l_accueil_sans_nom(monde, entretien):
    demande = demander(monde, entretien.candidature, message="En stage   jusqu’à vendredi.")
    entretien.refresh_from_db()
    assert (demande.etat, demande.message) == (DemandeDeCreneau.Etat.EN_ATTENTE, "En stage jusqu’à vendredi.")
    assert entretien.etat == EtatEntretien.PREVU
    courriel = Courriel.objects.get(nature="autre créneau")
    assert courriel.destinataire == monde.accueil.etablissement.messagerie
    assert "Diallo" not in courriel.sujet + courriel.texte
    assert "En stage jusqu’à vendredi." in Trace.objects.get(fait="creneau_demande").phrase


def test_une_seule_demande_attend(monde, entretien):
    demander(monde, entretien.candidature)
    with pytest.raises(Refus, match="déjà demandé"):
        demander(monde, entretien.candidature)


def test_sans_convocation_annoncee_il_n_y_a_rien_a_changer(monde):
    candidature = monde.inscrit()
    with pytest.raises(Refus, match="Aucune convocation"):
        demander(monde, candidature)
    planifier(monde, candidature)
    with pytest.raises(Refus, match="Aucune convocation"):
        demander(monde, candidature)


def test_des_le_debut_de_l_entretien_il_est_trop_tard(monde, entretien):
    monde.le = entretien.periode.lower
    with pytest.raises(Refus, match="a commencé"):
        demander(monde, entretien.candidature)


def test_apres_une_absence_l_eleve_redevient_a_planifier(monde, entretien):
    candidature = absente(monde, entretien)
    demander(monde, candidature, motif=DemandeDeCreneau.Motif.ABSENCE)
    candidature.refresh_from_db()
    entretien.refresh_from_db()
    assert (candidature.etat, entretien.etat) == (Etat.INSCRITE, EtatEntretien.EXCUSE)


def test_placer_de_nouveau_regle_la_demande_d_un_absent(monde, entretien):
    candidature = absente(monde, entretien)
    demande = demander(monde, candidature)
    [creneau] = [ouvrir_un_creneau(candidature.accueil, 15, le=monde.le - timedelta(days=3))]
    entretiens.placer(candidature=candidature, creneau=creneau, par=None, le=monde.le)
    demande.refresh_from_db()
    assert demande.etat == DemandeDeCreneau.Etat.ACCEPTEE


def test_deplacer_l_entretien_accorde_la_demande(monde, entretien):
    demande = demander(monde, entretien.candidature)
    creneau = ouvrir_un_creneau(entretien.candidature.accueil, 11, le=monde.le)
    entretiens.deplacer(entretien=entretien, creneau=creneau, par=None, le=monde.le)
    demande.refresh_from_db()
    assert (demande.etat, demande.reglee_le) == (DemandeDeCreneau.Etat.ACCEPTEE, monde.le)
    assert Trace.objects.filter(fait="creneau_accorde").count() == 1


def test_annuler_pour_replanifier_accorde_la_demande(monde, entretien):
    demande = demander(monde, entretien.candidature)
    entretiens.liberer(entretien=entretien, replanifier=True, par=None, le=monde.le)
    demande.refresh_from_db()
    assert demande.etat == DemandeDeCreneau.Etat.ACCEPTEE


def test_un_refus_donne_sa_raison_et_maintient_l_entretien(monde, entretien):
    demande = demander(monde, entretien.candidature)
    with pytest.raises(Refus, match="Donnez la raison"):
        refuser_un_creneau(demande=demande, reponse="  ", par=None, le=monde.le)
    refuser_un_creneau(demande=demande, reponse="Plus de créneau libre.", par=None, le=monde.le)
    demande.refresh_from_db()
    assert (demande.etat, demande.reponse) == (DemandeDeCreneau.Etat.REFUSEE, "Plus de créneau libre.")
    courriel = Courriel.objects.get(cle__startswith="creneau-refuse:")
    assert courriel.destinataire == monde.college.messagerie
    assert "Plus de créneau libre." in courriel.texte
    assert "Diallo" not in courriel.texte
    with pytest.raises(Refus, match="déjà réglée"):
        refuser_un_creneau(demande=demande, reponse="Encore", par=None, le=monde.le)


def test_un_absent_ne_se_refuse_pas(monde, entretien):
    demande = demander(monde, absente(monde, entretien))
    with pytest.raises(Refus, match="planifiez-le plutôt"):
        refuser_un_creneau(demande=demande, reponse="Non", par=None, le=monde.le)


def test_changer_d_accueil_clot_la_demande(monde, entretien):
    demande = demander(monde, entretien.candidature)
    changer_d_accueil(candidature=entretien.candidature, accueil=monde.autre_accueil(), par=monde.chef, le=monde.le)
    demande.refresh_from_db()
    assert demande.etat == DemandeDeCreneau.Etat.ACCEPTEE


def test_apres_la_campagne_rien_ne_se_demande(monde, entretien):
    Candidature.objects.update(etat=Etat.ABSENTE)
    monde.le = APRES_LA_CAMPAGNE
    with pytest.raises(PeriodeClose):
        demander(monde, entretien.candidature)
