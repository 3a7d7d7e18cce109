"""Le catalogue en lignes, telles que l'import les relit (R9)."""

from collections.abc import Mapping, Sequence
from typing import Any

from referentiel.models import Campagne
from referentiel.rules.catalogue_importe import AILLEURS, COLONNES, LIBELLES_DES_TYPES
from referentiel.rules.comparaison import Cle, Fiche
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite
from referentiel.services.import_catalogue.fiches import Objets, etat_du_catalogue


def lignes_du_catalogue(campagne: Campagne) -> tuple[list[str], list[list[Any]]]:
    """En-têtes et lignes de la feuille « Offres » : ce qu'elle dit se réimporte sans rien changer."""
    actuelles, objets = etat_du_catalogue(campagne, avec_offres=True)
    fiches = {fiche.cle: fiche for fiche in actuelles}
    lignes = [_ligne(fiche, fiches, objets) for fiche in _une_par_ligne(actuelles)]
    return [noms[0] for noms in COLONNES.values()], [[ligne.get(champ, "") for champ in COLONNES] for ligne in lignes]


def _une_par_ligne(fiches: Sequence[Fiche]) -> list[Fiche]:
    """Les offres, et ce qu'aucune ne dit : formations et accueils sans offre, domaines sans modalité."""
    offres = [fiche for fiche in fiches if fiche.genre == "offre"]
    proposees = {fiche.cle[1:4] for fiche in offres}
    recus = {(fiche.cle[1], fiche.cle[-1]) for fiche in offres}
    formations = [fiche for fiche in fiches if fiche.genre == "formation" and fiche.cle[1:] not in proposees]
    accueils = [fiche for fiche in fiches if fiche.genre == "accueil" and fiche.cle[1:] not in recus]
    dits = {fiche.cle[1] for fiche in formations}
    domaines = [fiche for fiche in fiches if fiche.genre == "domaine" and fiche.cle[1] not in dits]
    rangs = {"offre": 0, "formation": 1, "accueil": 2, "domaine": 3}
    return sorted(
        [*offres, *formations, *accueils, *domaines],
        key=lambda fiche: (fiche.cle[1], rangs[fiche.genre], fiche.cle[2:4]),
    )


def _ligne(fiche: Fiche, fiches: Mapping[Cle, Fiche], objets: Objets) -> dict[str, Any]:
    domaine = fiches["domaine", fiche.cle[1]]
    ligne: dict[str, Any] = {"domaine": domaine.libelle}
    if fiche.genre in ("offre", "formation"):
        formation = fiches["formation", *fiche.cle[1:4]]
        ligne |= {
            "type": LIBELLES_DES_TYPES[fiche.cle[2]],
            "libelle": getattr(objets[formation.cle], "libelle", ""),
            **formation.champs,
        }
    if fiche.genre in ("formation", "domaine"):
        return ligne | {"modalite": _modalite(domaine.champs["modalite"])}
    return ligne | _chez(fiche, fiches, objets)


def _chez(fiche: Fiche, fiches: Mapping[Cle, Fiche], objets: Objets) -> dict[str, Any]:
    """Ce que dit une ligne de l'établissement : son accueil, s'il y en a un, et son offre."""
    etablissement = getattr(objets[fiche.cle], "etablissement")  # noqa: B009 - l'objet est une offre ou un accueil
    accueil = fiches.get(("accueil", fiche.cle[1], fiche.cle[-1]))
    ligne = {"uai": etablissement.uai, "etablissement": etablissement.nom_et_commune}
    if fiche.genre == "offre":
        ligne |= {
            "hors_passpro": "oui" if fiche.champs["hors_passpro"] else "non",
            "presentation": fiche.champs["presentation"],
        }
    if accueil:
        return ligne | {**accueil.champs, "modalite": _modalite(accueil.champs["modalite"])}
    return ligne | {"modalite": "" if fiche.champs["hors_passpro"] else AILLEURS}


def _modalite(valeur: str) -> str:
    return LIBELLES_MODALITES[Modalite(valeur)]
