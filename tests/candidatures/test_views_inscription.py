"""La démarche d'inscription d'un élève (écran O6)."""

import pytest
from django.urls import reverse

from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import Etat
from referentiel.models import MotARappeler
from referentiel.rules.jeu import Modalite
from tests.factories.inscriptions import APRES_LES_INSCRIPTIONS, COMMENTAIRE
from tests.factories.referentiel import FormationFactory, OffreFactory, RattachementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]


def adresse(monde, nom, **segments):
    return reverse(f"candidatures:{nom}", kwargs={"uai": monde.uai, **segments})


@pytest.fixture
def chef(monde, connecter):
    return connecter(monde.chef)


@pytest.fixture
def gestionnaire(monde, connecter):
    return connecter(monde.gestionnaire)


def choix(monde, nombre=1):
    domaine = monde.accueil.domaine_id
    return {
        f"formations_{domaine}": [formation.pk for formation in monde.formations[:nombre]],
        f"accueil_{domaine}": monde.accueil.pk,
    }


def avis(demande, valeur="favorable", commentaire=COMMENTAIRE, version=0):
    return {
        f"{demande.code}-avis": valeur,
        f"{demande.code}-commentaire": commentaire,
        f"{demande.code}-version": version,
        f"{demande.code}-empreinte": "",
    }


def test_la_page_des_formations_dit_la_regle_et_les_hotes(monde, chef):
    page = chef.get(adresse(monde, "inscription_formations", code=monde.eleve().code)).content.decode()
    assert "Un seul entretien par domaine" in page
    assert "Étape 1 sur 3" in page
    assert "Hôtellerie-restauration" in page
    assert "CAP Cuisine" in page
    assert "entretien individuel" in page
    assert "Passpro ne remplace pas les commissions départementales" in page
    assert page.count("<h1") == 1


def test_les_hotes_vont_du_plus_proche_au_plus_lointain_puis_se_replient(monde, chef):
    for rang in range(5):
        monde.autre_accueil(
            etablissement__nom=f"Lycée {rang}",
            etablissement__latitude=48.79 + (5 - rang) / 10,
            etablissement__longitude=2.45,
        )
    page = chef.get(adresse(monde, "inscription_formations", code=monde.eleve().code)).content.decode()
    rangs = [page.index(f"Lycée {rang},") for rang in (4, 3, 2, 1, 0)]
    assert rangs == sorted(rangs)
    assert page.index("Voir tous les établissements (6)") > page.index("Lycée 1,")
    assert page.index("Voir tous les établissements (6)") < page.index("Lycée 0,")
    assert "11\u00a0km" in page


def test_le_seul_hote_est_choisi_d_avance(monde, chef):
    page = chef.get(adresse(monde, "inscription_formations", code=monde.eleve().code)).content.decode()
    assert f'value="{monde.accueil.pk}" checked' in page


def test_une_formation_hors_passpro_se_lit_sans_case(monde, chef):
    hors = FormationFactory(domaine=monde.accueil.domaine, libelle="Boucher")
    OffreFactory(formation=hors, hors_passpro=True, presentation="Portes ouvertes.")
    page = chef.get(adresse(monde, "inscription_formations", code=monde.eleve().code)).content.decode()
    assert "CAP Boucher – Hors Passpro : contactez l’établissement." in page
    assert page.count('type="checkbox"') == 3


def test_filtrer_sans_script_garde_ce_qui_est_coche(monde, chef):
    monde.domaine("Santé et social", "Accompagnement")
    eleve = monde.eleve()
    envoi = choix(monde) | {"q": "accompagnement", "filtrer": "1"}
    page = chef.post(adresse(monde, "inscription_formations", code=eleve.code), envoi).content.decode()
    assert f'value="{monde.formations[0].pk}" checked' in page
    assert "CAP Accompagnement" in page
    assert Candidature.objects.count() == 0

    page = chef.get(adresse(monde, "inscription_formations", code=eleve.code) + "?q=sante").content.decode()
    assert "CAP Accompagnement" in page
    assert "CAP Cuisine" not in page


@pytest.mark.parametrize(
    ("envoi", "phrase"),
    [
        (lambda m: {}, "Choisissez au moins une formation."),
        (
            lambda m: {f"formations_{m.accueil.domaine_id}": m.formations[0].pk},
            "Choisissez l’établissement de l’entretien pour le domaine Hôtellerie-restauration.",
        ),
        (lambda m: {f"formations_{m.accueil.domaine_id}": "x"}, "data-resume-erreurs"),
    ],
)
def test_un_choix_incomplet_est_dit_et_rien_n_est_garde(monde, chef, envoi, phrase):
    monde.autre_accueil()
    reponse = chef.post(adresse(monde, "inscription_formations", code=monde.eleve().code), envoi(monde))
    assert reponse.status_code == 200
    assert phrase in reponse.content.decode()
    assert not Candidature.objects.exists()


