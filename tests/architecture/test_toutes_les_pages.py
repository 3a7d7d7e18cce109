"""Chaque page du site, dans un vrai navigateur : accessible, à sa largeur, sans reproche de la console (G5, G9, G10).

La liste vient de la table des accès et des modèles de l'administration : une page nouvelle y est regardée d'office.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Error, Response, expect

from avis.services import enregistrer_le_brouillon
from candidatures.rules import Etat
from entretiens.rules.etats import EtatEntretien
from tests.architecture.acces import PERSONNES, RENDUES_PAR_L_ATELIER, TABLE, Lieux
from tests.balayage import LARGE, PATIENCE, defauts_au_clavier, defauts_de_la_page, defauts_du_menu_etroit
from tests.factories.avis import avis_pour
from tests.factories.pilotage import MAINTENANT, Scene

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
OUVERTE, EN_PREPARATION = 200, 202
# Qui regarde : la première de ces personnes à qui la page s'ouvre.
REGARDS = ("anonyme", "chef_origine", "chef_accueil", "saio")
# Combien d'épreuves se partagent les pages d'un regard : les ouvriers s'en chargent ensemble.
PARTS = {"anonyme": 1, "chef_origine": 2, "chef_accueil": 2, "saio": 2, "administration": 3}
# Les pages publiques se balaient à chaque fois ; celles des espaces et de l'administration, plus de deux cents, avec
# les longues épreuves.
BALAYAGES = [
    pytest.param(qui, rang, id=f"{qui}-{rang + 1}", marks=[pytest.mark.longue] if qui != "anonyme" else [])
    for qui, parts in PARTS.items()
    for rang in range(parts)
]


# Les écrans où l'on travaille, traversés à la touche Tab (G9).
AU_CLAVIER = {
    "pilotage:accueil",
    "referentiel:catalogue",
    "pilotage:a_faire_origine",
    "pilotage:eleves",
    "candidatures:inscription_formations",
    "candidatures:avis_classe",
    "entretiens:convocations",
    "avis:fiches",
    "pilotage:a_faire_accueil",
    "pilotage:candidats",
    "entretiens:planning",
    "entretiens:creer_des_creneaux",
    "entretiens:proposition",
    "entretiens:presences",
    "avis:compte_rendu",
    "candidatures:preinscription_saio",
    "pilotage:suivi",
    "pilotage:academie",
    "admin:index",
    "admin:candidatures_eleve_changelist",
}
# Un menu par coquille : la publique, celle d'un établissement, celle de l'académie.
MENUS = {"pilotage:accueil", "pilotage:a_faire_origine", "pilotage:academie"}


@dataclass(frozen=True, slots=True)
class Adresse:
    nom: str
    chemin: str


@pytest.fixture
def scene(transactional_db, monkeypatch) -> Scene:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    with transaction.atomic():
        scene = Scene()
        scene.donner_un_bonus()
        scene.en_retard()
        scene.a_relire()
        scene.candidature(Etat.ABSENTE)
        scene.candidature(eleve=scene.eleve(referent_courriel="", referent_nom=""))
    return scene


@pytest.fixture
def lieux(scene) -> Lieux:
    with transaction.atomic():
        return Lieux(scene)


def adresses_du_site(qui: str, lieux: Lieux) -> Iterator[Adresse]:
    """Pages de la table que cette personne regarde."""
    for page in TABLE:
        if page.envoi or regardee_par(page.statuts) != qui:
            continue
        yield Adresse(page.nom, reverse(page.nom, kwargs=lieux.arguments(page)))


def regardee_par(statuts: tuple[int, ...]) -> str | None:
    return next((qui for qui in REGARDS if statuts[PERSONNES.index(qui)] == OUVERTE), None)


def adresses_de_l_administration(client: Client) -> Iterator[Adresse]:
    """Liste, ajout et premier objet de chaque modèle ; l'historique d'un seul, le même pour tous."""
    demande = client.get(reverse("admin:index")).wsgi_request
    yield Adresse("admin:index", reverse("admin:index"))
    historique = reverse("admin:comptes_personne_history", args=[demande.user.pk])
    yield Adresse("admin:comptes_personne_history", historique)
    for modele, page in admin.site._registry.items():
        if not page.has_view_permission(demande):
            continue
        prefixe = f"admin:{modele._meta.app_label}_{modele._meta.model_name}"
        yield Adresse(f"{prefixe}_changelist", reverse(f"{prefixe}_changelist"))
        if page.has_add_permission(demande):
            yield Adresse(f"{prefixe}_add", reverse(f"{prefixe}_add"))
        premier = page.get_queryset(demande).order_by("pk").first()
        if premier is not None:
            yield Adresse(f"{prefixe}_change", reverse(f"{prefixe}_change", args=[premier.pk]))


class Regard:
    """Un navigateur au nom d'une personne ; ouvre une page après l'autre et note les défauts de chacune."""

    def __init__(self, contexte, origine: str) -> None:
        self.page = contexte.new_page()
        self.origine = origine
        self.reproches: list[str] = []
        self.titres: Counter[str] = Counter()
        self.defauts: list[str] = []
        self.vues = 0
        self.page.on("console", lambda message: self._noter(message.type in {"error", "warning"}, message.text))
        self.page.on("pageerror", lambda erreur: self._noter(True, str(erreur)))
        self.page.on("response", lambda recue: self._noter(recue.status >= 400, f"{recue.status}\u00a0: {recue.url}"))
        self.page.on("request", lambda demande: self._noter(self._est_ailleurs(demande.url), demande.url))

    def _est_ailleurs(self, url: str) -> bool:
        """Hors du site ; la visionneuse du navigateur, qui a ses propres adresses, n'en sort pas."""
        return url.startswith("http") and not url.startswith(self.origine)

    def _noter(self, fautif: bool, texte: str) -> None:
        if fautif:
            self.reproches.append(texte)

    def ouvrir(self, adresse: Adresse) -> None:
        self.reproches.clear()
        reponse = self._aller(adresse.chemin)
        if reponse is None or not reponse.headers.get("content-type", "").startswith("text/html"):
            return
        self.vues += 1
        reproches = list(self.reproches)
        # Aucun atelier ne vit ici : un document y reste la page qui dit qu'il se prépare, la même pour tous.
        se_prepare = adresse.nom in RENDUES_PAR_L_ATELIER
        if reponse.status != (EN_PREPARATION if se_prepare else OUVERTE):
            reproches.append(f"répond {reponse.status}")
        self.titres[self.page.title()] += not se_prepare
        reproches += defauts_de_la_page(self.page)
        if adresse.nom in AU_CLAVIER:
            reproches += defauts_au_clavier(self.page)
        if adresse.nom in MENUS:
            reproches += defauts_du_menu_etroit(self.page)
        self.defauts += [f"{adresse.nom}\u00a0: {reproche}" for reproche in reproches]

    def _aller(self, chemin: str) -> Response | None:
        """Rien pour un fichier à télécharger."""
        try:
            return self.page.goto(f"{self.origine}{chemin}")
        except Error as echec:
            if "Download is starting" in echec.message:
                return None
            raise


