"""Les fiches à l'écran : liste, page, document, remise, suite dans Affelnet, vérification (O14, O15, R32, R33)."""

import io
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from avis.lectures import fiche_de
from avis.models import Fiche, SuiteAffelnet
from avis.services import (
    ajouter_une_formation,
    confirmer_le_choix,
    corriger,
    enregistrer_le_brouillon,
    noter_le_voeu,
    transmettre,
)
from candidatures.models import FormationDemandee
from referentiel.models import Campagne, JeuDeRegles, Periode
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Affichage, Avis, Publication
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.avis import (
    JEUDI,
    LENDEMAIN,
    TEXTE,
    avis_pour,
    candidature_entendue,
    candidature_rendue,
)
from tests.factories.candidatures import EleveFactory
from tests.factories.referentiel import CampagneFactory, FormationFactory, PersonneFactory, RattachementFactory

pytestmark = pytest.mark.django_db

MARDI = datetime(2027, 3, 16, 10, 0, tzinfo=PARIS)
EN_MAI = datetime(2027, 5, 4, 12, 0, tzinfo=PARIS)


@pytest.fixture
def a_l_instant(monkeypatch):
    def _regler(le):
        monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: le)

    _regler(MARDI)
    return _regler


@pytest.fixture(autouse=True)
def mardi(a_l_instant):
    """Chaque page est demandée le mardi qui suit."""


@pytest.fixture
def campagne():
    return CampagneFactory()


@pytest.fixture
def chef(campagne):
    return RattachementFactory()


@pytest.fixture
def eleve(campagne, chef):
    return EleveFactory(campagne=campagne, etablissement=chef.etablissement, nom="Diallo", ine="120890177FA")


def rendre(eleve, **champs):
    return candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne, **champs)


def liste(eleve, **parametres):
    return reverse("avis:fiches", args=[eleve.etablissement.segment], query=parametres)


def adresse(eleve, nom="avis:fiche"):
    return reverse(nom, args=[eleve.etablissement.segment, eleve.code])


def texte_de(reponse) -> str:
    return " ".join(reponse.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").split())


def document(reponse) -> str:
    pages = PdfReader(io.BytesIO(reponse.content)).pages
    return " ".join("\n".join(p.extract_text() for p in pages).replace("\u00a0", " ").split())


class TestListe:
    def test_compte_les_domaines_rendus(self, eleve, chef, connecter):
        rendre(eleve)
        candidature_entendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne, debut=JEUDI + timedelta(hours=1))
        texte = texte_de(connecter(chef.personne).get(liste(eleve)))
        assert "DIALLO Yanis" in texte
        assert "1 sur 2" in texte
        assert "À remettre" in texte
        assert "ven. 12 mars" in texte

    def test_tait_les_eleves_sans_compte_rendu_et_ceux_des_autres(self, eleve, chef, connecter):
        rendre(eleve)
        attend = EleveFactory(campagne=eleve.campagne, etablissement=eleve.etablissement, nom="Attend")
        candidature_entendue(eleve=attend, accueil__domaine__campagne=eleve.campagne)
        rendre(EleveFactory(campagne=eleve.campagne, nom="Ailleurs"))
        texte = texte_de(connecter(chef.personne).get(liste(eleve)))
        assert "ATTEND" not in texte
        assert "AILLEURS" not in texte

    def test_suit_la_remise_et_ce_qui_arrive_apres(self, eleve, chef, connecter, a_l_instant):
        candidature = rendre(eleve)
        client = connecter(chef.personne)
        client.post(liste(eleve), {"action": "remettre", "eleve": [eleve.code]})
        assert "Remise le mar. 16 mars" in texte_de(client.get(liste(eleve, etat="remise")))
        corriger(
            candidature=candidature,
            texte="Corrigé.",
            avis={},
            version=1,
            par=PersonneFactory(),
            le=MARDI + timedelta(days=1),
        )
        assert "DIALLO" not in texte_de(client.get(liste(eleve, etat="remise")))
        assert "Nouveau compte-rendu depuis la remise" in texte_de(client.get(liste(eleve, etat="nouveau")))

    def test_se_filtre_par_classe_et_par_nom(self, eleve, chef, connecter):
        rendre(eleve)
        autre = EleveFactory(campagne=eleve.campagne, etablissement=eleve.etablissement, nom="Lefèvre", classe="3e A")
        rendre(autre)
        client = connecter(chef.personne)
        assert "LEFÈVRE" not in texte_de(client.get(liste(eleve, classe="3e B")))
        recherche = texte_de(client.get(liste(eleve, q="lefevre")))
        assert "LEFÈVRE" in recherche
        assert "DIALLO" not in recherche

    def test_une_selection_vide_le_dit(self, eleve, chef, connecter):
        rendre(eleve)
        client = connecter(chef.personne)
        assert "Sélectionnez au moins un élève" in texte_de(
            client.post(liste(eleve), {"action": "remettre"}, follow=True)
        )
        assert "choisissez une action" in texte_de(client.post(liste(eleve), {"eleve": eleve.code}, follow=True))

    def test_se_lit_en_autant_de_requetes_pour_trente_que_pour_un(self, eleve, chef, connecter):
        rendre(eleve)
        client = connecter(chef.personne)
        client.get(liste(eleve))
        nombres = []
        for combien in (0, 29):
            for autre in EleveFactory.create_batch(combien, campagne=eleve.campagne, etablissement=eleve.etablissement):
                rendre(autre)
            with CaptureQueriesContext(connection) as requetes:
                assert client.get(liste(eleve)).status_code == 200
            nombres.append(len(requetes))
        assert nombres[0] == nombres[1] <= 12


