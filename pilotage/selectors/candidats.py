"""Les candidats d'un établissement d'accueil, domaine par domaine (écran A2)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from candidatures.models import Candidature
from candidatures.rules import INACTIFS, Etat
from entretiens.lectures import places_libres
from referentiel.models import Accueil, Campagne
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite

REALISES = (Etat.REALISEE, Etat.RENDUE, Etat.SEANCE_SUIVIE)


class Filtre(StrEnum):
    """Où en est une candidature, pour l'établissement d'accueil."""

    A_PLANIFIER = "a-planifier"
    CONVOQUES = "convoques"
    A_TRANSMETTRE = "a-transmettre"
    RENDUS = "rendus"
    ABSENCES = "absences"


LIBELLES: dict[Filtre, str] = {
    Filtre.A_PLANIFIER: "À planifier",
    Filtre.CONVOQUES: "Convocation envoyée",
    Filtre.A_TRANSMETTRE: "Compte-rendu à transmettre",
    Filtre.RENDUS: "Avis rendus",
    Filtre.ABSENCES: "Absences",
}
CONDITIONS: dict[Filtre, Q] = {
    Filtre.A_PLANIFIER: Q(etat=Etat.INSCRITE),
    Filtre.CONVOQUES: Q(etat=Etat.CONVOQUEE),
    Filtre.A_TRANSMETTRE: Q(etat=Etat.REALISEE),
    Filtre.RENDUS: Q(etat=Etat.RENDUE),
    Filtre.ABSENCES: Q(etat=Etat.ABSENTE),
}


@dataclass(frozen=True, slots=True)
class DomaineRecu:
    """Un domaine pour lequel l'établissement reçoit, et ses nombres."""

    code: str
    nom: str
    slug: str
    modalite: str
    inscrits: int
    a_planifier: int
    convoques: int
    realises: int
    places_libres: int

    @property
    def places_manquantes(self) -> int:
        return max(0, self.a_planifier - self.places_libres)


def domaines_recus(campagne: Campagne, etablissement_id: int, le: datetime) -> list[DomaineRecu]:
    """Domaines de l'établissement, en une requête."""
    accueils = (
        Accueil.objects.de_la_campagne(campagne)
        .filter(etablissement=etablissement_id)
        .annotate(
            inscrits=_candidatures(~Q(etat__in=INACTIFS)),
            a_planifier=_candidatures(Q(etat=Etat.INSCRITE)),
            convoques=_candidatures(Q(etat=Etat.CONVOQUEE)),
            realises=_candidatures(Q(etat__in=REALISES)),
            places_libres=places_libres(le),
        )
        .select_related("domaine")
    )
    return [
        DomaineRecu(
            accueil.code,
            accueil.domaine.nom,
            accueil.domaine.slug,
            LIBELLES_MODALITES[Modalite(accueil.modalite)],
            accueil.inscrits,
            accueil.a_planifier,
            accueil.convoques,
            accueil.realises,
            accueil.places_libres,
        )
        for accueil in accueils.order_by("domaine__nom")
    ]


def de_ce_filtre(candidatures: QuerySet[Candidature], filtre: Filtre | None) -> QuerySet[Candidature]:
    return candidatures.filter(CONDITIONS[filtre]) if filtre else candidatures


def compter(candidatures: QuerySet[Candidature]) -> dict[str, int]:
    """Nombre de candidatures de chaque filtre, et « total », en une requête."""
    nombres = {filtre.value: Count("pk", filter=q) for filtre, q in CONDITIONS.items()}
    return candidatures.order_by().aggregate(total=Count("pk"), **nombres)


def origines(candidatures: QuerySet[Candidature]) -> list[tuple[str, str]]:
    """Établissements d'origine des candidats : UAI et nom, pour le filtre."""
    champs = ("eleve__etablissement__uai", "eleve__etablissement__nom", "eleve__etablissement__commune")
    lues = candidatures.order_by(*champs[1:]).values_list(*champs).distinct()
    return [(uai.lower(), f"{nom}, {commune}") for uai, nom, commune in lues]


def _candidatures(condition: Q) -> Coalesce:
    lignes = (
        Candidature.objects.filter(condition, accueil=OuterRef("pk"), inscrite_le__isnull=False)
        .exclude(etat__in=(Etat.BROUILLON, Etat.A_VALIDER))
        .order_by()
        .values("accueil")
        .annotate(n=Count("pk"))
    )
    return Coalesce(Subquery(lignes.values("n"), output_field=IntegerField()), 0)
