"""Les candidats d'un établissement d'accueil, domaine par domaine (écran A2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from candidatures.models import Candidature
from candidatures.presentation import Presentation
from candidatures.rules import INACTIFS, Etat, dire_l_eleve
from entretiens.lectures import places_libres
from pilotage.selectors.listes import PointDeVue, avec_entretien, formations_demandees
from referentiel.listes import adresse_de_chacune
from referentiel.models import Accueil, Campagne
from referentiel.models.catalogue import dire_la_formation
from referentiel.permissions import Cote
from referentiel.rules.dates import PARIS, dire_heure, dire_jour_court, jour_de
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


@dataclass(frozen=True, slots=True)
class LigneDeCandidat:
    """Une candidature dans la liste, telle que sa ligne la montre."""

    eleve: str
    url: str
    origine: str
    classe: str
    domaine: str
    formations: str
    avis: str
    inscrite_le: str
    presentation: Presentation
    debut: datetime | None

    @property
    def jour(self) -> str:
        return dire_jour_court(jour_de(self.debut)) if self.debut else ""

    @property
    def heure(self) -> str:
        return dire_heure(self.debut) if self.debut else ""

    @property
    def debut_en_iso(self) -> str:
        return self.debut.astimezone(PARIS).isoformat() if self.debut else ""


def a_ranger(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature, tuple]:
    """Candidatures par nom d'élève, les seules colonnes de leur ligne."""
    return (
        avec_entretien(candidatures)
        .order_by("eleve__cle", "pk")
        .values_list(
            "code",
            "etat",
            "inscrite_le",
            "eleve__nom",
            "eleve__prenom",
            "eleve__classe",
            "eleve__etablissement__nom",
            "eleve__etablissement__commune",
            "domaine__nom",
            "fixe__periode",
            "compte_rendu__etat",
            formations_demandees(),
        )
    )


def lignes(page: Iterable[tuple], uai: str, campagne: Campagne, le: datetime) -> list[LigneDeCandidat]:
    """Lignes d'une page de `a_ranger`."""
    vue = PointDeVue.de(campagne, Cote.ACCUEIL, le)
    url = adresse_de_chacune("pilotage:candidature_accueil", uai)
    return [
        LigneDeCandidat(
            eleve=dire_l_eleve(nom, prenom),
            url=url(code),
            origine=f"{etablissement}, {commune}",
            classe=classe,
            domaine=domaine,
            formations=", ".join(dire_la_formation(f["type"], f["libelle"]) for f in formations) or "N/A",
            avis="Saisis" if all(f["complet"] or f["ajoutee"] for f in formations) else "En attente",
            inscrite_le=dire_jour_court(jour_de(inscrite_le)),
            presentation=vue.presentation(etat, periode, compte_rendu),
            debut=periode.lower if periode else None,
        )
        for (
            code,
            etat,
            inscrite_le,
            nom,
            prenom,
            classe,
            etablissement,
            commune,
            domaine,
            periode,
            compte_rendu,
            formations,
        ) in page
    ]


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