class TestPage:
    def test_dit_la_meme_chose_que_le_document(self, eleve, chef, connecter):
        rendre(eleve)
        client = connecter(chef.personne)
        a_l_ecran = texte_de(client.get(adresse(eleve)))
        imprime = document(client.get(adresse(eleve, "avis:fiche_pdf")))
        for attendu in (
            TEXTE,
            "Stage réussi, vrai projet.",
            "Entretien du jeudi 11 mars 2027.",
            "rédigé le 12 mars 2027",
            "Comment lire les avis ?",
            "Passpro ne donne aucune bonification",
        ):
            assert attendu in a_l_ecran
            assert attendu in imprime

    def test_tait_l_ine_et_la_naissance(self, eleve, chef, connecter):
        rendre(eleve)
        contenu = texte_de(connecter(chef.personne).get(adresse(eleve)))
        assert "120890177FA" not in contenu
        assert "2012" not in contenu

    def test_se_marque_comme_remise(self, eleve, chef, connecter):
        rendre(eleve)
        client = connecter(chef.personne)
        reponse = client.post(adresse(eleve, "avis:remettre_la_fiche"), follow=True)
        assert "1 fiche marquée comme remise" in texte_de(reponse)
        assert "a été remise le mardi 16 mars" in texte_de(reponse)

    def test_mene_a_l_eleve_suivant(self, eleve, chef, connecter):
        rendre(eleve)
        suivant = EleveFactory(campagne=eleve.campagne, etablissement=eleve.etablissement, nom="Autre", classe="3e C")
        rendre(suivant)
        assert adresse(suivant) in texte_de(connecter(chef.personne).get(adresse(eleve)))

    def test_n_existe_pas_pour_les_autres(self, eleve, connecter):
        candidature = rendre(eleve)
        accueil = RattachementFactory(a_l_accueil=True, etablissement=candidature.accueil.etablissement)
        for personne in (RattachementFactory().personne, accueil.personne):
            client = connecter(personne)
            for nom in ("avis:fiche", "avis:fiche_pdf"):
                assert client.get(adresse(eleve, nom)).status_code == 404
            assert client.post(adresse(eleve, "avis:remettre_la_fiche")).status_code == 404
            assert client.get(liste(eleve)).status_code == 404

    def test_un_eleve_sans_candidature_a_une_page_sans_document(self, eleve, chef, connecter):
        client = connecter(chef.personne)
        assert "Aucun compte-rendu pour le moment" in texte_de(client.get(adresse(eleve)))
        assert client.get(adresse(eleve, "avis:fiche_pdf")).url == adresse(eleve)

    def test_le_document_ne_reste_dans_aucun_cache(self, eleve, chef, connecter):
        rendre(eleve)
        reponse = connecter(chef.personne).get(adresse(eleve, "avis:fiche_pdf"))
        assert reponse["Content-Type"] == "application/pdf"
        assert "no-store" in reponse["Cache-Control"]
        assert 'filename="passpro-fiche-3eB-DIALLO-Y-2027-03-16.pdf"' in reponse["Content-Disposition"]


