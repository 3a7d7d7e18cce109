"""Entrer par un fournisseur OpenID Connect, à côté d'un vrai fournisseur local (R38, T4, T5)."""

import json
import logging
import re
import subprocess
import sys
from time import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import settings as reglages
from django.test import Client

from comptes.federation.reglages import ReglagesOidc
from comptes.federation.session import second_facteur_fait
from comptes.models import Personne
from referentiel.models import Rattachement
from tests.factories.guichets import PLACES
from tests.factories.referentiel import CampagneFactory, EtablissementFactory, RattachementFactory
from tests.fournisseur import FAUSSE_CLE, PERSONNE, fournisseur_ouvert

DEPART, RETOUR, ATTENTE = "/connexion/proconnect/", "/connexion/proconnect/retour/", "/connexion/acces/"


@pytest.fixture
def fournisseur(settings, db):
    with fournisseur_ouvert() as ouvert:
        settings.FOURNISSEURS_D_IDENTITE = {"proconnect": ouvert.reglages()}
        yield ouvert


@pytest.fixture
def place(fournisseur):
    """Une personne déjà invitée, connue par son adresse."""
    CampagneFactory()
    return RattachementFactory(personne__courriel=PERSONNE["email"])


def regler(settings, fournisseur, **champs) -> None:
    settings.FOURNISSEURS_D_IDENTITE = {"proconnect": fournisseur.reglages(**champs)}


def aller(client, depart: str = DEPART) -> str:
    """Part de Passpro, passe par le fournisseur, et rend l'adresse du retour, sans l'ouvrir."""
    vers = client.get(depart).url
    reponse = requests.get(vers, allow_redirects=False, timeout=60)
    assert reponse.status_code == 302
    revenue = urlsplit(reponse.headers["Location"])
    return f"{revenue.path}?{revenue.query}"


def connectee(client) -> bool:
    return client.get("/compte/").status_code == 200


