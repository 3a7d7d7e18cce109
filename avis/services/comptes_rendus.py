"""Rédiger, transmettre et corriger un compte-rendu, avec ses avis (R27 à R30, R42)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from avis.emails import annoncer_la_correction, annoncer_la_formation_ajoutee, annoncer_les_comptes_rendus
from avis.models import CompteRendu, avis_accueil_visibles
from avis.rules import LONGUEUR_DU_RENVOI, EtatCompteRendu, est_en_retard
from avis.services.dossier import (
    AvisDonnes,
    Dossier,
    ecrire,
    ecrire_les_avis,
    exiger_la_saisie,
    exiger_la_version,
    exiger_un_entretien,
    exiger_un_envoi_complet,
    ouvrir,
    verifier,
)
from candidatures.models import Candidature
from candidatures.rules import Etat
from candidatures.services import faire_passer
from candidatures.services.preinscriptions import suivi_du_demandeur
from comptes.models import Personne
from comptes.services import consigner
from entretiens.models import Entretien
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import jour_de
from referentiel.rules.refus import Refus


@transaction.atomic
def enregistrer_le_brouillon(
    *,
    candidature: Candidature,
    texte: str,
    avis: AvisDonnes,
    version: int,
    par: Personne,
    le: datetime,
    a_relire: bool = False,
) -> CompteRendu:
    """Garde un compte-rendu en préparation, que l'origine ne voit pas (R30).

    `avis` va de la formation demandée (clé primaire) à l'avis, `None` pour l'effacer ; une formation absente de
    `avis` garde le sien. `version` est celle qui a été lue, 0 pour un premier texte ; `a_relire` soumet le texte
    à la relecture, et un texte déjà soumis le reste. Ne fait rien si rien ne change, même d'une version dépassée :
    un envoi répété n'a qu'un effet (F6). Lève `PeriodeClose`, `Conflit` ou `Refus`.
    """
    dossier = ouvrir(candidature)
    exiger_la_saisie(dossier, Nature.SAISIE_AVIS_ACCUEIL, le)
    actuel, voulu = dossier.compte_rendu, _etat_du_brouillon(dossier, a_relire)
    if actuel and actuel.etat == voulu and dossier.dit_deja(texte, avis):
        return actuel
    exiger_la_version(dossier, version)
    if dossier.est_transmis:
        raise Refus("Ce compte-rendu est déjà transmis. Une correction le remplace, un brouillon non.")
    exiger_un_entretien(dossier, le, commence_suffit=True)
    verifier(dossier, texte, avis)
    compte_rendu = ecrire(dossier, texte, voulu, par=par, le=le)
    ecrire_les_avis(dossier, compte_rendu, avis)
    if a_relire:
        consigner(
            objet=compte_rendu,
            fait="compte_rendu_a_relire",
            phrase="Compte-rendu envoyé à la relecture",
            par=par,
            le=le,
        )
    return compte_rendu


@transaction.atomic
def renvoyer_au_jury(*, candidature: Candidature, message: str, par: Personne, le: datetime) -> CompteRendu:
    """Rend à qui l'a rédigé un compte-rendu soumis à la relecture, avec ce qu'il y a à reprendre (R30, écran A12).

    Le message se lit sur la page jusqu'au prochain envoi à la relecture. Le même renvoi répété par la même personne
    n'a qu'un effet (F6). Lève `PeriodeClose`, ou `Refus` si le compte-rendu n'est pas à relire ou si le message manque.
    """
    dossier = ouvrir(candidature)
    exiger_la_saisie(dossier, Nature.SAISIE_AVIS_ACCUEIL, le)
    compte_rendu = dossier.compte_rendu
    propre = message.replace("\r\n", "\n").strip()
    if compte_rendu and _est_un_renvoi_repete(compte_rendu, propre, par):
        return compte_rendu
    if compte_rendu is None or not compte_rendu.est_a_relire:
        raise Refus("Ce compte-rendu n’attend pas de relecture.")
    if not propre:
        raise Refus("Dites ce qu’il y a à reprendre.")
    if len(propre) > LONGUEUR_DU_RENVOI:
        raise Refus(f"Le message compte {len(propre)} caractères\u00a0; {LONGUEUR_DU_RENVOI} au plus.")
    compte_rendu.etat = EtatCompteRendu.BROUILLON
    compte_rendu.renvoi, compte_rendu.renvoye_par, compte_rendu.renvoye_le = propre, par, le
    compte_rendu.version += 1
    compte_rendu.save()
    consigner(
        objet=compte_rendu,
        fait="compte_rendu_renvoye",
        phrase="Compte-rendu renvoyé au jury",
        par=par,
        le=le,
        apres={"message": propre},
    )
    return compte_rendu


def _est_un_renvoi_repete(compte_rendu: CompteRendu, message: str, par: Personne) -> bool:
    renvoye = compte_rendu.etat == EtatCompteRendu.BROUILLON and compte_rendu.renvoye_par_id == par.pk
    return renvoye and bool(message) and compte_rendu.renvoi == message


def _etat_du_brouillon(dossier: Dossier, a_relire: bool) -> EtatCompteRendu:
    """Un texte soumis le reste pendant qu'il se relit ; un renvoi seul le rend au jury."""
    deja_soumis = dossier.compte_rendu is not None and dossier.compte_rendu.est_a_relire
    return EtatCompteRendu.A_RELIRE if a_relire or deja_soumis else EtatCompteRendu.BROUILLON


