// Enregistre le brouillon d’un compte-rendu pendant la saisie. Un bouton enregistre d’abord : si l’envoi ne passe pas,
// la page reste, avec tout ce qui est tapé. Un compte-rendu transmis ne s’enregistre qu’à la demande.
import { RAISONS, Saisie, joindre } from "./enregistrement.js";

const formulaire = document.querySelector("[data-compte-rendu]");
const QUOI = "Le brouillon n’est pas enregistré.";
const PHRASES = {
  ...RAISONS,
  refus: (quoi, phrase) => `Erreur\u00a0: ${phrase}`,
  conflit: (quoi, phrase) => `Attention\u00a0: ${phrase} Choisissez ci-dessus entre sa version et la vôtre.`,
};
const un = (nom) => formulaire.querySelector(`[data-${nom}]`);

class CompteRendu extends Saisie {
  conflit = null;
  enEchec = false;
  pret = false;

  constructor() {
    super(formulaire);
    this.texte = formulaire.elements.texte;
    this.transmis = "transmis" in formulaire.dataset;
    const radios = [...formulaire.querySelectorAll('input[type="radio"][name^="avis_"]')];
    this.noms = [...new Set(radios.map((radio) => radio.name))].filter((nom) => nom !== "avis_ajoute");
    this.gardee = "aEnregistrer" in formulaire.dataset ? null : this.valeur;
    // Un navigateur qui remet d’anciennes saisies ferait passer un vieux texte pour une saisie d’aujourd’hui.
    formulaire.autocomplete = "off";
    this.ecouter();
    this.montrerLAbsence();
  }

  ecouter() {
    formulaire.addEventListener("input", ({ target }) => this.estGarde(target) && this.plusTard());
    formulaire.addEventListener("change", ({ target }) => {
      if (target.name === "presence") this.montrerLAbsence();
      if (this.estGarde(target)) this.enregistrer();
    });
    formulaire.addEventListener("submit", (envoi) => this.soumettre(envoi));
    formulaire.addEventListener("keydown", (touche) => this.auClavier(touche));
    un("reessayer").addEventListener("click", () => this.enregistrer());
    un("conflit-mienne").addEventListener("click", () => this.trancher(true));
    un("conflit-sienne").addEventListener("click", () => this.trancher(false));
    addEventListener("online", () => this.enEchec && this.enregistrer());
    addEventListener("beforeunload", (depart) => this.retenir(depart));
    document.addEventListener("visibilitychange", () => document.hidden && this.enregistrer());
  }

  get adresse() { return formulaire.dataset.compteRendu; }
  get estRetenue() { return this.transmis || Boolean(this.conflit); }
  get valeur() { return this.ecrire(this.texte.value, (nom) => this.choisi(nom)); }

  ecrire(texte, avis) { return JSON.stringify([texte.trim(), this.noms.map(avis)]); }
  choisi(nom) { return formulaire.elements[nom].value ?? ""; }
  estGarde(champ) { return champ === this.texte || this.noms.includes(champ.name); }

  corps() {
    const corps = new URLSearchParams({ texte: this.texte.value, version: formulaire.elements.version.value });
    for (const nom of this.noms) corps.set(nom, this.choisi(nom));
    return corps;
  }

  debuter() { this.dire("Enregistrement…"); }

  accepter(envoyee, recu) {
    this.retenirLaVersion(envoyee, recu);
    this.rater("");
    this.dire(recu.etat);
    return true;
  }

  retenirLaVersion(valeur, recu) {
    this.gardee = valeur;
    formulaire.elements.version.value = recu.version;
  }

  sienne(actuel) { return this.ecrire(actuel.texte, (nom) => actuel.avis[nom] ?? ""); }

  confronter({ phrase, actuel }) {
    if (this.estDeMoi(this.sienne(actuel))) return this.accepter(this.sienne(actuel), actuel);
    this.conflit = actuel;
    un("conflit-phrase").textContent = phrase;
    this.montrerSaVersion(actuel);
    this.montrerLeConflit(true);
    return this.rater("conflit", phrase);
  }

