// Attend un document : dit combien passent avant lui, puis le demande de nouveau dès qu'il est prêt.

const PREMIER_PAS = 1000;
const APRES_UNE_COUPURE = 5000;
const bloc = document.querySelector("[data-document]");
const phrase = bloc.querySelector("[data-document-phrase]");
const lien = bloc.querySelector("[data-document-lien]");
const attente = bloc.querySelector("[data-document-attente]");

async function suivre() {
  const reponse = await fetch(bloc.dataset.document, { headers: { Accept: "application/json" } }).catch(() => null);
  if (reponse?.status === 404) return location.replace(lien.href);
  const etat = reponse?.ok ? await reponse.json() : null;
  if (etat?.fini) return donner();
  if (etat) dire(etat.phrase);
  if (etat?.arretee) return attente.remove();
  setTimeout(suivre, etat ? 1000 * etat.dans : APRES_UNE_COUPURE);
}

// Un document qui s'enregistre laisse la page en place : elle doit dire vrai.
function donner() {
  bloc.querySelector("h1").textContent = "Votre document est prêt";
  attente.remove();
  dire("Il s’ouvre ou s’enregistre de lui-même. Sinon, suivez le lien ci-dessous.");
  lien.textContent = "Ouvrir le document (PDF)";
  location.replace(lien.href);
}

// Un lecteur d'écran n'entend la phrase que si elle change.
function dire(texte) {
  if (phrase.textContent !== texte) phrase.textContent = texte;
}

attente.textContent = "Le document s’ouvrira ici dès qu’il sera prêt. Vous pouvez aussi le redemander plus tard.";
setTimeout(suivre, PREMIER_PAS);
