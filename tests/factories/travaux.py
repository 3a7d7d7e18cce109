"""Travaux longs, tels que l'atelier les laisse."""

from datetime import timedelta

import factory
from django.core.files.base import ContentFile
from django.utils import timezone
from factory.django import DjangoModelFactory

from referentiel.models import Travail
from tests.factories.referentiel import CampagneFactory, EtablissementFactory, PersonneFactory


class TravailFactory(DjangoModelFactory):
    """Travail prêt : son fichier se télécharge encore vingt-quatre heures."""

    class Meta:
        model = Travail

    nature = "fiches"
    titre = "Fiches récapitulatives"
    demande = factory.LazyFunction(lambda: {"cote": "origine"})
    etat = Travail.Etat.PRET
    campagne = factory.SubFactory(CampagneFactory)
    academie = factory.SelfAttribute("campagne.academie")
    etablissement = factory.SubFactory(EtablissementFactory)
    par = factory.SubFactory(PersonneFactory)
    fait = 1
    total = 1
    fichier = factory.LazyFunction(lambda: ContentFile(b"%PDF-1.7", name="essai.pdf"))
    nom_du_fichier = "passpro-fiches.pdf"
    taille = 8
    pages = 1
    demande_le = factory.LazyFunction(timezone.now)
    expire_le = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=24))

    class Params:
        arrete = factory.Trait(etat=Travail.Etat.ARRETE, fichier="", expire_le=None, fait=0)
