"""Ce qui s'apprend d'un transfert, demandé, refusé, fait (R12, écran 6.6)."""

from collections.abc import Iterable
from datetime import datetime

from candidatures.emails.lettre import ecrire, lien
from candidatures.models import DemandeDeTransfert
from referentiel.models import Etablissement
from referentiel.rules.noms import chez


def annoncer_une_demande_de_transfert(*, demande: DemandeDeTransfert, le: datetime) -> None:
    """Prévient l'établissement de l'élève qu'un autre demande son transfert (R12)."""
    origine = demande.eleve.etablissement
    ecrire(
        destinataire=origine.messagerie,
        campagne=demande.eleve.campagne,
        cle=f"transfert:{demande.pk}",
        nature="transfert",
        sujet="Passpro : 1 demande de transfert",
        gabarit="transfert",
        contexte={
            "demandeur": demande.demandeur.nom_et_commune,
            "lien": lien("origine", origine.segment, "transferts"),
        },
        uai=origine.uai,
        le=le,
    )


def annoncer_un_transfert_refuse(*, demande: DemandeDeTransfert, le: datetime) -> None:
    """Prévient le demandeur que le transfert est refusé, sans dire par qui (R12)."""
    ecrire(
        destinataire=demande.demandeur.messagerie,
        campagne=demande.eleve.campagne,
        cle=f"transfert-refuse:{demande.pk}",
        nature="transfert",
        sujet="Passpro : 1 demande de transfert refusée",
        gabarit="transfert_refuse",
        contexte={"lien": lien("origine", demande.demandeur.segment, "transferts")},
        uai=demande.demandeur.uai,
        le=le,
    )


def annoncer_un_transfert(
    *, demande: DemandeDeTransfert, ancien: Etablissement, accueils: Iterable[Etablissement], le: datetime
) -> None:
    """Prévient l'ancien établissement, le nouveau et ceux qui attendent l'élève, sans le nommer (R12, écran 6.6)."""
    nouveau = demande.demandeur
    phrases = {
        ancien: (
            "1 dossier transféré",
            f"Le dossier d’un élève est transféré {chez(nouveau.nom)} ({nouveau.commune}).",
        ),
        nouveau: (
            "1 dossier reçu",
            "Le dossier d’un élève dont vous avez demandé le transfert est maintenant dans votre établissement. "
            "Choisissez sa classe et sa personne référente.",
        ),
    }
    liens = {
        ancien: lien("origine", ancien.segment, "transferts"),
        nouveau: lien("origine", nouveau.segment, "eleves", demande.eleve.code),
    }
    for accueil in set(accueils) - phrases.keys():
        phrases[accueil] = (
            "1 élève a changé d’établissement",
            f"Un élève inscrit chez vous est maintenant scolarisé {chez(nouveau.nom)} ({nouveau.commune}). "
            "Ses candidatures et ses entretiens ne changent pas.",
        )
        liens[accueil] = lien("accueil", accueil.segment, "candidats")
    for etablissement, (sujet, phrase) in phrases.items():
        ecrire(
            destinataire=etablissement.messagerie,
            campagne=demande.eleve.campagne,
            cle=f"transfert-fait:{demande.pk}:{etablissement.uai}",
            nature="transfert",
            sujet=f"Passpro : {sujet}",
            gabarit="transfert_fait",
            contexte={"phrase": phrase, "lien": liens[etablissement]},
            uai=etablissement.uai,
            le=le,
        )
