"""Le suivi établissement par établissement : quelques comptes groupés, réunis par établissement (écran S2)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, F, Max, Min, Q
from django.db.models.functions import TruncDate

from avis.suivi import TRANSMIS, en_retard
from candidatures.models import FormationDemandee
from candidatures.rules import Etat
from entretiens.models import SOMME_DES_PLACES, Creneau
from entretiens.rules.etats import EtatEntretien
from pilotage.selectors.avancement import INSCRITES
from pilotage.selectors.suivi.champ import Champ
from pilotage.selectors.suivi.chiffres import CHIFFRES, SITUATIONS
from referentiel.models import Etablissement
from referentiel.rules.dates import PARIS, jour_de

UN_JOUR = timedelta(days=1)
CHEMINS = {"origine": "eleve__etablissement", "accueil": "accueil__etablissement"}
ETAPES: dict[str, tuple[Etat, ...]] = CHIFFRES | {"a_planifier": SITUATIONS["a_planifier"]}
Comptes = dict[int, dict[str, Any]]


def accueils_suivis(champ: Champ, *, connexions: bool = True) -> list[dict[str, Any]]:
    """Établissements d'accueil qui ont des candidatures, en cinq requêtes, par ordre alphabétique.

    Retards, délais et places sont ceux d'aujourd'hui, quel que soit le jour du champ.
    """
    comptes = par_etablissement(champ, "accueil")
    places = (
        Creneau.objects.offerts(champ.le)
        .filter(seance__accueil__domaine__campagne=champ.campagne)
        .order_by()
        .values(cle=F("seance__etablissement"))
        .annotate(places=SOMME_DES_PLACES)
    )
    if champ.domaine:
        places = places.filter(seance__accueil__domaine__slug=champ.domaine)
    _joindre(comptes, delais_des_accueils(champ.maintenant()), tenus=0, en_retard=0, plus_ancien=None, delai=None)
    _joindre(comptes, places, places=0)
    return _nommer(comptes, "accueil", connexions=connexions)


def delais_des_accueils(champ: Champ) -> list[dict[str, Any]]:
    """Entretiens individuels tenus par établissement d'accueil, comptes-rendus en retard, délai moyen en jours."""
    tenus = champ.entretiens().filter(etat=EtatEntretien.TENU).exclude(candidature__etat=Etat.SEANCE_SUIVIE)
    retard = en_retard(champ.campagne, champ.instant) & Q(candidature__etat=Etat.REALISEE)
    delai = TruncDate("candidature__compte_rendu__transmis_le", tzinfo=PARIS) - TruncDate(
        F("periode__startswith"), tzinfo=PARIS
    )
    lignes = tenus.values(cle=F("candidature__accueil__etablissement")).annotate(
        tenus=Count("pk"),
        en_retard=Count("pk", filter=retard),
        plus_ancien=Min(F("periode__startswith"), filter=retard),
        delai=Avg(delai, filter=TRANSMIS),
    )
    return [
        ligne
        | {
            "delai": None if ligne["delai"] is None else round(ligne["delai"] / UN_JOUR, 1),
            "plus_ancien": jour_de(ligne["plus_ancien"]) if ligne["plus_ancien"] else None,
        }
        for ligne in lignes
    ]


def origines_suivies(champ: Champ, *, connexions: bool = True) -> list[dict[str, Any]]:
    """Établissements d'origine qui ont inscrit des élèves, en quatre requêtes, par ordre alphabétique.

    Les avis manquants sont ceux d'aujourd'hui, quel que soit le jour du champ.
    """
    comptes = par_etablissement(champ, "origine")
    manquants = (
        champ.maintenant()
        .demandes()
        .filter(pk__in=FormationDemandee.objects.sans_avis_complet().order_by().values("pk"))
        .values(cle=F("candidature__eleve__etablissement"))
        .annotate(avis_manquants=Count("pk"))
    )
    _joindre(comptes, manquants, avis_manquants=0)
    return _nommer(comptes, "origine", connexions=connexions)


def par_etablissement(champ: Champ, cote: str) -> Comptes:
    """Élèves et candidatures à chaque étape, par clé d'établissement du côté `cote`, en deux requêtes."""
    candidatures = champ.candidatures().filter(**_des_eleves(champ, cote)).annotate(cle=F(CHEMINS[cote]))
    inscrits = candidatures.filter(situation__in=INSCRITES).values("cle")
    eleves = dict(inscrits.annotate(n=Count("eleve", distinct=True)).values_list("cle", "n"))
    comptes: Comptes = {}
    for cle, situation, nombre in (
        candidatures.values("cle", "situation").annotate(n=Count("pk")).values_list("cle", "situation", "n")
    ):
        ligne = comptes.setdefault(cle, {"eleves": eleves.get(cle, 0)} | dict.fromkeys(ETAPES, 0))
        for etape, etats in ETAPES.items():
            ligne[etape] += nombre if situation in etats else 0
    return comptes


def _des_eleves(champ: Champ, cote: str) -> dict[str, Any]:
    """La campagne des élèves est celle des domaines : là où on les lit, la redire borne ceux qu'on lit."""
    return {"eleve__campagne": champ.campagne} if cote == "origine" else {}


def _joindre(comptes: Comptes, lignes: Iterable[dict[str, Any]], **defauts: Any) -> None:
    """Ajoute à chaque établissement compté les valeurs d'une autre requête, ou leurs défauts."""
    autres = {ligne["cle"]: ligne for ligne in lignes}
    for cle, ligne in comptes.items():
        autre = autres.get(cle, {})
        ligne |= {nom: autre.get(nom, defaut) for nom, defaut in defauts.items()}


def _nommer(comptes: Comptes, cote: str, *, connexions: bool) -> list[dict[str, Any]]:
    lieux = Etablissement.objects.filter(pk__in=comptes).order_by("cle", "cle_de_commune", "pk")
    if connexions:
        places = Q(rattachements__personne__is_active=True, **{f"rattachements__{cote}": True})
        lieux = lieux.annotate(connexion=Max("rattachements__personne__last_login", filter=places))
    return [
        comptes[lieu.pk]
        | {
            "cle": lieu.pk,
            "uai": lieu.segment,
            "nom": lieu.nom_et_commune,
            "departement": lieu.departement,
            "connexion": getattr(lieu, "connexion", None),
        }
        for lieu in lieux
    ]
