"""Ce qui peut encore changer d'une candidature : créneau, formations, établissement, désistement (écrans O8 et A3)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from candidatures.lectures import formations_a_reprendre
from candidatures.models import Candidature, DemandeDeCreneau, FormationDemandee
from candidatures.rules import MODIFIABLES, Etat, fin_du_repentir
from pilotage.selectors.lecture import CandidatureLue
from referentiel.permissions import Cote

CHANGE_ENCORE_D_ACCUEIL = MODIFIABLES | {Etat.BROUILLON}


@dataclass(frozen=True, slots=True)
class Changements:
    """Ce que l'heure et l'état permettent ; le droit et le calendrier se demandent à la vue."""

    formations: bool
    accueil: bool
    creneau: bool
    repentir: datetime | None
    demande: DemandeDeCreneau | None


def avec_les_changements(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Ajoute à chaque candidature l'instant où une de ses formations a été retirée en dernier."""
    retirees = FormationDemandee.objects.filter(candidature=OuterRef("pk"), desistee_le__isnull=False)
    return candidatures.annotate(
        derniere_retiree_le=Subquery(retirees.order_by("-desistee_le").values("desistee_le")[:1])
    )


def changements_de(lue: CandidatureLue) -> Changements:
    """Lit en une requête, deux si une formation vient d'être retirée, d'une candidature `avec_les_changements`."""
    etat, demande = Etat(lue.candidature.etat), derniere_demande(lue)
    commence = lue.entretien is not None and lue.entretien.periode.lower <= lue.le
    attend = demande is not None and demande.etat == DemandeDeCreneau.Etat.EN_ATTENTE
    return Changements(
        formations=etat in MODIFIABLES and not commence,
        accueil=etat in CHANGE_ENCORE_D_ACCUEIL and not commence,
        creneau=not attend and (etat is Etat.ABSENTE or (etat is Etat.CONVOQUEE and lue.entretien_a_venir)),
        repentir=_fin_du_repentir(lue),
        demande=demande,
    )


def derniere_demande(lue: CandidatureLue) -> DemandeDeCreneau | None:
    """Dernière demande d'un autre créneau ; l'accueil ne lit que celle qui attend sa réponse (R25b)."""
    demandes = lue.candidature.demandes_de_creneau.select_related("par").order_by("demandee_le", "pk")
    if lue.cote is Cote.ACCUEIL:
        demandes = demandes.filter(etat=DemandeDeCreneau.Etat.EN_ATTENTE)
    return demandes.last()


def _fin_du_repentir(lue: CandidatureLue) -> datetime | None:
    """Instant jusqu'auquel le dernier désistement s'annule, s'il s'annule encore."""
    candidature, delai = lue.candidature, lue.campagne.regles.delai_de_rappel
    if candidature.etat == Etat.DESISTEE:
        fin = fin_du_repentir(candidature.retiree_le, delai=delai)
    elif candidature.etat in MODIFIABLES and _est_recente(lue, candidature.derniere_retiree_le):
        reprises = formations_a_reprendre(candidature, lue.le, delai=delai)
        fin = fin_du_repentir(reprises[0].desistee_le, delai=delai) if reprises else None
    else:
        fin = None
    return fin if fin and lue.le < fin else None


def _est_recente(lue: CandidatureLue, retiree_le: datetime | None) -> bool:
    fin = fin_du_repentir(retiree_le, delai=lue.campagne.regles.delai_de_rappel)
    return fin is not None and lue.le < fin
