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
