"""Ce qui attend le SAIO (écran 2.3)."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value

from avis.suivi import comptes_rendus_en_retard
from candidatures.models import Candidature, DemandeDeTransfert, PreInscription
from comptes.models import Personne
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.distribution import sans_adresse
from entretiens.models import Convocation
from pilotage.rules import accorder, dire_nombre
from pilotage.selectors.attentes import accueils_sans_creneau, attendent_sans_creneau
from pilotage.selectors.taches.socle import (
    A_VERIFIER,
    EN_RETARD,
    Ou,
    Tache,
    avec_le_premier,
    en_retard_apres,
    jusqu_a,
    phrase,
    tache_des_demandes_d_acces,
    toujours,
    tout_le_monde,
)
from referentiel.courriels import de_l_academie
from referentiel.models import DemandeDAcces, Etablissement, Rattachement
from referentiel.presentation import nom_du_departement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE

# Jours ouvrés promis à qui dépose une pré-inscription (écran P8).
JOURS_POUR_REPONDRE = 3


def _preinscriptions(ou: Ou) -> QuerySet[PreInscription]:
    return PreInscription.objects.a_valider().filter(campagne=ou.campagne)


def _accueils_sans_creneau(ou: Ou) -> QuerySet[Etablissement]:
    return accueils_sans_creneau(ou.candidatures, ou.le)


def _combien_attendent(ou: Ou) -> QuerySet:
    attendent = attendent_sans_creneau(ou.candidatures, ou.le)
    return attendent.order_by().values(tous=Value(1)).annotate(n=Count("pk")).values("n")


def _dire_combien_attendent(ou: Ou, nombre: Any) -> str:
    return f"{accorder(nombre or 0, 'élève')} en attente."


def _tous_sans_convocation(ou: Ou) -> QuerySet[Candidature]:
    return ou.candidatures.sans_convocation()


def _par_departement(ou: Ou, premier: object) -> str:
    """« Seine-Saint-Denis : 88, Val-de-Marne : 31. » : les départements d'origine, le plus attendu d'abord."""
    inscrites = _tous_sans_convocation(ou).filter(eleve__campagne=ou.campagne)
    lignes = inscrites.order_by().values("eleve__etablissement__departement").annotate(n=Count("pk"))
    nombres = lignes.order_by("-n").values_list("eleve__etablissement__departement", "n")
    return ", ".join(f"{nom_du_departement(code)}{INSECABLE}: {dire_nombre(n)}" for code, n in nombres) + "."


def _sans_adresse(ou: Ou) -> QuerySet[Convocation]:
    return sans_adresse(Convocation.objects.filter(envoi__campagne=ou.campagne), ou.le)


def courriels_en_echec(ou: Ou) -> QuerySet[Courriel]:
    """Courriels abandonnés que suit le SAIO de la campagne."""
    return de_l_academie(ou.campagne.academie).en_echec()


def _transferts(ou: Ou) -> QuerySet[DemandeDeTransfert]:
    return DemandeDeTransfert.objects.filter(etat=DemandeDeTransfert.Etat.EN_ATTENTE, eleve__campagne=ou.campagne)


def _demandes_d_acces_sans_chef(ou: Ou) -> QuerySet[DemandeDAcces]:
    """Celles que le SAIO seul peut traiter : l'établissement n'a pas de chef qui puisse répondre."""
    if not ou.campagne.est_ouverte:
        return DemandeDAcces.objects.none()
    chefs = Rattachement.objects.filter(
        etablissement=OuterRef("etablissement"), role=Rattachement.Role.CHEF, personne__is_active=True
    )
    dans_l_academie = DemandeDAcces.objects.a_traiter().filter(etablissement__academie=ou.campagne.academie_id)
    return dans_l_academie.exclude(Exists(chefs))


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
        _accueils_sans_creneau,
        jusqu_a(Nature.CONVOCATIONS),
        _dire_combien_attendent,
        page=("pilotage:attentes", "etat=sans-creneau"),
        mesure=_combien_attendent,
    ),
    Tache(
        "sans-convocation",
        "élève inscrit sans convocation",
        "élèves inscrits sans convocation",
        _tous_sans_convocation,
        jusqu_a(Nature.CONVOCATIONS),
        _par_departement,
        ordre="inscrite_le",
        geste=("Voir les établissements d’accueil", "pilotage:attentes"),
    ),
    Tache(
        "convocations-sans-adresse",
        "convocation sans adresse",
        "convocations sans adresse",
        _sans_adresse,
        toujours(A_VERIFIER),
        phrase("Ni messagerie, ni personne référente joignable."),
        ordre="periode__startswith",
    ),
    Tache(
        "comptes-rendus-en-retard",
        "compte-rendu en retard",
        "comptes-rendus en retard",
        lambda ou: comptes_rendus_en_retard(ou.campagne, ou.le),
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
        phrase("Corrigez l’adresse ou renvoyez le message."),
        ordre="poste_le",
        page=("referentiel:courriels", f"etat={EtatCourriel.ABANDONNE}"),
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
    tache_des_demandes_d_acces(_demandes_d_acces_sans_chef, tout_le_monde),
    Tache(
        "sans-utilisateur",
        "établissement sans utilisateur",
        "établissements sans utilisateur",
        _sans_utilisateur,
        toujours(A_VERIFIER),
        phrase("Personne n’y a de compte actif."),
        par_nom="cle",
    ),
]
