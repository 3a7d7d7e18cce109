"""Le planning d'un lycée, semaine, jour et liste, et ce que coûtent ses pages (écran A4)."""

import re
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from entretiens import services
from entretiens.rules.series import Poste
from referentiel.rules.jeu import Modalite
from tests.entretiens.pages import candidat, lien
from tests.factories.candidatures import EN_MARS
from tests.factories.charges import charger
from tests.factories.entretiens import JEUDI, JuryFactory, convoquer, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory
from tests.modeles import modeles_batis

pytestmark = pytest.mark.django_db

REQUETES_AU_PLUS = 12
PARTI = EN_MARS + timedelta(minutes=11)


def test_la_semaine_montre_les_eleves_et_les_creneaux_libres(accueil, lycee):
    jury = JuryFactory(etablissement=accueil.etablissement, nom="Jury 1")
    creneaux = ouvrir(accueil, postes=(Poste(jury.pk, "Jury 1", "204"),))
    placer(candidat(accueil, nom="Abadie", prenom="Inès"), creneaux[0])
    page = lycee.get(lien("planning_semaine", accueil.etablissement, 2027, 12)).content.decode()
    assert "Entretiens de la semaine du 22 au 26\u00a0mars\u00a0: 3 créneaux dont 2 libres" in page
    assert "9\u00a0h\u00a000 – ABADIE Inès" in page
    assert "2 libres, de 9\u00a0h\u00a020 à 10\u00a0h\u00a000" in page
    assert page.count("<h1") == 1


def test_des_textes_hostiles_restent_des_textes_dans_la_semaine(accueil, entrer):
    """Les plages sont moulées : un élève, un créneau seul, une suite de libres, une séance collective."""
    hostile = "\"'><b>%(url)s%s"
    jury = JuryFactory(etablissement=accueil.etablissement, nom="Jury 1")
    creneaux = ouvrir(accueil, a=time(10, 40), postes=(Poste(jury.pk, "Jury 1", "204"),))
    placer(candidat(accueil), creneaux[1])
    collectif = AccueilFactory(
        etablissement=accueil.etablissement, domaine__campagne=accueil.domaine.campagne, modalite=Modalite.COLLECTIF
    )
    ouvrir(collectif, collective=True, capacite=3, de=time(14), a=time(15, 30), postes=(Poste(None, "", "205"),))
    charger(hostile)
    page = entrer().get(lien("planning_semaine", accueil.etablissement, *JEUDI.isocalendar()[:2]))
    tableau = page.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    vus = re.findall(r"(\d+ libres|– libre|– séance|inscrit)", tableau)
    assert vus == ["– libre", "3 libres", "– séance", "inscrit"]
    # Un nom s'écrit en capitales.
    tableau = tableau.lower()
    # Le jury du créneau seul, dit deux fois ; nom, prénom, classe, collège et jury de l'élève ; jury ; domaine, salle.
    assert tableau.count(escape(hostile)) == 2 + 5 + 1 + 2
    assert tableau.count("&lt;b&gt;") == tableau.count(escape(hostile))
    assert "<b>" not in tableau


def test_un_eleve_place_separe_deux_plages_libres(accueil, lycee):
    jury = JuryFactory(etablissement=accueil.etablissement, nom="Jury 1")
    creneaux = ouvrir(accueil, postes=(Poste(jury.pk, "Jury 1", "204"),))
    placer(candidat(accueil, nom="Abadie", prenom="Inès"), creneaux[1])
    page = lycee.get(lien("planning_semaine", accueil.etablissement, 2027, 12)).content.decode()
    assert "9\u00a0h\u00a000 – libre" in page
    assert "9\u00a0h\u00a040 – libre" in page


def test_la_semaine_vide_le_dit_et_nomme_les_conges(accueil, lycee):
    page = lycee.get(lien("planning_semaine", accueil.etablissement, 2027, 13)).content.decode()
    assert "Aucun créneau cette semaine." in page
    assert "Férié (lundi de Pâques)" in page


