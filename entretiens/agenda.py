"""L'entrée d'agenda d'une convocation (.ics), sans le nom de l'élève (écran 5.1)."""

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event, Timezone

from courriers.pieces import Piece
from entretiens.models import Convocation
from referentiel.detours import sans_detour
from referentiel.rules.dates import PARIS

HEURE_DE_PARIS = """BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def piece_agenda(convocation: str) -> Piece:
    """Pièce jointe d'agenda de la convocation de ce code."""
    return agenda_de(Convocation.objects.avec_document().get(code=convocation))


def agenda_de(convocation: Convocation) -> Piece:
    """Agenda d'une convocation : même UID pour toutes les versions, SEQUENCE qui monte (R25)."""
    methode = "CANCEL" if convocation.est_annulee else "PUBLISH"
    calendrier = Calendar()
    calendrier.add("prodid", f"-//Passpro//{settings.DOMAINE_DES_MESSAGES}//FR")
    calendrier.add("version", "2.0")
    calendrier.add("method", methode)
    calendrier.add_component(Timezone.from_ical(HEURE_DE_PARIS))
    calendrier.add_component(_evenement(convocation))
    return Piece(f"passpro-{convocation.entretien.code}.ics", calendrier.to_ical(), f"text/calendar; method={methode}")


def _evenement(convocation: Convocation) -> Event:
    entretien = convocation.entretien
    candidature = entretien.candidature
    eleve, accueil = candidature.eleve, entretien.creneau.seance.accueil.etablissement
    quoi = "Séance" if entretien.creneau.seance.est_collective else "Entretien"
    page = reverse("entretiens:convocations", args=[eleve.etablissement.segment])
    lien = settings.ADRESSE_PUBLIQUE + sans_detour(page)
    evenement = Event()
    evenement.add("uid", entretien.uid)
    evenement.add("sequence", convocation.sequence)
    evenement.add("dtstamp", convocation.envoi.le)
    evenement.add("dtstart", convocation.periode.lower.astimezone(PARIS))
    evenement.add("dtend", convocation.periode.upper.astimezone(PARIS))
    evenement.add("summary", f"{quoi} Passpro – {eleve.initiales} ({eleve.classe})")
    evenement.add("location", convocation.lieu)
    evenement.add("description", f"{accueil.nom}. {candidature.domaine.nom}. {lien}")
    evenement.add("status", "CANCELLED" if convocation.est_annulee else "CONFIRMED")
    return evenement
