"""Pré-inscrire sans compte, puis accepter, faire compléter ou refuser (R21, écrans P8 et S5)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.crypto import constant_time_compare

from candidatures import emails_preinscription as emails
from candidatures.jetons import (
    empreinte_de_passage,
    empreinte_du_code,
    jeton_de_suivi,
    nouveau_code,
)
from candidatures.models import Candidature, Eleve, LienPersonnel, PassagePublic, PreInscription
from candidatures.preinscriptions import (
    Demande,
    Demandeur,
    EleveSaisi,
    Etape,
    eleve_deja_inscrit,
    lire,
    premiere_etape_a_faire,
)
from candidatures.services.avis import saisir_l_avis
from candidatures.services.eleves import SaisieEleve, ajouter_un_eleve
from candidatures.services.inscriptions import inscrire
from comptes.jetons import empreinte_du_jeton, nouveau_jeton
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Academie, Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import fin_du_jour, jour_de
from referentiel.rules.identifiants import mettre_au_propre, pourquoi_pas_un_uai
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode

Etat = PreInscription.Etat

GARDE_DE_LA_SAISIE = timedelta(days=7)
DUREE_DU_CODE = timedelta(minutes=30)
DUREE_DU_LIEN = timedelta(days=90)
ESSAIS = 5
UNE_HEURE = timedelta(hours=1)
# Gestes par heure : d'une même adresse réseau, à une même adresse de courriel.
PAR_RESEAU = {"commencer": 30, "code": 20, "envoyer": 60, "lien": 20}
PAR_COURRIEL = {"code": 5, "envoyer": 30, "lien": 3}
SANS_ETABLISSEMENT = 0


class TropDeDemandes(Refus):
    """Trop de gestes en une heure, de cette adresse ou vers elle (T9)."""

    def __init__(self) -> None:
        super().__init__("Trop de demandes. Réessayez dans une heure ou contactez le SAIO.")


# Le demandeur -------------------------------------------------------------------------------------------------


@transaction.atomic
def commencer(*, campagne: Campagne, reseau: str, le: datetime) -> str:
    """Ouvre une saisie gardée sept jours ; rend son jeton, que la base ne connaît pas.

    Efface au passage les saisies échues. Lève `PeriodeClose` ou `TropDeDemandes`.
    """
    exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=SANS_ETABLISSEMENT, le=le)
    _limiter("commencer", reseau=reseau, le=le)
    effacer_les_saisies_echues(le=le)
    return _ouvrir_une_saisie(campagne, le)


@transaction.atomic
def recommencer(*, preinscription: PreInscription, reseau: str, le: datetime) -> str:
    """Ouvre une saisie pour un autre élève du même établissement : l'adresse reste confirmée. Rend son jeton."""
    exiger_periode(preinscription.campagne, Nature.INSCRIPTION, etablissement_id=SANS_ETABLISSEMENT, le=le)
    if preinscription.confirmee_le is None:
        raise Refus("Confirmez d’abord votre courriel.")
    _limiter("commencer", reseau=reseau, le=le)
    return _ouvrir_une_saisie(
        preinscription.campagne,
        le,
        courriel=preinscription.courriel,
        confirmee_le=preinscription.confirmee_le,
        saisie={Etape.ETABLISSEMENT.value: preinscription.saisie[Etape.ETABLISSEMENT.value]},
    )


@transaction.atomic
def donner_l_etablissement(
    *,
    preinscription: PreInscription,
    demandeur: Mapping[str, str],
    courriel: str,
    jeton: str,
    reseau: str,
    le: datetime,
) -> None:
    """Garde l'étape 1 ; une adresse nouvelle est à confirmer, et reçoit un code.

    Lève `PeriodeClose`, `TropDeDemandes`, ou `Refus` si la demande est envoyée.
    """
    ligne = _verrouiller_la_saisie(preinscription, le)
    nouvelle = courriel.strip().lower() != ligne.courriel
    if nouvelle and ligne.reference:
        raise Refus("L’adresse est confirmée\u00a0: elle ne change plus pour cette demande.")
    ligne.saisie[Etape.ETABLISSEMENT.value] = dict(demandeur)
    if nouvelle:
        ligne.courriel, ligne.confirmee_le = courriel.strip().lower(), None
    ligne.save(update_fields=["saisie", "courriel", "confirmee_le"])
    if nouvelle:
        _poster_un_code(ligne, jeton=jeton, reseau=reseau, le=le)


