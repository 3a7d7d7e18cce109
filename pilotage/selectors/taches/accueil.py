"""Ce qui attend un établissement d'accueil (écran 2.2)."""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, QuerySet

from avis.permissions import peut_transmettre
from avis.presentation import Suivi
from avis.suivi import de_ce_suivi, entretiens_tenus
from candidatures.models import Candidature, DemandeDeCreneau
from candidatures.rules import Etat
from courriers.models import Courriel
from entretiens.models import Convocation, Entretien
from pilotage.selectors.taches.socle import (
    A_VENIR,
    A_VERIFIER,
    EN_RETARD,
    Ou,
    Tache,
    avec_le_premier,
    jusqu_a,
    phrase,
    toujours,
)
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE


def _comptes_rendus(suivi: Suivi) -> Callable[[Ou], QuerySet[Entretien]]:
    return lambda ou: de_ce_suivi(entretiens_tenus(ou.campagne, ou.etablissement_id), suivi, ou.campagne, ou.le)


def _presences(ou: Ou) -> QuerySet[Entretien]:
    return Entretien.objects.prevus().finis(ou.le).filter(candidature__in=ou.adressees)


def _non_distribuees(ou: Ou) -> QuerySet[Courriel]:
    """Courriels abandonnés d'une convocation encore en vigueur."""
    convocations = Convocation.objects.de_l_accueil(ou.campagne, ou.etablissement_id).en_vigueur()
    return Courriel.objects.en_echec().filter(Exists(convocations.filter(courriels=OuterRef("pk"))))


def _a_planifier(ou: Ou) -> QuerySet[Candidature]:
    return ou.adressees.filter(etat=Etat.INSCRITE)


def _demandes_de_creneau(ou: Ou) -> QuerySet[DemandeDeCreneau]:
    """Demandes qui attendent une réponse, pour des élèves encore attendus."""
    return DemandeDeCreneau.objects.filter(
        etat=DemandeDeCreneau.Etat.EN_ATTENTE,
        candidature__in=ou.adressees.filter(etat__in=(Etat.INSCRITE, Etat.PLANIFIEE, Etat.CONVOQUEE)),
    )


def _a_envoyer(ou: Ou) -> QuerySet[Entretien]:
    """Créneaux réservés dont rien n'est annoncé, et encore à venir."""
    a_confirmer = Entretien.objects.de_l_accueil(ou.campagne, ou.etablissement_id).a_confirmer()
    return a_confirmer.filter(periode__startswith__gt=ou.le)


ACCUEIL = [
    Tache(
        "comptes-rendus-en-retard",
        "compte-rendu en retard",
        "comptes-rendus en retard",
        _comptes_rendus(Suivi.RETARD),
        toujours(EN_RETARD),
        avec_le_premier(f"Le plus ancien{INSECABLE}: entretien du {{jour}}."),
        ordre="periode__startswith",
        page=("avis:comptes_rendus", "etat=retard"),
    ),
    Tache(
        "presences",
        "présence à saisir",
        "présences à saisir",
        _presences,
        toujours(("Aujourd’hui", "fr-badge--warning")),
        avec_le_premier(f"Premier entretien{INSECABLE}: {{jour}}."),
        ordre="periode__startswith",
        geste=("Saisir les présences", "entretiens:presences"),
    ),
    Tache(
        "convocations-en-echec",
        "convocation non distribuée",
        "convocations non distribuées",
        _non_distribuees,
        toujours(A_VERIFIER),
        phrase("Une adresse a refusé le message."),
        ordre="poste_le",
        geste=("Voir les envois", "entretiens:envois"),
    ),
    Tache(
        "a-planifier",
        "entretien à planifier",
        "entretiens à planifier",
        _a_planifier,
        jusqu_a(Nature.CONVOCATIONS),
        avec_le_premier(f"Plus ancienne inscription{INSECABLE}: {{jour}}."),
        ordre="inscrite_le",
        geste=("Placer les élèves", "entretiens:placer"),
    ),
    Tache(
        "convocations-a-envoyer",
        "convocation à envoyer",
        "convocations à envoyer",
        _a_envoyer,
        toujours(A_VERIFIER),
        phrase("Créneaux réservés, aucun courriel parti."),
        ordre="periode__startswith",
        geste=("Vérifier et envoyer", "entretiens:verifier_l_envoi"),
    ),
    Tache(
        "demandes-de-creneau",
        "demande de nouveau créneau",
        "demandes de nouveau créneau",
        _demandes_de_creneau,
        jusqu_a(Nature.ENTRETIENS),
        avec_le_premier(f"Plus ancienne demande{INSECABLE}: {{jour}}."),
        ordre="demandee_le",
    ),
    Tache(
        "comptes-rendus-a-relire",
        "compte-rendu à relire et transmettre",
        "comptes-rendus à relire et transmettre",
        _comptes_rendus(Suivi.A_RELIRE),
        toujours(A_VERIFIER),
        phrase("En attente de votre relecture."),
        ordre="periode__startswith",
        page=("avis:comptes_rendus", "etat=a-relire"),
        reservee=peut_transmettre,
    ),
    Tache(
        "comptes-rendus-a-saisir",
        "compte-rendu à saisir",
        "comptes-rendus à saisir",
        _comptes_rendus(Suivi.A_SAISIR),
        toujours(A_VENIR),
        avec_le_premier(f"Premier entretien{INSECABLE}: {{jour}}."),
        ordre="periode__startswith",
        page=("avis:comptes_rendus", "etat=a-saisir"),
    ),
]
