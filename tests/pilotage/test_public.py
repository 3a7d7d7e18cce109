"""Pages publiques, état de santé, pages d'erreur."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from courriers.models import Courriel
from passpro.celery import app
from passpro.erreurs import erreur_inattendue
from passpro.tasks import battre_l_horloge
from referentiel.models import Campagne
from referentiel.services.controles import noter_le_battement
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
    reference = caplog.records[-1].getMessage().split()[-1]
    assert reponse.status_code == 500
    assert reference in reponse.content.decode()


class TestSante:
    ADRESSE = "/sante/prete/"

    def test_le_processus_repond_sans_rien_lire(self, client, monkeypatch):
        monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
        reponse = client.get("/sante/")
        assert (reponse.status_code, reponse.json()) == (200, {"etat": "bon"})
        assert "no-store" in reponse["Cache-Control"]

    def test_tout_va(self, client, db):
        battre_l_horloge("courriers")
        reponse = client.get(self.ADRESSE)
        assert reponse.status_code == 200
        assert set(reponse.json().values()) == {"bon"}

    def test_une_migration_manque(self, client, db):
        MigrationRecorder(connection).migration_qs.filter(app="courriers").order_by("-pk").first().delete()
        reponse = client.get(self.ADRESSE)
        assert reponse.status_code == 503
        assert reponse.json()["migrations"] == "en panne"
        assert reponse.json()["base"] == "bon"

    def test_une_migration_faite_pendant_que_le_processus_vit_le_rend_pret(self, client, db):
        """Le graphe ne se relit qu'une fois par processus, ce que la base a reçu à chaque demande."""
        noteur = MigrationRecorder(connection)
        statuts = []
        for _ in range(2):
            manquante = noteur.migration_qs.filter(app="courriers").latest("pk")
            manquante.delete()
            statuts.append(client.get(self.ADRESSE).status_code)
            noteur.record_applied(manquante.app, manquante.name)
            statuts.append(client.get(self.ADRESSE).status_code)
        assert statuts == [503, 200, 503, 200]

    def test_prete_elle_ne_refait_pas_le_graphe_des_migrations(self, client, db, django_assert_max_num_queries):
        client.get(self.ADRESSE, REMOTE_ADDR="198.51.100.7")
        with django_assert_max_num_queries(2):
            assert client.get(self.ADRESSE, REMOTE_ADDR="198.51.100.7").status_code == 200

    def test_le_courtier_ne_repond_pas_les_pages_se_servent(self, client, db, monkeypatch):
        """Toutes les machines ont le même : l'exiger les retirerait toutes, alors que rien ne se perd sans lui."""
        monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
        monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
        reponse = client.get(self.ADRESSE)
        assert (reponse.status_code, reponse.json()["courtier"]) == (200, "en panne")

    def test_les_documents_ne_s_ecrivent_plus(self, client, db, settings, tmp_path):
        (tmp_path / "pris").write_text("un fichier à la place du dossier")
        settings.MEDIA_ROOT = str(tmp_path / "pris")
        reponse = client.get(self.ADRESSE)
        assert (reponse.status_code, reponse.json()["fichiers"]) == (200, "en panne")

    def test_un_courriel_attend_trop_et_l_horloge_se_tait(self, client, db):
        """Les pages se servent encore : la sonde le lit, sans que l'installation sorte du service."""
        il_y_a = timezone.now() - timedelta(minutes=20)
        Courriel.objects.create(
            cle="attend",
            nature="essai",
            destinataire="ce@creteil.example",
            poste_le=il_y_a,
            prochain_essai_le=il_y_a,
        )
        noter_le_battement(file="courriers", le=il_y_a)
        noter_le_battement(file="documents", le=timezone.now())
        reponse = client.get(self.ADRESSE)
        assert (reponse.status_code, reponse.json()["etat"]) == (200, "bon")
        assert (reponse.json()["envois"], reponse.json()["horloge"]) == ("en panne", "en panne")

    def test_elles_ne_sont_pas_renvoyees_vers_https(self, db):
        with override_settings(SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=[r"^sante/(prete/)?$"]):
            assert Client().get("/sante/").status_code == 200
            assert Client().get(self.ADRESSE).status_code == 200
            assert Client().get("/aide/").status_code == 301

    @pytest.mark.parametrize(
        ("origine", "transmise", "detaille"),
        [
            ("127.0.0.1", None, True),
            ("198.51.100.7", None, False),
            ("127.0.0.1", "127.0.0.1", False),
            ("10.1.2.3", None, True),
        ],
    )
    def test_seule_une_sonde_lit_le_detail(self, client, db, settings, origine, transmise, detaille):
        settings.SONDES = ["10.0.0.0/8"]
        entetes = {"HTTP_X_FORWARDED_FOR": transmise} if transmise else {}
        reponse = client.get(self.ADRESSE, REMOTE_ADDR=origine, **entetes)
        assert reponse.status_code == 200
        assert ("base" in reponse.json()) is detaille
