"""La saisie rapide : ligne par ligne, élève par élève, et ce qui ne doit jamais se perdre (R16, R42, F4 à F6)."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.html import escape

from candidatures.horaires import EntretienFixe
from candidatures.lectures import MES_ELEVES, slug_de_la_classe
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import desister
from comptes.models import Trace
from referentiel.en_direct import sceau_de
from referentiel.models import JeuDeRegles, MotARappeler, Rattachement
from referentiel.moules import repere
from tests.candidatures.test_views_avis import la_classe, saisir
from tests.candidatures.test_views_inscription import adresse, avis
from tests.factories.charges import charger
from tests.factories.inscriptions import APRES_LA_CAMPAGNE, COMMENTAIRE
from tests.factories.referentiel import RattachementFactory

HOSTILE = "\"'><b>%(nom)s%s"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]


@pytest.fixture
def chef(monde, connecter) -> Client:
    return connecter(monde.chef)


@pytest.fixture
def demande(monde) -> FormationDemandee:
    return monde.inscrit().formations_maintenues[0]


def envoyer(client, monde, demande, par=None, **champs):
    """Envoie une ligne comme le fait le script de la page."""
    url = adresse(monde, "avis_ligne", code=demande.code)
    return client.post(
        url, avis(demande, **champs) | {"personne": sceau_de(par or monde.chef)}, headers={"Accept": "application/json"}
    )


def entretien_passe(monde, demande, entretiens) -> None:
    Candidature.objects.filter(pk=demande.candidature_id).update(etat=Etat.CONVOQUEE)
    entretiens[demande.candidature_id] = EntretienFixe(monde.le - timedelta(hours=1), monde.le)


# Une ligne, pendant la saisie ------------------------------------------------------------------------------


def test_une_ligne_s_enregistre_et_dit_sa_nouvelle_version(monde, chef, demande):
    reponse = envoyer(chef, monde, demande)
    assert reponse.status_code == 200
    corps = reponse.json()
    assert (corps["version"], corps["complet"]) == (1, True)
    assert corps["etat"] == "Enregistré à 10\u00a0h\u00a000"
    demande.refresh_from_db()
    assert (demande.avis, demande.commentaire, demande.avis_par) == ("favorable", COMMENTAIRE, monde.chef)


@pytest.mark.parametrize(
    ("champs", "etat"),
    [({"commentaire": ""}, "Commentaire manquant"), ({"valeur": ""}, "Avis manquant")],
)
def test_une_ligne_partielle_se_garde_et_se_dit(monde, chef, demande, champs, etat):
    corps = envoyer(chef, monde, demande, **champs).json()
    assert (corps["etat"], corps["complet"]) == (etat, False)


def test_un_double_envoi_ne_fait_qu_un_effet(monde, chef, demande):
    versions = [envoyer(chef, monde, demande).json()["version"] for _ in range(3)]
    assert versions == [1, 1, 1]
    assert Trace.objects.filter(fait="avis_d_origine").count() == 1


def test_un_conflit_rend_la_version_de_l_autre_et_n_ecrase_rien(monde, chef, demande):
    saisir(monde, demande, "reserve", "Le texte de ma collègue.", par=monde.gestionnaire)
    reponse = envoyer(chef, monde, demande)
    assert reponse.status_code == 409
    corps = reponse.json()
    assert f"{monde.gestionnaire} a modifié cette ligne" in corps["phrase"]
    assert "Réservé – Le texte de ma collègue." in corps["phrase"]
    actuel = corps["actuel"]
    assert (actuel["avis"], actuel["commentaire"], actuel["version"]) == ("reserve", "Le texte de ma collègue.", 1)
    demande.refresh_from_db()
    assert demande.avis == "reserve"
    assert envoyer(chef, monde, demande, version=actuel["version"]).json()["version"] == 2


def test_un_refus_se_dit_d_une_phrase(monde, chef, demande):
    reponse = envoyer(chef, monde, demande, commentaire="Bien")
    assert reponse.status_code == 422
    assert "au moins 10" in reponse.json()["phrase"]
    assert envoyer(chef, monde, demande, valeur="n'importe quoi").status_code == 422
    assert envoyer(chef, monde, demande, commentaire="x" * 601).status_code == 422


def test_apres_la_campagne_la_ligne_dit_que_l_etape_est_close(monde, connecter, demande):
    monde.le = APRES_LA_CAMPAGNE
    reponse = envoyer(connecter(monde.chef), monde, demande)
    assert reponse.status_code == 422
    assert reponse.json()["close"] is True
    assert "date limite" in reponse.json()["phrase"]


def test_un_avis_tardif_ne_se_complete_pas_sans_le_vouloir(monde, chef, demande, entretiens):
    """Complet, il serait verrouillé au milieu d'une phrase : seul le bouton de la page le complète."""
    entretien_passe(monde, demande, entretiens)
    assert envoyer(chef, monde, demande, commentaire="").status_code == 200
    reponse = envoyer(chef, monde, demande, version=1)
    assert (reponse.status_code, reponse.json()["tardif"]) == (422, True)
    assert "une fois complet, cet avis ne changera plus" in chef.get(la_classe(monde)).content.decode()
    chef.post(la_classe(monde), avis(demande, version=1))
    demande.refresh_from_db()
    assert demande.avis_complet


