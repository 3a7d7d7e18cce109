// Rappelle, pendant la frappe, les mots que la procédure écarte ; avertit, n’empêche rien. Le serveur fait de même.
const reglages = document.getElementById("avis-reglages");
const { mots, rappel } = reglages ? JSON.parse(reglages.textContent) : { mots: [], rappel: "" };

const cle = (texte) => texte
  .replace(/œ/gi, "oe").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
  .replace(/[^\p{L}\p{N}_]+/gu, " ").trim();

function ecartes(texte) {
  const entiers = ` ${cle(texte)} `;
  const brut = texte.toLowerCase();
  return mots.filter((mot) => {
    if (!/^[\p{L}\p{N}]/u.test(mot)) return brut.includes(mot.toLowerCase());
    return entiers.includes(` ${cle(mot)} `) || entiers.includes(` ${cle(mot)}s `);
  });
}

function surveiller(zone, note) {
  let minuterie;
  const verifier = () => {
    const trouves = ecartes(zone.value);
    note.textContent = trouves.length ? rappel.replace("MOTS", trouves.join("\u00a0», «\u00a0")) : "";
    note.hidden = !trouves.length;
  };
  zone.addEventListener("input", () => { clearTimeout(minuterie); minuterie = setTimeout(verifier, 300); });
  verifier();
}

for (const note of document.querySelectorAll("[data-avis-rappel]")) {
  surveiller(document.getElementById(note.id.replace(/_rappel$/, "")), note);
}
