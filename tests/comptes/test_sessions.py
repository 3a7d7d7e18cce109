"""Les sessions : leur identifiant, leur durée, leur liste, leur fin (écran C3, R38, T5)."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comptes.models import Session, Trace
from comptes.rules import dire_l_appareil
from comptes.services import fermer_les_autres_sessions
from comptes.tasks import oublier_ce_qui_est_echu
from tests.factories.referentiel import MOT_DE_PASSE, PersonneFactory

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
AGENTS = {
    FIREFOX: "Firefox sur Windows",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0": (
        "Edge sur Windows"
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1": (
        "Safari sur iPhone"
    ),
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36": (
        "Chrome sur Android"
    ),
    "<script>alert(1)</script>": "Navigateur inconnu",
    "": "Navigateur inconnu",
}


@pytest.fixture
def personne(db):
    return PersonneFactory(courriel="claire.petit@passpro.example", mot_de_passe=MOT_DE_PASSE)


def se_connecter(personne, client: Client | None = None, agent: str = FIREFOX) -> Client:
    client = client or Client()
    saisie = {"username": personne.courriel, "password": MOT_DE_PASSE}
    assert client.post("/connexion/", saisie, headers={"user-agent": agent}).status_code == 302
    return client


def cle_de(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.mark.parametrize(
    ("agent", "dit"), AGENTS.items(), ids=["firefox", "edge", "safari", "chrome", "inconnu", "muet"]
)
def test_un_appareil_se_dit_en_mots(agent, dit):
    assert dire_l_appareil(agent) == dit


class TestOuverture:
    def test_un_identifiant_pose_d_avance_n_est_jamais_repris(self, personne):
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = "identifiant-choisi-par-un-autre0"
        se_connecter(personne, client)
        assert cle_de(client) != "identifiant-choisi-par-un-autre0"
        assert not Session.objects.filter(pk="identifiant-choisi-par-un-autre0").exists()

    def test_chaque_connexion_donne_un_identifiant_neuf_et_ferme_l_ancien(self, personne):
        client = se_connecter(personne)
        avant = cle_de(client)
        client.post("/deconnexion/")
        se_connecter(personne, client)
        assert cle_de(client) != avant
        assert not Session.objects.filter(pk=avant).exists()

    def test_le_cookie_ne_se_lit_pas_par_un_script(self, personne):
        temoin = se_connecter(personne).cookies[settings.SESSION_COOKIE_NAME]
        assert temoin["httponly"]
        assert temoin["samesite"] == "Lax"

    def test_une_session_sait_a_qui_elle_est(self, personne):
        se_connecter(personne)
        session = Session.objects.get()
        assert session.personne == personne
        assert session.appareil == "Firefox sur Windows"
        assert session.ouverte_le
        assert session.vue_le


class TestDuree:
    def test_elle_se_ferme_au_plus_tard_apres_douze_heures(self, connecter, personne):
        client = connecter(personne)
        assert client.get("/compte/").status_code == 200
        session = client.session
        session["debut_de_session"] -= settings.DUREE_ABSOLUE + 1
        session.save()
        assert client.get("/compte/").status_code == 302

    def test_elle_se_ferme_apres_quatre_heures_d_inactivite(self, connecter, personne):
        client = connecter(personne)
        client.get("/compte/")
        assert client.session.get_expiry_age() == settings.DUREE_INACTIVITE == 4 * 3600
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
        assert client.get("/compte/").status_code == 302

    def test_une_page_lue_n_ecrit_la_session_que_toutes_les_cinq_minutes(self, connecter, personne):
        client = connecter(personne)
        with CaptureQueriesContext(connection) as requetes:
            client.get("/compte/")
            client.get("/compte/")
        assert not [une for une in requetes if "UPDATE" in une["sql"]]
        session = client.session
        session["vu_a"] -= 301
        session.save()
        with CaptureQueriesContext(connection) as requetes:
            client.get("/compte/")
            client.get("/compte/")
        assert len([une for une in requetes if 'UPDATE "comptes_session"' in une["sql"]]) == 1

    def test_un_compte_desactive_s_arrete_a_la_demande_suivante(self, connecter, personne):
        client = connecter(personne)
        assert client.get("/compte/").status_code == 200
        personne.is_active = False
        personne.save()
        assert client.get("/compte/").status_code == 302

    def test_les_sessions_echues_s_oublient(self, connecter, personne):
        connecter(personne)
        ouverte = Session.objects.get()
        connecter(personne)
        Session.objects.exclude(pk=ouverte.pk).update(expire_date=timezone.now() - timedelta(seconds=1))
        for _ in range(2):
            oublier_ce_qui_est_echu()
        assert Session.objects.get() == ouverte


class TestListe:
    def test_elle_dit_les_appareils_et_ne_donne_aucune_cle(self, personne):
        ici, ailleurs = se_connecter(personne), se_connecter(personne, agent=list(AGENTS)[2])
        autrui = se_connecter(PersonneFactory(mot_de_passe=MOT_DE_PASSE), agent=list(AGENTS)[3])
        page = ici.get("/compte/securite/").content.decode()
        assert "Firefox sur Windows" in page
        assert "Safari sur iPhone" in page
        assert "Cette session" in page
        assert "Chrome sur Android" not in page
        assert not [client for client in (ici, ailleurs, autrui) if cle_de(client) in page]

    def test_une_session_se_ferme_sans_toucher_aux_autres(self, personne):
        ici, ailleurs, autrui = (
            se_connecter(personne),
            se_connecter(personne),
            se_connecter(PersonneFactory(mot_de_passe=MOT_DE_PASSE)),
        )
        code = Session.objects.get(pk=cle_de(ailleurs)).code
        a_autrui = Session.objects.get(pk=cle_de(autrui)).code
        assert "La session est fermée." in ici.post(f"/compte/sessions/{code}/", follow=True).content.decode()
        page = ici.post(f"/compte/sessions/{a_autrui}/", follow=True).content.decode()
        assert "Cette session était déjà fermée." in page
        assert ailleurs.get("/compte/").status_code == 302
        assert ici.get("/compte/").status_code == autrui.get("/compte/").status_code == 200

    def test_fermer_les_autres_garde_celle_ci_et_celles_des_autres(self, connecter, personne):
        ici, ailleurs, autrui = connecter(personne), connecter(personne), connecter(PersonneFactory())
        reponse = ici.post("/compte/sessions/", follow=True)
        assert "Votre autre session est fermée." in reponse.content.decode()
        assert ailleurs.get("/compte/").status_code == 302
        assert ici.get("/compte/").status_code == 200
        assert autrui.get("/compte/").status_code == 200
        assert Trace.objects.de(personne).get().fait == "sessions_fermees"

    def test_sans_autre_session_rien_n_est_consigne(self, connecter, personne):
        connecter(personne)
        [session] = Session.objects.all()
        fermees = fermer_les_autres_sessions(
            personne=personne, sauf=session.session_key, par=personne, le=timezone.now()
        )
        assert fermees == 0
        assert not Trace.objects.exists()
