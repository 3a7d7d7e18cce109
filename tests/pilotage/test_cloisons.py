"""Ce qu'un côté ne doit pas apprendre, où que la page le montre : embargo, heures, académies (R25, R30, R37)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from avis.services import ajouter_une_formation, enregistrer_le_brouillon
from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens import services
from entretiens.models import Convocation, Entretien
from entretiens.pdf import feuille_de
from entretiens.rules.etats import EtatEntretien
from pilotage.selectors.nouvelles import traces_lisibles
from referentiel.models import Academie, JeuDeRegles, Periode
from referentiel.permissions import Cote
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Avis, Publication
from tests.factories.entretiens import convoquer, ouvrir_un_creneau
from tests.factories.referentiel import CampagneFactory, OffreFactory, RattachementFactory


@pytest.fixture
def embargo(scene) -> None:
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(publication=Publication.VISUALISATION)
    scene.campagne.regles.refresh_from_db()
    Periode.objects.filter(campagne=scene.campagne, nature=Nature.VISUALISATION).delete()


@pytest.fixture
def origine(scene, connecter):
    return connecter(scene.chef_origine.personne)


def adresse(nom: str, scene, **segments: str) -> str:
    return reverse(nom, kwargs={"uai": scene.college.segment, **segments})


def avec_un_ajout(scene) -> tuple[Candidature, str]:
    """Un entretien tenu, convoqué par les services, où une formation s'est ajoutée sans être transmise."""
    entretien = scene.convoquee()
    candidature = entretien.candidature
    apres = entretien.periode.upper + timedelta(hours=1)
    services.saisir_les_presences(presences={entretien: EtatEntretien.TENU}, par=None, le=apres)
    ajoutee = scene.autre_formation(candidature)
    ajouter_une_formation(
        candidature=candidature, formation=ajoutee, avis=Avis.FAVORABLE, par=scene.chef_accueil.personne, le=apres
    )
    return Candidature.objects.get(pk=candidature.pk), ajoutee.libelle


def test_le_saio_d_une_academie_n_est_qu_observateur_dans_l_autre(scene, connecter):
    """Sa place d'observation, la première, ne reçoit rien de celle qu'il a au SAIO d'ailleurs."""
    versailles = Academie.objects.create(code="versailles-b", nom="Versailles B", departements=["078"])
    CampagneFactory(academie=versailles)
    place = RattachementFactory(observation=True, departement="077")
    RattachementFactory(personne=place.personne, saio=True, academie=versailles)
    scene.candidature()
    client = connecter(place.personne)
    observee = f"/academies/{place.academie.code}"
    assert client.get(observee + reverse("pilotage:tache_academie", args=["sans-convocation"])).status_code == 403
    page = client.get(observee + reverse("pilotage:suivi"))
    assert page.context["administre"] is False
    assert page.context["vide"], "Le département 077 n'a personne : ceux du 094 ne se comptent pas ici."


def test_sans_date_de_visualisation_rien_ne_parait_avant_la_fin(scene, embargo):
    campagne = type(scene.campagne).objects.avec_regles().get(pk=scene.campagne.pk)
    assert not campagne.montre_les_avis_d_accueil(scene.le)


def test_un_retard_ne_dit_pas_qui_a_transmis_avant_la_publication(scene, embargo, origine):
    scene.avec_entretien(Etat.REALISEE, debut=scene.le - timedelta(days=10), presence=EtatEntretien.TENU)
    page = origine.get(adresse("pilotage:tache_origine", scene, tache="comptes-rendus-attendus"))
    assert page.context["total"] == 0


def test_la_page_de_desistement_tait_une_formation_ajoutee(scene, embargo, origine):
    candidature, ajoutee = avec_un_ajout(scene)
    page = origine.get(adresse("candidatures:desistement", scene, code=candidature.code))
    assert ajoutee not in page.content.decode()


