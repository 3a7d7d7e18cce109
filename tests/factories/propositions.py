"""Des élèves qui attendent, des créneaux libres, et la proposition qui les réunit."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import count, islice
from math import ceil

from candidatures.models import Candidature
from entretiens import services
from entretiens.models import Creneau, LigneDeProposition, Proposition
from entretiens.rules.series import Poste
from referentiel.models import Accueil
from referentiel.rules.dates import est_ouvre
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import JEUDI, ouvrir

CRENEAUX_PAR_JOUR = 21


def ouvrir_des_creneaux(accueil: Accueil, nombre: int, *, de: time = time(9), le: datetime = EN_MARS) -> list[Creneau]:
    """Ouvre des créneaux de vingt minutes, vingt-et-un par jour au plus, autant de jours ouvrés qu'il faut.

    En ouvre exactement `nombre` quand il tient en journées égales ; en rend toujours `nombre`.
    """
    par_jour = min(nombre, CRENEAUX_PAR_JOUR)
    ouvres = (jour for n in count() if est_ouvre(jour := JEUDI + timedelta(days=n)))
    au = next(islice(ouvres, ceil(nombre / par_jour) - 1, None))
    fin = (datetime.combine(JEUDI, de) + timedelta(minutes=20 * par_jour)).time()
    salle = f"S{accueil.pk}-{de:%H%M}"
    return ouvrir(accueil, de=de, a=fin, au=au, postes=(Poste(None, salle, salle),), le=le)[:nombre]


def qui_attendent(accueil: Accueil, nombre: int, **champs: object) -> list[Candidature]:
    return CandidatureFactory.create_batch(nombre, accueil=accueil, **champs)


def proposer(*accueils: Accueil, par=None, le: datetime = EN_MARS, **options: bool) -> Proposition:
    return services.proposer_un_planning(
        etablissement=accueils[0].etablissement,
        campagne=accueils[0].domaine.campagne,
        accueils=accueils,
        options=services.Options(**options),
        par=par,
        le=le,
    )


def confirmer(proposition: Proposition, *, envoyer: bool = True, par=None, le: datetime = EN_MARS) -> Proposition:
    proposition.refresh_from_db()
    return services.confirmer_la_proposition(
        proposition=proposition, version=proposition.version, envoyer=envoyer, par=par, le=le
    )


def ajuster(proposition: Proposition, choix, *, version: int | None = None, par=None, le: datetime = EN_MARS):
    proposition.refresh_from_db()
    return services.ajuster_la_proposition(
        proposition=proposition,
        choix={candidature.pk: creneau for candidature, creneau in choix.items()},
        version=version or proposition.version,
        par=par,
        le=le,
    )


def placees(proposition: Proposition) -> Sequence[LigneDeProposition]:
    lignes = proposition.lignes.filter(creneau__isnull=False).order_by("creneau__periode", "pk")
    return list(lignes.select_related("creneau", "candidature__eleve"))
