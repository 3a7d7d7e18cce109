"""Les refus du métier : des exceptions dont le texte est fait pour être lu par la personne."""

from referentiel.rules.calendrier import Nature


class Refus(Exception):
    """Ce qui est demandé n'est pas possible ; `str(refus)` dit pourquoi et quoi faire."""


class PeriodeClose(Refus):
    """L'étape n'est pas ouverte à cet instant (R4)."""

    def __init__(self, nature: Nature, phrase: str) -> None:
        super().__init__(phrase)
        self.nature = nature


class Conflit(Refus):
    """Quelqu'un d'autre a écrit entre-temps (R42). `actuel` est ce qui est en base, champ par champ."""

    def __init__(self, phrase: str, actuel: dict[str, str]) -> None:
        super().__init__(phrase)
        self.actuel = actuel
