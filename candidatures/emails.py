"""Ce que les établissements apprennent par courriel des candidatures (R12, R18, R19, écran 6.6).

Aucun nom d'élève dans un sujet. Un établissement sans adresse lit sa page « À faire ».
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.conf import settings

from candidatures.horaires import EntretienFixe
from candidatures.models import Candidature, DemandeDeCreneau, DemandeDeTransfert
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import est_une_adresse, poster, rappeler
from referentiel.models import Accueil, Campagne, Etablissement
from referentiel.rules.dates import dire_heure, dire_instant, dire_jour, jour_de
from referentiel.rules.noms import chez, nommer

GABARITS = "courriels/candidatures"


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
    _ecrire(
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
            "lien": _lien("accueil", accueil.etablissement.segment, "planning"),
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
        lien=_lien("origine", origine.segment, "eleves", candidature.eleve.code),
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
        lien=_lien("accueil", accueil.etablissement.segment, "candidats", candidature.code),
        le=le,
    )


def annoncer_une_demande_de_transfert(*, demande: DemandeDeTransfert, le: datetime) -> None:
    """Prévient l'établissement de l'élève qu'un autre demande son transfert (R12)."""
    origine = demande.eleve.etablissement
    _ecrire(
        destinataire=origine.messagerie,
        campagne=demande.eleve.campagne,
        cle=f"transfert:{demande.pk}",
        nature="transfert",
        sujet="Passpro : 1 demande de transfert",
        gabarit="transfert",
        contexte={
            "demandeur": demande.demandeur.nom_et_commune,
            "lien": _lien("origine", origine.segment, "transferts"),
        },
        uai=origine.uai,
        le=le,
    )


def annoncer_un_transfert_refuse(*, demande: DemandeDeTransfert, le: datetime) -> None:
    """Prévient le demandeur que le transfert est refusé, sans dire par qui (R12)."""
    _ecrire(
        destinataire=demande.demandeur.messagerie,
        campagne=demande.eleve.campagne,
        cle=f"transfert-refuse:{demande.pk}",
        nature="transfert",
        sujet="Passpro : 1 demande de transfert refusée",
        gabarit="transfert_refuse",
        contexte={"lien": _lien("origine", demande.demandeur.segment, "transferts")},
        uai=demande.demandeur.uai,
        le=le,
    )


def annoncer_un_transfert(
    *, demande: DemandeDeTransfert, ancien: Etablissement, accueils: Iterable[Etablissement], le: datetime
) -> None:
    """Prévient l'ancien établissement, le nouveau et ceux qui attendent l'élève, sans le nommer (R12, écran 6.6)."""
    nouveau = demande.demandeur
    phrases = {
        ancien: (
            "1 dossier transféré",
            f"Le dossier d’un élève est transféré {chez(nouveau.nom)} ({nouveau.commune}).",
        ),
        nouveau: (
            "1 dossier reçu",
            "Le dossier d’un élève dont vous avez demandé le transfert est maintenant dans votre établissement. "
            "Choisissez sa classe et sa personne référente.",
        ),
    }
    liens = {
        ancien: _lien("origine", ancien.segment, "transferts"),
        nouveau: _lien("origine", nouveau.segment, "eleves", demande.eleve.code),
    }
    for accueil in set(accueils) - phrases.keys():
        phrases[accueil] = (
            "1 élève a changé d’établissement",
            f"Un élève inscrit chez vous est maintenant scolarisé {chez(nouveau.nom)} ({nouveau.commune}). "
            "Ses candidatures et ses entretiens ne changent pas.",
        )
        liens[accueil] = _lien("accueil", accueil.segment, "candidats")
    for etablissement, (sujet, phrase) in phrases.items():
        _ecrire(
            destinataire=etablissement.messagerie,
            campagne=demande.eleve.campagne,
            cle=f"transfert-fait:{demande.pk}:{etablissement.uai}",
            nature="transfert",
            sujet=f"Passpro : {sujet}",
            gabarit="transfert_fait",
            contexte={"phrase": phrase, "lien": liens[etablissement]},
            uai=etablissement.uai,
            le=le,
        )


def annoncer_une_demande_de_creneau(*, demande: DemandeDeCreneau, le: datetime) -> None:
    """Prévient l'établissement d'accueil qu'un autre créneau est demandé, sans nommer l'élève (écran O8)."""
    candidature = demande.candidature
    accueil = candidature.accueil
    _ecrire(
        destinataire=accueil.contact_courriel or accueil.etablissement.messagerie,
        campagne=candidature.domaine.campagne,
        cle=f"creneau:{demande.pk}",
        nature="autre créneau",
        sujet="Passpro : 1 demande de nouveau créneau",
        gabarit="creneau_demande",
        contexte={
            "origine": candidature.eleve.etablissement.nom_et_commune,
            "domaine": candidature.domaine.nom,
            "lien": _lien("accueil", accueil.etablissement.segment, "a-faire", "demandes-de-creneau"),
        },
        uai=accueil.etablissement.uai,
        le=le,
    )


def annoncer_un_creneau_refuse(*, demande: DemandeDeCreneau, le: datetime) -> None:
    """Donne à l'établissement d'origine la réponse de l'accueil, sans nommer l'élève."""
    candidature = demande.candidature
    origine = candidature.eleve.etablissement
    _ecrire(
        destinataire=origine.messagerie,
        campagne=candidature.domaine.campagne,
        cle=f"creneau-refuse:{demande.pk}",
        nature="autre créneau",
        sujet="Passpro : 1 entretien maintenu",
        gabarit="creneau_refuse",
        contexte={
            "accueil": candidature.accueil.etablissement.nom_et_commune,
            "domaine": candidature.domaine.nom,
            "reponse": demande.reponse,
            "lien": _lien("origine", origine.segment, "candidatures", candidature.code),
        },
        uai=origine.uai,
        le=le,
    )


def annoncer_une_annulation_au_saio(*, candidature: Candidature, le: datetime) -> None:
    """Le SAIO sait qu'un élève inscrit ne sera pas convoqué, sans nom d'élève (R26, écran A8)."""
    accueil, academie = candidature.accueil.etablissement, candidature.domaine.campagne.academie
    _ecrire(
        destinataire=academie.contact_courriel,
        campagne=candidature.domaine.campagne,
        cle=f"annulation-saio:{candidature.pk}",
        nature="annulation",
        sujet=f"Passpro : 1 candidature annulée par {nommer(accueil.nom)}",
        gabarit="annulation_saio",
        contexte={
            "accueil": accueil.nom_et_commune,
            "domaine": candidature.domaine.nom,
            "lien": _lien("academie"),
        },
        uai=accueil.uai,
        le=le,
    )


def _annoncer_l_annulation(
    candidature: Candidature, motif: str, *, cle: str, destinataire: str, uai: str, lien: str, le: datetime
) -> None:
    _ecrire(
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


def _ecrire(
    *, destinataire: str, campagne: Campagne, gabarit: str, contexte: dict[str, str], **courriel: object
) -> None:
    if est_une_adresse(destinataire):
        poster(
            destinataire=destinataire,
            gabarit=f"{GABARITS}/{gabarit}",
            contexte=contexte | {"academie": campagne.academie.nom_complet},
            academie=campagne.academie_id,
            **courriel,
        )


def _lien(*segments: str) -> str:
    """Adresse d'une page d'un étage du dessus, écrite telle que le plan du site la donne."""
    return "/".join([settings.ADRESSE_PUBLIQUE, *segments, ""])
