"""Ce que le SAIO apprend par courriel de la conservation (R40)."""

from datetime import datetime

from django.conf import settings

from candidatures.models import Candidature, Eleve
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


def annoncer_une_rectification(*, eleve: Eleve, ancien: str, le: datetime) -> None:
    """Prévient d'une identité corrigée l'établissement d'origine, la personne référente et les établissements
    d'accueil."""
    actives = Candidature.objects.actives().filter(eleve=eleve, inscrite_le__isnull=False)
    accueils = [c.accueil for c in actives.select_related("accueil__etablissement")]
    adresses = [
        (eleve.etablissement.messagerie, eleve.etablissement.uai),
        (eleve.referent_courriel, eleve.etablissement.uai),
        *((a.contact_courriel or a.etablissement.messagerie, a.etablissement.uai) for a in accueils),
    ]
    nouveau = f"{eleve.prenom} {eleve.nom.upper()}"
    for adresse, uai in dict(reversed([(a.lower(), u) for a, u in adresses if a and est_une_adresse(a)])).items():
        poster(
            cle=f"rectification:{eleve.pk}:{le.isoformat()}:{adresse}",
            nature="rectification",
            destinataire=adresse,
            sujet="Passpro\u00a0: l’identité d’un élève est rectifiée",
            gabarit="courriels/conservation/rectification",
            contexte={
                "ancien": ancien,
                "nouveau": nouveau,
                "renomme": ancien != nouveau,
                "academie": f"académie de {eleve.campagne.academie.nom}",
            },
            uai=uai,
            le=le,
        )
