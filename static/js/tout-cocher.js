// Ajoute une case « tout sélectionner » en tête de la colonne de cases d’un tableau, et dit combien de lignes sont choisies.
for (const tableau of document.querySelectorAll("[data-tout-cocher]")) {
  const cases = [...tableau.querySelectorAll('tbody .pp-table__case input[type="checkbox"]')];
  const entete = tableau.querySelector("thead .pp-table__case");
  if (!cases.length || !entete) continue;
  const etat = (tableau.closest("form") ?? document).querySelector("[data-etat-selection]");
  const maitresse = document.createElement("input");
  maitresse.type = "checkbox";
  maitresse.setAttribute("aria-label", "Sélectionner toutes les lignes de la page");
  entete.append(maitresse);
  const dire = () => {
    const choisies = cases.filter((une) => une.checked).length;
    maitresse.checked = choisies === cases.length;
    maitresse.indeterminate = choisies > 0 && choisies < cases.length;
    if (etat) etat.textContent = choisies ? `${choisies} sélectionné${choisies > 1 ? "s" : ""}` : "";
  };
  maitresse.addEventListener("change", () => {
    for (const une of cases) une.checked = maitresse.checked;
    dire();
  });
  for (const une of cases) une.addEventListener("change", dire);
  dire();
}
