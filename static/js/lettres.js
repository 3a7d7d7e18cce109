// Choisit un segment par sa lettre, seulement quand le focus est dans le groupe. Ni raccourci global, ni envoi.
document.addEventListener("keydown", (evenement) => {
  if (evenement.ctrlKey || evenement.altKey || evenement.metaKey || evenement.key.length !== 1) return;
  if (!evenement.target.matches?.('input[type="radio"]')) return;
  const groupe = evenement.target.closest("[data-lettres]");
  const radio = groupe?.querySelector(`[data-lettre="${CSS.escape(evenement.key.toLowerCase())}"]:not(:disabled)`);
  if (!radio) return;
  evenement.preventDefault();
  radio.focus();
  if (radio.checked) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("input", { bubbles: true }));
  radio.dispatchEvent(new Event("change", { bubbles: true }));
});
