"""Charger les académies et leurs établissements (R9, R10)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner
from referentiel import prereglages
from referentiel.models import Academie, AliasUai, Etablissement
from referentiel.rules.identifiants import mettre_au_propre, pourquoi_pas_un_uai
from referentiel.rules.refus import Refus
from referentiel.services.contraintes import contraintes_dites

CHAMPS_D_ETABLISSEMENT = {
    "nom",
    "type",
    "secteur",
    "contrat",
    "adresse",
    "code_postal",
    "commune",
    "departement",
    "latitude",
    "longitude",
    "telephone",
    "messagerie",
    "chef",
}


@dataclass(frozen=True, slots=True)
class Chargement:
    """Ce qu'un chargement a fait : nombres d'établissements créés, modifiés, laissés tels quels."""

    crees: int = 0
    modifies: int = 0
    inchanges: int = 0


@transaction.atomic
def charger_les_academies() -> dict[str, Academie]:
    """Crée ou met à jour Créteil, Paris et Versailles ; les rend par code."""
    return {
        ligne["code"]: Academie.objects.update_or_create(
            code=ligne["code"], defaults={"nom": ligne["nom"], "departements": ligne["departements"]}
        )[0]
        for ligne in prereglages.academies()
    }


@transaction.atomic
def charger_etablissements(
    *, academie: Academie, lignes: Iterable[Mapping[str, Any]], par: Personne | None, le: datetime
) -> Chargement:
    """Crée ou met à jour les établissements de `lignes` dans `academie`, tous ou aucun (R9, R10).

    Une ligne porte `uai`, `nom`, `type`, `commune`, `departement` et, si on les a, les autres champs de
    l'établissement et `sep`, le second UAI de sa section d'enseignement professionnel. Charger deux fois les
    mêmes lignes ne change rien la seconde. Lève `Refus` avec chaque ligne fautive.
    """
    propres = [dict(ligne) | {"uai": mettre_au_propre(str(ligne.get("uai", "")))} for ligne in lignes]
    if fautes := _fautes_des_lignes(academie, propres):
        raise Refus(" ".join(fautes))
    connus = Etablissement.objects.select_for_update(of=("self",)).in_bulk(
        [ligne["uai"] for ligne in propres], field_name="uai"
    )
    faits = Counter(_charger(academie, ligne, connus.get(ligne["uai"]), par, le) for ligne in propres)
    return Chargement(faits["crees"], faits["modifies"], faits["inchanges"])


def _fautes_des_lignes(academie: Academie, lignes: list[dict[str, Any]]) -> list[str]:
    ailleurs = set(
        Etablissement.objects.filter(uai__in=[ligne["uai"] for ligne in lignes])
        .exclude(academie=academie)
        .values_list("uai", flat=True)
    )
    vus: Counter[str] = Counter(ligne["uai"] for ligne in lignes)
    fautes = []
    for numero, ligne in enumerate(lignes, start=1):
        raisons = [
            *filter(None, (pourquoi_pas_un_uai(uai) for uai in (ligne["uai"], ligne.get("sep")) if uai is not None)),
            *(f"« {champ} » manque." for champ in ("nom", "type", "commune", "departement") if not ligne.get(champ)),
            *(["Cet établissement figure deux fois."] if vus[ligne["uai"]] > 1 else []),
            *(["Cet établissement est dans une autre académie."] if ligne["uai"] in ailleurs else []),
        ]
        fautes += [f"Ligne {numero} ({ligne['uai']}) : {raison}" for raison in raisons]
    return fautes


def _charger(
    academie: Academie,
    ligne: dict[str, Any],
    connu: Etablissement | None,
    par: Personne | None,
    le: datetime,
) -> str:
    etablissement = connu or Etablissement(uai=ligne["uai"], academie=academie)
    avant = {champ: getattr(etablissement, champ) for champ in CHAMPS_D_ETABLISSEMENT & ligne.keys()}
    apres = {champ: valeur for champ, valeur in ligne.items() if champ in avant and valeur != avant[champ]}
    for champ, valeur in apres.items():
        setattr(etablissement, champ, valeur)
    if apres or not connu:
        with contraintes_dites():
            etablissement.save()
        fait, phrase = ("modification", "Établissement mis à jour.") if connu else ("creation", "Établissement créé.")
        avant_dit = {champ: avant[champ] for champ in apres} if connu else {}
        consigner(objet=etablissement, fait=fait, phrase=phrase, par=par, le=le, avant=avant_dit, apres=apres)
    if ligne.get("sep"):
        _relier_la_sep(etablissement, ligne["sep"])
    if not connu:
        return "crees"
    return "modifies" if apres else "inchanges"


def _relier_la_sep(etablissement: Etablissement, uai: str) -> None:
    alias, _ = AliasUai.objects.get_or_create(
        uai=mettre_au_propre(uai),
        defaults={"etablissement": etablissement, "libelle": "Section d’enseignement professionnel"},
    )
    if alias.etablissement_id != etablissement.pk:
        raise Refus(f"L’UAI {alias.uai} est déjà l’alias d’un autre établissement.")
