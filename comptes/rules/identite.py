"""Ce qu'un guichet de l'académie dit d'une personne, une fois lu et vérifié (R38)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date


class IdentiteRefusee(Exception):
    """Ce que dit le guichet ne se lit pas sans doute ; `str(refus)` en donne la raison, sans rien de personnel."""


class PreuveManquante(IdentiteRefusee):
    """On a redemandé au guichet qui est la personne, et il ne l'a pas prouvé de nouveau (T7)."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """Une délégation donnée dans DELEG-CE : pour quelle application, quels jours (inclus), quels établissements."""

    application: str
    debut: date
    fin: date
    etablissements: tuple[str, ...]

    def vaut(self, *, application: str, jour: date) -> bool:
        """Vrai si elle nomme cette application et court ce jour-là ; sans application attendue, aucune ne vaut."""
        nommee = bool(application) and self.application.casefold() == application.casefold()
        return nommee and self.debut <= jour <= self.fin


@dataclass(frozen=True, slots=True)
class Identite:
    """Une personne, telle que la nomme un guichet.

    `emetteur` et `sujet` la désignent pour toujours ; `affectations` et `responsabilites` sont des UAI, `direction`
    dit qu'elle est personnel de direction. Un guichet sans attributs de l'éducation laisse vide ce qui suit `nom`.
    """

    emetteur: str
    sujet: str
    courriel: str
    prenom: str
    nom: str
    affectations: tuple[str, ...] = ()
    responsabilites: tuple[str, ...] = ()
    direction: bool = False
    delegations: tuple[Delegation, ...] = ()
    groupes: tuple[str, ...] = ()

    def chef_de(self) -> tuple[str, ...]:
        """UAI des établissements que cette personne dirige, chef ou adjoint."""
        return self.responsabilites if self.direction else ()

    def deleguee_dans(self, *, application: str, jour: date) -> tuple[str, ...]:
        """UAI des établissements dont un chef lui délègue cette application ce jour-là, chacun une fois."""
        valables = (d for d in self.delegations if d.vaut(application=application, jour=jour))
        return tuple(dict.fromkeys(uai for d in valables for uai in d.etablissements))

    def uai_nommes(self) -> tuple[str, ...]:
        """Tous les UAI que dit le guichet, ceux dont elle répond d'abord."""
        delegues = (uai for delegation in self.delegations for uai in delegation.etablissements)
        return tuple(dict.fromkeys((*self.responsabilites, *delegues, *self.affectations)))


def porte_un_second_facteur(acr: object, amr: object, admis: Collection[str]) -> bool:
    """Vrai si le guichet dit, par `acr` ou `amr`, un niveau que le réglage admet comme second facteur (R38)."""
    methodes = amr if isinstance(amr, list) else [amr]
    return any(isinstance(dit, str) and dit in admis for dit in (acr, *methodes))
