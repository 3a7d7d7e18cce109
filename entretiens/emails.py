"""Les courriels des entretiens : à qui, sous quel sujet, avec quoi (écran 5.1, écran 6.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from django.conf import settings
from django.urls import reverse

from candidatures.models import Eleve
from courriers.models import Courriel
from courriers.pieces import a_fabriquer
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.rules.dire import dire_la_salle, dire_les_jours
from entretiens.rules.etats import NatureConvocation
from referentiel.detours import sans_detour
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_heure, dire_instant, dire_jour, jour_de
from referentiel.rules.noms import capitale, chez, nommer

PAGES_PAR_PDF = 60
PDF_DES_CONVOCATIONS = "convocations.pdf"
AGENDA_DE_LA_CONVOCATION = "convocation.ics"
GABARITS: dict[NatureConvocation, str] = {
    NatureConvocation.INITIALE: "courriels/entretiens/convocations",
    NatureConvocation.MODIFICATION: "courriels/entretiens/modification",
    NatureConvocation.ANNULATION: "courriels/entretiens/annulation",
}


@dataclass(frozen=True, slots=True)
class Ligne:
    """Un élève dans un courriel."""

    heure: str
    eleve: str
    classe: str
    domaine: str
    formations: str
    salle: str
    remplace: str


@dataclass(frozen=True, slots=True)
class Destination:
    """À qui écrire, et de quoi : les convocations d'un même établissement d'origine, d'une même nature."""

    adresse: str
    nature: NatureConvocation
    convocations: tuple[Convocation, ...]

    @property
    def origine(self) -> Etablissement:
        return self.convocations[0].entretien.candidature.eleve.etablissement

    def cle(self, envoi: Envoi) -> str:
        """Nomme le fait annoncé : ces convocations-là, à cette adresse-là."""
        codes = sorted(convocation.code for convocation in self.convocations)
        empreinte = sha256("\n".join([self.adresse.lower(), *codes]).encode()).hexdigest()[:32]
        return f"convocations:{envoi.code}:{self.nature.value}:{empreinte}"


def courriel_de_convocations(
    destination: Destination, envoi: Envoi, *, part_le: datetime, suivis: Mapping[int, str] | None = None
) -> dict[str, Any]:
    """Arguments de `courriers.services.poster` pour les convocations d'une destination.

    `suivis` : pour un établissement sans compte, le lien de suivi de chaque élève, qui remplace celui de
    l'application ; un élève sans lien n'a que sa pièce jointe (R21).
    """
    convocations = sorted(destination.convocations, key=lambda c: (c.periode.lower, c.entretien.candidature.eleve.cle))
    accueils = {c.entretien.creneau.seance.accueil_id: c.entretien.creneau.seance.accueil for c in convocations}
    seances = [convocation.entretien.creneau.seance for convocation in convocations]
    contexte = {
        "nombre": len(convocations),
        "accueil": capitale(nommer(envoi.etablissement.nom)),
        "chez": chez(envoi.etablissement.nom),
        "commune": envoi.etablissement.commune,
        "academie": envoi.etablissement.academie.nom_complet,
        "collectives": all(seance.est_collective for seance in seances),
        "jours": _jours(convocations),
        "lieux": list(dict.fromkeys((accueil.lieu_complet, accueil.telephone) for accueil in accueils.values())),
        "avis_manquants": sum(avis_manquants(c.entretien, envoi.campagne) for c in convocations),
        "url": lien_des_convocations(destination.origine) if suivis is None else "",
        "suivis": _liens_de_suivi(convocations, suivis or {}),
    }
    return {
        "cle": destination.cle(envoi),
        "nature": destination.nature.value if destination.nature != NatureConvocation.INITIALE else "convocation",
        "uai": destination.origine.uai,
        "academie": envoi.campagne.academie_id,
        "destinataire": destination.adresse,
        "sujet": sujet(destination.nature, convocations, envoi.etablissement),
        "gabarit": GABARITS[destination.nature],
        "contexte": contexte,
        "part_le": part_le,
        "pieces": _pieces(destination.nature, convocations),
    }


