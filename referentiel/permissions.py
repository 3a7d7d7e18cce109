"""Qui peut voir et faire quoi : le périmètre d'une personne, calculé une fois par requête (R36, R37).

Toute page passe par ce module : la porte de l'espace y trouve la place de la personne, la page demande une fonction
`peut_…`. Les listes se filtrent par l'établissement de cette place (`de_l_origine`, `de_l_accueil`).
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import BigIntegerField, Exists, OuterRef

from comptes.lectures_preparees import LecturePreparee, Parametre
from referentiel.models import Academie, Campagne, Etablissement, Rattachement
from referentiel.rules.identifiants import mettre_au_propre

Role = Rattachement.Role


class Cote(StrEnum):
    ORIGINE = "origine"
    ACCUEIL = "accueil"


@dataclass(frozen=True, slots=True)
class Place:
    """Une place d'une personne, avec l'établissement ou l'académie où elle l'occupe."""

    role: Role
    libelle: str
    etablissement: Etablissement | None
    academie: Academie
    departement: str
    origine: bool
    accueil: bool
    saisit_les_avis: bool
    valide_les_comptes_rendus: bool
    tient_l_offre: bool = False
    lecture_seule: bool = False

    @property
    def est_chef(self) -> bool:
        return self.role == Role.CHEF

    @property
    def uai(self) -> str:
        return self.etablissement.uai if self.etablissement else ""


@dataclass(frozen=True, slots=True)
class Perimetre:
    """Tout ce qu'une personne peut voir."""

    places: tuple[Place, ...] = ()

    @property
    def etablissements_origine(self) -> frozenset[int]:
        return frozenset(p.etablissement.pk for p in self.places if p.origine and p.etablissement)

    @property
    def etablissements_accueil(self) -> frozenset[int]:
        return frozenset(p.etablissement.pk for p in self.places if p.accueil and p.etablissement)

    @property
    def academies_administrees(self) -> frozenset[int]:
        return frozenset(p.academie.pk for p in self.places if p.role == Role.SAIO)

    @property
    def departements_administres(self) -> frozenset[str]:
        """Départements des académies administrées, par leur code à trois chiffres : le début de leurs UAI."""
        return frozenset(code for p in self.places if p.role == Role.SAIO for code in p.academie.departements)

    @property
    def departements_observes(self) -> frozenset[str]:
        return frozenset(p.departement for p in self.places if p.role == Role.OBSERVATEUR)

    def annees_closes(self) -> dict[int, list[int]]:
        """Par académie où l'on a une place, les années des campagnes closes avant la campagne courante (R1)."""
        plus_recentes = Campagne.objects.filter(academie=OuterRef("academie"), annee__gt=OuterRef("annee")).exclude(
            etat=Campagne.Etat.PREPARATION
        )
        closes = Campagne.objects.filter(academie__in={p.academie.pk for p in self.places}, etat=Campagne.Etat.CLOSE)
        annees: dict[int, list[int]] = {}
        passees = closes.filter(Exists(plus_recentes)).order_by("-annee")
        for academie, annee in passees.values_list("academie", "annee"):
            annees.setdefault(academie, []).append(annee)
        return annees

    def place(self, uai: str, cote: Cote) -> Place | None:
        """Place de la personne dans l'établissement `uai`, du côté `cote`."""
        propre = mettre_au_propre(uai)
        return next((p for p in self.places if p.uai == propre and getattr(p, cote.value)), None)


PERIMETRE_VIDE = Perimetre()


def perimetre_de(personne_id: int) -> Perimetre:
    """Périmètre d'une personne, lu en une requête."""
    return Perimetre(tuple(_place(rattachement) for rattachement in RATTACHEMENTS.lire(personne=personne_id)))


RATTACHEMENTS = LecturePreparee(
    lambda: (
        Rattachement.objects.filter(personne=Parametre("personne", BigIntegerField()))
        .select_related("etablissement__academie", "academie")
        .order_by("pk")
    )
)


def _place(rattachement: Rattachement) -> Place:
    etablissement = rattachement.etablissement
    academie = etablissement.academie if etablissement else rattachement.academie
    assert academie is not None
    return Place(
        role=Role(rattachement.role),
        libelle=rattachement.libelle,
        etablissement=etablissement,
        academie=academie,
        departement=rattachement.departement,
        origine=rattachement.origine,
        accueil=rattachement.accueil,
        saisit_les_avis=rattachement.saisit_les_avis or rattachement.role == Role.CHEF,
        valide_les_comptes_rendus=rattachement.valide_les_comptes_rendus or rattachement.role == Role.CHEF,
        tient_l_offre=rattachement.tient_l_offre or rattachement.role == Role.CHEF,
    )


def lit_l_etablissement(place: Place) -> bool:
    """Chef et gestionnaire lisent les pages de leur établissement ; le SAIO aussi, le temps d'un regard (T8)."""
    return place.lecture_seule or place.role in {Role.CHEF, Role.GESTIONNAIRE}


def peut_gerer_l_etablissement(place: Place) -> bool:
    """Le chef d'établissement tient l'équipe, ses délégations et les coordonnées de son établissement (R36, R38)."""
    return place.etablissement is not None and place.est_chef


def peut_exporter(place: Place) -> bool:
    """Chef et gestionnaire emportent les données que leur établissement lit ; un regard n'emporte rien (T8)."""
    return place.etablissement is not None and place.role in {Role.CHEF, Role.GESTIONNAIRE}


def peut_regarder_un_espace(place: Place) -> bool:
    """Le SAIO ouvre, avec un motif, l'espace d'un établissement de son académie en lecture seule (T8)."""
    return peut_administrer_l_academie(place)


def peut_repeter_une_journee(perimetre: Perimetre, academie: Academie) -> bool:
    """Le SAIO répète une journée dans l'académie qu'il administre, et nulle part ailleurs."""
    return academie.pk in perimetre.academies_administrees


def peut_administrer(perimetre: Perimetre) -> bool:
    """Le SAIO administre son académie."""
    return bool(perimetre.academies_administrees)


def peut_administrer_l_academie(place: Place) -> bool:
    """Le SAIO de l'académie d'où l'on regarde ; l'être ailleurs n'y donne rien."""
    return place.role == Role.SAIO


def peut_observer(perimetre: Perimetre) -> bool:
    """Le SAIO et l'observation lisent les chiffres de l'académie."""
    return any(p.role in {Role.SAIO, Role.OBSERVATEUR} for p in perimetre.places)
