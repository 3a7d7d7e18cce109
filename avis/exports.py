"""Ce qu'un export vers Affelnet-Lycée contient, et ce qu'il laisse de côté (R34).

Une ligne par élève et par formation dont la famille a confirmé le choix et dont le vœu a été noté avant la date : le
bonus ne vaut qu'à cette condition (R33). Les titres sont ceux des extractions de vœux d'Affelnet-Lycée.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import QuerySet

from avis.avis_final import Matrice
from avis.rules import EtatCompteRendu, croiser
from candidatures.models import Candidature, FormationDemandee
from referentiel.models import Campagne
from referentiel.rules.jeu import LIBELLES_RESULTATS, Avis, Case, Resultat
from referentiel.tableurs.ecriture import Feuille

ENTETES = ("INE", "Code UAI étab. origine", "Code MEF", "Libellé formation", "Avis final", "Points")
# Une page en montre autant ; leur nombre est dit en entier.
NOMMES = 50


class Ecart(StrEnum):
    """Pourquoi une formation n'est pas dans le fichier."""

    SANS_INE = "sans_ine"
    NON_CONFIRMEE = "non_confirmee"
    VOEU_NON_SAISI = "voeu_non_saisi"
    INCOMPLETE = "incomplete"


LIBELLES: dict[Ecart, str] = {
    Ecart.SANS_INE: "élève sans INE",
    Ecart.NON_CONFIRMEE: "choix non confirmé par la famille",
    Ecart.VOEU_NON_SAISI: "choix confirmé, vœu non noté comme saisi",
    Ecart.INCOMPLETE: "avis final incomplet",
}


@dataclass(frozen=True, slots=True)
class ASignaler:
    """Une formation qui demande un regard avant l'export : qui, où, quoi."""

    eleve: str
    etablissement: str
    formation: str


@dataclass(slots=True)
class Preparation:
    """Les lignes du fichier, et le compte de ce qui n'y est pas."""

    lignes: list[tuple[str, str, str, str, str, int | None]] = field(default_factory=list)
    ecarts: Counter[Ecart] = field(default_factory=Counter)
    sans_ine: list[ASignaler] = field(default_factory=list)
    sans_mef: list[ASignaler] = field(default_factory=list)
    sans_points: int = 0

    @property
    def ecartees(self) -> int:
        return self.ecarts.total()

    @property
    def ecarts_dits(self) -> list[tuple[str, int]]:
        return [(LIBELLES[ecart], self.ecarts[ecart]) for ecart in Ecart if self.ecarts[ecart]]

    @property
    def resultats(self) -> list[tuple[str, int | None, int]]:
        """Avis final, points et nombre de lignes, du plus grand bonus au plus petit."""
        comptes = Counter((final, points) for *_, final, points in self.lignes)
        rangs = sorted(comptes, key=lambda cle: (cle[1] is None, -(cle[1] or 0), cle[0]))
        return [(final, points, comptes[final, points]) for final, points in rangs]


def preparer_l_export(campagne: Campagne) -> Preparation:
    """Lit les formations dont l'avis est rendu, dans l'ordre du fichier : établissement, INE, formation."""
    preparation, matrice = Preparation(), campagne.regles.matrice
    for demande in _avis_rendus(campagne).iterator(chunk_size=2000):
        _ranger(preparation, matrice, demande)
    return preparation


def feuille_de_l_export(preparation: Preparation) -> Feuille:
    return Feuille("Affelnet", ENTETES, preparation.lignes)


def _avis_rendus(campagne: Campagne) -> QuerySet[FormationDemandee]:
    return (
        FormationDemandee.objects.filter(
            desistee_le__isnull=True,
            candidature__in=Candidature.objects.filter(domaine__campagne=campagne).actives(),
            avis_accueil__compte_rendu__etat=EtatCompteRendu.TRANSMIS,
        )
        .select_related("formation", "candidature__eleve__etablissement", "avis_accueil", "suite_affelnet")
        .order_by("candidature__eleve__etablissement__uai", "candidature__eleve__ine", "candidature__eleve", "pk")
    )


def _ranger(preparation: Preparation, matrice: Matrice, demande: FormationDemandee) -> None:
    """Met la formation dans le fichier, ou compte pourquoi elle n'y est pas."""
    eleve = demande.candidature.eleve
    case = croiser(matrice, Avis(demande.avis) if demande.avis else None, Avis(demande.avis_accueil.valeur))
    if (ecart := _ecart(demande, case)) is not None:
        preparation.ecarts[ecart] += 1
        if ecart is Ecart.SANS_INE:
            preparation.sans_ine.append(_a_signaler(demande))
        return
    if not demande.formation.mef:
        preparation.sans_mef.append(_a_signaler(demande))
    preparation.sans_points += case.points is None
    preparation.lignes.append(
        (
            eleve.ine,
            eleve.etablissement.uai,
            demande.formation.mef,
            demande.formation.intitule,
            LIBELLES_RESULTATS[case.resultat],
            case.points,
        )
    )


def _ecart(demande: FormationDemandee, case: Case) -> Ecart | None:
    suite = getattr(demande, "suite_affelnet", None)
    if case.resultat is Resultat.INCOMPLET:
        return Ecart.INCOMPLETE
    if suite is None or suite.confirmee_le is None:
        return Ecart.NON_CONFIRMEE
    if suite.voeu_saisi_le is None:
        return Ecart.VOEU_NON_SAISI
    return None if demande.candidature.eleve.ine else Ecart.SANS_INE


def _a_signaler(demande: FormationDemandee) -> ASignaler:
    eleve = demande.candidature.eleve
    return ASignaler(eleve.nom_affiche, eleve.etablissement.nom_et_commune, demande.formation.intitule)
