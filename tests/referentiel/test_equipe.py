"""L'équipe, ses délégations, les coordonnées de l'établissement (R36 à R39, écran C4)."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidatures.models import Classe
from candidatures.services import retirer_et_remplacer
from comptes.models import Trace
from referentiel.models import Campagne, Rattachement
from referentiel.permissions import Cote, Place, Role, peut_exporter, peut_gerer_l_etablissement
from referentiel.rules.refus import Refus
from referentiel.services.coordonnees import Coordonnees, modifier_les_coordonnees
from referentiel.services.equipe import DELEGATIONS, modifier_les_droits, retirer_de_l_equipe
from tests.factories.gestion import Maison
from tests.factories.pilotage import MAINTENANT
from tests.factories.referentiel import RattachementFactory


@pytest.fixture
def maison(db, monkeypatch) -> Maison:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    return Maison()


def deleguer(maison, place, *, cote=Cote.ORIGINE, delegue=True):
    droits = dict.fromkeys(DELEGATIONS[cote][:1], delegue)
    return modifier_les_droits(place=place, cote=cote, droits=droits, par=maison.chef.personne, le=maison.le)


def retirer(maison, place, *, remplacant=None, cote=Cote.ORIGINE):
    return retirer_et_remplacer(
        place=place,
        cote=cote,
        campagne=maison.campagne,
        remplacant=remplacant,
        par=maison.chef.personne,
        le=maison.le,
    )


class TestPermissions:
    @pytest.mark.parametrize(
        ("champs", "gere", "exporte"),
        [
            ({}, True, True),
            ({"role": Role.GESTIONNAIRE}, False, True),
            ({"role": Role.OBSERVATEUR, "lecture_seule": True}, False, False),
            ({"role": Role.SAIO, "etablissement": None}, False, False),
        ],
    )
    def test_qui_gere_et_qui_exporte(self, maison, champs, gere, exporte):
        base = Place(Role.CHEF, "", maison.college, maison.college.academie, "", True, False, True, True)
        place = replace(base, **champs)
        assert (peut_gerer_l_etablissement(place), peut_exporter(place)) == (gere, exporte)


class TestDroits:
    @pytest.mark.parametrize(
        ("cote", "droit"), [(Cote.ORIGINE, "saisit_les_avis"), (Cote.ACCUEIL, "valide_les_comptes_rendus")]
    )
    def test_la_delegation_est_celle_du_cote_et_se_consigne(self, maison, cote, droit):
        place = RattachementFactory(gestionnaire=True, etablissement=maison.college, origine=True, accueil=True)
        deleguer(maison, place, cote=cote)
        place.refresh_from_db()
        autres = {"saisit_les_avis", "valide_les_comptes_rendus", "tient_l_offre"} - {droit}
        assert getattr(place, droit) is True
        assert not any(getattr(place, autre) for autre in autres)
        trace = Trace.objects.de(maison.college).get()
        assert (trace.avant[droit], trace.apres[droit]) == (False, True)
        assert "au nom du chef d’établissement" in trace.phrase

    def test_reprendre_un_droit_se_consigne_aussi(self, maison):
        deleguer(maison, maison.secretaire)
        deleguer(maison, maison.secretaire, delegue=False)
        deleguer(maison, maison.secretaire, delegue=False)
        phrases = list(Trace.objects.de(maison.college).values_list("phrase", flat=True))
        assert len(phrases) == 2
        assert "ne saisit plus" in phrases[0]

    def test_un_chef_a_deja_tout(self, maison):
        with pytest.raises(Refus, match="déjà tous les droits"):
            deleguer(maison, maison.chef)

    def test_qui_n_est_pas_de_ce_cote_n_a_pas_de_droit_a_recevoir(self, maison):
        with pytest.raises(Refus, match="plus de l’équipe"):
            deleguer(maison, maison.secretaire, cote=Cote.ACCUEIL)


class TestRetrait:
    def test_la_place_disparait_et_l_histoire_la_nomme(self, maison):
        retirer(maison, maison.secretaire)
        assert not Rattachement.objects.filter(pk=maison.secretaire.pk).exists()
        assert "n’est plus de l’équipe" in Trace.objects.de(maison.college).get().phrase

    def test_retirer_deux_fois_ne_fait_rien_de_plus(self, maison):
        for _ in range(2):
            retirer_de_l_equipe(place=maison.secretaire, cote=Cote.ORIGINE, par=maison.chef.personne, le=maison.le)
        assert Trace.objects.de(maison.college).count() == 1

    def test_le_dernier_chef_reste(self, maison):
        RattachementFactory(etablissement=maison.college, personne__is_active=False)
        RattachementFactory(etablissement=maison.college, origine=False, accueil=True)
        with pytest.raises(Refus, match="au moins une personne qui gère l’équipe"):
            retirer(maison, maison.chef)
        RattachementFactory(etablissement=maison.college)
        retirer(maison, maison.chef)

    def test_qui_a_les_deux_cotes_garde_l_autre_sans_la_delegation(self, maison):
        place = RattachementFactory(gestionnaire=True, etablissement=maison.college, accueil=True, saisit_les_avis=True)
        retirer(maison, place)
        place.refresh_from_db()
        assert (place.origine, place.accueil, place.saisit_les_avis) == (False, True, False)

    def test_ses_eleves_et_sa_classe_passent_au_remplacant(self, maison):
        eleve = maison.eleve(maison.professeure)
        personne = maison.professeure.personne
        classe = Classe.objects.create(
            campagne=maison.campagne,
            etablissement=maison.college,
            nom="3e B",
            professeur_principal=maison.professeure,
            referent_nom=personne.nom_affiche,
            referent_courriel=personne.courriel,
        )
        assert retirer(maison, maison.professeure, remplacant=maison.secretaire) == 1
        eleve.refresh_from_db()
        classe.refresh_from_db()
        assert eleve.referent_courriel == classe.referent_courriel == maison.secretaire.personne.courriel
        assert classe.professeur_principal is None

    def test_sans_remplacant_rien_n_est_ecrit(self, maison):
        maison.eleve(maison.professeure)
        with pytest.raises(Refus, match="Choisissez qui remplace"):
            retirer(maison, maison.professeure)
        assert Rattachement.objects.filter(pk=maison.professeure.pk).exists()

    def test_une_campagne_close_garde_ses_personnes_referentes(self, maison):
        eleve = maison.eleve(maison.professeure)
        Campagne.objects.filter(pk=maison.campagne.pk).update(etat=Campagne.Etat.CLOSE)
        maison.campagne.refresh_from_db()
        retirer(maison, maison.professeure)
        eleve.refresh_from_db()
        assert eleve.referent_courriel == maison.professeure.personne.courriel

    def test_une_personne_retiree_perd_l_acces_a_la_requete_suivante(self, maison, connecter):
        client = connecter(maison.secretaire.personne)
        adresse = reverse("pilotage:eleves", args=[maison.college.segment])
        assert client.get(adresse).status_code == 200
        retirer(maison, maison.secretaire)
        assert client.get(adresse).status_code == 404


class TestPages:
    def url(self, maison, nom, *arguments) -> str:
        return reverse(f"candidatures:{nom}", args=[maison.college.segment, *arguments])

    def test_l_equipe_montre_droits_classes_et_eleves_suivis(self, maison, connecter):
        maison.eleve(maison.professeure)
        maison.eleve(maison.professeure)
        Classe.objects.create(
            campagne=maison.campagne,
            etablissement=maison.college,
            nom="3e B",
            professeur_principal=maison.professeure,
        )
        page = connecter(maison.chef.personne).get(self.url(maison, "equipe_origine")).content.decode()
        assert "3e B – 2 élèves suivis" in page
        assert "Gérer l’équipe" in page
        assert "Inviter une personne" in page
        assert page.count("Modifier les droits") == 2

    def test_un_gestionnaire_lit_l_equipe_sans_action(self, maison, connecter):
        page = connecter(maison.secretaire.personne).get(self.url(maison, "equipe_origine")).content.decode()
        assert "Mme Roche" in page
        assert "adressez-vous à la personne qui gère l’équipe" in page
        assert "Retirer" not in page

    def test_modifier_les_droits(self, maison, connecter):
        adresse = self.url(maison, "droits_origine", maison.secretaire.pk)
        client = connecter(maison.chef.personne)
        assert (
            "Peut saisir les avis et commentaires au nom du chef d’établissement."
            in client.get(adresse).content.decode()
        )
        assert client.post(adresse, {"saisit_les_avis": "on"}).url == self.url(maison, "equipe_origine")
        maison.secretaire.refresh_from_db()
        assert maison.secretaire.saisit_les_avis

    def test_retirer_dit_ce_qui_arrive_et_demande_le_remplacant(self, maison, connecter):
        maison.eleve(maison.professeure)
        client, adresse = connecter(maison.chef.personne), self.url(maison, "retirer_origine", maison.professeure.pk)
        page = client.get(adresse).content.decode()
        assert "perdra l’accès dès maintenant" in page
        assert "personne référente de 1 élève" in page
        assert "Choisissez qui suit ses élèves." in client.post(adresse, {}).content.decode()
        client.post(adresse, {"remplacant": str(maison.secretaire.pk)})
        assert not Rattachement.objects.filter(pk=maison.professeure.pk).exists()

    def test_le_dernier_chef_lit_pourquoi_il_reste(self, maison, connecter):
        adresse = self.url(maison, "retirer_origine", maison.chef.pk)
        page = connecter(maison.chef.personne).post(adresse, {}).content.decode()
        assert "L’établissement doit garder au moins une personne qui gère l’équipe." in page

    @pytest.mark.parametrize("nom", ["droits_origine", "retirer_origine"])
    def test_la_place_d_un_autre_etablissement_n_existe_pas(self, maison, connecter, nom):
        adresse = self.url(maison, nom, maison.scene.autre_origine.pk)
        assert connecter(maison.chef.personne).post(adresse, {"saisit_les_avis": "on"}).status_code == 404

    @pytest.mark.parametrize("nom", ["droits_origine", "retirer_origine"])
    def test_un_gestionnaire_ne_change_ni_droits_ni_equipe(self, maison, connecter, nom):
        adresse = self.url(maison, nom, maison.professeure.pk)
        assert connecter(maison.secretaire.personne).post(adresse, {"saisit_les_avis": "on"}).status_code == 403
        maison.professeure.refresh_from_db()
        assert not maison.professeure.saisit_les_avis

    def test_le_nombre_de_requetes_ne_depend_pas_de_l_equipe(self, maison, connecter):
        client = connecter(maison.chef.personne)

        def compter() -> int:
            with CaptureQueriesContext(connection) as requetes:
                client.get(self.url(maison, "equipe_origine"))
            return len(requetes)

        compter()
        peu = compter()
        RattachementFactory.create_batch(30, gestionnaire=True, etablissement=maison.college)
        assert compter() == peu <= 12

    def test_gerer_mene_au_menu_de_l_etablissement(self, maison, connecter):
        client = connecter(maison.chef.personne)
        classes = self.url(maison, "classes")
        assert f'href="{classes}">Gérer' in client.get(self.url(maison, "equipe_origine")).content.decode()
        page = client.get(classes).content.decode()
        for nom in ("candidatures:equipe_origine", "referentiel:coordonnees_origine", "referentiel:exports_origine"):
            assert f'class="fr-sidemenu__link" href="{reverse(nom, args=[maison.college.segment])}"' in page


class TestCoordonnees:
    def url(self, maison) -> str:
        return reverse("referentiel:coordonnees_origine", args=[maison.college.segment])

    def test_seules_les_valeurs_qui_changent_sont_consignees(self, maison):
        college = maison.college
        coordonnees = Coordonnees("ce.nouvelle@creteil.example", college.telephone, college.chef)
        for _ in range(2):
            modifier_les_coordonnees(
                etablissement=college, coordonnees=coordonnees, par=maison.chef.personne, le=maison.le
            )
        trace = Trace.objects.de(college).get()
        assert trace.avant == {"messagerie": college.messagerie}
        assert trace.apres == {"messagerie": "ce.nouvelle@creteil.example"}

    def test_une_messagerie_qui_n_en_est_pas_une_est_refusee(self, maison):
        with pytest.raises(Refus, match="messagerie fonctionnelle"):
            modifier_les_coordonnees(
                etablissement=maison.college,
                coordonnees=Coordonnees("pas une adresse", "", ""),
                par=maison.chef.personne,
                le=maison.le,
            )

    def test_le_chef_corrige_et_lit_l_historique(self, maison, connecter):
        saisie = {"messagerie": "ce.neuve@creteil.example", "telephone": "01 99 00 00 01", "chef": "Mme Aubry"}
        page = connecter(maison.chef.personne).post(self.url(maison), saisie, follow=True).content.decode()
        maison.college.refresh_from_db()
        assert maison.college.messagerie == "ce.neuve@creteil.example"
        assert "Coordonnées modifiées" in page
        assert "contactez le SAIO" in page

    def test_une_adresse_fausse_reste_a_l_ecran(self, maison, connecter):
        page = connecter(maison.chef.personne).post(self.url(maison), {"messagerie": "ce.neuve@"}).content.decode()
        assert "Cette adresse n’est pas complète" in page
        assert "ce.neuve@" in page

    def test_un_gestionnaire_lit_sans_modifier(self, maison, connecter):
        client = connecter(maison.secretaire.personne)
        assert "Enregistrer les coordonnées" not in client.get(self.url(maison)).content.decode()
        assert client.post(self.url(maison), {"messagerie": "a@b.example"}).status_code == 403

    def test_l_accueil_tient_aussi_ses_portes_ouvertes(self, maison, connecter):
        lycee = maison.scene.lycee
        adresse = reverse("referentiel:coordonnees_accueil", args=[lycee.segment])
        saisie = {"messagerie": lycee.messagerie, "portes_ouvertes": "Samedi 13 mars, de 9 h à 13 h"}
        connecter(maison.scene.chef_accueil.personne).post(adresse, saisie)
        lycee.refresh_from_db()
        assert lycee.portes_ouvertes == "Samedi 13 mars, de 9 h à 13 h"
