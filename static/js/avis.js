// Enregistre les avis au fur et à mesure : chaque ligne à son tour, avec la version qu’elle montrait. Rien de ce qui
// est tapé ne quitte l’écran tant que le serveur ne l’a pas accepté.
const PAUSE = 800;
const RYTHME = 5000;
const PATIENCE = 20000;
const formulaire = document.querySelector("[data-avis-saisie]");

class Ligne {
  motif = "";
  envoi = null;
  conflit = null;
  incertaines = [];

  constructor(zone, page) {
    this.zone = zone;
    this.page = page;
    this.texte = zone.querySelector("textarea");
    this.complet = "avisComplet" in zone.dataset;
    this.tardif = "avisTardif" in zone.dataset;
    this.gardee = "avisAEnregistrer" in zone.dataset ? null : this.valeur;
    zone.addEventListener("input", () => this.plusTard());
    zone.addEventListener("change", () => this.enregistrer());
    this.un("reessayer").addEventListener("click", () => page.reessayer());
    this.un("la-mienne").addEventListener("click", (geste) => this.trancher(geste, true));
    this.un("la-sienne").addEventListener("click", (geste) => this.trancher(geste, false));
  }

  un(nom) { return this.zone.querySelector(`[data-avis-${nom}]`); }
  champ(nom) { return this.zone.querySelector(`input[name$="-${nom}"]`); }
  get avis() { return this.zone.querySelector("input[type=radio]:checked")?.value ?? ""; }
  get valeur() { return JSON.stringify([this.avis, this.texte.value.trim()]); }
  get estSale() { return this.valeur !== this.gardee; }
  get attendUnChoix() { return Boolean(this.conflit) || !this.un("conflit").hidden; }
  get seTape() {
    const longueur = this.texte.value.trim().length;
    return document.activeElement === this.texte && longueur > 0 && longueur < this.page.minimum;
  }

  plusTard() {
    clearTimeout(this.minuterie);
    this.minuterie = setTimeout(() => this.seTape || this.enregistrer(), PAUSE);
  }

  // Une seule requête à la fois ; ce qui change pendant ce temps part ensuite, sauf un texte à peine commencé.
  // Vrai si tout est enregistré.
  enregistrer() {
    clearTimeout(this.minuterie);
    this.envoi ??= this.viderLaFile().finally(() => { this.envoi = null; });
    return this.envoi;
  }

  async viderLaFile() {
    if (!this.estSale) return true;
    do {
      if (this.attendUnChoix) return false;
      if (this.tardif && this.avis && this.texte.value.trim()) return this.dire("À enregistrer");
      if (!(await this.envoyer())) return false;
    } while (this.estSale && !this.seTape);
    return !this.estSale;
  }

  async envoyer() {
    const envoyee = this.valeur;
    this.dire("Enregistrement…");
    this.incertaines.push(envoyee);
    const { statut, corps, motif } = await this.page.poster(this);
    if (statut === 200) return this.accepter(envoyee, corps);
    if (statut === 409) return this.confronter(corps);
    if (statut === 422 && corps.tardif) this.tardif = true;
    return this.rater(motif ?? (corps?.close ? "close" : "refus"), corps?.phrase ?? "");
  }

