"""Les créneaux qu'une proposition de planning tient, le temps qu'on la regarde ; rien ne s'écrit ici.

Une tenue avertit et retient la main des collègues du même lycée. Elle ne garantit rien : la confirmation d'une
proposition revérifie tout, créneau par créneau.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from entretiens.models import Creneau, LigneDeProposition, Proposition
from referentiel.models import Accueil
from referentiel.rules.dates import dire_heure, dire_instant, jour_de


@dataclass(frozen=True, slots=True)
class PlaceTenue:
    """Ce qu'une proposition tient d'un créneau, et comment le dire."""

    places: int
    phrase: str

    @property
    def raison(self) -> str:
        """Ce qui s'oppose à qui voulait ce créneau."""
        return f"{self.phrase} Choisissez-en un autre."


def tenues_de(creneaux: Iterable[Creneau], *, le: datetime, sauf: Proposition | None = None) -> dict[int, PlaceTenue]:
    """Ce que les propositions en préparation tiennent de ces créneaux, par clé de créneau, en une requête."""
    cles = {creneau.pk for creneau in creneaux}
    lignes = _lignes_tenues(le, sauf).filter(creneau__in=cles).select_related("proposition__par")
    par_creneau = {ligne.creneau_id: ligne.proposition for ligne in lignes}
    nombres = Counter(ligne.creneau_id for ligne in lignes)
    return {cle: PlaceTenue(nombres[cle], dire_la_tenue(proposition)) for cle, proposition in par_creneau.items()}


def a_donner(creneaux: QuerySet[Creneau], le: datetime, sauf: Proposition | None = None) -> QuerySet[Creneau]:
    """Ceux de `creneaux` où il reste une place à venir, que ne tient aucune autre proposition que `sauf`."""
    lignes = _lignes_tenues(le, sauf).filter(creneau=OuterRef("pk")).order_by().values("creneau")
    tenues = Coalesce(Subquery(lignes.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
    libres = creneaux.alias(tenues=tenues).filter(places_prises__lt=F("capacite") - F("tenues"))
    return libres.filter(periode__startswith__gt=le)


def dire_ce_qui_est_tenu(accueil: Accueil, le: datetime) -> str:
    """Ce qu'une page qui montre les créneaux libres d'un domaine dit de ceux qu'elle tait ; rien s'il n'y en a pas."""
    tenue = Proposition.objects.tenues(le).filter(domaines__accueil=accueil).select_related("par").first()
    if tenue is None:
        return ""
    return f"{dire_qui_prepare(tenue, le)} Les créneaux qu’elle retient ne sont pas montrés."


def dire_la_tenue(proposition: Proposition) -> str:
    """« Ce créneau est retenu jusqu’à 14 h 35 par la proposition de planning de Mme Leroy. »"""
    de = f" de {proposition.par}" if proposition.par else ""
    return f"Ce créneau est retenu jusqu’à {dire_heure(proposition.tenue_jusqu_a)} par la proposition de planning{de}."


def dire_qui_prepare(proposition: Proposition, le: datetime) -> str:
    """« Mme Leroy prépare une proposition de planning pour ce domaine depuis 14 h 05. »"""
    qui = str(proposition.par) if proposition.par else "Un collègue"
    debut = proposition.commencee_le
    depuis = dire_heure(debut) if jour_de(debut) == jour_de(le) else f"le {dire_instant(debut, annee=False)}"
    return f"{qui} prépare une proposition de planning pour ce domaine depuis {depuis}."


def _lignes_tenues(le: datetime, sauf: Proposition | None):
    return LigneDeProposition.objects.filter(proposition__in=Proposition.objects.tenues(le)).exclude(proposition=sauf)
