"""Les courriels des comptes-rendus : à l'origine, ce qui paraît (R27, R30) ; à l'accueil, ce qui tarde (écran 6.6).

Aucun nom d'élève : un fait et un lien. Rien ne part à l'origine avant que les avis d'accueil lui soient visibles.
"""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from avis.models import CompteRendu
from avis.rules import prochain_matin
from candidatures.models import Candidature, FormationDemandee
from courriers.rules import EtatCourriel
from courriers.services import est_une_adresse, poster, remettre_en_file
from referentiel.models import Academie, Campagne, Etablissement, JeuDeRegles
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_jour, jour_de
from referentiel.rules.jeu import Avis, Resultat

RAPPEL = "rappel"


def annoncer_les_comptes_rendus(
    *, candidature: Candidature, le: datetime, demandeur: str = "", lien_de_suivi: str = ""
) -> None:
    """Annonce que des comptes-rendus sont disponibles : un courriel par matin et par établissement d'origine.

    Un établissement sans messagerie le lit à l'adresse `demandeur`, élève par élève, par son lien de suivi (R21).
    """
    origine, campagne = candidature.eleve.etablissement, candidature.domaine.campagne
    depart = depart_de_l_annonce(campagne, le)
    _ecrire_a(
        origine,
        campagne,
        cle=cle_de_l_annonce(candidature, depart),
        nature="compte-rendu",
        sujet="Passpro\u00a0: des comptes-rendus sont disponibles",
        gabarit="comptes_rendus_disponibles",
        lien=lien_de_suivi or _lien("avis:fiches", uai=origine.segment),
        destinataire=demandeur,
        le=le,
        part_le=depart,
    )


def depart_de_l_annonce(campagne: Campagne, transmis_le: datetime) -> datetime:
    """Le matin où l'origine apprend qu'un compte-rendu transmis à cet instant est disponible."""
    return prochain_matin(_pas_avant_l_ouverture(campagne, transmis_le))


def cle_de_l_annonce(candidature: Candidature, depart: datetime) -> str:
    """Une annonce par matin et par établissement d'origine ; par candidature pour celui qui n'a pas de messagerie."""
    origine = candidature.eleve.etablissement
    cle = f"comptes-rendus:{origine.pk}:{jour_de(depart).isoformat()}"
    return cle if origine.messagerie.strip() else f"{cle}:{candidature.code}"


def cle_de_la_formation_ajoutee(demande: FormationDemandee) -> str:
    return f"formation-ajoutee:{demande.pk}"


def annoncer_la_correction(
    *,
    compte_rendu: CompteRendu,
    candidature: Candidature,
    le: datetime,
    demandeur: str = "",
    lien_de_suivi: str = "",
) -> None:
    """Annonce qu'un compte-rendu déjà visible vient d'être corrigé (R30), à qui a lu l'annonce du premier (R21)."""
    origine = candidature.eleve.etablissement
    _ecrire_a(
        origine,
        candidature.domaine.campagne,
        cle=f"compte-rendu-corrige:{compte_rendu.pk}:{compte_rendu.version}",
        nature="compte-rendu",
        sujet="Passpro : un compte-rendu a été corrigé",
        gabarit="compte_rendu_corrige",
        lien=lien_de_suivi or _lien("avis:fiche", uai=origine.segment, code=candidature.eleve.code),
        destinataire=demandeur,
        le=le,
    )


def annoncer_la_formation_ajoutee(
    *, demande: FormationDemandee, candidature: Candidature, le: datetime, pas_avant: datetime | None = None
) -> None:
    """Annonce une formation ajoutée à l'entretien : l'origine peut donner son avis (R27)."""
    origine, campagne = candidature.eleve.etablissement, candidature.domaine.campagne
    _ecrire_a(
        origine,
        campagne,
        cle=cle_de_la_formation_ajoutee(demande),
        nature="formation ajoutée",
        sujet="Passpro : une formation a été ajoutée lors d’un entretien",
        gabarit="formation_ajoutee",
        lien=_lien("avis:fiche", uai=origine.segment, code=candidature.eleve.code),
        le=le,
        part_le=max(_pas_avant_l_ouverture(campagne, le), pas_avant or le),
        reste_incomplet=_reste_incomplet(campagne.regles),
    )


