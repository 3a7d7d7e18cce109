// Passe d’une ligne d’avis à l’autre et recopie les commentaires, au clavier ou par les boutons. Aucune touche seule :
// Ctrl + Entrée, Alt + Entrée, Alt + Maj + Entrée. Les boutons sortent alors du parcours de la touche Tab.
const formulaire = document.querySelector("[data-avis-saisie]");
const lignes = [...(formulaire?.querySelectorAll("[data-avis-ligne]") ?? [])];
const texteDe = (ligne) => ligne.querySelector("textarea");
const dire = (detail) => formulaire.dispatchEvent(new CustomEvent("avis:dire", { detail }));

function suivante(ligne) {
  const prochaine = lignes[lignes.indexOf(ligne) + 1];
  const champ = prochaine?.querySelector("input[type=radio]:checked") ?? prochaine?.querySelector("input[type=radio]");
  (champ ?? formulaire.querySelector(".pp-barre-fixe [data-avis-enregistrer]")).focus();
}

function ecrire(ligne, texte) {
  const zone = texteDe(ligne);
  zone.value = texte;
  for (const nom of ["input", "change"]) zone.dispatchEvent(new Event(nom, { bubbles: true }));
}

function reprendre(ligne) {
  const dessus = lignes[lignes.indexOf(ligne) - 1];
  if (!dessus) return;
  if (texteDe(ligne).value.trim()) dire("Cette ligne a déjà un commentaire : effacez-le pour reprendre celui du dessus.");
  else ecrire(ligne, texteDe(dessus).value);
  texteDe(ligne).focus();
}

function recopier(ligne) {
  const texte = texteDe(ligne).value;
  const autres = [...ligne.closest("[data-avis-eleve]").querySelectorAll("[data-avis-ligne]")];
  const vides = autres.filter((autre) => autre !== ligne && !texteDe(autre).value.trim());
  if (!texte.trim() || !vides.length) {
    dire("Rien à recopier : les autres formations de l’élève ont déjà un commentaire, ou celui-ci est vide.");
    return;
  }
  for (const autre of vides) ecrire(autre, texte);
  dire(`Commentaire recopié sur ${vides.length} formation${vides.length > 1 ? "s" : ""}.`);
}

function geste(evenement) {
  if (evenement.key !== "Enter" || evenement.metaKey) return null;
  if (evenement.ctrlKey) return suivante;
  if (evenement.altKey) return evenement.shiftKey ? recopier : reprendre;
  return null;
}

formulaire?.addEventListener("keydown", (evenement) => {
  const ligne = evenement.target.closest("[data-avis-ligne]");
  const faire = ligne && geste(evenement);
  if (!faire) return;
  evenement.preventDefault();
  faire(ligne);
});
for (const [accroche, faire] of [["[data-avis-reprendre]", reprendre], ["[data-avis-recopier]", recopier]]) {
  for (const bouton of formulaire?.querySelectorAll(accroche) ?? []) {
    bouton.tabIndex = -1;
    bouton.addEventListener("click", (evenement) => {
      evenement.preventDefault();
      faire(bouton.closest("[data-avis-ligne]"));
    });
  }
}
