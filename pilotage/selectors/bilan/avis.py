"""Les avis des deux côtés, leur rencontre, et les comptes-rendus transmis."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    CharField,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import MD5, Length, Lower, Trim

from avis.models import AvisAccueil, CompteRendu
from avis.rules import EtatCompteRendu
from pilotage.discriminance import COMPTE_RENDU_COURT
from pilotage.selectors.suivi import Champ
from referentiel.models import Etablissement, Formation
from referentiel.rules.jeu import Avis

RENDUS = Q(avis_accueil__compte_rendu__etat=EtatCompteRendu.TRANSMIS)
ParAvis = dict[Avis, int]


class Mediane(Aggregate):
    """Médiane d'une expression, par PostgreSQL."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def avis_d_origine(champ: Champ) -> dict[int, ParAvis]:
    """Avis donnés par chaque établissement d'origine, toutes formations confondues.

    La campagne des élèves est celle des domaines ; la redire borne ceux qu'on lit.
    """
    avises = champ.demandes().filter(candidature__eleve__campagne=champ.campagne).exclude(avis="")
    lignes = avises.values(cle=F("candidature__eleve__etablissement"), valeur=F("avis")).annotate(n=Count("pk"))
    return _par_cle(lignes.values_list("cle", "valeur", "n"))


def avis_d_accueil(champ: Champ) -> dict[int, ParAvis]:
    """Avis transmis par chaque établissement d'accueil : `par_accueil` de `groupes_d_avis`, sans lire les autres."""
    lignes = champ.demandes().filter(RENDUS).values(cle=F("candidature__accueil__etablissement"))
    return _par_cle(lignes.annotate(valeur=F("avis_accueil__valeur"), n=Count("pk")).values_list("cle", "valeur", "n"))


@dataclass(frozen=True, slots=True)
class Groupe:
    """Des formations demandées semblables : même accueil, même formation, mêmes avis (`None` : pas transmis)."""

    accueil: int
    formation: str
    domaine: str
    origine: Avis
    valeur: Avis | None
    nombre: int


def groupes_d_avis(champ: Champ) -> list[Groupe]:
    """Formations demandées et ajoutées, groupées par accueil, formation et couple d'avis, en une requête.

    Un avis d'origine qui manque est « absent » ; un avis d'accueil ne compte qu'une fois transmis (R30).
    """
    transmis = Case(When(RENDUS, then=F("avis_accueil__valeur")), default=Value(""), output_field=CharField())
    lignes = (
        champ.demandes()
        .annotate(transmis=transmis)
        .values("formation__type", "formation__libelle", "avis", "transmis")
        .annotate(
            accueil=F("candidature__accueil__etablissement"), du_domaine=F("candidature__domaine__nom"), n=Count("pk")
        )
    )
    return [
        Groupe(
            accueil=ligne["accueil"],
            formation=f"{Formation.Type(ligne['formation__type']).label} {ligne['formation__libelle']}",
            domaine=ligne["du_domaine"],
            origine=Avis(ligne["avis"] or Avis.ABSENT),
            valeur=Avis(ligne["transmis"]) if ligne["transmis"] else None,
            nombre=ligne["n"],
        )
        for ligne in lignes
    ]


def par_accueil(groupes: Iterable[Groupe]) -> dict[int, ParAvis]:
    """Avis transmis par chaque établissement d'accueil."""
    return _par_cle((g.accueil, g.valeur, g.nombre) for g in groupes if g.valeur)


def par_formation(groupes: Iterable[Groupe]) -> dict[tuple[str, str], ParAvis]:
    """Avis transmis par domaine et formation ; « absent » y compte les formations qui n'en ont pas encore."""
    return _par_cle(((g.domaine, g.formation), g.valeur or Avis.ABSENT, g.nombre) for g in groupes)


def rencontres(groupes: Iterable[Groupe]) -> dict[tuple[Avis, Avis], int]:
    """Formations dont l'avis d'accueil est transmis, par couple d'avis."""
    comptes: dict[tuple[Avis, Avis], int] = defaultdict(int)
    for groupe in groupes:
        if groupe.valeur:
            comptes[groupe.origine, groupe.valeur] += groupe.nombre
    return dict(comptes)


def ensemble(par_cle: Mapping[Any, ParAvis]) -> ParAvis:
    """Les avis de tous, réunis."""
    comptes: ParAvis = defaultdict(int)
    for par_avis in par_cle.values():
        for avis, nombre in par_avis.items():
            comptes[avis] += nombre
    return dict(comptes)


def _par_cle(lignes: Iterable[tuple[Any, str, int]]) -> dict[Any, ParAvis]:
    comptes: dict[Any, ParAvis] = defaultdict(lambda: defaultdict(int))
    for cle, valeur, nombre in lignes:
        comptes[cle][Avis(valeur)] += nombre
    return {cle: dict(par_avis) for cle, par_avis in comptes.items()}


def longueurs(champ: Champ) -> dict[int, dict[str, Any]]:
    """Comptes-rendus transmis par établissement d'accueil : nombre et longueur médiane."""
    return {ligne.pop("cle"): ligne for ligne in _mesures(champ)}


def comptes_rendus(champ: Champ) -> dict[int, dict[str, Any]]:
    """Comptes-rendus transmis par établissement d'accueil : nombre, longueur médiane, très courts.

    `sans_conseil` compte les entretiens dont un avis au moins est réservé et le compte-rendu très court.
    """
    reserve = Exists(AvisAccueil.objects.filter(compte_rendu=OuterRef("pk"), valeur=Avis.RESERVE))
    court = Q(longueur__lt=COMPTE_RENDU_COURT)
    lignes = _mesures(champ).annotate(
        courts=Count("pk", filter=court), sans_conseil=Count("pk", filter=court & Q(reserve))
    )
    return {ligne.pop("cle"): ligne for ligne in lignes}


def _mesures(champ: Champ) -> QuerySet[CompteRendu, dict[str, Any]]:
    return (
        _transmis(champ)
        .annotate(longueur=Length(Trim("texte")))
        .values(cle=F("candidature__accueil__etablissement"))
        .annotate(nombre=Count("pk"), mediane=Mediane("longueur"))
    )


def textes_repetes(champ: Champ, etablissement: int | None = None) -> dict[int, int]:
    """Comptes-rendus dont le texte se retrouve, mot pour mot, dans un autre du même établissement ; de celui-ci seul,
    s'il est dit."""
    transmis = _transmis(champ)
    if etablissement is not None:
        transmis = transmis.filter(candidature__accueil__etablissement=etablissement)
    groupes = (
        transmis.values(cle=F("candidature__accueil__etablissement"), empreinte=MD5(Lower(Trim("texte"))))
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .values_list("cle", "n")
    )
    repetes: dict[int, int] = defaultdict(int)
    for cle, nombre in groupes:
        repetes[cle] += nombre
    return dict(repetes)


def noms_des_etablissements(cles: Iterable[int]) -> list[tuple[int, str, str]]:
    """Clé, nom et département de ces établissements, par ordre alphabétique."""
    lieux = Etablissement.objects.filter(pk__in=set(cles)).order_by("cle", "cle_de_commune", "pk")
    return [(lieu.pk, lieu.nom_et_commune, lieu.departement) for lieu in lieux]


def _transmis(champ: Champ):
    return (
        CompteRendu.objects.transmis()
        .filter(champ.conditions("candidature__"), transmis_le__lt=champ.instant)
        .order_by()
    )
