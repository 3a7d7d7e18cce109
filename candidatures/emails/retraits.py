"""Ce qui s'apprend d'un désistement, d'une annulation (R18, R19, R26, écran 6.6)."""

from datetime import UTC, datetime

from candidatures.emails.lettre import ecrire, lien
from candidatures.horaires import EntretienFixe
from candidatures.models import Candidature
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import rappeler
from referentiel.models import Accueil
from referentiel.rules.dates import dire_heure, dire_instant, dire_jour, jour_de
from referentiel.rules.noms import nommer


def annoncer_un_retrait(
    *,
    candidature: Candidature,
    accueil: Accueil,
    fait: str,
    entretien: EntretienFixe | None,
    le: datetime,
    part_le: datetime | None = None,
) -> None:
    """Prévient l'établissement d'accueil qu'un élève ne viendra pas, et que son créneau est libre (R18, R19).

    `fait` dit ce qui s'est passé, après le nom de l'élève : « ne viendra pas à l'entretien ». `part_le` laisse le
    temps de se reprendre (`rappeler_le_retrait`).
    """
    sujet = "Passpro : 1 désistement"
    if entretien:
        jour = dire_jour(jour_de(entretien.debut), annee=False).split(" ", 1)[1]
        sujet += f", créneau du {jour} à {dire_heure(entretien.debut)} libéré"
    ecrire(
        destinataire=accueil.contact_courriel or accueil.etablissement.messagerie,
        campagne=candidature.domaine.campagne,
        cle=_cle_du_retrait(candidature, le),
        nature="désistement",
        sujet=sujet,
        gabarit="retrait",
        contexte={
            "origine": candidature.eleve.etablissement.nom_et_commune,
            "eleve": f"{candidature.eleve.prenom} {candidature.eleve.nom.upper()}",
            "fait": fait,
            "domaine": candidature.domaine.nom,
            "creneau": dire_instant(entretien.debut) if entretien else "",
            "lien": lien("accueil", accueil.etablissement.segment, "planning"),
        },
        uai=accueil.etablissement.uai,
        le=le,
        part_le=part_le,
    )


def rappeler_le_retrait(*, candidature: Candidature, retiree_le: datetime) -> bool:
    """Rappelle l'annonce d'un retrait avant son départ ; faux si elle est partie."""
    siens = Courriel.objects.filter(cle=_cle_du_retrait(candidature, retiree_le))
    attendent = siens.select_for_update(of=("self",), skip_locked=True).filter(etat=EtatCourriel.A_ENVOYER)
    return rappeler(list(attendent)) and not siens.exclude(etat=EtatCourriel.RAPPELE).exists()


def annoncer_une_annulation(*, candidature: Candidature, motif: str, le: datetime) -> None:
    """Prévient l'établissement d'origine que la candidature est annulée, avec le motif."""
    origine = candidature.eleve.etablissement
    _annoncer_l_annulation(
        candidature,
        motif,
        cle=f"annulation:{candidature.pk}",
        destinataire=origine.messagerie,
        uai=origine.uai,
        lien=lien("origine", origine.segment, "eleves", candidature.eleve.code),
        le=le,
    )


def annoncer_une_annulation_a_l_accueil(*, candidature: Candidature, motif: str, le: datetime) -> None:
    """Prévient l'établissement d'accueil que le SAIO annule une candidature qu'il voyait, avec le motif."""
    accueil = candidature.accueil
    _annoncer_l_annulation(
        candidature,
        motif,
        cle=f"annulation-accueil:{candidature.pk}",
        destinataire=accueil.contact_courriel or accueil.etablissement.messagerie,
        uai=accueil.etablissement.uai,
        lien=lien("accueil", accueil.etablissement.segment, "candidats", candidature.code),
        le=le,
    )


def annoncer_une_annulation_au_saio(*, candidature: Candidature, le: datetime) -> None:
    """Le SAIO sait qu'un élève inscrit ne sera pas convoqué, sans nom d'élève (R26, écran A8)."""
    accueil, academie = candidature.accueil.etablissement, candidature.domaine.campagne.academie
    ecrire(
        destinataire=academie.contact_courriel,
        campagne=candidature.domaine.campagne,
        cle=f"annulation-saio:{candidature.pk}",
        nature="annulation",
        sujet=f"Passpro : 1 candidature annulée par {nommer(accueil.nom)}",
        gabarit="annulation_saio",
        contexte={
            "accueil": accueil.nom_et_commune,
            "domaine": candidature.domaine.nom,
            "lien": lien("academie"),
        },
        uai=accueil.uai,
        le=le,
    )


def _annoncer_l_annulation(
    candidature: Candidature, motif: str, *, cle: str, destinataire: str, uai: str, lien: str, le: datetime
) -> None:
    ecrire(
        destinataire=destinataire,
        campagne=candidature.domaine.campagne,
        cle=cle,
        nature="annulation",
        sujet="Passpro\u00a0: 1 candidature annulée",
        gabarit="annulation",
        contexte={
            "eleve": f"{candidature.eleve.prenom} {candidature.eleve.nom.upper()}",
            "domaine": candidature.domaine.nom,
            "accueil": candidature.accueil.etablissement.nom_et_commune,
            "motif": motif,
            "lien": lien,
        },
        uai=uai,
        le=le,
    )


def _cle_du_retrait(candidature: Candidature, retiree_le: datetime) -> str:
    return f"retrait:{candidature.pk}:{retiree_le.astimezone(UTC).isoformat()}"
