"""Déposer, comparer, appliquer ou abandonner un import du référentiel (R9, R41, écran S6).

Le fichier n'est pas gardé ; ses lignes s'effacent dès que l'import est fini, au plus tard après deux jours.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Academie, Campagne, Importation
from referentiel.rules import annuaire, catalogue_importe
from referentiel.rules.colonnes import reconnaissance
from referentiel.rules.comparaison import Fiche, Groupe, Plan
from referentiel.rules.dates import PARIS, dire_jour
from referentiel.rules.refus import Refus
from referentiel.services.import_catalogue import (
    comparer_le_catalogue,
    ecrire_le_catalogue,
    exiger_un_catalogue_modifiable,
    lignes_du_catalogue,
)
from referentiel.services.import_etablissements import comparer_les_etablissements, ecrire_les_etablissements
from referentiel.tableurs.lecture import Tableau

GARDE = timedelta(days=2)
Nature = Importation.Nature
Etat = Importation.Etat
EN_ATTENTE = (Etat.COLONNES, Etat.VERIFICATION)


@dataclass(frozen=True, slots=True)
class Sorte:
    """Comment se lit, se compare et s'écrit une nature d'import."""

    colonnes: Mapping[str, tuple[str, ...]]
    indispensables: tuple[str, ...]
    comparer: Callable[[Importation], Plan]
    ecrire: Callable[[Importation, Plan, Personne, datetime], None]


SORTES = {
    Nature.ETABLISSEMENTS: Sorte(
        annuaire.COLONNES, annuaire.INDISPENSABLES, comparer_les_etablissements, ecrire_les_etablissements
    ),
    Nature.CATALOGUE: Sorte(
        catalogue_importe.COLONNES, catalogue_importe.INDISPENSABLES, comparer_le_catalogue, ecrire_le_catalogue
    ),
}


@transaction.atomic
def deposer(
    *,
    nature: str,
    academie: Academie,
    campagne: Campagne | None,
    tableau: Tableau,
    nom_du_fichier: str,
    par: Personne,
    le: datetime,
) -> Importation:
    """Garde les colonnes utiles de `tableau` pour les comparer. Rien d'autre n'est écrit.

    Lève `Refus` si une colonne indispensable manque ou figure deux fois, si la campagne est close.
    """
    sorte = SORTES[Nature(nature)]
    rangs = _rangs_des_colonnes(tableau.entetes, sorte)
    utiles = tableau.colonnes(rangs.values())
    importation = Importation(
        nature=nature,
        etat=Etat.VERIFICATION,
        academie=academie,
        campagne=campagne,
        par=par,
        nom_du_fichier=nom_du_fichier[-120:],
        entetes=list(utiles.entetes),
        correspondance={champ: utiles.entetes[rang] for rang, champ in enumerate(rangs)},
        lignes=[
            {"ligne": ligne.numero} | {c: _en_texte(v) for c, v in zip(rangs, ligne.cellules, strict=True)}
            for ligne in utiles.lignes
        ],
        cree_le=le,
        expire_le=le + GARDE,
    )
    if importation.nature == Nature.CATALOGUE:
        exiger_un_catalogue_modifiable(importation)
    importation.save()
    return importation


def comparer_l_importation(importation: Importation) -> Plan:
    """Ce que l'import changerait maintenant. Lève `Refus` s'il ne peut plus se comparer."""
    return SORTES[Nature(importation.nature)].comparer(importation)


@transaction.atomic
def appliquer(
    *, importation: Importation, groupes: Iterable[str], empreinte: str, par: Personne, le: datetime
) -> Importation:
    """Applique d'un bloc les `groupes` choisis, après avoir sauvegardé le catalogue ; rend l'import et son rapport.

    Lève `Refus` s'il reste une erreur, si rien n'est choisi, si l'effet n'est plus celui qui a été montré
    (`empreinte`), ou si l'import est déjà fini. Alors rien n'est écrit.
    """
    importation = _verrouiller(importation)
    plan = comparer_l_importation(importation)
    if plan.fautes:
        raise Refus(
            "Rien n’est appliqué tant qu’il reste des erreurs. Corrigez le fichier, puis importez-le de nouveau."
        )
    if plan.empreinte != empreinte:
        raise Refus("Les données ont changé depuis cette comparaison. Relisez-la avant de l’appliquer.")
    retenu = plan.reduit_a(groupes)
    if not retenu.nombre:
        raise Refus("Choisissez au moins un groupe de changements à appliquer.")
    sauvegarde = _sauvegarde(importation, le)
    SORTES[Nature(importation.nature)].ecrire(importation, retenu, par, le)
    importation.rapport = _rapport(plan, retenu) | sauvegarde
    importation.applique_le = le
    _finir(importation, Etat.APPLIQUEE)
    consigner(
        objet=importation.campagne if importation.campagne else importation.academie,
        fait="import",
        phrase=f"{importation.get_nature_display()} importés\u00a0: {retenu.nombre} changements."
        if importation.nature == Nature.ETABLISSEMENTS
        else f"Catalogue importé\u00a0: {retenu.nombre} changements.",
        par=par,
        le=le,
        apres={"import": importation.code, **{c: importation.rapport[c] for c in ("ajoutes", "modifies", "retires")}},
    )
    return importation


@transaction.atomic
def abandonner(*, importation: Importation) -> None:
    """Efface les lignes d'un import qui ne s'appliquera pas. Lève `Refus` s'il est déjà fini."""
    _finir(_verrouiller(importation), Etat.ABANDONNEE)


