"""Les portes closes, chacune provoquée pour de vrai : la coquille reste, une sortie se propose (E1 à E9)."""

import re
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connections
from django.test import Client
from django.urls import include, path, reverse

from passpro.indisponible import est_une_panne_passagere
from tests.architecture.test_depot import RACINE


def en_panne(request):
    raise RuntimeError("panne d’essai")


handler500 = "passpro.erreurs.erreur_inattendue"
urlpatterns = [path("panne/", en_panne), path("", include("passpro.urls"))]


def lire(reponse, statut: int, titre: str, *, sortie: str = 'class="fr-btn"') -> str:
    """La page d'erreur, une fois vérifié ce que toutes tiennent."""
    page = reponse.content.decode()
    assert reponse.status_code == statut
    assert re.findall(r"<h1[^>]*>([^<]*)</h1>", page) == [titre]
    assert f"<title>{titre}" in page
    assert "<header" in page
    assert "<footer" in page
    assert sortie in page
    assert "Traceback" not in page
    return page


def test_e1_un_droit_qui_manque(scene, connecter):
    adresse = reverse("pilotage:bilan_origine", args=[scene.college.segment])
    page = lire(connecter(scene.gestionnaire_origine.personne).get(adresse), 403, "Accès non autorisé")
    assert "Revenir à À faire" in page
    assert 'aria-label="Menu principal"' in page


def test_e2_une_page_absente_garde_la_coquille(client, db, scene, connecter):
    assert "Contactez-nous" in lire(client.get("/nulle-part/"), 404, "Page non trouvée")
    dedans = connecter(scene.chef_origine.personne).get(f"/origine/{scene.college.segment}/eleves/absent99/")
    assert "Se déconnecter" in lire(dedans, 404, "Page non trouvée")


@pytest.mark.urls(__name__)
def test_e3_une_panne_du_serveur_donne_une_reference(db):
    page = lire(Client(raise_request_exception=False).get("/panne/"), 500, "Erreur inattendue")
    assert re.search(r"Référence à communiquer\s*(&nbsp;|\u00a0)?: <strong>[0-9a-f]{8}</strong>", page)
    assert "panne d’essai" not in page


def test_e4_la_page_d_indisponibilite_tient_sans_le_serveur():
    page = (RACINE / "static" / "racine" / "indisponible.html").read_text()
    assert "<h1>Service indisponible</h1>" in page
    assert "Vos données sont conservées" in page
    assert re.findall(r"""(?:src|href)=["']([^"']*)""", page) == ["/"]
    assert "url(" not in page
    assert "indisponible.html" in (RACINE / "docs" / "pages-publiques.md").read_text()
    # Elle ne peut pas demander la feuille de style : elle en recopie l'accent, clair puis sombre.
    accents = re.findall(r"--blue-france-sun-113-625: (#\w+);", (RACINE / "static" / "css" / "passpro.css").read_text())
    assert re.findall(r"--trait: (#\w+);", page) == accents


def test_e5_une_etape_close_rend_ce_qui_etait_tape(scene, connecter, monkeypatch):
    fin = scene.campagne.calendrier.dernier_jour()
    monkeypatch.setattr("django.utils.timezone.now", lambda: scene.le + (fin - scene.le.date()) + timedelta(days=1))
    adresse = reverse("candidatures:eleve_ajouter", args=[scene.college.segment])
    reponse = connecter(scene.chef_origine.personne).post(adresse, {"nom": "Diallo", "prenom": "Yanis"})
    page = lire(reponse, 200, "Les inscriptions sont closes")
    assert "Diallo" in page
    assert ">Prénom</label>" in page
    assert "La date limite était le" in page


class TestE6:
    def test_une_lecture_sans_session_mene_a_la_connexion_qui_le_dit(self, scene):
        adresse = reverse("pilotage:eleves", args=[scene.college.segment])
        connexion = Client().get(adresse, follow=True)
        assert connexion.redirect_chain == [(f"{reverse('comptes:connexion')}?next={adresse}", 302)]
        assert "votre session a expiré" in connexion.content.decode()

    def test_un_envoi_sans_session_rend_la_saisie(self, scene):
        adresse = reverse("candidatures:eleve_ajouter", args=[scene.college.segment])
        venu_de = {"headers": {"referer": f"http://testserver{adresse}?classe=3e"}}
        page = lire(Client().post(adresse, {"nom": "Diallo"}, **venu_de), 401, "Votre session a expiré")
        assert ">Diallo</textarea>" in page
        assert f"{reverse('comptes:connexion')}?next={adresse.replace('/', '%2F')}" in page

    def test_un_enregistrement_pendant_la_saisie_garde_son_renvoi(self, scene):
        adresse = reverse("candidatures:eleve_ajouter", args=[scene.college.segment])
        assert Client().post(adresse, {"nom": "Diallo"}, headers={"accept": "application/json"}).status_code == 302

    def test_un_envoi_ailleurs_n_est_pas_rendu(self, db):
        assert Client().post(reverse("comptes:fermer_les_sessions"), {"mot_de_passe": "x"}).status_code == 302


