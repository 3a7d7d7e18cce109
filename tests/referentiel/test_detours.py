"""Regarder sans toucher : une journée répétée par le SAIO, une campagne passée (R1, R4, écrans S7 et E5)."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from avis.models import Fiche
from candidatures.rules import Etat
from comptes.models import Personne
from referentiel.detours import detour_de, sans_detour
from referentiel.models import Campagne
from referentiel.rules.dates import PARIS
from referentiel.services import clore_la_campagne
from tests.architecture.acces import TABLE, Lieux, Page
from tests.architecture.test_acces import ecritures_relevees, hors_du_journal, sans_suite
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.referentiel import CampagneFactory, RattachementFactory

# Le 3 mai, les inscriptions sont closes ; le 10 juin, tout l'est.
EN_MAI, EN_JUIN = "/repetition/2027-05-03", "/repetition/2027-06-10"
LIEN = re.compile(r'<a [^>]*href="(/[^"]*)"')
ENVOI = re.compile(r'<form[^>]*method="post".*?</form>', re.S)
BOUTON = re.compile(r"<button|<input[^>]*type=\"submit\"")
PERMIS_TOUJOURS = ("/deconnexion/", "/compte/sessions/")
SANS_PAGE = {"courriers:boite", "courriers:message", "courriers:piece", "sante"}
# Des pages sans compte, qu'un lien personnel ouvre : le SAIO n'y entre par aucun détour.
PAR_LIEN = {"avis:suivi", "candidatures:pre_inscription_envoyee"}
# La navigation publique mène à la pré-inscription, qui dit elle-même qu'elle est close.
PRE_INSCRIPTION = "/pre-inscription/"
FICHIERS = (".pdf", ".ics", ".xlsx", ".csv")
# Établissements et catalogue importés, courriels renvoyés : des gestes du SAIO, que le calendrier ne ferme pas.
IMPORTS = ("referentiel:importer_", "referentiel:comparer_", "referentiel:renvoyer_")
# Ce qui se demande à l'atelier ne se demande pas par un détour ; un travail n'est lu que par qui l'a demandé.
ATELIER = ("avis:lot_de_fiches", "referentiel:travail")
# Une liste qui garde ses demandes mène, pour celles qui ne se règlent plus, à la page qui dit pourquoi.
MENENT_A_L_ETAPE_CLOSE = {"candidatures:transferts", "candidatures:transferts_academie"}
HORS_DETOUR = ("/admin/", "/statique/", "/connexion/", "/deconnexion/")


@pytest.fixture
def scene(db, monkeypatch) -> Scene:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    return Scene()


@pytest.fixture
def partout(scene) -> Personne:
    """Une personne du SAIO qui est aussi cheffe du collège et du lycée : toutes les pages lui sont ouvertes."""
    personne = scene.saio.personne
    RattachementFactory(personne=personne, etablissement=scene.college)
    RattachementFactory(personne=personne, a_l_accueil=True, etablissement=scene.lycee)
    return personne


@pytest.fixture
def lieux(scene) -> Lieux:
    """Les objets que les pages ouvrent, et de quoi remplir les listes."""
    objets = Lieux(scene)
    scene.candidature(Etat.ABSENTE)
    scene.candidature(Etat.BROUILLON, inscrite_le=None)
    scene.non_distribuee(heure=15)
    scene.a_relire()
    return objets


def adresses(lieux: Lieux) -> list[tuple[Page, str]]:
    """Chaque page de la table, avec ses objets ; celles dont la table n'a pas encore les objets sont laissées."""
    trouvees = []
    for page in TABLE:
        if page.nom in SANS_PAGE | PAR_LIEN:
            continue
        try:
            trouvees.append((page, reverse(page.nom, kwargs=lieux.arguments(page))))
        except (NoReverseMatch, KeyError):
            continue
    assert len(trouvees) > 50
    return trouvees


def est_close(reponse) -> bool:
    return "erreurs/etape_close.html" in [gabarit.name for gabarit in reponse.templates]


def texte_de(reponse) -> str:
    return reponse.content.decode() if reponse.get("Content-Type", "").startswith("text/html") else ""


