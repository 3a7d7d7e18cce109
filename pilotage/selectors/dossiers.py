"""Le détail d'une candidature : avis des deux côtés, convocations et leurs courriels (écrans O8 et A3)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from avis.rules import croiser, dire_les_points
from candidatures.models import FormationDemandee
from candidatures.presentation import CLASSES_DES_AVIS
from courriers.models import Courriel
from courriers.presentation import badge_de_la_convocation
from courriers.rules import EtatCourriel
from entretiens.models import Convocation
from pilotage.selectors.lecture import CandidatureLue
from referentiel.permissions import Cote
from referentiel.rules.jeu import LIBELLES_AVIS, LIBELLES_RESULTATS, Affichage, Avis, Case


@dataclass(frozen=True, slots=True)
class AvisMontre:
    libelle: str
    classe: str


@dataclass(frozen=True, slots=True)
class LigneDAvis:
    """Une formation et ce que chaque établissement en dit, tel que ce côté peut le lire."""

    formation: str
    ajoutee: bool
    origine: AvisMontre | None
    commentaire: str
    accueil: AvisMontre | None
    final: str
    provenance: str
    bonus: str = ""


def lignes_d_avis(lue: CandidatureLue) -> list[LigneDAvis]:
    """Formations de la candidature ; l'avis final n'est lu que s'il est montré."""
    montre_final = lue.campagne.regles.montre_l_avis_final and lue.montre_l_avis_d_accueil and not lue.est_collective
    matrice = lue.campagne.regles.matrice if montre_final else None
    return [_ligne(lue, demande, matrice) for demande in lue.formations]


def _ligne(lue: CandidatureLue, demande: FormationDemandee, matrice: Any) -> LigneDAvis:
    origine = _avis_d_origine(lue, demande)
    accueil = _avis_d_accueil(lue, demande)
    case = croiser(matrice, origine, accueil) if matrice else None
    provenance = f"{LIBELLES_AVIS[case.origine].lower()} et {LIBELLES_AVIS[case.accueil].lower()}" if case else ""
    return LigneDAvis(
        formation=demande.formation.intitule,
        ajoutee=demande.ajoutee_a_l_entretien,
        origine=_montrer(origine),
        commentaire=demande.commentaire if origine else "",
        accueil=_montrer(accueil),
        final=LIBELLES_RESULTATS[case.resultat] if case else "",
        provenance=provenance,
        bonus=_bonus(lue, case),
    )


def _bonus(lue: CandidatureLue, case: Case | None) -> str:
    """Les points de l'avis final, là où la campagne en donne (R33)."""
    avec_bonus = lue.campagne.regles.affichage == Affichage.AVEC_BONUS
    return dire_les_points(case.points) if avec_bonus and case and case.points is not None else ""


def _avis_d_origine(lue: CandidatureLue, demande: FormationDemandee) -> Avis | None:
    """L'accueil ne lit un avis d'origine qu'avec son commentaire (R16, R22)."""
    if lue.cote is Cote.ACCUEIL and not demande.avis_complet:
        return None
    return Avis(demande.avis) if demande.avis else None


def _avis_d_accueil(lue: CandidatureLue, demande: FormationDemandee) -> Avis | None:
    """L'origine ne lit un avis d'accueil qu'une fois publié (R30)."""
    if lue.cote is Cote.ORIGINE and not lue.montre_l_avis_d_accueil:
        return None
    avis = getattr(demande, "avis_accueil", None)
    return Avis(avis.valeur) if avis else None


def _montrer(avis: Avis | None) -> AvisMontre | None:
    return AvisMontre(LIBELLES_AVIS[avis], CLASSES_DES_AVIS[avis]) if avis else None


@dataclass(frozen=True, slots=True)
class CourrielMontre:
    destinataire: str
    etat: str
    classe: str
    raison: str


@dataclass(frozen=True, slots=True)
class ConvocationMontree:
    """Une convocation, et ce qu'il est advenu de chacun de ses courriels."""

    convocation: Convocation
    courriels: list[CourrielMontre]


def convocations_de(lue: CandidatureLue) -> list[ConvocationMontree]:
    """Convocations de la candidature, la plus récente d'abord, en deux requêtes.

    L'origine ne voit que celles qui ne peuvent plus être rappelées ; l'accueil, que celles qu'il a envoyées.
    """
    convocations = Convocation.objects.filter(entretien__candidature=lue.candidature).prefetch_related(
        Prefetch("courriels", queryset=Courriel.objects.order_by("pk"))
    )
    if lue.cote is Cote.ORIGINE:
        convocations = convocations.parties(lue.le)
    else:
        convocations = convocations.filter(envoi__etablissement=lue.candidature.accueil.etablissement_id)
    return [
        ConvocationMontree(convocation, [_courriel(courriel) for courriel in convocation.courriels.all()])
        for convocation in convocations.order_by("-pk")
    ]


def _courriel(courriel: Courriel) -> CourrielMontre:
    badge = badge_de_la_convocation(courriel.etat)
    raison = courriel.raison.phrase if courriel.raison and courriel.etat == EtatCourriel.ABANDONNE else ""
    return CourrielMontre(courriel.destinataire, badge.libelle, badge.classe, raison)
