"""Le regard du SAIO sur l'espace d'un établissement : en lecture seule, pour un temps, avec un motif (T8).

L'autorisation est dans la session de qui regarde ; elle s'ouvre par un service, qui l'écrit dans l'historique de
l'établissement. Elle vaut pour un seul établissement à la fois, et cesse avec la place au SAIO.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest

from referentiel.models import Etablissement
from referentiel.permissions import Cote, Place, Role
from referentiel.rules.identifiants import mettre_au_propre

CLE = "regard"
DUREE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Regard:
    """L'établissement que l'on regarde, et l'instant exclu où le regard se ferme."""

    uai: str
    jusqu_a: datetime


def retenir(request: HttpRequest, etablissement: Etablissement, jusqu_a: datetime) -> None:
    """Garde le regard dans la session ; il remplace le précédent."""
    request.session[CLE] = {"uai": etablissement.uai, "jusqu_a": jusqu_a.isoformat()}


def oublier(request: HttpRequest) -> None:
    request.session.pop(CLE, None)


def regard_en_cours(request: HttpRequest) -> Regard | None:
    """Le regard de cette session, s'il n'est pas échu ; l'heure est la vraie, même un jour répété."""
    garde = request.session.get(CLE)
    if not garde:
        return None
    regard = Regard(garde["uai"], datetime.fromisoformat(garde["jusqu_a"]))
    return regard if request.recue_le < regard.jusqu_a else None


def place_du_regard(request: HttpRequest, uai: str, cote: Cote) -> Place | None:
    """La place en lecture seule que donne le regard dans l'établissement `uai`, du côté `cote`.

    Son rôle est celui de l'observation : rien de ce qu'un rôle de l'établissement permet ne lui revient.
    """
    regard = regard_en_cours(request)
    if regard is None or regard.uai != mettre_au_propre(uai):
        return None
    etablissements = Etablissement.objects.filter(academie__in=request.perimetre.academies_administrees)
    etablissement = etablissements.select_related("academie").filter(uai=regard.uai).first()
    if etablissement is None:
        return None
    return Place(
        role=Role.OBSERVATEUR,
        libelle="Lecture seule",
        etablissement=etablissement,
        academie=etablissement.academie,
        departement="",
        origine=cote is Cote.ORIGINE,
        accueil=cote is Cote.ACCUEIL,
        saisit_les_avis=False,
        valide_les_comptes_rendus=False,
        lecture_seule=True,
    )