@transaction.atomic
def renvoyer_un_code(*, preinscription: PreInscription, jeton: str, reseau: str, le: datetime) -> None:
    """Poste un nouveau code ; l'ancien ne vaut plus. Lève `TropDeDemandes` ou `Refus`."""
    ligne = _verrouiller_la_saisie(preinscription, le)
    if ligne.confirmee_le or not ligne.courriel:
        raise Refus("Cette adresse n’attend pas de code.")
    _poster_un_code(ligne, jeton=jeton, reseau=reseau, le=le)


def confirmer_par_code(*, preinscription: PreInscription, code: str, le: datetime) -> None:
    """Confirme l'adresse. Lève `Refus` si le code est faux ou échu ; un essai manqué est compté même alors."""
    if raison := _essayer_le_code(preinscription, code, le):
        raise Refus(raison)


@transaction.atomic
def confirmer_par_lien(*, preinscription: PreInscription, cle: str, le: datetime) -> None:
    """Confirme l'adresse par la clé du lien reçu. Lève `Refus` si elle est fausse ou échue."""
    ligne = _verrouiller_la_saisie(preinscription, le)
    if ligne.confirmee_le:
        return
    vaut = ligne.code_expire_le and le < ligne.code_expire_le
    if not vaut or not constant_time_compare(ligne.lien_empreinte, empreinte_du_jeton(cle)):
        raise Refus("Ce lien a expiré. Demandez un nouveau code.")
    _confirmer(ligne, le)


@transaction.atomic
def garder(*, preinscription: PreInscription, etape: str, valeurs: Any, le: datetime) -> None:
    """Garde ce qui est saisi à une étape : « eleve », « choix » ou « avis ». Lève `PeriodeClose` ou `Refus`."""
    ligne = _verrouiller_la_saisie(preinscription, le)
    _exiger_une_adresse_confirmee(ligne)
    ligne.saisie[etape] = valeurs
    ligne.save(update_fields=["saisie"])


@transaction.atomic
def envoyer(*, preinscription: PreInscription, jeton: str, reseau: str, le: datetime) -> PreInscription:
    """Transmet la demande au SAIO, avec sa référence, et accuse réception ; un second envoi n'a pas d'effet (F6).

    Lève `PeriodeClose`, `TropDeDemandes`, ou `Refus` si une étape manque.
    """
    ligne = _verrouiller(preinscription)
    if not ligne.est_en_saisie:
        return ligne
    _exiger_que_la_saisie_soit_ouverte(ligne, le)
    _exiger_une_adresse_confirmee(ligne)
    if premiere_etape_a_faire(ligne, lire(ligne), ligne.campagne) is not Etape.RECAPITULATIF:
        raise Refus("Il reste une étape à remplir avant l’envoi.")
    _limiter("envoyer", reseau=reseau, courriel=ligne.courriel, le=le)
    ligne.reference = ligne.reference or _reference_suivante(ligne.campagne)
    ligne.etat, ligne.recue_le = Etat.EN_ATTENTE, le
    ligne.save(update_fields=["reference", "etat", "recue_le"])
    suivi = jeton_de_suivi(jeton)
    LienPersonnel.objects.get_or_create(
        empreinte=empreinte_du_jeton(suivi), defaults={"preinscription": ligne, "expire_le": le + DUREE_DU_LIEN}
    )
    consigner(objet=ligne, fait="depot", phrase=f"Demande {ligne.reference} reçue.", par=None, le=le)
    emails.annoncer_la_reception(ligne, jeton=suivi, le=le)
    return ligne


