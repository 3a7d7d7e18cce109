"""Des élèves qui attendent, des créneaux libres, et la proposition qui les réunit."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from candidatures.models import Candidature
from entretiens import services
from entretiens.models import Creneau, LigneDeProposition, Proposition
from entretiens.rules.series import Poste
from referentiel.models import Accueil
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import JEUDI, ouvrir


def ouvrir_des_creneaux(accueil: Accueil, nombre: int, *, de: time = time(9), le: datetime = EN_MARS) -> list[Creneau]:
    """Ouvre `nombre` créneaux de vingt minutes, vingt-et-un par jour au plus, les jours ouvrés à partir de JEUDI."""
    par_jour = min(nombre, 21)
    jours = -(-nombre // par_jour)
    au = JEUDI + timedelta(days=jours + 2 * (jours // 5) + (4 if jours > 1 else 0) - (1 if jours == 1 else 0))
    fin = (datetime.combine(JEUDI, de) + timedelta(minutes=20 * par_jour)).time()
    salle = f"S{accueil.pk}-{de:%H%M}"
    creneaux = ouvrir(accueil, de=de, a=fin, au=max(JEUDI, au), postes=(Poste(None, salle, salle),), le=le)
    return creneaux[:nombre]


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
