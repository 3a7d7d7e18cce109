"""Le registre des traitements ne peut pas s'écarter de ce que la base garde (R40)."""

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from conservation.rules.registre import REGISTRE, champs_declares
from conservation.services.etapes import CHEMINS, ETAPES
from referentiel.models import JeuDeRegles
from tests.factories.pilotage import Scene
from tests.factories.referentiel import CampagneFactory

PORTEURS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.DateField,
    models.BinaryField,
    models.FileField,
    models.GenericIPAddressField,
    ArrayField,
)


def champs_de_la_base() -> set[str]:
    return {
        f"{modele._meta.label}.{champ.name}"
        for modele in apps.get_models(include_auto_created=True)
        for champ in modele._meta.concrete_fields
        if isinstance(champ, PORTEURS) and not isinstance(champ, models.DateTimeField)
    }


def test_chaque_champ_est_au_registre_ou_dit_non_personnel():
    declares = champs_declares()
    assert champs_de_la_base() - declares.keys() == set()
    assert declares.keys() - champs_de_la_base() == set()
    assert {champ: titres for champ, titres in declares.items() if len(titres) > 1} == {}


def test_ce_qui_se_garde_le_temps_d_une_campagne_est_anonymise_avec_elle():
    """Un traitement à la durée d'une campagne ne porte que sur des tables que l'anonymisation connaît."""
    tables = {modele for t in REGISTRE if t.duree == "campagne" for modele in t.champs}
    connues = {modele._meta.label for modele in CHEMINS} | {"comptes.Trace"}
    # L'administration n'écrit rien dans le journal de Django : `comptes.administration`.
    assert tables - connues == {"admin.LogEntry"}
    assert len({etape.nom for etape in ETAPES}) == len(ETAPES)


@pytest.mark.django_db
def test_les_durees_montrees_sont_celles_qui_sont_reglees(client, connecter, settings):
    scene = Scene()
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(conservation=18)
    saio = connecter(scene.saio.personne)
    assert "18 mois après la clôture" in saio.get(reverse("conservation:registre")).content.decode()
    publique = client.get(reverse("pilotage:donnees_personnelles")).content.decode()
    assert "18 mois après la clôture" in publique
    assert f"{settings.CONSERVATION_DES_COURRIELS.days} jours" in publique
    assert all(traitement.titre in publique for traitement in REGISTRE)
    CampagneFactory(academie=scene.campagne.academie, etat="close")
    assert "12 ou 18 mois" in client.get(reverse("pilotage:donnees_personnelles")).content.decode()
