"""La veille de la nuit : ce qu'elle trouve se note, se lit et s'écrit au SAIO, une fois par jour (F12, F7)."""

import logging
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from candidatures.models import Candidature
from courriers.models import Courriel
from passpro.invariants import INVARIANTS
from passpro.veille import controler, controler_la_nuit
from referentiel.models import Controle
from tests.factories.pilotage import MAINTENANT, Scene

CETTE_NUIT = MAINTENANT.replace(hour=3, minute=5)
PHRASE = "candidature_sans_formation\u00a0: 1 ({code}) – Une candidature active demande au moins une formation."


@pytest.fixture
def scene(db) -> Scene:
    return Scene()


@pytest.fixture
def sans_formation(scene) -> Candidature:
    """Une candidature qui n'a plus rien à demander : aucune contrainte ne sait le refuser."""
    return scene.candidature(formations=0)


def test_une_base_saine_ne_fait_ecrire_a_personne(scene, connecter):
    assert controler_la_nuit(le=CETTE_NUIT)
    controle = Controle.objects.get()
    assert (controle.ecarts, controle.invariants) == ([], len(INVARIANTS))
    assert not Courriel.objects.filter(nature="controle").exists()
    page = connecter(scene.saio.personne).get(reverse("pilotage:academie")).content.decode()
    assert "états impossibles" not in page


def test_un_etat_impossible_se_lit_au_saio_dans_son_courriel_et_au_journal(scene, sans_formation, connecter, caplog):
    attendu = PHRASE.format(code=sans_formation.code)
    with caplog.at_level(logging.ERROR):
        controler(le=CETTE_NUIT)
    assert attendu in caplog.text
    courriel = Courriel.objects.get(nature="controle")
    assert courriel.destinataire == scene.saio.personne.courriel
    assert attendu in courriel.texte
    page = connecter(scene.saio.personne).get(reverse("pilotage:academie")).content.decode()
    assert attendu in page
    assert sans_formation.eleve.nom not in courriel.texte + caplog.text
    sans_formation.delete()
    controler(le=CETTE_NUIT)
    assert "états impossibles" not in connecter(scene.saio.personne).get(reverse("pilotage:academie")).content.decode()


def test_le_controle_de_la_nuit_se_fait_une_fois_apres_trois_heures(scene, sans_formation):
    assert not controler_la_nuit(le=CETTE_NUIT.replace(hour=2))
    assert controler_la_nuit(le=CETTE_NUIT)
    assert not controler_la_nuit(le=CETTE_NUIT)
    assert Controle.objects.count() == 1
    assert Courriel.objects.filter(nature="controle").count() == 1


def test_la_commande_dit_ou_regarder_et_rend_un(scene, sans_formation):
    sortie = StringIO()
    with pytest.raises(SystemExit) as fin:
        call_command("verifier_les_invariants", stdout=sortie)
    assert fin.value.code == 1
    [ligne] = [ligne for ligne in sortie.getvalue().splitlines() if sans_formation.code in ligne]
    assert ligne.startswith("candidature_sans_formation ")
    assert f"{len(INVARIANTS)} invariants, 1 contredits." in sortie.getvalue()
    sans_formation.delete()
    call_command("verifier_les_invariants", stdout=sortie)
    assert f"{len(INVARIANTS)} invariants, 0 contredits." in sortie.getvalue()