@transaction.atomic
def purger_les_importations_perimees(*, le: datetime) -> int:
    """Abandonne les imports en attente dont le délai est passé, de toute nature ; rend leur nombre (R13)."""
    return Importation.objects.filter(etat__in=EN_ATTENTE, expire_le__lte=le).update(etat=Etat.ABANDONNEE, lignes=[])


def _rangs_des_colonnes(entetes: tuple[str, ...], sorte: Sorte) -> dict[str, int]:
    lue = reconnaissance(entetes, sorte.colonnes)
    manquantes = [sorte.colonnes[champ][0] for champ in sorte.indispensables if champ in lue.absents]
    if manquantes:
        attendues = ", ".join(noms[0] for noms in sorte.colonnes.values())
        raise Refus(
            f"Il manque {_dire_les_colonnes(manquantes)}. Colonnes reconnues\u00a0: {attendues}. "
            "Vérifiez la première ligne du tableau."
        )
    if lue.en_double:
        double = entetes[lue.rangs[lue.en_double[0]]]
        raise Refus(f"La colonne «\u00a0{double}\u00a0» figure deux fois. Gardez-en une.")
    return dict(lue.rangs)


def _dire_les_colonnes(noms: list[str]) -> str:
    cites = ", ".join(f"«\u00a0{nom}\u00a0»" for nom in noms)
    return f"la colonne {cites}" if len(noms) == 1 else f"les colonnes {cites}"


def _en_texte(valeur: Any) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    return str(valeur)


def _verrouiller(importation: Importation) -> Importation:
    """L'import, verrouillé avec sa campagne ou son académie : deux imports ne s'entremêlent pas.

    Les clés étrangères n'y sont pas gênées : une inscription n'attend pas la fin d'un import.
    """
    ligne = (
        Importation.objects.select_for_update(of=("self",))
        .select_related("academie", "campagne")
        .get(pk=importation.pk)
    )
    if ligne.etat not in EN_ATTENTE:
        raise Refus(f"Cet import est déjà {ligne.get_etat_display().lower()}.")
    if ligne.campagne_id:
        Campagne.objects.select_for_update(of=("self",), no_key=True).get(pk=ligne.campagne_id)
    else:
        Academie.objects.select_for_update(of=("self",), no_key=True).get(pk=ligne.academie_id)
    return ligne


def _finir(importation: Importation, etat: str) -> None:
    importation.etat, importation.lignes = etat, []
    importation.save(update_fields=["etat", "lignes", "rapport", "applique_le"])


def _sauvegarde(importation: Importation, le: datetime) -> dict[str, Any]:
    """Le catalogue tel qu'il était, à réimporter pour revenir en arrière."""
    if importation.campagne is None:
        return {}
    entetes, lignes = lignes_du_catalogue(importation.campagne)
    return {
        "sauvegarde": {
            "titre": f"Export du {dire_jour(le.astimezone(PARIS).date())} avant import",
            "entetes": entetes,
            "lignes": lignes,
        }
    }


def _rapport(plan: Plan, retenu: Plan) -> dict[str, Any]:
    return {
        "ajoutes": len(retenu.ajouts),
        "modifies": len(retenu.modifications),
        "retires": len(retenu.retraits),
        "inchanges": plan.inchanges,
        "non_appliques": plan.nombre - retenu.nombre,
        "ajouts": [_nommer(fiche) for fiche in retenu.ajouts],
        "modifications": [
            [*_nommer(c.fiche), [[e.champ, e.avant, e.apres] for e in c.ecarts]] for c in retenu.modifications
        ],
        "retraits": [_nommer(fiche) for fiche in retenu.retraits],
        "gardes": [[*_nommer(fiche), fiche.attache] for fiche in plan.gardes],
        "remarques": list(plan.remarques),
        "groupes": [groupe.value for groupe in Groupe if getattr(retenu, groupe.value)],
    }


def _nommer(fiche: Fiche) -> list[str]:
    return [fiche.genre, fiche.libelle]
