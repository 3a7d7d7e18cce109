// Enregistre chaque présence dès qu’elle est choisie. Un report, qui ne se corrige pas, attend d’être confirmé ; « Présence
// pour tous » ne remplit que les lignes vides, déjà commencées.
import { Ligne, Page } from "./lignes.js";

const PREVU = "prevu";
const A_REPORTER = "excuse";
const formulaire = document.querySelector("[data-presence-saisie]");
const PHRASES = { disparue: (quoi) => `Erreur\u00a0: ${quoi} L’entretien a été déplacé ou annulé\u00a0: rechargez la page.` };

class LigneDePresence extends Ligne {
  confirme = false;

  constructor(zone, page) {
    super(zone, page);
    this.vue = zone.querySelector("input[type=hidden]");
    this.radios = [...zone.querySelectorAll("input[type=radio]")];
    this.gardee = lue(zone.dataset.presenceVue);
    zone.addEventListener("change", () => this.changer());
    this.un("confirmer").addEventListener("click", () => this.confirmer());
  }

  get valeur() { return this.radios.find((radio) => radio.checked)?.value ?? ""; }
  get estRetenue() { return this.valeur === A_REPORTER && !this.confirme; }
  get retient() { return this.estSale && !this.estRetenue; }
  get aCommence() { return Date.parse(this.zone.dataset.presenceDebut) <= Date.now(); }

  // Les flèches passent d’un choix à l’autre : seul celui où l’on s’arrête s’enregistre.
  changer() {
    this.confirme = false;
    this.refuser("");
    this.un("confirmer").hidden = !(this.estSale && this.estRetenue);
    if (this.estSale) this.dire(this.estRetenue ? "Report à confirmer" : "Enregistrement…");
    else this.dire(this.gardee ? "Noté" : "À noter");
    this.plusTard();
  }

  confirmer() {
    this.confirme = true;
    this.un("etat").focus();
    this.un("confirmer").hidden = true;
    this.enregistrer();
  }

  corps() { return new URLSearchParams([[this.vue.name, this.vue.value], [this.radios[0].name, this.valeur]]); }

  accepter(envoyee, { etat, figee }) {
    this.retenir(envoyee);
    this.refuser("");
    this.rater("");
    this.dire(etat);
    for (const radio of this.radios) radio.disabled = figee;
    return true;
  }

  // Rien n’est écrasé : la réponse de l’autre personne est montrée, et se corrige comme les autres. Si c’est la nôtre,
  // dont la réponse s’était perdue, le choix à l’écran part ensuite.
  confronter({ phrase, actuel: { presence } }) {
    this.retenir(presence);
    if (this.estDeMoi(presence)) {
      this.rater("");
      this.dire("Noté");
      return true;
    }
    for (const radio of this.radios) radio.checked = radio.value === presence;
    this.rater("");
    this.refuser(`${phrase} Pour corriger, choisissez de nouveau.`);
    this.dire("Noté par une autre personne");
    return true;
  }

  retenir(valeur) {
    this.gardee = lue(valeur);
    this.vue.value = valeur || PREVU;
    this.page.compter();
  }

  montrer() { this.radios[0].focus(); }
}

class PageDePresences extends Page {
  constructor() {
    super("presence", formulaire, LigneDePresence, PHRASES);
    this.dejaNotees = Number(formulaire.dataset.notees) - this.notees;
    this.un("tous").addEventListener("click", (geste) => this.cocherTous(geste));
  }

  get notees() { return this.lignes.filter((ligne) => ligne.gardee).length; }

  cocherTous(geste) {
    geste.preventDefault();
    const vides = this.lignes.filter((ligne) => !ligne.valeur && ligne.aCommence);
    for (const ligne of vides) {
      ligne.radios[0].checked = true;
      ligne.enregistrer();
    }
    if (!vides.length) this.dire("Aucune ligne vide dont l’entretien a commencé.");
  }

  compter() {
    const total = Number(formulaire.dataset.total);
    const notees = this.dejaNotees + this.notees;
    this.dire(notees < total ? `${notees} sur ${total} notées` : "Succès\u00a0: toutes les présences du jour sont notées.");
  }
}

function lue(valeur) { return valeur === PREVU ? "" : valeur; }

if (formulaire) new PageDePresences();
