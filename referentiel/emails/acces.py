"""Les courriels d'une demande d'accès : à qui décide, puis à la personne (écran C1)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from courriers.services import poster
from referentiel.detours import sans_detour
from referentiel.models import DemandeDAcces
from referentiel.rules.noms import chez

GABARITS = "courriels/acces"


def annoncer_la_demande(demande: DemandeDAcces, *, courriel: str, adresse: str, le: datetime) -> None:
    """Dit à qui peut décider qu'une personne attend ; son nom est dans la page, pas dans le courriel."""
    sujet = "Passpro\u00a0: 1 demande d’accès à traiter"
    _ecrire(demande, f"recue:{courriel}"[:150], courriel, sujet, "recue", _lien(adresse), le)


def annoncer_l_acces(demande: DemandeDAcces, *, le: datetime) -> None:
    sujet = f"Passpro\u00a0: votre accès {chez(demande.etablissement.nom)}"
    _ecrire(demande, "acceptee", demande.courriel, sujet, "acceptee", _lien(reverse("comptes:connexion")), le)


def annoncer_le_refus(demande: DemandeDAcces, *, le: datetime) -> None:
    _ecrire(demande, "refusee", demande.courriel, "Passpro\u00a0: votre demande d’accès", "refusee", "", le)


def _lien(chemin: str) -> str:
    return f"{settings.ADRESSE_PUBLIQUE}{sans_detour(chemin)}"


def _ecrire(
    demande: DemandeDAcces, fait: str, destinataire: str, sujet: str, gabarit: str, lien: str, le: datetime
) -> None:
    etablissement = demande.etablissement
    poster(
        cle=f"acces:{demande.pk}:{fait}",
        nature="demande d’accès",
        destinataire=destinataire,
        sujet=sujet,
        gabarit=f"{GABARITS}/{gabarit}",
        contexte={
            "etablissement": etablissement.nom_et_commune,
            "motif": demande.motif,
            "lien": lien,
            "saio": etablissement.academie.contact_courriel,
            "academie": etablissement.academie.nom_complet,
        },
        uai=etablissement.uai,
        le=le,
    )
