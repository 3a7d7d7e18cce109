"""Pages publiques, état de santé, pages d'erreur."""

import logging

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings
from django.urls import reverse

from passpro.celery import app
from passpro.erreurs import erreur_inattendue
from referentiel.models import Campagne
from tests.factories.referentiel import AcademieFactory, CampagneFactory

PAGES = ["accueil", "aide", "mentions", "donnees_personnelles", "accessibilite", "plan_du_site", "contact"]


@pytest.mark.parametrize("nom", PAGES)
def test_une_page_publique_se_lit_sans_compte_ni_campagne(client, db, nom):
    assert client.get(reverse(f"pilotage:{nom}")).status_code == 200


def test_l_accueil_dit_la_phrase_de_la_campagne_sur_affelnet(client, db):
    CampagneFactory(regles__phrase_affelnet="Une phrase choisie par le SAIO.")
    page = client.get("/").content.decode()
    assert "Une phrase choisie par le SAIO." in page
    assert "Passpro ne donne aucune bonification" not in page


def test_sans_campagne_ouverte_l_accueil_ne_promet_rien_d_affelnet(client, db):
    CampagneFactory(etat=Campagne.Etat.CLOSE)
    assert "Affelnet" not in client.get("/").content.decode()


def test_les_contacts_du_saio_se_lisent(client, db):
    AcademieFactory(contact_courriel="saio@creteil.example", contact_telephone="01 99 00 10 00")
    for nom in ("contact", "aide", "accessibilite"):
        assert "saio@creteil.example" in client.get(reverse(f"pilotage:{nom}")).content.decode()


def test_une_adresse_inconnue_dit_page_non_trouvee(client, db):
    reponse = client.get("/nulle-part/")
    assert reponse.status_code == 404
    assert "Page non trouvée" in reponse.content.decode()


def test_l_erreur_inattendue_donne_une_reference_que_l_on_retrouve_au_journal(rf, caplog):
    with caplog.at_level(logging.ERROR):
        reponse = erreur_inattendue(rf.get("/"))
    reference = caplog.records[-1].getMessage().split()[2]
    assert reponse.status_code == 500
    assert reference in reponse.content.decode()


class TestSante:
    def test_tout_va(self, client, db):
        reponse = client.get("/sante/")
        assert reponse.status_code == 200
        assert reponse.json() == {"etat": "bon", "base": "bon", "courtier": "bon", "migrations": "bon"}

    def test_une_migration_manque(self, client, db):
        MigrationRecorder(connection).migration_qs.filter(app="courriers").order_by("-pk").first().delete()
        reponse = client.get("/sante/")
        assert reponse.status_code == 503
        assert reponse.json()["migrations"] == "en panne"
        assert reponse.json()["base"] == "bon"

    def test_le_courtier_ne_repond_pas(self, client, db, monkeypatch):
        monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
        monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
        reponse = client.get("/sante/")
        assert reponse.status_code == 503
        assert reponse.json()["courtier"] == "en panne"

    def test_elle_n_est_pas_renvoyee_vers_https(self, db):
        with override_settings(SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=[r"^sante/$"]):
            assert Client().get("/sante/").status_code == 200
            assert Client().get("/aide/").status_code == 301

    def test_elle_ne_dit_aucun_detail(self, client, db):
        assert set(client.get("/sante/").json()) == {"etat", "base", "courtier", "migrations"}
