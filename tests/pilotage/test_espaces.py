"""Choisir un établissement, pour qui en a beaucoup (écran C2)."""

import re

import pytest
from django.urls import reverse

from pilotage.selectors.taches import ACCUEIL, ORIGINE, compter
from tests.factories.referentiel import EtablissementFactory, RattachementFactory
from tests.pilotage.test_comptes_prepares import ou_de

ESPACES = reverse("comptes:espaces")


@pytest.mark.parametrize("combien", [2, 30])
def test_chaque_espace_dit_ses_taches(scene, connecter, django_assert_max_num_queries, combien):
    """Autant de requêtes pour deux espaces que pour trente ; le nombre est celui de « À faire »."""
    personne = RattachementFactory(etablissement=scene.college).personne
    RattachementFactory(etablissement=scene.lycee, personne=personne, a_l_accueil=True)
    for lieu in EtablissementFactory.create_batch(combien - 2):
        RattachementFactory(etablissement=lieu, personne=personne)
    scene.tout()
    client = connecter(personne)
    with django_assert_max_num_queries(12):
        page = client.get(ESPACES).content.decode()
    assert page.count("data-option=") == combien
    assert dict(re.findall(r'href="(/[^"]+/)">[^<]*</a> – (\d+)&nbsp;tâche', page)) == {
        f"/origine/{scene.college.segment}/": str(len(compter(ORIGINE, ou_de(scene, "chef_origine")))),
        f"/accueil/{scene.lycee.segment}/": str(len(compter(ACCUEIL, ou_de(scene, "chef_accueil")))),
    }
