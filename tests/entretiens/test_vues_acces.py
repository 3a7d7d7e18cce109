"""Qui ouvre les pages des entretiens : les siennes, jamais celles d'un autre établissement (R37)."""

from datetime import timedelta

import pytest

from entretiens.models import Convocation, Entretien
from entretiens.rules.etats import EtatEntretien
from tests.entretiens.pages import candidat, lien
from tests.factories.candidatures import EN_MARS
from tests.factories.entretiens import JuryFactory, convoquer, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, RattachementFactory

pytestmark = pytest.mark.django_db

PARTI = EN_MARS + timedelta(minutes=11)


PAGES_DE_L_ACCUEIL = [
    "planning",
    "planning_liste",
    "proposer",
    "creer_des_creneaux",
    "envois",
    "presences",
    "jurys",
]


@pytest.mark.parametrize("nom", PAGES_DE_L_ACCUEIL)
@pytest.mark.parametrize("qui", ["chef", "gestionnaire", "autre lycée", "origine", "saio", "observation", "anonyme"])
def test_seules_les_personnes_du_lycee_ouvrent_ses_pages(accueil, connecter, client, nom, qui):
    places = {
        "chef": {"a_l_accueil": True, "etablissement": accueil.etablissement},
        "gestionnaire": {"a_l_accueil": True, "gestionnaire": True, "etablissement": accueil.etablissement},
        "autre lycée": {"a_l_accueil": True},
        "origine": {"etablissement": accueil.etablissement},
        "saio": {"saio": True},
        "observation": {"observation": True},
    }
    visiteur = client if qui == "anonyme" else connecter(RattachementFactory(**places[qui]).personne)
    attendu = 302 if qui == "anonyme" else 200 if qui in {"chef", "gestionnaire"} else 404
    assert visiteur.get(lien(nom, accueil.etablissement)).status_code == attendu


def pages_d_un_objet(accueil, entretien, envoi):
    etablissement, code = accueil.etablissement, entretien.candidature.code
    return [
        lien("creneau", etablissement, entretien.creneau.code),
        lien("planifier", etablissement, code),
        lien("deplacer", etablissement, code),
        lien("annuler", etablissement, code),
        lien("envoi", etablissement, envoi.code),
        lien("rappeler_l_envoi", etablissement, envoi.code),
        lien("renvoyer", etablissement, envoi.code),
    ]


def test_ce_qui_est_d_un_autre_lycee_n_existe_pas(accueil, connecter):
    entretien = placer(candidat(accueil), ouvrir_un_creneau(accueil))
    envoi = convoquer(entretien)
    autre = AccueilFactory(domaine=accueil.domaine)
    voisin = connecter(RattachementFactory(a_l_accueil=True, etablissement=autre.etablissement).personne)
    for page in pages_d_un_objet(accueil, entretien, envoi):
        for adresse in (page, page.replace(accueil.etablissement.segment, autre.etablissement.segment)):
            geste = voisin.get if page == lien("envoi", accueil.etablissement, envoi.code) else voisin.post
            assert geste(adresse, {"creneau": entretien.creneau.code, "geste": "attribuer"}).status_code == 404
    assert Entretien.objects.get().etat == EtatEntretien.PREVU


def test_un_jury_d_un_autre_lycee_ne_se_modifie_pas(accueil, lycee):
    ailleurs = JuryFactory(nom="Jury voisin")
    reponse = lycee.post(f"{lien('jurys', accueil.etablissement)}?jury={ailleurs.pk}", {"nom": "Pris"})
    assert reponse.status_code == 404
    assert "Jury voisin" not in lycee.get(lien("jurys", accueil.etablissement)).content.decode()


@pytest.mark.parametrize("nom", ["convocation", "convocation_pdf", "convocation_ics"])
def test_un_college_ne_lit_que_ses_convocations_et_une_fois_parties(accueil, college, origine, connecter, horloge, nom):
    convoquer(placer(candidat(accueil, college), ouvrir_un_creneau(accueil)))
    code = Convocation.objects.get().code
    assert origine.get(lien(nom, college, code)).status_code == 404
    horloge(PARTI)
    assert origine.get(lien(nom, college, code)).status_code == 200
    autre = RattachementFactory()
    voisin = connecter(autre.personne)
    assert voisin.get(lien(nom, college, code)).status_code == 404
    assert voisin.get(lien(nom, autre.etablissement, code)).status_code == 404
