"""Désister, annuler, changer d'établissement d'accueil (R18, R19).

Chacun annonce `candidature_retiree` dans sa transaction : l'étage des entretiens annule l'entretien et libère
le créneau. Les verrous se prennent dans l'ordre de la maison : l'élève, puis la candidature.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from candidatures.emails import annoncer_un_retrait, annoncer_une_annulation
from candidatures.horaires import EntretienFixe, entretien_fixe
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import ENTRETIEN_A_VENIR, ENTRETIEN_TENU, Etat, peut_passer
from candidatures.services.avis import exiger_une_etape
from candidatures.services.etats import faire_passer
from candidatures.services.inscriptions import modalite_a_l_inscription
from candidatures.signals import candidature_retiree
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Accueil
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode

A_EU_LIEU = "L’entretien a eu lieu : la candidature ne peut plus être retirée."


@transaction.atomic
def desister(
    *,
    candidature: Candidature,
    formations: Collection[FormationDemandee] | None = None,
    motif: str,
    par: Personne | None,
    le: datetime,
) -> Candidature:
    """Retire une candidature, ou seulement `formations`, avant que l'entretien ait lieu (R18).

    Retirer toutes les formations retire la candidature : l'entretien est annulé, le créneau libéré,
    l'établissement d'accueil prévenu. La ligne reste, avec qui et quand. Lève `PeriodeClose` ou `Refus`.
    """
    ligne = _verrouiller(candidature)
    exiger_une_etape(ligne.domaine.campagne, ligne.eleve.etablissement_id, le)
    entretien = _exiger_que_l_entretien_soit_a_venir(ligne, le)
    maintenues = list(FormationDemandee.objects.maintenues().filter(candidature=ligne).select_related("formation"))
    retirees = maintenues if formations is None else [demande for demande in maintenues if demande in formations]
    if formations is not None and not retirees:
        raise Refus("Choisissez au moins une formation à retirer.")
    if len(retirees) < len(maintenues):
        _retirer_des_formations(ligne, retirees, motif, par, le)
        return ligne
    connue = ligne.est_inscrite_chez_l_accueil
    _retirer(ligne, Etat.DESISTEE, "desistement", f"Désistement. Motif : {motif}", motif, par, le)
    if connue:
        _prevenir_l_accueil(ligne, ligne.accueil, "ne viendra pas à l’entretien", entretien, le)
    return ligne


@transaction.atomic
def annuler(*, candidature: Candidature, motif: str, par: Personne | None, le: datetime) -> Candidature:
    """Annule une candidature au nom du SAIO ou de l'établissement d'accueil, avec un motif (écran 6.5).

    L'entretien à venir est annulé, l'établissement d'origine prévenu. Lève `PeriodeClose` ou `Refus`.
    """
    if not motif.strip():
        raise Refus("Donnez le motif de l’annulation : tout élève inscrit doit être convoqué.")
    ligne = _verrouiller(candidature)
    exiger_une_etape(ligne.domaine.campagne, ligne.accueil.etablissement_id, le)
    _exiger_que_l_entretien_soit_a_venir(ligne, le)
    phrase = f"Candidature annulée. Motif : {motif.strip()}"
    _retirer(ligne, Etat.ANNULEE, "annulation", phrase, motif.strip(), par, le)
    annoncer_une_annulation(candidature=ligne, motif=motif.strip(), le=le)
    return ligne


@contraintes_dites()
def changer_d_accueil(*, candidature: Candidature, accueil: Accueil, par: Personne | None, le: datetime) -> Candidature:
    """Adresse une candidature à un autre établissement d'accueil du domaine (R19).

    L'entretien est annulé et la candidature revient à planifier, chez le nouvel accueil ; l'ancien est prévenu.
    Lève `PeriodeClose` ou `Refus`.
    """
    ligne = _verrouiller(candidature)
    exiger_periode(ligne.domaine.campagne, Nature.INSCRIPTION, etablissement_id=ligne.eleve.etablissement_id, le=le)
    entretien = _exiger_que_l_entretien_soit_a_venir(ligne, le)
    if accueil.domaine_id != ligne.domaine_id:
        raise Refus(f"Cet établissement ne reçoit pas pour le domaine {ligne.domaine}.")
    ancien, etat = ligne.accueil, Etat(ligne.etat)
    if accueil.pk == ancien.pk:
        raise Refus("La candidature est déjà adressée à cet établissement.")
    if etat is Etat.ABSENTE:
        raise Refus("L’élève était absent : demandez d’abord un nouveau créneau, ou enregistrez un désistement.")
    inscrite = etat in {Etat.INSCRITE, *ENTRETIEN_A_VENIR}
    ligne.accueil, ligne.modalite = accueil, modalite_a_l_inscription(accueil)
    ligne.etat = Etat.INSCRITE if inscrite else etat
    ligne.save(update_fields=["accueil", "modalite", "etat", "modifiee_le"])
    consigner(
        objet=ligne,
        fait="changement_d_accueil",
        phrase=f"Établissement de l’entretien : {accueil.etablissement.nom_et_commune}."[:300],
        par=par,
        le=le,
        avant={"accueil": ancien.etablissement.uai, "etat": etat},
        apres={"accueil": accueil.etablissement.uai, "etat": ligne.etat},
    )
    candidature_retiree.send(sender=Candidature, candidature=ligne, par=par, le=le)
    if inscrite:
        _prevenir_l_accueil(ligne, ancien, "passera son entretien dans un autre établissement", entretien, le)
    return ligne


def _verrouiller(candidature: Candidature) -> Candidature:
    Eleve.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=candidature.eleve_id)
    return (
        Candidature.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "eleve__etablissement",
            "accueil__etablissement",
            "domaine__campagne__regles",
            "domaine__campagne__academie",
        )
        .prefetch_related("domaine__campagne__periodes")
        .get(pk=candidature.pk)
    )


def _exiger_que_l_entretien_soit_a_venir(candidature: Candidature, le: datetime) -> EntretienFixe | None:
    """Refuse une candidature dont l'entretien a commencé ou a eu lieu ; rend l'entretien prévu, s'il y en a un."""
    etat = Etat(candidature.etat)
    if etat in ENTRETIEN_TENU:
        raise Refus(A_EU_LIEU)
    if not peut_passer(etat, Etat.ANNULEE):
        raise Refus(f"Cette candidature est « {candidature.get_etat_display()} » : cette action n’est plus possible.")
    entretien = entretien_fixe(candidature.pk) if etat in ENTRETIEN_A_VENIR else None
    if entretien and entretien.debut <= le:
        raise Refus(A_EU_LIEU)
    return entretien


