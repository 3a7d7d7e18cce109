"""Demander, accepter, refuser le transfert d'un élève d'un établissement à un autre (R12, écran S13)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from candidatures.emails import (
    annoncer_un_transfert,
    annoncer_un_transfert_refuse,
    annoncer_une_demande_de_transfert,
)
from candidatures.horaires import entretiens_fixes
from candidatures.models import Candidature, DemandeDeTransfert, Eleve
from candidatures.rules import ENTRETIEN_A_VENIR
from candidatures.services.verrous import verrouiller_l_eleve
from candidatures.signals import eleve_transfere
from comptes.models import Personne
from comptes.services import consigner, consigner_plusieurs
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import jour_de
from referentiel.rules.identifiants import mettre_au_propre
from referentiel.rules.noms import chez, depuis, nommer
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode

Etat = DemandeDeTransfert.Etat
ENTRETIEN_AUJOURD_HUI = "Un entretien a lieu aujourd’hui. Transférez le dossier demain."
DEJA_REGLEE = "Cette demande est déjà réglée."


@contraintes_dites()
def demander_un_transfert(
    *, ine: str, etablissement: Etablissement, campagne: Campagne, par: Personne | None, le: datetime
) -> DemandeDeTransfert:
    """Demande le transfert d'un élève inscrit ailleurs ; son établissement est prévenu (R12).

    L'appelant ne montre rien de l'élève ni de son établissement au demandeur. Lève `PeriodeClose`, ou `Refus`
    si aucun autre établissement n'a cet INE ou si le transfert est déjà demandé.
    """
    exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=etablissement.pk, le=le)
    propre = mettre_au_propre(ine)
    ailleurs = Eleve.objects.filter(campagne=campagne, ine=propre).exclude(ine="").exclude(etablissement=etablissement)
    eleve = ailleurs.select_related("etablissement").first()
    if eleve is None:
        raise Refus("Cet INE n’est inscrit dans aucun autre établissement : ajoutez l’élève.")
    demande = DemandeDeTransfert.objects.create(eleve=eleve, demandeur=etablissement, demandee_le=le)
    consigner(
        objet=eleve,
        fait="transfert_demande",
        phrase=f"Transfert demandé par {etablissement.nom_et_commune}."[:300],
        par=par,
        le=le,
        apres={"demandeur": etablissement.uai},
    )
    annoncer_une_demande_de_transfert(demande=demande, le=le)
    return demande


@contraintes_dites()
def accepter_un_transfert(*, demande: DemandeDeTransfert, par: Personne | None, le: datetime) -> Eleve:
    """Transfère le dossier d'un élève à l'établissement qui le demande (R12).

    Candidatures, avis, entretiens et convocations suivent ; la personne référente, qui est de l'ancien
    établissement, ne suit pas. Les deux établissements et ceux d'accueil sont prévenus, sans nom d'élève.
    Lève `PeriodeClose`, ou `Refus` si la demande est réglée ou si un entretien a lieu aujourd'hui.
    """
    eleve, ligne = _verrouiller(demande, le)
    ancien, nouveau = eleve.etablissement, ligne.demandeur
    if ancien == nouveau:
        raise Refus(DEJA_REGLEE)
    candidatures = list(Candidature.objects.filter(eleve=eleve).select_related("accueil__etablissement", "domaine"))
    _exiger_aucun_entretien_aujourd_hui(candidatures, le)
    avant = {"etablissement": ancien.uai, "personne_referente": eleve.referent_courriel}
    eleve.etablissement, eleve.referent_nom, eleve.referent_courriel = nouveau, "", ""
    eleve.save(update_fields=["etablissement", "referent_nom", "referent_courriel"])
    _regler(ligne, Etat.ACCEPTEE, le)
    _consigner_partout(eleve, candidatures, avant, ancien, par, le)
    eleve_transfere.send(sender=Eleve, eleve=eleve, par=par, le=le)
    ligne.eleve = eleve
    annoncer_un_transfert(demande=ligne, ancien=ancien, accueils=_accueils_concernes(candidatures), le=le)
    return eleve


@transaction.atomic
def refuser_un_transfert(*, demande: DemandeDeTransfert, par: Personne | None, le: datetime) -> DemandeDeTransfert:
    """Garde le dossier où il est ; le demandeur est prévenu, sans apprendre où (R12).

    Lève `PeriodeClose` ou `Refus`.
    """
    eleve, ligne = _verrouiller(demande, le)
    _regler(ligne, Etat.REFUSEE, le)
    ligne.eleve = eleve
    consigner(
        objet=eleve,
        fait="transfert_refuse",
        phrase=f"Transfert refusé {chez(ligne.demandeur.nom)}."[:300],
        par=par,
        le=le,
        avant={"demande": Etat.EN_ATTENTE.value},
        apres={"demande": Etat.REFUSEE.value},
    )
    annoncer_un_transfert_refuse(demande=ligne, le=le)
    return ligne


def _verrouiller(demande: DemandeDeTransfert, le: datetime) -> tuple[Eleve, DemandeDeTransfert]:
    """Prend l'élève, puis sa demande, qui doit encore attendre là où elle a été lue."""
    eleve = verrouiller_l_eleve(demande.eleve_id)
    exiger_periode(eleve.campagne, Nature.FERMETURE, etablissement_id=eleve.etablissement_id, le=le)
    demandes = DemandeDeTransfert.objects.select_for_update(of=("self",)).select_related("demandeur")
    ligne = demandes.get(pk=demande.pk)
    if ligne.etat != Etat.EN_ATTENTE or eleve.etablissement_id != demande.eleve.etablissement_id:
        raise Refus(DEJA_REGLEE)
    return eleve, ligne


