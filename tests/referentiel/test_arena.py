"""La porte d'ARENA : rien n'ouvre une session, sauf le mandataire déclaré, avec son secret (R38, T4)."""

import logging
from http.cookies import SimpleCookie

import pytest
from django.conf import settings as reglages
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from comptes.federation.reglages import ReglagesDesPlaces
from comptes.federation.session import second_facteur_fait
from comptes.models import Personne, Session
from comptes.sessions import DEBUT
from referentiel.models import Rattachement
from tests.atelier import serveurs_ouverts
from tests.factories.guichets import DELEGATION, ENTETES, SECRET, portail
from tests.factories.referentiel import (
    MOT_DE_PASSE,
    AcademieFactory,
    CampagneFactory,
    EtablissementFactory,
    PersonneFactory,
    RattachementFactory,
)
from tests.mandataire import DU_SECRET, LOCALE, demander, portail_ouvert

PORTE = "/connexion/arena/"
ATTENTE = "/connexion/acces/"
# Une autre adresse de cette machine : celle d'un voisin qui n'est pas le mandataire.
VOISINE = "127.0.0.2"
AUTRE_SECRET = "un-second-secret-de-trente-deux-signes-et-plus"


@pytest.fixture
def arena(settings):
    """Déclare le portail, avec les réglages que le test demande."""

    def _declarer(**champs):
        settings.ARENA = portail(**champs)
        return settings.ARENA

    _declarer()
    return _declarer


@pytest.fixture
def college(db):
    CampagneFactory()
    return EtablissementFactory()


@pytest.fixture
def dirige(college):
    """Les en-têtes du chef de ce collège."""
    return ENTETES | {"FrEduRneResp": f"{college.uai}$UAJ$PU$N$T3$CLG$340", "FrEduFonctAdm": "DIR"}


def entrer(client, entetes, *, secret=SECRET, pair="127.0.0.1", chemin=PORTE, **envoi):
    poses = {DU_SECRET: secret} if secret is not None else {}
    return client.get(chemin, headers=poses | entetes, REMOTE_ADDR=pair, **envoi)


def deleguer(etablissement, *, application="passpro", debut="01/01/2020", fin="31/12/9999") -> str:
    texte = DELEGATION.replace("passpro|", f"{application}|", 1).replace("0940001A", etablissement.uai)
    return texte.replace("01/09/2026", debut).replace("31/08/2027", fin)


def connectee(client) -> bool:
    return client.get("/compte/").status_code == 200


