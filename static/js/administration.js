// Donne aux listes de choix enrichies le nom de leur champ : elles ne gardent pas celui du libellé.
function nommer() {
  for (const choix of document.querySelectorAll("select.admin-autocomplete")) {
    const [libelle] = choix.labels;
    if (!libelle) continue;
    libelle.id ||= `${choix.id}_libelle`;
    for (const saisie of choix.parentElement.querySelectorAll('.select2 [role="combobox"], .select2 [role="textbox"]')) {
      saisie.setAttribute("aria-labelledby", `${libelle.id} ${saisie.getAttribute("aria-labelledby") ?? ""}`.trim());
    }
  }
}

window.addEventListener("load", () => setTimeout(nommer, 100));

// Un tableau sans légende porte le titre de ce qui l'entoure.
for (const tableau of document.querySelectorAll("#content table")) {
  if (tableau.caption || tableau.matches("[aria-labelledby]")) continue;
  const titre = tableau.closest("fieldset, .inline-group, .module")?.querySelector("h2") ?? document.querySelector("#content h1");
  if (titre) tableau.setAttribute("aria-label", titre.textContent.trim());
}
