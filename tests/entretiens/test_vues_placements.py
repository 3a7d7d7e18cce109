"""Planifier, déplacer, annuler un entretien depuis sa page (écran A8)."""

from datetime import timedelta

import pytest

from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens.models import Entretien
from tests.entretiens.pages import candidat, lien
from tests.factories.candidatures import CandidatureFactory
from tests.factories.entretiens import convoquer, instant, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory

pytestmark = pytest.mark.django_db


def test_planifier_ne_montre_que_les_creneaux_ou_l_eleve_peut_venir(accueil, lycee):
    candidature = candidat(accueil)
    libre, gene = ouvrir_un_creneau(accueil, 14), ouvrir_un_creneau(accueil, 9)
    ailleurs = AccueilFactory(domaine__campagne=accueil.domaine.campagne)
    placer(CandidatureFactory(accueil=ailleurs, eleve=candidature.eleve), ouvrir_un_creneau(ailleurs, 9))
    page = lycee.get(lien("planifier", accueil.etablissement, candidature.code)).content.decode()
    assert libre.code in page
    assert gene.code not in page
    assert ailleurs.etablissement.nom not in page
    reponse = lycee.post(lien("planifier", accueil.etablissement, candidature.code), {"creneau": gene.code})
    assert "Ce créneau vient d’être pris. Choisissez-en un autre." in reponse.content.decode()
    lycee.post(lien("planifier", accueil.etablissement, candidature.code), {"creneau": libre.code})
    assert Entretien.objects.filter(candidature=candidature).get().creneau == libre


def test_deplacer_dit_qui_sera_prevenu(accueil, lycee, college):
    un, deux, _ = ouvrir(accueil)
    entretien = placer(candidat(accueil, college), un)
    convoquer(entretien)
    adresse = lien("deplacer", accueil.etablissement, entretien.candidature.code)
    page = lycee.get(adresse).content.decode()
    assert "Une convocation modifiée remplacera la précédente. Le collège Jean-Moulin et Mme Petit" in page
    assert "Déplacer et prévenir" in page
    lycee.post(adresse, {"creneau": deux.code, "motif": "Jury absent"})
    assert Entretien.objects.get().creneau == deux


def test_deplacer_moins_de_48_heures_avant_demande_de_telephoner(accueil, entrer, college, horloge):
    un, *_ = ouvrir(accueil)
    entretien = placer(candidat(accueil, college), un)
    horloge(instant(9) - timedelta(hours=47))
    page = entrer().get(lien("deplacer", accueil.etablissement, entretien.candidature.code)).content.decode()
    assert "01 99 99 99 99" in page


def test_annuler_sans_replanifier_demande_un_motif(accueil, lycee):
    entretien = placer(candidat(accueil), ouvrir_un_creneau(accueil))
    adresse = lien("annuler", accueil.etablissement, entretien.candidature.code)
    page = lycee.post(adresse, {"suite": "annuler", "motif": ""}).content.decode()
    assert "Donnez le motif de l’annulation" in page
    lycee.post(adresse, {"suite": "replanifier"})
    assert Candidature.objects.get().etat == Etat.INSCRITE
