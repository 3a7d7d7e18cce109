"""Lire des noms d'élèves laisse une trace dans l'historique de l'établissement (R39, R40)."""

from datetime import datetime

from comptes.models import Evenement, Personne
from comptes.services import consigner
from comptes.services.journal import journaliser
from referentiel.models import Campagne, Etablissement


def consulter_des_noms(
    *, etablissement: Etablissement, campagne: Campagne, quoi: str, nombre: int, par: Personne, le: datetime
) -> None:
    """Note que `par` lit une liste nominative : `quoi` la nomme, `nombre` compte ses lignes.

    L'établissement lit la phrase dans son historique : le nombre n'y est pas, il dirait à une origine combien d'avis
    l'attendent avant la publication (R30).
    """
    consigner(
        objet=etablissement,
        fait="consultation",
        phrase=f"Liste nominative consultée par le SAIO\u00a0: {quoi}.",
        par=par,
        le=le,
        apres={"liste": quoi, "lignes": nombre, "campagne": campagne.annee},
    )
    journaliser(
        nature=Evenement.Nature.NOMS,
        phrase=f"Liste nominative consultée\u00a0: {quoi}.",
        par=par,
        le=le,
        uai=etablissement.uai,
        details={"lignes": nombre, "campagne": campagne.annee},
    )
