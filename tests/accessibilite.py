"""Ce que tout écran doit tenir : aucune faute d'accessibilité, rien qui dépasse de sa largeur (G5, G10)."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Les règles respectées ne sont pas rapportées : les décrire prend plus de temps que de les vérifier.
FAUTES_SEULES = {"resultTypes": ["violations"]}
DEBORDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def defauts_de(page: Page) -> list[str]:
    """Chaque faute relevée par axe, avec les éléments en cause, et le débordement s'il y en a un."""
    fautes = Axe().run(page, options=FAUTES_SEULES).response["violations"]
    defauts = [f"{faute['id']} : {' '.join(noeud['html'] for noeud in faute['nodes'])}" for faute in fautes]
    if page.evaluate(DEBORDE):
        defauts.append(f"déborde à {page.viewport_size['width']} px")
    return defauts