def test_rien_ne_s_enregistre_dans_la_session_d_une_autre_personne(monde, chef, demande):
    reponse = envoyer(chef, monde, demande, par=monde.gestionnaire)
    assert reponse.status_code == 422
    assert "une autre personne" in reponse.json()["phrase"]
    demande.refresh_from_db()
    assert not demande.avis


def test_une_lecture_dit_qui_est_connecte_et_rend_un_jeton(monde, chef, demande):
    corps = chef.get(adresse(monde, "avis_ligne", code=demande.code)).json()
    assert corps["personne"] == sceau_de(monde.chef)
    assert corps["jeton"]
    assert str(monde.chef.pk) != corps["personne"]


def test_un_jeton_perime_se_renouvelle(monde, demande):
    client = Client(enforce_csrf_checks=True)
    client.force_login(monde.chef, backend="django.contrib.auth.backends.ModelBackend")
    assert envoyer(client, monde, demande).status_code == 403
    url = adresse(monde, "avis_ligne", code=demande.code)
    jeton = client.get(url).json()["jeton"]
    corps = avis(demande) | {"personne": sceau_de(monde.chef)}
    assert client.post(url, corps, headers={"X-CSRFToken": jeton}).status_code == 200


def test_une_session_expiree_renvoie_a_la_connexion(monde, demande):
    assert envoyer(Client(), monde, demande).status_code == 302


def test_qui_n_a_pas_la_delegation_n_enregistre_rien(monde, connecter, demande):
    assert envoyer(connecter(monde.gestionnaire), monde, demande, par=monde.gestionnaire).status_code == 403
    Rattachement.objects.filter(personne=monde.gestionnaire).update(saisit_les_avis=True)
    assert envoyer(connecter(monde.gestionnaire), monde, demande, par=monde.gestionnaire).status_code == 200


def test_la_ligne_d_un_autre_college_ou_retiree_n_existe_pas(monde, connecter, chef, demande):
    autre = RattachementFactory()
    url = adresse(monde, "avis_ligne", code=demande.code)
    sienne = url.replace(monde.uai, autre.etablissement.segment)
    corps = avis(demande) | {"personne": sceau_de(autre.personne)}
    assert connecter(autre.personne).post(url, corps).status_code == 404
    assert connecter(autre.personne).post(sienne, corps).status_code == 404
    desister(candidature=demande.candidature, motif="Autre", par=monde.chef, le=monde.le)
    assert envoyer(chef, monde, demande).status_code == 404


def test_une_ligne_s_enregistre_en_un_nombre_constant_de_requetes(monde, chef, django_assert_max_num_queries):
    demandes = [monde.inscrit(monde.eleve(nom=f"E{rang:02}")).formations_maintenues[0] for rang in range(20)]
    with django_assert_max_num_queries(18):
        assert envoyer(chef, monde, demandes[7]).status_code == 200


# La page ---------------------------------------------------------------------------------------------------


def test_la_page_porte_le_sceau_de_la_personne_et_le_reglage_des_mots(monde, chef, demande):
    MotARappeler.objects.create(campagne=monde.campagne, mot="</script>bulletin", famille="résultats scolaires")
    page = chef.get(la_classe(monde)).content.decode()
    assert f'name="personne" value="{sceau_de(monde.chef)}"' in page
    reglages = json.loads(re.search(r'id="avis-reglages" type="application/json">(.*?)</script>', page)[1])
    assert "</script>bulletin" in reglages["mots"]
    assert reglages["minimum"] == 10
    assert "«\u00a0MOTS\u00a0»" in reglages["rappel"]