@transaction.atomic
def redemander_un_lien(*, lien: LienPersonnel, reseau: str, le: datetime) -> None:
    """Poste un nouveau lien de suivi à l'adresse confirmée, pour qui tient un lien échu. Lève `TropDeDemandes`."""
    _limiter("lien", reseau=reseau, courriel=lien.preinscription.courriel, le=le)
    emails.envoyer_un_lien(lien.preinscription, jeton=ouvrir_un_lien(preinscription=lien.preinscription, le=le), le=le)


@transaction.atomic
def effacer_les_saisies_echues(*, le: datetime) -> int:
    """Efface les saisies jamais envoyées dont les sept jours sont passés ; rend leur nombre (R40)."""
    echues = PreInscription.objects.filter(etat=Etat.A_CONFIRMER, expire_le__lte=le)
    return echues.delete()[0]


# Le SAIO ------------------------------------------------------------------------------------------------------


@contraintes_dites()
def accepter(
    *,
    preinscription: PreInscription,
    uai: str,
    par: Personne,
    le: datetime,
) -> list[Candidature]:
    """Accepte une demande : l'établissement, l'élève, ses candidatures inscrites et leurs avis, ou rien (R21).

    `uai` est le code que le SAIO retient ; un établissement inconnu est créé sous le nom saisi. Le calendrier juge
    la demande au jour où elle a été reçue. Une demande déjà acceptée rend ses candidatures, sans rien refaire (F6).
    Lève `PeriodeClose`, ou `Refus` avec la raison.
    """
    ligne = _verrouiller(preinscription)
    if ligne.etat == Etat.ACCEPTEE:
        return list(Candidature.objects.actives().filter(eleve=ligne.eleve_id).avec_eleve())
    exiger_periode(ligne.campagne, Nature.FERMETURE, etablissement_id=SANS_ETABLISSEMENT, le=le)
    _exiger_qu_elle_attende(ligne)
    demande = lire(ligne)
    _exiger_tout_le_catalogue(ligne, demande)
    etablissement = _trouver_ou_creer(demande.demandeur, uai, ligne, par, le)
    ligne.etablissement = etablissement
    ligne.eleve = _trouver_ou_ajouter(demande.eleve, etablissement, ligne, par, le)
    candidatures = inscrire(eleve=ligne.eleve, choix=demande.choix, par=par, le=le, demandee_le=ligne.recue_le)
    _reporter_les_avis(ligne, demande, candidatures, par, le)
    _decider(ligne, Etat.ACCEPTEE, f"Demande {ligne.reference} acceptée.", par, le, champs=["eleve", "etablissement"])
    jeton = ouvrir_un_lien(preinscription=ligne, le=le)
    emails.annoncer_l_acceptation(ligne, jeton=jeton, le=le)
    return candidatures


@transaction.atomic
def demander_un_complement(*, preinscription: PreInscription, message: str, par: Personne, le: datetime) -> None:
    """Rend la main au demandeur, avec un message ; le lien du courriel rouvre les étapes.

    Lève `PeriodeClose`, ou `Refus` si la demande est déjà traitée ou le message vide.
    """
    ligne = _verrouiller(preinscription)
    exiger_periode(ligne.campagne, Nature.FERMETURE, etablissement_id=SANS_ETABLISSEMENT, le=le)
    _exiger_qu_elle_attende(ligne)
    if not message.strip():
        raise Refus("Écrivez ce qui est à préciser.")
    jeton, jusqu_au = nouveau_jeton(), _limite_du_complement(ligne.campagne, le)
    ligne.message = message.strip()
    ligne.jeton_empreinte, ligne.expire_le = empreinte_du_jeton(jeton), fin_du_jour(jusqu_au)
    champs = ["message", "jeton_empreinte", "expire_le"]
    _decider(ligne, Etat.A_COMPLETER, "Complément demandé.", par, le, champs=champs)
    emails.demander_un_complement(ligne, jeton=jeton, jusqu_au=jusqu_au, le=le)


