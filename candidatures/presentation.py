"""Comment une candidature se montre à qui la lit : libellé, couleur, suite (écran 6.4)."""

from dataclasses import dataclass
from functools import cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from candidatures.rules import Situation
from referentiel.rules.jeu import Avis


@dataclass(frozen=True, slots=True)
class Presentation:
    libelle: str
    classe: str
    suite: str = ""

    @property
    def badge(self) -> SafeString:
        """Le composant `badge.html`, rendu une fois pour toutes : une liste en montre des centaines."""
        return _badge(self)


@cache
def _badge(presentation: Presentation) -> SafeString:
    rendu = render_to_string("composants/badge.html", {"libelle": presentation.libelle, "classe": presentation.classe})
    return mark_safe(rendu.strip())  # noqa: S308 - rendu par Django


ORIGINE: dict[Situation, Presentation] = {
    Situation.BROUILLON: Presentation("Brouillon", "", "Terminer l’inscription"),
    Situation.A_VALIDER: Presentation("À valider par le SAIO", "fr-badge--purple-glycine"),
    Situation.INSCRITE: Presentation("En attente de convocation", "fr-badge--yellow-tournesol", "Saisir les avis"),
    Situation.PLANIFIEE: Presentation("En attente de convocation", "fr-badge--yellow-tournesol", "Saisir les avis"),
    Situation.CONVOQUEE: Presentation("Convocation envoyée", "fr-badge--info", "Remettre la convocation"),
    Situation.PASSEE: Presentation("Entretien passé", "fr-badge--warning"),
    Situation.REALISEE: Presentation("Compte-rendu attendu", "fr-badge--warning fr-badge--no-icon"),
    Situation.EN_RETARD: Presentation("Compte-rendu attendu", "fr-badge--warning fr-badge--no-icon"),
    Situation.RENDUE: Presentation("Avis rendus", "fr-badge--success", "Remettre la fiche"),
    Situation.SEANCE_SUIVIE: Presentation("Séance suivie", "fr-badge--green-emeraude"),
    Situation.ABSENTE: Presentation(
        "Absence à l’entretien", "fr-badge--orange-terre-battue", "Demander un créneau ou désister"
    ),
    Situation.DESISTEE: Presentation("Désistement", "fr-badge--beige-gris-galet"),
    Situation.ANNULEE: Presentation("Annulée", "fr-badge--beige-gris-galet", "Inscrire ailleurs"),
}

ACCUEIL: dict[Situation, Presentation] = ORIGINE | {
    Situation.INSCRITE: Presentation("À planifier", "fr-badge--yellow-tournesol", "Planifier"),
    Situation.PLANIFIEE: Presentation("Convocation à envoyer", "fr-badge--yellow-moutarde", "Envoyer"),
    Situation.CONVOQUEE: Presentation("Convocation envoyée", "fr-badge--info", "Préparer"),
    Situation.PASSEE: Presentation("Présence à saisir", "fr-badge--warning", "Saisir la présence"),
    Situation.REALISEE: Presentation(
        "Compte-rendu à transmettre", "fr-badge--warning fr-badge--no-icon", "Saisir le compte-rendu"
    ),
    Situation.EN_RETARD: Presentation("Compte-rendu en retard", "fr-badge--error", "Saisir le compte-rendu"),
    Situation.RENDUE: Presentation("Avis rendus", "fr-badge--success"),
    Situation.ABSENTE: Presentation("Absence", "fr-badge--orange-terre-battue", "Replanifier"),
    Situation.ANNULEE: Presentation("Annulée", "fr-badge--beige-gris-galet"),
}

CLASSES_DES_AVIS: dict[Avis, str] = {
    Avis.FAVORABLE: "fr-badge--green-emeraude",
    Avis.ASSEZ_FAVORABLE: "fr-badge--blue-cumulus",
    Avis.RESERVE: "fr-badge--yellow-moutarde",
    Avis.NE_SE_PRONONCE_PAS: "fr-badge--beige-gris-galet",
}


def presenter(situation: Situation, *, a_l_accueil: bool) -> Presentation:
    """Présentation de `situation` à l'établissement d'accueil, ou à celui d'origine."""
    return (ACCUEIL if a_l_accueil else ORIGINE)[situation]
