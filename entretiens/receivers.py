"""Ce que les entretiens font d'un courriel parti ou renvoyé, d'une candidature retirée ou rétablie, d'un élève
transféré."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from candidatures.models import Candidature, Eleve
from candidatures.signals import candidature_retablie, candidature_retiree, eleve_transfere
from comptes.models import Personne
from courriers.models import Courriel
from courriers.signals import courriel_parti, courriel_renvoye
from entretiens.services import (
    accorder_le_renvoi,
    noter_le_depart,
    readresser_les_convocations,
    retablir_l_entretien,
    retirer_l_entretien,
)


@receiver(courriel_parti)
def convoquer_au_depart(sender: Any, *, courriel: Courriel, le: datetime, **_: Any) -> None:
    noter_le_depart(courriel=courriel, le=le)


@receiver(courriel_renvoye)
def ne_renvoyer_que_ce_qui_vaut(sender: Any, *, courriel: Courriel, le: datetime, **_: Any) -> None:
    accorder_le_renvoi(courriel=courriel, le=le)


@receiver(candidature_retiree)
def liberer_le_creneau(sender: Any, *, candidature: Candidature, par: Personne | None, le: datetime, **_: Any) -> None:
    retirer_l_entretien(candidature=candidature, par=par, le=le)


@receiver(candidature_retablie)
def rendre_le_creneau(sender: Any, *, candidature: Candidature, par: Personne | None, le: datetime, **_: Any) -> None:
    retablir_l_entretien(candidature=candidature, par=par, le=le)


@receiver(eleve_transfere)
def suivre_l_eleve(sender: Any, *, eleve: Eleve, le: datetime, **_: Any) -> None:
    readresser_les_convocations(eleve=eleve, le=le)
