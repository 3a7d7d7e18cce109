"""Comment un compte-rendu et une fiche se montrent : libellé, couleur, thèmes de l'échange (écrans A11, A12, O14)."""

from enum import StrEnum

from candidatures.presentation import Presentation
from referentiel.rules.jeu import Avis


class Suivi(StrEnum):
    """Où en est un compte-rendu, pour l'établissement d'accueil."""

    RETARD = "retard"
    PRESENCE = "presence"
    A_SAISIR = "a-saisir"
    BROUILLON = "brouillon"
    A_RELIRE = "a-relire"
    TRANSMIS = "transmis"


SUIVIS: dict[Suivi, Presentation] = {
    Suivi.RETARD: Presentation("En retard", "fr-badge--error", "Saisir"),
    Suivi.PRESENCE: Presentation("Présence à saisir", "fr-badge--warning", "Saisir"),
    Suivi.A_SAISIR: Presentation("À saisir", "fr-badge--warning fr-badge--no-icon", "Saisir"),
    Suivi.BROUILLON: Presentation("Brouillon", "", "Reprendre"),
    Suivi.A_RELIRE: Presentation("À relire", "fr-badge--purple-glycine", "Relire"),
    Suivi.TRANSMIS: Presentation("Transmis", "fr-badge--success", "Voir"),
}
ETIQUETTES: dict[Suivi, str] = {
    Suivi.RETARD: "En retard",
    Suivi.PRESENCE: "Présence à saisir",
    Suivi.A_SAISIR: "À saisir",
    Suivi.BROUILLON: "Brouillons",
    Suivi.A_RELIRE: "À relire",
    Suivi.TRANSMIS: "Transmis",
}


class EtatDeFiche(StrEnum):
    """Où en est la remise d'une fiche, pour l'établissement d'origine."""

    A_REMETTRE = "a-remettre"
    NOUVEAU = "nouveau"
    REMISE = "remise"


ETATS_DE_FICHE: dict[EtatDeFiche, Presentation] = {
    EtatDeFiche.A_REMETTRE: Presentation("À remettre", "fr-badge--yellow-tournesol"),
    EtatDeFiche.NOUVEAU: Presentation("Nouveau compte-rendu depuis la remise", "fr-badge--new"),
    EtatDeFiche.REMISE: Presentation("Remise", "fr-badge--success"),
}
ETIQUETTES_DE_FICHE: dict[EtatDeFiche, str] = {
    EtatDeFiche.A_REMETTRE: "À remettre",
    EtatDeFiche.NOUVEAU: "Nouveau compte-rendu",
    EtatDeFiche.REMISE: "Remises",
}

# Ce que veut dire un avis, pour un élève de troisième et sa famille (écran 5.5).
LIRE_LES_AVIS: dict[Avis, str] = {
    Avis.FAVORABLE: "le projet est bien préparé.",
    Avis.ASSEZ_FAVORABLE: "le projet est à compléter.",
    Avis.RESERVE: "prenez le temps d’en reparler avec votre équipe éducative.",
    Avis.NE_SE_PRONONCE_PAS: "l’établissement d’accueil n’a pas pu donner d’avis.",
}

# La lettre de préparation, redite en thèmes pour les personnes qui mènent l'entretien (écran A12).
THEMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "La formation",
        (
            "La formation envisagée, et comment l’élève l’a connue",
            "Ce que l’élève en connaît : contenu, disciplines, débouchés, poursuites d’études",
            "Les qualités nécessaires pour réussir",
            "Ses intérêts et ses motivations",
        ),
    ),
    (
        "Le métier",
        (
            "Les métiers auxquels mène la formation",
            "Les activités de ce métier",
            "Les lieux où il s’exerce",
            "Les conditions de travail",
            "Les exigences et les qualités requises",
            "Ses avantages, selon l’élève",
            "Ses inconvénients, selon l’élève",
        ),
    ),
)
AIDE_A_LA_REDACTION: tuple[str, ...] = (
    "Ce que l’élève a montré de ses démarches",
    "Ce qu’il peut encore découvrir",
    "Conseils concrets\u00a0: journée portes ouvertes, mini-stage, rencontre",
    "Prochaine étape",
)
