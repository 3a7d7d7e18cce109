/* Le thème suit le système. Chargé avant les feuilles de style, pour que la page ne clignote pas. */
const sombre = window.matchMedia("(prefers-color-scheme: dark)");

function suivreLeSysteme() {
  document.documentElement.dataset.frTheme = sombre.matches ? "dark" : "light";
}

suivreLeSysteme();
sombre.addEventListener("change", suivreLeSysteme);
// Le papier est blanc : le thème sombre y écrirait en gris pâle.
window.addEventListener("beforeprint", () => { document.documentElement.dataset.frTheme = "light"; });
window.addEventListener("afterprint", suivreLeSysteme);