class TestEmbargo:
    """T19 : rien d'un avis non visible dans une page, une liste, un nombre, une recherche, un document."""

    @pytest.fixture(params=["brouillon", "sous embargo"])
    def secret(self, request, eleve):
        candidature = candidature_entendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        par = PersonneFactory()
        ajouter_une_formation(
            candidature=candidature,
            formation=FormationFactory(domaine=candidature.domaine, libelle="Formation secrète"),
            avis=Avis.RESERVE,
            par=par,
            le=LENDEMAIN,
        )
        saisie = {
            "candidature": candidature,
            "texte": "Texte secret",
            "avis": avis_pour(candidature, Avis.RESERVE),
            "version": 0,
            "par": par,
            "le": LENDEMAIN,
        }
        if request.param == "brouillon":
            enregistrer_le_brouillon(**saisie)
        else:
            JeuDeRegles.objects.update(publication=Publication.VISUALISATION)
            Periode.objects.filter(nature=Nature.VISUALISATION).update(debut=date(2027, 5, 3))
            transmettre(**saisie)
        return candidature

    def test_rien_ne_se_lit(self, secret, eleve, chef, connecter):
        client = connecter(chef.personne)
        for url in (adresse(eleve), liste(eleve), liste(eleve, q="diallo"), liste(eleve, etat="a-remettre")):
            texte = texte_de(client.get(url))
            for cache in ("secret", "secrète", "1 sur 1", "fr-badge--yellow-moutarde", "1 fiche"):
                assert cache not in texte, (url, cache)
        imprime = document(client.get(adresse(eleve, "avis:fiche_pdf")))
        assert "secr" not in imprime
        assert "Version provisoire" in imprime

    def test_ni_remise_ni_suite_ne_passent(self, secret, eleve, chef, connecter):
        client = connecter(chef.personne)
        texte = texte_de(client.post(liste(eleve), {"action": "remettre", "eleve": eleve.code}, follow=True))
        assert "Sélectionnez au moins un élève" in texte
        assert not Fiche.objects.exists()

    def test_la_formation_ajoutee_se_tait_aussi_cote_candidatures(self, secret, eleve):
        campagne = Campagne.objects.avec_regles().get()
        publiees = campagne.montre_les_avis_d_accueil(MARDI)
        montrees = FormationDemandee.objects.filter(candidature=secret).montrees(publiees=publiees)
        assert [demande.ajoutee_a_l_entretien for demande in montrees] == [False]


class TestAffelnet:
    @pytest.fixture
    def demande(self, eleve):
        JeuDeRegles.objects.update(affichage=Affichage.AVEC_BONUS)
        return rendre(eleve).formations_demandees.get()

    def test_confirme_puis_note_le_voeu(self, demande):
        chef = PersonneFactory()
        confirmer_le_choix(formation_demandee=demande, par=chef, le=EN_MAI)
        suite = noter_le_voeu(formation_demandee=demande, par=chef, le=EN_MAI)
        assert (suite.confirmee_le, suite.voeu_saisi_le) == (EN_MAI, EN_MAI)

    def test_le_voeu_attend_la_confirmation_et_la_retient(self, demande):
        chef = PersonneFactory()
        with pytest.raises(Refus, match="Notez d’abord la confirmation"):
            noter_le_voeu(formation_demandee=demande, par=chef, le=EN_MAI)
        confirmer_le_choix(formation_demandee=demande, par=chef, le=EN_MAI)
        noter_le_voeu(formation_demandee=demande, par=chef, le=EN_MAI)
        with pytest.raises(Refus, match="retirez d’abord"):
            confirmer_le_choix(formation_demandee=demande, par=chef, le=EN_MAI, confirme=False)
        noter_le_voeu(formation_demandee=demande, par=chef, le=EN_MAI, saisi=False)
        assert confirmer_le_choix(formation_demandee=demande, par=chef, le=EN_MAI, confirme=False).confirmee_le is None

    def test_s_arrete_a_la_date_des_voeux(self, demande):
        trop_tard = datetime(2027, 5, 26, tzinfo=PARIS)
        with pytest.raises(PeriodeClose, match="mardi 25"):
            confirmer_le_choix(formation_demandee=demande, par=PersonneFactory(), le=trop_tard)

    def test_demande_un_bonus_et_un_avis_connu(self, demande, eleve):
        inconnue = candidature_entendue(
            eleve=eleve, accueil__domaine__campagne=eleve.campagne, debut=JEUDI + timedelta(hours=1)
        ).formations_demandees.get()
        with pytest.raises(Refus, match="pas encore connu"):
            confirmer_le_choix(formation_demandee=inconnue, par=PersonneFactory(), le=EN_MAI)
        JeuDeRegles.objects.update(affichage=Affichage.INDICATIF)
        with pytest.raises(Refus, match="aucun bonus"):
            confirmer_le_choix(formation_demandee=demande, par=PersonneFactory(), le=EN_MAI)

    def test_se_coche_sur_la_fiche(self, demande, eleve, chef, connecter, a_l_instant):
        a_l_instant(EN_MAI)
        client = connecter(chef.personne)
        assert "Suite donnée dans Affelnet-Lycée" in texte_de(client.get(adresse(eleve)))
        suites = adresse(eleve, "avis:suites_affelnet")
        ligne = {"ligne": demande.code, f"vu-{demande.code}": "00"}
        cases = {f"confirme-{demande.code}": "on", f"voeu-{demande.code}": "on"}
        assert "2 changements enregistrés" in texte_de(client.post(suites, ligne | cases, follow=True))
        assert SuiteAffelnet.objects.get().voeu_saisi_le == EN_MAI
        client.post(suites, ligne | {f"vu-{demande.code}": "11"})
        assert SuiteAffelnet.objects.get().confirmee_le is None

    def test_ne_se_montre_pas_sans_bonus(self, demande, eleve, chef, connecter):
        JeuDeRegles.objects.update(affichage=Affichage.INDICATIF)
        assert "Suite donnée" not in texte_de(connecter(chef.personne).get(adresse(eleve)))

    def test_demande_le_droit_de_saisir_les_avis(self, demande, eleve, connecter, a_l_instant):
        a_l_instant(EN_MAI)
        simple = RattachementFactory(gestionnaire=True, etablissement=eleve.etablissement).personne
        client = connecter(simple)
        assert client.post(adresse(eleve, "avis:suites_affelnet"), {}).status_code == 403
        assert "Enregistrer la suite donnée" not in texte_de(client.get(adresse(eleve)))