@pytest.mark.parametrize(
    "adresse", ["semaine/2027-60/", "semaine/0-1/", "jour/2027-02-30/", "jour/9999-12-31/", "creneaux/inconnu2/"]
)
def test_une_adresse_du_planning_qui_ne_dit_rien_est_introuvable(accueil, lycee, adresse):
    assert lycee.get(lien("planning", accueil.etablissement) + adresse).status_code == 404


def test_aller_a_un_jour_mene_a_sa_semaine(accueil, lycee):
    planning = lien("planning", accueil.etablissement)
    assert lycee.get(planning, {"jour": "2027-03-25"}).url == f"{planning}semaine/2027-12/"
    assert lycee.get(planning, {"jour": "nawak"}).url == f"{planning}semaine/2027-10/"


def test_le_planning_se_filtre_par_domaine(accueil, lycee):
    ouvrir(accueil)
    autre = AccueilFactory(etablissement=accueil.etablissement, domaine__campagne=accueil.domaine.campagne)
    ouvrir_un_creneau(autre, 15)
    liste = lien("planning_liste", accueil.etablissement)
    assert "4 créneaux dont 4 libres" in lycee.get(liste).content.decode()
    assert "1 créneau dont 1 libre<" in lycee.get(liste, {"domaine": autre.code}).content.decode()


@pytest.mark.parametrize(
    ("nom", "args", "parametres"),
    [
        ("planning_semaine", [2027, 12], {}),
        ("planning_jour", [JEUDI], {}),
        ("planning_liste", [], {}),
        ("proposer", [], {"domaine": True}),
        ("verifier_l_envoi", [], {}),
        ("presences", [], {"jour": "2027-03-25"}),
    ],
)
def test_une_liste_ne_compte_pas_ses_requetes(accueil, lycee, nom, args, parametres):
    parametres = {cle: accueil.code if valeur is True else valeur for cle, valeur in parametres.items()}
    nombres = []
    for heures in ((8,), (9, 10, 11, 14, 15, 16)):
        for heure in heures:
            placements = [(candidat(accueil), ouvrir_un_creneau(accueil, heure, minute)) for minute in (0, 20, 40)]
            if nom != "proposer":
                services.placer_plusieurs(placements=placements, par=None, le=EN_MARS)
        lycee.get(lien("jurys", accueil.etablissement))
        with CaptureQueriesContext(connection) as requetes:
            assert lycee.get(lien(nom, accueil.etablissement, *args), parametres).status_code == 200
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= REQUETES_AU_PLUS


def test_un_creneau_de_plus_au_planning_ne_batit_aucun_modele_de_plus(accueil, lycee):
    adresses = [
        lien("planning_semaine", accueil.etablissement, *JEUDI.isocalendar()[:2]),
        lien("planning_jour", accueil.etablissement, JEUDI),
        lien("planning_liste", accueil.etablissement),
    ]
    nombres = []
    for heure in (8, 9):
        placements = [(candidat(accueil), ouvrir_un_creneau(accueil, heure, minute)) for minute in (0, 20, 40)]
        services.placer_plusieurs(placements=placements, par=None, le=EN_MARS)
        ouvrir_un_creneau(accueil, heure + 5)
        with modeles_batis() as batis:
            assert [lycee.get(adresse).status_code for adresse in adresses] == [200, 200, 200]
        nombres.append(batis)
    assert nombres[0] == nombres[1]


@pytest.mark.parametrize("nom", ["envois", "envoi", "convocations"])
def test_les_convocations_ne_comptent_pas_leurs_requetes(accueil, lycee, college, origine, horloge, nom):
    nombres = []
    for heures in ((8,), (9, 10, 11, 14, 15, 16)):
        for heure in heures:
            placements = [
                (candidat(accueil, college), ouvrir_un_creneau(accueil, heure, minute)) for minute in (0, 20, 40)
            ]
            envoi = convoquer(*services.placer_plusieurs(placements=placements, par=None, le=EN_MARS))
        horloge(PARTI)
        client, etablissement = (origine, college) if nom == "convocations" else (lycee, accueil.etablissement)
        args = [envoi.code] if nom == "envoi" else []
        client.get(lien(nom, etablissement, *args))
        with CaptureQueriesContext(connection) as requetes:
            assert client.get(lien(nom, etablissement, *args)).status_code == 200
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= REQUETES_AU_PLUS
