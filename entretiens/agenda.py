"""Les entrées d'agenda (.ics), sans le nom d'aucun élève : d'une convocation, ou d'un planning (écrans 5.1 et A4)."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event, Timezone

from courriers.pieces import Piece
from entretiens.models import Convocation, Creneau, Entretien
from entretiens.rules.dire import dire_la_salle
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
    calendrier = _calendrier(methode)
    calendrier.add_component(_evenement(convocation))
    return Piece(f"passpro-{convocation.entretien.code}.ics", calendrier.to_ical(), f"text/calendar; method={methode}")


def agenda_du_planning(creneaux: Iterable[Creneau], le: datetime) -> Piece:
    """Agenda d'un établissement ou d'un jury : un événement par entretien, un seul par séance collective.

    `creneaux` portent leurs `occupants`, lus avec le lieu de la séance.
    """
    calendrier = _calendrier("PUBLISH")
    for creneau in creneaux:
        for evenement in _evenements_du_creneau(creneau, le):
            calendrier.add_component(evenement)
    return Piece("passpro-planning.ics", calendrier.to_ical(), "text/calendar; method=PUBLISH")


def _calendrier(methode: str) -> Calendar:
    calendrier = Calendar()
    calendrier.add("prodid", f"-//Passpro//{settings.DOMAINE_DES_MESSAGES}//FR")
    calendrier.add("version", "2.0")
    calendrier.add("method", methode)
    calendrier.add_component(Timezone.from_ical(HEURE_DE_PARIS))
    return calendrier


def _evenements_du_creneau(creneau: Creneau, le: datetime) -> list[Event]:
    domaine = creneau.seance.accueil.domaine.nom
    if creneau.seance.est_collective:
        inscrits = f"{creneau.places_prises} inscrit{'s' if creneau.places_prises > 1 else ''}"
        uid = f"seance-{creneau.seance.code}@{settings.DOMAINE_DES_MESSAGES}"
        return [_rendez_vous(creneau, uid, 0, f"Séance Passpro – {domaine} ({inscrits})", le)]
    return [
        _rendez_vous(creneau, occupant.uid, occupant.sequence, f"Entretien Passpro – {_qui(occupant)}", le)
        for occupant in creneau.occupants
    ]


def _rendez_vous(creneau: Creneau, uid: str, sequence: int, quoi: str, le: datetime) -> Event:
    seance = creneau.seance
    evenement = Event()
    evenement.add("uid", uid)
    evenement.add("sequence", sequence)
    evenement.add("dtstamp", le)
    evenement.add("dtstart", creneau.periode.lower.astimezone(PARIS))
    evenement.add("dtend", creneau.periode.upper.astimezone(PARIS))
    evenement.add("summary", quoi)
    evenement.add("location", ", ".join(filter(None, [dire_la_salle(seance.salle), seance.accueil.lieu_complet])))
    evenement.add("description", ". ".join(filter(None, [seance.accueil.domaine.nom, seance.jury and seance.jury.nom])))
    evenement.add("status", "CONFIRMED")
    return evenement


def _qui(entretien: Entretien) -> str:
    eleve = entretien.candidature.eleve
    return f"{eleve.initiales} ({eleve.classe})"


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
    evenement.add("summary", f"{quoi} Passpro – {_qui(entretien)}")
    evenement.add("location", convocation.lieu)
    evenement.add("description", f"{accueil.nom}. {candidature.domaine.nom}. {lien}")
    evenement.add("status", "CANCELLED" if convocation.est_annulee else "CONFIRMED")
    return evenement
