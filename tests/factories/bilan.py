"""Une petite campagne dont les chiffres se comptent à la main (R35)."""

from dataclasses import dataclass

from candidatures.models import Candidature
from referentiel.models import Accueil, Etablissement
from referentiel.rules.jeu import Avis
from tests.factories.avis import candidature_rendue
from tests.factories.pilotage import Scene
from tests.factories.referentiel import EtablissementFactory

COURT = "Élève à l’heure."
LONG = (
    "Votre découverte du métier est solide, et vous savez dire ce qui vous attire. Une journée portes ouvertes, puis "
    "un mini-stage, vous aideraient à confirmer ce choix. Entretien numéro {}."
)
# Avis d'origine, avis d'accueil, compte-rendu court : douze candidatures, les dix premières au même collège.
RENDUES: tuple[tuple[str, Avis, bool], ...] = (
    *[("favorable", Avis.FAVORABLE, True)] * 3,
    *[("favorable", Avis.RESERVE, True)] * 4,
    ("favorable", Avis.RESERVE, False),
    ("favorable", Avis.ASSEZ_FAVORABLE, False),
    ("reserve", Avis.RESERVE, False),
    ("assez_favorable", Avis.FAVORABLE, False),
    ("", Avis.NE_SE_PRONONCE_PAS, False),
)


@dataclass
class PetiteCampagne:
    """Douze comptes-rendus transmis au lycée de la scène ; deux élèves viennent d'un collège de Seine-et-Marne."""

    scene: Scene
    accueil: Accueil
    autre_college: Etablissement
    rendues: list[Candidature]


def petite_campagne(scene: Scene) -> PetiteCampagne:
    accueil = scene.accueil()
    ailleurs = EtablissementFactory(nom="Collège des Bords de Seine", departement="077")
    rendues = [
        candidature_rendue(
            eleve=scene.eleve(etablissement=scene.college if rang < 10 else ailleurs),
            accueil=accueil,
            avis=origine,
            accueil_avis=valeur,
            texte=COURT if court else LONG.format(rang),
            par=scene.chef_accueil.personne,
        )
        for rang, (origine, valeur, court) in enumerate(RENDUES)
    ]
    return PetiteCampagne(scene, accueil, ailleurs, rendues)
