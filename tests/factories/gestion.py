"""Un établissement d'origine et son équipe, au milieu d'une campagne."""

from dataclasses import dataclass, field

from referentiel.models import Rattachement
from tests.factories.pilotage import Scene
from tests.factories.referentiel import RattachementFactory


@dataclass
class Maison:
    """Le collège de la scène : son chef, une secrétaire, une professeure ; ses élèves."""

    scene: Scene = field(default_factory=Scene)

    def __post_init__(self) -> None:
        self.campagne, self.college, self.le = self.scene.campagne, self.scene.college, self.scene.le
        self.chef: Rattachement = self.scene.chef_origine
        self.secretaire: Rattachement = self.scene.gestionnaire_origine
        self.professeure = RattachementFactory(
            gestionnaire=True,
            etablissement=self.college,
            fonction="Professeure principale",
            personne__civilite="Mme",
            personne__nom="Roche",
        )

    def eleve(self, referent: Rattachement | None = None, classe: str = "3e B", **champs: object):
        qui = referent.personne if referent else None
        return self.scene.eleve(
            classe=classe,
            referent_nom=qui.nom_affiche if qui else "",
            referent_courriel=qui.courriel if qui else "",
            **champs,
        )
