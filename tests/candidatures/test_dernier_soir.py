"""Le soir de `bin/eprouver-soir`, en petit : un serveur meurt, et chaque enregistrement su est dans la base (F8)."""

import os
import signal
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from outils.soir.arrivees import Genre, arrivees
from outils.soir.charge import Charge
from outils.soir.confrontation import confronter
from outils.soir.livre import Fait, Livre, Quoi, lire
from outils.soir.monde import Monde as Visites
from outils.soir.scene import poser
from referentiel.models import Periode
from tests.atelier import attendre, serveurs_ouverts
from tests.factories.avis import candidature_entendue
from tests.factories.inscriptions import Monde
from tests.factories.referentiel import CampagneFactory, RattachementFactory

ELEVES, ENTENDUES = 6, 4
ARRIVEES = 120
PARTS = {Genre.LECTURE: 1, Genre.ENREGISTREMENT: 1}


@pytest.mark.pannes
@pytest.mark.django_db(transaction=True)
def test_un_serveur_meurt_le_dernier_soir_et_chaque_enregistrement_su_est_dans_la_base(tmp_path):
    with transaction.atomic():
        _un_soir()
        visites = Visites.lire(poser())
    livre = Livre(tmp_path / "livre.jsonl")
    suite = list(arrivees(debit=ARRIVEES, duree=1.0, graine=2027, parts=PARTS))
    tues = []
    with serveurs_ouverts(processus=2, fils=4) as serveurs:
        assert attendre(lambda: len(serveurs.ouvriers()) == 2, au_plus=120)
        charge = Charge(serveurs.port, visites, livre, patience=300)

        def tuer_au_milieu() -> None:
            if not tues and charge.commencees > len(suite) / 2:
                tues.append(serveurs.ouvriers()[0])
                os.kill(tues[0], signal.SIGKILL)

        charge.echauffer()
        charge.passer(suite, fils=6, entre_temps=tuer_au_milieu)
    livre.fermer()
    connection.close()
    confrontation = confronter(lire(tmp_path / "livre.jsonl"))
    assert tues
    assert charge.mesures.fautes == Counter(), charge.mesures.exemples
    assert confrontation["manquent"] == []
    assert set(confrontation["sus"]) == set(Quoi)
    assert confrontation["total"] == sum(arrivee.genre is Genre.ENREGISTREMENT for arrivee in suite)


@pytest.mark.parametrize("quoi", Quoi)
def test_un_enregistrement_su_et_absent_de_la_base_se_voit(quoi, db):
    demande = Monde(CampagneFactory()).inscrit().formations_demandees.get()
    perdu, sans_reponse = Fait(quoi, demande.code, "perdu", 1), Fait(quoi, demande.code, "sans réponse", su=False)
    assert confronter([perdu, sans_reponse])["manquent"]
    assert confronter([sans_reponse])["manquent"] == []


def _un_soir() -> None:
    """Une campagne dont toutes les étapes sont en cours aujourd'hui : les serveurs ont la vraie heure."""
    campagne, maintenant = CampagneFactory(), timezone.now()
    Periode.objects.filter(campagne=campagne).update(
        debut=maintenant.date() - timedelta(days=30), fin=maintenant.date() + timedelta(days=60)
    )
    monde = Monde(campagne, maintenant)
    RattachementFactory(a_l_accueil=True, etablissement=monde.accueil.etablissement)
    RattachementFactory(saio=True, academie=campagne.academie)
    for _ in range(ELEVES):
        monde.inscrit()
    for rang in range(ENTENDUES):
        candidature_entendue(accueil=monde.accueil, eleve=monde.eleve(), debut=maintenant - timedelta(days=rang + 1))
