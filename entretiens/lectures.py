"""Lectures composées des écrans du planning et des convocations ; rien ne s'écrit ici."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models.functions import Coalesce

from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from comptes.lectures_preparees import LecturePreparee, Parametre
from comptes.models import Personne
from entretiens.creneaux_montres import CreneauMontre
from entretiens.models import SOMME_DES_PLACES, Creneau, DomainePropose, Entretien, Jury, Proposition, Seance
from entretiens.rules.etats import EtatEntretien
from entretiens.rules.placement import Occupation, pourquoi_pas_a_cette_heure
from entretiens.rules.planning import SeanceMenee
from entretiens.tenues import a_donner
from referentiel.conditions_preparees import parmi
from referentiel.models import Accueil, Campagne, Etablissement, Vacances
from referentiel.rules.dates import PARIS, debut_du_jour, dire_heure, est_ferie, fin_du_jour, jour_de, jours_feries
from referentiel.rules.jeu import Modalite

MIDI = 12
SAMEDI = 5


@dataclass(frozen=True, slots=True)
class Journee:
    """Un jour de la semaine affichée, avec ses créneaux du matin et de l'après-midi."""

    jour: date
    conge: str
    matin: list[CreneauMontre] = field(default_factory=list)
    apres_midi: list[CreneauMontre] = field(default_factory=list)

    @property
    def est_vide(self) -> bool:
        return not self.matin and not self.apres_midi


def creneaux_du_planning(campagne: Campagne, etablissement: Etablissement) -> models.QuerySet[Creneau]:
    """Créneaux de l'établissement qui ont lieu, avec jury, série, domaine et élèves placés, en deux requêtes."""
    entretiens = Entretien.objects.en_vigueur().select_related("candidature__eleve__etablissement")
    return (
        Creneau.objects.de_l_accueil(campagne, etablissement.pk)
        .filter(capacite__gt=0)
        .select_related("seance__jury", "seance__serie", "seance__accueil__domaine")
        .prefetch_related(
            models.Prefetch("entretiens", queryset=entretiens.order_by("candidature__eleve__cle"), to_attr="occupants")
        )
        .order_by("periode", "seance__jury__cle", "pk")
    )


def seances_menees(etablissement: Etablissement, du: date, au: date) -> list[SeanceMenee]:
    """Séances que des jurys mènent ces jours-là, quel que soit le domaine."""
    bornes = DateTimeTZRange(debut_du_jour(du), fin_du_jour(au))
    seances = Seance.objects.maintenues().filter(
        etablissement=etablissement, jury__isnull=False, periode__overlap=bornes
    )
    lues = seances.values_list("jury_id", "jury__nom", "jury__membres", "periode")
    return [SeanceMenee(jury, nom, membres, periode.lower, periode.upper) for jury, nom, membres, periode in lues]


def entre(creneaux: models.QuerySet[Creneau], du: date, au: date) -> models.QuerySet[Creneau]:
    """Créneaux des jours `du` à `au`, tous deux compris."""
    return creneaux.filter(periode__overlap=DateTimeTZRange(debut_du_jour(du), fin_du_jour(au)))


def semaine(creneaux: Iterable[CreneauMontre], lundi: date, vacances: Sequence[Vacances]) -> list[Journee]:
    """Les jours d'une semaine, du lundi au vendredi, et le samedi s'il sert."""
    jours = [lundi + timedelta(days=n) for n in range(6)]
    journees = {jour: Journee(jour, conge(jour, vacances)) for jour in jours}
    for creneau in creneaux:
        debut = creneau.periode.lower.astimezone(PARIS)
        if journee := journees.get(debut.date()):
            (journee.matin if debut.hour < MIDI else journee.apres_midi).append(creneau)
    return [journee for journee in journees.values() if journee.jour != jours[SAMEDI] or not journee.est_vide]


@dataclass(slots=True)
class Plage:
    """Une ligne du planning : un créneau, ou plusieurs de la même séance, libres à la suite."""

    creneaux: list[CreneauMontre]

    @property
    def premier(self) -> CreneauMontre:
        return self.creneaux[0]

    @property
    def nombre(self) -> int:
        return len(self.creneaux)

    @property
    def fin(self) -> str:
        return dire_heure(self.creneaux[-1].periode.upper)

    def prolonge_par(self, creneau: CreneauMontre) -> bool:
        return _tout_libre(self.premier) and _tout_libre(creneau)


def par_plages(creneaux: Iterable[CreneauMontre]) -> list[Plage]:
    """Les créneaux d'une demi-journée, ceux d'une même séance libres à la suite réunis en une plage."""
    plages: list[Plage] = []
    derniere: dict[str, Plage] = {}
    for creneau in creneaux:
        plage = derniere.get(creneau.seance.code)
        if plage and plage.prolonge_par(creneau):
            plage.creneaux.append(creneau)
        else:
            derniere[creneau.seance.code] = plage = Plage([creneau])
            plages.append(plage)
    return plages


