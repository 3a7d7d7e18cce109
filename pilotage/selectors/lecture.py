"""Une candidature telle qu'une page la montre : situation, entretien, formations."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import BigIntegerField, Prefetch, QuerySet

from avis.models import CompteRendu, avis_accueil_visibles
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.presentation import Presentation, presenter
from candidatures.rules import Etat, Situation, situation
from comptes.lectures_preparees import LecturePreparee, Parametre
from entretiens.models import Entretien
from referentiel.models import Campagne
from referentiel.permissions import Cote
from referentiel.rules.dates import dire_heure, fin_du_jour, jour_de
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite, echeance_du_compte_rendu


def tait_l_entretien(etat: str, cote: Cote) -> bool:
    """Vrai si ce côté ignore encore l'entretien : l'origine l'apprend avec la convocation, pas avant (R25)."""
    return cote is Cote.ORIGINE and etat == Etat.PLANIFIEE


def echeance_de(periode: DateTimeTZRange, delai: int) -> date:
    """Dernier jour pour transmettre le compte-rendu d'un entretien ; `delai` en jours."""
    return echeance_du_compte_rendu(jour_de(periode.lower), delai)


def situation_montree(
    etat: Etat, periode: DateTimeTZRange | None, *, cote: Cote, publiee: bool, delai: int, le: datetime
) -> Situation:
    """Situation de ce côté ; un compte-rendu pas encore publié reste « attendu » pour l'origine (R30).

    `periode` est celle de l'entretien, s'il se montre ; `publiee`, vrai si l'origine lit le compte-rendu.
    """
    if etat is Etat.RENDUE and cote is Cote.ORIGINE and not publiee:
        return Situation.REALISEE
    attendu = periode is not None and etat is Etat.REALISEE
    return situation(
        etat,
        fin_entretien=periode.upper if periode else None,
        echeance=fin_du_jour(echeance_de(periode, delai)) if attendu else None,
        le=le,
    )


@dataclass(frozen=True, slots=True)
class CandidatureLue:
    """Une candidature, vue d'un côté, à un instant."""

    candidature: Candidature
    campagne: Campagne
    cote: Cote
    le: datetime

    @property
    def entretien(self) -> Entretien | None:
        """Entretien en vigueur, s'il se montre de ce côté."""
        if tait_l_entretien(self.candidature.etat, self.cote):
            return None
        entretiens = self.candidature.entretiens_en_vigueur
        return entretiens[0] if entretiens else None

    @property
    def formations(self) -> list[FormationDemandee]:
        """Formations que ce côté peut voir : l'origine ignore celles qui sont ajoutées tant que rien n'est publié."""
        toutes = self.candidature.formations_maintenues
        if self.cote is Cote.ACCUEIL or self.montre_l_avis_d_accueil:
            return toutes
        return [demande for demande in toutes if not demande.ajoutee_a_l_entretien]

    @property
    def compte_rendu(self) -> CompteRendu | None:
        return getattr(self.candidature, "compte_rendu", None)

    @property
    def montre_l_avis_d_accueil(self) -> bool:
        """Vrai si l'établissement d'origine voit le compte-rendu et les avis d'accueil (R30)."""
        return avis_accueil_visibles(self.campagne, self.compte_rendu, self.le)

    @property
    def situation(self) -> Situation:
        entretien = self.entretien
        return situation_montree(
            Etat(self.candidature.etat),
            entretien.periode if entretien else None,
            cote=self.cote,
            publiee=self.montre_l_avis_d_accueil,
            delai=self.campagne.regles.delai_compte_rendu,
            le=self.le,
        )

    @property
    def presentation(self) -> Presentation:
        return presenter(self.situation, a_l_accueil=self.cote is Cote.ACCUEIL)

    @property
    def echeance(self) -> date | None:
        """Dernier jour pour transmettre le compte-rendu."""
        entretien = self.entretien
        return echeance_de(entretien.periode, self.campagne.regles.delai_compte_rendu) if entretien else None

    @property
    def est_collective(self) -> bool:
        return self.candidature.modalite == Modalite.COLLECTIF

    @property
    def modalite(self) -> str:
        modalite = self.candidature.modalite or self.candidature.accueil.modalite
        return LIBELLES_MODALITES[Modalite(modalite)]

    @property
    def heure(self) -> str:
        entretien = self.entretien
        return dire_heure(entretien.periode.lower) if entretien else ""

    @property
    def demandees(self) -> list[FormationDemandee]:
        return [demande for demande in self.formations if not demande.ajoutee_a_l_entretien]

    @property
    def avis_saisis(self) -> int:
        return sum(demande.avis_complet for demande in self.demandees)

    @property
    def tous_les_avis_saisis(self) -> bool:
        return self.avis_saisis == len(self.demandees)

    @property
    def entretien_a_venir(self) -> bool:
        entretien = self.entretien
        return entretien is not None and entretien.periode.lower > self.le


def a_lire(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Tout ce qu'il faut pour `CandidatureLue`, en trois requêtes quel que soit leur nombre."""
    return candidatures.select_related(*JOINTS).prefetch_related(
        Prefetch("entretiens", queryset=_entretiens(), to_attr="entretiens_en_vigueur"),
        Prefetch("formations_demandees", queryset=_demandes(), to_attr="formations_maintenues"),
    )


def candidatures_d_un_eleve(eleve: Eleve) -> list[Candidature]:
    """Les siennes, comme les lirait `a_lire`, dans l'ordre des domaines : sa page s'ouvre toute la journée."""
    entretiens, demandes = (_par_candidature(lecture.lire(eleve=eleve.pk)) for lecture in (ENTRETIENS, DEMANDES))
    siennes: list[Candidature] = CANDIDATURES.lire(eleve=eleve.pk)
    for candidature in siennes:
        candidature.entretiens_en_vigueur = entretiens.get(candidature.pk, [])
        candidature.formations_maintenues = demandes.get(candidature.pk, [])
        for lue in (*candidature.entretiens_en_vigueur, *candidature.formations_maintenues):
            lue.candidature = candidature
    return siennes


def _par_candidature(lues: Iterable[Any]) -> dict[int, list[Any]]:
    rangees: dict[int, list[Any]] = defaultdict(list)
    for lue in lues:
        rangees[lue.candidature_id].append(lue)
    return rangees


def _entretiens() -> QuerySet[Entretien]:
    return Entretien.objects.en_vigueur().select_related("creneau__seance__jury")


def _demandes() -> QuerySet[FormationDemandee]:
    return FormationDemandee.objects.maintenues().select_related("formation", "avis_accueil")


JOINTS = ("eleve__etablissement", "domaine", "accueil__etablissement", "compte_rendu")
L_ELEVE = Parametre("eleve", BigIntegerField())
CANDIDATURES = LecturePreparee(
    lambda: Candidature.objects.filter(eleve=L_ELEVE).select_related(*JOINTS).order_by("domaine__cle", "pk")
)
ENTRETIENS = LecturePreparee(lambda: _entretiens().filter(candidature__eleve=L_ELEVE))
DEMANDES = LecturePreparee(lambda: _demandes().filter(candidature__eleve=L_ELEVE))
