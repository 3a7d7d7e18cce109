"""Chiffres clés, avancement par département et par domaine, cumul par semaine."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.db.models import CharField, Count, F, Q, Value
from django.db.models.functions import TruncWeek

from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens.rules.etats import EtatEntretien
from pilotage.selectors.avancement import INSCRITES
from pilotage.selectors.suivi.champ import Champ
from referentiel.rules.dates import PARIS
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

    `distinct` range d'abord les situations dans une sous-requête : l'historique n'y est lu qu'une fois par candidature.
    """
    nombres = {nom: Count("pk", filter=Q(situation__in=etats)) for nom, etats in CHIFFRES.items()}
    eleves = Count("eleve", distinct=True, filter=Q(situation__in=INSCRITES))
    return champ.candidatures().values("pk", "eleve", "situation").distinct().aggregate(eleves=eleves, **nombres)


def croises(champ: Champ) -> list[dict[str, Any]]:
    """Candidatures actives par département d'origine, domaine et situation, en une requête."""
    return list(
        champ.candidatures()
        .filter(situation__in=INSCRITES)
        .values("situation", departement=F("eleve__etablissement__departement"), nom_du_domaine=F("domaine__nom"))
        .annotate(nombre=Count("pk"))
    )


def eleves_par_departement(champ: Champ) -> dict[str, int]:
    """Élèves inscrits, par département d'origine."""
    inscrits = champ.candidatures().filter(situation__in=INSCRITES).values("eleve__etablissement__departement")
    return dict(
        inscrits.annotate(n=Count("eleve", distinct=True)).values_list("eleve__etablissement__departement", "n")
    )


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
    inscriptions = (
        Candidature.objects.filter(champ.conditions(), inscrite_le__lt=champ.instant)
        .order_by()
        .values(semaine=TruncWeek("inscrite_le", tzinfo=PARIS))
        .annotate(n=Count("pk"), quoi=Value("inscriptions", output_field=CharField()))
    )
    entretiens = (
        champ.entretiens()
        .filter(etat=EtatEntretien.TENU)
        .values(semaine=TruncWeek(F("periode__startswith"), tzinfo=PARIS))
        .annotate(n=Count("pk"), quoi=Value("entretiens", output_field=CharField()))
    )
    nombres: dict[date, dict[str, int]] = defaultdict(lambda: {"inscriptions": 0, "entretiens": 0})
    for ligne in inscriptions.union(entretiens, all=True):
        nombres[ligne["semaine"].astimezone(PARIS).date()][ligne["quoi"]] += ligne["n"]
    if not nombres:
        return []
    lundi, dernier, semaines = min(nombres), max(nombres), []
    while lundi <= dernier:
        semaines.append((lundi, nombres[lundi]["inscriptions"], nombres[lundi]["entretiens"]))
        lundi += timedelta(days=7)
    return semaines
