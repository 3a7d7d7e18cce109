"""Le calendrier en entrées d'agenda (écran P6)."""

from datetime import date, datetime

import pytest
from django.test import Client
from icalendar import Calendar

from referentiel.agenda import agenda_de_la_campagne
from referentiel.rules.calendrier import LIBELLES, Nature
from referentiel.rules.dates import PARIS
from tests.factories.administration import une_autre_academie
from tests.factories.referentiel import PERIODES, CampagneFactory

pytestmark = pytest.mark.django_db
LE = datetime(2027, 3, 15, 10, tzinfo=PARIS)


def evenements(campagne, le=LE) -> dict[str, object]:
    calendrier = Calendar.from_ical(agenda_de_la_campagne(campagne, le))
    return {str(evenement["uid"]): evenement for evenement in calendrier.walk("VEVENT")}


def evenement_de(campagne, nature: Nature):
    return next(e for uid, e in evenements(campagne).items() if f"-{nature.value}@" in uid)


def test_une_entree_par_etape_en_journees_entieres_et_en_francais():
    campagne = CampagneFactory()
    lus = evenements(campagne)
    assert len(lus) == len(PERIODES)
    inscription = evenement_de(campagne, Nature.INSCRIPTION)
    assert inscription["summary"] == f"Passpro – {LIBELLES[Nature.INSCRIPTION]}"
    assert inscription["dtstart"].dt == date(2027, 1, 25)
    assert inscription["dtend"].dt == date(2027, 5, 1), "la fin d'une entrée est exclue : le 30 avril y est encore"
    assert "Du lundi 25" in str(inscription["description"])
    assert "/calendrier/?academie=creteil" in str(inscription["description"])


def test_une_borne_seule_tient_en_une_journee():
    campagne = CampagneFactory()
    convocations, information = (evenement_de(campagne, n) for n in (Nature.CONVOCATIONS, Nature.INFORMATION))
    assert (convocations["dtstart"].dt, convocations["dtend"].dt) == (date(2027, 5, 14), date(2027, 5, 15))
    assert str(convocations["summary"]).endswith("\u00a0: dernier jour")
    assert (information["dtstart"].dt, information["dtend"].dt) == (date(2027, 1, 11), date(2027, 1, 12))
    assert str(information["summary"]).endswith("\u00a0: ouverture")


def test_une_date_qui_change_garde_son_uid():
    campagne = CampagneFactory()
    avant = evenements(campagne)
    campagne.periodes.filter(nature=Nature.INSCRIPTION).update(fin=date(2027, 5, 7))
    campagne = type(campagne).objects.get(pk=campagne.pk)
    assert evenements(campagne).keys() == avant.keys()
    assert evenement_de(campagne, Nature.INSCRIPTION)["dtend"].dt == date(2027, 5, 8)


def test_deux_academies_n_ont_pas_les_memes_uid():
    assert not evenements(CampagneFactory()).keys() & evenements(CampagneFactory(academie=une_autre_academie())).keys()


def test_le_fichier_se_telecharge_depuis_le_calendrier():
    CampagneFactory()
    page = Client().get("/calendrier/", {"academie": "creteil"}).content.decode()
    assert 'href="/calendrier.ics?academie=creteil"' in page
    reponse = Client().get("/calendrier.ics")
    assert reponse["Content-Type"] == "text/calendar; charset=utf-8"
    assert 'filename="passpro-creteil-2027.ics"' in reponse["Content-Disposition"]


def test_sans_campagne_ni_date_il_n_y_a_pas_de_fichier():
    assert Client().get("/calendrier.ics").status_code == 404
    campagne = CampagneFactory()
    campagne.periodes.all().delete()
    assert Client().get("/calendrier.ics").status_code == 404
    page = Client().get("/calendrier/").content.decode()
    assert "Le calendrier 2027 sera publié en janvier." in page
    assert "Ajouter à mon agenda" not in page
