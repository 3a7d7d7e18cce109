"""Les élèves d'un établissement d'origine, classe par classe (écrans O2 et O5)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from avis.models import CompteRendu
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import INACTIFS, Etat
from pilotage.selectors.lecture import CandidatureLue, a_lire
from referentiel.models import Campagne
from referentiel.permissions import Cote

CANDIDATURES_MONTREES = 3


class Filtre(StrEnum):
    """Où en sont les candidatures d'un élève."""

    NON_INSCRITS = "non-inscrits"
    A_COMPLETER = "a-completer"
    EN_ATTENTE = "en-attente"
    CONVOQUES = "convoques"
    RENDUS = "rendus"


LIBELLES: dict[Filtre, str] = {
    Filtre.NON_INSCRITS: "Non inscrits",
    Filtre.A_COMPLETER: "À compléter",
    Filtre.EN_ATTENTE: "En attente de convocation",
    Filtre.CONVOQUES: "Convoqués",
    Filtre.RENDUS: "Avis rendus",
}


@dataclass(frozen=True, slots=True)
class EleveLu:
    """Un élève et ses candidatures, vus de son établissement."""

    eleve: Eleve
    candidatures: list[CandidatureLue]

    @property
    def montrees(self) -> list[CandidatureLue]:
        return self.candidatures[:CANDIDATURES_MONTREES]

    @property
    def autres(self) -> int:
        return max(0, len(self.candidatures) - CANDIDATURES_MONTREES)

    @property
    def actives(self) -> list[CandidatureLue]:
        return [lue for lue in self.candidatures if lue.candidature.est_active]

    @property
    def formations_demandees(self) -> int:
        return sum(len(lue.demandees) for lue in self.actives)

    @property
    def avis_saisis(self) -> int:
        return sum(lue.avis_saisis for lue in self.actives)

    @property
    def prochain(self) -> CandidatureLue | None:
        """Candidature dont l'entretien vient le premier."""
        a_venir = [lue for lue in self.actives if lue.entretien_a_venir]
        return min(a_venir, key=lambda lue: lue.entretien.periode.lower, default=None)


@dataclass(frozen=True, slots=True)
class Classe:
    """Une classe et les élèves qu'en montre la page ; les nombres sont ceux de toute la classe."""

    nom: str
    effectif: int
    inscrits: int
    eleves: list[EleveLu]


def conditions(campagne: Campagne, le: datetime) -> dict[Filtre, Q]:
    """Ce que retient chaque filtre ; aucun n'apprend un compte-rendu pas encore publié (R30)."""
    miennes = Candidature.objects.filter(eleve=OuterRef("pk"))
    avis_manquants = (
        FormationDemandee.objects.sans_avis_complet()
        .filter(candidature__eleve=OuterRef("pk"))
        .exclude(candidature__etat__in=INACTIFS)
    )
    rendus = CompteRendu.objects.visibles_a_l_origine(campagne, le).filter(candidature__eleve=OuterRef("pk"))
    brouillons = miennes.filter(etat=Etat.BROUILLON)
    return {
        Filtre.NON_INSCRITS: ~Q(Exists(miennes.actives())),
        Filtre.A_COMPLETER: Q(Exists(brouillons)) | Q(Exists(avis_manquants)),
        Filtre.EN_ATTENTE: Q(Exists(miennes.filter(etat__in=(Etat.INSCRITE, Etat.PLANIFIEE)))),
        Filtre.CONVOQUES: Q(Exists(miennes.filter(etat=Etat.CONVOQUEE))),
        Filtre.RENDUS: Q(Exists(rendus)),
    }


def de_ce_filtre(eleves: QuerySet[Eleve], filtre: Filtre | None, campagne: Campagne, le: datetime) -> QuerySet[Eleve]:
    return eleves.filter(conditions(campagne, le)[filtre]) if filtre else eleves


def compter(eleves: QuerySet[Eleve], campagne: Campagne, le: datetime) -> dict[str, int]:
    """Nombre d'élèves de chaque filtre, et « total », en une requête."""
    nombres = {filtre.value: Count("pk", filter=q) for filtre, q in conditions(campagne, le).items()}
    return eleves.order_by().aggregate(total=Count("pk"), **nombres)


def classes_de(eleves: QuerySet[Eleve]) -> dict[str, dict[str, int]]:
    """Effectif et inscrits de chaque classe, en une requête."""
    actives = Exists(Candidature.objects.actives().filter(eleve=OuterRef("pk")))
    lues = (
        eleves.order_by("classe")
        .values("classe")
        .annotate(effectif=Count("pk"), inscrits=Count("pk", filter=Q(actives)))
    )
    return {ligne["classe"]: ligne for ligne in lues}


def avec_candidatures(eleves: QuerySet[Eleve]) -> QuerySet[Eleve]:
    """Élèves par classe puis par nom, avec tout ce que leur ligne montre."""
    candidatures = a_lire(Candidature.objects.order_by("domaine__nom", "pk"))
    return eleves.order_by("classe", "cle", "pk").prefetch_related(
        Prefetch("candidatures", queryset=candidatures, to_attr="candidatures_lues")
    )


def lire_eleve(eleve: Eleve, campagne: Campagne, le: datetime) -> EleveLu:
    lues = [CandidatureLue(candidature, campagne, Cote.ORIGINE, le) for candidature in eleve.candidatures_lues]
    return EleveLu(eleve, lues)


def par_classe(eleves: list[EleveLu], classes: dict[str, dict[str, Any]]) -> list[Classe]:
    """Élèves d'une page, groupés par classe."""
    return [
        Classe(nom, classes[nom]["effectif"], classes[nom]["inscrits"], list(groupe))
        for nom, groupe in groupby(eleves, key=lambda lu: lu.eleve.classe)
    ]
