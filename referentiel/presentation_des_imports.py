"""Comment une comparaison et un rapport d'import se montrent (écran S6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from referentiel.models import Importation
from referentiel.rules import annuaire, catalogue_importe
from referentiel.rules.comparaison import Groupe, Plan
from referentiel.rules.jeu import LIBELLES_MODALITES

LIGNES_MONTREES = 60
# Un fichier partiel ne retire rien sans qu'on le dise.
COCHES_D_OFFICE = {Groupe.AJOUTS.value, Groupe.MODIFICATIONS.value}
GENRES = {
    "domaine": "Domaine",
    "formation": "Formation",
    "accueil": "Accueil",
    "offre": "Offre",
    "etablissement": "Établissement",
    "alias": "Autre code UAI",
}
CHAMPS = {
    **annuaire.LIBELLES,
    **{champ: noms[0] for champ, noms in catalogue_importe.COLONNES.items() if champ != "etablissement"},
    "type": "Type",
}
MOTS: dict[str, dict[str, str]] = {
    "modalite": {modalite.value: libelle for modalite, libelle in LIBELLES_MODALITES.items()},
    "type": catalogue_importe.LIBELLES_DES_TYPES,
}
SANS_DIFFERENCE = {
    Importation.Nature.ETABLISSEMENTS: "Aucune différence avec les établissements actuels.",
    Importation.Nature.CATALOGUE: "Aucune différence avec le catalogue actuel.",
}


@dataclass(frozen=True, slots=True)
class Tranche:
    """Les premières lignes d'un tableau, et combien il en a en tout."""

    lignes: Sequence[Any]
    total: int

    @property
    def reste(self) -> int:
        return self.total - len(self.lignes)


def chiffres_du_plan(plan: Plan) -> list[dict[str, Any]]:
    """« 12 ajoutées, 8 modifiées, 3 retirées, 409 inchangées, 2 erreurs »."""
    return [
        {"nombre": len(plan.ajouts), "libelle": _accorder(len(plan.ajouts), "ajout")},
        {"nombre": len(plan.modifications), "libelle": _accorder(len(plan.modifications), "modification")},
        {"nombre": len(plan.retraits), "libelle": _accorder(len(plan.retraits), "retrait")},
        {"nombre": plan.inchanges, "libelle": "inchangé" if plan.inchanges < 2 else "inchangés"},
        {"nombre": len(plan.fautes), "libelle": _accorder(len(plan.fautes), "erreur")},
    ]


def montrer_le_plan(plan: Plan, *, tout: bool) -> dict[str, Any]:
    """Les tableaux d'une comparaison, coupés à soixante lignes à moins de demander `tout`."""
    modifications = [
        (GENRES[c.fiche.genre], c.fiche.libelle, [_ecart(e.champ, e.avant, e.apres) for e in c.ecarts])
        for c in plan.modifications
    ]
    return {
        "erreurs": _tranche(plan.fautes, tout),
        "ajouts": _tranche([(GENRES[f.genre], f.libelle, f.ligne) for f in plan.ajouts], tout),
        "modifications": _tranche(modifications, tout),
        "retraits": _tranche([(GENRES[f.genre], f.libelle) for f in plan.retraits], tout),
        "gardes": _tranche([(GENRES[f.genre], f.libelle, f.attache) for f in plan.gardes], tout),
        "remarques": _tranche(plan.remarques, tout),
    }


def montrer_le_rapport(rapport: dict[str, Any], *, tout: bool) -> dict[str, Any]:
    """Les mêmes tableaux, pour un import appliqué."""
    modifications = [
        (GENRES[genre], libelle, [_ecart(*ecart) for ecart in ecarts])
        for genre, libelle, ecarts in rapport.get("modifications", [])
    ]
    return {
        "ajouts": _tranche([(GENRES[genre], libelle, None) for genre, libelle in rapport.get("ajouts", [])], tout),
        "modifications": _tranche(modifications, tout),
        "retraits": _tranche([(GENRES[genre], libelle) for genre, libelle in rapport.get("retraits", [])], tout),
        "gardes": _tranche([(GENRES[g], libelle, raison) for g, libelle, raison in rapport.get("gardes", [])], tout),
        "remarques": _tranche(rapport.get("remarques", []), tout),
    }


def groupes_du_plan(plan: Plan, choisis: Iterable[str] | None) -> list[dict[str, Any]]:
    """Une case par groupe qui a des changements ; toutes cochées tant que rien n'est choisi."""
    retenus = COCHES_D_OFFICE if choisis is None else set(choisis)
    return [
        {"valeur": groupe.value, "nombre": len(getattr(plan, groupe.value)), "coche": groupe.value in retenus}
        for groupe in Groupe
        if getattr(plan, groupe.value)
    ]


def phrase_du_succes(rapport: dict[str, Any]) -> str:
    nombre = rapport["ajoutes"] + rapport["modifies"] + rapport["retires"]
    return "1 changement appliqué." if nombre == 1 else f"{nombre} changements appliqués."


def _tranche(lignes: Sequence[Any], tout: bool) -> Tranche:
    return Tranche(lignes if tout else lignes[:LIGNES_MONTREES], len(lignes))


def _ecart(champ: str, avant: Any, apres: Any) -> tuple[str, str, str]:
    return CHAMPS.get(champ, champ), _dire(champ, avant), _dire(champ, apres)


def _dire(champ: str, valeur: Any) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    texte = "" if valeur is None else str(valeur)
    return MOTS.get(champ, {}).get(texte, texte)


def _accorder(nombre: int, mot: str) -> str:
    return mot if nombre < 2 else f"{mot}s"
