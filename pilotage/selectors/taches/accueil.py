"""Ce qui attend un établissement d'accueil (écran 2.2)."""

from collections.abc import Callable

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Coalesce, RowNumber

from avis.permissions import peut_transmettre
from avis.presentation import Suivi
from avis.suivi import de_ce_suivi, entretiens_tenus
from candidatures.models import Candidature, DemandeDeCreneau
from candidatures.rules import Etat
from courriers.models import Courriel
from entretiens.models import Convocation, Creneau, Entretien
from entretiens.permissions import peut_tenir_l_offre
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
from referentiel.models import Accueil
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


def _sans_place(ou: Ou) -> QuerySet[Candidature]:
    """Candidatures à planifier que les places libres ne suffisent pas à placer, les dernières inscrites du domaine.

    Une fenêtre donne leur rang dans le domaine : celles qui dépassent les places libres sont en trop.
    """
    libres = Creneau.objects.libres().a_venir(ou.le).filter(seance__accueil=OuterRef("accueil"))
    places = libres.order_by().values("seance__accueil").values(nombre=Sum(F("capacite") - F("places_prises")))
    return (
        _a_planifier(ou)
        .annotate(
            places=Coalesce(Subquery(places), 0),
            rang=Window(RowNumber(), partition_by="accueil", order_by=["inscrite_le", "pk"]),
        )
        .filter(rang__gt=F("places"))
    )


def _offres_incompletes(ou: Ou) -> QuerySet[Accueil]:
    return Accueil.objects.de_la_campagne(ou.campagne).filter(etablissement=ou.etablissement_id).incomplets()


def _offres_a_confirmer(ou: Ou) -> QuerySet[Accueil]:
    """Accueils complets que personne n'a confirmés pour cette campagne."""
    accueils = Accueil.objects.de_la_campagne(ou.campagne).filter(etablissement=ou.etablissement_id)
    return accueils.filter(verifie_le__isnull=True).exclude(pk__in=_offres_incompletes(ou).values("pk"))


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
        "places-a-creer",
        "place à créer",
        "places à créer",
        _sans_place,
        jusqu_a(Nature.CONVOCATIONS),
        phrase("Il manque des places pour convoquer tous les inscrits."),
        ordre="inscrite_le",
        geste=("Créer des créneaux", "entretiens:creer_des_creneaux"),
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
    Tache(
        "offres-a-verifier",
        "offre à vérifier",
        "offres à vérifier",
        _offres_incompletes,
        toujours(A_VERIFIER),
        phrase("Sans lieu d’entretien ni contact, la convocation ne peut pas partir."),
        ordre="domaine__nom",
        reservee=peut_tenir_l_offre,
        geste=("Voir l’offre", "entretiens:offre"),
    ),
    Tache(
        "offres-a-confirmer",
        "offre à confirmer",
        "offres à confirmer",
        _offres_a_confirmer,
        toujours(A_VENIR),
        phrase("Relisez lieux, contacts et consignes, puis confirmez l’offre de l’année."),
        ordre="domaine__nom",
        reservee=peut_tenir_l_offre,
        geste=("Voir l’offre", "entretiens:offre"),
    ),
]