@pytest.fixture
def regarder(chromium, live_server, scene, connecter):
    def _regarder(qui: str) -> Regard:
        contexte = chromium.new_context(viewport=LARGE, locale="fr-FR")
        contexte.set_default_timeout(PATIENCE)
        if qui != "anonyme":
            session = connecter(getattr(scene, qui).personne).cookies[settings.SESSION_COOKIE_NAME].value
            contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return Regard(contexte, live_server.url)

    return _regarder


@pytest.mark.parametrize(("qui", "rang"), BALAYAGES)
def test_chaque_page_est_accessible_a_sa_largeur_et_sans_reproche(regarder, connecter, scene, lieux, qui, rang):
    if qui == "administration":
        adresses = list(adresses_de_l_administration(connecter(scene.saio.personne)))
        regard = regarder("saio")
    else:
        adresses = list(adresses_du_site(qui, lieux))
        regard = regarder(qui)
    for adresse in adresses[rang :: PARTS[qui]]:
        regard.ouvrir(adresse)
    assert regard.vues
    repetes = [f"titre d’onglet répété : {titre}" for titre, fois in regard.titres.items() if fois > 1]
    assert not [*regard.defauts, *repetes], "\n".join([*regard.defauts, *repetes])


def test_les_pages_d_erreur_tiennent_les_memes_regles(regarder, live_server, scene):
    page = regarder("chef_accueil").page
    page.goto(f"{live_server.url}/nulle-part/")
    defauts = {"E2": defauts_de_la_page(page)}
    candidature = scene.avec_entretien(Etat.REALISEE, debut=scene.le - timedelta(days=1), presence=EtatEntretien.TENU)
    brouillon = {"candidature": candidature, "par": scene.gestionnaire_accueil.personne, "le": scene.le}
    enregistrer_le_brouillon(texte="Le mien.", avis=avis_pour(candidature), version=0, **brouillon)
    page.goto(live_server.url + reverse("avis:compte_rendu", args=[scene.lycee.segment, candidature.code]))
    enregistrer_le_brouillon(texte="Le sien.", avis=avis_pour(candidature), version=1, **brouillon)
    page.get_by_role("button", name="Enregistrer le brouillon").last.click()
    expect(page.get_by_role("heading", name="Ma version")).to_be_visible(timeout=PATIENCE)
    defauts["E8"] = [*defauts_de_la_page(page), *defauts_au_clavier(page)]
    assert defauts == {"E2": [], "E8": []}


def test_la_fin_de_la_session_s_annonce_et_se_repousse(regarder, live_server, scene):
    page = regarder("chef_origine").page
    page.clock.install()
    page.goto(live_server.url + reverse("pilotage:a_faire_origine", args=[scene.college.segment]))
    page.clock.fast_forward((settings.DUREE_INACTIVITE - 299) * 1000)
    alerte = page.get_by_role("alert")
    expect(alerte).to_contain_text("votre session va expirer", timeout=PATIENCE)
    page.get_by_role("button", name="Prolonger ma session").click()
    expect(alerte).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("main")).to_be_focused(timeout=PATIENCE)
