"""Changer son mot de passe, le retrouver, le choisir bon (R38, T6, T9)."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comptes.models import Session, Trace
from courriers.models import Courriel
from tests.comptes.test_sessions import se_connecter
from tests.factories.referentiel import MOT_DE_PASSE, PersonneFactory

NOUVEAU = "une phrase assez longue"
LIEN = re.compile(r"https?://[^/\s]+(/mot-de-passe/\S+)")


@pytest.fixture
def personne(db):
    return PersonneFactory(courriel="claire.petit@passpro.example", nom="Petitjean", mot_de_passe=MOT_DE_PASSE)


def demander(courriel: str, client: Client | None = None, **entetes: str):
    return (client or Client()).post("/mot-de-passe/oublie/", {"courriel": courriel}, **entetes)


def requetes_de(geste) -> list[str]:
    """Le début de chaque requête que fait `geste`, hors transactions."""
    with CaptureQueriesContext(connection) as faites:
        geste()
    return [une["sql"][:40] for une in faites if "SAVEPOINT" not in une["sql"]]


def lien_recu() -> str:
    return LIEN.search(Courriel.objects.filter(nature="mot de passe").latest("pk").texte)[1]


def choisir(lien: str, nouveau: str = NOUVEAU, confirmation: str = "", client: Client | None = None):
    client = client or Client()
    page = client.get(lien)
    return client.post(page.url, {"nouveau": nouveau, "confirmation": confirmation or nouveau}, follow=True)


class TestOublie:
    def test_la_reponse_est_la_meme_pour_une_adresse_connue_et_une_autre(self, personne):
        connue, inconnue = demander(personne.courriel), demander("claire.petot@passpro.example")
        assert connue.status_code == inconnue.status_code == 200
        sans_adresse = [
            re.sub(r"value=\"[^\"]{20,}\"|claire\.pet[io]t@passpro\.example", "", page.content.decode())
            for page in (connue, inconnue)
        ]
        assert sans_adresse[0] == sans_adresse[1]
        assert Courriel.objects.get().destinataire == personne.courriel

    def test_le_meme_travail_se_fait_pour_une_adresse_connue_et_une_autre(self, personne):
        """La durée de la réponse ne dit pas non plus si l'adresse a un compte : les mêmes requêtes partent."""
        connue, inconnue = (
            requetes_de(partial(demander, courriel)) for courriel in (personne.courriel, "claire.petot@passpro.example")
        )
        assert connue == inconnue
        assert any("courriers_courriel" in requete for requete in connue)
        assert Courriel.objects.get().destinataire == personne.courriel

    def test_ni_un_compte_suspendu_ni_une_suite_de_demandes_ne_recoivent_plus(self, personne):
        for _ in range(5):
            assert demander(personne.courriel).status_code == 200
        assert Courriel.objects.count() == 3
        suspendue = PersonneFactory(is_active=False)
        demander(suspendue.courriel)
        assert Courriel.objects.count() == 3

    def test_le_lien_s_ouvre_sans_effet_sert_une_fois_et_ferme_les_sessions(self, personne):
        ouverte = se_connecter(personne)
        demander(personne.courriel)
        lien = lien_recu()
        for methode in (Client().get, Client().head, Client().get):
            methode(lien, follow=True)
        personne.refresh_from_db()
        assert personne.check_password(MOT_DE_PASSE)
        assert "Votre mot de passe est changé." in choisir(lien).content.decode()
        personne.refresh_from_db()
        assert personne.check_password(NOUVEAU)
        assert ouverte.get("/compte/").status_code == 302
        assert not Session.objects.filter(personne=personne).exists()
        reponse = Client().get(lien)
        assert "Ce lien ne vaut plus" in reponse.content.decode()
        assert "Demander un nouveau lien" in reponse.content.decode()

    def test_le_lien_expire(self, personne, monkeypatch, settings):
        demander(personne.courriel)
        plus_tard = timezone.localtime() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT + 60)
        monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda _: plus_tard.replace(tzinfo=None))
        assert "Ce lien ne vaut plus" in Client().get(lien_recu()).content.decode()

    def test_le_lien_leve_l_attente_apres_cinq_essais(self, personne):
        client = Client()
        for n in range(5):
            client.post("/connexion/", {"username": personne.courriel, "password": f"faux-{n}"})
        saisie = {"username": personne.courriel, "password": NOUVEAU}
        demander(personne.courriel)
        choisir(lien_recu())
        assert client.post("/connexion/", saisie).status_code == 302

    def test_une_adresse_reseau_qui_en_demande_trop_attend_et_les_autres_non(self, personne):
        for n in range(60):
            assert demander(f"inconnu{n}@passpro.example").status_code == 200
        trop = demander(personne.courriel)
        assert trop.status_code == 429
        assert "Patientez 15 minutes" in trop.content.decode()
        assert demander(personne.courriel, REMOTE_ADDR="192.0.2.7").status_code == 200
        assert Courriel.objects.get().destinataire == personne.courriel


