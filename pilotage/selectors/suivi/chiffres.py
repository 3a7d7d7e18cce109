"""Chiffres clés, avancement par département et par domaine, cumul par semaine."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)

from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat
from entretiens.rules.etats import EtatEntretien
from pilotage.selectors.avancement import INSCRITES
from pilotage.selectors.suivi.champ import Champ
from pilotage.selectors.suivi.prepare import lire
from referentiel.models import Domaine
from referentiel.rules.dates import debut_du_jour
from referentiel.rules.identifiants import cle_de_recherche

# De la plus avancée à la moins avancée ; chaque candidature active est dans une seule.
SITUATIONS: dict[str, tuple[Etat, ...]] = {
    "rendues": (Etat.RENDUE,),
    "suivies": (Etat.SEANCE_SUIVIE,),
    "attendues": (Etat.REALISEE,),
    "convoquees": (Etat.CONVOQUEE,),
    "a_planifier": (Etat.INSCRITE, Etat.PLANIFIEE),
    "absences": (Etat.ABSENTE,),
}
REALISEES = (*SITUATIONS["rendues"], *SITUATIONS["suivies"], *SITUATIONS["attendues"])
CONVOQUEES = (*REALISEES, Etat.CONVOQUEE, Etat.ABSENTE)
CHIFFRES: dict[str, tuple[Etat, ...]] = {
    "candidatures": INSCRITES,
    "convocations": CONVOQUEES,
    "realises": REALISEES,
    "rendus": (Etat.RENDUE,),
    "absences": (Etat.ABSENTE,),
    "desistements": (Etat.DESISTEE,),
}


def chiffres_cles(champ: Champ) -> dict[str, int]:
    """Élèves inscrits et candidatures à chaque étape, en une requête.

    Les candidatures se réunissent d'abord par élève et situation : l'historique n'y est lu qu'une fois pour chacune.
    """
    reunies = champ.candidatures().values("eleve", "situation").annotate(n=Count("pk"))
    nombres = {nom: Sum("n", filter=Q(situation__in=etats), default=0) for nom, etats in CHIFFRES.items()}
    return reunies.aggregate(eleves=Count("eleve", distinct=True, filter=Q(situation__in=INSCRITES)), **nombres)


def chiffres_de(lignes: list[dict[str, Any]], eleves: dict[str, int]) -> dict[str, int]:
    """Les mêmes chiffres, d'après ce que `croises` et `eleves_par_departement` ont déjà lu."""
    par_etat: Counter[str] = Counter()
    for ligne in lignes:
        par_etat[ligne["situation"]] += ligne["nombre"]
    nombres = {nom: sum(par_etat[etat.value] for etat in etats) for nom, etats in CHIFFRES.items()}
    return {"eleves": sum(eleves.values()), **nombres}


def croises(champ: Champ) -> list[dict[str, Any]]:
    """Candidatures inscrites par département d'origine, domaine et situation, désistées comprises, en deux requêtes.

    Le nom d'un domaine ne se lit pas pour chaque candidature. La campagne des élèves est celle des domaines ; la
    redire borne les élèves lus. Les noms se lisent après les comptes : un domaine qui vient d'entrer au catalogue a le
    sien, et ce qui ne se compte plus n'a pas besoin d'un nom.
    """
    comptees = lire(_croises, champ)
    noms = dict(Domaine.objects.filter(campagne=champ.campagne).order_by().values_list("pk", "nom"))
    return [ligne | {"nom_du_domaine": noms[ligne["domaine"]]} for ligne in comptees if ligne["domaine"] in noms]


def _croises(champ: Champ) -> QuerySet:
    return (
        champ.candidatures()
        .filter(eleve__campagne=champ.campagne)
        .values("situation", "domaine", departement=F("eleve__etablissement__departement"))
        .annotate(nombre=Count("pk"))
    )


def actives(lignes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Celles que les graphiques et les tableaux comptent : ni désistées, ni annulées."""
    return [ligne for ligne in lignes if ligne["situation"] in INSCRITES]


def eleves_par_departement(champ: Champ) -> dict[str, int]:
    """Élèves inscrits, par département d'origine ; un élève n'y a qu'un établissement."""
    return dict(lire(_eleves_par_departement, champ))


def _eleves_par_departement(champ: Champ) -> QuerySet:
    inscrites = champ.candidatures().filter(situation__in=INSCRITES, eleve=OuterRef("pk"))
    lignes = Eleve.objects.filter(Exists(inscrites), campagne=champ.campagne).order_by()
    return lignes.values_list("etablissement__departement").annotate(n=Count("pk"))


def par_situation(lignes: list[dict[str, Any]], cle: str) -> dict[str, dict[str, int]]:
    """Nombre de candidatures par situation, pour chaque valeur de `cle`, en ordre alphabétique."""
    situations = {etat: nom for nom, etats in SITUATIONS.items() for etat in etats}
    comptes: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(SITUATIONS, 0))
    for ligne in lignes:
        comptes[ligne[cle]][situations[Etat(ligne["situation"])]] += ligne["nombre"]
    return dict(sorted(comptes.items(), key=lambda ligne: cle_de_recherche(ligne[0])))


def par_semaine(champ: Champ) -> list[tuple[date, int, int]]:
    """Par semaine, du premier au dernier lundi : candidatures inscrites et entretiens réalisés, en une requête.

    Une candidature désistée depuis reste comptée la semaine de son inscription.
    """
    nombres: dict[int, dict[str, int]] = defaultdict(lambda: {"inscriptions": 0, "entretiens": 0})
    for ligne in lire(_par_semaine, champ):
        nombres[max(ligne["rang"] - 1, 0)][ligne["quoi"]] += ligne["n"]
    if not nombres:
        return []
    lundis = _lundis(champ)
    return [
        (lundis[rang], nombres[rang]["inscriptions"], nombres[rang]["entretiens"])
        for rang in range(min(nombres), max(nombres) + 1)
    ]


def _par_semaine(champ: Champ) -> QuerySet:
    lundis = _lundis(champ)
    inscriptions = (
        Candidature.objects.filter(champ.conditions(), inscrite_le__lt=champ.instant)
        .order_by()
        .values(rang=_rang_de_la_semaine("inscrite_le", lundis))
        .annotate(n=Count("pk"), quoi=Value("inscriptions", output_field=CharField()))
    )
    entretiens = (
        champ.entretiens()
        .filter(etat=EtatEntretien.TENU)
        .values(rang=_rang_de_la_semaine("periode__startswith", lundis))
        .annotate(n=Count("pk"), quoi=Value("entretiens", output_field=CharField()))
    )
    return inscriptions.union(entretiens, all=True)


def _lundis(champ: Champ) -> list[date]:
    """Les lundis où une semaine de la campagne peut commencer : depuis un an avant celle des entretiens."""
    premier = date(champ.campagne.annee - 1, 1, 1)
    premier -= timedelta(days=premier.weekday())
    return [premier + timedelta(weeks=n) for n in range((champ.jour - premier).days // 7 + 1)] or [premier]


def _rang_de_la_semaine(instant: str, lundis: list[date]) -> Func:
    """Rang, à partir de 1, de la semaine d'un instant : une recherche dans un tableau, moins chère qu'une date tronquée
    à l'heure de Paris."""
    bornes = Value([debut_du_jour(lundi) for lundi in lundis], output_field=ArrayField(DateTimeField()))
    return Func(F(instant), bornes, function="width_bucket", output_field=IntegerField())
