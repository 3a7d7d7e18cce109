"""Ce qu'une page ouverte doit tenir, dit par le navigateur : axe, largeur, titres, évitement, focus visible."""

import json
import re
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

LARGE, ETROIT = {"width": 1366, "height": 768}, {"width": 320, "height": 640}
PATIENCE = 60_000
ASPECTS = ((LARGE, "light"), (ETROIT, "dark"))
CONSTATS = Path(__file__).with_name("balayage.js").read_text()
# Les règles respectées ne sont pas rapportées : les décrire prend plus de temps que de les vérifier.
AXE = f"axe.run({json.dumps({'resultTypes': ['violations']})})"
# La page apprend son nouveau thème avec l'image qui suit.
THEME_POSE = "new Promise((suite) => { requestAnimationFrame(suite); })"
# Une couleur ne se lit pas à mi-chemin d'un thème à l'autre.
SANS_TRANSITION = """() => {
  const feuille = new CSSStyleSheet();
  feuille.replaceSync("*, ::before, ::after { transition: none !important; animation: none !important; }");
  document.adoptedStyleSheets.push(feuille);
}"""
FAUTES_D_AXE = (
    f"{AXE}.then(({{violations}}) => violations.map(({{id, nodes}}) => "
    "`${id}\u00a0: ${nodes.slice(0, 3).map(noeud => noeud.html.slice(0, 200)).join(' ')}`))"
)


# Note, dans l'ordre, ce que la touche Tab traverse ; un bouton radio y compte pour son groupe.
SUIVRE_LE_FOCUS = """() => {
  window.traverses = [];
  document.addEventListener("focusin", ({ target }) => window.traverses.push(target));
  document.querySelector(".fr-skiplinks a, .skip-to-content-link").focus();
}"""
ATTENDUS = """() => {
  const radios = new Set();
  return window.attendus = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']",
  )].filter((e) => {
    if (e.disabled || e.tabIndex < 0 || !e.checkVisibility({ visibilityProperty: true })) return false;
    if (e.type !== "radio") return true;
    const groupe = `${e.form?.id ?? ""}/${e.name}`;
    if (radios.has(groupe)) return false;
    return radios.add(groupe);
  }), window.attendus.length;
}"""
AU_BOUT = "document.activeElement === window.attendus.at(-1)"
JUGER_LE_PARCOURS = """() => {
  const dire = (e) => e.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
  const [un, ...suite] = window.traverses;
  const tour = suite.indexOf(un);
  const defauts = suite.slice(0, tour < 0 ? undefined : tour).flatMap((element, rang) => {
    const avant = window.traverses[rang];
    const recule = avant.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING;
    return recule ? [`revient en arrière : ${dire(element)}`] : [];
  });
  const groupe = (e) => e.type === "radio"\u00a0? `${e.form?.id ?? ""}/${e.name}` : e;
  const vus = new Set(window.traverses.map(groupe));
  const manques = window.attendus.filter((e) => !vus.has(groupe(e)));
  return [...defauts, ...manques.map((e) => `jamais atteint par Tab : ${dire(e)}`)];
}"""


def defauts_au_clavier(page: Page) -> list[str]:
    """La touche Tab traverse la page dans l'ordre du code, sans rien sauter ni tourner en rond ; Maj+Tab en revient.

    Un champ de date ou d'heure se traverse en plusieurs fois."""
    page.evaluate(SUIVRE_LE_FOCUS)
    nombre = page.evaluate(ATTENDUS)
    for rang in range(4 * nombre):
        if rang >= nombre - 1 and page.evaluate(AU_BOUT):
            break
        page.keyboard.press("Tab")
    defauts = page.evaluate(JUGER_LE_PARCOURS)
    avant = page.evaluate("document.activeElement.outerHTML")
    page.keyboard.press("Shift+Tab")
    if nombre > 1 and page.evaluate("document.activeElement.outerHTML") == avant:
        defauts.append("Maj+Tab ne recule pas")
    return [f"au clavier : {defaut}" for defaut in defauts]


def defauts_du_menu_etroit(page: Page) -> list[str]:
    """Sous 320 px, le menu s'ouvre au clavier, garde le focus, se ferme par Échap et le rend à son bouton."""
    page.set_viewport_size(ETROIT)
    bouton, menu = page.locator("#bouton-menu"), page.locator("#menu")
    bouton.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_class(re.compile("fr-modal--opened"), timeout=PATIENCE)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    dedans = menu.evaluate("menu => menu.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_class(re.compile("fr-modal--opened"), timeout=PATIENCE)
    expect(bouton).to_be_focused(timeout=PATIENCE)
    page.set_viewport_size(LARGE)
    return [] if dedans else ["au clavier : le focus sort du menu ouvert"]


def defauts_de_la_page(page: Page) -> list[str]:
    """Chaque défaut de la page ouverte, dans les deux largeurs et les deux thèmes ; elle n'est chargée qu'une fois."""
    defauts = []
    page.evaluate(SANS_TRANSITION)
    page.evaluate(AXE_SCRIPT)
    for taille, theme in ASPECTS:
        page.set_viewport_size(taille)
        page.emulate_media(color_scheme=theme)
        page.evaluate(THEME_POSE)
        trouves = [*page.evaluate(FAUTES_D_AXE), *page.evaluate(CONSTATS)]
        defauts += [f"{taille['width']} px, {theme}\u00a0: {trouve}" for trouve in trouves]
    page.set_viewport_size(LARGE)
    page.emulate_media(color_scheme="light")
    return defauts
