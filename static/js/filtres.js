// Replie les filtres d’une liste sur un écran étroit ; les ouvre sur un écran large.
const large = matchMedia("(min-width: 48em)");
const ajuster = () => {
  for (const repli of document.querySelectorAll("details[data-filtres]")) repli.open = large.matches;
};
large.addEventListener("change", ajuster);
ajuster();
