"""La suite donnée dans Affelnet-Lycée, formation par formation, du côté de l'établissement d'origine (R33).

Rien n'y entre sans bonus, ni tant que l'avis d'accueil n'est pas visible (R30). Un vœu « à saisir » est un vœu dont
l'avis final donne des points, et qui n'est pas noté comme saisi : sans lui, avant la date, le bonus est perdu.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from avis.avis_final import AvisFinal, Matrice, avis_d_accueil, avis_d_origine, avis_final
from avis.models import SuiteAffelnet
from avis.rules import EtatCompteRendu
from candidatures.models import Candidature, Eleve, FormationDemandee
from referentiel.models import Campagne, CaseDeMatrice
from referentiel.rules.dates import jour_de
from referentiel.rules.jeu import Affichage, Avis, Resultat


class EtatDeSuite(StrEnum):
    A_SAISIR = "a-saisir"
    SAISI = "saisi"
    SANS_BONUS = "sans-bonus"


ETIQUETTES: dict[EtatDeSuite, str] = {
    EtatDeSuite.A_SAISIR: "Vœu à saisir",
    EtatDeSuite.SAISI: "Vœu saisi",
    EtatDeSuite.SANS_BONUS: "Sans bonus",
}
NOTE = Q(suite_affelnet__voeu_saisi_le__isnull=False)
CONDITIONS: dict[EtatDeSuite, Q] = {
    EtatDeSuite.A_SAISIR: Q(a_un_bonus=True) & ~NOTE,
    EtatDeSuite.SAISI: NOTE,
    EtatDeSuite.SANS_BONUS: Q(a_un_bonus=False) & ~NOTE,
}


@dataclass(frozen=True, slots=True)
class LigneDeSuite:
    """Une formation dont l'avis est rendu, et ce que l'établissement en a noté."""

    demande: FormationDemandee
    final: AvisFinal
    confirme: bool
    saisi: bool
    refus: str = ""

    @property
    def eleve(self) -> Eleve:
        return self.demande.candidature.eleve

    @property
    def suite(self) -> SuiteAffelnet | None:
        return getattr(self.demande, "suite_affelnet", None)

    @property
    def vu(self) -> str:
        """Les deux cases telles que la page les montre : un envoi ne change que ce qui en diffère (R42)."""
        suite = self.suite
        return f"{int(bool(suite and suite.confirmee_le))}{int(bool(suite and suite.voeu_saisi_le))}"


def formations_a_suivre(campagne: Campagne, etablissement_id: int | None, le: datetime) -> QuerySet[FormationDemandee]:
    """Formations dont l'avis d'accueil est visible, avec `a_un_bonus`, par classe puis par nom d'élève."""
    suivies = FormationDemandee.objects.maintenues().filter(
        candidature__in=Candidature.objects.de_l_origine(campagne, etablissement_id).actives(),
        avis_accueil__compte_rendu__etat=EtatCompteRendu.TRANSMIS,
    )
    if campagne.regles.affichage != Affichage.AVEC_BONUS or not campagne.montre_les_avis_d_accueil(le):
        suivies = suivies.none()
    return suivies.annotate(a_un_bonus=_a_un_bonus(campagne)).order_by(
        "candidature__eleve__classe", "candidature__eleve__cle", "candidature__eleve", "pk"
    )


def _a_un_bonus(campagne: Campagne) -> Exists:
    """La case de la matrice donne des points, ou des points que la campagne n'a pas encore fixés."""
    croisement = CaseDeMatrice.objects.filter(
        regles=campagne.regles,
        avis_origine=Coalesce(NullIf(OuterRef("avis"), Value("")), Value(Avis.ABSENT.value)),
        avis_accueil=OuterRef("avis_accueil__valeur"),
    )
    return Exists(croisement.exclude(resultat=Resultat.INCOMPLET).exclude(points=0))


def de_cet_etat(suivies: QuerySet[FormationDemandee], etat: EtatDeSuite | None) -> QuerySet[FormationDemandee]:
    return suivies.filter(CONDITIONS[etat]) if etat else suivies


def suites_a_saisir(campagne: Campagne, etablissement_id: int | None, le: datetime) -> QuerySet[FormationDemandee]:
    """Avis rendus, vœux non saisis : ce que « À faire » compte, et rien d'autre."""
    return de_cet_etat(formations_a_suivre(campagne, etablissement_id, le), EtatDeSuite.A_SAISIR)


def compter_les_suites(suivies: QuerySet[FormationDemandee]) -> dict[str, int]:
    """Nombre de formations par état, et en tout, en une requête."""
    comptes = {etat.name.lower(): Count("pk", filter=condition) for etat, condition in CONDITIONS.items()}
    return suivies.order_by().aggregate(total=Count("pk"), **comptes)


def classes_suivies(suivies: QuerySet[FormationDemandee]) -> list[str]:
    classes = suivies.order_by("candidature__eleve__classe").values_list(F("candidature__eleve__classe"), flat=True)
    return list(classes.distinct())


def avec_ce_qu_il_faut(suivies: QuerySet[FormationDemandee]) -> QuerySet[FormationDemandee]:
    return suivies.select_related(
        "formation", "candidature__eleve", "avis_accueil__compte_rendu", "suite_affelnet", "candidature__domaine"
    )


def lire_la_suite(
    campagne: Campagne, matrice: Matrice, demande: FormationDemandee, tape: dict[str, Any] | None = None
) -> LigneDeSuite:
    """Ligne d'une formation ; `tape` rend les cases d'un envoi refusé, avec sa raison."""
    suite: SuiteAffelnet | None = getattr(demande, "suite_affelnet", None)
    rendu_le = demande.avis_accueil.compte_rendu.rendu_le
    cases = tape or {
        "confirme": bool(suite and suite.confirmee_le),
        "saisi": bool(suite and suite.voeu_saisi_le),
    }
    accueil = avis_d_accueil(demande, jour_de(rendu_le) if rendu_le else None)
    return LigneDeSuite(demande, avis_final(campagne, matrice, avis_d_origine(demande), accueil), **cases)