def test_une_ligne_ou_rien_n_est_tape_ne_rend_aucun_formulaire(monde, chef, demande):
    """Une classe en montre des dizaines : la page coûtait cinq fois celle de ses seules données."""
    saisir(monde, demande, "reserve", f"{repere('legende')} <b>&</b> {repere('code')}")
    chef.get(la_classe(monde))
    reponse = chef.get(la_classe(monde))
    assert "composants/segment.html" not in {gabarit.name for gabarit in reponse.templates}
    page = reponse.content.decode()
    assert f'id="id_{demande.code}-avis_2" name="{demande.code}-avis" value="reserve" checked' in page
    assert f'name="{demande.code}-commentaire"' in page
    assert f"{repere('legende')} &lt;b&gt;&amp;&lt;/b&gt; {repere('code')}</textarea>" in page
    assert page.count(repere("code")) == 1


@pytest.mark.parametrize("etat", [Etat.INSCRITE, Etat.REALISEE], ids=["à saisir", "à lire"])
def test_des_textes_hostiles_restent_des_textes(monde, connecter, demande, etat):
    """Les lignes sont moulées : nom, classe, formation, établissement et commentaire y passent par le même chemin."""
    saisir(monde, demande)
    monde.inscrit(formations=2)
    Candidature.objects.update(etat=etat)
    charger(HOSTILE)
    classe = slug_de_la_classe(Eleve.objects.values_list("classe", flat=True).first())
    page = connecter(monde.chef).get(la_classe(monde, classe))
    # Un nom s'écrit en capitales.
    formulaire = page.content.decode().partition("data-avis-eleve>")[2].partition("</form>")[0].lower()
    assert "<b>" not in formulaire
    # Deux noms et deux classes ; trois formations, leur établissement, leur commentaire s'il y en a un, leurs libellés.
    assert formulaire.count(escape(HOSTILE)) >= 2 * 2 + 3 * 2 + 1
    assert formulaire.count("&lt;b&gt;") == formulaire.count(escape(HOSTILE))


def test_les_lettres_viennent_de_l_echelle_de_la_campagne(monde, chef, demande):
    assert "Clavier\u00a0: F, A ou R pour" in chef.get(la_classe(monde)).content.decode()
    regles = JeuDeRegles.objects.filter(pk=monde.campagne.regles.pk)
    regles.get().cases.filter(avis_origine="assez_favorable").delete()
    regles.update(echelle_origine=["favorable", "reserve"])
    page = chef.get(la_classe(monde)).content.decode()
    assert "Clavier\u00a0: F ou R pour" in page
    assert "Assez favorable" not in page


def test_la_page_mene_aux_classes_voisines(monde, chef):
    for classe in ("3e A", "3e B", "3e C"):
        monde.inscrit(monde.eleve(classe=classe))
    monde.eleve(classe="3e BB")
    page = chef.get(la_classe(monde)).content.decode()
    assert "Classe précédente\u00a0: 3e A" in page
    assert "Classe suivante\u00a0: 3e C" in page
    assert "Classe précédente" not in chef.get(la_classe(monde, "3e-a")).content.decode()


def test_une_classe_sans_formation_demandee_le_dit(monde, chef):
    monde.eleve(classe="3e D")
    assert "Aucun avis à saisir." in chef.get(la_classe(monde, "3e-d")).content.decode()


def test_mes_eleves_referents_sont_ceux_de_mon_adresse(monde, chef, connecter):
    monde.inscrit(monde.eleve(nom="Suivi", classe="3e A", referent_courriel=monde.chef.courriel.upper()))
    monde.inscrit(monde.eleve(nom="Autre"))
    url = la_classe(monde, MES_ELEVES)
    assert url in chef.get(adresse(monde, "avis")).content.decode()
    page = chef.get(url).content.decode()
    assert "SUIVI Yanis" in page
    assert "AUTRE Yanis" not in page
    assert "Avis – mes élèves référents" in page
    assert "Aucun avis à saisir." in connecter(monde.gestionnaire).get(url).content.decode()


def test_close_la_saisie_se_lit_et_dit_pourquoi(monde, connecter, demande):
    saisir(monde, demande)
    monde.le = APRES_LA_CAMPAGNE
    page = connecter(monde.chef).get(la_classe(monde)).content.decode()
    assert "date limite" in page
    assert COMMENTAIRE in page
    assert "<textarea" not in page
    assert "avis.js" not in page


def test_un_envoi_ouvert_par_une_autre_personne_est_rendu_sans_rien_ecrire(monde, chef, demande):
    page = chef.post(la_classe(monde), avis(demande) | {"personne": sceau_de(monde.gestionnaire)}).content.decode()
    assert "une autre personne" in page
    assert f"{COMMENTAIRE}</textarea>" in page
    demande.refresh_from_db()
    assert not demande.avis


# Sans script : recopier ------------------------------------------------------------------------------------


def textes(reponse) -> list[str]:
    return re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", reponse.content.decode(), re.DOTALL)


