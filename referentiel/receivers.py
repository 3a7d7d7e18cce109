"""Un droit donné ou retiré s'inscrit au journal de sécurité, par quelque chemin que ce soit (R36, T3, T7)."""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone

from comptes.models import Evenement
from comptes.services.journal import journaliser
from referentiel.journal import ACADEMIE
from referentiel.models import Rattachement

DROITS = (
    "role",
    "origine",
    "accueil",
    "saisit_les_avis",
    "valide_les_comptes_rendus",
    "tient_l_offre",
    "departement",
    "academie_id",
    "etablissement_id",
)


@receiver(pre_save, sender=Rattachement)
def retenir_les_droits(instance: Rattachement, **_: Any) -> None:
    """Les droits d'avant l'écriture."""
    instance.droits_d_avant = (
        Rattachement.objects.filter(pk=instance.pk).values(*DROITS).first() if instance.pk else None
    )


@receiver(post_save, sender=Rattachement)
def noter_les_droits(instance: Rattachement, created: bool, **_: Any) -> None:
    avant = {} if created else getattr(instance, "droits_d_avant", None) or {}
    apres = {droit: getattr(instance, droit) for droit in DROITS}
    changes = {droit: valeur for droit, valeur in apres.items() if avant.get(droit) != valeur}
    if changes:
        _noter(instance, "Place donnée" if created else "Droits changés", {d: avant.get(d) for d in changes}, changes)


@receiver(post_delete, sender=Rattachement)
def noter_le_retrait(instance: Rattachement, **_: Any) -> None:
    _noter(instance, "Place retirée", {droit: getattr(instance, droit) for droit in DROITS}, {})


def _noter(place: Rattachement, quoi: str, avant: dict[str, Any], apres: dict[str, Any]) -> None:
    """Sans établissement, l'académie de la place dit à quel SAIO cette ligne se montre (R37)."""
    lieu = place.etablissement or place.academie
    ou = {} if place.etablissement else {ACADEMIE: place.academie_id}
    journaliser(
        nature=Evenement.Nature.DROITS,
        phrase=f"{quoi}\u00a0: {place.personne}, {place.libelle}, {lieu}."[:300],
        le=timezone.now(),
        uai=place.etablissement.uai if place.etablissement else "",
        objet=place.personne,
        details={"avant": avant, "apres": apres} | ou,
    )