def test_inscrire_un_eleve_de_bout_en_bout_en_douze_gestes(monde, chef):
    """« Inscrire » (1), ouvrir le domaine (1), trois formations (3), « Continuer » (1), trois avis (3),
    « Continuer » (1), « Inscrire l'élève » (1) : onze gestes, l'unique hôte étant choisi d'avance."""
    eleve = monde.eleve()
    formations_url = adresse(monde, "inscription_formations", code=eleve.code)
    reponse = chef.post(formations_url, choix(monde, 3))
    assert reponse.url == adresse(monde, "inscription_avis", code=eleve.code)
    brouillon = Candidature.objects.get()
    assert brouillon.etat == Etat.BROUILLON

    demandes = list(brouillon.formations_demandees.all())
    page = chef.get(reponse.url).content.decode()
    assert "Les bulletins scolaires ne sont jamais demandés" in page
    envoi = {nom: valeur for demande in demandes for nom, valeur in avis(demande).items()}
    reponse = chef.post(reponse.url, envoi)
    assert reponse.url == adresse(monde, "inscription_recapitulatif", code=eleve.code)

    page = chef.get(reponse.url).content.decode()
    assert "avis favorable" in page
    assert "L’établissement d’accueil verra cette candidature dès maintenant" in page
    assert "celle de Mme Petit" in page
    reponse = chef.post(reponse.url)
    assert reponse.url == reverse("pilotage:eleve", kwargs={"uai": monde.uai, "code": eleve.code})
    brouillon.refresh_from_db()
    assert brouillon.etat == Etat.INSCRITE
    assert all(demande.avis_complet for demande in brouillon.formations_demandees.all())
    assert "Yanis est inscrit pour 1 entretien." in chef.get(reponse.url).content.decode()


def test_un_choix_en_brouillon_se_retrouve_coche(monde, chef):
    candidature = monde.inscrit(formations=2, en_brouillon=True)
    page = chef.get(adresse(monde, "inscription_formations", code=candidature.eleve.code)).content.decode()
    assert f'value="{monde.formations[1].pk}" checked' in page
    assert "2 choisies" in page


def test_une_formation_s_ajoute_a_la_candidature_inscrite(monde, chef):
    candidature = monde.inscrit()
    url = adresse(monde, "inscription_formations", code=candidature.eleve.code)
    page = chef.get(url).content.decode()
    assert "Déjà inscrit : CAP Cuisine" in page
    assert "s’ajoutent tout de suite à la candidature existante" in page
    assert "Formations à ajouter" in page
    assert page.count('type="checkbox"') == 2

    chef.post(url, {f"formations_{monde.accueil.domaine_id}": monde.formations[1].pk})
    assert candidature.formations_demandees.count() == 2
    assert Candidature.objects.get().etat == Etat.INSCRITE


def test_apres_l_entretien_le_domaine_ne_se_choisit_plus(monde, chef):
    candidature = monde.inscrit()
    Candidature.objects.update(etat=Etat.RENDUE)
    page = chef.get(adresse(monde, "inscription_formations", code=candidature.eleve.code)).content.decode()
    assert "la candidature ne change plus" in page


def test_le_gestionnaire_inscrit_mais_ne_saisit_pas_les_avis(monde, gestionnaire):
    brouillon = monde.inscrit(en_brouillon=True)
    url = adresse(monde, "inscription_avis", code=brouillon.eleve.code)
    page = gestionnaire.get(url).content.decode()
    assert "Les avis seront saisis par le chef d’établissement." in page
    assert "<textarea" not in page
    assert gestionnaire.post(url, avis(FormationDemandee.objects.get())).status_code == 403
    assert gestionnaire.post(adresse(monde, "inscription_recapitulatif", code=brouillon.eleve.code)).status_code == 302
    brouillon.refresh_from_db()
    assert brouillon.etat == Etat.INSCRITE


def test_un_gestionnaire_a_qui_c_est_confie_saisit_les_avis(monde, connecter):
    delegue = RattachementFactory(gestionnaire=True, etablissement=monde.college, saisit_les_avis=True).personne
    brouillon = monde.inscrit(en_brouillon=True)
    reponse = connecter(delegue).post(
        adresse(monde, "inscription_avis", code=brouillon.eleve.code), avis(FormationDemandee.objects.get())
    )
    assert reponse.status_code == 302
    assert FormationDemandee.objects.get().avis_par == delegue


def test_les_avis_peuvent_attendre_et_un_avis_partiel_se_garde(monde, chef):
    brouillon = monde.inscrit(formations=2, en_brouillon=True)
    premiere, seconde = brouillon.formations_demandees.all()
    envoi = avis(premiere, commentaire="") | avis(seconde, valeur="", commentaire="")
    reponse = chef.post(adresse(monde, "inscription_avis", code=brouillon.eleve.code), envoi)
    assert reponse.status_code == 302
    premiere.refresh_from_db()
    assert (premiere.avis, premiere.commentaire, premiere.version) == ("favorable", "", 1)
    page = chef.get(reponse.url).content.decode()
    assert "2 avis restent à compléter avant l’entretien." in page


