// Enregistre les avis au fur et à mesure : chaque ligne à son tour, avec la version qu’elle montrait. Rien de ce qui
// est tapé ne quitte l’écran tant que le serveur ne l’a pas accepté.
import { Ligne, Page } from "./lignes.js";

const RYTHME = 5000;
const formulaire = document.querySelector("[data-avis-saisie]");
const PHRASES = { disparue: (quoi) => `Erreur\u00a0: ${quoi} La formation n’est plus demandée\u00a0: rechargez la page.` };

class LigneDAvis extends Ligne {
  conflit = null;

  constructor(zone, page) {
    super(zone, page);
    this.texte = zone.querySelector("textarea");
    this.complet = "avisComplet" in zone.dataset;
    this.tardif = "avisTardif" in zone.dataset;
    this.gardee = "avisAEnregistrer" in zone.dataset ? null : this.valeur;
    zone.addEventListener("input", () => this.plusTard());
    zone.addEventListener("change", () => this.enregistrer());
    this.un("la-mienne").addEventListener("click", (geste) => this.trancher(geste, true));
    this.un("la-sienne").addEventListener("click", (geste) => this.trancher(geste, false));
  }

  champ(nom) { return this.zone.querySelector(`input[name$="-${nom}"]`); }
  get avis() { return this.zone.querySelector("input[type=radio]:checked")?.value ?? ""; }
  get valeur() { return JSON.stringify([this.avis, this.texte.value.trim()]); }
  get retient() { return this.estSale && !this.tardif; }
  get attendUnChoix() { return Boolean(this.conflit) || !this.un("conflit").hidden; }
  get seTape() {
    const longueur = this.texte.value.trim().length;
    return document.activeElement === this.texte && longueur > 0 && longueur < this.page.minimum;
  }

  get estRetenue() {
    if (this.attendUnChoix) return true;
    const seFigerait = this.tardif && this.avis && this.texte.value.trim();
    if (seFigerait) this.dire("À enregistrer");
    return Boolean(seFigerait);
  }

  corps() {
    const corps = new URLSearchParams();
    for (const champ of this.zone.querySelectorAll("input, textarea")) {
      if (champ.type !== "radio" || champ.checked) corps.append(champ.name, champ.value);
    }
    return corps;
  }

  accepter(envoyee, recu) {
    this.retenir(envoyee, recu);
    this.refuser("");
    this.rater("");
    this.dire(recu.etat);
    return true;
  }

  retenir(valeur, recu) {
    this.gardee = valeur;
    this.champ("version").value = recu.version;
    this.champ("empreinte").value = recu.empreinte;
    this.page.compter(this, this.complet, recu.complet);
    this.complet = recu.complet;
  }

  confronter({ phrase, actuel }) {
    const sienne = JSON.stringify([actuel.avis, actuel.commentaire]);
    if (this.estDeMoi(sienne)) {
      this.retenir(sienne, actuel);
      this.rater("");
      this.dire(actuel.etat);
      return true;
    }
    this.conflit = actuel;
    this.un("phrase").textContent = phrase;
    this.montrerLeConflit(true);
    return this.rater("conflit");
  }

  trancher(geste, garderLaMienne) {
    if (!this.conflit) return;
    geste.preventDefault();
    const actuel = this.conflit;
    this.conflit = null;
    this.montrerLeConflit(false);
    this.retenir(JSON.stringify([actuel.avis, actuel.commentaire]), actuel);
    this.rater("");
    this.refuser("");
    if (!garderLaMienne) this.reprendre(actuel);
    this.texte.focus();
    this.enregistrer();
  }

  reprendre(actuel) {
    for (const radio of this.zone.querySelectorAll("input[type=radio]")) radio.checked = radio.value === actuel.avis;
    this.texte.value = actuel.commentaire;
    this.texte.dispatchEvent(new Event("input", { bubbles: true }));
    this.dire(actuel.etat);
  }

  montrerLeConflit(montre) {
    const zone = this.un("conflit");
    zone.hidden = !montre;
    zone.setAttribute("role", montre ? "alert" : "group");
  }

  rater(motif, phrase = "", corps = null) {
    if (corps?.tardif) this.tardif = true;
    return super.rater(motif, phrase);
  }

  refuser(phrase) {
    super.refuser(phrase);
    this.texte.toggleAttribute("aria-invalid", Boolean(phrase));
    if (phrase) this.texte.setAttribute("aria-invalid", "true");
    this.texte.parentElement.classList.toggle("fr-input-group--error", Boolean(phrase));
  }

  montrer() { this.texte.focus(); }
}

class PageDAvis extends Page {
  saisis = Number(formulaire.dataset.saisis);
  total = Number(formulaire.dataset.total);
  minimum = JSON.parse(document.getElementById("avis-reglages").textContent).minimum;

  constructor() {
    super("avis", formulaire, LigneDAvis, PHRASES);
    formulaire.addEventListener("avis:dire", ({ detail }) => this.dire(detail));
  }

  compter(ligne, avant, apres) {
    const ecart = Number(apres) - Number(avant);
    this.saisis += ecart;
    if ("avisFacultatif" in ligne.zone.dataset) this.total += ecart;
    const reste = this.total - this.saisis;
    const manquent = document.querySelector("[data-avis-manquent]");
    if (manquent) manquent.textContent = `${reste || "Aucun"} avis à saisir sur ${this.total}.`;
    const suite = formulaire.querySelector("[data-avis-suite]");
    if (suite) suite.hidden = reste > 0;
    if (ecart) this.annoncer(reste ? RYTHME : 0);
  }

  annoncer(delai) {
    if (this.annonce && delai) return;
    clearTimeout(this.annonce);
    this.annonce = setTimeout(() => { this.annonce = null; this.dire(this.ouEnEstOn()); }, this.dite ? delai : 0);
    this.dite = true;
  }

  ouEnEstOn() {
    if (this.saisis < this.total) return `${this.saisis} avis sur ${this.total} enregistrés`;
    return `Succès : tous les avis ${formulaire.dataset.deQui} sont saisis.`;
  }
}

if (formulaire) new PageDAvis();
