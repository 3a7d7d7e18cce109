"""Désister, se reprendre, annuler, changer d'établissement d'accueil (R18, R19).

Un retrait annonce `candidature_retiree` dans sa transaction : l'étage des entretiens annule l'entretien et libère
le créneau. Un désistement annulé à temps annonce `candidature_retablie` : l'entretien reprend sa place.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from candidatures.emails import (
    annoncer_un_retrait,
    annoncer_une_annulation,
    annoncer_une_annulation_a_l_accueil,
    annoncer_une_annulation_au_saio,
    rappeler_le_retrait,
)
from candidatures.horaires import EntretienFixe, entretien_fixe
from candidatures.lectures import formations_a_reprendre
from candidatures.models import Candidature, DemandeDeCreneau, FormationDemandee
from candidatures.rules import (
    ENTRETIEN_A_VENIR,
    ENTRETIEN_TENU,
    INVISIBLES_A_L_ACCUEIL,
    Etat,
    fin_du_repentir,
    peut_passer,
)
from candidatures.services.avis import exiger_une_etape
from candidatures.services.etats import faire_passer
from candidatures.services.inscriptions import modalite_a_l_inscription
from candidatures.services.verrous import verrouiller_la_candidature, verrouiller_pour_l_origine
from candidatures.signals import candidature_retablie, candidature_retiree
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Accueil
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode

A_EU_LIEU = "L’entretien a eu lieu : la candidature ne peut plus être retirée."
ADRESSEE_AILLEURS = "Cette candidature vient d’être adressée à un autre établissement. Rechargez la page."
TROP_TARD = "Ce désistement ne peut plus être annulé : inscrivez de nouveau l’élève."
DESISTEMENT_PARTIEL = "desistement_partiel"


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
    ligne = verrouiller_pour_l_origine(candidature)
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
        _prevenir_l_accueil(ligne, "ne viendra pas à l’entretien", entretien, le)
    return ligne


@contraintes_dites()
def annuler_le_desistement(*, candidature: Candidature, par: Personne | None, le: datetime) -> Candidature:
    """Revient sur un désistement, entier ou de quelques formations, tant que le délai de rappel court (écran 6.5).

    La candidature reprend son état, l'entretien son créneau s'il est encore libre ; les courriels qui
    l'annonçaient ne partent pas. Lève `PeriodeClose`, ou `Refus` : trop tard, créneau repris, nouvelle inscription.
    """
    ligne = verrouiller_pour_l_origine(candidature)
    exiger_une_etape(ligne.domaine.campagne, ligne.eleve.etablissement_id, le)
    if ligne.etat == Etat.DESISTEE:
        _retablir(ligne, par, le)
    else:
        _reprendre_les_formations(ligne, par, le)
    return ligne


@transaction.atomic
def annuler(
    *, candidature: Candidature, motif: str, par: Personne | None, le: datetime, prevenir_le_saio: bool = False
) -> Candidature:
    """Annule une candidature au nom de l'établissement d'accueil, avec un motif (écran 6.5).

    L'entretien à venir est annulé, l'établissement d'origine prévenu ; `prevenir_le_saio` quand l'accueil renonce
    à convoquer un élève qui n'a pas d'entretien (R26). Lève `PeriodeClose` ou `Refus`.
    """
    ligne = _annuler(candidature, motif, par, le)
    if prevenir_le_saio:
        annoncer_une_annulation_au_saio(candidature=ligne, le=le)
    return ligne


@transaction.atomic
def annuler_pour_le_saio(*, candidature: Candidature, motif: str, par: Personne, le: datetime) -> Candidature:
    """Annule une candidature au nom du SAIO, avec un motif (écran 6.5).

    L'entretien à venir est annulé ; l'établissement d'origine est prévenu, et celui d'accueil s'il la voyait. Lève
    `PeriodeClose` ou `Refus`.
    """
    ligne = _annuler(candidature, motif, par, le)
    if Etat(ligne.etat_avant_retrait) not in INVISIBLES_A_L_ACCUEIL:
        annoncer_une_annulation_a_l_accueil(candidature=ligne, motif=motif.strip(), le=le)
    return ligne


def _annuler(candidature: Candidature, motif: str, par: Personne | None, le: datetime) -> Candidature:
    if not motif.strip():
        raise Refus("Donnez le motif de l’annulation\u00a0: tout élève inscrit doit être convoqué.")
    ligne = verrouiller_la_candidature(candidature)
    if ligne.accueil_id != candidature.accueil_id:
        raise Refus(ADRESSEE_AILLEURS)
    exiger_une_etape(ligne.domaine.campagne, ligne.accueil.etablissement_id, le)
    _exiger_que_l_entretien_soit_a_venir(ligne, le)
    phrase = f"Candidature annulée. Motif\u00a0: {motif.strip()}"
    _retirer(ligne, Etat.ANNULEE, "annulation", phrase, motif.strip(), par, le)
    annoncer_une_annulation(candidature=ligne, motif=motif.strip(), le=le)
    return ligne


@contraintes_dites()
def changer_d_accueil(*, candidature: Candidature, accueil: Accueil, par: Personne | None, le: datetime) -> Candidature:
    """Adresse une candidature à un autre établissement d'accueil du domaine (R19).

    L'entretien est annulé et la candidature revient à planifier, chez le nouvel accueil ; l'ancien est prévenu.
    Lève `PeriodeClose` ou `Refus`.
    """
    ligne = verrouiller_pour_l_origine(candidature)
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
    attendent = DemandeDeCreneau.objects.filter(candidature=ligne, etat=DemandeDeCreneau.Etat.EN_ATTENTE)
    attendent.update(etat=DemandeDeCreneau.Etat.ACCEPTEE, reponse="Autre établissement d’accueil.", reglee_le=le)
    candidature_retiree.send(sender=Candidature, candidature=ligne, par=par, le=le)
    if inscrite:
        fait = "passera son entretien dans un autre établissement"
        annoncer_un_retrait(candidature=ligne, accueil=ancien, fait=fait, entretien=entretien, le=le)
    return ligne


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
    candidature.motif, candidature.retiree_le = motif[:200], le
    candidature.etat_avant_retrait = candidature.etat
    candidature.save(update_fields=["motif", "retiree_le", "etat_avant_retrait"])
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
        fait=DESISTEMENT_PARTIEL,
        phrase=f"Formation retirée : {noms}. Motif : {motif}"[:300],
        par=par,
        le=le,
        avant={"formations": cles},
    )
    if candidature.est_inscrite_chez_l_accueil:
        _prevenir_l_accueil(candidature, f"ne demande plus : {noms}", None, le)


def _prevenir_l_accueil(candidature: Candidature, fait: str, entretien: EntretienFixe | None, le: datetime) -> None:
    """Annonce le retrait une fois passé le temps de se reprendre."""
    annoncer_un_retrait(
        candidature=candidature,
        accueil=candidature.accueil,
        fait=fait,
        entretien=entretien,
        le=le,
        part_le=le + timedelta(minutes=candidature.domaine.campagne.regles.delai_de_rappel),
    )


def _retablir(candidature: Candidature, par: Personne | None, le: datetime) -> None:
    _exiger_d_etre_a_temps(candidature, candidature.retiree_le, le)
    avant = Etat(candidature.etat_avant_retrait)
    candidature.motif, candidature.retiree_le, candidature.etat_avant_retrait = "", None, ""
    candidature.save(update_fields=["motif", "retiree_le", "etat_avant_retrait"])
    phrase = "Désistement annulé."
    faire_passer(candidature=candidature, vers=avant, fait="desistement_annule", phrase=phrase, par=par, le=le)
    if avant in ENTRETIEN_A_VENIR:
        candidature_retablie.send(sender=Candidature, candidature=candidature, par=par, le=le)


def _reprendre_les_formations(candidature: Candidature, par: Personne | None, le: datetime) -> None:
    _exiger_que_l_entretien_soit_a_venir(candidature, le)
    retirees = formations_a_reprendre(candidature, le, delai=candidature.domaine.campagne.regles.delai_de_rappel)
    if not retirees:
        raise Refus(TROP_TARD)
    _exiger_d_etre_a_temps(candidature, retirees[0].desistee_le, le)
    FormationDemandee.objects.filter(pk__in=[demande.pk for demande in retirees]).update(desistee_le=None)
    noms = ", ".join(demande.formation.intitule for demande in retirees)
    consigner(
        objet=candidature,
        fait="desistement_annule",
        phrase=f"Désistement annulé : {noms}."[:300],
        par=par,
        le=le,
        apres={"formations": [demande.pk for demande in retirees]},
    )


def _exiger_d_etre_a_temps(candidature: Candidature, retiree_le: datetime | None, le: datetime) -> None:
    """Refuse un repentir tardif, et rappelle l'annonce faite à l'accueil."""
    fin = fin_du_repentir(retiree_le, delai=candidature.domaine.campagne.regles.delai_de_rappel)
    if retiree_le is None or fin is None or le >= fin:
        raise Refus(TROP_TARD)
    if not rappeler_le_retrait(candidature=candidature, retiree_le=retiree_le):
        raise Refus(TROP_TARD)
