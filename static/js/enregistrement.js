// Ce que partagent les pages qui enregistrent pendant la saisie : un envoi à la fois, rien de ce qui est tapé ne quitte
// l’écran tant que le serveur ne l’a pas accepté, et la raison d’un échec se dit.
const PAUSE = 800;
const PATIENCE = 20000;
// Après ces échecs, nul ne sait si le serveur avait déjà écrit.
const SANS_REPONSE = ["reseau", "serveur"];

// Pourquoi rien n’est enregistré, de la raison la plus pressante à la moins : `quoi` compte ce qui attend, `phrase`
// vient du serveur.
export const RAISONS = {
  session: () => "Erreur\u00a0: votre session a expiré. Reconnectez-vous dans un nouvel onglet, puis cliquez sur Réessayer. Votre saisie reste à l’écran.",
  personne: () => "Erreur\u00a0: ce navigateur n’est plus connecté à votre nom. Reconnectez-vous dans un nouvel onglet, puis cliquez sur Réessayer. Votre saisie reste à l’écran.",
  close: (quoi, phrase) => `Erreur\u00a0: ${phrase} Votre saisie reste à l’écran, à recopier.`,
  reseau: (quoi) => `Erreur\u00a0: ${quoi} Vérifiez votre connexion.`,
  serveur: (quoi) => `Erreur\u00a0: ${quoi} Le service rencontre un problème, réessayez dans quelques instants.`,
  disparue: (quoi) => `Erreur\u00a0: ${quoi} Rechargez la page.`,
  conflit: (quoi) => `Erreur\u00a0: ${quoi}`,
  refus: (quoi) => `Erreur\u00a0: ${quoi}`,
};

// Une saisie qui s’enregistre seule. Qui la prolonge donne `valeur` (ce qui est à l’écran, en une chaîne), `adresse`,
// `corps()`, et reçoit `debuter()`, `accepter(envoyee, corps)`, `confronter(corps)`, `rater(motif, phrase)` ; ces trois
// dernières répondent vrai si tout est enregistré.
export class Saisie {
  envoi = null;
  incertaines = [];

  constructor(formulaire) { this.formulaire = formulaire; }

  // Revenir à l’ancienne valeur après un envoi resté sans réponse ne suffit pas : le serveur a pu garder l’autre.
  get estSale() { return this.valeur !== this.gardee || this.incertaines.length > 0; }
  get seTape() { return false; }
  get estRetenue() { return false; }

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
      if (this.estRetenue) return false;
      if (!(await this.envoyer())) return false;
    } while (this.estSale && !this.seTape);
    return !this.estSale;
  }

  async envoyer() {
    const envoyee = this.valeur;
    this.debuter();
    this.incertaines.push(envoyee);
    const { statut, corps, motif } = await poster(this.formulaire, this.adresse, this.corps());
    if (statut === 200) {
      this.incertaines = [];
      return this.accepter(envoyee, corps);
    }
    if (statut === 409) {
      const tout = this.confronter(corps);
      this.incertaines = [];
      return tout;
    }
    if (!SANS_REPONSE.includes(motif)) this.incertaines.pop();
    return this.rater(motif ?? (corps.close ? "close" : "refus"), corps?.phrase ?? "", corps);
  }

  // Une réponse perdue n’est pas un conflit : la version du serveur est alors celle que cette page avait envoyée.
  estDeMoi(valeur) { return this.incertaines.includes(valeur); }
}

// Envoie `corps` au nom de la personne que dit le formulaire : rend le statut et la réponse, ou le motif d’un échec.
async function poster(formulaire, adresse, corps, rejoue = false) {
  corps.set("personne", formulaire.personne.value);
  let reponse;
  try {
    reponse = await demander(formulaire, adresse, { method: "POST", body: corps, keepalive: true });
  } catch {
    return { motif: "reseau" };
  }
  if (reponse.type === "opaqueredirect") return { motif: "session" };
  if (reponse.status === 403 && !rejoue) return renouveler(formulaire, adresse, corps);
  return lire(reponse);
}

function demander(formulaire, adresse, options) {
  const headers = { Accept: "application/json", "X-CSRFToken": formulaire.csrfmiddlewaretoken.value };
  return fetch(adresse, { ...options, headers, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
}

async function renouveler(formulaire, adresse, corps) {
  const motif = await joindre(formulaire, adresse);
  return motif ? { motif } : poster(formulaire, adresse, corps, true);
}

// Demande si l’envoi passerait : rend le motif d’un échec, ou rien. Après une reconnexion dans un autre onglet, le jeton
// a changé : il se reprend ici, pour la même personne seulement.
export async function joindre(formulaire, adresse) {
  try {
    const reponse = await demander(formulaire, adresse, {});
    if (reponse.type === "opaqueredirect") return "session";
    if (reponse.status >= 500) return "serveur";
    if (!reponse.ok) return "personne";
    const { personne, jeton } = await reponse.json();
    if (personne !== formulaire.personne.value) return "personne";
    formulaire.csrfmiddlewaretoken.value = jeton;
    return "";
  } catch {
    return "reseau";
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