def test_reprendre_le_commentaire_du_dessus_n_enregistre_rien_et_n_efface_rien(monde, chef):
    premiere, seconde, troisieme = monde.inscrit(formations=3).formations_maintenues
    envoi = avis(premiere) | avis(seconde, commentaire="") | avis(troisieme, commentaire="Déjà un commentaire.")
    reponse = chef.post(la_classe(monde), envoi | {"reprendre": seconde.code})
    assert textes(reponse) == [COMMENTAIRE, COMMENTAIRE, "Déjà un commentaire."]
    reponse = chef.post(la_classe(monde), envoi | {"reprendre": troisieme.code})
    assert textes(reponse)[2] == "Déjà un commentaire."
    assert not FormationDemandee.objects.exclude(avis="").exists()


def test_recopier_sur_les_autres_formations_de_l_eleve_remplit_les_vides(monde, chef):
    premiere, seconde, troisieme = monde.inscrit(monde.eleve(nom="Abadie"), formations=3).formations_maintenues
    voisine = monde.inscrit(monde.eleve(nom="Zola")).formations_maintenues[0]
    envoi = (
        avis(premiere, commentaire="")
        | avis(seconde)
        | avis(troisieme, commentaire="Déjà un commentaire.")
        | avis(voisine, commentaire="")
    )
    reponse = chef.post(la_classe(monde), envoi | {"recopier": seconde.code})
    assert textes(reponse) == [COMMENTAIRE, COMMENTAIRE, "Déjà un commentaire.", ""]


def test_une_recopie_laisse_la_version_lue(monde, chef):
    demande = monde.inscrit(formations=2).formations_maintenues[0]
    page = chef.post(la_classe(monde), avis(demande, version=0) | {"recopier": demande.code}).content.decode()
    assert f'name="{demande.code}-version" value="0"' in page


# Élève par élève, et sur papier ----------------------------------------------------------------------------


def page_de(monde, eleve):
    return adresse(monde, "avis_eleve", classe="3e-b", code=eleve.code)


def test_eleve_par_eleve_on_enregistre_et_on_passe_au_suivant(monde, chef):
    premier, dernier = (monde.inscrit(monde.eleve(nom=nom)) for nom in ("Abadie", "Zola"))
    page = chef.get(page_de(monde, premier.eleve)).content.decode()
    assert "ABADIE Yanis" in page
    assert "ZOLA Yanis" not in page
    assert "Élève 1 sur 2" in page
    assert page.count("<h1") == 1
    reponse = chef.post(page_de(monde, premier.eleve), avis(premier.formations_maintenues[0]))
    assert reponse.url == page_de(monde, dernier.eleve)
    assert "Enregistrer et revenir à la liste" in chef.get(reponse.url).content.decode()
    reponse = chef.post(reponse.url, avis(dernier.formations_maintenues[0]))
    assert reponse.url == la_classe(monde)
    assert FormationDemandee.objects.filter(avis="favorable").count() == 2


def test_eleve_par_eleve_une_erreur_reste_sur_l_eleve(monde, chef):
    candidature = monde.inscrit()
    reponse = chef.post(
        page_de(monde, candidature.eleve), avis(candidature.formations_maintenues[0], commentaire="Bien")
    )
    assert reponse.status_code == 200
    assert textes(reponse) == ["Bien"]


def test_l_eleve_d_une_autre_classe_n_est_pas_dans_celle_ci(monde, chef):
    monde.inscrit()
    ailleurs = monde.inscrit(monde.eleve(classe="3e C"))
    assert chef.get(page_de(monde, ailleurs.eleve)).status_code == 404


def test_la_grille_a_imprimer_est_vierge(monde, chef, entretiens):
    faite, passee = (monde.inscrit(monde.eleve(nom=nom)).formations_maintenues[0] for nom in ("Faite", "Passee"))
    saisir(monde, faite)
    saisir(monde, passee)
    entretien_passe(monde, passee, entretiens)
    page = chef.get(adresse(monde, "avis_grille", classe="3e-b")).content.decode()
    assert "FAITE Yanis" in page
    assert "PASSEE Yanis" not in page
    assert escape("Assez favorable") in page
    assert COMMENTAIRE not in page


@pytest.mark.parametrize("nom", ["avis_eleve", "avis_grille"])
def test_ces_pages_se_lisent_en_un_nombre_constant_de_requetes(monde, chef, django_assert_max_num_queries, nom):
    for rang in range(30):
        eleve = monde.inscrit(monde.eleve(nom=f"E{rang:02}")).eleve
    url = page_de(monde, eleve) if nom == "avis_eleve" else adresse(monde, nom, classe="3e-b")
    with django_assert_max_num_queries(12):
        assert chef.get(url).status_code == 200
