// Filtre les options d’une page au fil de la frappe. Une option cochée reste toujours visible.
const simple = (texte) => texte.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’']/g, " ").toLowerCase().trim();
for (const champ of document.querySelectorAll("[data-filtre-options]")) {
  const zone = document.getElementById(champ.dataset.filtreOptions);
  if (!zone) continue;
  const options = [...zone.querySelectorAll("[data-option]")].map((element) => ({
    element,
    texte: simple(element.dataset.option || element.textContent),
  }));
  const replis = [...zone.querySelectorAll("details:not([data-hors-filtre])")];
  const ouverts = new Map(replis.map((repli) => [repli, repli.open]));
  const etat = document.createElement("p");
  etat.className = "fr-hint-text";
  etat.setAttribute("role", "status");
  champ.after(etat);
  const filtrer = () => {
    const mots = simple(champ.value).split(/\s+/).filter(Boolean);
    let trouvees = 0;
    for (const { element, texte } of options) {
      const convient = mots.every((mot) => texte.includes(mot));
      if (convient) trouvees += 1;
      element.hidden = !convient && !element.querySelector("input:checked");
    }
    for (const repli of replis) {
      const visible = repli.querySelector("[data-option]:not([hidden])");
      repli.hidden = mots.length > 0 && !visible;
      repli.open = mots.length > 0 ? Boolean(visible) : ouverts.get(repli) || Boolean(repli.querySelector("input:checked"));
    }
    if (!mots.length) etat.textContent = "";
    else if (!trouvees) etat.textContent = `Aucun résultat ne contient «\u00a0${champ.value.trim()}\u00a0».`;
    else etat.textContent = trouvees > 1 ? `${trouvees} résultats` : "1 résultat";
  };
  champ.addEventListener("input", filtrer);
  // La touche Entrée filtre déjà : elle n’envoie pas le formulaire.
  champ.addEventListener("keydown", (evenement) => {
    if (evenement.key === "Enter") evenement.preventDefault();
  });
  if (champ.value) filtrer();
}