def test_un_commentaire_trop_court_est_dit_sans_perdre_la_saisie(monde, chef):
    brouillon = monde.inscrit(en_brouillon=True)
    url = adresse(monde, "inscription_avis", code=brouillon.eleve.code)
    page = chef.post(url, avis(FormationDemandee.objects.get(), commentaire="Bien")).content.decode()
    assert "Le commentaire compte 4 caractères" in page
    assert ">\nBien</textarea>" in page or ">Bien</textarea>" in page


def test_reprendre_le_commentaire_precedent_sans_script(monde, chef):
    brouillon = monde.inscrit(formations=2, en_brouillon=True)
    premiere, seconde = brouillon.formations_demandees.all()
    envoi = avis(premiere) | avis(seconde, valeur="reserve", commentaire="") | {"reprendre": seconde.code}
    page = chef.post(adresse(monde, "inscription_avis", code=brouillon.eleve.code), envoi).content.decode()
    assert page.count(COMMENTAIRE) == 2
    assert not FormationDemandee.objects.exclude(avis="").exists()


def test_les_mots_ecartes_sont_rappeles_sans_empecher(monde, chef):
    MotARappeler.objects.create(campagne=monde.campagne, mot="bulletin", famille="résultats scolaires")
    brouillon = monde.inscrit(en_brouillon=True)
    demande = FormationDemandee.objects.get()
    envoi = avis(demande, commentaire="Ses bulletins sont bons cette année.")
    page = chef.post(adresse(monde, "inscription_avis", code=brouillon.eleve.code), envoi, follow=True).content.decode()
    assert "À relire" in page
    assert "bulletin" in page
    demande.refresh_from_db()
    assert demande.avis_complet


def test_le_recapitulatif_dit_ce_que_l_hote_ne_propose_pas_et_la_seance(monde, chef):
    collectif, formations = monde.domaine("Santé et social", "Accompagnement", modalite=Modalite.COLLECTIF)
    ailleurs = FormationFactory(domaine=collectif.domaine, libelle="Soins")
    OffreFactory(formation=ailleurs)
    eleve = monde.eleve()
    domaine = collectif.domaine_id
    chef.post(
        adresse(monde, "inscription_formations", code=eleve.code),
        {f"formations_{domaine}": [formations[0].pk, ailleurs.pk], f"accueil_{domaine}": collectif.pk},
    )
    page = chef.get(adresse(monde, "inscription_recapitulatif", code=eleve.code)).content.decode()
    assert "cet établissement ne propose pas CAP Soins" in page
    assert "ne propose pas CAP Accompagnement" not in page
    assert "Séance collective : pas de lettre de préparation" in page


def test_un_recapitulatif_sans_brouillon_renvoie_au_dossier(monde, chef):
    eleve = monde.eleve()
    reponse = chef.post(adresse(monde, "inscription_recapitulatif", code=eleve.code))
    assert reponse.url == reverse("pilotage:eleve", kwargs={"uai": monde.uai, "code": eleve.code})


ETAPES = ["inscription_formations", "inscription_avis", "inscription_recapitulatif"]


@pytest.mark.parametrize("nom", ETAPES)
def test_les_inscriptions_closes_montrent_l_etape_close(monde, connecter, nom):
    brouillon = monde.inscrit(en_brouillon=True)
    monde.le = APRES_LES_INSCRIPTIONS
    chef = connecter(monde.chef)
    url = adresse(monde, nom, code=brouillon.eleve.code)
    for reponse in (chef.get(url), chef.post(url, {"note": "tapé"})):
        assert reponse.status_code == 200
        assert "La date limite était" in reponse.content.decode()
    brouillon.refresh_from_db()
    assert brouillon.etat == Etat.BROUILLON


@pytest.mark.parametrize("nom", [*ETAPES, "eleve_modifier"])
def test_l_eleve_d_un_autre_etablissement_n_existe_pas(monde, connecter, nom):
    eleve: Eleve = monde.inscrit(en_brouillon=True).eleve
    ailleurs = RattachementFactory()
    accueil = RattachementFactory(a_l_accueil=True, etablissement=monde.accueil.etablissement)
    for place in (ailleurs, accueil):
        for uai in (monde.uai, place.etablissement.segment):
            url = reverse(f"candidatures:{nom}", kwargs={"uai": uai, "code": eleve.code})
            assert connecter(place.personne).get(url).status_code == 404


def test_la_page_des_formations_lit_autant_pour_un_domaine_que_pour_trente(monde, chef, django_assert_max_num_queries):
    eleve = monde.eleve()
    for rang in range(30):
        monde.domaine(f"Domaine {rang}", "Une", "Deux")
    with django_assert_max_num_queries(13):
        chef.get(adresse(monde, "inscription_formations", code=eleve.code))
