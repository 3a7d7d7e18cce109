// « Choisir » n'apparaît que si la liste dit « Autre créneau… » ; sans script, il est toujours là.

for (const ligne of document.querySelectorAll("[data-proposition-ligne]")) {
  const liste = ligne.querySelector("select");
  const bouton = ligne.querySelector("[data-proposition-autre]");
  const accorder = () => { bouton.hidden = liste.value !== "autre"; };
  liste.addEventListener("change", accorder);
  accorder();
}
