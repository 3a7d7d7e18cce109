"""Appliquer d'un bloc l'import d'un fichier d'élèves, tel qu'il a été montré (R13)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from candidatures.imports.eleves import CHAMPS, EleveLu
from candidatures.imports.plan import Plan
from candidatures.models import Classe, Eleve
from candidatures.services.eleves.ajout import AJOUT
from candidatures.services.eleves.saisie import lisible
from candidatures.services.imports.comparaison import eleves_de, plan_de_l_import
from candidatures.services.imports.ecriture import FAIT_D_IMPORT, ecrire
from candidatures.services.imports.etapes import exiger_l_etape, finir, lieu, verrouiller
from candidatures.services.verrous import tenir_l_etablissement
from comptes.copie import cles_reservees, inserer_en_bloc
from comptes.models import Personne
from comptes.services import consigner_plusieurs
from referentiel.models import Campagne
from referentiel.models.travaux import Importation
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_une_des_periodes

A_CHANGE = (
    "Des élèves ont été ajoutés ou modifiés depuis l’affichage de cette page. "
    "Vérifiez de nouveau ce qui va changer, puis importez."
)


@contraintes_dites()
def appliquer_l_import(
    *,
    importation: Importation,
    campagne: Campagne,
    empreinte: str,
    ignorer_les_erreurs: bool = False,
    confirmes: Collection[int] = (),
    par: Personne,
    le: datetime,
) -> Importation:
    """Applique l'import tel qu'il a été montré, d'un bloc, en un nombre constant de requêtes (R13).

    `empreinte` est celle du plan montré. Un élève connu garde sa personne référente et ses candidatures. Appliqué
    deux fois, il n'a qu'un effet. Lève `PeriodeClose`, ou `Refus` : lignes en erreur que la personne n'a pas choisi
    d'ignorer, élèves changés depuis l'affichage, import expiré.
    """
    ligne = verrouiller(importation)
    if ligne.etat == Importation.Etat.APPLIQUEE:
        return ligne
    exiger_l_etape(ligne, Importation.Etat.VERIFICATION, le)
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=lieu(ligne)[1], le=le)
    tenir_l_etablissement(lieu(ligne)[1])
    connus = list(eleves_de(ligne).select_for_update(of=("self",), no_key=True).order_by("pk"))
    plan = plan_de_l_import(importation=ligne, campagne=campagne, confirmes=confirmes, connus=connus)
    if plan.empreinte != empreinte:
        raise Refus(A_CHANGE)
    if plan.erreurs and not ignorer_les_erreurs:
        raise Refus(_dire_les_erreurs(len(plan.erreurs)))
    ajoutes = _ajouter(ligne, plan, connus, par, le)
    changes = _mettre_a_jour(plan, par, le)
    ligne.rapport = _rapport(plan, ajoutes, changes, {connu.classe for connu in connus})
    return finir(ligne, Importation.Etat.APPLIQUEE, le)


def _dire_les_erreurs(nombre: int) -> str:
    combien = "Une ligne est" if nombre == 1 else f"{nombre} lignes sont"
    return (
        f"{combien} en erreur\u00a0: rien n’est importé. Corrigez le fichier, "
        "ou cochez la case qui importe les lignes correctes."
    )


def _ajouter(importation: Importation, plan: Plan, connus: Sequence[Eleve], par: Personne, le: datetime) -> list[Eleve]:
    referents = _referents_des_classes(importation)
    cles = cles_reservees(Eleve, len(plan.ajouts))
    ajoutes = [
        _nouvel_eleve(importation, ligne.eleve, referents, cle, le)
        for cle, ligne in zip(cles, plan.ajouts, strict=True)
    ]
    inserer_en_bloc(ajoutes)
    consigner_plusieurs(
        phrases=[(eleve, "Élève ajouté par import.") for eleve in ajoutes],
        fait=FAIT_D_IMPORT,
        par=par,
        le=le,
        changements={eleve.pk: ({}, lisible({champ: getattr(eleve, champ) for champ in CHAMPS})) for eleve in ajoutes},
    )
    return ajoutes


def _referents_des_classes(importation: Importation) -> dict[str, tuple[str, str]]:
    classes = Classe.objects.filter(campagne=importation.campagne_id, etablissement=importation.etablissement_id)
    return {
        nom: (qui, courriel) for nom, qui, courriel in classes.values_list("nom", "referent_nom", "referent_courriel")
    }


def _nouvel_eleve(
    importation: Importation, lu: EleveLu, referents: Mapping[str, tuple[str, str]], pk: int, le: datetime
) -> Eleve:
    referent_nom, referent_courriel = referents.get(lu.classe, ("", ""))
    campagne_id, etablissement_id = lieu(importation)
    return Eleve(
        pk=pk,
        campagne_id=campagne_id,
        etablissement_id=etablissement_id,
        cle=lu.cle,
        referent_nom=referent_nom,
        referent_courriel=referent_courriel,
        cree_le=le,
        **{champ: getattr(lu, champ) for champ in CHAMPS},
    )


def _mettre_a_jour(plan: Plan, par: Personne, le: datetime) -> list[Eleve]:
    changes, changements = [], {}
    for mise_a_jour in plan.mises_a_jour:
        eleve: Eleve = mise_a_jour.connu  # type: ignore[assignment]
        avant, apres = {}, {}
        for champ, ancienne, nouvelle in mise_a_jour.changements:
            setattr(eleve, champ, nouvelle)
            avant[champ], apres[champ] = ancienne, nouvelle
        changes.append(eleve)
        changements[eleve.pk] = (lisible(avant), lisible(apres))
    ecrire(changes)
    consigner_plusieurs(
        phrases=[(eleve, "Élève mis à jour par import.") for eleve in changes],
        fait=FAIT_D_IMPORT,
        par=par,
        le=le,
        changements=changements,
    )
    return changes


def _rapport(plan: Plan, ajoutes: Sequence[Eleve], changes: Sequence[Eleve], classes: set[str]) -> dict[str, Any]:
    """Ce qui reste d'un import : des nombres, des classes, les clés des élèves ; aucun nom."""
    return {
        "ajoutes": len(ajoutes),
        "mis_a_jour": len(changes),
        "inchanges": plan.inchanges,
        "ignores": len(plan.erreurs),
        "ecartes": dict(plan.ecartes),
        "classes": sorted({eleve.classe for eleve in ajoutes} - classes),
        "eleves_ajoutes": [eleve.pk for eleve in ajoutes],
        "eleves_mis_a_jour": [eleve.pk for eleve in changes],
    }