  accepter(envoyee, recu) {
    this.incertaines = [];
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

  // Une réponse perdue n’est pas un conflit : la version du serveur est alors celle que cette page avait envoyée.
  confronter({ phrase, actuel }) {
    const sienne = JSON.stringify([actuel.avis, actuel.commentaire]);
    if (this.incertaines.includes(sienne)) {
      this.retenir(sienne, actuel);
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
    this.texte.toggleAttribute("aria-invalid", Boolean(phrase));
    if (phrase) this.texte.setAttribute("aria-invalid", "true");
    this.texte.parentElement.classList.toggle("fr-input-group--error", Boolean(phrase));
  }

  dire(etat) {
    this.un("etat").textContent = etat;
    return false;
  }
}

class Page {
  partir = false;

  constructor() {
    this.saisis = Number(formulaire.dataset.saisis);
    this.total = Number(formulaire.dataset.total);
    this.minimum = JSON.parse(document.getElementById("avis-reglages").textContent).minimum;
    this.bilan = formulaire.querySelector("[data-avis-bilan]");
    this.alerte = formulaire.querySelector("[data-avis-alerte]");
    this.lignes = [...formulaire.querySelectorAll("[data-avis-ligne]")].map((zone) => new Ligne(zone, this));
    this.tout = formulaire.querySelector("[data-avis-tout-reessayer]");
    this.tout.addEventListener("click", () => this.reessayer());
    formulaire.addEventListener("submit", (envoi) => this.soumettre(envoi));
    formulaire.addEventListener("avis:dire", ({ detail }) => this.dire(detail));
    addEventListener("online", () => this.reessayer());
    addEventListener("beforeunload", (depart) => this.retenir(depart));
    document.addEventListener("visibilitychange", () => document.hidden && this.toutEnregistrer());
    // Un navigateur qui remet d’anciennes saisies ferait passer un vieux texte pour une saisie d’aujourd’hui.
    formulaire.autocomplete = "off";
    for (const zone of document.querySelectorAll("[data-avis-script]")) zone.hidden = false;
  }

  toutEnregistrer() { return Promise.all(this.lignes.map((ligne) => ligne.enregistrer())); }
  enEchec() { return this.lignes.filter((ligne) => ligne.motif); }
  reessayer() { for (const ligne of this.enEchec()) ligne.enregistrer(); }

  async poster(ligne, rejoue = false) {
    const corps = new URLSearchParams({ personne: formulaire.personne.value });
    for (const champ of ligne.zone.querySelectorAll("input, textarea")) {
      if (champ.type !== "radio" || champ.checked) corps.append(champ.name, champ.value);
    }
    let reponse;
    try {
      reponse = await this.demander(ligne.zone.dataset.avisLigne, { method: "POST", body: corps, keepalive: true });
    } catch {
      return { motif: "reseau" };
    }
    if (reponse.type === "opaqueredirect") return { motif: "session" };
    if (reponse.status === 403 && !rejoue) return this.renouveler(ligne);
    return lire(reponse);
  }

  demander(url, options) {
    const headers = { Accept: "application/json", "X-CSRFToken": formulaire.csrfmiddlewaretoken.value };
    return fetch(url, { ...options, headers, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
  }

  // Après une reconnexion dans un autre onglet, le jeton a changé : il se redemande, pour la même personne seulement.
  async renouveler(ligne) {
    try {
      const reponse = await this.demander(ligne.zone.dataset.avisLigne, {});
      if (reponse.type === "opaqueredirect") return { motif: "session" };
      if (!reponse.ok) return { motif: "personne" };
      const { personne, jeton } = await reponse.json();
      if (personne !== formulaire.personne.value) return { motif: "personne" };
      formulaire.csrfmiddlewaretoken.value = jeton;
    } catch {
      return { motif: "reseau" };
    }
    return this.poster(ligne, true);
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
    if (!nombre) return "";
    if (premier("session")) {
      return "Erreur : votre session a expiré. Reconnectez-vous dans un nouvel onglet, puis cliquez sur Réessayer. Votre saisie reste à l’écran.";
    }
    if (premier("personne")) {
      return "Erreur : ce navigateur n’est plus connecté à votre nom. Reconnectez-vous dans un nouvel onglet, puis cliquez sur Réessayer. Votre saisie reste à l’écran.";
    }
    if (premier("close")) return `Erreur : ${premier("close").phrase} Votre saisie reste à l’écran, à recopier.`;
    if (premier("reseau")) return `Erreur : ${compte} Vérifiez votre connexion.`;
    if (premier("serveur")) return `Erreur : ${compte} Le service rencontre un problème, réessayez dans quelques instants.`;
    if (premier("disparue")) return `Erreur : ${compte} La formation n’est plus demandée : rechargez la page.`;
    return `Erreur : ${compte}`;
  }

  // Le bouton enregistre d’abord chaque ligne, puis envoie la page, qui dit ce qui reste incomplet.
  async soumettre(envoi) {
    if (envoi.submitter && !envoi.submitter.matches("[data-avis-enregistrer]")) {
      this.partir = true;
      return;
    }
    envoi.preventDefault();
    if (this.enRoute) return;
    this.enRoute = true;
    await this.toutEnregistrer();
    this.enRoute = false;
    const bloquee = this.lignes.find((ligne) => ligne.estSale && !ligne.tardif);
    if (bloquee) {
      bloquee.texte.focus();
      return;
    }
    this.partir = true;
    formulaire.submit();
  }

  retenir(depart) {
    if (!this.partir && this.lignes.some((ligne) => ligne.estSale || ligne.envoi)) depart.preventDefault();
  }
}

async function lire(reponse) {
  if (reponse.status === 403) return { motif: "personne" };
  if (reponse.status === 404) return { motif: "disparue" };
  if (reponse.type === "error" || ![200, 409, 422].includes(reponse.status)) return { motif: "serveur" };
  try {
    return { statut: reponse.status, corps: await reponse.json() };
  } catch {
    return { motif: "reseau" };
  }
}

if (formulaire) new Page();