class TestEntrer:
    def test_une_personne_invitee_entre_et_son_identifiant_est_garde(self, client, fournisseur, place):
        assert client.get(aller(client)).url == "/espaces/"
        assert connectee(client)
        assert place.personne.identites.get().sujet == PERSONNE["sub"]
        assert "Ces informations viennent du guichet de l’académie." in client.get("/compte/").content.decode()

    def test_ce_qui_est_demande_au_fournisseur(self, client, fournisseur, place):
        client.get(aller(client))
        [demande] = fournisseur.demandes
        assert demande["scope"].split() == ["openid", "email", "given_name", "usual_name", "uid", "siret", "idp_id"]
        assert (demande["response_type"], demande["code_challenge_method"]) == ("code", "S256")
        assert all(len(demande[secret]) >= 32 for secret in ("state", "nonce", "code_challenge"))

    def test_une_personne_inconnue_n_a_ni_compte_ni_session(self, client, fournisseur):
        reponse = client.get(aller(client), follow=True)
        assert reponse.redirect_chain[-1][0] == ATTENTE
        page = reponse.content.decode()
        assert "Votre compte n’est pas encore ouvert dans Passpro" in page
        assert PERSONNE["email"] in page
        assert not connectee(client)
        assert not Personne.objects.exists()

    def test_l_uai_que_dit_un_fournisseur_sans_attributs_ne_donne_rien(self, client, fournisseur):
        college = EtablissementFactory()
        fournisseur.personne |= {"FrEduRneResp": f"{college.uai}$UAJ", "FrEduFonctAdm": "DIR"}
        assert client.get(aller(client)).url == ATTENTE
        assert not Rattachement.objects.exists()

    def test_un_fournisseur_d_academie_donne_les_places_des_attributs(self, client, fournisseur, settings):
        CampagneFactory()
        college, lycee = EtablissementFactory(), EtablissementFactory(lycee=True)
        regler(settings, fournisseur, places=PLACES)
        fournisseur.personne |= {
            "FrEduRneResp": [f"{college.uai}$UAJ$PU$N$T3$CLG$340", f"{lycee.uai}$UAJ$PU$N$T3$LP$320"],
            "FrEduFonctAdm": "DIR",
        }
        reponse = client.get(aller(client), follow=True)
        assert {place.etablissement for place in Rattachement.objects.all()} == {college, lycee}
        assert "Choisir un établissement" in reponse.content.decode()

    def test_la_suite_demandee_est_suivie_si_elle_est_de_ce_site(self, client, fournisseur, place):
        assert client.get(aller(client, f"{DEPART}?next=/compte/")).url == "/compte/"
        assert client.get(aller(client, f"{DEPART}?next=https://pirate.example/")).url == "/espaces/"

    def test_la_cle_de_session_change(self, client, fournisseur, place):
        retour = aller(client)
        avant = client.session.session_key
        client.get(retour)
        assert client.session.session_key != avant

    def test_se_deconnecter_ferme_aussi_la_session_du_fournisseur(self, client, fournisseur, place):
        client.get(aller(client))
        sortie = urlsplit(client.post("/deconnexion/").url)
        demande = {nom: valeur for nom, [valeur] in parse_qs(sortie.query).items()}
        assert sortie.path == "/fin"
        assert demande["post_logout_redirect_uri"] == "http://testserver/"
        assert demande["id_token_hint"].count(".") == 2
        assert not connectee(client)

    @pytest.mark.parametrize(
        ("dit", "fait"),
        [({"acr": "eidas2"}, True), ({"amr": ["pwd", "mfa"]}, True), ({"acr": "eidas1", "amr": ["pwd"]}, False)],
        ids=repr,
    )
    def test_le_second_facteur_du_fournisseur_est_garde_s_il_est_admis(
        self, client, fournisseur, place, settings, rf, dit, fait
    ):
        regler(settings, fournisseur, second_facteur=("eidas2", "mfa"), acr_demande="eidas2")
        fournisseur.du_jeton = dit
        client.get(aller(client))
        requete = rf.get("/")
        requete.session = client.session
        assert second_facteur_fait(requete) is fait
        assert fournisseur.demandes[0]["acr_values"] == "eidas2"

    def test_un_second_facteur_dit_hors_du_jeton_signe_ne_compte_pas(self, client, fournisseur, place, settings, rf):
        regler(settings, fournisseur, second_facteur=("eidas2",), identite_signee=False)
        fournisseur.informations_signees = False
        fournisseur.des_informations = {"acr": "eidas2"}
        client.get(aller(client))
        requete = rf.get("/")
        requete.session = client.session
        assert not second_facteur_fait(requete)


