"""Identifiants, jours et heures à Paris, jours fériés (R2, R10, écran 6.3)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.template.defaultfilters import date as filtre_date
from django.utils.timezone import localtime

from referentiel.prereglages import etablissements
from referentiel.rules.dates import (
    a_paris,
    debut_du_jour,
    dire_heure,
    dire_instant,
    dire_instant_court,
    dire_jour,
    dire_jour_court,
    dire_les_minutes,
    est_ouvre,
    fin_du_jour,
    jour_de,
    jour_ouvre_suivant,
    jours_feries,
    jours_ouvres_entre,
    paques,
)
from referentiel.rules.identifiants import (
    LETTRES_UAI,
    cle_de_recherche,
    meme_mef,
    mettre_au_propre,
    pourquoi_pas_un_ine,
    pourquoi_pas_un_uai,
)

REELS = [uai for ligne in etablissements("creteil") for uai in (ligne["uai"], ligne.get("sep")) if uai]


def test_les_uai_reels_sont_justes():
    assert len(REELS) > 300
    assert [uai for uai in REELS if pourquoi_pas_un_uai(uai)] == []


def test_toute_autre_lettre_est_refusee_avec_celle_qui_est_attendue():
    for uai in REELS[:20]:
        for lettre in set(LETTRES_UAI) - {uai[7]}:
            assert f"{uai[7]} attendue" in pourquoi_pas_un_uai(uai[:7] + lettre)


def test_deux_chiffres_echanges_se_voient():
    vus = [uai for uai in REELS if uai[5] != uai[6] and pourquoi_pas_un_uai(uai[:5] + uai[6] + uai[5] + uai[7])]
    assert len(vus) == len([uai for uai in REELS if uai[5] != uai[6]])


@pytest.mark.parametrize("faux", ["", "0931024", "931024H", "09310244", "0931024HH", "093102AH", "０９３１０２４H"])
def test_une_forme_fausse_dit_ce_qui_est_attendu(faux):
    assert "7 chiffres et une lettre" in pourquoi_pas_un_uai(faux)


def test_un_uai_se_met_au_propre():
    assert mettre_au_propre(" 093-1024\u00a0h ") == "0931024H"


@pytest.mark.parametrize("ine", ["123456789AB", "1234567890A", "0606A12345Z"])
def test_les_trois_formes_d_ine(ine):
    assert pourquoi_pas_un_ine(ine) is None


@pytest.mark.parametrize("ine", ["", "123456789A", "12345678901", "ABCDEFGHIJK", "123456789IO"])
def test_un_ine_de_forme_fausse(ine):
    assert "11 caractères" in pourquoi_pas_un_ine(ine)


def test_les_mef_se_comparent_sur_dix_caracteres():
    assert meme_mef("24122139210", "2412213921")
    assert not meme_mef("2412213921", "2412213922")


def test_la_cle_de_recherche_oublie_accents_casse_et_ponctuation():
    assert cle_de_recherche("Élodie d’Œuvre-ÇA", "93") == "elodie d oeuvre ca 93"


# Dates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jour", "heures"),
    [(date(2027, 3, 27), 24), (date(2027, 3, 28), 23), (date(2027, 10, 31), 25), (date(2027, 3, 29), 24)],
)
def test_un_jour_de_changement_d_heure_dure_ce_qu_il_dure(jour, heures):
    duree = fin_du_jour(jour).astimezone(UTC) - debut_du_jour(jour).astimezone(UTC)
    assert duree == timedelta(hours=heures)


def test_le_jour_d_un_instant_est_celui_de_paris():
    assert jour_de(datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC)) == date(2027, 3, 28)
    assert jour_de(datetime(2027, 3, 28, 22, 0, tzinfo=UTC)) == date(2027, 3, 29)
    assert jour_de(datetime(2027, 3, 27, 22, 59, tzinfo=UTC)) == date(2027, 3, 27)
    assert jour_de(datetime(2027, 3, 27, 23, 0, tzinfo=UTC)) == date(2027, 3, 28)


def test_une_date_se_dit_en_francais():
    assert dire_jour(date(2027, 5, 1)) == "samedi 1er\u00a0mai 2027"
    assert dire_jour(date(2027, 8, 15), annee=False) == "dimanche 15\u00a0août"
    assert dire_heure(a_paris(date(2027, 3, 12), time(9, 5))) == "9\u00a0h\u00a005"
    assert dire_instant(datetime(2027, 3, 12, 13, 30, tzinfo=UTC)) == "vendredi 12\u00a0mars 2027 à 14\u00a0h\u00a030"


@pytest.mark.parametrize(
    ("annee", "jour"),
    [(2017, date(2017, 4, 16)), (2020, date(2020, 4, 12)), (2026, date(2026, 4, 5)), (2027, date(2027, 3, 28))],
)
def test_paques(annee, jour):
    assert paques(annee) == jour


def test_les_onze_jours_feries_de_2027():
    assert sorted(jours_feries(2027)) == [
        date(2027, 1, 1),
        date(2027, 3, 29),
        date(2027, 5, 1),
        date(2027, 5, 6),
        date(2027, 5, 8),
        date(2027, 5, 17),
        date(2027, 7, 14),
        date(2027, 8, 15),
        date(2027, 11, 1),
        date(2027, 11, 11),
        date(2027, 12, 25),
    ]


def test_les_jours_ouvres():
    assert not est_ouvre(date(2027, 5, 6))
    assert est_ouvre(date(2027, 5, 7))
    assert jour_ouvre_suivant(date(2027, 5, 15)) == date(2027, 5, 18)
    assert jours_ouvres_entre(date(2027, 5, 5), date(2027, 5, 11)) == 3


def test_un_jour_s_abrege_comme_dans_un_gabarit():
    """Une liste écrit ses dates d'avance : les mêmes mots que les filtres des autres pages."""
    instants = [datetime(2027, mois, mois * 2, 13, 5, tzinfo=UTC) for mois in range(1, 13)]
    assert [dire_jour_court(jour_de(i)) for i in instants] == [
        filtre_date(localtime(i), "SHORT_DATE_FORMAT") for i in instants
    ]
    assert [dire_instant_court(i) for i in instants] == [
        filtre_date(localtime(i), "SHORT_DATETIME_FORMAT") for i in instants
    ]


def test_une_minute_est_au_singulier():
    """Une campagne peut ne laisser qu'une minute pour se raviser, comme la démonstration."""
    assert [dire_les_minutes(nombre) for nombre in (1, 10)] == ["1\u00a0minute", "10\u00a0minutes"]
