"""La campagne d'une page, lue d'un coup : celle que l'ORM rendrait, à l'instant, en une requête (R1, R4)."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel.campagnes_lues import campagne_a_montrer, campagne_de
from referentiel.models import Campagne, Derogation
from referentiel.rules.calendrier import Nature
from tests.factories.administration import une_autre_academie
from tests.factories.referentiel import CampagneFactory, EtablissementFactory, RattachementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campagne():
    CampagneFactory(academie=une_autre_academie(), intitule="Campagne de Paris")
    CampagneFactory(annee=2026, etat=Campagne.Etat.CLOSE)
    return CampagneFactory()


def test_c_est_celle_que_rendrait_l_orm(campagne, django_assert_num_queries):
    attendue = Campagne.objects.courante(campagne.academie)
    with django_assert_num_queries(1):
        lue = campagne_de(campagne.academie, le=timezone.now())
        assert lue is not None
        assert (lue, lue.regles, lue.academie) == (attendue, attendue.regles, attendue.academie)
        assert lue.calendrier == attendue.calendrier
        assert list(lue.periodes.all()) == list(attendue.periodes.all())
        assert lue.closes == [2026]


def test_une_annee_demandee_est_la_seule_rendue(campagne):
    assert campagne_de(campagne.academie, le=timezone.now(), annee=2026).etat == Campagne.Etat.CLOSE
    assert campagne_de(campagne.academie, le=timezone.now(), annee=2019) is None


def test_un_delai_n_est_que_pour_son_etablissement(campagne):
    college, autre = EtablissementFactory(), EtablissementFactory()
    Derogation.objects.create(
        campagne=campagne, etablissement=college, nature=Nature.INSCRIPTION, jusqu_au=date(2027, 5, 5), motif="Grève"
    )
    delais = {"nature": "inscription", "jusqu_au": "2027-05-05"}
    assert campagne_de(campagne.academie, le=timezone.now(), etablissement=college).delais == [delais]
    assert campagne_de(campagne.academie, le=timezone.now(), etablissement=autre).delais == []
    assert campagne_de(campagne.academie, le=timezone.now()).delais == []


def test_ce_que_le_saio_change_se_voit_a_la_lecture_suivante(campagne):
    assert campagne_de(campagne.academie, le=timezone.now()).regles.delai_compte_rendu == 3
    campagne.regles.__class__.objects.filter(campagne=campagne).update(delai_compte_rendu=9)
    campagne.periodes.filter(nature=Nature.INSCRIPTION).update(fin=date(2027, 5, 29))
    lue = campagne_de(campagne.academie, le=timezone.now())
    assert lue.regles.delai_compte_rendu == 9
    assert lue.calendrier.bornes(Nature.INSCRIPTION).fin == date(2027, 5, 29)


def test_une_page_publique_montre_l_academie_demandee_puis_la_premiere(campagne):
    assert campagne_a_montrer(campagne.academie.code, le=timezone.now()) == campagne
    assert campagne_a_montrer("inconnue", le=timezone.now()) is None
    assert campagne_a_montrer(le=timezone.now()) == campagne


def test_un_espace_coute_trois_lectures_avant_son_propre_travail(connecter, campagne):
    place = RattachementFactory()
    client, adresse = connecter(place.personne), reverse("pilotage:a_faire_origine", args=[place.etablissement.segment])
    client.get(adresse)
    with CaptureQueriesContext(connection) as requetes:
        assert client.get(adresse).status_code == 200
    tables = ("comptes_session", "referentiel_rattachement", "referentiel_campagne")
    assert [f'FROM "{table}"' in une["sql"] for table, une in zip(tables, requetes, strict=False)] == [True] * 3
    assert not [une["sql"] for une in requetes[3:] if '"referentiel_periode"' in une["sql"]]
