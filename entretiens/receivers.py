"""Ce que les entretiens font quand un courriel part et quand une candidature est retirée."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from candidatures.models import Candidature
from candidatures.signals import candidature_retiree
from comptes.models import Personne
from courriers.models import Courriel
from courriers.signals import courriel_parti
from entretiens.services import noter_le_depart, retirer_l_entretien


@receiver(courriel_parti)
def convoquer_au_depart(sender: Any, *, courriel: Courriel, le: datetime, **_: Any) -> None:
    noter_le_depart(courriel=courriel, le=le)


@receiver(candidature_retiree)
def liberer_le_creneau(sender: Any, *, candidature: Candidature, par: Personne | None, le: datetime, **_: Any) -> None:
    retirer_l_entretien(candidature=candidature, par=par, le=le)
