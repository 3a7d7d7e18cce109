"""Le brouillon enregistré pendant la saisie : ce que le serveur répond au script (R42, F3 à F6)."""

from datetime import datetime

import pytest
from django.urls import reverse

from avis.models import CompteRendu
from avis.services import enregistrer_le_brouillon, transmettre
from referentiel.en_direct import sceau_de
from referentiel.rules.dates import PARIS
from tests.factories.avis import LENDEMAIN, TEXTE, avis_pour, candidature_entendue
from tests.factories.referentiel import PersonneFactory, RattachementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lendemain(monkeypatch):
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: LENDEMAIN)


@pytest.fixture
def candidature():
    return candidature_entendue()


@pytest.fixture
def chef(candidature):
    return RattachementFactory(a_l_accueil=True, etablissement=candidature.accueil.etablissement).personne


@pytest.fixture
def envoyer(candidature, chef, connecter):
    adresse = reverse("avis:brouillon", args=[candidature.accueil.etablissement.segment, candidature.code])
    (code,) = candidature.formations_demandees.values_list("code", flat=True)

    def _envoyer(texte=TEXTE, avis="favorable", version=0, **champs):
        saisi = {"texte": texte, f"avis_{code}": avis, "version": version, "personne": sceau_de(chef)} | champs
        return connecter(chef).post(adresse, saisi)

    _envoyer.lire = lambda: connecter(chef).get(adresse)
    _envoyer.nom = f"avis_{code}"
    return _envoyer


def test_ce_qui_est_tape_se_garde_et_la_version_avance(envoyer):
    recu = envoyer().json()
    assert recu == {
        "texte": TEXTE,
        "avis": {envoyer.nom: "favorable"},
        "version": 1,
        "etat": "Brouillon enregistré à 9\u00a0h\u00a000",
    }
    assert envoyer("Une suite", avis="", version=1).json()["version"] == 2
    compte_rendu = CompteRendu.objects.get()
    assert (compte_rendu.texte, compte_rendu.etat, compte_rendu.avis.count()) == ("Une suite", "brouillon", 0)


def test_un_envoi_repete_n_a_qu_un_effet(envoyer):
    envoyer()
    assert envoyer().json()["version"] == 1


def test_la_seconde_personne_recoit_la_version_de_la_premiere(envoyer, candidature):
    benoit = PersonneFactory(nom="Benoît")
    saisie = {"candidature": candidature, "texte": "Le sien", "avis": avis_pour(candidature), "version": 0}
    enregistrer_le_brouillon(**saisie, par=benoit, le=LENDEMAIN)
    reponse = envoyer("Le mien", avis="reserve")
    assert reponse.status_code == 409
    assert "Mme Benoît a modifié ce compte-rendu" in reponse.json()["phrase"]
    assert reponse.json()["actuel"]["texte"] == "Le sien"
    assert reponse.json()["actuel"]["avis"] == {envoyer.nom: "favorable"}
    transmettre(**saisie | {"version": 1}, par=benoit, le=LENDEMAIN)
    reponse = envoyer("Le mien", version=1)
    assert reponse.status_code == 409
    assert "a transmis ce compte-rendu" in reponse.json()["phrase"]
    assert CompteRendu.objects.get().texte == "Le sien"


def test_rien_ne_s_ecrit_au_nom_d_une_autre_personne(envoyer, chef):
    for sceau in ("", sceau_de(PersonneFactory())):
        reponse = envoyer(personne=sceau)
        assert reponse.status_code == 422
        assert "au nom d’une autre personne" in reponse.json()["phrase"]
    assert envoyer.lire().json()["personne"] == sceau_de(chef)
    assert not CompteRendu.objects.exists()


def test_apres_la_date_limite_la_reponse_le_dit(envoyer, monkeypatch):
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: datetime(2027, 5, 26, tzinfo=PARIS))
    reponse = envoyer()
    assert reponse.status_code == 422
    assert reponse.json()["close"] is True
    assert "date limite" in reponse.json()["phrase"]
    assert not CompteRendu.objects.exists()


def test_un_texte_trop_long_se_refuse_avec_sa_phrase(envoyer):
    reponse = envoyer("a" * 2001)
    assert reponse.status_code == 422
    assert "2001 caractères" in reponse.json()["phrase"]
