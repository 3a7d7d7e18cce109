// Ajoute un bouton « Imprimer » dans chaque conteneur prévu : sans script, le menu du navigateur suffit.
for (const place of document.querySelectorAll("[data-imprimer]")) {
  const bouton = document.createElement("button");
  bouton.type = "button";
  bouton.className = "fr-btn fr-btn--tertiary fr-btn--icon-left fr-icon-printer-line";
  bouton.textContent = place.dataset.imprimer || "Imprimer";
  bouton.addEventListener("click", () => window.print());
  place.append(bouton);
}
