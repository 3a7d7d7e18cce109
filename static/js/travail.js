// Suit un travail long : la barre avance, la phrase se met à jour, la page se recharge quand le fichier est prêt.

const PAS = 2000;
const bloc = document.querySelector("[data-travail]");
const barre = bloc.querySelector("progress");
const phrase = bloc.querySelector("[data-travail-phrase]");
let dizaineDite = -1;

async function suivre() {
  const reponse = await fetch(bloc.dataset.travail, { headers: { Accept: "application/json" } }).catch(() => null);
  if (reponse?.ok) {
    const travail = await reponse.json();
    if (travail.fini) return location.reload();
    barre.value = travail.fait;
    dire(travail);
  }
  setTimeout(suivre, PAS);
}

// Un lecteur d'écran entend la phrase tous les dixièmes, pas toutes les deux secondes.
function dire(travail) {
  const dizaine = Math.floor((10 * travail.fait) / barre.max);
  if (dizaine === dizaineDite) return;
  dizaineDite = dizaine;
  phrase.textContent = travail.phrase;
}

setTimeout(suivre, PAS);
