"""Les séances que donne une série (R23, R24, écran A5)."""

from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entretiens.rules import series
from entretiens.rules.series import Poste, Serie
from referentiel.rules.dates import PARIS, a_paris

LUNDI = date(2027, 3, 22)
VINGT = timedelta(minutes=20)


def une_serie(**champs) -> Serie:
    voulus = {
        "du": LUNDI,
        "au": LUNDI + timedelta(days=4),
        "jours": frozenset(range(5)),
        "de": time(9),
        "a": time(12),
        "duree": VINGT,
        "postes": (Poste(1, "Jury 1", "204"),),
    }
    return Serie(**(voulus | champs))


def test_une_matinee_se_decoupe_hors_de_la_pause_et_avec_le_battement():
    debut, fin = a_paris(LUNDI, time(9)), a_paris(LUNDI, time(10, 30))
    pause = (a_paris(LUNDI, time(9, 30)), a_paris(LUNDI, time(9, 45)))
    creneaux = series.decouper(debut, fin, duree=VINGT, battement=timedelta(minutes=5), pause=pause)
    assert [f"{a:%H:%M}-{b:%H:%M}" for a, b in creneaux] == ["09:00-09:20", "09:45-10:05", "10:10-10:30"]


@given(
    duree=st.integers(5, 60),
    battement=st.integers(0, 30),
    etendue=st.integers(0, 600),
    pause=st.tuples(st.integers(0, 300), st.integers(1, 120)),
)
def test_des_creneaux_ne_se_chevauchent_jamais_et_tiennent_dans_la_journee(duree, battement, etendue, pause):
    debut = a_paris(LUNDI, time(8))
    fin = debut + timedelta(minutes=etendue)
    coupure = (debut + timedelta(minutes=pause[0]), debut + timedelta(minutes=sum(pause)))
    creneaux = list(
        series.decouper(
            debut, fin, duree=timedelta(minutes=duree), battement=timedelta(minutes=battement), pause=coupure
        )
    )
    assert all(a >= debut and b <= fin and b - a == timedelta(minutes=duree) for a, b in creneaux)
    assert all(b <= suivant for (_, b), (suivant, _) in pairwise(creneaux))
    assert not any(a < coupure[1] and b > coupure[0] for a, b in creneaux)


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"a": time(9)}, "L’heure de fin doit être après l’heure de début."),
        ({"au": LUNDI - timedelta(days=1)}, "La date de fin doit être après la date de début."),
        ({"au": LUNDI + timedelta(days=300)}, "200 jours"),
        ({"pause": (time(8), time(13))}, "La pause est plus longue que la journée."),
        ({"pause": (time(11), time(10))}, "La fin de la pause"),
        ({"duree": timedelta(minutes=4)}, "de 5 minutes"),
        ({"capacite": 0}, "au moins un élève"),
        ({"postes": ()}, "au moins un jury"),
        ({"postes": (Poste(1, "Jury 1", "204"), Poste(2, "Jury 2", "204"))}, "la même salle"),
        ({"battement": timedelta(minutes=-1)}, "négatif"),
    ],
)
def test_une_serie_bancale_dit_ce_qui_cloche(champs, phrase):
    [defaut] = series.defauts_de_la_serie(une_serie(**champs))
    assert phrase in defaut


def test_une_serie_juste_n_a_pas_de_defaut():
    assert series.defauts_de_la_serie(une_serie()) == []


def test_dimanches_et_jours_feries_sont_refuses_et_nommes():
    assert "dimanche" in series.pourquoi_pas_ce_jour(date(2027, 3, 28))
    assert "lundi de Pâques" in series.pourquoi_pas_ce_jour(date(2027, 3, 29))
    assert series.pourquoi_pas_ce_jour(date(2027, 3, 27)) is None


def test_samedi_vacances_et_preavis_ne_font_qu_avertir():
    avertis = series.avertissements_du_jour(
        date(2027, 3, 27), vacances="printemps", aujourd_hui=date(2027, 3, 25), preavis=5
    )
    assert len(avertis) == 3
    assert series.avertissements_du_jour(date(2027, 3, 25), vacances=None, aujourd_hui=LUNDI, preavis=3) == []


@pytest.mark.parametrize(("preavis", "avertit"), [(2, False), (3, False), (4, True)])
def test_le_preavis_compte_en_jours_ouvres(preavis, avertit):
    # Du vendredi 26 mars au jeudi 1er avril : mardi, mercredi, jeudi, le lundi de Pâques ne comptant pas.
    phrases = series.avertissements_du_jour(
        date(2027, 4, 1), vacances=None, aujourd_hui=date(2027, 3, 26), preavis=preavis
    )
    assert bool(phrases) is avertit


def test_la_serie_saute_les_conges_quand_on_le_demande():
    serie = une_serie(du=date(2027, 3, 26), au=date(2027, 3, 31))

    def en_vacances(jour):
        return "printemps" if jour == date(2027, 3, 31) else None

    assert series.jours_de_la_serie(serie, en_vacances) == [date(2027, 3, 26), date(2027, 3, 30)]
    sans_exclure = une_serie(du=serie.du, au=serie.au, exclure_les_conges=False, sans=frozenset({date(2027, 3, 26)}))
    assert series.jours_de_la_serie(sans_exclure, en_vacances) == [date(2027, 3, d) for d in (29, 30, 31)]


def test_une_seance_collective_est_un_seul_creneau_par_jour():
    seances = list(series.derouler(une_serie(collective=True, capacite=30), [LUNDI]))
    assert [(len(s.creneaux), s.capacite) for s in seances] == [(1, 30)]


def test_l_heure_d_ete_ne_decale_pas_les_creneaux():
    seances = list(series.derouler(une_serie(), [date(2027, 3, 26), date(2027, 3, 30)]))
    assert {seance.creneaux[0][0].astimezone(PARIS).hour for seance in seances} == {9}


def test_une_serie_se_dit_en_une_phrase():
    demandee = une_serie(au=LUNDI + timedelta(days=2), a=time(12, 20))
    postes = (Poste(1, "Jury 1", "204"), Poste(2, "Jury 2", "205"))
    jours = series.jours_de_la_serie(demandee, lambda jour: None)
    phrases = [
        series.dire_la_serie(series.Apercu(tuple(series.derouler(une, jours))))
        for une in (demandee, replace(demandee, postes=postes))
    ]
    assert phrases == [
        "30 créneaux seront créés\xa0: 3 jours, 10 créneaux par jour, 1 jury. "
        "Premier\xa0: lundi 22\xa0mars à 9\xa0h\xa000. Dernier\xa0: mercredi 24\xa0mars à 12\xa0h\xa000.",
        "60 créneaux seront créés\xa0: 3 jours, 10 créneaux par jour et par jury, 2 jurys. "
        "Premier\xa0: lundi 22\xa0mars à 9\xa0h\xa000. Dernier\xa0: mercredi 24\xa0mars à 12\xa0h\xa000.",
    ]


def test_une_serie_reprise_garde_ses_jours_de_semaine():
    for aujourd_hui in (LUNDI - timedelta(days=20), LUNDI + timedelta(days=9)):
        depart = series.jour_de_la_suite(LUNDI, LUNDI + timedelta(days=4), aujourd_hui=aujourd_hui)
        assert depart.weekday() == 0
        assert depart > max(LUNDI + timedelta(days=4), aujourd_hui)