class TestRefus:
    @pytest.fixture(autouse=True)
    def connue(self, place):
        """La personne est connue : seul ce qui est faussé l'empêche d'entrer."""

    def refuse(self, client, retour: str) -> str:
        reponse = client.get(retour)
        assert reponse.status_code == 403
        assert not connectee(client)
        page = reponse.content.decode()
        assert "Connexion refusée" in page
        return page

    @pytest.mark.parametrize(
        "faux",
        [
            {"nonce": "un-autre-nonce"},
            {"nonce": None},
            {"aud": "une-autre-application"},
            {"aud": ["autre"]},
            {"aud": None},
            {"iss": "https://pirate.example"},
            {"iss": None},
            {"azp": "une-autre-application"},
            {"exp": int(time()) - 3600},
            {"exp": None},
            {"iat": int(time()) + 3600},
            {"nbf": int(time()) + 3600},
            {"sub": "quelqu-un-d-autre"},
            {"sub": None},
        ],
        ids=lambda faux: "-".join(f"{nom}-{type(valeur).__name__}" for nom, valeur in faux.items()),
    )
    def test_un_jeton_fausse_n_ouvre_rien(self, client, fournisseur, faux):
        fournisseur.du_jeton = faux
        self.refuse(client, aller(client))

    @pytest.mark.parametrize(
        "champs",
        [{"cle": FAUSSE_CLE}, {"algorithme": "HS256"}, {"algorithme": "none"}],
        ids=["autre clé", "HS256", "sans signature"],
    )
    def test_un_jeton_signe_d_une_autre_cle_ou_pas_du_tout_n_ouvre_rien(self, client, fournisseur, champs):
        for nom, valeur in champs.items():
            setattr(fournisseur, nom, valeur)
        self.refuse(client, aller(client))

    @pytest.mark.parametrize(
        "faux",
        [
            {"sub": "quelqu-un-d-autre"},
            {"sub": None},
            {"aud": "une-autre-application"},
            {"iss": "https://pirate.example"},
            {"email": None},
            {"email": "deux@ac.example,trois@ac.example"},
            {"email": ["deux@ac.example", "trois@ac.example"]},
            {"email_verified": False},
            {"exp": int(time()) - 3600},
        ],
        ids=lambda faux: "-".join(f"{nom}-{type(valeur).__name__}" for nom, valeur in faux.items()),
    )
    def test_des_informations_faussees_n_ouvrent_rien(self, client, fournisseur, faux):
        fournisseur.des_informations = faux
        self.refuse(client, aller(client))

    def test_des_informations_signees_d_une_autre_cle_ou_pas_du_tout_n_ouvrent_rien(self, client, fournisseur):
        fournisseur.cle_des_informations = FAUSSE_CLE
        self.refuse(client, aller(client))
        fournisseur.informations_signees = False
        self.refuse(client, aller(client))

    def test_un_fournisseur_d_identite_qui_n_est_pas_admis_n_ouvre_rien(self, client, fournisseur, settings):
        regler(settings, fournisseur, fournisseurs_admis=("un-autre",))
        self.refuse(client, aller(client))
        regler(settings, fournisseur, fournisseurs_admis=(PERSONNE["idp_id"],))
        assert client.get(aller(client)).status_code == 302

    def test_un_retour_sans_etat_ou_avec_celui_d_un_autre_n_ouvre_rien(self, client, fournisseur):
        """Faire entrer quelqu'un sous l'identité d'un autre : l'état est dans la session qui est partie."""
        pirate = Client()
        du_pirate = aller(pirate)
        self.refuse(client, du_pirate)
        aller(client)
        self.refuse(client, du_pirate)
        for faux in ("", "?code=a", "?state=b", "?code=a&state=b", "?state=", "?error=access_denied&state=x"):
            self.refuse(client, f"{RETOUR}{faux}")

    def test_un_code_ne_sert_qu_une_fois(self, client, fournisseur):
        retour = aller(client)
        client.get(retour)
        client.post("/deconnexion/")
        self.refuse(client, retour)

    def test_un_code_vole_ne_s_echange_pas_sans_le_secret_de_qui_est_parti(self, client, fournisseur):
        """PKCE : le pirate a le code de la victime, et son propre état."""
        vole = parse_qs(urlsplit(aller(Client())).query)["code"][0]
        etat = parse_qs(urlsplit(aller(client)).query)["state"][0]
        self.refuse(client, f"{RETOUR}?code={vole}&state={etat}")

    def test_un_etat_vieux_d_une_heure_ne_vaut_plus(self, client, fournisseur):
        retour = aller(client)
        session = client.session
        for etat in session["oidc_states"].values():
            etat["added_on"] -= 3600
        session.save()
        self.refuse(client, retour)

    def test_refuser_chez_le_fournisseur_ne_ferme_pas_la_session_d_un_autre_compte(self, client, connecter, place):
        """Un lien piégé vers le retour ne déconnecte personne."""
        ouvert = connecter(place.personne)
        assert ouvert.get(f"{RETOUR}?error=access_denied").status_code == 403
        assert connectee(ouvert)

    def test_un_fournisseur_muet_ou_absent_n_est_pas_une_erreur_de_passpro(self, client, fournisseur, settings):
        fournisseur.muet = True
        self.refuse(client, aller(client))
        fournisseur.muet = False
        retour = aller(client)
        regler(settings, fournisseur, jeton="http://127.0.0.1:9/jeton")
        self.refuse(client, retour)

    def test_le_journal_ne_dit_rien_de_personnel(self, client, fournisseur, caplog):
        with caplog.at_level(logging.INFO):
            fournisseur.des_informations = {"email_verified": False}
            self.refuse(client, aller(client))
            fournisseur.des_informations = {"iss": "https://pirate.example"}
            self.refuse(client, aller(client))
        journal = "\n".join(caplog.messages).lower()
        assert "connexion refusée au guichet proconnect" in journal
        assert "petit" not in journal
        assert PERSONNE["sub"] not in journal

    def test_un_fournisseur_qui_n_est_pas_declare_n_existe_pas(self, client, fournisseur):
        assert client.get("/connexion/oidc/").status_code == 404
        assert client.get("/connexion/oidc/retour/?code=a&state=b").status_code == 404

    @pytest.mark.parametrize("adresse", [DEPART, RETOUR])
    def test_rien_ne_s_envoie_a_ces_adresses(self, client, fournisseur, adresse):
        assert client.post(adresse).status_code == 405


