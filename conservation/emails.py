"""Ce que le SAIO apprend par courriel de la conservation (R40)."""

from datetime import datetime

from django.conf import settings

from conservation.lectures import Conservation
from conservation.models import Avertissement
from courriers.services import est_une_adresse, poster
from referentiel.models import Rattachement
from referentiel.permissions import Role
from referentiel.rules.dates import dire_jour, jour_de

PAGE = "/academie/donnees-personnelles/"


def annoncer_le_terme(*, conservation: Conservation, nature: Avertissement.Nature, le: datetime) -> None:
    """Prévient chaque administrateur du SAIO, et l'adresse de contact de l'académie, du jour de l'anonymisation."""
    campagne, echeance = conservation.campagne, conservation.echeance
    assert echeance is not None
    jour = echeance.prevue_le(jour_de(le))
    for adresse in _destinataires(campagne.academie_id, campagne.academie.contact_courriel):
        poster(
            cle=f"terme:{campagne.pk}:{echeance.terme}:{nature}:{adresse}",
            nature="conservation",
            destinataire=adresse,
            sujet=f"Passpro\u00a0: la campagne {campagne.annee} sera anonymisée le {dire_jour(jour)}",
            gabarit="courriels/conservation/terme",
            contexte={
                "campagne": campagne.intitule,
                "jour": dire_jour(jour),
                "academie": f"académie de {campagne.academie.nom}",
                "lien": f"{settings.ADRESSE_PUBLIQUE}{PAGE}",
            },
            academie=campagne.academie_id,
            le=le,
        )


def _destinataires(academie_id: int, contact: str) -> list[str]:
    saio = Rattachement.objects.filter(role=Role.SAIO, academie=academie_id, personne__is_active=True)
    adresses = [contact, *saio.order_by("pk").values_list("personne__courriel", flat=True)]
    return list(dict.fromkeys(adresse.lower() for adresse in adresses if adresse and est_une_adresse(adresse)))
