"""Demander l'accès, et y répondre (R38, R39, écrans C1, C4 et S9)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from comptes.models import Personne, Trace
from courriers.models import Courriel
from referentiel.models import DemandeDAcces, Rattachement
from referentiel.permissions import Cote
from referentiel.rules.identifiants import lettre_de_controle
from referentiel.rules.noms import chez
from referentiel.rules.refus import Refus
from referentiel.services.acces import accepter_la_demande, oublier_les_demandes_d_acces, refuser_la_demande
from tests.factories.acces import DemandeDAccesFactory
from tests.factories.guichets import ENTETES, SECRET, portail
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.referentiel import AcademieFactory, EtablissementFactory, PersonneFactory, RattachementFactory
from tests.mandataire import DU_SECRET

ATTENTE = "/connexion/acces/"
LISTE = "/academie/acces-demandes/"
UAI_INCONNU = f"0990001{lettre_de_controle('0990001')}"
Role = Rattachement.Role


@pytest.fixture
def scene(db, monkeypatch) -> Scene:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    return Scene()


@pytest.fixture
def reconnue(scene, settings) -> Client:
    """Une personne que le portail nomme, et que Passpro ne connaît pas."""
    settings.ARENA = portail()
    client = Client()
    assert entrer(client, rne=scene.college.uai).url == ATTENTE
    return client


def entrer(client, **entetes):
    return client.get("/connexion/arena/", headers={DU_SECRET: SECRET} | ENTETES | entetes)


def demander(client, choix, **champs):
    return client.post(ATTENTE, {"etablissement": choix, "fonction": "Secrétaire"} | champs, follow=True)


def courriels() -> list[tuple[str, str]]:
    return list(Courriel.objects.filter(nature="demande d’accès").values_list("destinataire", "sujet").order_by("pk"))


class TestDemander:
    def test_la_demande_va_a_qui_gere_l_equipe(self, scene, reconnue):
        reponse = demander(reconnue, scene.college.uai, message="Je remplace Mme Roche.")
        page = reponse.content.decode()
        assert "Votre demande est envoyée. Vous recevrez la réponse à claire.petit@ac-creteil.example." in page
        demande = DemandeDAcces.objects.get()
        assert (demande.etablissement, demande.fonction, demande.message) == (
            scene.college,
            "Secrétaire",
            "Je remplace Mme Roche.",
        )
        assert courriels() == [(scene.chef_origine.personne.courriel, "Passpro : 1 demande d’accès à traiter")]
        texte = Courriel.objects.get(nature="demande d’accès").texte
        assert f"/origine/{scene.college.segment}/equipe/demandes/{demande.code}/" in texte
        assert "Petit" not in texte

    def test_sans_chef_elle_va_au_saio(self, scene, reconnue):
        scene.college.academie.contact_courriel = "saio@creteil.example"
        scene.college.academie.save()
        Personne.objects.filter(pk=scene.chef_origine.personne_id).update(is_active=False)
        demander(reconnue, scene.college.uai)
        assert [destinataire for destinataire, _ in courriels()] == ["saio@creteil.example"]
        assert LISTE in Courriel.objects.get(nature="demande d’accès").texte

    def test_demander_deux_fois_ne_fait_rien_de_plus_et_repond_de_meme(self, scene, reconnue):
        premiere = demander(reconnue, scene.college.uai).content.decode()
        seconde = demander(reconnue, scene.college.uai).content.decode()
        assert (DemandeDAcces.objects.count(), len(courriels())) == (1, 1)
        assert "Votre demande est envoyée" in premiere
        assert "Votre demande est envoyée" in seconde

    def test_la_page_ne_dit_rien_de_l_equipe_ni_des_autres(self, scene, reconnue):
        autre = DemandeDAccesFactory(etablissement=scene.college)
        page = demander(reconnue, scene.college.uai).content.decode()
        for cache in (scene.chef_origine.personne.courriel, scene.chef_origine.personne.nom, autre.nom, autre.courriel):
            assert cache not in page

    def test_un_autre_etablissement_se_donne_par_son_code(self, scene, reconnue):
        demander(reconnue, "autre", uai=scene.lycee.uai.lower())
        assert DemandeDAcces.objects.get().etablissement == scene.lycee

    @pytest.mark.parametrize(
        ("saisie", "phrase"),
        [
            ({"etablissement": "autre", "uai": UAI_INCONNU}, "Passpro ne connaît pas cet établissement"),
            ({"etablissement": "autre", "uai": "094"}, "Un code UAI compte 7 chiffres et une lettre"),
            ({"etablissement": "autre", "uai": ""}, "Un code UAI compte 7 chiffres et une lettre"),
            ({"etablissement": "0940000Z"}, "Choisissez un établissement de la liste."),
            ({"etablissement": ""}, "Choisissez un établissement."),
        ],
        ids=repr,
    )
    def test_un_etablissement_que_rien_ne_designe_se_dit_et_rien_n_est_perdu(self, scene, reconnue, saisie, phrase):
        reponse = reconnue.post(ATTENTE, {"fonction": "Secrétaire du proviseur", "message": "Merci."} | saisie)
        page = reponse.content.decode()
        assert phrase in page
        assert "Secrétaire du proviseur" in page
        assert not DemandeDAcces.objects.exists()

    def test_au_dela_de_cinq_demandes_par_quart_d_heure_il_faut_attendre(self, scene, reconnue):
        for _ in range(5):
            demander(reconnue, scene.college.uai)
        reponse = demander(reconnue, "autre", uai=scene.lycee.uai)
        assert "Trop de demandes" in reponse.content.decode()
        assert DemandeDAcces.objects.count() == 1

    def test_sans_identite_prouvee_la_page_ramene_a_la_connexion(self, client, db):
        assert client.get(ATTENTE).url == "/connexion/"
        assert client.post(ATTENTE, {"uai": "0940001A"}).url == "/connexion/"

    def test_l_identite_demandee_est_celle_du_guichet_quoi_qu_on_envoie(self, scene, reconnue):
        faux = {"courriel": "pirate@pirate.example", "sujet": "pirate", "nom": "Pirate", "etat": "acceptee"}
        demander(reconnue, scene.college.uai, **faux)
        demande = DemandeDAcces.objects.get()
        assert (demande.courriel, demande.sujet, demande.nom, demande.etat) == (
            "claire.petit@ac-creteil.example",
            "cpetit",
            "Petit",
            DemandeDAcces.Etat.EN_ATTENTE,
        )


class TestRepondre:
    def page(self, scene, demande, cote="origine"):
        return reverse(f"referentiel:demande_d_acces_{cote}", args=[demande.etablissement.segment, demande.code])

    def test_le_chef_voit_la_demande_dans_l_equipe_l_accepte_et_la_personne_entre(self, scene, reconnue, connecter):
        demander(reconnue, scene.college.uai)
        demande = DemandeDAcces.objects.get()
        chef = connecter(scene.chef_origine.personne)
        equipe = reverse("candidatures:equipe_origine", args=[scene.college.segment])
        assert self.page(scene, demande) in chef.get(equipe).content.decode()
        reponse = chef.post(self.page(scene, demande), {"geste": "accepter"}, follow=True)
        assert "L’accès de Claire Petit est ouvert." in reponse.content.decode()
        place = Rattachement.objects.get(personne__courriel="claire.petit@ac-creteil.example")
        assert (place.role, place.origine, place.accueil, place.fonction, place.guichet) == (
            Role.GESTIONNAIRE,
            True,
            False,
            "Secrétaire",
            "",
        )
        assert (demande.courriel, f"Passpro : votre accès {chez(scene.college.nom)}") in courriels()
        assert entrer(reconnue).url == "/espaces/"
        assert reconnue.get("/espaces/").url == f"/origine/{scene.college.segment}/"
        trace = Trace.objects.de(scene.college)[0]
        assert (trace.auteur, trace.apres["role"]) == (scene.chef_origine.personne, "gestionnaire")

    def test_un_chef_n_ouvre_qu_une_place_de_gestionnaire_de_son_cote(self, scene, connecter):
        demande = DemandeDAccesFactory(etablissement=scene.lycee)
        envoi = {"geste": "accepter", "role": "chef", "cotes": ["origine", "accueil"], "academie": "1"}
        connecter(scene.chef_accueil.personne).post(self.page(scene, demande, "accueil"), envoi)
        place = Rattachement.objects.get(personne__courriel=demande.courriel)
        assert (place.role, place.origine, place.accueil) == (Role.GESTIONNAIRE, False, True)

    def test_un_refus_se_motive_et_la_personne_le_lit(self, scene, reconnue, connecter):
        demander(reconnue, scene.college.uai)
        demande = DemandeDAcces.objects.get()
        chef = connecter(scene.chef_origine.personne)
        sans = chef.post(self.page(scene, demande), {"geste": "refuser", "motif": " "})
        assert "Écrivez la raison du refus." in sans.content.decode()
        assert "<title>Erreur" in sans.content.decode()
        chef.post(self.page(scene, demande), {"geste": "refuser", "motif": "Vous êtes au collège voisin."})
        assert "Vous êtes au collège voisin." in Courriel.objects.get(destinataire=demande.courriel).texte
        equipe = chef.get(reverse("candidatures:equipe_origine", args=[scene.college.segment])).content.decode()
        assert "Demande d’accès de Claire Petit refusée." in equipe
        page = reconnue.get(ATTENTE).content.decode()
        assert "Vous êtes au collège voisin." in page
        assert not Personne.objects.filter(courriel=demande.courriel).exists()

    def test_le_saio_lit_toutes_celles_de_son_academie_et_donne_role_et_cotes(self, scene, connecter):
        demande = DemandeDAccesFactory(etablissement=EtablissementFactory(lycee=True))
        ailleurs = DemandeDAccesFactory(
            etablissement=EtablissementFactory(academie=AcademieFactory(code="paris", nom="Paris"))
        )
        saio = connecter(scene.saio.personne)
        page = saio.get(LISTE).content.decode()
        assert demande.courriel in page
        assert ailleurs.courriel not in page
        adresse = reverse("referentiel:demande_d_acces", args=[demande.code])
        assert saio.get(adresse).context["accepter"].initial == {"role": Role.CHEF, "cotes": ["accueil"]}
        saio.post(adresse, {"geste": "accepter", "role": "chef", "cotes": ["origine", "accueil"]})
        place = Rattachement.objects.get(personne__courriel=demande.courriel)
        assert (place.role, place.origine, place.accueil) == (Role.CHEF, True, True)
        assert saio.get(reverse("referentiel:demande_d_acces", args=[ailleurs.code])).status_code == 404

    @pytest.mark.parametrize("envoi", [{"role": "saio", "cotes": ["origine"]}, {"role": "chef"}, {}], ids=repr)
    def test_le_saio_n_ouvre_pas_une_place_qui_n_existe_pas(self, scene, connecter, envoi):
        demande = DemandeDAccesFactory(etablissement=scene.college)
        adresse = reverse("referentiel:demande_d_acces", args=[demande.code])
        reponse = connecter(scene.saio.personne).post(adresse, {"geste": "accepter"} | envoi)
        assert reponse.status_code == 200
        assert not Personne.objects.filter(courriel=demande.courriel).exists()

    def test_la_demande_d_un_autre_etablissement_n_existe_pas(self, scene, connecter):
        demande = DemandeDAccesFactory(etablissement=scene.lycee)
        chef = connecter(scene.chef_origine.personne)
        ici = reverse("referentiel:demande_d_acces_origine", args=[scene.college.segment, demande.code])
        for adresse in (ici, self.page(scene, demande, "accueil")):
            assert chef.get(adresse).status_code == 404
            assert chef.post(adresse, {"geste": "accepter"}).status_code == 404
        assert not Personne.objects.filter(courriel=demande.courriel).exists()

    def test_deux_reponses_la_seconde_apprend_que_c_est_fait(self, scene, connecter):
        demande = DemandeDAccesFactory(etablissement=scene.college)
        refuser_la_demande(demande=demande, motif="Non.", par=scene.saio.personne, le=MAINTENANT)
        with pytest.raises(Refus, match="déjà traitée"):
            accepter_la_demande(
                demande=demande, role=Role.GESTIONNAIRE, cotes=[Cote.ORIGINE], par=scene.saio.personne, le=MAINTENANT
            )
        assert connecter(scene.chef_origine.personne).get(self.page(scene, demande)).status_code == 404

    def test_un_compte_ferme_ne_se_rouvre_pas_par_une_demande(self, scene):
        ferme = PersonneFactory(is_active=False)
        demande = DemandeDAccesFactory(etablissement=scene.college, courriel=ferme.courriel)
        with pytest.raises(Refus, match="rouvrez-le"):
            accepter_la_demande(
                demande=demande, role=Role.GESTIONNAIRE, cotes=[Cote.ORIGINE], par=scene.saio.personne, le=MAINTENANT
            )
        demande.refresh_from_db()
        assert demande.etat == DemandeDAcces.Etat.EN_ATTENTE

    def test_qui_a_deja_une_place_recoit_le_cote_qui_lui_manque(self, scene):
        deja = RattachementFactory(etablissement=scene.college)
        demande = DemandeDAccesFactory(etablissement=scene.college, courriel=deja.personne.courriel)
        accepter_la_demande(
            demande=demande, role=Role.GESTIONNAIRE, cotes=[Cote.ACCUEIL], par=scene.saio.personne, le=MAINTENANT
        )
        deja.refresh_from_db()
        assert (deja.role, deja.origine, deja.accueil) == (Role.CHEF, True, True)

    def test_les_demandes_vues_ne_changent_pas_avec_une_de_plus(self, scene, connecter):
        saio = connecter(scene.saio.personne)
        comptes = []
        for nombre in (1, 29):
            for _ in range(nombre):
                DemandeDAccesFactory(etablissement__academie=scene.campagne.academie)
            with CaptureQueriesContext(
                connection,
            ) as requetes:
                saio.get(LISTE)
            comptes.append(len(requetes))
        assert comptes[0] == comptes[1] <= 12


def test_une_demande_ne_se_garde_pas_plus_qu_il_ne_faut(scene):
    decidee, oubliee = DemandeDAccesFactory(), DemandeDAccesFactory(demandee_le=MAINTENANT - timedelta(days=364))
    refuser_la_demande(demande=decidee, motif="Non.", par=scene.saio.personne, le=MAINTENANT)
    for jours, restantes in ((0, 2), (1, 1), (89, 1), (90, 0)):
        oublier_les_demandes_d_acces(le=MAINTENANT + timedelta(days=jours))
        assert DemandeDAcces.objects.filter(pk__in=(decidee.pk, oubliee.pk)).count() == restantes
