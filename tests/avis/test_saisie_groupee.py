"""Un geste pour plusieurs élèves, d'un seul acte, qui s'annule pendant dix minutes (écran A13)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from avis.models import AvisAccueil, CompteRendu, Fiche, SaisieGroupee, SuiteAffelnet
from avis.services import (
    ajouter_une_formation,
    annuler_la_saisie_groupee,
    enregistrer_des_absences,
    enregistrer_le_brouillon,
    ne_pas_se_prononcer,
    transmettre,
)
from avis.versions import versions_de
from avis.views import groupe
from candidatures.rules import Etat
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from entretiens.services import saisir_les_presences
from referentiel.rules.jeu import Avis
from referentiel.rules.refus import Refus
from tests.factories.avis import JEUDI, LENDEMAIN, avis_pour, candidature_entendue, entretien_pour
from tests.factories.candidatures import CandidatureFactory
from tests.factories.referentiel import AccueilFactory, EtablissementFactory, FormationFactory, RattachementFactory

pytestmark = pytest.mark.django_db
COMMUN = "La visite de l’atelier a été annulée : un nouvel échange est proposé à la journée portes ouvertes."
DEUX_MINUTES = LENDEMAIN + timedelta(minutes=2)


@pytest.fixture(autouse=True)
def lendemain(monkeypatch):
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: LENDEMAIN)


@pytest.fixture
def accueil():
    return AccueilFactory()


@pytest.fixture
def chef(accueil):
    return RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne


@pytest.fixture
def college():
    return EtablissementFactory()


@pytest.fixture
def acte(accueil, chef):
    """Arguments communs des services."""
    return {"etablissement": accueil.etablissement, "campagne": accueil.domaine.campagne, "par": chef, "le": LENDEMAIN}


def convoquee(accueil, rang=0, etat=Etat.CONVOQUEE, **champs):
    candidature = CandidatureFactory(accueil=accueil, etat=etat, **champs)
    entretien_pour(candidature, debut=JEUDI + timedelta(hours=rang), etat=EtatEntretien.PREVU)
    return candidature


def entretiens(*candidatures):
    return list(Entretien.objects.filter(candidature__in=candidatures))


def etats(*candidatures):
    return list(
        Entretien.objects.filter(candidature__in=candidatures)
        .order_by("candidature")
        .values_list("etat", "candidature__etat")
    )


class TestAbsences:
    def test_s_enregistrent_d_un_coup_et_s_annulent_avec_leurs_courriels(self, accueil, chef, acte):
        venues = [
            convoquee(accueil),
            convoquee(accueil, 1, Etat.PLANIFIEE),
            candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(hours=2)),
        ]
        avant = etats(*venues)
        saisie = enregistrer_des_absences(entretiens=entretiens(*venues), **acte)
        assert etats(*venues) == [("absent", "absente")] * 3
        assert set(Courriel.objects.values_list("etat", "prochain_essai_le")) == {
            (EtatCourriel.A_ENVOYER, LENDEMAIN + timedelta(minutes=10))
        }
        annulee = annuler_la_saisie_groupee(saisie=saisie, par=chef, le=DEUX_MINUTES)
        assert etats(*venues) == avant
        assert set(Courriel.objects.values_list("etat", flat=True)) == {EtatCourriel.RAPPELE}
        assert (annulee.annulee_par, annulee.annulee_le) == (chef, DEUX_MINUTES)
        annuler_la_saisie_groupee(saisie=saisie, par=chef, le=DEUX_MINUTES)
        assert etats(*venues) == avant

    def test_tout_ou_rien(self, accueil, acte):
        venue, absente = convoquee(accueil), convoquee(accueil, 1)
        enregistrer_des_absences(entretiens=entretiens(absente), **acte)
        with pytest.raises(Refus, match="déjà enregistrée"):
            enregistrer_des_absences(entretiens=entretiens(venue, absente), **acte)
        assert etats(venue) == [("prevu", "convoquee")]
        with pytest.raises(Refus, match="au moins un élève"):
            enregistrer_des_absences(entretiens=[], **acte)

    def test_ne_s_annulent_ni_apres_dix_minutes_ni_un_courriel_parti(self, accueil, chef, acte):
        venue = convoquee(accueil)
        saisie = enregistrer_des_absences(entretiens=entretiens(venue), **acte)
        with pytest.raises(Refus, match="le délai est passé"):
            annuler_la_saisie_groupee(saisie=saisie, par=chef, le=LENDEMAIN + timedelta(minutes=10))
        Courriel.objects.update(etat=EtatCourriel.ENVOYE, envoye_le=DEUX_MINUTES)
        with pytest.raises(Refus, match="déjà parti"):
            annuler_la_saisie_groupee(saisie=saisie, par=chef, le=DEUX_MINUTES)
        assert etats(venue) == [("absent", "absente")]

    def test_ne_s_annulent_pas_si_un_dossier_a_change(self, accueil, chef, acte):
        venue, autre = convoquee(accueil), convoquee(accueil, 1)
        saisie = enregistrer_des_absences(entretiens=entretiens(venue, autre), **acte)
        autre.demandes_de_creneau.create(motif="absence", par=chef, demandee_le=DEUX_MINUTES)
        with pytest.raises(Refus, match="a changé depuis"):
            annuler_la_saisie_groupee(saisie=saisie, par=chef, le=DEUX_MINUTES)
        assert etats(venue, autre) == [("absent", "absente")] * 2


class TestNeSePrononcePas:
    def transmettre(self, acte, *candidatures, versions=None, **champs):
        arguments = acte | {"candidatures": candidatures, "texte": COMMUN, "versions": versions or {}}
        return ne_pas_se_prononcer(**arguments | champs)

    def test_transmet_le_texte_commun_et_l_annulation_rend_les_brouillons(self, accueil, chef, college, acte):
        vide = candidature_entendue(accueil=accueil, eleve__etablissement=college)
        commencee = candidature_entendue(
            accueil=accueil, eleve__etablissement=college, formations=2, debut=JEUDI + timedelta(hours=1)
        )
        (premiere, _) = avis_pour(commencee)
        enregistrer_le_brouillon(
            candidature=commencee, texte="Un début", avis={premiere: Avis.RESERVE}, version=0, par=chef, le=LENDEMAIN
        )
        saisie = self.transmettre(acte, vide, commencee, versions={commencee.pk: 1})
        assert set(CompteRendu.objects.values_list("texte", "etat")) == {(COMMUN, "transmis")}
        assert set(AvisAccueil.objects.values_list("valeur", flat=True)) == {Avis.NE_SE_PRONONCE_PAS}
        assert AvisAccueil.objects.count() == 3
        annuler_la_saisie_groupee(saisie=saisie, par=chef, le=DEUX_MINUTES)
        assert etats(vide, commencee) == [("tenu", "realisee")] * 2
        rendu = CompteRendu.objects.get()
        assert (rendu.candidature, rendu.texte, rendu.etat) == (commencee, "Un début", "brouillon")
        assert (rendu.transmis_par, rendu.transmis_le, rendu.redige_par) == (None, None, chef)
        assert list(rendu.avis.values_list("formation_demandee", "valeur")) == [(premiere, "reserve")]
        assert [version.phrase for version in versions_de(rendu)] == ["Transmission annulée", "Compte-rendu transmis"]
        assert Courriel.objects.get().etat == EtatCourriel.RAPPELE

    def test_l_annonce_d_un_autre_compte_rendu_du_meme_matin_reste(self, accueil, chef, college, acte):
        ailleurs = candidature_entendue(accueil=accueil, eleve__etablissement=college)
        transmettre(candidature=ailleurs, texte="Seul", avis=avis_pour(ailleurs), version=0, par=chef, le=LENDEMAIN)
        candidature = candidature_entendue(
            accueil=accueil, eleve__etablissement=college, debut=JEUDI + timedelta(hours=1)
        )
        saisie = self.transmettre(acte, candidature)
        annuler_la_saisie_groupee(saisie=saisie, par=chef, le=DEUX_MINUTES)
        assert Courriel.objects.get().etat == EtatCourriel.A_ENVOYER

    def test_une_annonce_rappelee_repart_quand_le_fait_se_reproduit(self, accueil, chef, acte):
        candidature = candidature_entendue(accueil=accueil)
        ajoutee = ajouter_une_formation(
            candidature=candidature,
            formation=FormationFactory(domaine=accueil.domaine),
            avis=Avis.FAVORABLE,
            par=chef,
            le=LENDEMAIN,
        )
        saisie = self.transmettre(acte, candidature)
        ajout = Courriel.objects.get(cle=f"formation-ajoutee:{ajoutee.pk}")
        assert ajout.prochain_essai_le == LENDEMAIN + timedelta(minutes=10)
        annuler_la_saisie_groupee(saisie=saisie, par=chef, le=DEUX_MINUTES)
        assert set(Courriel.objects.values_list("etat", flat=True)) == {EtatCourriel.RAPPELE}
        actuel = CompteRendu.objects.get()
        transmettre(
            candidature=candidature,
            texte="Le vrai",
            avis=avis_pour(candidature),
            version=actuel.version,
            par=chef,
            le=DEUX_MINUTES,
        )
        assert set(Courriel.objects.values_list("etat", flat=True)) == {EtatCourriel.A_ENVOYER}

    def test_un_brouillon_change_depuis_l_affichage_arrete_tout(self, accueil, chef, acte):
        libre = candidature_entendue(accueil=accueil)
        prise = candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(hours=1))
        enregistrer_le_brouillon(candidature=prise, texte="Le sien", avis={}, version=0, par=chef, le=LENDEMAIN)
        with pytest.raises(Refus, match=r"a modifié ce compte-rendu.*Relisez sa version"):
            self.transmettre(acte, libre, prise)
        assert CompteRendu.objects.get().texte == "Le sien"
        assert not SaisieGroupee.objects.exists()

    @pytest.mark.parametrize("depuis", ["corrige", "fiche", "suite"])
    def test_ne_s_annule_pas_si_quelque_chose_a_suivi(self, accueil, chef, acte, depuis):
        candidature = candidature_entendue(accueil=accueil)
        saisie = self.transmettre(acte, candidature)
        if depuis == "fiche":
            Fiche.objects.create(eleve=candidature.eleve, empreinte="a" * 64, remise_le=DEUX_MINUTES)
        elif depuis == "suite":
            demande = candidature.formations_demandees.get()
            SuiteAffelnet.objects.create(formation_demandee=demande, confirmee_le=DEUX_MINUTES)
        else:
            CompteRendu.objects.update(version=2)
        with pytest.raises(Refus, match="se corrige à part"):
            annuler_la_saisie_groupee(saisie=saisie, par=chef, le=DEUX_MINUTES)
        assert CompteRendu.objects.get().est_transmis


class TestEcran:
    def url(self, accueil):
        return reverse("avis:groupe", args=[accueil.etablissement.segment])

    def lu(self, reponse):
        return " ".join(reponse.content.decode().replace("\u00a0", " ").split())

    def test_les_absences_se_confirment_puis_s_annulent(self, accueil, chef, connecter):
        venues = [convoquee(accueil), convoquee(accueil, 1)]
        client = connecter(chef)
        liste = reverse("avis:comptes_rendus", args=[accueil.etablissement.segment])
        envoi = {"action": "absences", "codes": [venue.code for venue in venues]}
        confirmation = self.lu(client.post(self.url(accueil), envoi))
        assert "2 absences seront enregistrées. Aucun avis ne sera rendu." in confirmation
        assert all(venue.eleve.nom_affiche in confirmation for venue in venues)
        assert etats(*venues) == [("prevu", "convoquee")] * 2
        fait = self.lu(client.post(self.url(accueil), envoi | {"confirme": "1"}, follow=True))
        assert "2 absences enregistrées" in fait
        assert "Annuler cette saisie" in fait
        code = SaisieGroupee.objects.get().code
        annuler = reverse("avis:annuler_la_saisie_groupee", args=[accueil.etablissement.segment, code])
        assert "saisie annulée" in self.lu(client.post(annuler, follow=True))
        assert etats(*venues) == [("prevu", "convoquee")] * 2
        assert "Annuler cette saisie" not in self.lu(client.get(liste))

    def test_une_presence_notee_depuis_n_est_pas_ecrasee(self, accueil, chef, connecter):
        venue = convoquee(accueil)
        client = connecter(chef)
        envoi = {"action": "absences", "codes": [venue.code]}
        vu = client.post(self.url(accueil), envoi).context["formulaire"][f"vu_{venue.code}"].value()
        saisir_les_presences(presences=dict.fromkeys(entretiens(venue), EtatEntretien.TENU), par=chef, le=LENDEMAIN)
        page = self.lu(client.post(self.url(accueil), envoi | {"confirme": "1", f"vu_{venue.code}": vu}))
        assert "a noté « Présence »" in page
        assert etats(venue) == [("tenu", "realisee")]

    def test_un_brouillon_sans_texte_s_annonce_avant_d_etre_remplace(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        enregistrer_le_brouillon(
            candidature=candidature, texte="", avis=avis_pour(candidature), version=0, par=chef, le=LENDEMAIN
        )
        envoi = {"action": "sans_avis", "codes": [candidature.code]}
        page = self.lu(connecter(chef).post(self.url(accueil), envoi))
        assert f"remplace un brouillon déjà commencé pour {candidature.eleve.nom_affiche}" in page

    def test_un_texte_commun_est_obligatoire_et_la_presence_aussi(self, accueil, chef, connecter):
        tenue, sans_presence = candidature_entendue(accueil=accueil), convoquee(accueil, 1)
        client = connecter(chef)
        envoi = {"action": "sans_avis", "codes": [tenue.code, sans_presence.code], "confirme": "1", "texte": " "}
        page = self.lu(client.post(self.url(accueil), envoi))
        assert "Rédigez le compte-rendu commun." in page
        assert f"rien ne change pour {sans_presence.eleve.nom_affiche}" in page
        client.post(self.url(accueil), envoi | {"texte": COMMUN})
        assert CompteRendu.objects.get().candidature == tenue

    def test_une_selection_vide_ou_d_ailleurs_se_dit(self, accueil, chef, connecter):
        ailleurs = convoquee(AccueilFactory(domaine__campagne=accueil.domaine.campagne))
        client = connecter(chef)
        for codes in ([], [ailleurs.code]):
            reponse = client.post(self.url(accueil), {"action": "absences", "codes": codes}, follow=True)
            assert "Aucun élève sélectionné." in self.lu(reponse)
        assert "Choisissez une action" in self.lu(client.post(self.url(accueil), {"codes": ["x"]}, follow=True))

    def test_une_selection_plus_longue_que_ce_qui_se_confirme_est_refusee(self, accueil, chef, connecter, monkeypatch):
        monkeypatch.setattr(groupe, "ELEVES_AU_PLUS", 1)
        codes = [convoquee(accueil, rang).code for rang in range(2)]
        client = connecter(chef)
        envoi = {"action": "absences", "codes": codes, "confirme": "1"}
        page = self.lu(client.post(self.url(accueil), envoi, follow=True))
        assert "Choisissez 1 élèves au plus à la fois. Rien n’est enregistré." in page
        assert not SaisieGroupee.objects.exists()

    def test_une_confirmation_tient_dans_ce_que_django_accepte(self, settings):
        assert groupe.ELEVES_AU_PLUS * 2 + 10 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS

    def test_ne_se_prononce_pas_se_propose_a_qui_transmet(self, accueil, chef, connecter):
        candidature_entendue(accueil=accueil)
        liste = reverse("avis:comptes_rendus", args=[accueil.etablissement.segment])
        secretaire = RattachementFactory(
            a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement
        ).personne
        assert "Ne se prononce pas" not in self.lu(connecter(secretaire).get(liste))
        assert "Ne se prononce pas" in self.lu(connecter(chef).get(liste))

    def test_ne_se_prononce_pas_n_existe_pas_ou_la_campagne_l_ecarte(self, connecter):
        accueil = AccueilFactory(domaine__campagne__regles__ne_se_prononce_pas=False)
        candidature = candidature_entendue(accueil=accueil)
        client = connecter(RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne)
        liste = reverse("avis:comptes_rendus", args=[accueil.etablissement.segment])
        assert "Ne se prononce pas" not in self.lu(client.get(liste))
        envoi = {"action": "sans_avis", "codes": [candidature.code], "confirme": "1", "texte": COMMUN}
        client.post(self.url(accueil), envoi)
        assert not CompteRendu.objects.exists()
