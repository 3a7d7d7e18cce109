// Avertit avant la fin de la session et propose de la prolonger (RGAA 13.1). Sans script, la page E6 rend la saisie.
const AVANT = 5 * 60_000;
const corps = document.body;
const duree = Number(corps.dataset.session) * 1000;

function avertir() {
  const zone = document.createElement("div");
  zone.className = "fr-alert fr-alert--warning fr-mb-3w";
  zone.setAttribute("role", "alert");
  const titre = Object.assign(document.createElement("p"), { className: "fr-alert__title", textContent: "Attention\u00a0: votre session va expirer" });
  const texte = Object.assign(document.createElement("p"), { textContent: "Elle se ferme dans 5 minutes, faute de geste." });
  const bouton = Object.assign(document.createElement("button"), { type: "button", className: "fr-btn fr-btn--sm", textContent: "Prolonger ma session" });
  bouton.addEventListener("click", () => prolonger(zone, titre, texte, bouton));
  zone.append(titre, texte, bouton);
  document.querySelector("main .fr-container").prepend(zone);
}

// Toute demande au serveur prolonge la session ; celle-ci ne lit rien de plus que la page ouverte.
async function prolonger(zone, titre, texte, bouton) {
  const reponse = await fetch(corps.dataset.prolonger, { redirect: "manual" }).catch(() => null);
  if (reponse?.ok) {
    zone.remove();
    document.querySelector("main").focus();
    attendre();
    return;
  }
  titre.textContent = "Erreur\u00a0: la session n’est pas prolongée";
  texte.textContent = "Copiez ce que vous avez tapé, puis reconnectez-vous.";
  bouton.remove();
}

function attendre() { setTimeout(avertir, duree - AVANT); }

if (duree > AVANT) attendre();