# L'adresse ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chemin", "prefixe"),
    [
        ("/repetition/2027-04-30/academie/", "/repetition/2027-04-30"),
        ("/archives/2017/origine/0941234a/", "/archives/2017"),
        ("/repetition/2027-02-31/academie/", None),
        ("/repetition/hier/academie/", None),
        ("/archives/17/origine/", None),
        ("/origine/0941234a/", None),
    ],
)
def test_un_detour_se_lit_dans_l_adresse(chemin, prefixe):
    detour = detour_de(chemin)
    assert (detour.prefixe if detour else None) == prefixe


def test_un_document_porte_l_adresse_sans_detour():
    assert sans_detour("/repetition/2027-04-30/verification/abc/") == "/verification/abc/"
    assert sans_detour("/archives/2017/verification/abc/") == "/verification/abc/"
    assert sans_detour("/verification/abc/") == "/verification/abc/"


# Répéter une journée --------------------------------------------------------------------------------------------


def test_deux_personnes_a_la_fois_l_une_repete_l_autre_travaille(scene, partout, connecter):
    saio, chef = connecter(partout), connecter(scene.chef_origine.personne)
    adresse = reverse("candidatures:eleve_ajouter", args=[scene.college.segment])
    assert est_close(saio.get(f"{EN_JUIN}{adresse}"))
    assert not est_close(chef.get(adresse))
    assert not est_close(saio.get(adresse))
    vue = saio.get(f"{EN_JUIN}{adresse}")
    assert vue.wsgi_request.le.astimezone(PARIS).date() == date(2027, 6, 10)
    assert vue.wsgi_request.recue_le == MAINTENANT


@pytest.mark.parametrize(
    "qui", ["chef_origine", "gestionnaire_origine", "chef_accueil", "autre_accueil", "observateur", "anonyme"]
)
@pytest.mark.parametrize("chemin", ["/", "/academie/calendrier/", "/formations/", "/compte/"])
def test_hors_du_saio_une_journee_ne_se_repete_pas(scene, connecter, qui, chemin):
    client = Client() if qui == "anonyme" else connecter(getattr(scene, qui).personne)
    assert client.get(f"{EN_MAI}{chemin}").status_code == 404
    assert client.post(f"{EN_MAI}{chemin}").status_code in {403, 404}


def test_le_saio_d_une_academie_ne_repete_rien_dans_une_autre(scene, connecter):
    from referentiel.models import Academie

    versailles = Academie.objects.create(code="versailles-d", nom="Versailles D", departements=["078"])
    CampagneFactory(academie=versailles)
    RattachementFactory(personne=scene.chef_origine.personne, saio=True, academie=versailles)
    client = connecter(scene.chef_origine.personne)
    page = reverse("pilotage:a_faire_origine", args=[scene.college.segment])
    assert client.get(page).status_code == 200
    assert client.get(f"{EN_JUIN}{page}").status_code == 404


@pytest.mark.parametrize("prefixe", [EN_MAI, "/archives/2027"])
def test_aucun_envoi_n_ecrit_rien_par_un_detour(scene, lieux, partout, connecter, prefixe):
    """Toutes les pages, et l'administration."""
    ecarts = []
    for page, adresse in [*adresses(lieux), *administration(scene)]:
        if page and page.nom in {"comptes:connexion", "comptes:deconnexion"}:
            continue
        client = connecter(partout)
        with sans_suite(), ecritures_relevees() as ecrites:
            reponse = client.post(f"{prefixe}{adresse}", {"texte": "Une phrase tapée"})
        if reponse.status_code not in {403, 404, 405} or ecrites:
            ecarts.append(f"{adresse} : {reponse.status_code}, écrit {ecrites}")
    assert not ecarts, "\n".join(ecarts)


def administration(scene: Scene) -> list[tuple[None, str]]:
    noms = ["admin:referentiel_campagne_add", "admin:referentiel_derogation_add", "admin:comptes_personne_add"]
    campagne = reverse("admin:referentiel_campagne_change", args=[scene.campagne.pk])
    return [*((None, reverse(nom)) for nom in noms), (None, campagne)]


