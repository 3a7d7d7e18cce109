// Rend la liste des défauts de la page ouverte, en mots.
() => {
  const defauts = [];
  const dire = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 160);
  const racine = document.documentElement;
  const surAdministration = document.body.matches("[data-admin-utc-offset]");

  if (document.doctype?.name !== "html") defauts.push("aucun type de document");
  if (racine.lang !== "fr") defauts.push(`lang vaut « ${racine.lang} »`);
  const direSiLaPageDeborde = (quand) => {
    if (racine.scrollWidth <= racine.clientWidth) return;
    const larges = [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > racine.clientWidth + 1);
    defauts.push(`déborde${quand} (${racine.scrollWidth} px) : ${larges.slice(-1).map(dire)}`);
  };
  direSiLaPageDeborde("");
  const titres = document.querySelectorAll("h1");
  if (titres.length !== 1) defauts.push(`${titres.length} h1`);
  if (!/\S – Passpro$/.test(document.title)) defauts.push(`titre d’onglet « ${document.title} »`);

  // Titres : aucun niveau sauté.
  let niveau = 0;
  for (const titre of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    if (!titre.checkVisibility()) continue;
    const sien = Number(titre.tagName[1]);
    if (niveau && sien > niveau + 1) defauts.push(`h${niveau} puis h${sien} : ${titre.textContent.trim()}`);
    niveau = sien;
  }

  // Liens d'évitement : les premiers de la page, chacun mène à quelque chose qui reçoit le focus.
  const evitement = [...document.querySelectorAll(".fr-skiplinks a, .skip-to-content-link")];
  if (!evitement.length) defauts.push("aucun lien d’évitement");
  for (const lien of evitement) {
    const cible = document.querySelector(lien.getAttribute("href"));
    if (!cible) defauts.push(`lien d’évitement mort : ${dire(lien)}`);
  }

  // Identifiants, tableaux, dessins, pied de page.
  const identifiants = [...document.querySelectorAll("[id]")].map((e) => e.id);
  const doubles = new Set(identifiants.filter((id, rang) => identifiants.indexOf(id) !== rang));
  if (doubles.size) defauts.push(`identifiants en double : ${[...doubles]}`);
  for (const tableau of document.querySelectorAll("main table, #content table")) {
    if (!tableau.caption && !tableau.matches("[aria-label], [aria-labelledby]")) defauts.push(`tableau sans titre : ${dire(tableau)}`);
  }
  for (const dessin of document.querySelectorAll("svg")) {
    if (dessin.checkVisibility() && !dessin.matches("[aria-hidden=true], [role=img][aria-label], [aria-hidden=true] *")) defauts.push(`dessin ni nommé ni masqué : ${dire(dessin)}`);
  }
  if (!document.querySelector("footer a[href='/plan-du-site/']")) defauts.push("aucun lien vers le plan du site");

  // Texte plus espacé (RGAA 10.12) : rien ne sort de la page.
  const espaces = new CSSStyleSheet();
  espaces.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }");
  document.adoptedStyleSheets.push(espaces);
  direSiLaPageDeborde(" quand le texte est espacé");
  document.adoptedStyleSheets.pop();

  // Focus : visible sur tout ce qui le prend, jamais sous une barre fixe.
  const focalisables = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']",
  )].filter((e) => !e.disabled && !e.matches(".select2-hidden-accessible") && e.checkVisibility({ visibilityProperty: true }));
  if (focalisables[0] !== evitement[0]) defauts.push(`le premier élément au clavier n’est pas le lien d’évitement : ${dire(focalisables[0])}`);
  const trace = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const fixes = [...document.querySelectorAll("body *")].filter((e) => ["fixed", "sticky"].includes(getComputedStyle(e).position));
  for (const element of focalisables) {
    element.focus({ focusVisible: true });
    if (document.activeElement !== element) {
      defauts.push(`ne prend pas le focus : ${dire(element)}`);
      continue;
    }
    const etiquette = element.labels?.[0];
    const visible = [null, "::before", "::after"].some((pseudo) => trace(getComputedStyle(element, pseudo)))
      || (etiquette && trace(getComputedStyle(etiquette, "::before")));
    if (!visible) defauts.push(`focus invisible : ${dire(element)}`);
    const cadre = element.getBoundingClientRect();
    if (cadre.bottom <= 0 || cadre.right <= 0 || cadre.left >= racine.clientWidth) defauts.push(`focus hors de l’écran : ${dire(element)}`);
    const sous = fixes.find((fixe) => {
      if (fixe.contains(element) || element.contains(fixe)) return false;
      const bord = fixe.getBoundingClientRect();
      return getComputedStyle(fixe).visibility === "visible" && bord.width && bord.height
        && cadre.top < bord.bottom - 1 && cadre.bottom > bord.top + 1 && cadre.left < bord.right - 1 && cadre.right > bord.left + 1;
    });
    if (sous && !surAdministration) defauts.push(`focus caché par ${dire(sous).slice(0, 60)} : ${dire(element)}`);
  }
  document.activeElement?.blur();
  return defauts;
};
