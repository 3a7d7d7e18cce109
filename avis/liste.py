"""La liste des comptes-rendus d'un accueil : ses nombres, son ordre, ses lignes, par des lectures préparées (A11, A12).

Ce que retient chaque suivi vient d'`avis.suivi`. La requête ne dépend que du suivi, et de ce que l'on cherche ou non :
elle s'écrit une fois ; les lignes ne se lisent que pour une page, sans bâtir de modèle.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateTimeField, QuerySet, Value

from avis.presentation import SUIVIS, Suivi
from avis.rules import EtatCompteRendu, est_en_retard, jours_de_retard
from avis.suivi import dire_le_retard, entretiens_a_rendre, limite_du_retard, nombres, retenus, suivi_de
from candidatures.presentation import Presentation
from candidatures.rules import dire_l_eleve
from comptes.lectures_preparees import LecturePreparee, Parametre
from entretiens.models import Entretien
from referentiel.conditions_preparees import contient_les_mots, motifs_de, parmi
from referentiel.listes import adresse_de_chacune
from referentiel.models import Campagne
from referentiel.rules.dates import PARIS, dire_instant_court, dire_jour, dire_jour_court, jour_de
from referentiel.rules.jeu import echeance_du_compte_rendu


class Rang(NamedTuple):
    """La place d'un entretien dans la liste, le premier dû d'abord."""

    cle: int
    code: str
    debut: datetime


@dataclass(frozen=True, slots=True)
class Recherche:
    """Les entretiens d'un accueil, à un instant, d'élèves dont le nom contient `texte`, devant `jury` s'il est dit."""

    campagne: Campagne
    etablissement_id: int
    le: datetime
    texte: str = ""
    jury: str = ""

    def compter(self) -> dict[str, int]:
        """Nombre de comptes-rendus par suivi, et « total », ceux qui restent à transmettre."""
        [comptes] = _nombres(bool(self.texte), bool(self.jury)).lire(**self._valeurs())
        return comptes

    def rangs(self, suivi: Suivi | None) -> list[Rang]:
        """Ceux de `suivi` ; sans suivi, tous ceux dont le compte-rendu reste à transmettre."""
        lus = _rangs(suivi, bool(self.texte), bool(self.jury)).lire(**self._valeurs())
        return [Rang(*lu) for lu in lus]

    def _valeurs(self) -> dict[str, Any]:
        return {
            "campagne": self.campagne.pk,
            "etablissement": self.etablissement_id,
            "le": self.le,
            "limite": limite_du_retard(self.campagne, self.le),
            "motifs": motifs_de(self.texte),
            "jury": self.jury,
        }


@cache
def _nombres(par_mots: bool, par_jury: bool) -> LecturePreparee:
    def construire() -> QuerySet[Entretien, dict]:
        comptes = nombres(Parametre("limite", DateTimeField()))
        return _cherches(par_mots, par_jury).order_by().values(tous=Value(1)).annotate(**comptes)

    return LecturePreparee(construire)


@cache
def _rangs(suivi: Suivi | None, par_mots: bool, par_jury: bool) -> LecturePreparee:
    def construire() -> QuerySet[Entretien, tuple]:
        voulus = retenus(_cherches(par_mots, par_jury), suivi, Parametre("limite", DateTimeField()))
        return voulus.values_list("pk", "candidature__code", "periode__startswith")

    return LecturePreparee(construire)


def _cherches(par_mots: bool, par_jury: bool) -> QuerySet[Entretien]:
    cles = (Parametre(nom, BigIntegerField()) for nom in ("campagne", "etablissement"))
    cherches = entretiens_a_rendre(*cles, Parametre("le", DateTimeField()))
    if par_mots:
        cherches = cherches.filter(contient_les_mots("candidature__eleve__cle", "motifs"))
    if par_jury:
        cherches = cherches.filter(creneau__seance__jury__nom=Parametre("jury", CharField()))
    return cherches


@dataclass(frozen=True, slots=True)
class LigneDeListe:
    """Un compte-rendu dans la liste, tel que sa ligne le montre."""

    code: str
    url: str
    eleve: str
    origine: str
    domaine: str
    debut: datetime
    jury: str
    echeance: date
    retard: str
    presentation: Presentation
    precision: str

    @property
    def entretien(self) -> str:
        return dire_instant_court(self.debut)

    @property
    def debut_en_iso(self) -> str:
        return self.debut.astimezone(PARIS).isoformat()

    @property
    def jour_dit(self) -> str:
        return dire_jour(self.echeance, annee=False)


COLONNES = (
    "candidature__code",
    "candidature__eleve__nom",
    "candidature__eleve__prenom",
    "candidature__eleve__etablissement__nom",
    "candidature__eleve__etablissement__commune",
    "candidature__domaine__nom",
    "periode__startswith",
    "etat",
    "creneau__seance__jury__nom",
    "candidature__compte_rendu__etat",
    "candidature__compte_rendu__transmis_le",
    "candidature__compte_rendu__renvoi",
)


def lignes(page: Iterable[Rang], uai: str, requete: str, campagne: Campagne, le: datetime) -> list[LigneDeListe]:
    """Lignes d'une page de `Recherche.rangs` ; `requete` garde les filtres d'un compte-rendu à l'autre."""
    lues = LIGNES.lire(cles=[rang.cle for rang in page])
    url = adresse_de_chacune("avis:compte_rendu", uai)
    delai = campagne.regles.delai_compte_rendu
    return [_ligne(*lue, url=lambda code: url(code) + requete, delai=delai, le=le) for lue in lues]


def _ligne(
    code: str,
    nom: str,
    prenom: str,
    etablissement: str,
    commune: str,
    domaine: str,
    debut: datetime,
    etat: str,
    jury: str | None,
    redaction: str | None,
    transmis_le: datetime | None,
    renvoi: str | None,
    *,
    url: Callable[[str], str],
    delai: int,
    le: datetime,
) -> LigneDeListe:
    jour = jour_de(debut)
    depasse = est_en_retard(jour, delai, transmis_le=transmis_le, le=le)
    return LigneDeListe(
        code=code,
        url=url(code),
        eleve=dire_l_eleve(nom, prenom),
        origine=f"{etablissement}, {commune}",
        domaine=domaine,
        debut=debut,
        jury=jury or "N/A",
        echeance=echeance_du_compte_rendu(jour, delai),
        retard="" if transmis_le else dire_le_retard(jours_de_retard(jour, delai, le)),
        presentation=SUIVIS[suivi_de(etat, redaction, depasse=depasse)],
        precision=_preciser(redaction, transmis_le, renvoi, depasse=depasse),
    )


def _preciser(redaction: str | None, transmis_le: datetime | None, renvoi: str | None, *, depasse: bool) -> str:
    """Ce qui suit l'état : le jour de l'envoi, ou que la relecture a rendu le texte à qui l'a rédigé."""
    if transmis_le:
        return f"le {dire_jour_court(jour_de(transmis_le))}{', en retard' if depasse else ''}"
    return "renvoyé par la relecture" if renvoi and redaction != EtatCompteRendu.A_RELIRE else ""


LIGNES = LecturePreparee(
    lambda: Entretien.objects.filter(parmi("pk", "cles")).order_by("periode", "pk").values_list(*COLONNES)
)