def test_ce_qui_etait_tape_est_rendu(scene, partout, connecter):
    reponse = connecter(partout).post(f"{EN_MAI}/compte/sessions/", {"commentaire": "Un long commentaire"})
    assert reponse.status_code == 403
    assert "Un long commentaire" in texte_de(reponse)
    assert "Consultation seule" in texte_de(reponse)


def test_une_lecture_n_ecrit_rien_non_plus_meme_la_fiche_en_pdf(scene, partout, connecter):
    candidature = scene.rendue()
    adresse = reverse("avis:fiche_pdf", args=[scene.college.segment, candidature.eleve.code])
    client = connecter(partout)
    with ecritures_relevees() as ecrites:
        reponse = client.get(f"{EN_MAI}{adresse}")
    assert reponse["Content-Type"] == "application/pdf"
    assert not hors_du_journal("avis:fiche_pdf", ecrites)
    assert not Fiche.objects.filter(eleve=candidature.eleve).exists()


@pytest.mark.parametrize("chemin", ["/admin/", "/connexion/", "/deconnexion/"])
def test_l_administration_et_la_connexion_quittent_le_detour(scene, partout, connecter, chemin):
    reponse = connecter(partout).get(f"{EN_MAI}{chemin}?suite=1")
    assert (reponse.status_code, reponse.url) == (307, f"{chemin}?suite=1")


def test_se_deconnecter_marche_depuis_un_detour(scene, partout, connecter):
    client = connecter(partout)
    reponse = client.post(f"{EN_MAI}/deconnexion/", follow=True)
    assert "_auth_user_id" not in client.session
    assert reponse.status_code == 200


def test_le_bandeau_est_partout_et_ramene_a_la_meme_page(scene, lieux, partout, connecter):
    client, sans_bandeau = connecter(partout), []
    for page, adresse in adresses(lieux):
        if page.envoi:
            continue
        reponse = client.get(f"{EN_MAI}{adresse}?q=abc")
        texte = texte_de(reponse)
        bandeau = "Vous répétez la journée du lundi 3\u00a0mai 2027" in texte and f'href="{adresse}?q=abc"' in texte
        if texte and reponse.status_code == 200 and not bandeau:
            sans_bandeau.append(page.nom)
    assert not sans_bandeau


@pytest.mark.parametrize("prefixe", [EN_MAI, EN_JUIN])
def test_aucun_lien_ne_perd_le_detour_ni_ne_mene_a_une_etape_close(scene, lieux, partout, connecter, prefixe):
    assert not ecarts_des_liens(connecter(partout), lieux, prefixe)


def ecarts_des_liens(client: Client, lieux: Lieux, prefixe: str) -> list[str]:
    """Chaque page lue une fois, puis ceux de ses liens qui n'en sont pas une autre."""
    pages = {f"{prefixe}{adresse}": page for page, adresse in adresses(lieux) if not page.envoi}
    lues = {adresse: client.get(adresse) for adresse in pages}
    ouverts = {adresse: est_close(reponse) for adresse, reponse in lues.items()}
    ecarts = []
    for adresse, reponse in lues.items():
        page = pages[adresse]
        if reponse.status_code != 200:
            continue
        for lien in liens_de(texte_de(reponse), prefixe):
            if lien.startswith("/repetition/") and page.nom == "pilotage:calendrier_academie":
                continue
            if not lien.startswith(prefixe):
                ecarts.append(f"{page.nom} : {lien} perd le détour")
                continue
            if lien not in ouverts:
                ouverts[lien] = est_close(client.get(lien))
            if ouverts[lien] and not est_close(reponse) and page.nom not in MENENT_A_L_ETAPE_CLOSE:
                ecarts.append(f"{page.nom} : {lien} mène à une étape close")
    return ecarts


def liens_de(texte: str, prefixe: str) -> Iterator[str]:
    """Liens de la page vers l'application, sans le bandeau ni ce qui quitte le détour, ni les documents."""
    bandeau = re.compile(r'<section class="fr-notice.*?</section>', re.S)
    for lien in LIEN.findall(bandeau.sub("", texte)):
        propre = lien.replace("&amp;", "&")
        if not propre.startswith(HORS_DETOUR) and not propre.endswith((*FICHIERS, PRE_INSCRIPTION)):
            yield propre


