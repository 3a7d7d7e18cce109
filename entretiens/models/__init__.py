"""Jurys, séances, créneaux, entretiens, convocations (R22 à R26b).

Les chevauchements et les dépassements de capacité sont refusés par la base : contraintes d'exclusion,
clés composées qui répètent l'heure du créneau dans l'entretien, compteur de places tenu par un déclencheur.
"""

from entretiens.models.convocations import Convocation, ConvocationQuerySet, Envoi, choix_des_natures
from entretiens.models.entretiens import D_UN_ELEVE_EFFACE, Entretien, EntretienQuerySet, choix_des_etats
from entretiens.models.lieux import Jury, Salle, SerieDeCreneaux
from entretiens.models.propositions import DUREE_DE_LA_TENUE, DomainePropose, LigneDeProposition, Proposition
from entretiens.models.seances import SOMME_DES_PLACES, Creneau, CreneauQuerySet, Seance, SeanceQuerySet

__all__ = [
    "DUREE_DE_LA_TENUE",
    "D_UN_ELEVE_EFFACE",
    "SOMME_DES_PLACES",
    "Convocation",
    "ConvocationQuerySet",
    "Creneau",
    "CreneauQuerySet",
    "DomainePropose",
    "Entretien",
    "EntretienQuerySet",
    "Envoi",
    "Jury",
    "LigneDeProposition",
    "Proposition",
    "Salle",
    "Seance",
    "SeanceQuerySet",
    "SerieDeCreneaux",
    "choix_des_etats",
    "choix_des_natures",
]
