"""Le catalogue d'une campagne : domaines, formations, accueils, offres (R7, R8)."""

from referentiel.models.catalogue.accueils import Accueil
from referentiel.models.catalogue.domaines import Domaine, Formation, dire_la_formation
from referentiel.models.catalogue.offres import CHAMPS_DES_FILTRES, Offre, OffreQuerySet

__all__ = [
    "CHAMPS_DES_FILTRES",
    "Accueil",
    "Domaine",
    "Formation",
    "Offre",
    "OffreQuerySet",
    "dire_la_formation",
]