@transaction.atomic
def refuser(*, preinscription: PreInscription, motif: str, message: str, par: Personne, le: datetime) -> None:
    """Refuse une demande, avec un motif. Lève `PeriodeClose`, ou `Refus` si elle est déjà traitée."""
    ligne = _verrouiller(preinscription)
    exiger_periode(ligne.campagne, Nature.FERMETURE, etablissement_id=SANS_ETABLISSEMENT, le=le)
    if ligne.etat not in {Etat.EN_ATTENTE, Etat.A_COMPLETER}:
        raise Refus("Cette demande est déjà traitée.")
    if motif not in PreInscription.Motif.values:
        raise Refus("Choisissez une raison.")
    ligne.motif, ligne.message = motif, message.strip()
    phrase = f"Demande {ligne.reference} refusée\u00a0: {ligne.get_motif_display().lower()}."
    _decider(ligne, Etat.REFUSEE, phrase, par, le, champs=["motif", "message"])
    emails.annoncer_le_refus(ligne, le=le)


@transaction.atomic
def revoquer_les_liens(*, preinscription: PreInscription, par: Personne, le: datetime) -> int:
    """Coupe l'accès par lien à une demande ; rend le nombre de liens révoqués."""
    nombre = preinscription.liens.valides(le).update(revoque_le=le)
    if nombre:
        phrase = f"Liens personnels révoqués\u00a0: {nombre}."
        consigner(objet=preinscription, fait="liens_revoques", phrase=phrase, par=par, le=le)
    return nombre


@transaction.atomic
def renvoyer_un_lien(*, preinscription: PreInscription, par: Personne, le: datetime) -> None:
    """Poste un nouveau lien de suivi à l'adresse confirmée, et à elle seule. Lève `Refus` si la demande est refusée."""
    ligne = _verrouiller(preinscription)
    if ligne.etat == Etat.REFUSEE or not ligne.reference:
        raise Refus("Cette demande n’a pas de suivi.")
    emails.envoyer_un_lien(ligne, jeton=ouvrir_un_lien(preinscription=ligne, le=le), le=le)
    consigner(objet=ligne, fait="lien_envoye", phrase="Nouveau lien de suivi envoyé.", par=par, le=le)


def ouvrir_un_lien(*, preinscription: PreInscription, le: datetime) -> str:
    """Crée un lien personnel de quatre-vingt-dix jours ; rend son jeton, que la base ne connaît pas."""
    return next(iter(_ouvrir_des_liens([preinscription], le).values()))


@transaction.atomic
def liens_de_suivi(*, eleves: Iterable[Eleve], courriel: str, le: datetime) -> dict[int, str]:
    """Un lien personnel neuf par élève pré-inscrit à cette adresse confirmée, par clé d'élève, en deux requêtes."""
    suivies = PreInscription.objects.suivies().filter(eleve__in=list(eleves), courriel__iexact=courriel)
    demandes = list(suivies.order_by("pk"))
    jetons = _ouvrir_des_liens(demandes, le) if demandes else {}
    return {demande.eleve_id: emails.lien_de_suivi(jetons[demande.pk]) for demande in demandes}


def suivi_du_demandeur(*, eleve: Eleve, le: datetime) -> tuple[str, str]:
    """L'adresse confirmée et un lien personnel neuf, pour l'élève d'un établissement sans messagerie (R21).

    Deux textes vides si l'établissement a une messagerie, ou si l'élève n'a pas été pré-inscrit.
    """
    if eleve.etablissement.messagerie.strip():
        return "", ""
    adresse = courriels_confirmes([eleve.pk]).get(eleve.pk, "")
    return (adresse, liens_de_suivi(eleves=[eleve], courriel=adresse, le=le)[eleve.pk]) if adresse else ("", "")


# Ce que partagent ces gestes ------------------------------------------------------------------------------------


