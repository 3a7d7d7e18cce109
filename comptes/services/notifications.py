"""Ce que la personne veut recevoir par courriel."""

from datetime import datetime

from django.db import transaction

from comptes.models import Personne
from comptes.services.historique import consigner


@transaction.atomic
def choisir_les_notifications(*, personne: Personne, resume_quotidien: bool, par: Personne, le: datetime) -> bool:
    """Garde ce que la personne veut recevoir ; rend faux si rien ne change (écran C3)."""
    ligne = Personne.objects.select_for_update(of=("self",)).get(pk=personne.pk)
    if ligne.resume_quotidien == resume_quotidien:
        return False
    ligne.resume_quotidien = resume_quotidien
    ligne.save(update_fields=["resume_quotidien"])
    consigner(
        objet=ligne,
        fait="notifications",
        phrase="Résumé quotidien demandé." if resume_quotidien else "Résumé quotidien arrêté.",
        par=par,
        le=le,
        avant={"resume_quotidien": not resume_quotidien},
        apres={"resume_quotidien": resume_quotidien},
    )
    return True