def test_la_convocation_ne_dit_que_les_formations_demandees(scene, embargo):
    candidature, ajoutee = avec_un_ajout(scene)
    convocation = Convocation.objects.avec_document().get(entretien__candidature=candidature)
    demandee = candidature.formations_demandees.get(ajoutee_a_l_entretien=False).formation.intitule
    assert feuille_de(convocation).formations == (demandee,)
    assert not any(ajoutee in formation for formation in feuille_de(convocation).formations)


def test_l_inscription_tait_une_formation_ajoutee(scene, embargo, origine):
    candidature, ajoutee = avec_un_ajout(scene)
    demandee = candidature.formations_demandees.get(ajoutee_a_l_entretien=False).formation
    OffreFactory(formation=demandee, etablissement=scene.lycee)
    page = origine.get(adresse("candidatures:inscription_formations", scene, code=candidature.eleve.code))
    assert f"{demandee}. Entretien" in page.content.decode()
    assert ajoutee not in page.content.decode()


def test_une_heure_pas_encore_annoncee_ne_se_lit_nulle_part_cote_origine(scene, origine):
    entretien = scene.planifiee(heure=9)
    candidature = entretien.candidature
    pages = [
        adresse("candidatures:avis_classe", scene, classe="3e-b"),
        adresse("candidatures:desistement", scene, code=candidature.code),
        adresse("pilotage:candidature_origine", scene, code=candidature.code),
        adresse("pilotage:eleve", scene, code=candidature.eleve.code),
    ]
    for page in pages:
        assert "jeudi 25" not in origine.get(page).content.decode(), page


def test_un_deplacement_jamais_annonce_ne_se_raconte_pas_a_l_origine(scene):
    entretien = scene.planifiee(heure=9)
    ailleurs = ouvrir_un_creneau(entretien.candidature.accueil, 11, le=scene.le)
    services.deplacer(entretien=entretien, creneau=ailleurs, par=None, le=scene.le)
    services.liberer(entretien=Entretien.objects.get(pk=entretien.pk), replanifier=True, par=None, le=scene.le)
    siennes = Candidature.objects.filter(pk=entretien.candidature_id)
    assert not traces_lisibles(siennes, scene.campagne, Cote.ORIGINE, scene.le).exists()
    assert traces_lisibles(siennes, scene.campagne, Cote.ACCUEIL, scene.le).count() == 3


def test_un_deplacement_annonce_se_raconte_a_l_origine(scene):
    entretien = scene.planifiee(heure=9)
    convoquer(entretien, le=scene.le)
    ailleurs = ouvrir_un_creneau(entretien.candidature.accueil, 11, le=scene.le)
    services.deplacer(
        entretien=Entretien.objects.get(pk=entretien.pk), creneau=ailleurs, par=None, le=scene.le + timedelta(hours=1)
    )
    siennes = Candidature.objects.filter(pk=entretien.candidature_id)
    lues = traces_lisibles(siennes, scene.campagne, Cote.ORIGINE, scene.le)
    assert lues.filter(fait="entretien_deplace").count() == 1


@pytest.mark.parametrize("nom", ["pilotage:eleves", "avis:fiches", "entretiens:convocations", "candidatures:avis"])
def test_aucun_cache_ne_garde_une_page_personnelle(scene, origine, nom):
    assert "no-store" in origine.get(adresse(nom, scene))["Cache-Control"]


def test_le_compte_non_plus(scene, origine):
    assert "no-store" in origine.get(reverse("comptes:compte"))["Cache-Control"]


def test_un_brouillon_reste_cache_a_l_origine(scene, origine):
    candidature = scene.avec_entretien(Etat.REALISEE, debut=scene.le - timedelta(days=1), presence=EtatEntretien.TENU)
    enregistrer_le_brouillon(
        candidature=candidature,
        texte="Texte que personne ne lit encore",
        avis={},
        version=0,
        par=scene.chef_accueil.personne,
        le=scene.le,
    )
    page = origine.get(adresse("pilotage:candidature_origine", scene, code=candidature.code))
    assert "Texte que personne ne lit encore" not in page.content.decode()
