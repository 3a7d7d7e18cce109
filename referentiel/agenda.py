"""Le calendrier d'une campagne en entrées d'agenda (.ics) : un événement d'une ou plusieurs journées par étape (P6)."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event

from referentiel.models import Campagne
from referentiel.presentation import Etape, etapes_du_calendrier
from referentiel.rules.dates import debut_du_jour, jour_de
from referentiel.rules.noms import capitale

TYPE = "text/calendar; charset=utf-8"


def agenda_de_la_campagne(campagne: Campagne, le: datetime) -> bytes:
    """L'agenda de `campagne` ; les mêmes étapes gardent leur UID, une date changée les déplace."""
    calendrier = Calendar()
    calendrier.add("prodid", f"-//Passpro//{settings.DOMAINE_DES_MESSAGES}//FR")
    calendrier.add("version", "2.0")
    calendrier.add("method", "PUBLISH")
    calendrier.add("x-wr-calname", f"Passpro – {campagne.intitule}")
    for etape in etapes_du_calendrier(campagne.calendrier, jour_de(le)):
        calendrier.add_component(_evenement(campagne, etape, le))
    return calendrier.to_ical()


def _evenement(campagne: Campagne, etape: Etape, le: datetime) -> Event:
    premier, dernier = _jours(etape)
    evenement = Event()
    evenement.add("uid", f"campagne-{campagne.pk}-{etape.nature}@{settings.DOMAINE_DES_MESSAGES}")
    evenement.add("dtstamp", debut_du_jour(jour_de(le)))
    evenement.add("dtstart", premier)
    evenement.add("dtend", dernier + timedelta(days=1))
    evenement.add("summary", f"Passpro – {_titre(etape)}")
    evenement.add("description", _description(campagne, etape))
    evenement.add("transp", "TRANSPARENT")
    return evenement


def _jours(etape: Etape) -> tuple[date, date]:
    """Premier et dernier jour de l'événement ; une étape sans début ou sans fin tient en une journée."""
    premier, dernier = etape.bornes.debut or etape.bornes.fin, etape.bornes.fin or etape.bornes.debut
    assert premier
    assert dernier
    return premier, dernier


def _titre(etape: Etape) -> str:
    if etape.bornes.debut is None and etape.bornes.fin:
        return f"{etape.libelle}\u00a0: dernier jour"
    return f"{etape.libelle}\u00a0: ouverture" if etape.bornes.fin is None else etape.libelle


def _description(campagne: Campagne, etape: Etape) -> str:
    lien = f"{settings.ADRESSE_PUBLIQUE}{reverse('referentiel:calendrier')}?academie={campagne.academie.code}"
    dates = capitale(etape.dates)
    return f"{dates}. {etape.qui}, {campagne.academie.nom_complet}. {lien}"
