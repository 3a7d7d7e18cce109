// Dit en direct ce que donnerait la série, et combien de créneaux restent cochés dans l’aperçu. La salle d’un jury ne se
// montre que s’il est choisi.
const ATTENTE = 400;

const formulaire = document.querySelector("[data-serie]");
const phrase = document.querySelector("[data-serie-phrase]");
if (formulaire && phrase) {
  let minuteur;
  let derniere = 0;
  const demander = async () => {
    const rang = ++derniere;
    if (!formulaire.checkValidity()) {
      phrase.textContent = "";
      return;
    }
    const saisie = new FormData(formulaire);
    saisie.delete("csrfmiddlewaretoken");
    // Une réponse qui arrive après une autre saisie, ou après le départ de la page, ne compte plus.
    const adresse = `${formulaire.dataset.serie}?${new URLSearchParams(saisie)}`;
    const reponse = await fetch(adresse, { keepalive: true }).catch(() => null);
    if (reponse?.ok && rang === derniere) phrase.textContent = (await reponse.json()).phrase;
  };
  formulaire.addEventListener("input", () => {
    clearTimeout(minuteur);
    minuteur = setTimeout(demander, ATTENTE);
  });
  demander();
}

for (const jury of document.querySelectorAll("[data-serie] input[name=jurys]")) {
  const salle = document.getElementById(`id_salle_${jury.value}`)?.closest(".fr-input-group");
  if (!salle) continue;
  const montrer = () => {
    salle.hidden = !jury.checked;
  };
  jury.addEventListener("change", montrer);
  montrer();
}

const apercu = document.querySelector("[data-serie-apercu]");
const creer = document.querySelector("[data-serie-creer]");
if (apercu && creer) {
  apercu.addEventListener("change", () => {
    const gardes = [...apercu.querySelectorAll("[data-creneaux]:checked")];
    const total = gardes.reduce((somme, jour) => somme + Number(jour.dataset.creneaux), 0);
    creer.textContent = total > 1 ? `Créer les ${total} créneaux` : total === 1 ? "Créer le créneau" : "Aucun jour coché";
  });
}