def test_apres_la_fermeture_aucune_page_n_offre_d_envoi(scene, lieux, partout, connecter):
    client, offerts = connecter(partout), []
    for page, adresse in adresses(lieux):
        muette = page.envoi or page.nom.startswith(IMPORTS)
        reponse = None if muette else client.get(f"{EN_JUIN}{adresse}")
        offerts += [
            f"{page.nom} : {formulaire[:120]}" for formulaire in envois_de(texte_de(reponse) if reponse else "")
        ]
    assert not offerts, "\n".join(offerts)


def envois_de(texte: str) -> list[str]:
    """Formulaires d'envoi qui ont un bouton, hors ceux de la session et du regard."""
    formulaires = [formulaire for formulaire in ENVOI.findall(texte) if BOUTON.search(formulaire)]
    toujours = (*PERMIS_TOUJOURS, reverse("referentiel:voir_un_espace"))
    return [formulaire for formulaire in formulaires if not any(adresse in formulaire for adresse in toujours)]


# Une campagne passée --------------------------------------------------------------------------------------------


@pytest.fixture
def close(scene, lieux) -> Campagne:
    """La campagne de la scène, garnie puis close par le service ; une autre est ouverte depuis."""
    close = clore_la_campagne(campagne=scene.campagne, par=None, le=scene.le)
    CampagneFactory(annee=2028)
    return close


def test_une_campagne_close_reste_lisible_a_qui_pouvait_la_lire(scene, close, connecter):
    page = reverse("pilotage:eleves", args=[scene.college.segment])
    chef, autre = connecter(scene.chef_origine.personne), connecter(scene.autre_origine.personne)
    assert "Diallo".upper() in texte_de(chef.get(f"/archives/2027{page}"))
    assert "Diallo".upper() not in texte_de(chef.get(page))
    assert autre.get(f"/archives/2027{page}").status_code == 404
    assert chef.get(f"/archives/2016{page}").status_code == 404


def test_chaque_page_d_une_campagne_close_se_lit_sans_rien_offrir(scene, lieux, close, partout, connecter):
    client, ecarts = connecter(partout), []
    for page, adresse in adresses(lieux):
        if page.envoi or page.nom.startswith((*IMPORTS, *ATELIER)):
            continue
        with ecritures_relevees() as ecrites:
            reponse = client.get(f"/archives/2027{adresse}")
        if reponse.status_code not in {200, 302, 307}:
            ecarts.append(f"{page.nom} : {reponse.status_code}")
        ecarts += [f"{page.nom} écrit dans {table}" for table in hors_du_journal(page.nom, ecrites)]
        ecarts += [f"{page.nom} offre {formulaire[:120]}" for formulaire in envois_de(texte_de(reponse))]
    assert not ecarts, "\n".join(ecarts)


def test_les_liens_d_une_campagne_close_restent_dans_cette_campagne(scene, lieux, close, partout, connecter):
    assert not ecarts_des_liens(connecter(partout), lieux, "/archives/2027")


def test_le_bandeau_de_contexte_mene_aux_campagnes_precedentes(scene, close, connecter):
    accueil = reverse("pilotage:a_faire_origine", args=[scene.college.segment])
    client = connecter(scene.chef_origine.personne)
    texte = texte_de(client.get(accueil))
    assert "Campagnes précédentes" in texte
    assert f'href="/archives/2027{accueil}"' in texte
    archive = texte_de(client.get(f"/archives/2027{accueil}"))
    assert "Vous consultez la campagne 2027, en lecture seule." in archive
    assert f'href="{accueil}">Revenir à la campagne en cours' in archive


def test_sans_campagne_close_rien_ne_parle_d_archives(scene, connecter):
    accueil = reverse("pilotage:a_faire_origine", args=[scene.college.segment])
    assert "Campagnes précédentes" not in texte_de(connecter(scene.chef_origine.personne).get(accueil))


def test_la_page_des_espaces_mene_aux_campagnes_precedentes(scene, close, partout, connecter):
    texte = texte_de(connecter(partout).get(reverse("comptes:espaces")))
    assert "/archives/2027" in texte
