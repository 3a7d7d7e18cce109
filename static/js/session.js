// Avertit cinq minutes avant la fin de la session (RGAA 13.1) : faute de geste, elle se prolonge d’ici ; à son terme,
// non. Sans script, la page « Votre session a expiré » rend la saisie.
const AVANT = 5 * 60_000;
const corps = document.body;
const [inactivite, terme] = [corps.dataset.session, corps.dataset.terme].map((secondes) => Number(secondes) * 1000);

function avertir(phrase, prolongeable) {
  const zone = document.createElement("div");
  zone.className = "fr-alert fr-alert--warning fr-mb-3w";
  zone.setAttribute("role", "alert");
  zone.append(ligne("fr-alert__title", "Attention\u00a0: votre session va expirer"), ligne("", phrase));
  if (prolongeable) zone.append(bouton(zone));
  document.querySelector("main .fr-container").prepend(zone);
}

function ligne(className, textContent) { return Object.assign(document.createElement("p"), { className, textContent }); }

function bouton(zone) {
  const un = Object.assign(document.createElement("button"), { type: "button", className: "fr-btn fr-btn--sm", textContent: "Prolonger ma session" });
  un.addEventListener("click", () => prolonger(zone));
  return un;
}

// Toute demande au serveur prolonge la session.
async function prolonger(zone) {
  const reponse = await fetch(corps.dataset.prolonger, { redirect: "manual" }).catch(() => null);
  zone.remove();
  document.querySelector("main").focus();
  if (reponse?.ok) attendre();
  else avertir("Elle n’est pas prolongée. Copiez ce que vous avez tapé, puis reconnectez-vous.", false);
}

function attendre() {
  setTimeout(() => avertir("Elle se ferme dans 5\u00a0minutes, faute de geste.", true), inactivite - AVANT);
}

if (inactivite > AVANT) attendre();
if (terme > AVANT) setTimeout(() => avertir("Elle se ferme dans 5\u00a0minutes\u00a0: enregistrez, puis reconnectez-vous.", false), terme - AVANT);
