"""Ce que décide le SAIO : accepter, faire compléter ou refuser (R21, écran S5)."""

from datetime import date, datetime

from django.db import transaction

from candidatures.emails import preinscription as emails
from candidatures.models import Candidature, PreInscription
from candidatures.preinscriptions import Demande, lire
from candidatures.services.inscriptions import inscrire
from candidatures.services.preinscriptions.dossier import reporter_les_avis, trouver_ou_ajouter, trouver_ou_creer
from candidatures.services.preinscriptions.gardes import SANS_ETABLISSEMENT, verrouiller
from candidatures.services.preinscriptions.liens import ouvrir_un_lien
from candidatures.services.preinscriptions.saisie import GARDE_DE_LA_SAISIE
from comptes.jetons import empreinte_du_jeton, nouveau_jeton
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import fin_du_jour, jour_de
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode


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
    ligne = verrouiller(preinscription)
    if ligne.etat == PreInscription.Etat.ACCEPTEE:
        return list(Candidature.objects.actives().filter(eleve=ligne.eleve_id).avec_eleve())
    exiger_periode(ligne.campagne, Nature.FERMETURE, etablissement_id=SANS_ETABLISSEMENT, le=le)
    _exiger_qu_elle_attende(ligne)
    demande = lire(ligne)
    _exiger_tout_le_catalogue(ligne, demande)
    etablissement = trouver_ou_creer(demande.demandeur, uai, ligne, par, le)
    ligne.etablissement = etablissement
    ligne.eleve = trouver_ou_ajouter(demande.eleve, etablissement, ligne, par, le)
    candidatures = inscrire(eleve=ligne.eleve, choix=demande.choix, par=par, le=le, demandee_le=ligne.recue_le)
    reporter_les_avis(ligne, demande, candidatures, par, le)
    _decider(
        ligne,
        PreInscription.Etat.ACCEPTEE,
        f"Demande {ligne.reference} acceptée.",
        par,
        le,
        champs=["eleve", "etablissement"],
    )
    jeton = ouvrir_un_lien(preinscription=ligne, le=le)
    emails.annoncer_l_acceptation(ligne, jeton=jeton, le=le)
    return candidatures


@transaction.atomic
def demander_un_complement(*, preinscription: PreInscription, message: str, par: Personne, le: datetime) -> None:
    """Rend la main au demandeur, avec un message ; le lien du courriel rouvre les étapes.

    Lève `PeriodeClose`, ou `Refus` si la demande est déjà traitée ou le message vide.
    """
    ligne = verrouiller(preinscription)
    exiger_periode(ligne.campagne, Nature.FERMETURE, etablissement_id=SANS_ETABLISSEMENT, le=le)
    _exiger_qu_elle_attende(ligne)
    if not message.strip():
        raise Refus("Écrivez ce qui est à préciser.")
    jeton, jusqu_au = nouveau_jeton(), _limite_du_complement(ligne.campagne, le)
    ligne.message = message.strip()
    ligne.jeton_empreinte, ligne.expire_le = empreinte_du_jeton(jeton), fin_du_jour(jusqu_au)
    champs = ["message", "jeton_empreinte", "expire_le"]
    _decider(ligne, PreInscription.Etat.A_COMPLETER, "Complément demandé.", par, le, champs=champs)
    emails.demander_un_complement(ligne, jeton=jeton, jusqu_au=jusqu_au, le=le)


@transaction.atomic
def refuser(*, preinscription: PreInscription, motif: str, message: str, par: Personne, le: datetime) -> None:
    """Refuse une demande, avec un motif. Lève `PeriodeClose`, ou `Refus` si elle est déjà traitée."""
    ligne = verrouiller(preinscription)
    exiger_periode(ligne.campagne, Nature.FERMETURE, etablissement_id=SANS_ETABLISSEMENT, le=le)
    if ligne.etat not in {PreInscription.Etat.EN_ATTENTE, PreInscription.Etat.A_COMPLETER}:
        raise Refus("Cette demande est déjà traitée.")
    if motif not in PreInscription.Motif.values:
        raise Refus("Choisissez une raison.")
    ligne.motif, ligne.message = motif, message.strip()
    phrase = f"Demande {ligne.reference} refusée\u00a0: {ligne.get_motif_display().lower()}."
    _decider(ligne, PreInscription.Etat.REFUSEE, phrase, par, le, champs=["motif", "message"])
    emails.annoncer_le_refus(ligne, le=le)


def _exiger_qu_elle_attende(ligne: PreInscription) -> None:
    if ligne.etat == PreInscription.Etat.A_COMPLETER:
        raise Refus("Un complément est demandé\u00a0: la demande attend son auteur.")
    if ligne.etat != PreInscription.Etat.EN_ATTENTE:
        raise Refus("Cette demande est déjà traitée.")


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
