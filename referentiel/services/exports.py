"""Demander un export, et garder qui a emporté quoi (R39, R40, écran O17)."""

from datetime import datetime

from django.db import transaction

from comptes.models import Evenement, Personne, Trace
from comptes.services import consigner
from comptes.services.journal import journaliser
from referentiel.exports import Export
from referentiel.models import Campagne, Etablissement, Travail
from referentiel.services.travaux import demander_un_travail


@transaction.atomic
def demander_un_export(
    *,
    export: Export,
    etablissement: Etablissement,
    campagne: Campagne,
    cote: str,
    retour: str,
    par: Personne,
    le: datetime,
) -> Travail:
    """Met l'export en file, et l'écrit dans l'historique de l'établissement : qui, quand, quoi.

    `retour` est l'adresse de la page d'où il est demandé. Le même export, demandé deux fois alors qu'il attend
    encore, n'est préparé ni consigné qu'une fois. Lève `Refus` s'il serait vide.
    """
    lignes = export.compter(campagne, etablissement.pk, le)
    travail = demander_un_travail(
        nature=export.nature,
        titre=export.titre,
        demande={"retour": retour},
        total=lignes,
        campagne=campagne,
        etablissement=etablissement,
        cote=cote,
        par=par,
        le=le,
    )
    deja = Trace.objects.de(etablissement).filter(fait="export", apres__travail=travail.code)
    if not deja.exists():
        consigner(
            objet=etablissement,
            fait="export",
            phrase=f"Export demandé\u00a0: {export.libelle}.",
            par=par,
            le=le,
            apres={"export": export.nature, "travail": travail.code, "lignes": lignes, "campagne": campagne.annee},
        )
        journaliser(
            nature=Evenement.Nature.EXPORT,
            phrase=f"Export demandé\u00a0: {export.libelle}.",
            par=par,
            le=le,
            uai=etablissement.uai,
            details={"lignes": lignes, "campagne": campagne.annee},
        )
    return travail
