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
from referentiel.rules.annuaire import OBLIGATOIRES
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

    Une ligne porte `uai` et ce que l'on sait de l'établissement ; `nom`, `type`, `commune` et `departement` s'il est
    nouveau. `sep` est le second UAI de sa section d'enseignement professionnel, ou la liste de ses autres UAI.
    Charger deux fois les mêmes lignes ne change rien la seconde. Lève `Refus` avec chaque ligne fautive.
    """
    propres = [
        dict(ligne) | {"uai": mettre_au_propre(str(ligne.get("uai", ""))), "sep": _seps(ligne)} for ligne in lignes
    ]
    uais = [ligne["uai"] for ligne in propres]
    connus = Etablissement.objects.select_for_update(of=("self",), no_key=True).in_bulk(uais, field_name="uai")
    if fautes := _fautes_des_lignes(academie, propres, connus):
        raise Refus(" ".join(fautes))
    alias = AliasUai.objects.in_bulk([uai for ligne in propres for uai in ligne["sep"]], field_name="uai")
    faits: Counter[str] = Counter()
    for ligne in propres:
        etablissement, fait = _charger(academie, ligne, connus.get(ligne["uai"]), par, le)
        faits[fait] += 1
        for uai in ligne["sep"]:
            _relier_la_sep(etablissement, uai, alias.get(uai), par, le)
    return Chargement(faits["crees"], faits["modifies"], faits["inchanges"])


def _seps(ligne: Mapping[str, Any]) -> list[str]:
    dites = ligne.get("sep") or []
    return [mettre_au_propre(uai) for uai in ([dites] if isinstance(dites, str) else dites)]


def _fautes_des_lignes(
    academie: Academie, lignes: list[dict[str, Any]], connus: Mapping[str, Etablissement]
) -> list[str]:
    ailleurs = {uai for uai, etablissement in connus.items() if etablissement.academie_id != academie.pk}
    vus: Counter[str] = Counter(ligne["uai"] for ligne in lignes)
    fautes = []
    for numero, ligne in enumerate(lignes, start=1):
        raisons = [
            *filter(None, (pourquoi_pas_un_uai(uai) for uai in (ligne["uai"], *ligne["sep"]))),
            *(f"«\u00a0{champ}\u00a0» manque." for champ in OBLIGATOIRES if _manque(champ, ligne, connus)),
            *(["Cet établissement figure deux fois."] if vus[ligne["uai"]] > 1 else []),
            *(["Cet établissement est dans une autre académie."] if ligne["uai"] in ailleurs else []),
        ]
        fautes += [f"Ligne {numero} ({ligne['uai']})\u00a0: {raison}" for raison in raisons]
    return fautes


def _manque(champ: str, ligne: Mapping[str, Any], connus: Mapping[str, Etablissement]) -> bool:
    """Un champ obligatoire ne s'efface pas ; un établissement connu peut ne pas le redire."""
    return not ligne.get(champ) and (champ in ligne or ligne["uai"] not in connus)


def _charger(
    academie: Academie,
    ligne: dict[str, Any],
    connu: Etablissement | None,
    par: Personne | None,
    le: datetime,
) -> tuple[Etablissement, str]:
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
    if not connu:
        return etablissement, "crees"
    return etablissement, "modifies" if apres else "inchanges"


def _relier_la_sep(
    etablissement: Etablissement, uai: str, connu: AliasUai | None, par: Personne | None, le: datetime
) -> None:
    if connu is None:
        AliasUai.objects.create(uai=uai, etablissement=etablissement, libelle="Section d’enseignement professionnel")
        consigner(
            objet=etablissement,
            fait="modification",
            phrase=f"Autre code UAI ajouté\u00a0: {uai}.",
            par=par,
            le=le,
            apres={"alias": uai},
        )
    elif connu.etablissement_id != etablissement.pk:
        raise Refus(f"L’UAI {uai} est déjà l’alias d’un autre établissement.")
