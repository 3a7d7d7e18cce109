// Dit en direct ce que donnerait la série, et combien de créneaux restent cochés dans l’aperçu.
const ATTENTE = 400;

const formulaire = document.querySelector("[data-serie]");
const phrase = document.querySelector("[data-serie-phrase]");
if (formulaire && phrase) {
  let minuteur;
  let demande;
  const demander = async () => {
    demande?.abort();
    demande = new AbortController();
    const saisie = new FormData(formulaire);
    saisie.delete("csrfmiddlewaretoken");
    try {
      const reponse = await fetch(`${formulaire.dataset.serie}?${new URLSearchParams(saisie)}`, { signal: demande.signal });
      if (reponse.ok) phrase.textContent = (await reponse.json()).phrase;
    } catch {
      // Sans réseau, l’aperçu dit la même phrase.
    }
  };
  formulaire.addEventListener("input", () => {
    clearTimeout(minuteur);
    minuteur = setTimeout(demander, ATTENTE);
  });
  demander();
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
