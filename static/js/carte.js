// Carte du catalogue : un clic sur une ville n’en garde que les résultats. Le filtre « Ville » fait de même au clavier.
for (const cercle of document.querySelectorAll("[data-carte] [data-url]")) {
  cercle.addEventListener("click", () => location.assign(cercle.dataset.url));
}
