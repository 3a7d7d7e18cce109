"""L'avis final et d'où il vient, partout où il se montre : page, document, export (R31).

Rien ici ne sait qui peut lire : demander un avis d'accueil, c'est avoir vérifié qu'il est visible (R30).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from avis.rules import croiser, dire_le_croisement, l_accueil_decide_seul
from candidatures.models import FormationDemandee
from candidatures.presentation import CLASSES_DES_AVIS
from referentiel.models import Campagne
from referentiel.rules.dates import jour_de
from referentiel.rules.jeu import LIBELLES_AVIS, LIBELLES_RESULTATS, Affichage, Avis, Case, dire_points

Matrice = Mapping[tuple[Avis, Avis], Case]


@dataclass(frozen=True, slots=True)
class AvisDate:
    """Un avis et le jour où il a été donné."""

    valeur: Avis
    jour: date | None

    @property
    def libelle(self) -> str:
        return LIBELLES_AVIS[self.valeur]

    @property
    def classe(self) -> str:
        return CLASSES_DES_AVIS[self.valeur]


@dataclass(frozen=True, slots=True)
class AvisFinal:
    """Ce que donne la matrice, et d'où cela vient : partout où l'avis final se montre, il se montre ainsi (R31)."""

    case: Case
    avec_bonus: bool
    explication: str

    @property
    def libelle(self) -> str:
        return LIBELLES_RESULTATS[self.case.resultat]

    @property
    def points(self) -> int | None:
        return self.case.points if self.avec_bonus and self.case.accueil is not Avis.ABSENT else None

    @property
    def bonus(self) -> str:
        """« bonus de 2 500 points », « aucun bonus » ; vide sans bonus, ou tant que le résultat est incomplet."""
        if self.points is None:
            return ""
        return f"bonus de {dire_points(self.points)}" if self.points else "aucun bonus"


def avis_final(campagne: Campagne, matrice: Matrice, origine: AvisDate | None, accueil: AvisDate | None) -> AvisFinal:
    """L'avis final de deux avis, avec son explication (R31). Lève `KeyError` hors de l'échelle de la campagne."""
    case = croiser(matrice, origine and origine.valeur, accueil and accueil.valeur)
    return AvisFinal(
        case,
        campagne.regles.affichage == Affichage.AVEC_BONUS,
        dire_le_croisement(
            case,
            origine_le=origine and origine.jour,
            accueil_le=accueil and accueil.jour,
            seul=l_accueil_decide_seul(matrice, case.accueil),
        ),
    )


def avis_d_origine(demande: FormationDemandee) -> AvisDate | None:
    return AvisDate(Avis(demande.avis), jour_de(demande.avis_le) if demande.avis_le else None) if demande.avis else None


def avis_d_accueil(demande: FormationDemandee, rendu_le: date | None) -> AvisDate | None:
    """Avis d'accueil de la formation, daté de sa version en vigueur ; à ne demander que s'il est visible (R30)."""
    avis = getattr(demande, "avis_accueil", None)
    return AvisDate(Avis(avis.valeur), rendu_le) if avis else None
