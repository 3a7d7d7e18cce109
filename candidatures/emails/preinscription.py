"""Les courriels d'une pré-inscription : le code, puis chaque décision (R21, écran 6.6). Aucun nom d'élève n'y est."""

import hashlib
from datetime import date, datetime

from django.conf import settings
from django.urls import reverse

from candidatures.models import PreInscription
from courriers.services import poster
from referentiel.detours import sans_detour
from referentiel.rules.dates import dire_jour

GABARITS = "courriels/candidatures/preinscription"


def envoyer_le_code(preinscription: PreInscription, *, code: str, cle: str, jeton: str, le: datetime) -> None:
    lien = f"{_adresse('candidatures:pre_inscription_verification', jeton)}?cle={cle}"
    _ecrire(
        preinscription,
        "code",
        "Passpro\u00a0: votre code de vérification",
        {"code": f"{code[:3]} {code[3:]}", "lien": lien},
        le=le,
    )


def annoncer_la_reception(preinscription: PreInscription, *, jeton: str, le: datetime) -> None:
    _annoncer(preinscription, "recue", "reçue", {"lien": lien_de_suivi(jeton)}, le=le)


def demander_un_complement(preinscription: PreInscription, *, jeton: str, jusqu_au: date, le: datetime) -> None:
    contexte = {
        "message": preinscription.message,
        "jusqu_au": dire_jour(jusqu_au, annee=False),
        "lien": _adresse("candidatures:pre_inscription_recapitulatif", jeton),
    }
    _annoncer(preinscription, "a_completer", "à compléter", contexte, le=le)


def annoncer_l_acceptation(preinscription: PreInscription, *, jeton: str, le: datetime) -> None:
    _annoncer(preinscription, "acceptee", "acceptée", {"lien": lien_de_suivi(jeton)}, le=le)


def annoncer_le_refus(preinscription: PreInscription, *, le: datetime) -> None:
    contexte = {"motif": preinscription.get_motif_display(), "message": preinscription.message}
    _annoncer(preinscription, "refusee", "refusée", contexte, le=le)


def envoyer_un_lien(preinscription: PreInscription, *, jeton: str, le: datetime) -> None:
    """Un nouveau lien de suivi, à l'adresse confirmée."""
    sujet = f"Passpro\u00a0: votre lien de suivi, demande {preinscription.reference}"
    _ecrire(preinscription, "lien", sujet, {"lien": lien_de_suivi(jeton)}, le=le)


def lien_de_suivi(jeton: str) -> str:
    return _adresse("avis:suivi", jeton)


def _annoncer(preinscription: PreInscription, gabarit: str, fait: str, contexte: dict[str, str], *, le: datetime):
    _ecrire(preinscription, gabarit, f"Passpro\u00a0: demande {preinscription.reference} {fait}", contexte, le=le)


def _ecrire(preinscription: PreInscription, gabarit: str, sujet: str, contexte: dict[str, str], *, le: datetime):
    academie = preinscription.campagne.academie
    communs = {
        "reference": preinscription.reference,
        "academie": academie.nom_complet,
        "saio": academie.contact_courriel,
    }
    poster(
        cle=f"preinscription:{preinscription.pk}:{gabarit}:{_fait(contexte, le)}",
        nature="code" if gabarit == "code" else "pré-inscription",
        destinataire=preinscription.courriel,
        sujet=sujet,
        gabarit=f"{GABARITS}/{gabarit}",
        contexte=communs | contexte,
        academie=academie.pk,
        le=le,
    )


def _fait(contexte: dict[str, str], le: datetime) -> str:
    """Distingue deux courriels de même nature : un lien neuf en est un autre, fût-il du même instant."""
    return hashlib.sha256("\n".join([le.isoformat(), *contexte.values()]).encode()).hexdigest()[:32]


def _adresse(nom: str, jeton: str) -> str:
    return settings.ADRESSE_PUBLIQUE + sans_detour(reverse(nom, args=[jeton]))
