"""Ce que les établissements apprennent par courriel des candidatures (R12, R18, R19, écran 6.6).

Aucun nom d'élève dans un sujet. Un établissement sans adresse lit sa page « À faire ».
"""

from datetime import datetime

from django.conf import settings

from candidatures.horaires import EntretienFixe
from candidatures.models import Candidature, DemandeDeTransfert
from courriers.services import est_une_adresse, poster
from referentiel.models import Accueil, Campagne
from referentiel.rules.dates import dire_heure, dire_instant, dire_jour, jour_de

GABARITS = "courriels/candidatures"


def annoncer_un_retrait(
    *, candidature: Candidature, accueil: Accueil, fait: str, entretien: EntretienFixe | None, le: datetime
) -> None:
    """Prévient l'établissement d'accueil qu'un élève ne viendra pas, et que son créneau est libre (R18, R19).

    `fait` dit ce qui s'est passé, après le nom de l'élève : « ne viendra pas à l'entretien ».
    """
    sujet = "Passpro : 1 désistement"
    if entretien:
        jour = dire_jour(jour_de(entretien.debut), annee=False).split(" ", 1)[1]
        sujet += f", créneau du {jour} à {dire_heure(entretien.debut)} libéré"
    _ecrire(
        destinataire=accueil.contact_courriel or accueil.etablissement.messagerie,
        campagne=candidature.domaine.campagne,
        cle=f"retrait:{candidature.pk}:{le.isoformat()}",
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
    )


def annoncer_une_annulation(*, candidature: Candidature, motif: str, le: datetime) -> None:
    """Prévient l'établissement d'origine que la candidature est annulée, avec le motif."""
    origine = candidature.eleve.etablissement
    _ecrire(
        destinataire=origine.messagerie,
        campagne=candidature.domaine.campagne,
        cle=f"annulation:{candidature.pk}",
        nature="annulation",
        sujet="Passpro : 1 candidature annulée",
        gabarit="annulation",
        contexte={
            "eleve": f"{candidature.eleve.prenom} {candidature.eleve.nom.upper()}",
            "domaine": candidature.domaine.nom,
            "accueil": candidature.accueil.etablissement.nom_et_commune,
            "motif": motif,
            "lien": _lien("origine", origine.segment, "eleves", candidature.eleve.code),
        },
        uai=origine.uai,
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
            "lien": _lien("origine", origine.segment, "eleves", demande.eleve.code),
        },
        uai=origine.uai,
        le=le,
    )


def _ecrire(
    *, destinataire: str, campagne: Campagne, gabarit: str, contexte: dict[str, str], **courriel: object
) -> None:
    if est_une_adresse(destinataire):
        poster(
            destinataire=destinataire,
            gabarit=f"{GABARITS}/{gabarit}",
            contexte=contexte | {"academie": campagne.academie.nom_complet},
            **courriel,
        )


def _lien(*segments: str) -> str:
    """Adresse d'une page d'un étage du dessus, écrite telle que le plan du site la donne."""
    return "/".join([settings.ADRESSE_PUBLIQUE, *segments, ""])
