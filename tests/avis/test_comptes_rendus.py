"""Rédiger, transmettre, corriger : ce qui s'écrit, ce qui se refuse, ce que l'origine apprend (R27 à R30, R42)."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from avis.models import AvisAccueil, CompteRendu
from avis.rules import EtatCompteRendu
from avis.services import ajouter_une_formation, corriger, enregistrer_le_brouillon, transmettre
from candidatures.rules import Etat
from comptes.models import Trace
from courriers.models import Courriel
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Campagne, Derogation, JeuDeRegles, Periode
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Avis, Modalite, Publication
from referentiel.rules.refus import Conflit, PeriodeClose, Refus
from tests.factories.avis import (
    JEUDI,
    LENDEMAIN,
    TEXTE,
    avis_pour,
    candidature_entendue,
    candidature_rendue,
    entretien_pour,
)
from tests.factories.candidatures import CandidatureFactory
from tests.factories.referentiel import FormationFactory, OffreFactory, PersonneFactory

pytestmark = pytest.mark.django_db

LUNDI_SOIR = datetime(2027, 3, 15, 23, 59, tzinfo=PARIS)
MARDI = datetime(2027, 3, 16, 0, 0, tzinfo=PARIS)
EN_MAI = datetime(2027, 5, 3, 12, 0, tzinfo=PARIS)


@pytest.fixture
def chef():
    return PersonneFactory()


def envoyer(candidature, chef, **champs):
    arguments = {"texte": TEXTE, "avis": avis_pour(candidature), "version": 0, "par": chef, "le": LENDEMAIN} | champs
    return transmettre(candidature=candidature, **arguments)


def sous_embargo(candidature):
    JeuDeRegles.objects.filter(campagne=candidature.domaine.campagne).update(publication=Publication.VISUALISATION)
    Periode.objects.filter(campagne=candidature.domaine.campagne, nature=Nature.VISUALISATION).update(
        debut=date(2027, 5, 3)
    )


class TestTransmettre:
    def test_rend_le_compte_rendu_et_un_avis_par_formation(self, chef):
        candidature = candidature_entendue(formations=2)
        compte_rendu = envoyer(candidature, chef)
        candidature.refresh_from_db()
        assert candidature.etat == Etat.RENDUE
        assert (compte_rendu.etat, compte_rendu.transmis_par, compte_rendu.transmis_le) == ("transmis", chef, LENDEMAIN)
        assert set(compte_rendu.avis.values_list("valeur", flat=True)) == {Avis.FAVORABLE}
        assert compte_rendu.avis.count() == 2

    def test_reprend_les_avis_du_brouillon_que_la_saisie_ne_redit_pas(self, chef):
        candidature = candidature_entendue(formations=2)
        enregistrer_le_brouillon(
            candidature=candidature, texte="", avis=avis_pour(candidature), version=0, par=chef, le=LENDEMAIN
        )
        assert envoyer(candidature, chef, avis={}, version=1).avis.count() == 2

    @pytest.mark.parametrize("texte", ["", "  \n "])
    def test_demande_un_texte(self, chef, texte):
        with pytest.raises(Refus, match="Rédigez le compte-rendu"):
            envoyer(candidature_entendue(), chef, texte=texte)

    def test_demande_un_avis_pour_chaque_formation(self, chef):
        candidature = candidature_entendue(formations=2)
        avis = avis_pour(candidature)
        avis[next(iter(avis))] = None
        with pytest.raises(Refus, match="Choisissez un avis pour CAP"):
            envoyer(candidature, chef, avis=avis)
        assert not CompteRendu.objects.exists()

    def test_refuse_un_texte_trop_long(self, chef):
        with pytest.raises(Refus, match="2001 caractères"):
            envoyer(candidature_entendue(), chef, texte="a" * 2001)

    def test_refuse_un_avis_hors_de_l_echelle_de_la_campagne(self, chef):
        candidature = candidature_entendue(accueil__domaine__campagne__regles__echelle_accueil=["favorable", "reserve"])
        with pytest.raises(Refus, match="n’existe pas dans cette campagne"):
            envoyer(candidature, chef, avis=avis_pour(candidature, Avis.ASSEZ_FAVORABLE))

    def test_ne_se_prononce_pas_suit_la_regle_de_la_campagne(self, chef):
        permis = candidature_entendue()
        assert envoyer(permis, chef, avis=avis_pour(permis, Avis.NE_SE_PRONONCE_PAS)).est_transmis
        Campagne.objects.update(etat=Campagne.Etat.CLOSE)
        interdit = candidature_entendue(accueil__domaine__campagne__regles__ne_se_prononce_pas=False)
        with pytest.raises(Refus, match="n’existe pas"):
            envoyer(interdit, chef, avis=avis_pour(interdit, Avis.NE_SE_PRONONCE_PAS))

    def test_refuse_la_formation_d_une_autre_candidature(self, chef):
        candidature, autre = candidature_entendue(), CandidatureFactory(accueil__domaine__campagne__etat="close")
        with pytest.raises(Refus, match="ne fait plus partie"):
            envoyer(candidature, chef, avis=avis_pour(candidature) | avis_pour(autre))

    def test_refuse_une_seance_collective(self, chef):
        candidature = CandidatureFactory(etat=Etat.REALISEE, modalite=Modalite.COLLECTIF)
        entretien_pour(candidature, modalite=Modalite.COLLECTIF)
        with pytest.raises(Refus, match="séances collectives"):
            envoyer(candidature, chef)

    def test_refuse_une_absence(self, chef):
        candidature = CandidatureFactory(etat=Etat.ABSENTE)
        entretien_pour(candidature, etat=EtatEntretien.ABSENT)
        with pytest.raises(Refus, match="ne s’est pas présenté"):
            envoyer(candidature, chef)

    def test_demande_d_abord_la_presence(self, chef):
        candidature = CandidatureFactory(etat=Etat.CONVOQUEE)
        entretien_pour(candidature, etat=EtatEntretien.PREVU)
        with pytest.raises(Refus, match="Saisissez d’abord la présence"):
            envoyer(candidature, chef)

    def test_refuse_de_transmettre_deux_fois(self, chef):
        candidature = candidature_entendue()
        envoyer(candidature, chef)
        with pytest.raises(Refus, match="déjà transmis"):
            envoyer(candidature, chef, version=1)
        assert AvisAccueil.objects.count() == 1

    def test_refuse_apres_la_periode_et_accepte_avec_une_derogation(self, chef):
        candidature = candidature_entendue()
        trop_tard = datetime(2027, 5, 26, 8, 0, tzinfo=PARIS)
        with pytest.raises(PeriodeClose, match="25"):
            envoyer(candidature, chef, le=trop_tard)
        Derogation.objects.create(
            campagne=candidature.domaine.campagne,
            etablissement=candidature.accueil.etablissement,
            nature=Nature.SAISIE_AVIS_ACCUEIL,
            jusqu_au=date(2027, 5, 27),
            motif="Panne.",
        )
        assert envoyer(candidature, chef, le=trop_tard).est_transmis

    @pytest.mark.parametrize(("le", "en_retard"), [(LUNDI_SOIR, False), (MARDI, True)])
    def test_consigne_le_retard_a_la_minute_pres(self, chef, le, en_retard):
        compte_rendu = envoyer(candidature_entendue(), chef, le=le)
        trace = Trace.objects.de(compte_rendu).get()
        assert trace.apres["en_retard"] is en_retard
        assert ("en retard" in trace.phrase) is en_retard

    def test_tient_en_treize_requetes(self, chef):
        etablissement = candidature_rendue(par=chef).eleve.etablissement
        candidature = candidature_entendue(
            formations=3,
            eleve__etablissement=etablissement,
            accueil__domaine__campagne=Campagne.objects.get(),
        )
        avis = avis_pour(candidature)
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            envoyer(candidature, chef, avis=avis)
        utiles = [r["sql"] for r in requetes if "SAVEPOINT" not in r["sql"]]
        assert len(utiles) <= 13, "\n".join(utiles)


class TestBrouillon:
    def test_se_garde_incomplet_et_se_reprend(self, chef):
        candidature = candidature_entendue(formations=2)
        premier, second = avis_pour(candidature)
        enregistrer_le_brouillon(
            candidature=candidature, texte="Un début", avis={premier: Avis.RESERVE}, version=0, par=chef, le=LENDEMAIN
        )
        compte_rendu = enregistrer_le_brouillon(
            candidature=candidature,
            texte="Une suite",
            avis={premier: None, second: Avis.FAVORABLE},
            version=1,
            par=chef,
            le=LENDEMAIN,
        )
        assert (compte_rendu.texte, compte_rendu.etat, compte_rendu.version) == ("Une suite", "brouillon", 2)
        assert list(compte_rendu.avis.values_list("formation_demandee", "valeur")) == [(second, "favorable")]

    def test_se_garde_avant_la_presence_mais_pas_avant_l_entretien(self, chef):
        candidature = CandidatureFactory(etat=Etat.CONVOQUEE)
        entretien_pour(candidature, etat=EtatEntretien.PREVU)
        saisie = {"candidature": candidature, "texte": "Début", "avis": {}, "version": 0, "par": chef}
        with pytest.raises(Refus, match="présence"):
            enregistrer_le_brouillon(**saisie, le=datetime(2027, 3, 11, 14, 29, tzinfo=PARIS))
        assert enregistrer_le_brouillon(**saisie, le=JEUDI).etat == EtatCompteRendu.BROUILLON

    def test_ne_change_ni_l_etat_ni_la_boite_d_envoi(self, chef):
        candidature = candidature_entendue()
        enregistrer_le_brouillon(
            candidature=candidature, texte="Secret", avis=avis_pour(candidature), version=0, par=chef, le=LENDEMAIN
        )
        candidature.refresh_from_db()
        assert candidature.etat == Etat.REALISEE
        assert not Courriel.objects.exists()

    def test_se_soumet_a_la_relecture_puis_se_transmet(self, chef):
        candidature = candidature_entendue()
        a_relire = enregistrer_le_brouillon(
            candidature=candidature, texte=TEXTE, avis={}, version=0, par=chef, le=LENDEMAIN, a_relire=True
        )
        assert a_relire.etat == EtatCompteRendu.A_RELIRE
        assert envoyer(candidature, chef, version=1).est_transmis

    def test_ne_remplace_pas_un_compte_rendu_transmis(self, chef):
        candidature = candidature_rendue()
        with pytest.raises(Refus, match="déjà transmis"):
            enregistrer_le_brouillon(candidature=candidature, texte="", avis={}, version=1, par=chef, le=LENDEMAIN)


class TestConflit:
    def test_la_seconde_personne_voit_la_version_de_la_premiere(self, chef):
        candidature = candidature_entendue()
        premiere = PersonneFactory(nom="Benoît")
        enregistrer_le_brouillon(
            candidature=candidature,
            texte="De la première",
            avis=avis_pour(candidature),
            version=0,
            par=premiere,
            le=LENDEMAIN,
        )
        with pytest.raises(Conflit, match="Mme Benoît a modifié ce compte-rendu") as conflit:
            envoyer(candidature, chef, texte="De la seconde")
        assert conflit.value.actuel["Compte-rendu"] == "De la première"
        assert "Favorable" in conflit.value.actuel.values()
        assert CompteRendu.objects.get().texte == "De la première"


class TestCorriger:
    def corriger(self, candidature, chef, **champs):
        arguments = {"texte": "Corrigé.", "avis": {}, "version": 1, "par": chef, "le": EN_MAI} | champs
        return corriger(candidature=candidature, **arguments)

    def test_garde_la_version_d_avant_dans_l_historique(self, chef):
        candidature = candidature_rendue(formations=1)
        (pk,) = avis_pour(candidature)
        compte_rendu = self.corriger(candidature, chef, avis={pk: Avis.RESERVE})
        trace = Trace.objects.de(compte_rendu).get(fait="compte_rendu_corrige")
        assert (trace.avant["texte"], trace.apres["texte"]) == (TEXTE, "Corrigé.")
        assert list(trace.avant["avis"].values()) == ["favorable"]
        assert list(trace.apres["avis"].values()) == ["reserve"]
        assert (compte_rendu.corrige_le, compte_rendu.transmis_le, compte_rendu.version) == (EN_MAI, LENDEMAIN, 2)

    def test_previent_l_origine(self, chef):
        candidature = candidature_rendue()
        self.corriger(candidature, chef)
        courriel = Courriel.objects.get(cle__startswith="compte-rendu-corrige")
        assert courriel.destinataire == candidature.eleve.etablissement.messagerie

    def test_ne_previent_de_rien_tant_que_rien_n_est_visible(self, chef):
        candidature = candidature_entendue()
        sous_embargo(candidature)
        envoyer(candidature, chef)
        self.corriger(candidature, chef, le=LENDEMAIN)
        assert not Courriel.objects.filter(cle__startswith="compte-rendu-corrige").exists()

    def test_ne_fait_rien_si_rien_ne_change(self, chef):
        candidature = candidature_rendue()
        compte_rendu = self.corriger(candidature, chef, texte=TEXTE)
        assert (compte_rendu.version, compte_rendu.corrige_le) == (1, None)
        assert not Courriel.objects.filter(cle__startswith="compte-rendu-corrige").exists()

    def test_demande_un_compte_rendu_transmis(self, chef):
        with pytest.raises(Refus, match="rien à corriger"):
            self.corriger(candidature_entendue(), chef, version=0)

    def test_s_arrete_a_la_fermeture(self, chef):
        candidature = candidature_rendue()
        assert self.corriger(candidature, chef, le=datetime(2027, 5, 28, 23, 59, tzinfo=PARIS)).version == 2
        with pytest.raises(PeriodeClose):
            self.corriger(candidature, chef, version=2, le=datetime(2027, 5, 29, 0, 0, tzinfo=PARIS))

    def test_demande_toujours_un_texte(self, chef):
        with pytest.raises(Refus, match="Rédigez"):
            self.corriger(candidature_rendue(), chef, texte=" ")


class TestFormationAjoutee:
    def ajouter(self, candidature, chef, formation=None, avis=Avis.FAVORABLE, le=LENDEMAIN):
        formation = formation or FormationFactory(domaine=candidature.domaine)
        return ajouter_une_formation(candidature=candidature, formation=formation, avis=avis, par=chef, le=le)

    def test_recoit_un_avis_et_l_origine_l_apprend_a_la_transmission(self, chef):
        candidature = candidature_entendue()
        demande = self.ajouter(candidature, chef)
        assert demande.ajoutee_a_l_entretien
        assert not Courriel.objects.exists()
        compte_rendu = envoyer(candidature, chef)
        assert compte_rendu.avis.count() == 2
        courriel = Courriel.objects.get(cle=f"formation-ajoutee:{demande.pk}")
        assert courriel.prochain_essai_le == LENDEMAIN
        assert candidature.eleve.nom not in courriel.texte + courriel.html + courriel.sujet

    def test_se_ajoute_aussi_apres_la_transmission(self, chef):
        candidature = candidature_rendue()
        demande = self.ajouter(candidature, chef)
        assert Courriel.objects.filter(cle=f"formation-ajoutee:{demande.pk}").exists()
        with pytest.raises(Refus, match="Choisissez un avis"):
            self.ajouter(candidature, chef, avis=None)

    def test_est_du_domaine(self, chef):
        candidature = candidature_entendue()
        autre = FormationFactory(domaine__campagne=candidature.domaine.campagne)
        with pytest.raises(Refus, match="n’est pas du domaine"):
            self.ajouter(candidature, chef, autre)

    def test_n_est_pas_deja_demandee(self, chef):
        candidature = candidature_entendue()
        with pytest.raises(Refus, match="fait déjà partie"):
            self.ajouter(candidature, chef, candidature.formations_demandees.get().formation)

    def test_n_est_pas_hors_passpro(self, chef):
        candidature = candidature_entendue()
        hors = FormationFactory(domaine=candidature.domaine)
        OffreFactory(formation=hors, hors_passpro=True, presentation="Portes ouvertes.")
        with pytest.raises(Refus, match="hors Passpro"):
            self.ajouter(candidature, chef, hors)
        OffreFactory(formation=hors)
        assert self.ajouter(candidature, chef, hors).pk

    def test_recoit_un_avis_de_l_echelle(self, chef):
        candidature = candidature_entendue(accueil__domaine__campagne__regles__ne_se_prononce_pas=False)
        with pytest.raises(Refus, match="n’existe pas"):
            self.ajouter(candidature, chef, avis=Avis.NE_SE_PRONONCE_PAS)


class TestAnnonce:
    def test_un_seul_courriel_par_matin_et_par_etablissement(self, chef):
        premiere = candidature_rendue()
        origine, campagne = premiere.eleve.etablissement, Campagne.objects.get()
        for _ in range(2):
            candidature_rendue(eleve__etablissement=origine, accueil__domaine__campagne=campagne)
        courriel = Courriel.objects.get(nature="compte-rendu")
        assert courriel.destinataire == origine.messagerie
        assert courriel.prochain_essai_le == datetime(2027, 3, 13, 7, 0, tzinfo=PARIS)
        assert premiere.eleve.nom not in courriel.texte + courriel.html
        candidature_rendue(
            eleve__etablissement=origine, accueil__domaine__campagne=campagne, le=datetime(2027, 3, 15, tzinfo=PARIS)
        )
        assert Courriel.objects.filter(nature="compte-rendu").count() == 2

    def test_attend_l_ouverture_de_la_visualisation(self, chef):
        candidature = candidature_entendue()
        sous_embargo(candidature)
        ajoutee = ajouter_une_formation(
            candidature=candidature,
            formation=FormationFactory(domaine=candidature.domaine),
            avis=Avis.RESERVE,
            par=chef,
            le=LENDEMAIN,
        )
        envoyer(candidature, chef)
        disponible = Courriel.objects.get(nature="compte-rendu")
        assert disponible.prochain_essai_le == datetime(2027, 5, 3, 7, 0, tzinfo=PARIS)
        ajout = Courriel.objects.get(cle=f"formation-ajoutee:{ajoutee.pk}")
        assert ajout.prochain_essai_le == datetime(2027, 5, 3, 0, 0, tzinfo=PARIS)

    def test_se_passe_d_un_etablissement_sans_messagerie(self, chef):
        candidature = candidature_entendue(eleve__etablissement__messagerie="")
        assert envoyer(candidature, chef).est_transmis
        assert not Courriel.objects.exists()


def test_une_presence_corrigee_avant_transmission_ferme_le_compte_rendu(chef):
    candidature = candidature_entendue()
    Entretien.objects.filter(candidature=candidature).update(etat=EtatEntretien.ABSENT)
    with pytest.raises(Refus, match="ne s’est pas présenté"):
        envoyer(candidature, chef)