def _ouvrir_une_saisie(campagne: Campagne, le: datetime, **champs: Any) -> str:
    jeton = nouveau_jeton()
    PreInscription.objects.create(
        campagne=campagne,
        jeton_empreinte=empreinte_du_jeton(jeton),
        commencee_le=le,
        expire_le=le + GARDE_DE_LA_SAISIE,
        **champs,
    )
    return jeton


def _verrouiller(preinscription: PreInscription) -> PreInscription:
    return (
        PreInscription.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campagne__regles", "campagne__academie")
        .prefetch_related("campagne__periodes")
        .get(pk=preinscription.pk)
    )


def _verrouiller_la_saisie(preinscription: PreInscription, le: datetime) -> PreInscription:
    ligne = _verrouiller(preinscription)
    if not ligne.est_en_saisie:
        raise Refus("Cette demande est déjà envoyée.")
    _exiger_que_la_saisie_soit_ouverte(ligne, le)
    return ligne


def _exiger_que_la_saisie_soit_ouverte(ligne: PreInscription, le: datetime) -> None:
    """Une saisie suit le calendrier des inscriptions ; un complément, la date que donne son courriel."""
    nature = Nature.FERMETURE if ligne.etat == Etat.A_COMPLETER else Nature.INSCRIPTION
    exiger_periode(ligne.campagne, nature, etablissement_id=SANS_ETABLISSEMENT, le=le)
    if ligne.expire_le <= le:
        raise Refus("Cette saisie n’est plus gardée. Commencez une nouvelle pré-inscription.")


def _exiger_une_adresse_confirmee(ligne: PreInscription) -> None:
    if ligne.confirmee_le is None:
        raise Refus("Confirmez d’abord votre courriel.")


def _exiger_qu_elle_attende(ligne: PreInscription) -> None:
    if ligne.etat == Etat.A_COMPLETER:
        raise Refus("Un complément est demandé\u00a0: la demande attend son auteur.")
    if ligne.etat != Etat.EN_ATTENTE:
        raise Refus("Cette demande est déjà traitée.")


def _poster_un_code(ligne: PreInscription, *, jeton: str, reseau: str, le: datetime) -> None:
    _limiter("code", reseau=reseau, courriel=ligne.courriel, le=le)
    code, cle = nouveau_code(), nouveau_jeton()
    ligne.code_empreinte, ligne.lien_empreinte = empreinte_du_code(code, ligne.pk), empreinte_du_jeton(cle)
    ligne.code_expire_le, ligne.essais_restants = le + DUREE_DU_CODE, ESSAIS
    ligne.save(update_fields=["code_empreinte", "lien_empreinte", "code_expire_le", "essais_restants"])
    emails.envoyer_le_code(ligne, code=code, cle=cle, jeton=jeton, le=le)


@transaction.atomic
def _essayer_le_code(preinscription: PreInscription, code: str, le: datetime) -> str:
    """Raison du refus, ou rien ; l'essai manqué reste compté."""
    ligne = _verrouiller_la_saisie(preinscription, le)
    if ligne.confirmee_le:
        return ""
    if not ligne.essais_restants or ligne.code_expire_le is None or le >= ligne.code_expire_le:
        return "Ce code a expiré. Demandez-en un nouveau."
    if constant_time_compare(ligne.code_empreinte, empreinte_du_code(code, ligne.pk)):
        _confirmer(ligne, le)
        return ""
    ligne.essais_restants -= 1
    ligne.save(update_fields=["essais_restants"])
    if not (reste := ligne.essais_restants):
        return "Ce code n’est pas le bon. Demandez-en un nouveau."
    return f"Ce code n’est pas le bon. Il vous reste {reste} essai{'s' if reste > 1 else ''}."


def _confirmer(ligne: PreInscription, le: datetime) -> None:
    ligne.confirmee_le, ligne.code_empreinte, ligne.lien_empreinte = le, "", ""
    ligne.save(update_fields=["confirmee_le", "code_empreinte", "lien_empreinte"])