class TestPorte:
    def test_le_chef_entre_et_trouve_son_etablissement(self, client, arena, college, dirige):
        reponse = entrer(client, dirige)
        assert reponse.url == "/espaces/"
        assert client.get(reponse.url).url == f"/origine/{college.segment}/"
        page = client.get("/compte/").content.decode()
        assert "Ces informations viennent d’ARENA." in page
        equipe = client.get(f"/origine/{college.segment}/equipe/").content.decode()
        assert "Se retire dans ARENA" in equipe
        assert "Inviter une personne" in equipe

    def test_sans_portail_declare_la_porte_n_existe_pas(self, client, dirige):
        assert entrer(client, dirige).status_code == 404

    @pytest.mark.parametrize(
        ("pair", "secret"),
        [
            ("192.0.2.1", SECRET),
            ("", SECRET),
            ("127.0.0.1, 192.0.2.1", SECRET),
            ("127.0.0.1", None),
            ("127.0.0.1", ""),
            ("127.0.0.1", SECRET[:-1]),
            ("127.0.0.1", f"{SECRET},{SECRET}"),
            ("127.0.0.1", SECRET.upper()),
        ],
        ids=repr,
    )
    def test_ni_une_autre_adresse_ni_un_autre_secret(self, client, arena, dirige, pair, secret, caplog):
        reponse = entrer(client, dirige, pair=pair, secret=secret)
        page = reponse.content.decode()
        assert reponse.status_code == 403
        assert "Connexion refusée" in page
        assert "secret" not in page
        assert "mandataire" not in page
        assert not connectee(client)
        assert not Personne.objects.exists()

    @pytest.mark.parametrize(
        "entete", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "Remote-Addr"]
    )
    def test_aucun_en_tete_ne_tient_lieu_d_adresse(self, client, arena, dirige, entete):
        assert entrer(client, dirige | {entete: "127.0.0.1"}, pair="192.0.2.1").status_code == 403

    @pytest.mark.parametrize("secret", [SECRET, AUTRE_SECRET])
    def test_deux_secrets_valent_le_temps_d_en_changer(self, client, arena, dirige, secret):
        arena(secrets=(AUTRE_SECRET, SECRET))
        assert entrer(client, dirige, secret=secret).status_code == 302
        assert connectee(client)

    @pytest.mark.parametrize("chemin", ["/", "/connexion/", "/espaces/", "/compte/", "/connexion/oidc/", ATTENTE])
    def test_les_en_tetes_ne_valent_a_aucune_autre_adresse(self, client, arena, dirige, chemin):
        entrer(client, dirige, chemin=chemin)
        assert not connectee(client)
        assert not Personne.objects.exists()

    @pytest.mark.parametrize("methode", ["post", "head", "put", "options"])
    def test_la_porte_ne_s_ouvre_que_par_une_lecture(self, client, arena, dirige, methode):
        poses = dirige | {DU_SECRET: SECRET}
        assert getattr(client, methode)(PORTE, headers=poses).status_code == 405
        assert not connectee(client)

    @pytest.mark.parametrize(
        "entetes",
        [
            {"ct-remote-user": "cpetit,pirate"},
            {"ct-remote-user": "pirate,cpetit"},
            {"ctemail": "claire.petit@ac-creteil.example,saio@ac-creteil.example"},
            {"FrEduFonctAdm": "ADM,DIR"},
            {"ctremoteuser": "pirate"},
            {"ct-remoteuser": "pirate"},
            {"Fr-Edu-Rne-Resp": "0940001A$UAJ"},
            {"ct-remote-user": "X"},
            {"ctemail": "X"},
        ],
        ids=repr,
    )
    def test_un_en_tete_double_vide_ou_mal_orthographie_n_ouvre_rien(self, client, arena, dirige, entetes):
        assert entrer(client, dirige | entetes).status_code == 403
        assert not connectee(client)

    def test_le_journal_dit_pourquoi_sans_rien_de_personnel(self, client, arena, dirige, caplog):
        with caplog.at_level(logging.WARNING):
            entrer(client, dirige, pair="192.0.2.1")
            entrer(client, dirige, secret="faux-secret")
            entrer(client, dirige | {"ctemail": "Claire.Petit"})
        journal = "\n".join(caplog.messages)
        assert "ne vient pas du mandataire déclaré" in journal
        assert "le secret du mandataire" in journal
        for personnel in ("petit", "cpetit", "192.0.2.1", "faux-secret", SECRET):
            assert personnel not in journal.lower()

    def test_une_session_deja_ouverte_change_de_personne_et_de_cle(self, client, connecter, arena, college, dirige):
        autre = connecter(RattachementFactory().personne)
        avant = autre.session.session_key
        entrer(autre, dirige)
        assert autre.session.session_key != avant
        assert not Session.objects.filter(session_key=avant).exists()
        assert "claire.petit@ac-creteil.example" in autre.get("/compte/").content.decode()

    def test_une_session_anonyme_posee_d_avance_ne_sert_pas(self, arena, college, dirige):
        """Fixer la session : le témoin donné par un autre change à la connexion (T5)."""
        client = Client()
        entrer(client, ENTETES | {"ct-remote-user": "inconnue", "ctemail": "inconnue@ac-creteil.example"})
        posee = client.cookies[reglages.SESSION_COOKIE_NAME].value
        entrer(client, dirige)
        assert client.cookies[reglages.SESSION_COOKIE_NAME].value != posee
        assert not Session.objects.filter(session_key=posee).exists()

    @pytest.mark.parametrize(
        ("suite", "suivie"), [("/compte/", True), ("https://pirate.example/", False), ("//pirate.example/", False)]
    )
    def test_la_suite_n_est_suivie_que_sur_ce_site(self, client, arena, dirige, suite, suivie):
        assert entrer(client, dirige, chemin=f"{PORTE}?next={suite}").url == (suite if suivie else "/espaces/")

    @pytest.mark.parametrize("fait", [True, False])
    def test_le_second_facteur_du_portail_ne_vaut_que_si_le_reglage_le_dit(self, client, arena, dirige, fait, rf):
        arena(second_facteur=fait)
        entrer(client, dirige)
        requete = rf.get("/")
        requete.session = client.session
        assert second_facteur_fait(requete) is fait


