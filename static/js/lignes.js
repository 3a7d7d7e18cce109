// Une page dont chaque ligne s’enregistre seule : ce que chacune dit de son état, ce que la page dit de toutes, le bouton
// qui enregistre le reste, et la question posée à qui part trop tôt. avis.js et presences.js y ajoutent ce qui leur est
// propre ; les accroches portent le nom de l’écran : data-avis-ligne, data-presence-ligne…
import { RAISONS, Saisie } from "./enregistrement.js";

// Qui la prolonge donne aussi `retient` (vrai si la page ne peut pas encore s’envoyer) et `montrer()`.
export class Ligne extends Saisie {
  motif = "";
  phrase = "";

  constructor(zone, page) {
    super(page.formulaire);
    this.zone = zone;
    this.page = page;
    this.adresse = zone.dataset[`${page.nom}Ligne`];
    this.un("reessayer").addEventListener("click", () => page.reessayer());
  }

  un(nom) { return this.zone.querySelector(`[data-${this.page.nom}-${nom}]`); }
  debuter() { this.dire("Enregistrement…"); }

  rater(motif, phrase = "") {
    this.motif = motif;
    this.phrase = phrase;
    if (motif) this.dire("Non enregistré");
    if (motif === "refus") this.refuser(phrase);
    this.un("reessayer").hidden = !motif || motif === "conflit";
    this.page.alerter();
    return false;
  }

  refuser(phrase) {
    const erreur = this.un("erreur");
    erreur.textContent = phrase;
    erreur.hidden = !phrase;
  }

  dire(etat) { this.un("etat").textContent = etat; }
}

export class Page {
  partir = false;

  constructor(nom, formulaire, UneLigne, phrases = {}) {
    this.nom = nom;
    this.formulaire = formulaire;
    this.phrases = { ...RAISONS, ...phrases };
    this.bilan = this.un("bilan");
    this.alerte = this.un("alerte");
    this.tout = this.un("tout-reessayer");
    this.lignes = [...formulaire.querySelectorAll(`[data-${nom}-ligne]`)].map((zone) => new UneLigne(zone, this));
    this.tout.addEventListener("click", () => this.reessayer());
    formulaire.addEventListener("submit", (envoi) => this.soumettre(envoi));
    addEventListener("online", () => this.reessayer());
    addEventListener("beforeunload", (depart) => this.retenir(depart));
    document.addEventListener("visibilitychange", () => document.hidden && this.toutEnregistrer());
    // Un navigateur qui remet d’anciennes saisies les ferait passer pour des saisies d’aujourd’hui.
    formulaire.autocomplete = "off";
    for (const zone of document.querySelectorAll(`[data-${nom}-script]`)) zone.hidden = false;
  }

  un(nom) { return this.formulaire.querySelector(`[data-${this.nom}-${nom}]`); }
  toutEnregistrer() { return Promise.all(this.lignes.map((ligne) => ligne.enregistrer())); }
  enEchec() { return this.lignes.filter((ligne) => ligne.motif); }
  reessayer() { for (const ligne of this.enEchec()) ligne.enregistrer(); }
  dire(texte) { this.bilan.textContent = texte; }

  alerter() {
    const texte = this.pourquoi();
    if (this.alerte.textContent !== texte) this.alerte.textContent = texte;
    this.alerte.hidden = !texte;
    this.tout.hidden = !this.enEchec().some((ligne) => ligne.motif !== "conflit");
  }

  pourquoi() {
    const rates = this.enEchec();
    const premier = (motif) => rates.find((ligne) => ligne.motif === motif);
    const nombre = rates.length;
    const compte = nombre > 1 ? `${nombre} lignes ne sont pas enregistrées.` : "1 ligne n’est pas enregistrée.";
    const raison = Object.keys(this.phrases).find(premier);
    return raison ? this.phrases[raison](compte, premier(raison).phrase) : "";
  }

  // Le bouton enregistre d’abord chaque ligne, puis envoie la page, qui dit ce qui reste incomplet.
  async soumettre(envoi) {
    if (envoi.submitter && !envoi.submitter.matches(`[data-${this.nom}-enregistrer]`)) {
      this.partir = true;
      return;
    }
    envoi.preventDefault();
    if (this.enRoute) return;
    this.enRoute = true;
    await this.toutEnregistrer();
    this.enRoute = false;
    const bloquee = this.lignes.find((ligne) => ligne.retient);
    if (bloquee) {
      bloquee.montrer();
      return;
    }
    this.partir = true;
    this.formulaire.submit();
  }

  retenir(depart) {
    if (!this.partir && this.lignes.some((ligne) => ligne.estSale || ligne.envoi)) depart.preventDefault();
  }
}
