"""Le second facteur : obligatoire au SAIO, jamais contourné, jamais perdu sans recours (R38, T7)."""

import re
import time
from base64 import b32decode
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from comptes.models import Evenement, Personne, Trace
from comptes.preuve import PREUVE
from comptes.services import confirmer_le_facteur, preparer_un_facteur, retirer_le_facteur
from courriers.models import Courriel
from tests.comptes.test_sessions import cle_de, se_connecter
from tests.factories.referentiel import MOT_DE_PASSE, CampagneFactory, PersonneFactory, RattachementFactory

CODE = re.compile(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>")
SECRET = re.compile(r'class="pp-secret">([A-Z2-7 ]+)<')


@pytest.fixture(autouse=True)
def exige(settings, db):
    settings.SECOND_FACTEUR_EXIGE = True
    CampagneFactory()


@pytest.fixture
def saio():
    personne = PersonneFactory(is_staff=True, mot_de_passe=MOT_DE_PASSE)
    RattachementFactory(saio=True, personne=personne)
    return personne


def code_de(appareil: TOTPDevice) -> str:
    """Le code que montrerait l'application, un pas plus loin que le dernier qui a servi."""
    pas = max(int(time.time()) // 30, appareil.last_t + 1)
    return f"{totp(appareil.bin_key, t0=int(time.time()) - pas * 30):06d}"


def installer(personne: Personne) -> list[str]:
    appareil = preparer_un_facteur(personne=personne)
    code, le = code_de(appareil), timezone.now()
    codes = confirmer_le_facteur(personne=personne, prepare=appareil.pk, code=code, le=le)[1]
    personne.refresh_from_db()
    return codes


def application(personne: Personne) -> TOTPDevice:
    return TOTPDevice.objects.get(user=personne, confirmed=True)


def oublier_l_attente() -> None:
    """Comme si l'instant d'attente après un code faux était passé."""
    for modele in (TOTPDevice, StaticDevice):
        modele.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)


class TestObligation:
    @pytest.mark.parametrize("adresse", ["/academie/", "/admin/", "/espaces/", "/compte/securite/", "/formations/"])
    def test_rien_ne_s_ouvre_au_saio_avant_qu_il_l_installe(self, saio, adresse):
        client = se_connecter(saio)
        partie = urlsplit(client.get(adresse).url)
        assert (partie.path, parse_qs(partie.query)) == ("/compte/second-facteur/", {"next": [adresse]})
        assert client.post(adresse, {}).url == "/compte/second-facteur/"

    def test_qui_entre_dans_l_administration_le_doit_meme_sans_place(self):
        personne = PersonneFactory(is_staff=True, mot_de_passe=MOT_DE_PASSE)
        assert se_connecter(personne).get("/admin/").url.startswith("/compte/second-facteur/")

    def test_une_place_donnee_en_cours_de_session_l_exige_aussitot(self):
        place = RattachementFactory()
        client = Client()
        client.force_login(place.personne, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/compte/").status_code == 200
        RattachementFactory(saio=True, personne=place.personne)
        assert client.get("/compte/").url.startswith("/compte/second-facteur/")

    def test_un_chef_d_etablissement_entre_sans(self):
        personne = RattachementFactory(personne__mot_de_passe=MOT_DE_PASSE).personne
        assert se_connecter(personne).get("/compte/").status_code == 200

    def test_relache_le_saio_entre_et_la_page_le_dit(self, saio, settings):
        settings.SECOND_FACTEUR_EXIGE = False
        client = se_connecter(saio)
        assert client.get("/academie/").status_code == 200
        assert "le second facteur n’est exigé de personne" in client.get("/compte/securite/").text

    def test_relache_qui_l_a_choisi_le_doit_encore(self, saio, settings):
        installer(saio)
        settings.SECOND_FACTEUR_EXIGE = False
        assert se_connecter(saio).get("/academie/").url == "/connexion/code/?next=%2Facademie%2F"


class TestInstallation:
    def test_le_saio_l_installe_puis_arrive_ou_il_allait(self, saio):
        client = se_connecter(saio)
        avant = cle_de(client)
        adresse = client.get("/academie/").url
        assert "Installez un second facteur pour continuer." in client.get(adresse).text
        assert not TOTPDevice.objects.exists()
        page = client.post(adresse, {"next": "/academie/"}, follow=True).text
        secret = b32decode(SECRET.search(page)[1].replace(" ", ""))
        assert secret == TOTPDevice.objects.get().bin_key
        assert 'src="data:image/svg+xml' in page
        assert "Ce code n’est pas le bon" in client.post(adresse, {"code": "000 00"}).text
        oublier_l_attente()
        page = client.post(adresse, {"code": f"{totp(secret):06d}", "next": "/academie/"}).text
        assert len(set(CODE.findall(page))) == 10
        assert 'href="/academie/"' in page
        assert client.get("/academie/").status_code == 200
        assert cle_de(client) != avant

    def test_les_codes_de_secours_ne_sont_montres_qu_une_fois_et_la_base_ne_les_connait_pas(self, saio):
        codes = installer(saio)
        gardes = set(StaticToken.objects.values_list("token", flat=True))
        assert len(gardes) == 10
        assert not gardes & {code.replace("-", "") for code in codes}
        client = se_connecter(saio)
        client.post("/connexion/code/", {"code": codes[0]})
        assert not CODE.findall(client.get("/compte/second-facteur/").text + client.get("/compte/securite/").text)

    def test_un_mot_de_passe_vole_ne_remplace_pas_l_application(self, saio):
        installer(saio)
        client = se_connecter(saio)
        for saisie in ({}, {"code": "123456"}):
            assert client.post("/compte/second-facteur/", saisie).url == "/connexion/code/"
        for adresse in ("/compte/second-facteur/codes/", "/compte/second-facteur/retirer/"):
            assert client.post(adresse).url == "/connexion/code/"
        assert TOTPDevice.objects.count() == 1

    def test_un_secret_lu_d_avance_avec_un_mot_de_passe_vole_ne_sert_jamais(self, saio):
        vole, sien = se_connecter(saio), se_connecter(saio)
        adresse = "/compte/second-facteur/"
        lu = SECRET.search(vole.post(adresse, follow=True).text)[1]
        assert lu == SECRET.search(vole.post(adresse, follow=True).text)[1]
        assert not SECRET.search(sien.get(adresse).text)
        choisi = SECRET.search(sien.post(adresse, follow=True).text)[1]
        assert choisi != lu
        for secret in (lu, choisi):
            code = f"{totp(b32decode(secret.replace(' ', ''))):06d}"
            assert "Ce code QR ne vaut plus." in vole.post(adresse, {"code": code}, follow=True).text
        assert len(CODE.findall(sien.post(adresse, {"code": code}).text)) == 10

    def test_chacun_peut_l_activer_puis_le_retirer_et_en_est_prevenu(self):
        personne = RattachementFactory(personne__mot_de_passe=MOT_DE_PASSE).personne
        client = se_connecter(personne)
        client.post("/compte/second-facteur/")
        client.post("/compte/second-facteur/", {"code": code_de(TOTPDevice.objects.get())})
        assert "Il vous reste 10 codes de secours." in client.get("/compte/securite/").text
        assert "Retirer votre second facteur" in client.get("/compte/second-facteur/retirer/").text
        client.post("/compte/second-facteur/retirer/")
        personne.refresh_from_db()
        assert not personne.a_un_second_facteur
        assert not TOTPDevice.objects.exists()
        assert Courriel.objects.filter(nature="sécurité", destinataire=personne.courriel).count() == 2
        assert [t.fait for t in Trace.objects.de(personne)] == ["facteur_retire", "facteur"]

    def test_le_saio_ne_retire_pas_le_sien(self, saio):
        codes = installer(saio)
        client = se_connecter(saio)
        client.post("/connexion/code/", {"code": codes[0]})
        assert client.post("/compte/second-facteur/retirer/").url == "/compte/securite/"
        saio.refresh_from_db()
        assert saio.a_un_second_facteur

    def test_les_secrets_n_ont_pas_de_page_dans_l_administration(self, saio):
        codes = installer(saio)
        Personne.objects.update(is_superuser=True)
        client = se_connecter(saio)
        client.post("/connexion/code/", {"code": codes[0]})
        assert client.get("/admin/").status_code == 200
        assert client.get("/admin/otp_totp/totpdevice/").status_code == 404
        assert client.get("/admin/otp_static/staticdevice/").status_code == 404


class TestCode:
    def test_le_code_ouvre_une_fois_et_mene_ou_l_on_allait(self, saio):
        installer(saio)
        client = se_connecter(saio)
        assert client.get("/academie/").url == "/connexion/code/?next=%2Facademie%2F"
        code = code_de(application(saio))
        saisie = {"code": f"{code[:3]} {code[3:]}", "next": "/academie/"}
        assert client.post("/connexion/code/", saisie).url == "/academie/"
        assert client.get("/academie/").status_code == 200
        autre = se_connecter(saio)
        assert "il a déjà servi" in autre.post("/connexion/code/", saisie).text
        assert autre.get("/academie/").status_code == 302

    def test_la_suite_ne_mene_que_sur_ce_site(self, saio):
        code = installer(saio)[0]
        client = se_connecter(saio)
        assert client.post("/connexion/code/", {"code": code, "next": "//ailleurs.example/"}).url == "/espaces/"

    def test_un_code_de_secours_ouvre_une_fois_et_la_personne_le_sait(self, saio):
        code = installer(saio)[3]
        client = se_connecter(saio)
        assert client.post("/connexion/code/", {"code": code.upper().replace("-", " ")}).status_code == 302
        assert client.get("/academie/").status_code == 200
        assert "il en reste 9" in Courriel.objects.latest("pk").texte
        autre = se_connecter(saio)
        assert autre.post("/connexion/code/", {"code": code}).status_code == 200

    def test_le_code_d_une_autre_personne_n_ouvre_rien(self, saio):
        installer(saio)
        autre = PersonneFactory(is_staff=True, mot_de_passe=MOT_DE_PASSE)
        codes = installer(autre)
        client = se_connecter(saio)
        for code in (codes[0], code_de(application(autre))):
            assert client.post("/connexion/code/", {"code": code}).status_code == 200

    def test_dix_codes_faux_font_attendre_cette_personne_et_elle_seule(self, saio):
        bon, autre = installer(saio)[0], PersonneFactory(is_staff=True, mot_de_passe=MOT_DE_PASSE)
        bon_de_l_autre = installer(autre)[0]
        client = se_connecter(saio)
        statuts = [client.post("/connexion/code/", {"code": f"{n:06d}"}).status_code for n in range(11)]
        assert statuts == [200] * 10 + [429]
        assert Evenement.objects.filter(personne=saio, phrase="Code refusé.").count() == 10
        assert client.post("/connexion/code/", {"code": bon}).status_code == 429
        assert se_connecter(autre).post("/connexion/code/", {"code": bon_de_l_autre}).status_code == 302

    def test_apres_un_code_faux_le_bon_attend_un_instant(self, saio):
        """La bibliothèque double l'attente à chaque faute : deviner en rafale ne sert à rien."""
        installer(saio)
        client = se_connecter(saio)
        client.post("/connexion/code/", {"code": "000000"})
        client.post("/connexion/code/", {"code": "000001"})
        assert not application(saio).verify_is_allowed()[0]


class TestPerte:
    def test_reinitialise_par_un_autre_le_facteur_ne_vaut_plus_et_la_personne_est_prevenue(self, saio):
        code = installer(saio)[0]
        client = se_connecter(saio)
        client.post("/connexion/code/", {"code": code})
        collegue = RattachementFactory(saio=True).personne
        retirer_le_facteur(personne=saio, par=collegue, le=timezone.now(), motif="Téléphone perdu")
        assert client.get("/academie/").url.startswith("/connexion/")
        assert collegue.nom_affiche in Courriel.objects.latest("pk").texte
        trace = Trace.objects.de(saio).first()
        assert (trace.auteur, trace.apres) == (collegue, {"motif": "Téléphone perdu"})
        assert se_connecter(saio).get("/academie/").url.startswith("/compte/second-facteur/")

    def test_la_preuve_demande_le_code_et_non_le_mot_de_passe(self, saio):
        codes = installer(saio)
        client = se_connecter(saio)
        client.post("/connexion/code/", {"code": codes[0]})
        session = client.session
        session[PREUVE] -= 3600
        session.save()
        page = client.post("/compte/second-facteur/codes/", {"preuve_secret": MOT_DE_PASSE}).text
        assert "Ce code n’est pas le bon" in page
        oublier_l_attente()
        page = client.post("/compte/second-facteur/codes/", {"preuve_secret": codes[1]}).text
        assert len(set(CODE.findall(page))) == 10
        assert not set(CODE.findall(page)) & set(codes)
