"""Imports du référentiel, en attente ou appliqués."""

from datetime import datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from referentiel.models import Importation
from referentiel.rules.dates import PARIS
from tests.factories.referentiel import AcademieFactory, CampagneFactory, PersonneFactory


class ImportationFactory(DjangoModelFactory):
    """Import d'établissements, vide, à vérifier."""

    class Meta:
        model = Importation

    nature = Importation.Nature.ETABLISSEMENTS
    etat = Importation.Etat.VERIFICATION
    academie = factory.SubFactory(AcademieFactory)
    par = factory.SubFactory(PersonneFactory)
    nom_du_fichier = "liste.csv"
    correspondance = factory.LazyFunction(lambda: {"uai": "UAI"})
    cree_le = datetime(2027, 3, 15, 10, 0, tzinfo=PARIS)
    expire_le = factory.LazyAttribute(lambda i: i.cree_le + timedelta(days=2))

    class Params:
        du_catalogue = factory.Trait(
            nature=Importation.Nature.CATALOGUE,
            campagne=factory.SubFactory(CampagneFactory, academie=factory.SelfAttribute("..academie")),
        )
        appliquee = factory.Trait(
            etat=Importation.Etat.APPLIQUEE,
            applique_le=factory.SelfAttribute("cree_le"),
            rapport=factory.LazyFunction(
                lambda: {
                    **dict.fromkeys(("ajoutes", "modifies", "retires", "inchanges", "non_appliques"), 1),
                    "sauvegarde": {"titre": "Export du 15 mars", "entetes": ["Domaine"], "lignes": [["Bois"]]},
                }
            ),
        )
