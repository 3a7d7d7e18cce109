"""Les états d'une candidature et leurs suites, les niveaux admis, les distances."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from candidatures.rules import (
    AVIS_FIGES,
    ENTRETIEN_A_VENIR,
    Etat,
    avis_fige,
    dire_distance,
    distance,
    peut_passer,
    pourquoi_pas_admis,
)
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Niveau

LE = datetime(2027, 3, 10, 10, 0, tzinfo=PARIS)
DEBUTS = {"aucun": None, "à venir": LE + timedelta(minutes=1), "à l’instant": LE, "passé": LE - timedelta(hours=1)}


@pytest.mark.parametrize(
    ("etat", "complet", "ajoutee", "debut"), list(product(Etat, [True, False], [True, False], DEBUTS))
)
def test_un_avis_est_fige_complet_et_entretien_commence_seulement(etat, complet, ajoutee, debut):
    commence = etat in AVIS_FIGES or (etat in ENTRETIEN_A_VENIR and debut in {"à l’instant", "passé"})
    attendu = complet and not ajoutee and commence
    assert avis_fige(etat, complet=complet, ajoutee=ajoutee, debut=DEBUTS[debut], le=LE) is attendu


@pytest.mark.parametrize("tenu", [Etat.REALISEE, Etat.RENDUE, Etat.SEANCE_SUIVIE])
def test_apres_l_entretien_ni_desistement_ni_annulation(tenu):
    assert not peut_passer(tenu, Etat.DESISTEE)
    assert not peut_passer(tenu, Etat.ANNULEE)


@pytest.mark.parametrize(("niveau", "admis"), list(product(Niveau, Niveau)))
def test_un_niveau_est_admis_si_la_campagne_le_nomme(niveau, admis):
    assert (pourquoi_pas_admis(niveau, [admis]) is None) is (niveau is admis)


def test_la_distance_entre_paris_et_creteil():
    assert distance((48.8566, 2.3522), (48.7904, 2.4556)) == pytest.approx(10.6, abs=0.2)


def test_une_distance_inconnue_ne_se_dit_pas():
    assert distance(None, (48.79, 2.45)) is None
    assert dire_distance(None) == ""


@pytest.mark.parametrize(("kilometres", "texte"), [(4.4, "4 km"), (0.3, "moins de 1 km")])
def test_une_distance_se_dit_en_kilometres(kilometres, texte):
    assert dire_distance(kilometres).replace("\u00a0", " ") == texte