class TestSaio:
    """Un groupe d'annuaire ouvre le SAIO, qui prouve encore son second facteur."""

    @pytest.fixture
    def saio(self, college, settings):
        settings.SECOND_FACTEUR_EXIGE = True
        return ENTETES | {"ctgrps": "AUTRE,PASSPRO-SAIO"}

    def test_sans_second_facteur_rien_ne_s_ouvre(self, client, arena, saio):
        entrer(client, saio)
        assert client.get("/academie/").url.startswith("/compte/second-facteur/")
        assert client.get("/admin/").url.startswith("/compte/second-facteur/")

    def test_celui_du_portail_suffit_si_le_reglage_le_dit(self, client, arena, saio):
        arena(second_facteur=True)
        entrer(client, saio)
        assert client.get("/academie/").status_code == 200
        assert client.get("/admin/").status_code == 200

    def test_entrer_par_le_portail_ne_vaut_pas_preuve_et_le_second_facteur_en_tient_lieu(self, client, arena, saio):
        arena(second_facteur=True)
        entrer(client, saio)
        grave = "/academie/journal.xlsx"
        page = client.get(grave, follow=True).content.decode()
        assert "qui ne sait pas vous redemander de vous identifier" in page
        assert 'href="/compte/second-facteur/?next=/academie/journal.xlsx"' in page
        session = client.session
        session[DEBUT] -= 3600
        session.save()
        page = client.get(grave, follow=True).content.decode()
        assert "rouvrez Passpro depuis le portail" in page
        assert "/compte/second-facteur/" not in page
        assert client.get("/compte/second-facteur/").url.startswith("/compte/preuve/")
        entrer(client, saio)
        assert client.post("/compte/second-facteur/").url == "/compte/second-facteur/"
        appareil = TOTPDevice.objects.get()
        assert client.get(grave).status_code == 302
        code = f"{totp(appareil.bin_key):06d}"
        assert "codes de secours" in client.post("/compte/second-facteur/", {"code": code}).content.decode()
        assert client.get(grave).status_code == 200


class TestPlaces:
    def test_une_delegation_ouvre_une_place_de_gestionnaire(self, client, arena, college):
        entrer(client, ENTETES | {"FrEduResDel": deleguer(college)})
        assert Rattachement.objects.get().role == Rattachement.Role.GESTIONNAIRE

    @pytest.mark.parametrize(
        "champs",
        [{"application": "autre"}, {"fin": "31/08/2020"}, {"debut": "01/01/9998"}],
        ids=["étrangère", "échue", "à venir"],
    )
    def test_une_delegation_etrangere_echue_ou_a_venir_n_ouvre_rien(self, client, arena, college, champs):
        assert entrer(client, ENTETES | {"FrEduResDel": deleguer(college, **champs)}).url == ATTENTE
        assert not Rattachement.objects.exists()

    def test_un_uai_inconnu_ou_d_une_autre_academie_se_dit_clairement(self, client, arena, college):
        ailleurs = EtablissementFactory(academie=AcademieFactory(code="paris", nom="Paris"))
        entetes = ENTETES | {"FrEduRneResp": f"{ailleurs.uai}$UAJ,0990001Z$UAJ", "FrEduFonctAdm": "DIR"}
        reponse = entrer(client, entetes, follow=True)
        page = reponse.content.decode()
        assert "Votre compte n’est pas encore ouvert dans Passpro" in page
        assert ailleurs.nom in page
        assert "0990001Z – Passpro ne connaît pas cet établissement" in page
        assert not connectee(client)

    def test_un_portail_ne_donne_rien_hors_de_ses_academies(self, client, arena, dirige):
        arena(places=ReglagesDesPlaces("passpro", ("paris",), {}))
        assert entrer(client, dirige).url == ATTENTE


class TestFinDeSession:
    def test_l_en_tete_absent_ou_qui_change_ferme_la_session(self, arena, college, dirige):
        arena(a_chaque_requete=True)
        for suite in ({}, {"ct-remote-user": "pirate"}, {"ct-remote-user": "cpetit,pirate"}):
            client = Client()
            entrer(client, dirige)
            assert entrer(client, dirige, chemin="/compte/").status_code == 200
            assert entrer(client, suite, chemin="/compte/").status_code == 302
            assert entrer(client, dirige, chemin="/compte/").status_code == 302

    def test_le_meme_en_tete_sans_le_secret_ou_d_ailleurs_ferme_la_session(self, arena, college, dirige):
        arena(a_chaque_requete=True)
        for ecart in ({"secret": None}, {"pair": "192.0.2.1"}):
            client = Client()
            entrer(client, dirige)
            assert entrer(client, dirige, chemin="/compte/", **ecart).status_code == 302

    def test_si_le_portail_ne_les_pose_qu_a_la_porte_la_session_continue(self, client, arena, dirige):
        entrer(client, dirige)
        assert connectee(client)

    def test_un_portail_eteint_ferme_les_sessions_qu_il_a_ouvertes(self, client, arena, dirige, settings):
        entrer(client, dirige)
        settings.ARENA = None
        assert not connectee(client)

    def test_une_session_de_mot_de_passe_ne_depend_pas_du_portail(self, arena, college):
        arena(a_chaque_requete=True)
        personne = PersonneFactory(mot_de_passe=MOT_DE_PASSE)
        client = Client()
        client.post("/connexion/", {"username": personne.courriel, "password": MOT_DE_PASSE})
        assert connectee(client)

    def test_une_delegation_retiree_se_voit_a_la_connexion_suivante(self, client, arena, college, dirige):
        entrer(client, dirige)
        assert entrer(Client(), ENTETES).url == ATTENTE
        assert client.get(f"/origine/{college.segment}/").status_code == 404

    def test_un_compte_ferme_s_arrete_a_la_requete_suivante(self, client, arena, dirige):
        entrer(client, dirige)
        Personne.objects.update(is_active=False)
        assert not connectee(client)
        assert entrer(client, dirige).url == ATTENTE

    @pytest.mark.parametrize(
        ("retour", "menee"),
        [
            ("https://portail.example/arena/", "https://portail.example/arena/"),
            ("https://pirate.example/", "/"),
            ("X", "/"),
        ],
    )
    def test_se_deconnecter_ramene_au_portail_s_il_est_permis(self, client, arena, dirige, retour, menee):
        arena(retours=("portail.example",))
        entrer(client, dirige | {"FrEduUrlRetour": retour})
        assert client.post("/deconnexion/").url == menee
        assert not connectee(client)


