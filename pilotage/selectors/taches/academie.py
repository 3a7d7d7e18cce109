"""Ce qui attend le SAIO (écran 2.3)."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from candidatures.models import Candidature, DemandeDeTransfert, PreInscription
from candidatures.rules import Etat
from comptes.models import Personne
from courriers.models import Courriel
from entretiens.models import Creneau
from pilotage.selectors.taches.origine import comptes_rendus_en_retard, sans_convocation
from pilotage.selectors.taches.socle import (
    A_VERIFIER,
    EN_RETARD,
    Ou,
    Tache,
    avec_le_premier,
    en_retard_apres,
    jusqu_a,
    phrase,
    toujours,
)
from referentiel.models import Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE

# Jours ouvrés promis à qui dépose une pré-inscription (écran P8).
JOURS_POUR_REPONDRE = 3


def _preinscriptions(ou: Ou) -> QuerySet[PreInscription]:
    return PreInscription.objects.a_valider().filter(campagne=ou.campagne)


def accueils_sans_creneau(ou: Ou) -> QuerySet[Etablissement]:
    """Établissements d'accueil qui ont des élèves à planifier et aucune place à venir."""
    attendent = Candidature.objects.filter(
        domaine__campagne=ou.campagne, etat=Etat.INSCRITE, accueil__etablissement=OuterRef("pk")
    )
    places = (
        Creneau.objects.libres()
        .a_venir(ou.le)
        .filter(seance__etablissement=OuterRef("pk"), seance__accueil__domaine__campagne=ou.campagne)
    )
    return Etablissement.objects.filter(Exists(attendent)).exclude(Exists(places))


def _tous_sans_convocation(ou: Ou) -> QuerySet[Candidature]:
    return sans_convocation(ou.candidatures)


def courriels_en_echec(ou: Ou) -> QuerySet[Courriel]:
    """Courriels abandonnés des établissements de l'académie."""
    uai = Etablissement.objects.filter(academie=ou.campagne.academie_id).values("uai")
    return Courriel.objects.en_echec().filter(uai__in=uai)


def _transferts(ou: Ou) -> QuerySet[DemandeDeTransfert]:
    return DemandeDeTransfert.objects.filter(etat=DemandeDeTransfert.Etat.EN_ATTENTE, eleve__campagne=ou.campagne)


def _sans_utilisateur(ou: Ou) -> QuerySet[Etablissement]:
    """Établissements de la campagne où personne n'a de compte actif."""
    dans_la_campagne = Q(accueils__domaine__campagne=ou.campagne) | Q(eleves__campagne=ou.campagne)
    concernes = Etablissement.objects.filter(dans_la_campagne).values("pk")
    personnes = Personne.objects.filter(is_active=True, rattachements__etablissement=OuterRef("pk"))
    return Etablissement.objects.filter(pk__in=concernes).exclude(Exists(personnes))


ACADEMIE = [
    Tache(
        "pre-inscriptions",
        "pré-inscription à valider",
        "pré-inscriptions à valider",
        _preinscriptions,
        en_retard_apres(JOURS_POUR_REPONDRE),
        avec_le_premier(f"La plus ancienne{INSECABLE}: reçue le {{jour}}."),
        ordre="recue_le",
        page=("candidatures:preinscriptions", "etat=en_attente"),
    ),
    Tache(
        "accueils-sans-creneau",
        "établissement d’accueil sans créneau",
        "établissements d’accueil sans créneau",
        accueils_sans_creneau,
        jusqu_a(Nature.CONVOCATIONS),
        phrase("Des élèves y attendent un entretien."),
        ordre="nom",
    ),
    Tache(
        "sans-convocation",
        "élève inscrit sans convocation",
        "élèves inscrits sans convocation",
        _tous_sans_convocation,
        jusqu_a(Nature.CONVOCATIONS),
        avec_le_premier(f"Plus ancienne inscription{INSECABLE}: {{jour}}."),
        ordre="inscrite_le",
    ),
    Tache(
        "comptes-rendus-en-retard",
        "compte-rendu en retard",
        "comptes-rendus en retard",
        comptes_rendus_en_retard,
        toujours(EN_RETARD),
        avec_le_premier(f"Le plus ancien{INSECABLE}: entretien du {{jour}}."),
        ordre="periode__startswith",
    ),
    Tache(
        "courriels-en-echec",
        "courriel en échec",
        "courriels en échec",
        courriels_en_echec,
        toujours(A_VERIFIER),
        phrase("Une adresse d’établissement est à corriger."),
        ordre="poste_le",
    ),
    Tache(
        "transferts",
        "transfert en attente",
        "transferts en attente",
        _transferts,
        toujours(A_VERIFIER),
        avec_le_premier(f"Le plus ancien{INSECABLE}: {{jour}}."),
        ordre="demandee_le",
        page=("candidatures:transferts_academie", ""),
    ),
    Tache(
        "sans-utilisateur",
        "établissement sans utilisateur",
        "établissements sans utilisateur",
        _sans_utilisateur,
        toujours(A_VERIFIER),
        phrase("Personne n’y a de compte actif."),
        ordre="nom",
    ),
]
