"""Quelle horloge compte : celle du serveur web, à la réception, et elle seule (R2, R4, F3)."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from candidatures.models import Eleve
from entretiens.models import Envoi
from referentiel.models import Periode
from referentiel.rules.calendrier import Bornes, Nature, est_ouverte
from referentiel.rules.dates import fin_du_jour, jour_de
from tests.factories.pilotage import MAINTENANT, Scene

CLOTURE = fin_du_jour(jour_de(MAINTENANT))
AVANT = CLOTURE - timedelta(microseconds=1)
MICROSECONDE = timedelta(microseconds=1)
HORLOGE_DE_LA_BASE = re.compile(
    r"\b(Now|TransactionNow|CURRENT_TIMESTAMP|CURRENT_DATE|clock_timestamp|LOCALTIMESTAMP)\b"
)


@pytest.fixture
def scene(db) -> Scene:
    """Tout ce qui s'inscrit et se convoque se ferme ce soir."""
    scene = Scene()
    soir = jour_de(MAINTENANT)
    natures = [Nature.INFORMATION, Nature.INSCRIPTION, Nature.CONVOCATIONS]
    Periode.objects.filter(campagne=scene.campagne, nature__in=natures).update(fin=soir)
    return scene


def a_l_heure(monkeypatch, reception: datetime, ensuite: datetime) -> None:
    """La requête est reçue à `reception` ; partout ailleurs, l'horloge du serveur dit `ensuite`."""
    monkeypatch.setattr(timezone, "now", lambda: ensuite)
    monkeypatch.setattr("referentiel.middleware.timezone", SimpleNamespace(now=lambda: reception))


ELEVE = {
    "nom": "Diallo",
    "prenom": "Awa",
    "date_de_naissance_0": "14",
    "date_de_naissance_1": "5",
    "date_de_naissance_2": "2012",
    "date_de_naissance": "2012-05-14",
    "classe": "3e B",
    "niveau": "3e",
    "referent": "autre",
    "referent_nom": "Mme Petit",
    "referent_courriel": "petit@creteil.example",
}


def envoyer(scene, connecter, **entetes):
    adresse = reverse("entretiens:verifier_l_envoi", args=[scene.lycee.segment])
    saisie = {"codes": scene.prevu.code, "quand": "maintenant", "le": AVANT.isoformat(), "date": AVANT.isoformat()}
    return connecter(scene.chef_accueil.personne).post(adresse, saisie, **entetes)


def test_une_requete_recue_avant_la_cloture_aboutit_meme_si_elle_finit_apres(scene, connecter, monkeypatch):
    scene.prevu = scene.planifiee()
    a_l_heure(monkeypatch, AVANT, CLOTURE + timedelta(seconds=20))
    assert envoyer(scene, connecter).status_code == 302
    assert Envoi.objects.get().le == AVANT


def test_rejouee_une_microseconde_plus_tard_elle_n_a_plus_d_effet(scene, connecter, monkeypatch):
    """Le navigateur, lui, dit qu'il est encore l'heure : son horloge ne compte pas."""
    scene.prevu = scene.planifiee()
    a_l_heure(monkeypatch, CLOTURE, CLOTURE)
    reponse = envoyer(scene, connecter, headers={"date": "Mon, 15 Mar 2027 21:00:00 GMT"})
    assert "L’envoi des convocations est clos" in reponse.content.decode()
    assert not Envoi.objects.exists()


def test_un_formulaire_ouvert_avant_et_envoye_pendant_la_grace_aboutit(scene, connecter, monkeypatch):
    scene.prevu = scene.planifiee()
    scene.campagne.regles.grace = 10
    scene.campagne.regles.save()
    for reception, attendus in (
        (CLOTURE + timedelta(minutes=10), 0),
        (CLOTURE + timedelta(minutes=10) - MICROSECONDE, 1),
    ):
        a_l_heure(monkeypatch, reception, reception)
        envoyer(scene, connecter)
        assert Envoi.objects.count() == attendus


def test_un_formulaire_renvoye_apres_la_cloture_rend_le_texte_et_n_ajoute_personne(scene, connecter, monkeypatch):
    a_l_heure(monkeypatch, CLOTURE, CLOTURE)
    adresse = reverse("candidatures:eleve_ajouter", args=[scene.college.segment])
    page = connecter(scene.chef_origine.personne).post(adresse, ELEVE).content.decode()
    assert "Diallo" in page
    assert not Eleve.objects.filter(nom="Diallo").exists()


@pytest.mark.parametrize(
    ("jour", "cloture"),
    [
        (date(2027, 3, 28), datetime(2027, 3, 28, 22, 0, tzinfo=UTC)),
        (date(2027, 3, 27), datetime(2027, 3, 27, 23, 0, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 10, 31, 23, 0, tzinfo=UTC)),
        (date(2027, 10, 30), datetime(2027, 10, 30, 22, 0, tzinfo=UTC)),
    ],
    ids=["jour de 23 heures", "veille de l'heure d'été", "jour de 25 heures", "veille de l'heure d'hiver"],
)
def test_le_dernier_jour_compte_en_entier_quand_l_heure_change(jour, cloture):
    bornes = Bornes(jour, jour)
    assert est_ouverte(bornes, cloture - MICROSECONDE)
    assert not est_ouverte(bornes, cloture)


def test_aucune_regle_ne_lit_l_horloge_de_la_base():
    """La base peut être sur une autre machine : `request.le` est la seule heure des services et des lectures."""
    modules = [Path(apps.get_app_config(nom).path) for nom in ("avis", "candidatures", "entretiens", "referentiel")]
    lisent = [
        str(fichier)
        for module in modules
        for fichier in module.rglob("*.py")
        if "migrations" not in fichier.parts and HORLOGE_DE_LA_BASE.search(fichier.read_text())
    ]
    assert lisent == []