class TestRedemander:
    """Entrer par un fournisseur ne prouve rien ; il redemande qui l'on est avant un acte grave (T7)."""

    GRAVE = "/academie/journal.xlsx"

    @pytest.fixture
    def saio(self, fournisseur, client):
        """Le SAIO, entré par son fournisseur, sans mot de passe ni second facteur."""
        CampagneFactory()
        personne = RattachementFactory(
            saio=True, personne__courriel=PERSONNE["email"], personne__is_staff=True
        ).personne
        personne.set_unusable_password()
        personne.save()
        assert client.get(aller(client)).status_code == 302
        return client

    def redemander(self, client, suite: str = GRAVE) -> str:
        page = client.get(f"/compte/preuve/?next={suite}").content.decode()
        [lien] = re.findall(r'href="(/connexion/proconnect/[^"]+)"', page)
        assert "Confirmer avec ProConnect" in page
        return aller(client, lien.replace("&amp;", "&"))

    def est_ouverte(self, client) -> bool:
        reponse = client.get(self.GRAVE)
        return not (reponse.status_code == 302 and reponse.url.startswith("/compte/preuve/"))

    def test_entrer_ne_vaut_pas_preuve_et_le_fournisseur_la_donne(self, saio, fournisseur):
        assert not self.est_ouverte(saio)
        assert saio.get(self.redemander(saio)).url == self.GRAVE
        demande = fournisseur.demandes[-1]
        assert (demande["prompt"], demande["max_age"]) == ("login", "0")
        assert "auth_time" in demande["claims"]
        assert self.est_ouverte(saio)

    def test_une_entree_que_le_fournisseur_date_de_tout_a_l_heure_vaut_preuve(self, saio, fournisseur):
        saio.post("/deconnexion/")
        fournisseur.du_jeton = {"auth_time": int(time()) - 60}
        saio.get(aller(saio))
        assert self.est_ouverte(saio)
        saio.post("/deconnexion/")
        fournisseur.du_jeton = {"auth_time": int(time()) - 3600}
        saio.get(aller(saio))
        assert not self.est_ouverte(saio)

    @pytest.mark.parametrize(
        "dit",
        [None, int(time()) - 3600, "maintenant", True],
        ids=["sans-instant", "une-heure-avant", "un-texte", "un-booleen"],
    )
    def test_un_fournisseur_qui_n_a_rien_redemande_ne_prouve_rien(self, saio, fournisseur, dit):
        fournisseur.du_jeton = {"auth_time": dit}
        page = saio.get(self.redemander(saio), follow=True)
        assert page.redirect_chain[0][0] == "/compte/preuve/?next=%2Facademie%2Fjournal.xlsx"
        assert "ProConnect n’a pas confirmé que c’est bien vous." in page.content.decode()
        assert not self.est_ouverte(saio)
        assert connectee(saio)

    def test_une_autre_personne_chez_le_fournisseur_ne_prouve_rien(self, saio, fournisseur):
        retour = self.redemander(saio)
        RattachementFactory(personne__courriel="autre@ac-creteil.example")
        fournisseur.personne |= {"sub": "un-autre", "email": "autre@ac-creteil.example"}
        fournisseur.du_jeton = {"sub": "un-autre"}
        assert "n’a pas confirmé" in saio.get(retour, follow=True).content.decode()
        assert not self.est_ouverte(saio)
        assert PERSONNE["email"] in saio.get("/compte/").content.decode()

    def test_refuser_chez_le_fournisseur_ramene_a_la_preuve(self, saio):
        etat = parse_qs(urlsplit(self.redemander(saio)).query)["state"][0]
        page = saio.get(f"{RETOUR}?error=login_required&state={etat}", follow=True).content.decode()
        assert "n’a pas confirmé" in page
        assert not self.est_ouverte(saio)

    def test_ce_qui_etait_saisi_attend_que_le_fournisseur_reponde_dans_un_autre_onglet(self, saio):
        page = saio.post("/compte/second-facteur/codes/", {"motif": "gardé"}).content.decode()
        assert 'name="motif" value="gardé"' in page
        assert "nouvelle fenêtre" in page
        assert "Continuer</button>" in page
        [lien] = re.findall(r'href="(/connexion/proconnect/[^"]+)"', page)
        assert saio.get(aller(saio, lien)).url == "/compte/securite/"
        assert "Revenez à l’onglet d’où vous venez" in saio.get("/compte/securite/").content.decode()
        assert saio.post("/compte/second-facteur/codes/", {"motif": "gardé"}).url == "/compte/securite/"

    def test_qui_doit_installer_son_second_facteur_le_redemande_aussi(self, saio, settings):
        settings.SECOND_FACTEUR_EXIGE = True
        assert saio.get("/mot-de-passe/oublie/").status_code == 200
        assert saio.get(self.redemander(saio, "/compte/second-facteur/")).url == "/compte/second-facteur/"
        assert saio.get("/compte/second-facteur/").status_code == 200


