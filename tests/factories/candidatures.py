"""Élèves et candidatures des tests."""

from datetime import date, datetime

import factory
from factory.django import DjangoModelFactory

from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import Etat
from referentiel.rules.dates import PARIS
from tests.factories.referentiel import (
    AccueilFactory,
    CampagneFactory,
    EtablissementFactory,
    FormationFactory,
)

# Un mercredi de mars 2027, en pleine campagne d'essai.
EN_MARS = datetime(2027, 3, 10, 10, 0, tzinfo=PARIS)


class EleveFactory(DjangoModelFactory):
    class Meta:
        model = Eleve

    campagne = factory.SubFactory(CampagneFactory)
    etablissement = factory.SubFactory(EtablissementFactory)
    nom = factory.Sequence(lambda n: f"Diallo{n}")
    prenom = "Yanis"
    date_de_naissance = date(2012, 5, 14)
    classe = "3e B"
    referent_nom = "Mme Petit"
    referent_courriel = "petit@creteil.example"


class CandidatureFactory(DjangoModelFactory):
    """Candidature inscrite, avec une formation demandée sans avis."""

    class Meta:
        model = Candidature
        skip_postgeneration_save = True

    accueil = factory.SubFactory(AccueilFactory)
    domaine = factory.LazyAttribute(lambda c: c.accueil.domaine)
    eleve = factory.SubFactory(EleveFactory, campagne=factory.SelfAttribute("..accueil.domaine.campagne"))
    modalite = "individuel"
    etat = Etat.INSCRITE
    inscrite_le = EN_MARS

    @factory.post_generation
    def formations(self, create, nombre, **kwargs):
        for _ in range(1 if nombre is None else nombre):
            FormationDemandeeFactory(candidature=self, formation=FormationFactory(domaine=self.domaine))


class FormationDemandeeFactory(DjangoModelFactory):
    class Meta:
        model = FormationDemandee

    candidature = factory.SubFactory(CandidatureFactory, formations=0)
    domaine = factory.LazyAttribute(lambda f: f.candidature.domaine)
    formation = factory.SubFactory(FormationFactory, domaine=factory.SelfAttribute("..domaine"))