def _reference_suivante(campagne: Campagne) -> str:
    """« PI-2027-000123 », l'une après l'autre dans la campagne, que sa ligne tient le temps de compter."""
    Campagne.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=campagne.pk)
    references = PreInscription.objects.filter(campagne=campagne).exclude(reference="")
    derniere = references.order_by("-reference").values_list("reference", flat=True).first()
    numero = int(derniere.rsplit("-", 1)[1]) + 1 if derniere else 1
    return f"PI-{campagne.annee}-{numero:06d}"


def _limite_du_complement(campagne: Campagne, le: datetime) -> date:
    """Le dernier jour des inscriptions, sept jours au moins."""
    fin, au_moins = campagne.calendrier.bornes(Nature.INSCRIPTION).fin, jour_de(le + GARDE_DE_LA_SAISIE)
    return max(fin, au_moins) if fin else au_moins


def _decider(ligne: PreInscription, etat: str, phrase: str, par: Personne, le: datetime, *, champs: list[str]) -> None:
    avant = ligne.etat
    ligne.etat, ligne.decidee_le = etat, le
    ligne.save(update_fields=["etat", "decidee_le", *champs])
    consigner(
        objet=ligne,
        fait=etat,
        phrase=phrase[:300],
        par=par,
        le=le,
        avant={"etat": avant},
        apres={"etat": etat} | ({"message": ligne.message} if "message" in champs and ligne.message else {}),
    )


def _exiger_tout_le_catalogue(ligne: PreInscription, demande: Demande) -> None:
    voulues = sum(len(choix["formations"]) for choix in ligne.saisie.get("choix", []))
    if not demande.formations or len(demande.formations) < voulues:
        raise Refus("Une formation demandée n’est plus au catalogue\u00a0: demandez un complément.")


def _trouver_ou_creer(
    demandeur: Demandeur, uai: str, ligne: PreInscription, par: Personne, le: datetime
) -> Etablissement:
    propre = mettre_au_propre(uai)
    if not propre:
        raise Refus("Choisissez l’établissement, ou donnez son code UAI.")
    if raison := pourquoi_pas_un_uai(propre):
        raise Refus(raison)
    if connu := Etablissement.objects.connu_sous(propre).first():
        return connu
    etablissement = Etablissement(
        uai=propre,
        nom=demandeur.nom,
        type=demandeur.libelle_du_type[:40],
        secteur="Privé" if demandeur.type == "hors_contrat" else "Public",
        contrat="Hors contrat" if demandeur.type == "hors_contrat" else "",
        academie=_academie_de(propre, ligne.campagne),
        departement=propre[:3],
        commune=demandeur.ville,
        telephone=demandeur.telephone,
    )
    etablissement.save(force_insert=True)
    phrase = f"Établissement créé par la demande {ligne.reference}."
    consigner(objet=etablissement, fait="creation", phrase=phrase, par=par, le=le, apres={"uai": propre})
    return etablissement


def _academie_de(uai: str, campagne: Campagne) -> Academie:
    """L'académie du département de l'UAI, si elle est dans l'installation ; sinon celle de la campagne."""
    return Academie.objects.filter(departements__contains=[uai[:3]]).first() or campagne.academie


def _trouver_ou_ajouter(
    saisi: EleveSaisi, etablissement: Etablissement, ligne: PreInscription, par: Personne, le: datetime
) -> Eleve:
    deja = eleve_deja_inscrit(saisi, ligne.campagne)
    if deja and _vient_du_meme_demandeur(deja, etablissement, ligne):
        deja.campagne = ligne.campagne
        return deja
    if deja and (deja.etablissement_id == etablissement.pk or (saisi.ine and deja.ine == saisi.ine)):
        raise Refus("Cet élève est déjà inscrit dans l’académie.")
    if saisi.naissance is None:
        raise Refus("La date de naissance manque\u00a0: demandez un complément.")
    saisie = SaisieEleve(
        nom=saisi.nom,
        prenom=saisi.prenom,
        date_de_naissance=saisi.naissance,
        classe=saisi.classe,
        niveau=saisi.niveau,
        ine=saisi.ine,
        referent_nom=saisi.referent_nom,
        referent_courriel=saisi.referent_courriel,
    )
    return ajouter_un_eleve(
        etablissement=etablissement,
        campagne=ligne.campagne,
        saisie=saisie,
        par=par,
        le=le,
        demande_le=ligne.recue_le,
    )