def _exiger_aucun_entretien_aujourd_hui(candidatures: Sequence[Candidature], le: datetime) -> None:
    attendues = [candidature.pk for candidature in candidatures if candidature.etat in ENTRETIEN_A_VENIR]
    if any(jour_de(entretien.debut) == jour_de(le) for entretien in entretiens_fixes(attendues).values()):
        raise Refus(ENTRETIEN_AUJOURD_HUI)


def _regler(demande: DemandeDeTransfert, etat: str, le: datetime) -> None:
    demande.etat, demande.reglee_le = etat, le
    demande.save(update_fields=["etat", "reglee_le"])


def _consigner_partout(
    eleve: Eleve,
    candidatures: Sequence[Candidature],
    avant: dict[str, str],
    ancien: Etablissement,
    par: Personne | None,
    le: datetime,
) -> None:
    """L'historique du dossier, celui des candidatures que lit l'accueil, et celui des deux établissements (R39)."""
    nouveau = eleve.etablissement
    passage = f"{depuis(ancien.nom)} ({ancien.commune}) {chez(nouveau.nom)} ({nouveau.commune})"
    apres = {"etablissement": nouveau.uai, "personne_referente": ""}
    phrase = f"Dossier transféré {passage}."[:300]
    consigner(objet=eleve, fait="transfert", phrase=phrase, par=par, le=le, avant=avant, apres=apres)
    consigner_plusieurs(
        phrases=[
            (c, f"Élève maintenant scolarisé {chez(nouveau.nom)} ({nouveau.commune})."[:300]) for c in candidatures
        ],
        fait="transfert",
        par=par,
        le=le,
        apres={"etablissement": nouveau.uai},
    )
    sortie = f"Dossier de {eleve.initiales} transféré {chez(nouveau.nom)} ({nouveau.commune})."
    entree = (
        f"Dossier de {eleve.initiales} reçu par transfert, {nommer(ancien.nom)} ({ancien.commune}) l’avait inscrit."
    )
    consigner_plusieurs(
        phrases=[(ancien, sortie[:300]), (nouveau, entree[:300])], fait="transfert", par=par, le=le, apres=apres
    )


def _accueils_concernes(candidatures: Sequence[Candidature]) -> list[Etablissement]:
    connues = [c for c in candidatures if c.est_active and c.est_inscrite_chez_l_accueil]
    return list({c.accueil.etablissement_id: c.accueil.etablissement for c in connues}.values())
