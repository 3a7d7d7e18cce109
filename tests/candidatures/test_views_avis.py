"""Les pages des avis d'origine (écrans O10 et O11)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from candidatures.horaires import EntretienFixe
from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import saisir_l_avis
from referentiel.models import MotARappeler
from tests.candidatures.test_views_inscription import adresse, avis
from tests.factories.inscriptions import APRES_LA_CAMPAGNE, COMMENTAIRE
from tests.factories.referentiel import RattachementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]


@pytest.fixture
def chef(monde, connecter):
    return connecter(monde.chef)


def saisir(monde, demande, valeur="favorable", commentaire=COMMENTAIRE, par=None):
    return saisir_l_avis(
        formation_demandee=demande,
        avis=valeur,
        commentaire=commentaire,
        version=demande.version,
        par=par or monde.chef,
        le=monde.le,
    )


def la_classe(monde, classe="3e-b"):
    return adresse(monde, "avis_classe", classe=classe)


def test_les_classes_disent_ou_en_sont_les_avis(monde, chef, entretiens):
    candidature = monde.inscrit(formations=3)
    saisir(monde, candidature.formations_maintenues[0])
    monde.inscrit(monde.eleve(classe="3e SEGPA"))
    monde.inscrit(monde.eleve(classe="3e C"), en_brouillon=True)
    entretiens[candidature.pk] = EntretienFixe(monde.le + timedelta(days=2), monde.le + timedelta(days=2, hours=1))
    page = chef.get(adresse(monde, "avis")).content.decode()
    assert "1 sur 3" in page
    assert "vendredi 12\u00a0mars" in page
    assert "0 sur 1" in page
    assert "3e C" not in page
    assert la_classe(monde) in page
    assert la_classe(monde, "3e-segpa") in page


def test_sans_inscrit_la_page_le_dit(monde, chef):
    assert "aucun élève n’est inscrit" in chef.get(adresse(monde, "avis")).content.decode()


def test_deux_ecritures_de_la_meme_classe_font_une_page(monde, chef):
    monde.inscrit(monde.eleve(nom="Un", classe="3e B"))
    monde.inscrit(monde.eleve(nom="Deux", classe="3E-b"))
    page = chef.get(la_classe(monde)).content.decode()
    assert "UN Yanis" in page
    assert "DEUX Yanis" in page


def test_une_classe_inconnue_n_existe_pas(monde, chef):
    assert chef.get(la_classe(monde, "3e-z")).status_code == 404


def test_la_saisie_d_une_classe_se_fait_au_clavier(monde, chef):
    monde.inscrit()
    page = chef.get(la_classe(monde)).content.decode()
    for lettre in "far":
        assert f'data-lettre="{lettre}"' in page
    assert "Avis pour CAP Cuisine, DIALLO" in page
    assert "1 avis à saisir sur 1" in page
    assert "les bulletins scolaires ne sont jamais demandés" in page
    assert page.count("<h1") == 1


def test_toute_la_classe_s_enregistre_d_un_seul_envoi(monde, chef):
    demandes = [d for _ in range(3) for d in monde.inscrit().formations_maintenues]
    envoi = {nom: valeur for demande in demandes for nom, valeur in avis(demande).items()}
    reponse = chef.post(la_classe(monde), envoi)
    assert reponse.status_code == 302
    assert all(demande.avis_complet for demande in FormationDemandee.objects.all())
    assert "tous les avis de 3e B sont saisis" in chef.get(reponse.url).content.decode()


def test_une_ligne_partielle_est_gardee_et_dite_incomplete(monde, chef):
    demande = monde.inscrit().formations_maintenues[0]
    reponse = chef.post(la_classe(monde), avis(demande, commentaire=""))
    page = chef.get(reponse.url).content.decode()
    assert "incomplètes" in page
    assert "commentaire manquant" in page
    demande.refresh_from_db()
    assert demande.avis == "favorable"


def test_une_ligne_fausse_garde_sa_saisie_et_les_autres_sont_ecrites(monde, chef):
    juste, fausse = monde.inscrit(formations=2).formations_maintenues
    reponse = chef.post(la_classe(monde), avis(juste) | avis(fausse, commentaire="Bien"))
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert "1 ligne non enregistrée" in page
    assert "Le commentaire compte 4 caractères" in page
    assert "Bien</textarea>" in page
    juste.refresh_from_db()
    assert juste.avis_complet


def test_un_conflit_montre_les_deux_textes_puis_laisse_choisir(monde, chef):
    demande = monde.inscrit().formations_maintenues[0]
    saisir(monde, demande, "assez_favorable", "Le texte de ma collègue.", par=monde.gestionnaire)
    envoi = avis(demande, commentaire="Mon texte à moi, plus long.")
    page = chef.post(la_classe(monde), envoi).content.decode()
    assert f"{monde.gestionnaire} a modifié cette ligne" in page
    assert "Assez favorable – Le texte de ma collègue." in page
    assert "Mon texte à moi, plus long.</textarea>" in page
    assert f'name="{demande.code}-version" value="1"' in page

    assert chef.post(la_classe(monde), envoi | {f"{demande.code}-version": 1}).status_code == 302
    demande.refresh_from_db()
    assert (demande.commentaire, demande.version) == ("Mon texte à moi, plus long.", 2)


def test_garder_la_version_de_l_autre_n_ecrit_rien(monde, chef):
    demande = monde.inscrit().formations_maintenues[0]
    saisir(monde, demande, "reserve", "Le texte de ma collègue.")
    envoi = avis(demande, version=1) | {"garder_la_sienne": demande.code}
    assert chef.post(la_classe(monde), envoi).status_code == 302
    demande.refresh_from_db()
    assert demande.commentaire == "Le texte de ma collègue."


def test_une_ligne_que_je_n_ai_pas_touchee_n_est_pas_un_conflit(monde, chef):
    demande = monde.inscrit().formations_maintenues[0]
    champs = chef.get(la_classe(monde)).context["groupes"][0]["blocs"][0].form.initial
    saisir(monde, demande, "reserve", "Le texte de ma collègue.")
    envoi = {f"{demande.code}-{nom}": valeur for nom, valeur in champs.items()}
    assert chef.post(la_classe(monde), envoi).status_code == 302
    demande.refresh_from_db()
    assert demande.avis == "reserve"


def test_un_avis_fige_se_lit_sans_se_saisir(monde, chef):
    demande = monde.inscrit().formations_maintenues[0]
    saisir(monde, demande)
    Candidature.objects.update(etat=Etat.REALISEE)
    page = chef.get(la_classe(monde)).content.decode()
    assert "Verrouillé : entretien passé" in page
    assert "<textarea" not in page


def test_le_gestionnaire_lit_sans_saisir(monde, connecter):
    demande = monde.inscrit().formations_maintenues[0]
    gestionnaire = connecter(monde.gestionnaire)
    for url in (adresse(monde, "avis"), la_classe(monde)):
        page = gestionnaire.get(url).content.decode()
        assert "Les avis seront saisis par le chef d’établissement." in page
        assert "<textarea" not in page
    assert gestionnaire.post(la_classe(monde), avis(demande)).status_code == 403
    demande.refresh_from_db()
    assert not demande.avis


def test_les_eleves_d_un_autre_college_ne_se_saisissent_pas(monde, chef, connecter):
    demande = monde.inscrit().formations_maintenues[0]
    autre = RattachementFactory()
    monde.eleve()
    url = reverse("candidatures:avis_classe", kwargs={"uai": autre.etablissement.segment, "classe": "3e-b"})
    assert connecter(autre.personne).post(url, avis(demande)).status_code == 404
    assert connecter(autre.personne).get(la_classe(monde)).status_code == 404
    demande.refresh_from_db()
    assert not demande.avis


def test_le_prochain_entretien_vient_d_abord_sauf_tri_par_nom(monde, chef, entretiens):
    zoe = monde.inscrit(monde.eleve(nom="Zola"))
    monde.inscrit(monde.eleve(nom="Abadie"))
    entretiens[zoe.pk] = EntretienFixe(monde.le + timedelta(days=2), monde.le + timedelta(days=2, hours=1))
    page = chef.get(la_classe(monde)).content.decode()
    assert page.index("ZOLA") < page.index("ABADIE")
    page = chef.get(la_classe(monde) + "?tri=nom").content.decode()
    assert page.index("ABADIE") < page.index("ZOLA")


def test_les_lignes_a_saisir_se_filtrent(monde, chef):
    saisir(monde, monde.inscrit(monde.eleve(nom="Fait")).formations_maintenues[0])
    monde.inscrit(monde.eleve(nom="Reste"))
    page = chef.get(la_classe(monde) + "?etat=a-saisir").content.decode()
    assert "RESTE" in page
    assert "FAIT Yanis" not in page


def test_une_page_tient_deux_cents_lignes(monde, chef):
    for rang in range(68):
        monde.inscrit(monde.eleve(nom=f"Eleve{rang:02}"), formations=3)
    page = chef.get(la_classe(monde)).content.decode()
    assert page.count("<textarea") == 200
    assert "page=2" in page
    assert chef.get(la_classe(monde) + "?page=2").content.decode().count("<textarea") == 4


def test_les_mots_ecartes_sont_rappeles(monde, chef):
    MotARappeler.objects.create(campagne=monde.campagne, mot="moyenne", famille="résultats scolaires")
    demande = monde.inscrit().formations_maintenues[0]
    reponse = chef.post(la_classe(monde), avis(demande, commentaire="Sa moyenne est de bon augure."), follow=True)
    assert "À relire" in reponse.content.decode()


def test_apres_la_campagne_la_saisie_est_close_et_ce_qui_est_tape_reste(monde, connecter):
    demande = monde.inscrit().formations_maintenues[0]
    monde.le = APRES_LA_CAMPAGNE
    page = connecter(monde.chef).post(la_classe(monde), avis(demande)).content.decode()
    assert "a date limite était" in page
    assert COMMENTAIRE in page


def test_des_avis_presque_tous_les_memes_sont_remarques(monde, chef):
    for rang in range(10):
        saisir(monde, monde.inscrit(monde.eleve(nom=f"E{rang}")).formations_maintenues[0])
    assert "Un avis nuancé aide davantage l’élève." in chef.get(la_classe(monde)).content.decode()


@pytest.mark.parametrize("nom", ["avis", "avis_classe"])
def test_les_avis_se_lisent_en_un_nombre_constant_de_requetes(monde, chef, django_assert_max_num_queries, nom):
    for rang in range(30):
        monde.inscrit(monde.eleve(nom=f"E{rang:02}"))
    url = adresse(monde, "avis") if nom == "avis" else la_classe(monde)
    with django_assert_max_num_queries(12):
        chef.get(url)
