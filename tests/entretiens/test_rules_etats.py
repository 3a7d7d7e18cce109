"""Les états d'un entretien et leurs suites."""

from datetime import date, time, timedelta
from itertools import product

import pytest

from entretiens.rules.etats import EtatEntretien, peut_passer
from entretiens.rules.presences import pourquoi_pas_cette_presence
from referentiel.rules.dates import a_paris

PREVU, TENU, ABSENT, EXCUSE, ANNULE = EtatEntretien
LUNDI = date(2027, 3, 22)

SUITES_ATTENDUES = {
    (PREVU, TENU),
    (PREVU, ABSENT),
    (PREVU, EXCUSE),
    (PREVU, ANNULE),
    (TENU, ABSENT),
    (TENU, EXCUSE),
    (ABSENT, TENU),
    (ABSENT, EXCUSE),
}


@pytest.mark.parametrize(("de", "vers"), list(product(EtatEntretien, repeat=2)))
def test_les_suites_d_un_entretien_sont_celles_de_la_table(de, vers):
    assert peut_passer(de, vers) is ((de, vers) in SUITES_ATTENDUES)


@pytest.mark.parametrize(("de", "vers"), list(product(EtatEntretien, repeat=2)))
def test_une_presence_se_note_apres_le_debut_et_seulement_vers_une_presence(de, vers):
    debut = a_paris(LUNDI, time(9))
    permis = (de, vers) in SUITES_ATTENDUES and vers in {TENU, ABSENT, EXCUSE}
    assert (pourquoi_pas_cette_presence(de, vers, debut=debut, le=debut) is None) is permis
    assert pourquoi_pas_cette_presence(de, vers, debut=debut, le=debut - timedelta(seconds=1)) is not None