def _reste_incomplet(regles: JeuDeRegles) -> bool:
    """Vrai si un avis final est montré, et s'il lui manque l'avis d'origine quoi que dise l'accueil (R6, R27)."""
    sans_origine = {case.resultat for (origine, _), case in regles.matrice.items() if origine is Avis.ABSENT}
    return regles.montre_l_avis_final and sans_origine == {Resultat.INCOMPLET}


def _ecrire_a(
    origine: Etablissement,
    campagne: Campagne,
    *,
    cle: str,
    nature: str,
    sujet: str,
    gabarit: str,
    lien: str,
    le: datetime,
    part_le: datetime | None = None,
    destinataire: str = "",
    **precisions: bool,
) -> None:
    """Poste à `destinataire`, à défaut à la messagerie fonctionnelle ; qui n'en a pas lit sa page « À faire ».

    Une annonce rappelée par l'annulation d'une saisie repart si le fait se reproduit.
    """
    adresse = destinataire or origine.messagerie
    if not est_une_adresse(adresse):
        return
    courriel = poster(
        cle=cle,
        nature=nature,
        destinataire=adresse,
        sujet=sujet,
        gabarit=f"courriels/avis/{gabarit}",
        contexte={
            "lien": lien,
            "academie": campagne.academie.nom_complet,
            "etablissement": origine.nom,
            **precisions,
        },
        le=le,
        part_le=part_le,
        uai=origine.uai,
        academie=campagne.academie_id,
    )
    if courriel.etat == EtatCourriel.RAPPELE:
        remettre_en_file(cles=[cle], part_le=part_le or le)


def _pas_avant_l_ouverture(campagne: Campagne, le: datetime) -> datetime:
    ouverture = campagne.avis_d_accueil_visibles_des
    return max(le, ouverture) if ouverture else le


def _lien(nom: str, **segments: str) -> str:
    return settings.ADRESSE_PUBLIQUE + reverse(nom, kwargs=segments)


# Vers l'établissement d'accueil --------------------------------------------------------------------------------


def courriel_de_relance(
    campagne: Campagne, accueil: Etablissement, *, convocations: bool, nombre: int, depuis: date, envoi: str
) -> dict[str, Any]:
    """Arguments de `courriers.services.poster` pour une relance du SAIO : des nombres et un lien (écran S4).

    `convocations` : des élèves à convoquer plutôt que des comptes-rendus à transmettre.
    """
    s = "s" if nombre > 1 else ""
    if convocations:
        sujet, gabarit = f"Passpro\u00a0: {nombre} élève{s} à convoquer", "relance_convocations"
        lien = _lien("entretiens:planning", uai=accueil.segment)
    else:
        sujet, gabarit = f"Passpro\u00a0: {nombre} compte{s}-rendu{s} en retard", "relance_comptes_rendus"
        lien = _lien("avis:comptes_rendus", uai=accueil.segment)
    return {
        "cle": f"relance:{envoi}:{accueil.uai}",
        "nature": "relance",
        "destinataire": accueil.messagerie,
        "sujet": sujet,
        "gabarit": f"courriels/avis/{gabarit}",
        "contexte": {
            "nombre": nombre,
            "sans_presence": 0,
            "depuis": dire_jour(depuis, annee=False),
            "jusqu_au": _dernier_jour_des_convocations(campagne) if convocations else "",
            "lien": lien,
            "contact": contact_du_saio(campagne.academie),
            "academie": campagne.academie.nom_complet,
        },
        "uai": accueil.uai,
    }


def courriel_de_rappel(
    campagne: Campagne,
    accueil: Etablissement,
    adresse: str,
    *,
    cle: str,
    nombre: int,
    sans_presence: int,
    depuis: date,
) -> dict[str, Any]:
    """Le rappel automatique des comptes-rendus en retard : le texte de la relance du SAIO, à une adresse (R27)."""
    relance = courriel_de_relance(campagne, accueil, convocations=False, nombre=nombre, depuis=depuis, envoi=cle)
    contexte = relance["contexte"] | {"sans_presence": sans_presence}
    return relance | {"cle": cle, "nature": RAPPEL, "destinataire": adresse, "contexte": contexte}


def contact_du_saio(academie: Academie) -> str:
    """« 01 57 02 00 00, saio@creteil.example », ce qui en est connu."""
    return ", ".join(filter(None, (academie.contact_telephone, academie.contact_courriel)))


def _dernier_jour_des_convocations(campagne: Campagne) -> str:
    fin = campagne.calendrier.bornes(Nature.CONVOCATIONS).fin
    return dire_jour(fin, annee=False) if fin else ""
