"""Comparer le fichier au catalogue, puis l'appliquer (R7, R8, R9, écran S6)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from comptes.models import Personne
from referentiel.models import Campagne, Importation
from referentiel.rules.catalogue_importe import GENRES, Lecture, pareil
from referentiel.rules.comparaison import Changement, Faute, Plan, comparer
from referentiel.rules.refus import Refus
from referentiel.services.contraintes import contraintes_dites
from referentiel.services.import_catalogue.ecriture import ajouter, modifier, retirer
from referentiel.services.import_catalogue.fiches import etat_du_catalogue
from referentiel.services.import_catalogue.reperes import reperes_du_catalogue


def comparer_le_catalogue(importation: Importation) -> Plan:
    """Ce que le fichier changerait au catalogue de sa campagne, tel qu'il est maintenant (R9)."""
    campagne = exiger_un_catalogue_modifiable(importation)
    presents = set(importation.correspondance)
    avec_offres = "uai" in presents
    actuelles, objets = etat_du_catalogue(campagne, avec_offres=avec_offres)
    lecture = Lecture(reperes_du_catalogue(campagne, actuelles, objets), presents).lire(importation.lignes)
    plan = comparer(
        actuelles,
        lecture.fiches.values(),
        pareil=pareil,
        genres_retires=GENRES if avec_offres else GENRES[:2],
    )
    fautes = sorted([*lecture.fautes, *_offres_prises(plan.modifications)], key=lambda faute: faute.ligne)
    return replace(plan, fautes=tuple(fautes), remarques=tuple(lecture.remarques))


def ecrire_le_catalogue(importation: Importation, plan: Plan, par: Personne, le: datetime) -> None:
    """Applique `plan` au catalogue, d'un bloc, et l'inscrit à l'historique de chaque objet (R39).

    Se lance dans une transaction. Lève `Refus` si la base n'en veut pas.
    """
    campagne = exiger_un_catalogue_modifiable(importation)
    _, objets = etat_du_catalogue(campagne, avec_offres=True)
    with contraintes_dites():
        for genre in GENRES:
            ajouter(genre, [fiche for fiche in plan.ajouts if fiche.genre == genre], campagne, objets, par, le)
        for changement in plan.modifications:
            modifier(objets[changement.fiche.cle], changement, par, le)
        for genre in reversed(GENRES):
            retirer(genre, [fiche for fiche in plan.retraits if fiche.genre == genre], objets, par, le)


def exiger_un_catalogue_modifiable(importation: Importation) -> Campagne:
    """La campagne dont le catalogue s'importe. Lève `Refus` si elle manque ou si elle est close (R1)."""
    if importation.campagne is None:
        raise Refus("Choisissez la campagne dont vous importez le catalogue.")
    if importation.campagne.etat == Campagne.Etat.CLOSE:
        raise Refus(f"La campagne «\u00a0{importation.campagne.intitule}\u00a0» est close\u00a0: plus rien n’y change.")
    return importation.campagne


def _offres_prises(modifications: Iterable[Changement]) -> list[Faute]:
    """Une offre que des candidatures demandent ne passe pas hors Passpro (R8)."""
    return [
        Faute(changement.fiche.ligne or 0, f"{changement.fiche.attache} Elle ne peut pas passer hors Passpro.")
        for changement in modifications
        if changement.fiche.genre == "offre"
        and changement.fiche.attache
        and any(ecart.champ == "hors_passpro" and ecart.apres for ecart in changement.ecarts)
    ]