# Un fournisseur écrit par d'autres ----------------------------------------------------------------------------------

SERVEUR = """
import json, sys, oidc_provider_mock
from oidc_provider_mock._storage import User
from werkzeug.serving import make_server
dit = json.loads(sys.argv[1])
application = oidc_provider_mock.app(require_nonce=True, user_claims=[User(sub=dit.pop("sub"), claims=dit)])
serveur = make_server("127.0.0.1", 0, application, threaded=True)
print(serveur.server_port, flush=True)
serveur.serve_forever()
"""


@pytest.fixture
def autre_fournisseur(settings):
    """`oidc-provider-mock`, dans son processus : il dit les attributs de l'académie, comme le fait son Keycloak."""
    college = EtablissementFactory()
    dit = {"sub": "cpetit", "email": PERSONNE["email"], "given_name": "Claire", "family_name": "Petit"}
    dit |= {"FrEduRneResp": [f"{college.uai}$UAJ$PU$N$T3$CLG$340"], "FrEduFonctAdm": "DIR", "ctgrps": "A,B"}
    commande = [sys.executable, "-W", "ignore", "-c", SERVEUR, json.dumps(dit)]
    with subprocess.Popen(commande, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as processus:
        base = f"http://127.0.0.1:{processus.stdout.readline().strip()}"
        decouverte = requests.get(f"{base}/.well-known/openid-configuration", timeout=60).json()
        settings.FOURNISSEURS_D_IDENTITE = {
            "oidc": ReglagesOidc(
                nom="Keycloak",
                emetteur=decouverte["issuer"],
                client="passpro",
                secret="secret",
                autorisation=decouverte["authorization_endpoint"],
                jeton=decouverte["token_endpoint"],
                identite=decouverte["userinfo_endpoint"],
                cles=decouverte["jwks_uri"],
                places=PLACES,
            )
        }
        yield college
        processus.terminate()


@pytest.mark.django_db
def test_le_keycloak_d_une_academie_ouvre_la_place_du_chef(client, autre_fournisseur):
    CampagneFactory()
    vers = client.get("/connexion/oidc/").url
    reponse = requests.post(vers, data={"sub": "cpetit"}, allow_redirects=False, timeout=60)
    revenue = urlsplit(reponse.headers["Location"])
    assert client.get(f"{revenue.path}?{revenue.query}").url == "/espaces/"
    place = Rattachement.objects.get()
    assert (place.etablissement, place.role) == (autre_fournisseur, Rattachement.Role.CHEF)
    assert client.get("/espaces/").url == f"/origine/{autre_fournisseur.segment}/"
    assert reglages.SESSION_COOKIE_NAME in client.cookies
