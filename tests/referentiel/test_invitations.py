"""Inviter, renvoyer, retirer, répondre : un lien qui expire et ne sert qu'une fois (R36, R38, écrans C4 et S9)."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from comptes.jetons import empreinte_du_jeton
from comptes.models import Personne, Trace
from courriers.models import Courriel
from referentiel.models import Invitation, Rattachement
from referentiel.permissions import Cote
from referentiel.rules import invitations as regles_des_invitations
from referentiel.rules.dates import PARIS
from referentiel.rules.invitations import LigneCollee, dirige, lire_la_liste, pourquoi_pas_une_de_plus
from referentiel.rules.refus import Refus
from referentiel.services.equipe import retirer_de_l_equipe
from referentiel.services.invitations import (
    PlaceProposee,
    accepter_avec_son_compte,
    accepter_en_ouvrant_un_compte,
    inviter,
    renvoyer_une_invitation,
    retirer_une_invitation,
)
from referentiel.tasks import oublier_les_invitations_anciennes
from tests.factories.invitations import lien_de_l_invitation, une_invitation
from tests.factories.referentiel import (
    MOT_DE_PASSE,
    AcademieFactory,
    CampagneFactory,
    EtablissementFactory,
    PersonneFactory,
    RattachementFactory,
)

pytestmark = pytest.mark.django_db
OUVERTURE = {"civilite": "Mme", "prenom": "Nadia", "nom": "Ferrand", "nouveau": "une phrase assez longue"}
OUVERTURE["confirmation"] = OUVERTURE["nouveau"]
ADRESSE = "nadia.ferrand@creteil.example"


@pytest.fixture
def chef():
    CampagneFactory()
    return RattachementFactory()


@pytest.fixture
def saio(connecter):
    CampagneFactory()
    return connecter(RattachementFactory(saio=True).personne)


def page(chef, nom: str, *arguments) -> str:
    return reverse(f"referentiel:{nom}_origine", args=[chef.etablissement.segment, *arguments])


def equipe(chef) -> str:
    return reverse("candidatures:equipe_origine", args=[chef.etablissement.segment])


def echoir(invitation: Invitation) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(expire_le=timezone.now() - timedelta(seconds=1))


class TestInviter:
    def test_le_chef_invite_et_l_equipe_le_montre(self, chef, connecter):
        client = connecter(chef.personne)
        saisie = {"courriel": "Nadia.Ferrand@creteil.example ", "role": "gestionnaire", "fonction": "Secrétaire"}
        reponse = client.post(page(chef, "inviter"), saisie, follow=True).text
        assert f"Invitation envoyée à {ADRESSE}." in reponse
        assert f"Invitation envoyée le {timezone.localdate():%-d}" in reponse
        invitation = Invitation.objects.get()
        courriel = Courriel.objects.get()
        assert courriel.destinataire == ADRESSE
        assert courriel.nature == "invitation"
        assert courriel.uai == chef.etablissement.uai
        assert invitation.expire_le - invitation.envoyee_le == timedelta(days=7)
        assert Trace.objects.de(chef.etablissement).first().apres["personne"] == ADRESSE
        echoir(invitation)
        assert "Invitation expirée le" in client.get(equipe(chef)).text

    def test_la_base_ne_garde_que_l_empreinte_d_un_jeton_de_192_bits(self, chef):
        invitation = une_invitation(chef, le=timezone.now())
        jeton = lien_de_l_invitation(invitation).strip("/").rpartition("/")[2]
        assert len(jeton) == 32
        assert invitation.empreinte == empreinte_du_jeton(jeton)
        assert jeton not in str(list(Invitation.objects.values()))

    def test_une_adresse_qui_a_deja_la_place_est_refusee_d_une_phrase(self, chef, connecter):
        collegue = RattachementFactory(gestionnaire=True, etablissement=chef.etablissement).personne
        saisie = {"courriel": collegue.courriel.upper(), "role": "gestionnaire"}
        reponse = connecter(chef.personne).post(page(chef, "inviter"), saisie).text
        assert f"{collegue.nom_affiche} ({collegue.courriel}) a déjà sa place dans l’équipe." in reponse
        assert not Courriel.objects.exists()

    def test_une_invitation_deja_en_attente_se_renvoie_et_ne_se_double_pas(self, chef):
        une_invitation(chef, le=timezone.now(), courriel=ADRESSE)
        with pytest.raises(Refus, match="attend déjà"):
            une_invitation(chef, le=timezone.now(), courriel=ADRESSE.upper())
        assert Invitation.objects.count() == 1

    def test_un_compte_ferme_ne_s_invite_pas(self, chef):
        fermee = PersonneFactory(is_active=False)
        with pytest.raises(Refus, match="est fermé"):
            une_invitation(chef, le=timezone.now(), courriel=fermee.courriel)

    def test_un_cote_de_plus_ne_change_pas_le_role(self, chef):
        """Le chef d'un côté ne fait pas un chef de l'autre (T3)."""
        gestionnaire = RattachementFactory(gestionnaire=True, etablissement=chef.etablissement, accueil=False)
        place = PlaceProposee("chef", etablissement=chef.etablissement, accueil=True)
        with pytest.raises(Refus, match="Demandez au SAIO"):
            inviter(courriel=gestionnaire.personne.courriel, place=place, par=chef.personne, le=timezone.now())

    def test_un_gestionnaire_et_un_autre_etablissement_n_invitent_pas(self, chef, connecter):
        invitation = une_invitation(chef, le=timezone.now())
        gestionnaire = RattachementFactory(gestionnaire=True, etablissement=chef.etablissement).personne
        for personne, attendu in ((gestionnaire, 403), (RattachementFactory().personne, 404)):
            client = connecter(personne)
            assert client.post(page(chef, "inviter"), {"courriel": ADRESSE}).status_code == attendu
            for geste in ("renvoyer_une_invitation", "retirer_une_invitation"):
                assert client.post(page(chef, geste, invitation.code)).status_code == attendu
        autre = RattachementFactory()
        for geste in ("renvoyer_une_invitation", "retirer_une_invitation"):
            adresse = page(autre, geste, invitation.code)
            assert connecter(autre.personne).post(adresse).status_code == 404
        assert Invitation.objects.get().retiree_le is None

    @pytest.mark.parametrize(
        "adresse", ["pas une adresse", "a@b.example, c@d.example", "a@b.example\r\nBcc: x@y.example"]
    )
    def test_une_adresse_fausse_reste_a_l_ecran(self, chef, connecter, adresse):
        reponse = connecter(chef.personne).post(page(chef, "inviter"), {"courriel": adresse, "role": "gestionnaire"})
        assert "Indiquez une adresse complète" in reponse.text
        assert not Invitation.objects.exists()


class TestRepondre:
    def test_ouvrir_le_lien_ne_change_rien_et_l_envoi_ouvre_le_compte(self, chef):
        invitation = une_invitation(chef, le=timezone.now(), courriel=ADRESSE)
        lien, client = lien_de_l_invitation(invitation), Client()
        for methode in (client.get, client.head, client.get):
            assert methode(lien).status_code == 200
        assert not Personne.objects.filter(courriel=ADRESSE).exists()
        reponse = client.post(lien, OUVERTURE)
        assert reponse.url == "/espaces/"
        personne = Personne.objects.get(courriel=ADRESSE)
        assert personne.check_password(OUVERTURE["nouveau"])
        place = personne.rattachements.get()
        assert (place.etablissement, place.role, place.origine) == (chef.etablissement, "gestionnaire", True)
        assert client.get(equipe(chef)).status_code == 200
        assert "sur l’invitation de" in Trace.objects.de(chef.etablissement).first().phrase

    def test_le_lien_ne_sert_qu_une_fois(self, chef):
        lien = lien_de_l_invitation(une_invitation(chef, le=timezone.now(), courriel=ADRESSE))
        Client().post(lien, OUVERTURE)
        reponse = Client().get(lien)
        assert reponse.status_code == 410
        assert "Cette invitation a déjà servi. Connectez-vous avec votre compte." in reponse.text
        assert Client().post(lien, OUVERTURE).status_code == 410
        assert Rattachement.objects.filter(personne__courriel=ADRESSE).count() == 1

    def test_un_lien_echu_retire_renvoye_ou_invente_dit_quoi_faire(self, chef):
        echue, retiree, renvoyee = (une_invitation(chef, le=timezone.now()) for _ in range(3))
        liens = [lien_de_l_invitation(une) for une in (echue, retiree, renvoyee)]
        echoir(echue)
        retirer_une_invitation(invitation=retiree, par=chef.personne, le=timezone.now())
        renvoyer_une_invitation(invitation=renvoyee, par=chef.personne, le=timezone.now())
        phrases = ["a expiré. Demandez", "a été retirée. Adressez-vous", "Un lien renvoyé remplace le précédent."]
        for lien, phrase in zip([*liens, "/invitation/invente/"], [*phrases, phrases[-1]], strict=True):
            for reponse in (Client().get(lien), Client().post(lien, OUVERTURE)):
                assert phrase in reponse.text
                assert reponse.status_code in {404, 410}
        assert Client().get(lien_de_l_invitation(renvoyee)).status_code == 200
        assert not Personne.objects.filter(nom="Ferrand").exists()

    def test_un_mauvais_mot_de_passe_est_refuse_et_le_nom_reste(self, chef):
        lien = lien_de_l_invitation(une_invitation(chef, le=timezone.now(), courriel=ADRESSE))
        for mot_de_passe, phrase in (("court", "au minimum 12"), ("nadia.ferrand", "trop semblable")):
            saisie = OUVERTURE | {"nouveau": mot_de_passe, "confirmation": mot_de_passe}
            reponse = Client().post(lien, saisie).text
            assert phrase in reponse
            assert 'value="Ferrand"' in reponse
        assert not Personne.objects.filter(courriel=ADRESSE).exists()

    def test_un_compte_existant_rejoint_l_equipe_apres_s_etre_connecte(self, chef):
        personne = PersonneFactory(mot_de_passe=MOT_DE_PASSE)
        lien = lien_de_l_invitation(une_invitation(chef, le=timezone.now(), courriel=personne.courriel))
        client = Client()
        assert f"/connexion/?next={lien}" in client.get(lien).text
        client.post(lien, OUVERTURE)
        assert not personne.rattachements.exists()
        saisie = {"username": personne.courriel, "password": MOT_DE_PASSE, "next": lien}
        assert client.post("/connexion/", saisie).url == lien
        assert "Rejoindre l’équipe" in client.get(lien).text
        assert client.post(lien).url == "/espaces/"
        assert personne.rattachements.get().etablissement == chef.etablissement

    def test_une_autre_personne_connectee_ne_prend_pas_la_place(self, chef, connecter):
        invitee, intrus = PersonneFactory(), PersonneFactory()
        for courriel in (invitee.courriel, ADRESSE):
            lien = lien_de_l_invitation(une_invitation(chef, le=timezone.now(), courriel=courriel))
            client = connecter(intrus)
            assert "déconnectez-vous pour qu’elle y réponde" in client.get(lien).text
            client.post(lien, OUVERTURE)
        assert not intrus.rattachements.exists()
        assert not invitee.rattachements.exists()

    def test_l_invitation_au_saio_ouvre_l_administration(self, settings):
        saio = RattachementFactory(saio=True)
        CampagneFactory()
        place = PlaceProposee("saio", academie=saio.academie)
        invitation = inviter(courriel=ADRESSE, place=place, par=saio.personne, le=timezone.now())
        settings.SECOND_FACTEUR_EXIGE = True
        client = Client()
        client.post(lien_de_l_invitation(invitation), OUVERTURE)
        assert client.get("/academie/").url.startswith("/compte/second-facteur/")
        assert Personne.objects.get(courriel=ADRESSE).is_staff

    def test_le_cote_qui_manque_s_ajoute_a_la_place(self, chef):
        place = RattachementFactory(gestionnaire=True, etablissement=chef.etablissement)
        propose = PlaceProposee("gestionnaire", etablissement=chef.etablissement, accueil=True)
        invitation = inviter(courriel=place.personne.courriel, place=propose, par=chef.personne, le=timezone.now())
        accepter_avec_son_compte(invitation=invitation, personne=place.personne, le=timezone.now())
        place.refresh_from_db()
        assert (place.origine, place.accueil, place.role) == (True, True, "gestionnaire")

    def test_une_invitation_s_oublie_un_an_apres_son_terme(self, chef):
        gardee, oubliee = (une_invitation(chef, le=timezone.now()) for _ in range(2))
        Invitation.objects.filter(pk=oubliee.pk).update(expire_le=timezone.now() - timedelta(days=366))
        for _ in range(2):
            oublier_les_invitations_anciennes()
        assert Invitation.objects.get() == gardee

    def test_a_l_instant_de_l_echeance_il_est_trop_tard(self, chef):
        le = timezone.now()
        invitation = une_invitation(chef, le=le, courriel=ADRESSE)
        saisie = {"civilite": "", "prenom": "N", "nom": "F", "mot_de_passe": MOT_DE_PASSE}
        with pytest.raises(Refus, match="a expiré"):
            accepter_en_ouvrant_un_compte(invitation=invitation, le=invitation.expire_le, **saisie)
        avant = invitation.expire_le - timedelta(microseconds=1)
        assert accepter_en_ouvrant_un_compte(invitation=invitation, le=avant, **saisie).pk


class TestPlafonds:
    """Un compte de chef volé n'arrose personne, et un chef parti n'ouvre plus rien (T3, T6)."""

    def test_une_equipe_a_un_plafond_par_heure_et_par_jour(self):
        le = datetime(2027, 3, 15, 22, 0, tzinfo=PARIS)
        heure = [(le - timedelta(minutes=59 - rang / 2), f"{rang}@a.example") for rang in range(60)]
        assert pourquoi_pas_une_de_plus(heure[1:], "n@a.example", le) is None
        assert pourquoi_pas_une_de_plus(heure, "n@a.example", le) == (
            "Cette équipe a déjà envoyé 60 invitations en une heure, le plus qui se puisse. "
            "Reprenez à 22\u00a0h\u00a001."
        )
        jour = [(le - timedelta(hours=23), f"{rang}@a.example") for rang in range(150)]
        assert "Reprenez à 23\u00a0h\u00a000." in pourquoi_pas_une_de_plus(jour, "n@a.example", le)
        tard = [(instant + timedelta(hours=20), vers) for instant, vers in jour]
        assert "Reprenez demain à 19\u00a0h\u00a000." in pourquoi_pas_une_de_plus(tard, "n@a.example", le)

    def test_le_service_compte_les_envois_et_les_renvois_de_l_equipe(self, chef, connecter, monkeypatch):
        monkeypatch.setattr(regles_des_invitations, "PLAFONDS", ((timedelta(hours=1), 3, "en une heure"),))
        invitation = une_invitation(chef, le=timezone.now())
        une_invitation(RattachementFactory(), le=timezone.now())
        renvoyer_une_invitation(invitation=invitation, par=chef.personne, le=timezone.now())
        retirer_une_invitation(invitation=une_invitation(chef, le=timezone.now()), par=chef.personne, le=timezone.now())
        client = connecter(chef.personne)
        saisie = {"courriel": ADRESSE, "role": "gestionnaire"}
        assert "a déjà envoyé 3 invitations en une heure" in client.post(page(chef, "inviter"), saisie).text
        renvoi = page(chef, "renvoyer_une_invitation", invitation.code)
        assert "a déjà envoyé 3 invitations" in client.post(renvoi, follow=True).text
        assert une_invitation(chef, le=timezone.now() + timedelta(hours=2)).pk

    def test_une_adresse_n_en_recoit_pas_plus_de_cinq_par_jour(self, chef):
        invitation = une_invitation(chef, le=timezone.now(), courriel=ADRESSE)
        for _ in range(4):
            renvoyer_une_invitation(invitation=invitation, par=chef.personne, le=timezone.now())
        with pytest.raises(Refus, match="a déjà reçu 5 invitations"):
            renvoyer_une_invitation(invitation=invitation, par=chef.personne, le=timezone.now())
        assert Courriel.objects.count() == 5

    @pytest.mark.parametrize("depart", ["retire", "gestionnaire", "ferme"])
    def test_le_depart_de_qui_invite_suspend_et_son_successeur_reprend(self, chef, connecter, depart):
        invitation = une_invitation(chef, le=timezone.now(), courriel=ADRESSE)
        lien = lien_de_l_invitation(invitation)
        successeur = RattachementFactory(etablissement=chef.etablissement)
        if depart == "retire":
            retirer_de_l_equipe(place=chef, cote=Cote.ORIGINE, par=successeur.personne, le=timezone.now())
        elif depart == "gestionnaire":
            Rattachement.objects.filter(pk=chef.pk).update(role="gestionnaire")
        else:
            Personne.objects.filter(pk=chef.personne_id).update(is_active=False)
        for reponse in (Client().get(lien), Client().post(lien, OUVERTURE)):
            assert reponse.status_code == 410
            assert "n’est plus de l’équipe" in reponse.text
        assert not Personne.objects.filter(courriel=ADRESSE).exists()
        client = connecter(successeur.personne)
        assert "Invitation suspendue" in client.get(equipe(chef)).text
        client.post(page(chef, "renvoyer_une_invitation", invitation.code))
        assert "Invitation suspendue" not in client.get(equipe(chef)).text
        assert Client().post(lien_de_l_invitation(invitation), OUVERTURE).url == "/espaces/"

    def test_une_invitation_du_saio_vaut_tant_qu_il_l_est(self, chef):
        saio = RattachementFactory(saio=True)
        place = PlaceProposee("chef", etablissement=chef.etablissement, origine=True)
        invitation = inviter(courriel=ADRESSE, place=place, par=saio.personne, le=timezone.now())
        assert invitation.etat(timezone.now()) == "en_attente"
        saio.delete()
        assert Invitation.objects.get().etat(timezone.now()) == "suspendue"


class TestListe:
    def test_les_fonctions_disent_le_role(self):
        assert all(dirige(f) for f in ("Principale adjointe", "proviseur", "Directrice", "Cheffe d’établissement"))
        autres = ("Secrétaire de direction", "gestionnaire", "CPE", "Professeure principale", "")
        assert not any(dirige(f) for f in autres)

    def test_une_ligne_se_lit_d_un_texte_ou_d_un_tableur(self):
        assert lire_la_liste("\nA@b.example ; 0940001X ; CPE\nc@d.example\t0940002Y") == [
            LigneCollee(2, "a@b.example", "0940001X", "CPE"),
            LigneCollee(3, "c@d.example", "0940002Y", ""),
        ]
        erreurs = [ligne.erreur for ligne in lire_la_liste("seul\na;b;c;d")]
        assert erreurs == ["Écrivez\xa0: courriel\xa0; UAI\xa0; fonction."] * 2

    def test_une_erreur_arrete_toute_la_liste(self, saio):
        bon, autre = EtablissementFactory(), EtablissementFactory(academie=AcademieFactory(code="paris", nom="Paris"))
        lignes = f"a@b.example;{bon.uai};CPE\nfaux;{bon.uai};CPE\nc@d.example;{autre.uai};CPE\nA@b.example;{bon.uai}"
        page_ = saio.post("/academie/invitations/liste/", {"liste": lignes, "envoyer": "oui"}).text
        assert "3 lignes à corriger. Aucune invitation n’est partie." in page_
        assert "Cet établissement n’est pas au référentiel de l’académie." in page_
        assert "déjà plus haut dans la liste" in page_
        assert "faux;" in page_
        assert not Invitation.objects.exists()

    def test_une_liste_verifiee_part_toute(self, saio):
        college, lycee = EtablissementFactory(), EtablissementFactory(lycee=True)
        saisie = {"liste": f"p@b.example ; {college.uai} ; Principal\ns@b.example ; {lycee.uai.lower()} ; Secrétariat"}
        assert "Envoyer les 2 invitations" in saio.post("/academie/invitations/liste/", saisie).text
        assert not Invitation.objects.exists()
        suite = saio.post("/academie/invitations/liste/", saisie | {"envoyer": "oui"}, follow=True).text
        assert "2 invitations envoyées." in suite
        invitations = {i.courriel: (i.role, i.origine, i.accueil) for i in Invitation.objects.all()}
        assert invitations == {
            "p@b.example": ("chef", True, False),
            "s@b.example": ("gestionnaire", False, True),
        }
        assert Courriel.objects.count() == 2

    @pytest.mark.parametrize("liste", ["", ";;;", "\x00", "x" * 50_000, "=1+1;=2;=3\n" * 400], ids=range(5))
    def test_une_liste_hostile_recoit_une_phrase(self, saio, liste):
        reponse = saio.post("/academie/invitations/liste/", {"liste": liste, "envoyer": "oui"})
        assert reponse.status_code in {200, 400}
        assert not Invitation.objects.exists()


class TestUtilisateurs:
    def test_la_recherche_trouve_par_nom_courriel_etablissement_et_code(self, saio):
        place = RattachementFactory(personne__nom="Quenard", etablissement__nom="Collège Évariste-Galois")
        RattachementFactory(personne__nom="Autrement")
        for texte in ("quenard", place.personne.courriel, "evariste", place.etablissement.uai.lower(), "quen galois"):
            resultat = saio.get("/academie/utilisateurs/", {"q": texte}).text
            assert "Quenard" in resultat, texte
            assert "Autrement" not in resultat, texte

    def test_une_personne_d_ailleurs_n_existe_pas(self, saio):
        ailleurs = RattachementFactory(etablissement__academie=AcademieFactory(code="paris", nom="Paris")).personne
        assert ailleurs.nom not in saio.get("/academie/utilisateurs/").text
        for suite in ("", "second-facteur/"):
            assert saio.get(f"/academie/utilisateurs/{ailleurs.pk}/{suite}").status_code == 404
        assert saio.post(f"/academie/utilisateurs/{ailleurs.pk}/lien/").status_code == 404

    def test_qui_a_aussi_une_place_ailleurs_se_lit_sans_se_depanner(self, saio):
        place = RattachementFactory()
        paris = AcademieFactory(code="paris", nom="Paris")
        RattachementFactory(personne=place.personne, etablissement__academie=paris, etablissement__nom="Collège caché")
        resultat = saio.get(f"/academie/utilisateurs/{place.personne.pk}/").text
        assert "administration générale" in resultat
        assert "Collège caché" not in resultat
        assert saio.post(f"/academie/utilisateurs/{place.personne.pk}/lien/").status_code == 403
        assert saio.post(f"/academie/utilisateurs/{place.personne.pk}/second-facteur/").status_code == 403

    def test_le_lien_part_a_la_personne_et_a_elle_seule(self, saio):
        personne = RattachementFactory().personne
        suite = saio.post(f"/academie/utilisateurs/{personne.pk}/lien/", follow=True).text
        assert f"Un lien est envoyé à {personne.courriel}." in suite
        courriel = Courriel.objects.get()
        assert courriel.destinataire == personne.courriel
        lien = courriel.texte.split("/mot-de-passe/")[1].split()[0]
        assert lien not in suite

    def test_un_second_facteur_perdu_se_reinitialise_avec_un_motif(self, saio):
        personne = RattachementFactory(saio=True, personne__second_facteur_le=timezone.now()).personne
        adresse = f"/academie/utilisateurs/{personne.pk}/second-facteur/"
        assert "Écrivez le motif." in saio.post(adresse, {}).text
        saio.post(adresse, {"motif": "Téléphone perdu"})
        personne.refresh_from_db()
        assert personne.second_facteur_le is None
        assert Trace.objects.de(personne).first().apres == {"motif": "Téléphone perdu"}
        assert Courriel.objects.get().destinataire == personne.courriel

    def test_les_requetes_ne_suivent_pas_le_nombre_de_lignes(self, saio, django_assert_max_num_queries):
        chef = RattachementFactory()
        RattachementFactory.create_batch(30, gestionnaire=True)
        for _ in range(20):
            une_invitation(chef, le=timezone.now())
        for adresse in ("/academie/utilisateurs/", "/academie/invitations/"):
            saio.get(adresse)
            with django_assert_max_num_queries(12):
                saio.get(adresse)
