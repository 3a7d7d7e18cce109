"""Les annonces du SAIO, telles qu'une page les montre : lues avec la campagne, sans requête de plus (S11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from referentiel.models import Annonce, Campagne
from referentiel.rules.texte import Morceau, en_paragraphes


@dataclass(frozen=True, slots=True)
class AnnonceMontree:
    """Une annonce en ligne, prête à rendre ; `gravite` est celle du bandeau."""

    titre: str
    paragraphes: list[list[list[Morceau]]]
    importante: bool
    gravite: str = "information"


def annonces_pour(campagne: Campagne, public: str, departement: str = "") -> list[AnnonceMontree]:
    """Annonces en ligne de `campagne` pour `public`, la plus récente d'abord.

    La campagne est lue par `avec_annonces(le)` ; une campagne lue autrement n'annonce rien.
    """
    lues: Iterable[dict[str, Any]] = getattr(campagne, "annonces_en_ligne", ())
    return [
        montrer(lue["titre"], lue["texte"], importante=lue["importante"])
        for lue in lues
        if _s_adresse_a(lue, public, departement)
    ]


def montrer(titre: str, texte: str, *, importante: bool) -> AnnonceMontree:
    return AnnonceMontree(titre, en_paragraphes(texte), importante)


def l_importante(annonces: Iterable[AnnonceMontree]) -> AnnonceMontree | None:
    """Celle du bandeau, sous la navigation : une seule."""
    return next((annonce for annonce in annonces if annonce.importante), None)


def les_autres(annonces: Iterable[AnnonceMontree]) -> list[AnnonceMontree]:
    """Celles qui se lisent en bas d'« À faire »."""
    return [annonce for annonce in annonces if not annonce.importante]


def _s_adresse_a(lue: dict[str, Any], public: str, departement: str) -> bool:
    """Vrai si elle nomme ce public et ce département, ou n'en nomme aucun."""
    return (not lue["publics"] or public in lue["publics"]) and (
        not lue["departements"] or departement in lue["departements"]
    )


PAGES_PUBLIQUES = Annonce.Public.PAGES_PUBLIQUES.value
