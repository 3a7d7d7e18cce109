"""Demandes d'accès à un établissement."""

import factory
from factory.django import DjangoModelFactory

from referentiel.models import DemandeDAcces
from tests.factories.pilotage import MAINTENANT
from tests.factories.referentiel import EtablissementFactory


class DemandeDAccesFactory(DjangoModelFactory):
    class Meta:
        model = DemandeDAcces

    etablissement = factory.SubFactory(EtablissementFactory)
    emetteur = "arena"
    sujet = factory.Sequence(lambda n: f"sujet{n}")
    courriel = factory.Sequence(lambda n: f"demande{n}@ac-creteil.example")
    prenom = "Karim"
    nom = factory.Sequence(lambda n: f"Haddad{n}")
    fonction = "Secrétaire"
    demandee_le = MAINTENANT
