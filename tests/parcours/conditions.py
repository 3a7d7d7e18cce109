"""Ce qu'il faut pour une histoire : un collège, un lycée, une campagne autour d'aujourd'hui, une offre."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from psycopg.types.range import Range

from comptes.models import Personne
from entretiens.models import Entretien
from passpro.demonstration.decors import CRETEIL
from referentiel.models import Accueil, Campagne, Etablissement
from referentiel.rules.dates import est_ouvre, jour_de
from tests.factories.referentiel import (
    MOT_DE_PASSE,
    AccueilFactory,
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
    PersonneFactory,
    RattachementFactory,
)


@dataclass(frozen=True)
class Decor:
    campagne: Campagne
    college: Etablissement
    lycee: Etablissement
    accueil: Accueil
    principale: Personne
    proviseur: Personne


def planter_le_decor() -> Decor:
    """Une offre de deux formations dans un domaine, un compte de chaque côté."""
    aujourd_hui = jour_de(timezone.now())
    with transaction.atomic():
        campagne = CampagneFactory(
            annee=aujourd_hui.year,
            calendrier={n: (b.debut, b.fin) for n, b in CRETEIL.calendrier(aujourd_hui).periodes.items()},
            regles__delai_de_rappel=0,
        )
    college = EtablissementFactory(academie=campagne.academie, nom="Collège des Tilleuls")
    lycee = EtablissementFactory(academie=campagne.academie, nom="Lycée des Métiers", lycee=True)
    domaine = DomaineFactory(campagne=campagne, nom="Hôtellerie-restauration")
    accueil = AccueilFactory(domaine=domaine, etablissement=lycee)
    for libelle in ("Cuisine", "Pâtissier"):
        OffreFactory(formation=FormationFactory(domaine=domaine, libelle=libelle), etablissement=lycee)
    principale = PersonneFactory(courriel="principale@passpro.example", mot_de_passe=MOT_DE_PASSE)
    proviseur = PersonneFactory(courriel="proviseur@passpro.example", mot_de_passe=MOT_DE_PASSE)
    RattachementFactory(personne=principale, etablissement=college)
    RattachementFactory(personne=proviseur, a_l_accueil=True, etablissement=lycee)
    return Decor(campagne, college, lycee, accueil, principale, proviseur)


def prochain_jour_ouvre(apres: int = 7) -> date:
    jour = jour_de(timezone.now()) + timedelta(days=apres)
    while not est_ouvre(jour):
        jour += timedelta(days=1)
    return jour


def laisser_passer_l_entretien(entretien: Entretien) -> datetime:
    """Le temps passe : l'entretien et son créneau ont eu lieu hier. Rend l'heure où il a commencé."""
    recul = entretien.periode.upper - timezone.now() + timedelta(days=1)
    creneau = entretien.creneau
    for objet in (creneau.seance, creneau):
        hier = Range(objet.periode.lower - recul, objet.periode.upper - recul)
        type(objet).objects.filter(pk=objet.pk).update(periode=hier)
    entretien.refresh_from_db()
    return entretien.periode.lower
