"""Les douze questions de la lettre de préparation à l'entretien (écran 5.3, R20)."""

QUESTIONS_DE_LA_LETTRE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Information sur la formation",
        (
            "Quelle formation envisagez-vous\u00a0?",
            "Comment avez-vous connu cette formation\u00a0?",
            "Que connaissez-vous de cette formation (contenu, disciplines, débouchés, poursuites d’études "
            "éventuelles…)\u00a0?",
            "Quelles sont les qualités nécessaires pour réussir\u00a0?",
            "Quels sont vos intérêts et vos motivations pour la formation\u00a0?",
        ),
    ),
    (
        "Information sur le métier",
        (
            "À quels métiers peut mener cette formation\u00a0?",
            "En quoi consiste ce métier\u00a0? (précisez les activités)",
            "Où peut-on exercer cette profession\u00a0? (citez différents lieux d’exercice possibles)",
            "Quelles sont les conditions de travail de ce métier\u00a0?",
            "Quelles sont les exigences et qualités requises pour ce métier\u00a0?",
            "D’après vous, quels sont les avantages de ce métier\u00a0?",
            "D’après vous, quels sont les inconvénients de ce métier\u00a0?",
        ),
    ),
)
