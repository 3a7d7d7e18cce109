// Compte les caractères d’une zone de texte. Le décompte est visible ; il n’est annoncé qu’à 50 caractères de la fin.
const SEUIL = 50;
for (const texte of document.querySelectorAll("[data-compteur]")) {
  const zone = document.getElementById(texte.dataset.compteur);
  const total = zone?.maxLength;
  if (!zone || total < 1) continue;
  const annonce = document.createElement("span");
  annonce.className = "fr-sr-only";
  annonce.setAttribute("role", "status");
  texte.after(annonce);
  const nombre = (n) => n.toLocaleString("fr-FR");
  const compter = () => {
    const saisis = zone.value.length;
    const reste = total - saisis;
    texte.textContent = `${nombre(saisis)} sur ${nombre(total)} caractères`;
    texte.classList.toggle("pp-compteur--proche", reste <= SEUIL);
    const dire = reste <= SEUIL ? `Il reste ${SEUIL} caractères ou moins.` : "";
    if (annonce.textContent !== dire) annonce.textContent = dire;
  };
  zone.addEventListener("input", compter);
  compter();
}
