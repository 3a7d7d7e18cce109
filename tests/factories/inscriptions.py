"""Un collège, un lycée qui reçoit, un domaine de trois formations : de quoi inscrire un élève."""

from dataclasses import dataclass, field
from datetime import date, datetime

from candidatures.models import Candidature, Eleve
from candidatures.services import SaisieEleve, inscrire
from comptes.models import Personne
from referentiel.models import Accueil, Campagne, Domaine, Etablissement, Formation
from referentiel.rules.dates import PARIS
from tests.factories.candidatures import EN_MARS, EleveFactory
from tests.factories.referentiel import (
    AccueilFactory,
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
    RattachementFactory,
)

APRES_LES_INSCRIPTIONS = datetime(2027, 5, 3, 9, 0, tzinfo=PARIS)
APRES_LA_CAMPAGNE = datetime(2027, 6, 10, 9, 0, tzinfo=PARIS)
COMMENTAIRE = "Projet réfléchi, stage réussi dans un restaurant."


@dataclass
class Monde:
    """Le monde des tests de l'inscription ; tout s'y passe en mars 2027, les inscriptions ouvertes."""

    campagne: Campagne = field(default_factory=CampagneFactory)
    le: datetime = EN_MARS

    def __post_init__(self) -> None:
        self.campagne = Campagne.objects.avec_regles().get(pk=self.campagne.pk)
        self.college: Etablissement = EtablissementFactory(latitude=48.79, longitude=2.45)
        self.chef: Personne = RattachementFactory(etablissement=self.college).personne
        self.gestionnaire: Personne = RattachementFactory(gestionnaire=True, etablissement=self.college).personne
        self.accueil, self.formations = self.domaine("Hôtellerie-restauration", "Cuisine", "Pâtissier", "Service")

    @property
    def uai(self) -> str:
        return self.college.segment

    def domaine(self, nom: str, *libelles: str, **accueil: object) -> tuple[Accueil, list[Formation]]:
        """Un domaine avec ses formations, toutes proposées par le lycée qui reçoit."""
        domaine: Domaine = DomaineFactory(campagne=self.campagne, nom=nom)
        recoit: Accueil = AccueilFactory(domaine=domaine, **accueil)
        formations = [FormationFactory(domaine=domaine, libelle=libelle) for libelle in libelles]
        for formation in formations:
            OffreFactory(formation=formation, etablissement=recoit.etablissement)
        return recoit, formations

    def autre_accueil(self, **champs: object) -> Accueil:
        """Un second lycée qui reçoit pour le premier domaine."""
        return AccueilFactory(domaine=self.accueil.domaine, **champs)

    def eleve(self, **champs: object) -> Eleve:
        return EleveFactory(campagne=self.campagne, etablissement=self.college, **champs)

    def inscrit(self, eleve: Eleve | None = None, formations: int = 1, **options: object) -> Candidature:
        """Une candidature inscrite par le service, pour les premières formations du domaine."""
        choix = [(self.accueil, self.formations[:formations])]
        [candidature] = inscrire(eleve=eleve or self.eleve(), choix=choix, par=self.chef, le=self.le, **options)
        return candidature


def une_saisie(**champs: object) -> SaisieEleve:
    return SaisieEleve(
        **{
            "nom": "Diallo",
            "prenom": "Yanis",
            "date_de_naissance": date(2012, 5, 14),
            "classe": "3e B",
            **champs,
        }
    )