def sujet(nature: NatureConvocation, convocations: Sequence[Convocation], accueil: Etablissement) -> str:
    """Sujet sans aucun nom d'élève (écran 5.1)."""
    jours = [jour_de(convocation.periode.lower) for convocation in convocations]
    nombre, s = len(convocations), "s" if len(convocations) > 1 else ""
    collective = all(convocation.entretien.creneau.seance.est_collective for convocation in convocations)
    quoi = "séance collective" if collective else f"entretien{s}"
    if nature is NatureConvocation.ANNULATION:
        annule = "séance annulée" if collective else f"entretien{s} annulé{s}"
        return f"Passpro : {annule}, {dire_les_jours(jours).removeprefix('du ')} {chez(accueil.nom)}"
    if nature is NatureConvocation.MODIFICATION:
        return f"Passpro : convocation{s} modifiée{s}, {quoi} {dire_les_jours(jours)} {chez(accueil.nom)}"
    return f"Passpro : {nombre} convocation{s}, {quoi} {dire_les_jours(jours)} {chez(accueil.nom)}"


def courriel_d_absence(
    entretien: Entretien, *, le: datetime, part_le: datetime, demandeur: str = "", lien_de_suivi: str = ""
) -> dict[str, Any]:
    """Courriel d'une absence à l'établissement d'origine (écran 6.6).

    Sans messagerie ni compte, il l'apprend à l'adresse `demandeur`, avec son lien de suivi (R21).
    """
    candidature = entretien.candidature
    origine, accueil = candidature.eleve.etablissement, entretien.creneau.seance.accueil.etablissement
    fin = entretien.creneau.seance.accueil.domaine.campagne.calendrier.bornes(Nature.ENTRETIENS).fin
    contexte = {
        "eleve": f"{candidature.eleve.prenom} {candidature.eleve.nom.upper()}",
        "quand": dire_instant(entretien.periode.lower),
        "accueil": chez(accueil.nom),
        "collective": entretien.creneau.seance.est_collective,
        "jusqu_au": dire_jour(fin, annee=False) if fin else "",
        "academie": accueil.academie.nom_complet,
        "suivi": bool(demandeur),
        "url": lien_de_suivi or lien_des_convocations(origine),
    }
    return {
        "cle": f"absence:{entretien.code}:{le.isoformat()}",
        "nature": "absence",
        "uai": origine.uai,
        "academie": entretien.creneau.seance.accueil.domaine.campagne.academie_id,
        "destinataire": demandeur or origine.messagerie,
        "sujet": "Passpro : 1 absence à un entretien",
        "gabarit": "courriels/entretiens/absence",
        "contexte": contexte,
        "part_le": part_le,
    }


def courriel_au_saio(entretien: Entretien) -> dict[str, Any]:
    """Une candidature annulée sans être replanifiée : le SAIO le sait, sans nom d'élève (écran A8)."""
    accueil = entretien.creneau.seance.accueil
    academie = accueil.etablissement.academie
    return {
        "cle": f"candidature-annulee:{entretien.code}",
        "nature": "annulation",
        "uai": accueil.etablissement.uai,
        "academie": accueil.domaine.campagne.academie_id,
        "destinataire": academie.contact_courriel,
        "sujet": f"Passpro : 1 candidature annulée par {nommer(accueil.etablissement.nom)}",
        "gabarit": "courriels/entretiens/candidature_annulee",
        "contexte": {
            "accueil": capitale(nommer(accueil.etablissement.nom)),
            "commune": accueil.etablissement.commune,
            "domaine": accueil.domaine.nom,
            "academie": academie.nom_complet,
            "url": f"{settings.ADRESSE_PUBLIQUE}/academie/",
        },
    }


def courriel_de_correction(courriel: Courriel, convocations: Sequence[Convocation], envoi: Envoi) -> dict[str, Any]:
    """Demande de correction d'une adresse refusée, à qui peut la corriger, sans nom d'élève (écran A14)."""
    eleves = [convocation.entretien.candidature.eleve for convocation in convocations]
    origine = eleves[0].etablissement
    academie = envoi.etablissement.academie
    du_referent = est_du_referent(courriel, eleves)
    page = (
        reverse("entretiens:adresses", args=[origine.segment])
        if du_referent
        else reverse("referentiel:courriel", args=[courriel.pk])
    )
    return {
        "cle": cle_de_correction(courriel),
        "nature": "adresse",
        "uai": origine.uai,
        "academie": envoi.campagne.academie_id,
        "destinataire": origine.messagerie if du_referent else academie.contact_courriel,
        "sujet": f"Passpro\u00a0: 1 adresse à corriger pour {nommer(origine.nom)}",
        "gabarit": "courriels/entretiens/adresse_a_corriger",
        "contexte": {
            "accueil": capitale(nommer(envoi.etablissement.nom)),
            "origine": nommer(origine.nom),
            "commune": origine.commune,
            "uai": origine.uai,
            "adresse": courriel.destinataire,
            "raison": courriel.raison.phrase if courriel.raison else "",
            "nombre": len(convocations),
            "du_referent": du_referent,
            "academie": academie.nom_complet,
            "url": f"{settings.ADRESSE_PUBLIQUE}{sans_detour(page)}",
        },
    }