@transaction.atomic
def transmettre(
    *,
    candidature: Candidature,
    texte: str,
    avis: AvisDonnes,
    version: int,
    par: Personne,
    le: datetime,
    annonce_le: datetime | None = None,
) -> CompteRendu:
    """Transmet à l'origine le compte-rendu et un avis par formation demandée (R27, R30).

    Mêmes `avis` et `version` que le brouillon ; `annonce_le` retient jusque-là ce qui part aussitôt. Un compte-rendu
    en retard reste possible tant que la période est ouverte ; son retard est consigné. Le même envoi répété par la
    même personne n'a qu'un effet (F6). Le droit du chef d'établissement est demandé à la porte.
    Lève `PeriodeClose`, `Conflit`, ou `Refus` : déjà transmis, séance collective (R29), absence (R28), présence non
    saisie, texte ou avis manquant, avis hors de l'échelle.
    """
    dossier = ouvrir(candidature)
    exiger_la_saisie(dossier, Nature.SAISIE_AVIS_ACCUEIL, le)
    if dossier.compte_rendu and _est_un_envoi_repete(dossier, texte, avis, version, par):
        return dossier.compte_rendu
    exiger_la_version(dossier, version)
    if dossier.est_transmis:
        raise Refus("Ce compte-rendu est déjà transmis.")
    entretien = exiger_un_entretien(dossier, le)
    exiger_un_envoi_complet(dossier, texte, avis)
    compte_rendu = ecrire(dossier, texte, EtatCompteRendu.TRANSMIS, par=par, le=le)
    ecrire_les_avis(dossier, compte_rendu, avis)
    _consigner_la_transmission(dossier, compte_rendu, entretien, avis, par=par, le=le)
    faire_passer(
        candidature=dossier.candidature,
        vers=Etat.RENDUE,
        fait="compte_rendu",
        phrase="Compte-rendu transmis par l’établissement d’accueil",
        par=par,
        le=le,
    )
    demandeur, lien = suivi_du_demandeur(eleve=dossier.candidature.eleve, le=le)
    annoncer_les_comptes_rendus(candidature=dossier.candidature, le=le, demandeur=demandeur, lien_de_suivi=lien)
    for demande in dossier.formations.values():
        if demande.ajoutee_a_l_entretien:
            annoncer_la_formation_ajoutee(demande=demande, candidature=dossier.candidature, le=le, pas_avant=annonce_le)
    return compte_rendu


