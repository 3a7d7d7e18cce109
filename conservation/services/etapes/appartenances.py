"""Par où une ligne tient à sa campagne, et à son élève."""

from django.db.models import Model

from avis.models import AvisAccueil, CompteRendu, ExportAffelnet, Fiche, LigneGroupee, SaisieGroupee, SuiteAffelnet
from candidatures.models import (
    Candidature,
    Classe,
    DemandeDeCreneau,
    DemandeDeTransfert,
    Eleve,
    FormationDemandee,
    LienPersonnel,
    PreInscription,
)
from entretiens.models import Convocation, Creneau, Entretien, Envoi, LigneDeProposition, Proposition, Seance
from referentiel.models import Accueil, Derogation, Importation, Travail

# Modèle : chemin vers la campagne, chemin vers l'élève (vide : aucun en particulier).
CHEMINS: dict[type[Model], tuple[str, str]] = {
    Eleve: ("campagne", "pk"),
    Candidature: ("domaine__campagne", "eleve"),
    FormationDemandee: ("candidature__domaine__campagne", "candidature__eleve"),
    DemandeDeCreneau: ("candidature__domaine__campagne", "candidature__eleve"),
    DemandeDeTransfert: ("eleve__campagne", "eleve"),
    PreInscription: ("campagne", "eleve"),
    LienPersonnel: ("preinscription__campagne", "preinscription__eleve"),
    Classe: ("campagne", ""),
    Entretien: ("candidature__domaine__campagne", "eleve"),
    Convocation: ("entretien__candidature__domaine__campagne", "entretien__eleve"),
    Envoi: ("campagne", ""),
    Proposition: ("campagne", ""),
    LigneDeProposition: ("proposition__campagne", "candidature__eleve"),
    Seance: ("accueil__domaine__campagne", ""),
    Creneau: ("seance__accueil__domaine__campagne", ""),
    CompteRendu: ("candidature__domaine__campagne", "candidature__eleve"),
    AvisAccueil: ("compte_rendu__candidature__domaine__campagne", "compte_rendu__candidature__eleve"),
    SaisieGroupee: ("campagne", ""),
    LigneGroupee: ("saisie__campagne", "candidature__eleve"),
    Fiche: ("eleve__campagne", "eleve"),
    SuiteAffelnet: (
        "formation_demandee__candidature__domaine__campagne",
        "formation_demandee__candidature__eleve",
    ),
    ExportAffelnet: ("campagne", ""),
    Importation: ("campagne", ""),
    Travail: ("campagne", ""),
    Derogation: ("campagne", ""),
    Accueil: ("domaine__campagne", ""),
}