  montrerSaVersion({ texte, avis }) {
    const lignes = [["Compte-rendu", texte]];
    for (const nom of this.noms) {
      const radio = formulaire.querySelector(`input[name="${nom}"][value="${CSS.escape(avis[nom] ?? "")}"]`);
      lignes.push([this.legende(nom), radio?.labels[0].textContent ?? ""]);
    }
    un("conflit-version").replaceChildren(...lignes.flatMap(([terme, valeur]) => [dt(terme), dd(valeur || "Aucun")]));
  }

  legende(nom) { return formulaire.querySelector(`input[name="${nom}"]`).closest("fieldset").querySelector("legend").textContent; }

  montrerLeConflit(montre) {
    un("conflit").hidden = !montre;
    un("conflit").toggleAttribute("role", montre);
    if (montre) un("conflit").setAttribute("role", "alert");
  }

  trancher(garderLaMienne) {
    const actuel = this.conflit;
    this.conflit = null;
    this.montrerLeConflit(false);
    this.retenirLaVersion(this.sienne(actuel), actuel);
    this.rater("");
    if (!garderLaMienne) this.reprendre(actuel);
    this.texte.focus();
    this.enregistrer();
  }

  reprendre({ texte, avis, etat }) {
    for (const nom of this.noms) {
      for (const radio of formulaire.querySelectorAll(`input[name="${nom}"]`)) radio.checked = radio.value === avis[nom];
    }
    this.texte.value = texte;
    this.texte.dispatchEvent(new Event("input", { bubbles: true }));
    this.dire(etat);
  }

  rater(motif, phrase = "") {
    this.enEchec = Boolean(motif) && motif !== "conflit";
    const texte = PHRASES[motif]?.(QUOI, phrase) ?? "";
    if (un("alerte").textContent !== texte) un("alerte").textContent = texte;
    un("alerte").hidden = !texte;
    un("reessayer").hidden = !this.enEchec;
    if (motif) this.dire("Non enregistré");
    return false;
  }

  dire(etat) { un("etat").textContent = etat; }

  // « Non » : le bouton principal enregistre l’absence, le reste devient facultatif.
  montrerLAbsence() {
    const absent = formulaire.elements.presence?.value === "non";
    const principal = un("principal");
    if (!principal?.dataset.principal) return;
    principal.dataset.presence ??= principal.textContent;
    principal.textContent = absent ? principal.dataset.principal : principal.dataset.presence;
    for (const bouton of formulaire.querySelectorAll("[data-sans-absence]")) bouton.hidden = absent;
  }

  auClavier(touche) {
    if (touche.key !== "Enter" || !touche.ctrlKey || touche.altKey || touche.metaKey) return;
    if (touche.target.name === "message") return;
    touche.preventDefault();
    const principal = un("principal");
    if (principal) formulaire.requestSubmit(principal);
  }

  // Un seul envoi, une fois le brouillon gardé : un refus, une coupure ou une session expirée laissent la page en place.
  async soumettre(envoi) {
    if (this.pret) return;
    envoi.preventDefault();
    if (this.enRoute) return;
    this.enRoute = true;
    const passe = await (this.transmis ? this.verifier() : this.enregistrer());
    // Un formulaire ignore un second envoi tant que le premier se déroule.
    await new Promise((suite) => { setTimeout(suite); });
    this.enRoute = false;
    if (!passe) return;
    this.pret = true;
    formulaire.requestSubmit(envoi.submitter);
  }

  async verifier() {
    const motif = await joindre(formulaire, this.adresse);
    this.rater(motif);
    return !motif;
  }

  retenir(depart) {
    if (!this.pret && (this.estSale || this.envoi)) depart.preventDefault();
  }
}

function element(nom, texte) {
  const cree = document.createElement(nom);
  cree.textContent = texte;
  return cree;
}
const dt = (texte) => element("dt", texte);
const dd = (texte) => element("dd", texte);

if (formulaire) new CompteRendu();
