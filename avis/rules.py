"""Croisement des deux avis, états d'un compte-rendu, retour d'une séance collective (R27 à R31)."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from referentiel.rules.jeu import Avis, Case, Modalite


class EtatCompteRendu(StrEnum):
    BROUILLON = "brouillon"
    A_RELIRE = "a_relire"
    TRANSMIS = "transmis"


LIBELLES: dict[EtatCompteRendu, str] = {
    EtatCompteRendu.BROUILLON: "Brouillon",
    EtatCompteRendu.A_RELIRE: "À relire",
    EtatCompteRendu.TRANSMIS: "Transmis",
}

SUITES: dict[EtatCompteRendu, frozenset[EtatCompteRendu]] = {
    EtatCompteRendu.BROUILLON: frozenset(
        {EtatCompteRendu.BROUILLON, EtatCompteRendu.A_RELIRE, EtatCompteRendu.TRANSMIS}
    ),
    EtatCompteRendu.A_RELIRE: frozenset({EtatCompteRendu.BROUILLON, EtatCompteRendu.TRANSMIS}),
    EtatCompteRendu.TRANSMIS: frozenset({EtatCompteRendu.TRANSMIS}),
}


def peut_passer(de: EtatCompteRendu, vers: EtatCompteRendu) -> bool:
    return vers in SUITES[de]


def croiser(matrice: Mapping[tuple[Avis, Avis], Case], origine: Avis | None, accueil: Avis | None) -> Case:
    """Case de la matrice où se rencontrent les deux avis ; un avis manquant compte pour « absent » (R6, R31).

    Lève `KeyError` si la matrice n'est pas totale, ce que la base interdit.
    """
    return matrice[(origine or Avis.ABSENT, accueil or Avis.ABSENT)]


def donne_un_retour(modalite: Modalite) -> bool:
    """Une séance collective ne donne ni compte-rendu ni avis d'accueil (R29)."""
    return modalite is not Modalite.COLLECTIF


def pourquoi_pas_transmettre(texte: str, avis_donnes: Mapping[str, Avis | None], permis: Collection[Avis]) -> list[str]:
    """Ce qui empêche de transmettre un compte-rendu, une phrase par défaut (R27).

    `avis_donnes` donne, par intitulé de formation, l'avis saisi ou `None`.
    """
    defauts = [] if texte.strip() else ["Rédigez le compte-rendu avant de le transmettre."]
    for formation, avis in avis_donnes.items():
        if avis not in permis:
            suite = ", ou « Ne se prononce pas »" if Avis.NE_SE_PRONONCE_PAS in permis else ""
            defauts.append(f"Choisissez un avis pour {formation}{suite}.")
    return defauts
