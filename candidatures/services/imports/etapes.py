"""Où en est un import d'élèves : sa garde, ses étapes, sa fin (R13)."""

from datetime import datetime, timedelta

from referentiel.models.travaux import Importation
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites

GARDE_D_UN_BROUILLON = timedelta(hours=24)
EN_COURS = (Importation.Etat.COLONNES, Importation.Etat.VERIFICATION)
EXPIRE = "Cet import a expiré et ses lignes sont effacées. Déposez de nouveau le fichier."


@contraintes_dites()
def abandonner_l_import(*, importation: Importation, le: datetime) -> Importation:
    """Abandonne un import en cours : ses lignes sont effacées, aucun élève ne change."""
    ligne = verrouiller(importation)
    return finir(ligne, Importation.Etat.ABANDONNEE, le) if ligne.etat in EN_COURS else ligne


def verrouiller(importation: Importation) -> Importation:
    """Prend la ligne de l'import ; un second geste attend le premier."""
    return Importation.objects.select_for_update(of=("self",)).get(pk=importation.pk)


def lieu(importation: Importation) -> tuple[int, int]:
    """Campagne et établissement d'un import d'élèves, qui a toujours les deux."""
    assert importation.campagne_id is not None
    assert importation.etablissement_id is not None
    return importation.campagne_id, importation.etablissement_id


def exiger_l_etape(importation: Importation, etape: str, le: datetime) -> None:
    """Lève `Refus` si l'import n'en est plus à cette étape, ou s'il a expiré."""
    if importation.etat == etape and importation.expire_le > le:
        return
    raise Refus(EXPIRE if importation.etat in EN_COURS and importation.expire_le <= le else "Cet import est terminé.")


def finir(importation: Importation, etat: str, le: datetime) -> Importation:
    """Met fin à l'import : ses lignes sont effacées, son rapport gardé."""
    importation.etat, importation.lignes = etat, []
    importation.applique_le = le if etat == Importation.Etat.APPLIQUEE else None
    importation.save(update_fields=["etat", "lignes", "applique_le", "rapport"])
    return importation
