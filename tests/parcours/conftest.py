"""De quoi raconter une histoire de bout en bout : navigateur, ouvrier Celery, messagerie, tous réels."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.accessibilite import defauts_de
from tests.atelier import atelier_ouvert, attendre
from tests.messagerie import serveur_de_messagerie

LARGE, ETROIT = {"width": 1366, "height": 768}, {"width": 320, "height": 640}


@pytest.fixture
def messagerie():
    with serveur_de_messagerie() as serveur:
        yield serveur


@pytest.fixture
def atelier(transactional_db, messagerie, settings):
    """Un ouvrier qui range ses documents là où la page les lira."""
    with atelier_ouvert(messagerie.adresse, DOSSIER_DES_FICHIERS=settings.MEDIA_ROOT) as ouvrier:
        yield ouvrier


class Visiteur:
    """Une personne devant son navigateur, avec ou sans JavaScript ; note ce que la console reproche."""

    def __init__(self, chromium: Browser, adresse: str, *, javascript: bool = True) -> None:
        self.adresse = adresse
        self.javascript = javascript
        self.contexte = chromium.new_context(
            java_script_enabled=javascript, locale="fr-FR", viewport=LARGE, accept_downloads=True
        )
        self.page: Page = self.contexte.new_page()
        self.reproches: list[str] = []
        self.page.on("console", self._ecouter)
        self.page.on("requestfailed", self._noter_l_echec)
        self.page.on("response", self._surveiller)

    def _ecouter(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.reproches.append(message.text)

    def _noter_l_echec(self, requete) -> None:
        """Une page que l'on quitte abandonne ce qu'elle demandait encore : ce n'est pas un échec."""
        if requete.failure != "net::ERR_ABORTED":
            self.reproches.append(f"échec : {requete.url}")

    def _surveiller(self, reponse) -> None:
        if not reponse.url.startswith((self.adresse, "data:")):
            self.reproches.append(f"hors du site : {reponse.url}")
        if reponse.status >= 400:
            self.reproches.append(f"{reponse.status} : {reponse.url}")

    def ouvrir(self, chemin: str) -> None:
        self.page.goto(f"{self.adresse}{chemin}")

    def se_connecter(self, courriel: str, mot_de_passe: str) -> None:
        self.ouvrir("/connexion/")
        self.page.get_by_label("Courriel professionnel").fill(courriel)
        self.page.get_by_label("Mot de passe", exact=True).fill(mot_de_passe)
        self.page.locator("main").get_by_role("button", name="Se connecter").click()

    def verifier_la_page(self) -> None:
        """Aucun reproche de la console, aucune faute d'accessibilité, aucun débordement à 320 px."""
        self.page.wait_for_load_state()
        self.page.locator("h1").first.wait_for()
        assert self.reproches == []
        assert self.page.locator("h1").count() == 1
        if not self.javascript:
            return
        for taille, theme in ((LARGE, "light"), (ETROIT, "dark")):
            self.page.set_viewport_size(taille)
            self.page.emulate_media(color_scheme=theme)
            assert defauts_de(self.page) == [], self.page.url
        self.page.set_viewport_size(LARGE)
        self.page.emulate_media(color_scheme="light")

    def lire_le_document(self, chemin: str) -> bytes:
        """Le PDF de cette adresse, une fois que l'atelier l'a rendu."""
        recus: list[bytes] = []

        def est_pret() -> bool:
            reponse = self.contexte.request.get(f"{self.adresse}{chemin}")
            assert reponse.status in {200, 202}
            if reponse.headers["content-type"] == "application/pdf":
                recus.append(reponse.body())
            return bool(recus)

        assert attendre(est_pret, au_plus=90)
        return recus[0]

    def fermer(self) -> None:
        self.contexte.close()


@pytest.fixture
def visiteur(chromium, live_server) -> Callable[..., Visiteur]:
    """Fait entrer un visiteur ; `javascript=False` le prive de script."""
    entres: list[Visiteur] = []

    def _entrer(*, javascript: bool = True) -> Visiteur:
        entres.append(Visiteur(chromium, live_server.url, javascript=javascript))
        return entres[-1]

    yield _entrer
    for entre in entres:
        entre.fermer()
