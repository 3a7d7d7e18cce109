"""Jurys, séances, créneaux et entretiens des tests ; les situations passent par les services."""

from datetime import date, datetime, time, timedelta

import factory
from factory.django import DjangoModelFactory

from candidatures.models import Candidature
from entretiens import services
from entretiens.models import Creneau, Entretien, Envoi, Jury
from entretiens.rules.series import Poste, Serie
from referentiel.models import Accueil
from referentiel.rules.dates import PARIS
from tests.factories.candidatures import EN_MARS
from tests.factories.referentiel import EtablissementFactory

# Un jeudi de mars 2027, huit jours ouvrés après EN_MARS.
JEUDI = date(2027, 3, 25)


def instant(heure: int, minute: int = 0, jour: date = JEUDI) -> datetime:
    return datetime.combine(jour, time(heure, minute), tzinfo=PARIS)


class JuryFactory(DjangoModelFactory):
    class Meta:
        model = Jury

    etablissement = factory.SubFactory(EtablissementFactory, lycee=True)
    nom = factory.Sequence(lambda n: f"Jury {n}")


def serie(**champs) -> Serie:
    """Une matinée de trois créneaux de vingt minutes, le jeudi, dans la salle 204."""
    voulus = {
        "du": JEUDI,
        "au": JEUDI,
        "jours": frozenset({0, 1, 2, 3, 4}),
        "de": time(9),
        "a": time(10),
        "duree": timedelta(minutes=20),
        "postes": (Poste(None, "salle 204", "204"),),
    }
    return Serie(**(voulus | champs))


def ouvrir(accueil: Accueil, *, le: datetime = EN_MARS, par=None, **champs) -> list[Creneau]:
    """Ouvre une série chez `accueil` ; rend ses créneaux dans l'ordre."""
    seances = services.creer_la_serie(accueil=accueil, serie=serie(**champs), par=par, le=le)
    return list(Creneau.objects.filter(seance__in=seances).order_by("periode", "pk"))


def ouvrir_un_creneau(accueil: Accueil, heure: int = 9, minute: int = 0, **champs) -> Creneau:
    """Ouvre un seul créneau de vingt minutes."""
    debut = time(heure, minute)
    fin = (datetime.combine(JEUDI, debut) + timedelta(minutes=20)).time()
    salle = champs.pop("salle", f"{heure}{minute:02d}")
    postes = (Poste(None, salle, salle),)
    [creneau] = ouvrir(accueil, **({"de": debut, "a": fin, "postes": postes} | champs))
    return creneau


def placer(candidature: Candidature, creneau: Creneau, *, le: datetime = EN_MARS) -> Entretien:
    return services.placer(candidature=candidature, creneau=creneau, par=None, le=le)


def convoquer(*entretiens: Entretien, le: datetime = EN_MARS) -> Envoi:
    """Confirme des entretiens d'un même établissement."""
    accueil = Accueil.objects.select_related("etablissement", "domaine__campagne__regles").get(
        seances__creneaux__entretiens=entretiens[0]
    )
    return services.confirmer(
        etablissement=accueil.etablissement, campagne=accueil.domaine.campagne, entretiens=entretiens, par=None, le=le
    )


__all__ = [
    "JEUDI",
    "JuryFactory",
    "convoquer",
    "instant",
    "ouvrir",
    "ouvrir_un_creneau",
    "placer",
    "serie",
]
