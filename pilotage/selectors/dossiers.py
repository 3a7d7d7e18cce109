"""Le détail d'une candidature : avis des deux côtés, convocations et leurs courriels (écrans O8 et A3)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import BigIntegerField, Prefetch, QuerySet

from avis.avis_final import AvisDate, AvisFinal, Matrice, avis_d_accueil, avis_d_origine, avis_final
from candidatures.models import Eleve, FormationDemandee
from comptes.lectures_preparees import InstantTemoin, LecturePreparee, Parametre
from courriers.models import Courriel
from courriers.presentation import badge_de_la_convocation
from courriers.rules import EtatCourriel
from entretiens.models import Convocation
from pilotage.selectors.lecture import CandidatureLue
from referentiel.permissions import Cote
from referentiel.rules.dates import jour_de


@dataclass(frozen=True, slots=True)
class LigneDAvis:
    """Une formation et ce que chaque établissement en dit, tel que ce côté peut le lire."""

    formation: str
    ajoutee: bool
    origine: AvisDate | None
    commentaire: str
    accueil: AvisDate | None
    final: AvisFinal | None


def montre_l_avis_final(lue: CandidatureLue) -> bool:
    """Vrai si la campagne en montre un, si la candidature en a un, et s'il est publié (R5, R29, R30)."""
    return lue.campagne.regles.montre_l_avis_final and lue.montre_l_avis_d_accueil and not lue.est_collective


def lignes_d_avis(lue: CandidatureLue) -> list[LigneDAvis]:
    """Formations de la candidature ; l'avis final n'est lu que s'il est montré."""
    matrice = lue.campagne.regles.matrice if montre_l_avis_final(lue) else None
    return [_ligne(lue, demande, matrice) for demande in lue.formations]


def _ligne(lue: CandidatureLue, demande: FormationDemandee, matrice: Matrice | None) -> LigneDAvis:
    origine, accueil = _avis_d_origine(lue, demande), _avis_d_accueil(lue, demande)
    sans_tout_lire = origine is None and bool(demande.avis)
    return LigneDAvis(
        formation=demande.formation.intitule,
        ajoutee=demande.ajoutee_a_l_entretien,
        origine=origine,
        commentaire=demande.commentaire if origine else "",
        accueil=accueil,
        final=avis_final(lue.campagne, matrice, origine, accueil) if matrice and not sans_tout_lire else None,
    )


def _avis_d_origine(lue: CandidatureLue, demande: FormationDemandee) -> AvisDate | None:
    """L'accueil ne lit un avis d'origine qu'avec son commentaire (R16, R22)."""
    return None if lue.cote is Cote.ACCUEIL and not demande.avis_complet else avis_d_origine(demande)


def _avis_d_accueil(lue: CandidatureLue, demande: FormationDemandee) -> AvisDate | None:
    """L'origine ne lit un avis d'accueil qu'une fois publié (R30)."""
    if lue.cote is Cote.ORIGINE and not lue.montre_l_avis_d_accueil:
        return None
    rendu_le = lue.compte_rendu.rendu_le if lue.compte_rendu else None
    return avis_d_accueil(demande, jour_de(rendu_le) if rendu_le else None)


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


def convocations_a_imprimer(eleve: Eleve, le: datetime) -> list[Convocation]:
    """Celles de l'élève qui valent encore, une fois parties, dans l'ordre des entretiens (R25)."""
    return A_IMPRIMER.lire(eleve=eleve.pk, le=le)


def _a_imprimer() -> QuerySet[Convocation]:
    parties = Convocation.objects.en_vigueur().parties(INSTANT)
    return parties.filter(entretien__eleve=Parametre("eleve", BigIntegerField())).order_by("periode")


INSTANT = InstantTemoin(2000, 1, 1, tzinfo=UTC)
A_IMPRIMER = LecturePreparee(_a_imprimer, {"le": INSTANT})


def _courriel(courriel: Courriel) -> CourrielMontre:
    badge = badge_de_la_convocation(courriel.etat)
    raison = courriel.raison.phrase if courriel.raison and courriel.etat == EtatCourriel.ABANDONNE else ""
    return CourrielMontre(courriel.destinataire, badge.libelle, badge.classe, raison)
