"""Ce qu'un inconnu peut faire en une heure sans compte, par réseau et par adresse (T9)."""

from datetime import datetime, timedelta

from django.db import connection

from candidatures.jetons import empreinte_de_passage
from candidatures.models import PassagePublic
from referentiel.rules.refus import Refus

UNE_HEURE = timedelta(hours=1)
# Gestes par heure : d'une même adresse réseau, à une même adresse de courriel.
PAR_RESEAU = {"commencer": 30, "code": 20, "envoyer": 60, "lien": 20}
PAR_COURRIEL = {"code": 5, "envoyer": 30, "lien": 3}


class TropDeDemandes(Refus):
    """Trop de gestes en une heure, de cette adresse ou vers elle (T9)."""

    def __init__(self) -> None:
        super().__init__("Trop de demandes. Réessayez dans une heure ou contactez le SAIO.")


def limiter(geste: str, *, reseau: str, le: datetime, courriel: str = "") -> None:
    """Compte ce geste, et lève `TropDeDemandes` s'il a été fait trop souvent en une heure (T9).

    Le compte d'une adresse est tenu par un verrou : des envois simultanés ne passent pas la limite ensemble.
    """
    limites = {empreinte_de_passage(geste, f"reseau:{reseau}"): PAR_RESEAU[geste]}
    if courriel:
        limites[empreinte_de_passage(geste, f"courriel:{courriel.lower()}")] = PAR_COURRIEL[geste]
    PassagePublic.objects.filter(le__lte=le - UNE_HEURE).delete()
    for empreinte, au_plus in sorted(limites.items()):
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_advisory_xact_lock(%s)", [int(empreinte[:15], 16)])
        if PassagePublic.objects.filter(empreinte=empreinte).count() >= au_plus:
            raise TropDeDemandes
    PassagePublic.objects.bulk_create(PassagePublic(empreinte=empreinte, le=le) for empreinte in limites)
