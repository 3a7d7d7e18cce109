// Une case « Afficher » sous les mots de passe d’un formulaire.
for (const formulaire of document.querySelectorAll("form")) {
  const champs = [...formulaire.querySelectorAll('input[type="password"]')];
  const dernier = champs.at(-1);
  if (!dernier) continue;
  const groupe = document.createElement("div");
  groupe.className = "fr-checkbox-group fr-checkbox-group--sm";
  const caseACocher = Object.assign(document.createElement("input"), { type: "checkbox", id: `${dernier.id}_afficher` });
  const libelle = Object.assign(document.createElement("label"), { className: "fr-label", htmlFor: caseACocher.id });
  libelle.textContent = champs.length > 1 ? "Afficher les mots de passe" : "Afficher le mot de passe";
  groupe.append(caseACocher, libelle);
  (dernier.closest(".fr-input-group") ?? dernier).after(groupe);
  caseACocher.addEventListener("change", () => {
    for (const champ of champs) champ.type = caseACocher.checked ? "text" : "password";
  });
  formulaire.addEventListener("submit", () => {
    for (const champ of champs) champ.type = "password";
  });
}
