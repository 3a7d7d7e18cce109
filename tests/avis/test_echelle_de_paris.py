"""Paris, deux niveaux d'avis d'accueil et des points : de l'inscription à la fiche (R5, R6, R31)."""

import pytest
from django.urls import reverse
from django.utils import timezone

from avis.lectures import fiche_de
from avis.models import CompteRendu
from avis.pdf import fiche_imprimee
from avis.services import ajouter_une_formation
from courriers.models import Courriel
from courriers.pdf import rendre
from referentiel.models import Campagne, CaseDeMatrice, JeuDeRegles
from referentiel.rules.calendrier import Bornes, Calendrier
from referentiel.rules.jeu import Affichage, Avis, Resultat
from referentiel.services import creer_campagne
from tests.factories.avis import LENDEMAIN, TEXTE, candidature_entendue
from tests.factories.candidatures import EleveFactory
from tests.factories.referentiel import (
    PERIODES,
    AcademieFactory,
    AccueilFactory,
    DomaineFactory,
    FormationFactory,
    RattachementFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def paris(monkeypatch) -> Campagne:
    monkeypatch.setattr(timezone, "now", lambda: LENDEMAIN)
    calendrier = Calendrier({nature: Bornes(*bornes) for nature, bornes in PERIODES.items()})
    campagne = creer_campagne(
        academie=AcademieFactory(),
        annee=2027,
        intitule="Paris 2027",
        prereglage="paris-2022",
        calendrier=calendrier,
        par=None,
        le=LENDEMAIN,
    )
    Campagne.objects.update(etat=Campagne.Etat.OUVERTE)
    return Campagne.objects.avec_regles().get(pk=campagne.pk)


@pytest.fixture
def entendue(paris):
    accueil = AccueilFactory(domaine=DomaineFactory(campagne=paris))
    origine = paris.regles.echelle_origine[0]
    return candidature_entendue(eleve=EleveFactory(campagne=paris), accueil=accueil, avis=origine)


def transmettre_par_la_page(connecter, candidature, valeur: str):
    accueil = candidature.accueil.etablissement
    client = connecter(RattachementFactory(a_l_accueil=True, etablissement=accueil).personne)
    [code] = candidature.formations_demandees.values_list("code", flat=True)
    envoi = {"geste": "transmettre", "texte": TEXTE, "version": 0, f"avis_{code}": valeur}
    return client.post(reverse("avis:compte_rendu", args=[accueil.segment, candidature.code]), envoi)


@pytest.mark.parametrize(("valeur", "points"), [("favorable", 2500), ("reserve", 0)])
def test_les_points_ne_dependent_que_de_l_avis_d_accueil(connecter, paris, entendue, valeur, points):
    assert transmettre_par_la_page(connecter, entendue, valeur).status_code == 302
    [section] = fiche_de(paris, entendue.eleve, LENDEMAIN).sections
    assert section.lignes[0].accueil.valeur == valeur
    assert section.lignes[0].final.points == points


def test_un_niveau_qui_n_est_pas_de_l_echelle_est_refuse(connecter, entendue):
    assert transmettre_par_la_page(connecter, entendue, "assez_favorable").status_code == 200
    assert not CompteRendu.objects.exists()


def test_chaque_page_et_le_document_se_lisent(connecter, paris, entendue):
    transmettre_par_la_page(connecter, entendue, "favorable")
    eleve = entendue.eleve
    chef = connecter(RattachementFactory(etablissement=eleve.etablissement).personne)
    uai = eleve.etablissement.segment
    for nom, code in (
        ("avis:fiche", eleve.code),
        ("pilotage:eleve", eleve.code),
        ("pilotage:candidature_origine", entendue.code),
    ):
        assert chef.get(reverse(nom, args=[uai, code])).status_code == 200, nom
    contenu = fiche_de(paris, eleve, LENDEMAIN)
    assert rendre(fiche_imprimee(contenu, paris, LENDEMAIN)).startswith(b"%PDF")


def test_sans_avis_final_aucune_page_ne_le_montre(connecter, paris, entendue):
    JeuDeRegles.objects.update(affichage=Affichage.AUCUN)
    transmettre_par_la_page(connecter, entendue, "favorable")
    eleve, campagne = entendue.eleve, Campagne.objects.avec_regles().get(pk=paris.pk)
    chef = connecter(RattachementFactory(etablissement=eleve.etablissement).personne)
    uai = eleve.etablissement.segment
    pages = [
        chef.get(reverse(nom, args=[uai, code])).content.decode()
        for nom, code in (("avis:fiche", eleve.code), ("pilotage:candidature_origine", entendue.code))
    ]
    for page in pages:
        for mot in ("Avis final", "points)"):
            assert mot not in page, page[max(0, page.index(mot) - 300) : page.index(mot) + 200]
    [section] = fiche_de(campagne, eleve, LENDEMAIN).sections
    assert section.lignes[0].final is None
    assert section.lignes[0].accueil.libelle == "Favorable"


@pytest.mark.parametrize(
    ("affichage", "matrice", "incomplet"),
    [
        (Affichage.AUCUN, "creteil", False),
        (Affichage.AVEC_BONUS, "creteil", True),
        (Affichage.INDICATIF, "creteil", True),
        (Affichage.AVEC_BONUS, "paris", False),
    ],
)
def test_le_courriel_d_une_formation_ajoutee_dit_ce_que_donne_la_matrice_sans_avis_d_origine(
    connecter, entendue, affichage, matrice, incomplet
):
    """À Paris l'avis d'accueil suffit ; à Créteil l'avis final attend l'avis d'origine."""
    JeuDeRegles.objects.update(affichage=affichage)
    if matrice == "creteil":
        CaseDeMatrice.objects.filter(avis_origine=Avis.ABSENT).update(resultat=Resultat.INCOMPLET, points=None)
    transmettre_par_la_page(connecter, entendue, "favorable")
    ajouter_une_formation(
        candidature=entendue,
        formation=FormationFactory(domaine=entendue.domaine),
        avis=Avis.FAVORABLE,
        par=RattachementFactory(a_l_accueil=True).personne,
        le=LENDEMAIN,
    )
    courriel = Courriel.objects.get(nature="formation ajoutée")
    assert ("avis final" in courriel.texte) is incomplet
    assert ("avis final" in courriel.html) is incomplet
