"""Deux établissements écrivent le même INE au même instant : la base tranche, une phrase le dit (R12, R13)."""

import threading

import pytest
from django.db import connection, transaction

from candidatures.models import Eleve
from referentiel.models.travaux import Importation
from referentiel.rules.refus import Refus
from tests.candidatures.test_import_services import DIALLO, appliquer, plan, verifie
from tests.factories.candidatures import EleveFactory
from tests.factories.imports import INE
from tests.factories.inscriptions import Monde
from tests.factories.referentiel import EtablissementFactory


@pytest.mark.django_db(transaction=True)
def test_le_meme_ine_inscrit_ailleurs_au_meme_instant_donne_une_phrase(transactional_db):
    """L'autre établissement écrit entre la comparaison et l'écriture : la base tranche, la page le dit."""
    with transaction.atomic():
        monde, ailleurs = Monde(), EtablissementFactory()
    importation = verifie(monde, DIALLO)
    empreinte = plan(monde, importation).empreinte
    tenu, fini = threading.Event(), threading.Event()

    def inscrire_ailleurs() -> None:
        with transaction.atomic():
            EleveFactory(campagne=monde.campagne, etablissement=ailleurs, ine=INE)
            tenu.set()
            fini.wait(1)
        connection.close()

    autre = threading.Thread(target=inscrire_ailleurs)
    autre.start()
    tenu.wait(5)
    with pytest.raises(Refus, match="Cet INE est déjà inscrit dans la campagne"):
        appliquer(monde, importation, empreinte=empreinte)
    autre.join()
    assert not Eleve.objects.filter(etablissement=monde.college).exists()
    assert Importation.objects.get().etat == Importation.Etat.VERIFICATION
