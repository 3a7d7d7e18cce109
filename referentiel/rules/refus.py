"""Les refus du métier : des exceptions dont le texte est fait pour être lu par la personne."""

from referentiel.rules.calendrier import Nature
from referentiel.rules.ouverture import Reponse


class Refus(Exception):
    """Ce qui est demandé n'est pas possible ; `str(refus)` dit pourquoi et quoi faire."""


class PeriodeClose(Refus):
    """L'étape n'est pas ouverte à cet instant (R4)."""

    def __init__(self, nature: Nature, phrase: str, reponse: Reponse | None = None) -> None:
        super().__init__(phrase)
        self.nature = nature
        self.reponse = reponse or Reponse(nature, ouverte=False, raison=phrase)


class Conflit(Refus):
    """Quelqu'un d'autre a écrit entre-temps (R42). `actuel` est ce qui est en base, champ par champ."""

    def __init__(self, phrase: str, actuel: dict[str, str]) -> None:
        super().__init__(phrase)
        self.actuel = actuel
