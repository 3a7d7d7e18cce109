"""L'épreuve de `bin/eprouver`, en petit : tout est tué net au moins une fois, rien ne se perd (F2, R25)."""

import os

import pytest
from django.db import connection

from outils.epreuve.campagne import Reglages, eprouver
from outils.epreuve.machine import BASE, GENRES, Machine
from outils.epreuve.relais import Recu
from outils.epreuve.verdict import juger
from outils.sauvegarde import Base, restaurer, sauvegarder

ADRESSE = "ce@epreuve.example"


@pytest.mark.pannes
@pytest.mark.django_db(transaction=True)
def test_cent_vingt_convocations_arrivent_quand_chaque_processus_meurt(tmp_path):
    """Le temps y est compté plus vite (`outils.epreuve.reglages`) ; la structure vient de la base des tests."""

    def installer(machine: Machine) -> None:
        debut, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        ici = Base.a_l_adresse(f"{debut}/{connection.settings_dict['NAME']}")
        structure = sauvegarder(tmp_path / "structure", base=ici, fichiers=tmp_path / "aucun")
        restaurer(structure, base=Base.a_l_adresse(machine.grappe.adresse(BASE)), fichiers=tmp_path / "rendus")

    voulu = Reglages(
        taille=120,
        arrets=len(GENRES) + 1,
        par_lot=20,
        graine=2027,
        dossier=tmp_path / "machine",
        installer=installer,
        reglages="outils.epreuve.reglages",
        calage=4.0,
        changements_pendant=8.0,
        exemplaires=1,
    )
    bilan = eprouver(voulu, print)
    assert set(bilan.arrets) == set(GENRES)
    assert bilan.verdict.messages >= voulu.taille // voulu.par_lot * 10
    assert bilan.corrigees
    assert bilan.fautes == []
    assert bilan.apres_le_dernier_arret < 300


def registre(**changements) -> dict:
    """Un entretien prévu, convoqué à une adresse ; `changements` remplace un champ de l'une des trois tables."""
    courriel = {"cle": 1, "message": "<un>", "destinataire": ADRESSE, "etat": "envoye", "convocations": [1]}
    convocation = {"id": 1, "entretien_id": 1, "nature": "initiale", "sequence": 1}
    entretien = {"id": 1, "etat": "prevu", "sequence": 1, "adresses": [ADRESSE]}
    return {
        "courriels": [courriel | changements.get("courriel", {})],
        "convocations": [convocation | changements.get("convocation", {})],
        "entretiens": [entretien | changements.get("entretien", {})],
        "ecarts": [],
    }


UN = Recu("<un>", ADRESSE, 0.0)
FAUTES = {
    "perdue": (registre(), []),
    "perdue : seule l'ancienne heure est arrivée": (registre(entretien={"sequence": 2}), [UN]),
    "doublée": (registre(), [UN, UN]),
    "sans démenti": (registre(entretien={"etat": "annule"}), [UN]),
    "mal adressée": (registre(entretien={"adresses": ["autre@epreuve.example"], "etat": "annule"}), [UN]),
    "inconnue": (registre(), [UN, Recu("<deux>", ADRESSE, 0.0)]),
}


@pytest.mark.parametrize(("lu", "recus"), FAUTES.values(), ids=FAUTES)
def test_le_verdict_voit_ce_qu_il_cherche(lu, recus):
    assert juger(registre(), [UN]).fautes(arrets=0, coupures=0) == []
    assert juger(lu, recus).fautes(arrets=0, coupures=0)
