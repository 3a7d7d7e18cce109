// Ajoute une case « tout sélectionner » en tête de la colonne de cases d’un tableau, et dit combien de lignes sont choisies ;
// si le tableau porte data-places, combien de places restent, ou manquent.
const dit = (nombre, un, plusieurs) => `${nombre} ${nombre > 1 ? plusieurs : un}`;

for (const tableau of document.querySelectorAll("[data-tout-cocher]")) {
  const cases = [...tableau.querySelectorAll('tbody .pp-table__case input[type="checkbox"]')];
  const entete = tableau.querySelector("thead .pp-table__case");
  if (!cases.length || !entete) continue;
  const etat = (tableau.closest("form") ?? document).querySelector("[data-etat-selection]");
  const maitresse = document.createElement("input");
  maitresse.type = "checkbox";
  maitresse.setAttribute("aria-label", "Sélectionner toutes les lignes de la page");
  entete.append(maitresse);
  const compter = (choisies) => {
    const phrase = choisies ? dit(choisies, "sélectionné", "sélectionnés") : "";
    if (!choisies || !("places" in tableau.dataset)) return phrase;
    const places = Number(tableau.dataset.places);
    if (choisies > places) return `${phrase}. Trop d’élèves\u00a0: ${dit(places, "place libre", "places libres")} seulement.`;
    if (choisies === places) return `${phrase}. La séance sera complète.`;
    return `${phrase}. ${dit(places - choisies, "place restera libre", "places resteront libres")}.`;
  };
  const dire = () => {
    const choisies = cases.filter((une) => une.checked).length;
    maitresse.checked = choisies === cases.length;
    maitresse.indeterminate = choisies > 0 && choisies < cases.length;
    if (etat) etat.textContent = compter(choisies);
  };
  maitresse.addEventListener("change", () => {
    for (const une of cases) une.checked = maitresse.checked;
    dire();
  });
  for (const une of cases) une.addEventListener("change", dire);
  dire();
}