def _retirer(
    candidature: Candidature, vers: Etat, fait: str, phrase: str, motif: str, par: Personne | None, le: datetime
) -> None:
    candidature.motif = motif[:200]
    candidature.save(update_fields=["motif"])
    faire_passer(candidature=candidature, vers=vers, fait=fait, phrase=phrase[:300], par=par, le=le)
    candidature_retiree.send(sender=Candidature, candidature=candidature, par=par, le=le)


def _retirer_des_formations(
    candidature: Candidature, retirees: list[FormationDemandee], motif: str, par: Personne | None, le: datetime
) -> None:
    cles = [demande.pk for demande in retirees]
    FormationDemandee.objects.filter(pk__in=cles).update(desistee_le=le)
    noms = ", ".join(demande.formation.intitule for demande in retirees)
    consigner(
        objet=candidature,
        fait="desistement_partiel",
        phrase=f"Formation retirée : {noms}. Motif : {motif}"[:300],
        par=par,
        le=le,
        avant={"formations": cles},
    )
    if candidature.est_inscrite_chez_l_accueil:
        _prevenir_l_accueil(candidature, candidature.accueil, f"ne demande plus : {noms}", None, le)


def _prevenir_l_accueil(
    candidature: Candidature, accueil: Accueil, fait: str, entretien: EntretienFixe | None, le: datetime
) -> None:
    annoncer_un_retrait(candidature=candidature, accueil=accueil, fait=fait, entretien=entretien, le=le)