def _tout_libre(creneau: CreneauMontre) -> bool:
    return not creneau.places_prises and not creneau.seance.est_collective


def conge(jour: date, vacances: Sequence[Vacances]) -> str:
    """« Férié (lundi de Pâques) », « Vacances scolaires », ou rien."""
    if est_ferie(jour):
        return f"Férié ({jours_feries(jour.year)[jour]})"
    return "Vacances scolaires" if any(periode.contient(jour) for periode in vacances) else ""


def entretiens_du_jour_de(personne: Personne, etablissement: Etablissement, le: datetime) -> list[Entretien]:
    """Entretiens d'aujourd'hui que mène un jury où cette personne est, dans l'ordre des heures (R36)."""
    jurys = JURYS_DE.lire(personne=personne.pk, etablissement=etablissement.pk)
    bornes = {"debut": debut_du_jour(jour_de(le)), "fin": fin_du_jour(jour_de(le))}
    return DU_JOUR.lire(jurys=jurys, **bornes) if jurys else []


def _jurys_de() -> models.QuerySet[Jury, int]:
    ici = Parametre("etablissement", models.BigIntegerField())
    siens = Jury.objects.filter(etablissement=ici, equipe__personne=Parametre("personne", models.BigIntegerField()))
    return siens.order_by().values_list("pk", flat=True).distinct()


def _du_jour() -> models.QuerySet[Entretien]:
    """Part des jurys, puis de leurs séances du jour : par une période, aucun index ne mène à un seul établissement.

    D'où des bornes et non `overlap` : PostgreSQL parcourrait en entier un index où la période vient après l'élève.
    """
    debut, fin = Parametre("debut", models.DateTimeField()), Parametre("fin", models.DateTimeField())
    entretiens = Entretien.objects.en_vigueur().filter(
        parmi("creneau__seance__jury_id", "jurys"),
        creneau__seance__periode__endswith__gt=debut,
        creneau__seance__periode__startswith__lt=fin,
        periode__endswith__gt=debut,
        periode__startswith__lt=fin,
    )
    formations = FormationDemandee.objects.maintenues().select_related("formation")
    return (
        entretiens.select_related("candidature__eleve__etablissement", "creneau__seance__jury")
        .prefetch_related(
            models.Prefetch("candidature__formations_demandees", queryset=formations, to_attr="formations_maintenues")
        )
        .order_by("periode", "pk")
    )


JURYS_DE, DU_JOUR = LecturePreparee(_jurys_de), LecturePreparee(_du_jour)


def a_planifier(campagne: Campagne, etablissement: Etablissement) -> models.QuerySet[Candidature]:
    """Candidatures qui attendent une place, les plus anciennes d'abord."""
    return (
        Candidature.objects.de_l_accueil(campagne, etablissement.pk)
        .filter(etat=Etat.INSCRITE)
        .avec_eleve()
        .avec_formations()
        .order_by("inscrite_le", "pk")
    )


def accueils_de(campagne: Campagne, etablissement: Etablissement) -> models.QuerySet[Accueil]:
    """Domaines pour lesquels l'établissement reçoit, avec ce qui attend."""
    attend = models.Count(
        "candidatures",
        filter=models.Q(candidatures__etat=Etat.INSCRITE, candidatures__inscrite_le__isnull=False),
    )
    return (
        Accueil.objects.de_la_campagne(campagne)
        .filter(etablissement=etablissement)
        .select_related("domaine__campagne", "etablissement")
        .annotate(en_attente=attend)
        .order_by("domaine__cle")
    )


@dataclass(frozen=True, slots=True)
class DomaineAPlanifier:
    """Un domaine de l'établissement : ce qui attend, ce qui est libre, et la proposition en préparation."""

    accueil: Accueil
    en_attente: int
    places_libres: int
    proposition: Proposition | None

    @property
    def nom(self) -> str:
        return self.accueil.domaine.nom

    @property
    def places_manquantes(self) -> int:
        return max(0, self.en_attente - self.places_libres)


def domaines_a_planifier(campagne: Campagne, etablissement: Etablissement, le: datetime) -> list[DomaineAPlanifier]:
    """Domaines de l'établissement et ce qu'il y reste à planifier, en deux requêtes."""
    accueils = list(accueils_de(campagne, etablissement).annotate(places=places_libres(le)))
    preparees = DomainePropose.objects.filter(accueil__in=accueils).select_related("proposition__par")
    par_accueil = {domaine.accueil_id: domaine.proposition for domaine in preparees}
    return [
        DomaineAPlanifier(accueil, accueil.en_attente, accueil.places, par_accueil.get(accueil.pk))
        for accueil in accueils
    ]


