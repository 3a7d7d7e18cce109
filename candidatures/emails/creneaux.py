"""Ce qui s'apprend d'un autre créneau, demandé ou refusé (écran O8)."""

from datetime import datetime

from candidatures.emails.lettre import ecrire, lien
from candidatures.models import DemandeDeCreneau


def annoncer_une_demande_de_creneau(*, demande: DemandeDeCreneau, le: datetime) -> None:
    """Prévient l'établissement d'accueil qu'un autre créneau est demandé, sans nommer l'élève (écran O8)."""
    candidature = demande.candidature
    accueil = candidature.accueil
    ecrire(
        destinataire=accueil.contact_courriel or accueil.etablissement.messagerie,
        campagne=candidature.domaine.campagne,
        cle=f"creneau:{demande.pk}",
        nature="autre créneau",
        sujet="Passpro : 1 demande de nouveau créneau",
        gabarit="creneau_demande",
        contexte={
            "origine": candidature.eleve.etablissement.nom_et_commune,
            "domaine": candidature.domaine.nom,
            "lien": lien("accueil", accueil.etablissement.segment, "a-faire", "demandes-de-creneau"),
        },
        uai=accueil.etablissement.uai,
        le=le,
    )


def annoncer_un_creneau_refuse(*, demande: DemandeDeCreneau, le: datetime) -> None:
    """Donne à l'établissement d'origine la réponse de l'accueil, sans nommer l'élève."""
    candidature = demande.candidature
    origine = candidature.eleve.etablissement
    ecrire(
        destinataire=origine.messagerie,
        campagne=candidature.domaine.campagne,
        cle=f"creneau-refuse:{demande.pk}",
        nature="autre créneau",
        sujet="Passpro : 1 entretien maintenu",
        gabarit="creneau_refuse",
        contexte={
            "accueil": candidature.accueil.etablissement.nom_et_commune,
            "domaine": candidature.domaine.nom,
            "reponse": demande.reponse,
            "lien": lien("origine", origine.segment, "candidatures", candidature.code),
        },
        uai=origine.uai,
        le=le,
    )
