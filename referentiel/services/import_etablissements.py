"""Importer les établissements d'une académie : annuaire, liste de l'académie, UAI des SEP (R9, R10)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from comptes.models import Personne
from referentiel.models import AliasUai, Etablissement, Importation
from referentiel.rules.annuaire import (
    LIBELLES,
    OBLIGATOIRES,
    LectureDeLAnnuaire,
    pareil,
)
from referentiel.rules.comparaison import Faute, Fiche, Plan, comparer
from referentiel.services.etablissements import charger_etablissements

TEXTES = [champ for champ in LIBELLES if champ not in ("latitude", "longitude", "etablissement")]
CHAMPS = [champ for champ in LIBELLES if champ != "etablissement"]


def comparer_les_etablissements(importation: Importation) -> Plan:
    """Ce que le fichier créerait et changerait dans l'académie. Un établissement absent du fichier reste (R9)."""
    academie = importation.academie
    connus = list(academie.etablissements.order_by("uai"))
    alias = list(AliasUai.objects.select_related("etablissement"))
    lecture = LectureDeLAnnuaire(
        frozenset(academie.departements),
        {autre.uai: str(autre.etablissement) for autre in alias},
        set(importation.correspondance),
    ).lire(importation.lignes)
    plan = comparer(_fiches(connus, alias), lecture.fiches.values(), pareil=pareil)
    fautes = [*lecture.fautes, *_fautes(plan, lecture.fiches.values())]
    return replace(
        plan,
        fautes=tuple(sorted(fautes, key=lambda faute: faute.ligne)),
        remarques=tuple(lecture.remarques),
    )


def ecrire_les_etablissements(importation: Importation, plan: Plan, par: Personne, le: datetime) -> None:
    """Applique `plan` par `charger_etablissements`, seul endroit qui écrive des établissements."""
    lignes: dict[str, dict[str, Any]] = {}
    for fiche in plan.ajouts:
        if fiche.genre == "etablissement":
            lignes.setdefault(fiche.cle[1], {}).update(fiche.champs)
    for changement in plan.modifications:
        lignes.setdefault(changement.fiche.cle[1], {}).update({e.champ: e.apres for e in changement.ecarts})
    for fiche in plan.ajouts:
        if fiche.genre == "alias":
            lignes.setdefault(fiche.champs["etablissement"], {}).setdefault("sep", []).append(fiche.cle[1])
    charger_etablissements(
        academie=importation.academie, lignes=[{"uai": uai, **champs} for uai, champs in lignes.items()], par=par, le=le
    )


def _fiches(connus: Iterable[Etablissement], alias: Iterable[AliasUai]) -> list[Fiche]:
    return [
        *(
            Fiche(("etablissement", lieu.uai), str(lieu), {champ: getattr(lieu, champ) for champ in CHAMPS})
            for lieu in connus
        ),
        *(
            Fiche(
                ("alias", autre.uai),
                f"SEP {autre.uai} de {autre.etablissement}",
                {"etablissement": autre.etablissement.uai},
            )
            for autre in alias
        ),
    ]


def _fautes(plan: Plan, demandees: Iterable[Fiche]) -> list[Faute]:
    """Ce que la base refuserait, dit ligne par ligne."""
    fiches = list(demandees)
    uais = {fiche.cle[1] for fiche in fiches} | {f.champs["etablissement"] for f in fiches if f.genre == "alias"}
    academies = dict(Etablissement.objects.filter(uai__in=uais).values_list("uai", "academie__nom"))
    a_creer = {fiche.cle[1] for fiche in plan.ajouts if fiche.genre == "etablissement"}
    nouvelles = [_faute_d_un_ajout(fiche, academies, a_creer) for fiche in plan.ajouts]
    deplaces = [
        Faute(c.fiche.ligne or 0, f"{c.fiche.cle[1]} est déjà un autre code de {c.ecarts[0].avant}.")
        for c in plan.modifications
        if c.fiche.genre == "alias"
    ]
    return [*filter(None, nouvelles), *deplaces, *_valeurs_refusees(fiches)]


def _faute_d_un_ajout(fiche: Fiche, academies: Mapping[str, str], a_creer: set[str]) -> Faute | None:
    numero, uai = fiche.ligne or 0, fiche.cle[1]
    if fiche.genre == "alias":
        lycee = fiche.champs["etablissement"]
        if uai in academies or uai in a_creer:
            return Faute(
                numero,
                f"{uai} est déjà le code principal d’un établissement\u00a0: il ne peut pas être celui d’une SEP.",
            )
        if lycee not in academies and lycee not in a_creer:
            return Faute(numero, f"l’établissement {lycee} est inconnu. Importez-le d’abord.")
        return None
    if uai in academies:
        return Faute(numero, f"{uai} est déjà dans l’académie de {academies[uai]}.")
    if not fiche.champs:
        return Faute(numero, f"l’établissement {uai} est inconnu. Importez-le d’abord.")
    manquants = [LIBELLES[champ].lower() for champ in OBLIGATOIRES if not fiche.champs.get(champ)]
    if manquants:
        return Faute(numero, f"{uai} est nouveau, et il manque\u00a0: {', '.join(manquants)}.")
    return None


def _valeurs_refusees(fiches: Iterable[Fiche]) -> list[Faute]:
    colonnes: dict[str, Any] = {champ: Etablissement._meta.get_field(champ) for champ in TEXTES}
    fautes = []
    for fiche in fiches:
        for champ, valeur in fiche.champs.items():
            if champ in colonnes:
                try:
                    colonnes[champ].clean(valeur, None)
                except ValidationError as erreur:
                    phrase = f"{LIBELLES[champ]} «\u00a0{valeur}\u00a0»\u00a0: {' '.join(erreur.messages)}"
                    fautes.append(Faute(fiche.ligne or 0, phrase))
    return fautes
