"""La convocation en PDF, une page par élève (écran 5.1)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from candidatures.nommes import nommes
from courriers.imprimes import Imprime
from courriers.pdf import rendre
from courriers.pieces import Piece
from courriers.reemploi import PIECES_RECENTES
from entretiens.models import Convocation, Entretien
from entretiens.rules.dire import dire_la_duree
from referentiel.models import Academie, Accueil, Campagne, Etablissement
from referentiel.rules.dates import dire_heure, dire_instant, dire_jour, jour_de
from referentiel.rules.jeu import Lettre, Modalite


@dataclass(frozen=True, slots=True)
class Feuille:
    """Ce qu'une convocation dit, à l'écran comme sur le papier."""

    academie: Academie
    etablissement: Etablissement
    origine: Etablissement
    accueil: Accueil
    eleve: str
    classe: str
    referent: str
    collective: bool
    quand: str
    remplace: str
    annulee: bool
    duree: str
    lieu: str
    domaine: str
    formations: tuple[str, ...]
    lettre: Lettre
    consignes: str
    signature: str


def feuille_de(convocation: Convocation) -> Feuille:
    """Contenu d'une convocation lue par `avec_document()`."""
    return replace(
        apercu_de(convocation.entretien, convocation.envoi.campagne, convocation.envoi.etablissement),
        quand=_quand(convocation.periode, collective=convocation.entretien.creneau.seance.est_collective),
        remplace=dire_instant(convocation.remplace.lower) if convocation.remplace else "",
        annulee=convocation.est_annulee,
        duree=dire_la_duree(convocation.periode.upper - convocation.periode.lower),
        lieu=convocation.lieu,
    )


def apercu_de(entretien: Entretien, campagne: Campagne, etablissement: Etablissement) -> Feuille:
    """Convocation qu'un entretien recevrait s'il était annoncé maintenant."""
    candidature, seance = entretien.candidature, entretien.creneau.seance
    eleve = candidature.eleve
    return Feuille(
        academie=etablissement.academie,
        etablissement=etablissement,
        origine=eleve.etablissement,
        accueil=seance.accueil,
        eleve=f"{eleve.prenom} {eleve.nom.upper()}",
        classe=eleve.classe,
        referent=eleve.referent_nom,
        collective=seance.est_collective,
        quand=_quand(entretien.periode, collective=seance.est_collective),
        remplace="",
        annulee=False,
        duree=dire_la_duree(entretien.periode.upper - entretien.periode.lower),
        lieu=entretien.lieu,
        domaine=candidature.domaine.nom,
        formations=tuple(
            demande.formation.intitule
            for demande in candidature.formations_maintenues
            if not demande.ajoutee_a_l_entretien
        ),
        lettre=Lettre(campagne.regles.lettre),
        consignes=campagne.regles.consignes,
        signature=_signature(etablissement.chef),
    )


def feuille_d_exemple(accueil: Accueil, campagne: Campagne, *, consignes: str) -> Feuille:
    """Convocation d'un élève inventé pour cet accueil, avec des consignes qui ne sont pas encore enregistrées."""
    accueil.consignes = consignes
    etablissement, collective = accueil.etablissement, accueil.modalite == Modalite.COLLECTIF
    return Feuille(
        academie=etablissement.academie,
        etablissement=etablissement,
        origine=Etablissement(nom="Collège d’exemple", commune=etablissement.commune),
        accueil=accueil,
        eleve="Camille EXEMPLE",
        classe="3e\u00a0B",
        referent="M.\u00a0Exemple",
        collective=collective,
        quand="jeudi 12\u00a0mars à 14\u00a0h\u00a030",
        remplace="",
        annulee=False,
        duree="20\u00a0minutes",
        lieu=f"{etablissement.nom}, {accueil.lieu_complet}",
        domaine=accueil.domaine.nom,
        formations=("CAP Exemple",),
        lettre=Lettre(campagne.regles.lettre),
        consignes=campagne.regles.consignes,
        signature=_signature(etablissement.chef),
    )


def convocations_imprimees(convocations: Sequence[Convocation]) -> Imprime:
    """Un seul document, une page par convocation, dans l'ordre donné."""
    contexte = {
        "feuilles": [feuille_de(convocation) for convocation in convocations],
        "droits": settings.ADRESSE_PUBLIQUE.partition("://")[2] + "/donnees-personnelles",
        "titre": "Convocation Passpro" if len(convocations) == 1 else "Convocations Passpro",
    }
    eleves = nommes(convocation.entretien.candidature.eleve for convocation in convocations)
    return Imprime(nom_du_fichier(convocations), "documents/convocation.html", contexte, eleves)


def pdf_des_convocations(convocations: Sequence[Convocation]) -> Piece:
    """Le même document, rendu. Lève `RenduImpossible` s'il ne peut pas être produit."""
    imprime = convocations_imprimees(convocations)
    return Piece(imprime.nom, rendre(imprime), "application/pdf")


def piece_pdf(convocations: Sequence[str]) -> Piece:
    """Pièce jointe des convocations de ces codes, dans cet ordre ; celle d'un courriel de même contenu se reprend."""
    lues = Convocation.objects.avec_document().in_bulk(convocations, field_name="code")
    imprime = convocations_imprimees([lues[code] for code in convocations])
    return Piece(imprime.nom, PIECES_RECENTES.rendre(imprime), "application/pdf")


def nom_du_fichier(convocations: Sequence[Convocation]) -> str:
    """« passpro-convocation-3eB-DIALLO-Y-2026-03-12.pdf », ou le jour seul quand il y en a plusieurs."""
    jour = jour_de(min(convocation.periode.lower for convocation in convocations))
    if len(convocations) > 1:
        return f"passpro-convocations-{jour}.pdf"
    eleve = convocations[0].entretien.candidature.eleve
    return (
        f"passpro-convocation-{_ascii(eleve.classe)}-{_ascii(eleve.nom.upper())}-{_ascii(eleve.prenom[:1])}-{jour}.pdf"
    )


def _quand(periode: DateTimeTZRange, *, collective: bool) -> str:
    debut, fin = periode.lower, periode.upper
    if collective:
        return f"{dire_jour(jour_de(debut))} de {dire_heure(debut)} à {dire_heure(fin)}"
    return dire_instant(debut)


def _signature(chef: str) -> str:
    if not chef:
        return "Le chef d’établissement"
    return f"{'La cheffe' if chef.startswith('Mme') else 'Le chef'} d’établissement, {chef}"


def _ascii(texte: str) -> str:
    decompose = unicodedata.normalize("NFKD", texte)
    return re.sub(r"[^A-Za-z0-9-]+", "", decompose.encode("ascii", "ignore").decode()) or "x"
