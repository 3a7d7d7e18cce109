"""Les créneaux d'un planning à l'écran : les seules colonnes de leur ligne, sans bâtir de modèle (écran A4)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet

from candidatures.rules import dire_l_eleve
from comptes.lectures_preparees import LecturePreparee
from entretiens.models import Creneau, Entretien
from referentiel.conditions_preparees import parmi
from referentiel.listes import adresse_de_chacune
from referentiel.rules.dates import PARIS, dire_heure, dire_instant, dire_jour_court, jour_de
from referentiel.rules.jeu import Modalite


@dataclass(frozen=True, slots=True)
class Occupant:
    """Un élève placé sur un créneau."""

    eleve: str
    classe: str
    etablissement: str
    url: str


@dataclass(frozen=True, slots=True)
class SeanceMontree:
    """La séance d'un créneau ; `jury` est vide sans jury."""

    code: str
    est_collective: bool
    salle: str
    jury: str
    domaine: str
    url: str


@dataclass(frozen=True, slots=True)
class CreneauMontre:
    """Un créneau ; une séance collective ne nomme pas ses élèves."""

    cle: int
    code: str
    periode: DateTimeTZRange
    places_prises: int
    places_libres: int
    horaire: str
    url: str
    seance: SeanceMontree
    occupants: list[Occupant] = field(default_factory=list)

    def __str__(self) -> str:
        return dire_instant(self.periode.lower)

    @property
    def jour_court(self) -> str:
        return dire_jour_court(jour_de(self.periode.lower))

    @property
    def debut_en_iso(self) -> str:
        return self.periode.lower.astimezone(PARIS).isoformat()


def a_montrer(creneaux: QuerySet[Creneau]) -> QuerySet[Creneau, tuple]:
    """Les colonnes que lit `montrer`."""
    return creneaux.prefetch_related(None).values_list(
        "pk",
        "code",
        "periode",
        "capacite",
        "places_prises",
        "seance__code",
        "seance__modalite",
        "seance__salle",
        "seance__jury__nom",
        "seance__accueil__domaine__nom",
    )


def montrer(lignes: Iterable[tuple], uai: str) -> list[CreneauMontre]:
    """Créneaux des lignes de `a_montrer`, une seule séance pour tous les siens ; les élèves, en une requête de plus."""
    url, url_de_seance = adresse_de_chacune("entretiens:creneau", uai), adresse_de_chacune("entretiens:seance", uai)
    seances: dict[str, SeanceMontree] = {}
    creneaux = []
    for cle, code, periode, capacite, prises, code_de_seance, modalite, salle, jury, domaine in lignes:
        seance = seances.get(code_de_seance)
        if seance is None:
            collective = modalite == Modalite.COLLECTIF
            seance = SeanceMontree(
                code_de_seance, collective, salle, jury or "", domaine, url_de_seance(code_de_seance)
            )
            seances[code_de_seance] = seance
        horaire = dire_heure(periode.lower)
        creneaux.append(CreneauMontre(cle, code, periode, prises, capacite - prises, horaire, url(code), seance))
    _placer_les_eleves([c for c in creneaux if c.places_prises and not c.seance.est_collective], uai)
    return creneaux


def _placer_les_eleves(creneaux: list[CreneauMontre], uai: str) -> None:
    url = adresse_de_chacune("pilotage:candidature_accueil", uai)
    occupants: dict[int, list[Occupant]] = defaultdict(list)
    for cle, code, nom, prenom, classe, etablissement in PLACES.lire(creneaux=[creneau.cle for creneau in creneaux]):
        occupants[cle].append(Occupant(dire_l_eleve(nom, prenom), classe, etablissement, url(code)))
    for creneau in creneaux:
        creneau.occupants.extend(occupants[creneau.cle])


def _places() -> QuerySet[Entretien, tuple]:
    colonnes = ("code", "eleve__nom", "eleve__prenom", "eleve__classe", "eleve__etablissement__nom")
    entretiens = Entretien.objects.en_vigueur().filter(parmi("creneau_id", "creneaux"))
    return entretiens.order_by("candidature__eleve__cle").values_list(
        "creneau_id", *(f"candidature__{colonne}" for colonne in colonnes)
    )


PLACES = LecturePreparee(_places)
