"""Ce que tous ont en commun : l'académie en signature, et rien sans adresse."""

from django.conf import settings

from courriers.services import est_une_adresse, poster
from referentiel.models import Campagne

GABARITS = "courriels/candidatures"


def ecrire(
    *, destinataire: str, campagne: Campagne, gabarit: str, contexte: dict[str, str], **courriel: object
) -> None:
    if est_une_adresse(destinataire):
        poster(
            destinataire=destinataire,
            gabarit=f"{GABARITS}/{gabarit}",
            contexte=contexte | {"academie": campagne.academie.nom_complet},
            academie=campagne.academie_id,
            **courriel,
        )


def lien(*segments: str) -> str:
    """Adresse d'une page d'un étage du dessus, écrite telle que le plan du site la donne."""
    return "/".join([settings.ADRESSE_PUBLIQUE, *segments, ""])