def statut(port: int, entetes, **demande) -> int:
    return demander(port, PORTE, entetes, **demande)[0].status


def qui(port: int, entetes) -> str:
    """L'identifiant que tient la session ouverte."""
    reponse, _ = demander(port, PORTE, entetes)
    assert reponse.status == 302
    temoin = SimpleCookie(reponse.getheader("Set-Cookie"))[reglages.SESSION_COOKIE_NAME].value
    return Session.objects.get(session_key=temoin).get_decoded()["federation"]["sujet"]


@pytest.mark.pannes
@pytest.mark.django_db(transaction=True)
def test_derriere_un_vrai_mandataire_et_sous_gunicorn_aucune_ruse_n_ouvre_de_session():
    """Le serveur de production, le portail devant lui, et tout ce qu'un client peut écrire dans ses en-têtes."""
    college = EtablissementFactory()
    dirige = {"FrEduRneResp": f"{college.uai}$UAJ$PU$N$T3$CLG$340", "FrEduFonctAdm": "DIR"}
    pirate = [("ct-remote-user", "pirate"), ("ctemail", "pirate@ac-creteil.example"), *dirige.items()]
    reglages_du_portail = {"ARENA_SECRETS": SECRET, "FIM_ACADEMIES": "creteil", "FIM_APPLICATION": "passpro"}
    en_service = serveurs_ouverts(ARENA_MANDATAIRES=LOCALE, **reglages_du_portail)
    with en_service as serveurs, portail_ouvert(port := serveurs.port) as devant:
        devant.identite |= dirige
        # Droit au serveur : sans le secret, avec un autre, sous un nom voisin, en double, ou d'une autre adresse.
        assert statut(port, pirate) == 403
        assert statut(port, [*pirate, (DU_SECRET, "0" * len(SECRET))]) == 403
        assert statut(port, [*pirate, (DU_SECRET.replace("-", "_"), SECRET)]) == 403
        assert statut(port, [*pirate, (DU_SECRET, SECRET), (DU_SECRET, SECRET)]) == 403
        for ruse in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
            assert statut(port, [*pirate, (DU_SECRET, SECRET), (ruse, LOCALE)], depuis=VOISINE) == 403
        assert not Personne.objects.exists()
        # Par le portail bien réglé : ce que le client écrit est ôté, sous toutes ses graphies.
        for graphie in ("ct-remote-user", "CT-REMOTE-USER", "ct_remote_user", "Ct-Remote_User", "ctremoteuser"):
            assert qui(devant.port, [(graphie, "pirate"), ("ctemail", "pirate@ac-creteil.example")]) == "cpetit"
        # Par un portail mal réglé, qui n'ôte rien : les deux valeurs se contredisent, personne n'entre.
        devant.ote = False
        for graphie in ("ct-remote-user", "CT-REMOTE-USER", "ctremoteuser", DU_SECRET):
            assert statut(devant.port, [(graphie, "pirate")]) == 403
        # Le serveur de production ne lit aucun nom à tiret bas : il ne se confond pas avec l'autre.
        assert qui(devant.port, [("ct_remote_user", "pirate")]) == "cpetit"
        # Le portail sans identité, ou avec un secret périmé.
        devant.ote, devant.identite = True, {}
        assert statut(devant.port, [("ct-remote-user", "pirate")]) == 403
        devant.identite, devant.secret = dict(ENTETES), AUTRE_SECRET
        assert statut(devant.port, []) == 403
    assert list(Personne.objects.values_list("courriel", flat=True)) == ["claire.petit@ac-creteil.example"]