class TestVerification:
    def code(self, eleve) -> str:
        return fiche_de(Campagne.objects.avec_regles().get(), eleve, LENDEMAIN).code

    def verifier(self, code):
        return Client().get(reverse("avis:verification", args=[code]))

    def test_reconnait_la_version_en_vigueur_puis_l_ancienne(self, eleve):
        candidature = rendre(eleve)
        code = self.code(eleve)
        assert "cette fiche est la version à jour" in texte_de(self.verifier(code))
        corriger(candidature=candidature, texte="Corrigé.", avis={}, version=1, par=PersonneFactory(), le=LENDEMAIN)
        assert "n’est plus à jour" in texte_de(self.verifier(code))
        assert "cette fiche est la version à jour" in texte_de(self.verifier(self.code(eleve).upper()))

    def test_ne_montre_rien_de_l_eleve(self, eleve):
        candidature = rendre(eleve)
        texte = texte_de(self.verifier(self.code(eleve)))
        for cache in ("Diallo", "DIALLO", "Yanis", "3e B", TEXTE, eleve.etablissement.nom, candidature.domaine.nom):
            assert cache not in texte

    def test_un_code_inconnu_est_introuvable(self, eleve):
        rendre(eleve)
        for code in ("k7f3m2qd", "k7f3m2qd-h4x9w-p2c6m", f"{self.code(eleve)[:-1]}~"[:-1] + "z2"):
            reponse = self.verifier(code)
            assert reponse.status_code == 404
            assert "ce code n’est celui d’aucune fiche" in texte_de(reponse)

    def test_les_trois_reponses_ont_le_meme_poids(self, eleve):
        """Ni la longueur de la page ni son temps ne disent de qui est la fiche (T2)."""
        candidature = rendre(eleve)
        avant = self.code(eleve)
        corriger(candidature=candidature, texte="Corrigé.", avis={}, version=1, par=PersonneFactory(), le=LENDEMAIN)
        codes = (self.code(eleve), avant, "k7f3m2qd-h4x9w-p2c6m")
        poids = [len(self.verifier(code).content) for code in codes]
        assert max(poids) - min(poids) < 100

    def test_un_code_sans_notre_sceau_n_interroge_pas_les_dossiers(self, eleve):
        with CaptureQueriesContext(connection) as requetes:
            self.verifier(f"{eleve.code}-h4x9w-p2c6m")
        assert not [requete for requete in requetes if "candidatures_eleve" in requete["sql"]]

    def test_la_fiche_d_un_eleve_efface_n_est_plus_gardee(self, eleve):
        seul = EleveFactory(campagne=eleve.campagne)
        code = self.code(seul)
        seul.delete()
        reponse = self.verifier(code)
        assert reponse.status_code == 200
        assert reponse.context["verdict"] == "anonymisee"

    def test_un_code_informe_ne_fait_rien_tomber(self):
        assert Client().get("/fiche/a%00b/").status_code == 400


@pytest.mark.parametrize("parametres", [{"classe": "3e Z"}, {"etat": "inconnu"}, {"page": "zéro"}])
def test_un_filtre_informe_ne_fait_rien_tomber(eleve, chef, connecter, parametres):
    rendre(eleve)
    client = connecter(chef.personne)
    assert client.get(liste(eleve, **parametres)).status_code == 200
    assert client.post(liste(eleve), {"action": "remettre", "eleve": "inconnu"}).status_code == 302


@pytest.mark.parametrize("parametres", [{"q": "a\x00b"}, {"classe": "a\x00"}, {"etat": "\x00"}])
def test_un_caractere_nul_est_une_requete_mal_formee(eleve, chef, connecter, parametres):
    client = connecter(chef.personne)
    assert client.get(liste(eleve, **parametres)).status_code == 400
    assert client.post(liste(eleve), {"action": "remettre", "eleve": "a\x00"}).status_code == 400