def _vient_du_meme_demandeur(eleve: Eleve, etablissement: Etablissement, ligne: PreInscription) -> bool:
    """Sans cela, un lien personnel ouvrirait à un inconnu le dossier d'un élève que son établissement suit (R37)."""
    acceptees = PreInscription.objects.filter(eleve=eleve, etat=Etat.ACCEPTEE, courriel=ligne.courriel)
    return eleve.etablissement_id == etablissement.pk and acceptees.exists()


def _reporter_les_avis(
    ligne: PreInscription, demande: Demande, candidatures: list[Candidature], par: Personne, le: datetime
) -> None:
    """Écrit les avis du demandeur ; qui les a donnés se lit dans l'historique de chaque candidature (R16, R39)."""
    for candidature in candidatures:
        reportes = {}
        for demandee in candidature.formations_maintenues:
            avis, commentaire = demande.avis_sur(demandee.formation)
            if demandee.avis_complet or not (avis or commentaire):
                continue
            demandee.candidature = candidature
            saisir_l_avis(
                formation_demandee=demandee,
                avis=avis,
                commentaire=commentaire,
                version=demandee.version,
                par=par,
                le=le,
            )
            reportes[demandee.formation.intitule] = avis
        if reportes:
            qui = f"{demande.demandeur.signature} ({demande.demandeur.nom})"
            consigner(
                objet=candidature,
                fait="avis_de_la_preinscription",
                phrase=f"Avis et commentaires donnés par {qui} dans la demande {ligne.reference}."[:300],
                par=par,
                le=le,
                apres={"reference": ligne.reference, "donnes_par": qui, "avis": reportes},
            )


def courriels_confirmes(eleves: Iterable[int]) -> dict[int, str]:
    """L'adresse confirmée par laquelle chaque élève a été pré-inscrit, par clé d'élève, en une requête."""
    suivies = PreInscription.objects.suivies().filter(eleve__in=set(eleves))
    return dict(suivies.order_by("pk").values_list("eleve", "courriel"))


def _ouvrir_des_liens(preinscriptions: Iterable[PreInscription], le: datetime) -> dict[int, str]:
    jetons = {preinscription.pk: nouveau_jeton() for preinscription in preinscriptions}
    LienPersonnel.objects.bulk_create(
        LienPersonnel(preinscription_id=cle, empreinte=empreinte_du_jeton(jeton), expire_le=le + DUREE_DU_LIEN)
        for cle, jeton in jetons.items()
    )
    return jetons


def _limiter(geste: str, *, reseau: str, le: datetime, courriel: str = "") -> None:
    """Compte ce geste, et lève `TropDeDemandes` s'il a été fait trop souvent en une heure (T9).

    Le compte d'une adresse est tenu par un verrou : des envois simultanés ne passent pas la limite ensemble.
    """
    limites = {empreinte_de_passage(geste, f"reseau:{reseau}"): PAR_RESEAU[geste]}
    if courriel:
        limites[empreinte_de_passage(geste, f"courriel:{courriel.lower()}")] = PAR_COURRIEL[geste]
    PassagePublic.objects.filter(le__lte=le - UNE_HEURE).delete()
    for empreinte, au_plus in sorted(limites.items()):
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_advisory_xact_lock(%s)", [int(empreinte[:15], 16)])
        if PassagePublic.objects.filter(empreinte=empreinte).count() >= au_plus:
            raise TropDeDemandes
    PassagePublic.objects.bulk_create(PassagePublic(empreinte=empreinte, le=le) for empreinte in limites)
