"""La veille de la nuit : chercher les états impossibles, le noter, prévenir le SAIO (F12)."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from courriers.services import est_une_adresse, poster
from passpro.invariants import INVARIANTS, Ecart, chercher_les_ecarts, dire_les_ecarts
from referentiel.models import Controle, Rattachement
from referentiel.rules.dates import a_paris, dire_jour, jour_de
from referentiel.services.controles import noter_le_controle

journal = logging.getLogger(__name__)
HEURE_DU_CONTROLE = time(3)
VERROU_DU_CONTROLE = 71_266 << 40


def controler_la_nuit(*, le: datetime) -> bool:
    """Fait le contrôle du jour, une fois, à partir de trois heures à Paris ; dit s'il a été fait.

    Un contrôle en cours ailleurs est laissé faire.
    """
    jour = jour_de(le)
    if le < a_paris(jour, HEURE_DU_CONTROLE):
        return False
    with _seul() as seul:
        if not seul or Controle.objects.filter(jour=jour).exists():
            return False
        controler(le=le)
    return True


def controler(*, le: datetime) -> list[Ecart]:
    """Cherche les états impossibles, note ce qui est trouvé, et en prévient le SAIO et le journal."""
    ecarts = chercher_les_ecarts(INVARIANTS)
    phrases = dire_les_ecarts(ecarts)
    for phrase in phrases:
        journal.error("État impossible : %s", phrase)
    with transaction.atomic():
        noter_le_controle(jour=jour_de(le), invariants=len(INVARIANTS), ecarts=phrases, le=le)
        if phrases:
            _prevenir_le_saio(jour_de(le), phrases, le)
    return ecarts


def _prevenir_le_saio(jour: date, phrases: Sequence[str], le: datetime) -> None:
    places = Rattachement.objects.filter(role=Rattachement.Role.SAIO, personne__is_active=True)
    for place in places.select_related("personne", "academie").order_by("personne_id", "pk").distinct("personne_id"):
        if est_une_adresse(place.personne.courriel):
            poster(
                cle=f"controle:{jour.isoformat()}:{place.personne_id}",
                nature="controle",
                destinataire=place.personne.courriel,
                sujet="Passpro\u00a0: états impossibles trouvés dans la base",
                gabarit="courriels/controle",
                contexte={
                    "jour": dire_jour(jour),
                    "phrases": phrases,
                    "academie": place.academie.nom_complet if place.academie else "",
                    "url": f"{settings.ADRESSE_PUBLIQUE}{reverse('pilotage:academie')}",
                },
                academie=place.academie_id,
                le=le,
            )


@contextmanager
def _seul() -> Iterator[bool]:
    """Prend, le temps du bloc, le verrou consultatif du contrôle ; faux s'il est tenu ailleurs."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_try_advisory_lock(%s)", [VERROU_DU_CONTROLE])
        pris = bool(curseur.fetchone()[0])
        try:
            yield pris
        finally:
            if pris:
                curseur.execute("SELECT pg_advisory_unlock(%s)", [VERROU_DU_CONTROLE])
