"""Le registre tel qu'il se lit : chaque traitement, avec les durées réglées aujourd'hui (R40)."""

from collections.abc import Collection
from typing import Any

from django.conf import settings

from conservation.rules.registre import REGISTRE, dire_les_durees
from referentiel.models import Campagne


def registre_lisible(campagnes: Collection[Campagne]) -> list[dict[str, Any]]:
    """Une ligne par traitement, pour la page du SAIO et la page publique."""
    durees = dire_les_durees(
        mois=_dire_les_mois(campagnes),
        courriel=settings.CONSERVATION_DES_COURRIELS.days,
        journal=settings.CONSERVATION_DU_JOURNAL.days,
        inactivite=settings.DUREE_INACTIVITE // 3600,
    )
    return [
        {
            "titre": traitement.titre,
            "lignes": [
                {"terme": "Personnes", "valeur": traitement.personnes},
                {"terme": "Données", "valeur": traitement.donnees},
                {"terme": "Pour quoi", "valeur": traitement.finalite},
                {"terme": "Qui les lit", "valeur": traitement.lecteurs},
                {"terme": "Durée", "valeur": durees[traitement.duree]},
            ],
        }
        for traitement in REGISTRE
    ]


def _dire_les_mois(campagnes: Collection[Campagne]) -> str:
    """« 12 mois », ou « 12 ou 18 mois, selon la campagne »."""
    mois = sorted({campagne.regles.conservation for campagne in campagnes})
    if len(mois) < 2:
        return f"{mois[0]} mois" if mois else "Le délai réglé"
    return f"{', '.join(map(str, mois[:-1]))} ou {mois[-1]} mois, selon la campagne,"
