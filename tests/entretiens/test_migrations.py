"""Une base déjà pleine suit les migrations."""

import pytest
from django.core.management import call_command
from django.db import connection

from entretiens.models import Entretien
from tests.factories.candidatures import CandidatureFactory
from tests.factories.entretiens import ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory


@pytest.mark.django_db(transaction=True)
def test_les_entretiens_d_avant_recoivent_le_domaine_de_leur_candidature():
    accueil = AccueilFactory()
    entretien = placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil))
    call_command("migrate", "entretiens", "0009", verbosity=0)
    with connection.cursor() as curseur:
        curseur.execute("ALTER TABLE entretiens_entretien DISABLE TRIGGER entretiens_domaine")
        curseur.execute("UPDATE entretiens_entretien SET domaine_id = NULL")
        curseur.execute("ALTER TABLE entretiens_entretien ENABLE TRIGGER entretiens_domaine")
    call_command("migrate", "entretiens", verbosity=0)
    assert Entretien.objects.get(pk=entretien.pk).domaine == accueil.domaine
