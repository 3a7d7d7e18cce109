"""Écritures sur les comptes et l'historique."""

from datetime import datetime
from typing import Any

from django.db import models

from comptes.models import Personne, Trace

AUTEUR_AUTOMATIQUE = "Passpro"


def consigner(
    *,
    objet: models.Model,
    fait: str,
    phrase: str,
    par: Personne | None,
    le: datetime,
    avant: dict[str, Any] | None = None,
    apres: dict[str, Any] | None = None,
) -> Trace:
    """Ajoute une ligne à l'historique de `objet` (R39).

    `fait` est un code stable (« inscription »), `phrase` la phrase montrée, `par` la personne qui agit
    (`None` pour l'application elle-même), `avant` et `apres` les seules valeurs qui changent.
    """
    return Trace.objects.create(
        objet_type=objet._meta.label_lower,
        objet_id=objet.pk,
        fait=fait,
        phrase=phrase,
        auteur=par,
        auteur_nom=par.nom_affiche if par else AUTEUR_AUTOMATIQUE,
        le=le,
        avant=avant or {},
        apres=apres or {},
    )
