"""Rappeler à l'établissement d'origine les avis qui manquent à l'approche d'un entretien (R16)."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from candidatures.rules import Etat
from courriers.services import est_une_adresse, poster_plusieurs
from entretiens.emails import courriel_d_avis_manquants
from entretiens.models import Entretien
from entretiens.rules.rappels import est_l_heure_des_rappels
from referentiel.models import Campagne
from referentiel.rules.dates import est_ouvre, fin_du_jour, jour_de
from referentiel.rules.jeu import Modalite
from referentiel.services.verrous import prendre_si_libre

JOURS_OUVRES_AVANT = 5
VERROU_DES_RAPPELS = 71_268 << 40


@transaction.atomic
def rappeler_les_avis_manquants(*, le: datetime) -> int:
    """Poste les rappels dus à l'instant `le` ; rend leur nombre, ceux qui étaient déjà postés compris.

    Un rappel par établissement d'origine et par jour d'entretien annoncé, cinq jours ouvrés avant ce jour, les jours
    ouvrés à partir de sept heures. La clé du courriel nomme ce jour : relancée, la tâche ne poste rien de plus. Deux
    ne passent pas à la fois : la seconde ne fait rien.
    """
    if not est_l_heure_des_rappels(le) or not prendre_si_libre(VERROU_DES_RAPPELS):
        return 0
    envois = [envoi for campagne in Campagne.objects.avec_regles().ouvertes() for envoi in _rappels(campagne, le)]
    poster_plusieurs(envois, le=le)
    return len(envois)


def _rappels(campagne: Campagne, le: datetime) -> list[dict[str, Any]]:
    """Un courriel par établissement joignable et par jour d'entretien où il manque des avis."""
    manquants: Counter[tuple[int, date]] = Counter()
    etablissements = {}
    for entretien in _entretiens_a_rappeler(campagne, le):
        origine = entretien.candidature.eleve.etablissement
        if est_une_adresse(origine.messagerie):
            etablissements[origine.pk] = origine
            manquants[origine.pk, jour_de(entretien.periode.lower)] += entretien.manquants
    return [
        courriel_d_avis_manquants(campagne, etablissements[cle], jour=jour, nombre=nombre)
        for (cle, jour), nombre in sorted(manquants.items())
    ]


def _entretiens_a_rappeler(campagne: Campagne, le: datetime) -> list[Entretien]:
    """Entretiens annoncés, de demain au dernier jour à rappeler, avec le nombre d'avis d'origine qui leur manquent."""
    incomplets = Q(candidature__formations_demandees__avis="") | Q(candidature__formations_demandees__commentaire="")
    attendus = Q(
        candidature__formations_demandees__desistee_le__isnull=True,
        candidature__formations_demandees__ajoutee_a_l_entretien=False,
    )
    entretiens = (
        Entretien.objects.prevus()
        .filter(
            candidature__domaine__campagne=campagne,
            candidature__etat=Etat.CONVOQUEE,
            periode__startswith__gte=fin_du_jour(jour_de(le)),
            periode__startswith__lt=fin_du_jour(_dernier_jour_a_rappeler(jour_de(le))),
        )
        .annotate(manquants=Count("candidature__formations_demandees", filter=incomplets & attendus))
        .filter(manquants__gt=0)
        .select_related("candidature__eleve__etablissement__academie")
    )
    if not campagne.regles.avis_requis_en_collectif:
        entretiens = entretiens.exclude(candidature__modalite=Modalite.COLLECTIF)
    return list(entretiens)


def _dernier_jour_a_rappeler(aujourd_hui: date) -> date:
    jour, restent = aujourd_hui, JOURS_OUVRES_AVANT
    while restent:
        jour += timedelta(days=1)
        restent -= est_ouvre(jour)
    return jour