def _est_un_envoi_repete(dossier: Dossier, texte: str, avis: AvisDonnes, version: int, par: Personne) -> bool:
    actuel = dossier.compte_rendu
    if actuel is None or not actuel.est_transmis or actuel.transmis_par_id != par.pk:
        return False
    return actuel.version == version + 1 and dossier.dit_deja(texte, avis)


@transaction.atomic
def corriger(
    *, candidature: Candidature, texte: str, avis: AvisDonnes, version: int, par: Personne, le: datetime
) -> CompteRendu:
    """Remplace un compte-rendu transmis ; la version d'avant reste dans l'historique (R30).

    Possible jusqu'à la fermeture de la campagne. L'origine en est avertie si elle pouvait déjà le lire. Ne fait rien
    si rien ne change, même d'une version dépassée : un envoi répété n'a qu'un effet (F6). Lève `PeriodeClose`,
    `Conflit` ou `Refus`.
    """
    dossier = ouvrir(candidature)
    exiger_la_saisie(dossier, Nature.FERMETURE, le)
    if not dossier.est_transmis or dossier.compte_rendu is None:
        raise Refus("Ce compte-rendu n’est pas encore transmis : il n’y a rien à corriger.")
    if dossier.dit_deja(texte, avis):
        return dossier.compte_rendu
    exiger_la_version(dossier, version)
    exiger_un_envoi_complet(dossier, texte, avis)
    avant, apres = _differences(dossier, texte, avis)
    compte_rendu = ecrire(dossier, texte, EtatCompteRendu.TRANSMIS, par=par, le=le)
    ecrire_les_avis(dossier, compte_rendu, avis)
    consigner(
        objet=compte_rendu,
        fait="compte_rendu_corrige",
        phrase="Compte-rendu corrigé",
        par=par,
        le=le,
        avant=avant,
        apres=apres,
    )
    faire_passer(
        candidature=dossier.candidature,
        vers=Etat.RENDUE,
        fait="compte_rendu_corrige",
        phrase="Compte-rendu corrigé par l’établissement d’accueil",
        par=par,
        le=le,
    )
    if avis_accueil_visibles(dossier.campagne, compte_rendu, le):
        demandeur, lien = suivi_du_demandeur(eleve=dossier.candidature.eleve, le=le)
        annoncer_la_correction(
            compte_rendu=compte_rendu,
            candidature=dossier.candidature,
            le=le,
            demandeur=demandeur,
            lien_de_suivi=lien,
        )
    return compte_rendu


def _consigner_la_transmission(
    dossier: Dossier,
    compte_rendu: CompteRendu,
    entretien: Entretien,
    avis: AvisDonnes,
    *,
    par: Personne,
    le: datetime,
) -> None:
    delai = dossier.campagne.regles.delai_compte_rendu
    en_retard = est_en_retard(jour_de(entretien.periode.lower), delai, transmis_le=le, le=le)
    consigner(
        objet=compte_rendu,
        fait="compte_rendu_transmis",
        phrase="Compte-rendu transmis en retard" if en_retard else "Compte-rendu transmis",
        par=par,
        le=le,
        apres={
            "texte": compte_rendu.texte,
            "avis": dossier.avis_par_intitule(dossier.gardes | dict(avis)),
            "en_retard": en_retard,
        },
    )


def _differences(dossier: Dossier, texte: str, avis: AvisDonnes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ce qui change entre le compte-rendu gardé et le nouveau : avant, après."""
    assert dossier.compte_rendu is not None
    anciens = dossier.avis_par_intitule(dossier.gardes)
    nouveaux = dossier.avis_par_intitule(dossier.gardes | dict(avis))
    avant: dict[str, Any] = {}
    apres: dict[str, Any] = {}
    if dossier.compte_rendu.texte != texte:
        avant["texte"], apres["texte"] = dossier.compte_rendu.texte, texte
    if anciens != nouveaux:
        avant["avis"], apres["avis"] = anciens, nouveaux
    return avant, apres