def est_du_referent(courriel: Courriel, eleves: Sequence[Eleve]) -> bool:
    """Vrai si l'adresse n'est que celle de la personne référente, pas aussi la messagerie de son établissement."""
    adresse = courriel.destinataire.lower()
    messagerie = eleves[0].etablissement.messagerie.strip().lower()
    return adresse != messagerie and all(eleve.referent_courriel.lower() == adresse for eleve in eleves)


def cle_de_correction(courriel: Courriel) -> str:
    """Nomme la demande : une seule par courriel et par adresse refusée."""
    return f"adresse-a-corriger:{courriel.message_id}"


def courriel_d_avis_manquants(campagne: Campagne, origine: Etablissement, *, jour: date, nombre: int) -> dict[str, Any]:
    """Rappel des avis d'origine qui manquent aux entretiens du `jour`, sans nom d'élève (écran 6.6)."""
    return {
        "cle": f"avis-manquants:{campagne.pk}:{origine.uai}:{jour.isoformat()}",
        "nature": "avis_manquants",
        "uai": origine.uai,
        "academie": campagne.academie_id,
        "destinataire": origine.messagerie,
        "sujet": f"Passpro\u00a0: {nombre} avis à saisir avant le {dire_jour(jour, annee=False)}",
        "gabarit": "courriels/entretiens/avis_manquants",
        "contexte": {
            "nombre": nombre,
            "jour": dire_jour(jour, annee=False),
            "academie": origine.academie.nom_complet,
            "url": f"{settings.ADRESSE_PUBLIQUE}{reverse('candidatures:avis', args=[origine.segment])}",
        },
    }


def lien_des_convocations(origine: Etablissement) -> str:
    return f"{settings.ADRESSE_PUBLIQUE}{reverse('entretiens:convocations', args=[origine.segment])}"


def avis_manquants(entretien: Entretien, campagne: Campagne) -> int:
    """Avis d'origine qui manquent à cet entretien, écrit ou seulement proposé, quand ils sont requis (R5, R16)."""
    if entretien.creneau.seance.est_collective and not campagne.regles.avis_requis_en_collectif:
        return 0
    formations = entretien.candidature.formations_maintenues
    return sum(not formation.avis_complet and not formation.ajoutee_a_l_entretien for formation in formations)


def _liens_de_suivi(convocations: Sequence[Convocation], suivis: Mapping[int, str]) -> list[tuple[str, str]]:
    eleves = {c.entretien.candidature.eleve_id: c.entretien.candidature.eleve for c in convocations}
    return [(f"{eleve.prenom} {eleve.nom.upper()}", suivis[cle]) for cle, eleve in eleves.items() if cle in suivis]


def _jours(convocations: Sequence[Convocation]) -> list[tuple[str, list[Ligne]]]:
    par_jour = groupby(convocations, key=lambda convocation: jour_de(convocation.periode.lower))
    return [(capitale(dire_jour(jour)), [_ligne(convocation) for convocation in groupe]) for jour, groupe in par_jour]


def _ligne(convocation: Convocation) -> Ligne:
    candidature = convocation.entretien.candidature
    return Ligne(
        heure=dire_heure(convocation.periode.lower),
        eleve=f"{candidature.eleve.prenom} {candidature.eleve.nom.upper()}",
        classe=candidature.eleve.classe,
        domaine=candidature.domaine.nom,
        formations=", ".join(
            demande.formation.intitule
            for demande in candidature.formations_maintenues
            if not demande.ajoutee_a_l_entretien
        ),
        salle=capitale(dire_la_salle(convocation.entretien.creneau.seance.salle)),
        remplace=dire_instant(convocation.remplace.lower) if convocation.remplace else "",
    )


def _pieces(nature: NatureConvocation, convocations: Sequence[Convocation]) -> list[dict[str, Any]]:
    codes = [convocation.code for convocation in convocations]
    paquets = [codes[debut : debut + PAGES_PAR_PDF] for debut in range(0, len(codes), PAGES_PAR_PDF)]
    pdf = [a_fabriquer(PDF_DES_CONVOCATIONS, convocations=paquet) for paquet in paquets]
    agenda = [a_fabriquer(AGENDA_DE_LA_CONVOCATION, convocation=codes[0])] if len(codes) == 1 else []
    return agenda if nature is NatureConvocation.ANNULATION else pdf + agenda
