"""Mentions légales : ce que l'installation dit d'elle, et ce qu'on lui rappelle quand elle se tait (P10)."""

from django.core.checks import run_checks
from django.urls import reverse

REGLEES = {
    "MENTIONS_EDITEUR": "Rectorat d’essai",
    "MENTIONS_DIRECTION": "Mme Petit, rectrice",
    "MENTIONS_HEBERGEUR": "Hébergeur d’essai",
    "DELEGUES_A_LA_PROTECTION_DES_DONNEES": {"creteil": "dpd@creteil.example"},
}


def avertissements() -> list[str]:
    return [faute.msg for faute in run_checks() if faute.id == "passpro.W001"]


def test_la_page_nomme_l_editeur_la_direction_et_l_hebergeur(client, db, settings):
    for reglage, valeur in REGLEES.items():
        setattr(settings, reglage, valeur)
    page = client.get(reverse("pilotage:mentions")).content.decode()
    for valeur in ("Rectorat d’essai", "Mme Petit, rectrice", "Hébergeur d’essai", "licence MIT"):
        assert valeur in page


def test_seul_le_saio_lit_hors_production_ce_qui_manque(client, scene, connecter, settings):
    saio, adresse = connecter(scene.saio.personne), reverse("pilotage:mentions")
    assert "MENTIONS_EDITEUR" in saio.get(adresse).content.decode()
    assert "MENTIONS_EDITEUR" not in client.get(adresse).content.decode()
    assert "MENTIONS_EDITEUR" not in connecter(scene.chef_origine.personne).get(adresse).content.decode()
    settings.PRODUCTION = True
    assert "MENTIONS_EDITEUR" not in saio.get(adresse).content.decode()


def test_une_production_qui_ne_se_nomme_pas_est_avertie(settings):
    assert avertissements() == []
    settings.PRODUCTION = True
    assert len(avertissements()) == len(REGLEES)
    for reglage, valeur in REGLEES.items():
        setattr(settings, reglage, valeur)
    assert avertissements() == []


def test_la_personne_deleguee_se_joint_depuis_la_page_des_donnees(client, db, settings, scene):
    scene.campagne.academie.contact_courriel = "saio@creteil.example"
    scene.campagne.academie.save()
    settings.DELEGUES_A_LA_PROTECTION_DES_DONNEES = {scene.campagne.academie.code: "dpd@creteil.example"}
    assert "dpd@creteil.example" in client.get(reverse("pilotage:donnees_personnelles")).content.decode()
