"""Les documents d'un élève que son établissement imprime : dossier, lettres, convocations (R20, écran O5)."""

from django.urls import reverse

from candidatures.permissions import peut_inscrire
from entretiens.permissions import peut_lire_les_convocations
from pilotage.selectors.dossiers import convocations_a_imprimer
from pilotage.selectors.eleves import EleveLu
from referentiel.portes import Espace
from referentiel.rules.dates import dire_instant
from referentiel.rules.jeu import Lettre

Lien = dict[str, str]


def documents_de(espace: Espace, dossier: EleveLu) -> list[Lien]:
    """Chaque document, par son libellé et son adresse, dans l'ordre où il sert."""
    papiers = [*_dossier(espace, dossier), *_lettres(espace, dossier)] if peut_inscrire(espace.place) else []
    convocations = _convocations(espace, dossier) if peut_lire_les_convocations(espace.place) else []
    return [*papiers, *convocations]


def _dossier(espace: Espace, dossier: EleveLu) -> list[Lien]:
    return [_lien("Dossier de candidature prérempli (PDF)", "candidatures:dossier_pdf", espace, dossier.eleve.code)]


def _lettres(espace: Espace, dossier: EleveLu) -> list[Lien]:
    """Une lettre par formation demandée, à imprimer ; aucune quand la campagne s'en passe (R5)."""
    if espace.campagne.regles.lettre == Lettre.SANS_OBJET:
        return []
    return [
        _lien(
            f"Lettre de préparation, {demande.formation.intitule} (PDF)",
            "candidatures:lettre_pdf",
            espace,
            dossier.eleve.code,
            demande.code,
        )
        for lue in dossier.actives
        for demande in lue.demandees
    ]


def _convocations(espace: Espace, dossier: EleveLu) -> list[Lien]:
    """Convocations qui valent encore, une fois parties (R25)."""
    return [
        _lien(
            f"Convocation du {dire_instant(convocation.periode.lower)}",
            "entretiens:convocation",
            espace,
            convocation.code,
        )
        for convocation in convocations_a_imprimer(dossier.eleve, espace.le)
    ]


def _lien(libelle: str, nom: str, espace: Espace, *codes: str) -> Lien:
    return {"libelle": libelle, "url": reverse(nom, args=[espace.etablissement.segment, *codes])}