def test_e7_trop_d_essais_de_connexion(db):
    essais = [
        Client().post(reverse("comptes:connexion"), {"username": "moi@passpro.example", "password": "faux"})
        for _ in range(settings.AXES_FAILURE_LIMIT)
    ]
    page = lire(essais[-1], 429, "Trop de demandes")
    assert "Patientez" in page


def test_e9_un_formulaire_sans_jeton(scene, connecter):
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene.chef_origine.personne, backend="django.contrib.auth.backends.ModelBackend")
    adresse = reverse("candidatures:eleve_ajouter", args=[scene.college.segment])
    lire(client.post(adresse, {"nom": "Diallo"}), 403, "Formulaire expiré")


@pytest.mark.parametrize(
    "adresse",
    [
        "/connexion/",
        "/compte/mot-de-passe/",
        "/compte/preuve/",
        "/invitation/essai/",
        "/archives/2017/invitation/essai/",
    ],
)
def test_un_secret_tape_ne_revient_jamais_a_l_ecran(db, connecter, scene, adresse):
    """Ce qui est rendu à recopier ne porte ni mot de passe ni code, quelle que soit la page d'où il vient (T2)."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene.chef_origine.personne, backend="django.contrib.auth.backends.ModelBackend")
    champs = ["password", "actuel", "nouveau", "confirmation", "preuve_secret", "code"]
    page = client.post(adresse, dict.fromkeys(champs, "phrase-secrete") | {"fonction": "Principale"})
    texte = page.content.decode()
    assert page.status_code == 403
    assert "Principale" in texte
    assert "phrase-secrete" not in texte


def test_une_demande_illisible(client, db):
    page = client.get("/formations/?q=%00")
    assert page.status_code == 400
    assert "Demande illisible" in page.content.decode()


class TestE4:
    """La base ne répond plus : chaque page le dit, les sondes aussi, et rien d'elle ne se montre."""

    @pytest.fixture(params=["sans réserve", "avec une réserve"])
    def sans_base(self, request, django_db_blocker) -> Iterator[None]:
        muette = connections.create_connection("default")
        reserve = (
            {"pool": {"min_size": 0, "max_size": 1, "timeout": 0.2}} if request.param == "avec une réserve" else {}
        )
        muette.settings_dict = muette.settings_dict | {
            "HOST": "127.0.0.1",
            "PORT": "9",
            "CONN_MAX_AGE": 0,
            "OPTIONS": {"connect_timeout": 2, **reserve},
        }
        vraie = connections["default"]
        with django_db_blocker.unblock():
            connections["default"] = muette
            yield
            muette.close()
            muette.close_pool()
            connections["default"] = vraie

    @pytest.mark.parametrize("adresse", ["/", "/connexion/", "/origine/0931234A/eleves/", "/nulle-part/"])
    def test_chaque_page_dit_le_service_indisponible(self, sans_base, adresse):
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = "une-session-ouverte"
        reponse = client.get(adresse)
        page = lire(reponse, 503, "Service indisponible")
        assert reponse["Retry-After"] == "30"
        assert reponse["Cache-Control"] == "no-store"
        assert "127.0.0.1" not in page
        assert "Vos données sont conservées" in page

    def test_un_envoi_recoit_la_meme_reponse(self, sans_base):
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = "une-session-ouverte"
        lire(client.post("/connexion/", {"username": "a", "password": "b"}), 503, "Service indisponible")

    def test_le_processus_repond_encore_mais_ne_peut_servir(self, sans_base):
        client = Client(raise_request_exception=False)
        assert client.get("/sante/").json() == {"etat": "bon"}
        prete = client.get("/sante/prete/")
        assert (prete.status_code, prete.json()["base"]) == (503, "en panne")

    def test_les_mesures_le_disent(self, sans_base, settings):
        settings.MESURES_JETON = "essai"
        releve = Client().get("/mesures/", headers={"Authorization": "Bearer essai"})
        assert "passpro_base_repond 0.0" in releve.content.decode()

    @pytest.mark.parametrize(
        ("code", "passagere"),
        [(None, True), ("57P01", True), ("53300", True), ("08006", True), ("57014", False), ("55P03", False)],
    )
    def test_une_requete_trop_lente_n_est_pas_une_indisponibilite(self, code, passagere):
        cause = psycopg.OperationalError("panne")
        cause.sqlstate = code
        erreur = OperationalError("panne")
        erreur.__cause__ = cause
        assert est_une_panne_passagere(erreur) is passagere
