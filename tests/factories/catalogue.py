"""Un catalogue où chercher : des formations à mots-clés, des villes, des modalités."""

from dataclasses import dataclass, field

from referentiel.models import Campagne, Etablissement, Formation
from tests.factories.referentiel import (
    AccueilFactory,
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
)

LIEUX = {
    "Sevran": ("093", 48.94, 2.53),
    "Melun": ("077", 48.54, 2.66),
    "Créteil": ("094", 48.79, 2.46),
    "Le Raincy": ("093", 48.9, 2.52),
}


@dataclass
class Catalogue:
    """Cuisine et pâtisserie dans quatre villes, coiffure à Melun hors Passpro, maçonnerie sans accueil."""

    campagne: Campagne = field(default_factory=CampagneFactory)

    def __post_init__(self) -> None:
        self.cuisine = DomaineFactory(campagne=self.campagne, nom="Hôtellerie-restauration")
        self.batiment = DomaineFactory(campagne=self.campagne, nom="Bâtiment")
        self.beaute = DomaineFactory(campagne=self.campagne, nom="Métiers de la beauté")
        self.lycees = {ville: self.lycee(ville) for ville in LIEUX}
        self.patissier = FormationFactory(domaine=self.cuisine, libelle="Pâtissier", mots_cles="boulanger, gâteaux")
        self.cuisinier = FormationFactory(domaine=self.cuisine, libelle="Cuisine", type=Formation.Type.SECONDE_PRO)
        self.macon = FormationFactory(domaine=self.batiment, libelle="Maçon")
        self.coiffure = FormationFactory(domaine=self.beaute, libelle="Métiers de la coiffure")
        for ville, modalite in (("Sevran", "individuel"), ("Melun", "collectif"), ("Créteil", "au_choix")):
            AccueilFactory(
                domaine=self.cuisine, etablissement=self.lycees[ville], modalite=modalite, acces=f"Gare de {ville}."
            )
            OffreFactory(formation=self.patissier, etablissement=self.lycees[ville])
        OffreFactory(formation=self.cuisinier, etablissement=self.lycees["Sevran"])
        OffreFactory(formation=self.macon, etablissement=self.lycees["Le Raincy"])
        OffreFactory(
            formation=self.coiffure,
            etablissement=self.lycees["Melun"],
            hors_passpro=True,
            presentation="=Portes ouvertes le 6 mars.",
        )

    def lycee(self, ville: str) -> Etablissement:
        departement, latitude, longitude = LIEUX[ville]
        return EtablissementFactory(
            lycee=True,
            nom=f"Lycée de {ville}",
            commune=ville,
            departement=departement,
            latitude=latitude,
            longitude=longitude,
            academie=self.campagne.academie,
        )
