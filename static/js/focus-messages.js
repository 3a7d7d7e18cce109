// Après un envoi de formulaire, place le focus sur le retour : résumé des erreurs, sinon messages.
const zone = document.querySelector("[data-resume-erreurs]") ?? document.querySelector("[data-focus-messages]");
if (zone && !location.hash) zone.focus();