def places_libres(le: datetime, *, accueil: str = "pk") -> Coalesce:
    """Nombre de places libres à venir d'un accueil, à poser dans une requête où `accueil` nomme sa clé (R26).

    Celles que tient une proposition comptent : les élèves qu'elle placera comptent encore parmi ceux qui attendent.
    """
    return Coalesce(somme_des_places_libres(le, accueil=accueil), 0)


class _UneFoisParGroupe(models.Subquery):
    """Une valeur qui ne dépend que de ce qui groupe : l'y ajouter, comme le fait Django, la lirait à chaque ligne."""

    def get_group_by_cols(self) -> list[Any]:
        return []


def somme_des_places_libres(le: datetime, *, accueil: str) -> models.Subquery:
    """Comme `places_libres`, et rien s'il n'y en a pas ; à côté de comptes groupés par accueil, lue une fois pour
    chacun."""
    lignes = (
        Creneau.objects.offerts(le)
        .filter(seance__accueil=models.OuterRef(accueil))
        .order_by()
        .values("seance__accueil")
        .annotate(n=SOMME_DES_PLACES)
    )
    return _UneFoisParGroupe(lignes.values("n"), output_field=models.IntegerField())


def creneaux_libres(
    accueil: Accueil, le: datetime, *, proposition: Proposition | None = None
) -> models.QuerySet[Creneau]:
    """Créneaux à venir d'un accueil où il reste une place, que ne tient aucune autre proposition que `proposition`."""
    return creneaux_libres_de([accueil.pk], le, proposition=proposition)


def creneaux_libres_de(
    accueils: Iterable[int], le: datetime, *, proposition: Proposition | None = None
) -> models.QuerySet[Creneau]:
    """Les mêmes, pour les accueils de ces clés."""
    creneaux = Creneau.objects.filter(seance__accueil__in=list(accueils))
    return (
        a_donner(creneaux, le, sauf=proposition)
        .select_related("seance__jury", "seance__accueil")
        .order_by("periode", "seance__jury__cle", "pk")
    )


def creneaux_a_prendre(campagne: Campagne, etablissement_id: int | None, le: datetime) -> models.QuerySet[Creneau]:
    """Créneaux à venir où il reste une place qu'aucune proposition ne tient, dans un domaine où l'on attend (R26).

    `attendent` est le nombre d'élèves du domaine qui restent à planifier.
    """
    attendent = Candidature.objects.filter(
        accueil=models.OuterRef("seance__accueil"), etat=Etat.INSCRITE, inscrite_le__isnull=False
    )
    nombre = attendent.order_by().values("accueil").annotate(n=models.Count("pk")).values("n")
    creneaux = a_donner(Creneau.objects.de_l_accueil(campagne, etablissement_id), le)
    return creneaux.filter(models.Exists(attendent)).annotate(attendent=models.Subquery(nombre))


def creneaux_liberes(campagne: Campagne, etablissement_id: int | None, le: datetime) -> models.QuerySet[Creneau]:
    """Parmi les créneaux à prendre, ceux où un entretien est annulé ou reporté."""
    rendus = Entretien.objects.filter(
        creneau=models.OuterRef("pk"), etat__in=(EtatEntretien.ANNULE, EtatEntretien.EXCUSE)
    )
    return creneaux_a_prendre(campagne, etablissement_id, le).filter(models.Exists(rendus))


def occupations(eleves: Iterable[int], sauf: int | None = None) -> dict[int, list[Occupation]]:
    """Moments où ces élèves sont pris, où que ce soit ; ne se montre jamais tel quel (R25b)."""
    prises: dict[int, list[Occupation]] = defaultdict(list)
    entretiens = Entretien.objects.en_vigueur().filter(eleve__in=list(eleves)).exclude(pk=sauf)
    for entretien in entretiens.select_related("creneau__seance__accueil"):
        prises[entretien.eleve_id].append(occupation(entretien.creneau))
    return prises


def occupation(creneau: Creneau) -> Occupation:
    accueil = creneau.seance.accueil
    return Occupation(creneau.periode.lower, creneau.periode.upper, accueil.etablissement_id, accueil.lieu)


def disponibles(creneaux: Iterable[Creneau], prises: Sequence[Occupation], *, marge: timedelta) -> list[Creneau]:
    """Ceux de `creneaux` où un élève pris par ailleurs peut venir (R23)."""
    return [creneau for creneau in creneaux if not pourquoi_pas_a_cette_heure(occupation(creneau), prises, marge=marge)]


def convient(creneau: Creneau, candidature: Candidature) -> bool:
    """Vrai si la modalité de la séance est celle qu'attend la candidature, ou s'il reste à choisir (R7)."""
    return candidature.modalite == creneau.seance.modalite or convient_a_tout(candidature, creneau.seance.accueil)


def convient_a_tout(candidature: Candidature, accueil: Accueil) -> bool:
    """Vrai si la modalité reste à choisir : la candidature n'en attend aucune, ou l'accueil offre les deux (R7)."""
    return candidature.modalite == "" or accueil.modalite == Modalite.AU_CHOIX