class TestRegles:
    @pytest.mark.parametrize(
        ("nouveau", "refus"),
        [
            ("trop-court", "au minimum 12"),
            ("123456789012345", "entièrement numérique"),
            ("1q2w3e4r5t6y", "trop courant"),
            ("claire.petit@pass", "trop semblable"),
            ("petitjeanne1", "trop semblable"),
        ],
        ids=["court", "chiffres", "courant", "adresse", "nom"],
    )
    def test_un_mauvais_choix_est_refuse_en_francais(self, personne, nouveau, refus):
        saisie = {"actuel": MOT_DE_PASSE, "nouveau": nouveau, "confirmation": nouveau}
        page = se_connecter(personne).post("/compte/mot-de-passe/", saisie).content.decode()
        personne.refresh_from_db()
        assert personne.check_password(MOT_DE_PASSE), page
        assert refus in page

    def test_elles_sont_dites_avant_de_taper(self, personne):
        page = se_connecter(personne).get("/compte/mot-de-passe/").content.decode()
        assert "12\xa0caractères au moins." in page


class TestChanger:
    def test_l_ancien_est_demande(self, personne):
        saisie = {"actuel": "faux", "nouveau": NOUVEAU, "confirmation": NOUVEAU}
        page = se_connecter(personne).post("/compte/mot-de-passe/", saisie).content.decode()
        assert "Ce mot de passe n’est pas le vôtre." in page
        personne.refresh_from_db()
        assert personne.check_password(MOT_DE_PASSE)

    def test_deux_mots_differents_sont_refuses(self, personne):
        saisie = {"actuel": MOT_DE_PASSE, "nouveau": NOUVEAU, "confirmation": f"{NOUVEAU} !"}
        page = se_connecter(personne).post("/compte/mot-de-passe/", saisie).content.decode()
        assert "Les deux mots de passe sont différents." in page

    def test_les_autres_sessions_se_ferment_et_la_personne_est_prevenue(self, personne):
        ici, ailleurs = se_connecter(personne), se_connecter(personne)
        saisie = {"actuel": MOT_DE_PASSE, "nouveau": NOUVEAU, "confirmation": NOUVEAU}
        assert "vos autres sessions sont fermées" in ici.post("/compte/mot-de-passe/", saisie, follow=True).text
        assert ici.get("/compte/").status_code == 200
        assert ailleurs.get("/compte/").status_code == 302
        assert Courriel.objects.get().sujet == "Passpro : un changement sur votre compte"
        trace = Trace.objects.de(personne).get()
        assert trace.fait == "mot_de_passe"
        assert not trace.avant
        assert not trace.apres

    def test_il_se_devine_cinq_fois_au_plus(self, personne):
        client = se_connecter(personne)
        saisie = {"actuel": "faux", "nouveau": NOUVEAU, "confirmation": NOUVEAU}
        statuts = [client.post("/compte/mot-de-passe/", saisie).status_code for _ in range(5)]
        assert statuts[-1] == 429
        assert client.post("/compte/mot-de-passe/", saisie | {"actuel": MOT_DE_PASSE}).status_code == 429
