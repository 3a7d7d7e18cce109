"""La campagne de démonstration, en petit : tous les états, aucune incohérence, une seule installation."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Creneau, Entretien
from passpro.demonstration import eleves, monde
from passpro.demonstration.comptes import COMPTES, Compte
from tests.factories.referentiel import CampagneFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def demonstration(settings, monkeypatch):
    settings.DEMONSTRATION = True
    monkeypatch.setattr(monde, "COLLEGES", 6)
    monkeypatch.setattr(monde, "LYCEES", 8)
    monkeypatch.setattr(eleves, "ELEVES", 260)
    monkeypatch.setattr(eleves, "ELEVES_DES_COMPTES", 60)


def installer(**options: bool) -> str:
    sortie = StringIO()
    call_command("installer_demonstration", stdout=sortie, **options)
    return sortie.getvalue()


def entre(compte: Compte) -> bool:
    """Vrai si le compte se connecte et arrive dans son espace."""
    saisie = {"username": compte.courriel, "password": compte.mot_de_passe}
    return (
        Client()
        .post("/connexion/", saisie, follow=True)
        .redirect_chain[-1][0]
        .startswith(("/origine/", "/accueil/", "/academie/"))
    )


def test_la_demonstration_s_installe_une_fois_et_montre_tous_les_etats():
    installer()
    assert Eleve.objects.count() == 260
    assert set(Candidature.objects.values_list("etat", flat=True)) == set(Etat) - {Etat.A_VALIDER}
    assert Entretien.objects.values("candidature").distinct().count() > 100
    assert not Creneau.objects.filter(places_prises__gt=1, capacite=1).exists()
    assert Courriel.objects.filter(etat=EtatCourriel.ENVOYE).exists()
    assert Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).exists()
    assert all(entre(compte) for compte in COMPTES)

    premiere = set(Candidature.objects.values_list("code", flat=True))
    assert "déjà installée" in installer()
    assert set(Candidature.objects.values_list("code", flat=True)) == premiere


def test_la_demonstration_ne_touche_pas_a_une_autre_campagne():
    with transaction.atomic():
        CampagneFactory(intitule="Campagne réelle")
    with pytest.raises(CommandError, match="autre campagne"):
        installer(recommencer=True)


def test_hors_demonstration_rien_ne_s_installe(settings):
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError, match="PASSPRO_MODE"):
        installer()
