"""Chaque page qui recueille des données personnelles dit à quoi elles servent, de la même façon (R40)."""

from django.urls import reverse

from tests.architecture.acces import TABLE

# Page, et qui l'ouvre.
QUI_RECUEILLENT = {
    "candidatures:eleve_ajouter": "chef_origine",
    "candidatures:eleve_modifier": "chef_origine",
    "candidatures:classes": "chef_origine",
    "candidatures:import_fichier": "chef_origine",
    "candidatures:inscription_formations": "chef_origine",
    "candidatures:inscription_avis": "chef_origine",
    "candidatures:avis_eleve": "chef_origine",
    "candidatures:avis_classe": "chef_origine",
    "candidatures:pre_inscription_eleve": "anonyme",
    "candidatures:pre_inscription_etablissement": "anonyme",
    "candidatures:pre_inscription_avis": "anonyme",
    "avis:compte_rendu": "chef_accueil",
    "referentiel:inviter_origine": "chef_origine",
    "referentiel:inviter_accueil": "chef_accueil",
    "referentiel:inviter_dans_l_academie": "saio",
    "referentiel:inviter_une_liste": "saio",
}


def test_chaque_page_qui_recueille_des_donnees_porte_sa_mention(scene, lieux, connecter, client):
    pages = {page.nom: page for page in TABLE}
    sans = []
    for nom, qui in QUI_RECUEILLENT.items():
        visiteur = client if qui == "anonyme" else connecter(getattr(scene, qui).personne)
        reponse = visiteur.get(reverse(nom, kwargs=lieux.arguments(pages[nom])))
        assert reponse.status_code == 200, nom
        if reponse.content.decode().count("data-mention") != 1:
            sans.append(nom)
    assert sans == []
