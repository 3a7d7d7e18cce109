"""Les candidats d'un établissement d'accueil, domaine par domaine (écran A2)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.db.models import Count, QuerySet

from candidatures.models import Candidature
from candidatures.presentation import Presentation
from candidatures.rules import INACTIFS, Etat, dire_l_eleve
from comptes.lectures_preparees import InstantTemoin, LecturePreparee, clef_temoin
from entretiens.lectures import places_libres
from pilotage.selectors.listes import PointDeVue, avec_entretien, formations_demandees
from referentiel.conditions_preparees import parmi
from referentiel.listes import adresse_de_chacune
from referentiel.models import Accueil, Campagne, Etablissement
from referentiel.models.catalogue import dire_la_formation
from referentiel.permissions import Cote
from referentiel.rules.dates import PARIS, dire_heure, dire_jour_court, jour_de
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite

REALISES = (Etat.REALISEE, Etat.RENDUE, Etat.SEANCE_SUIVIE)


class Filtre(StrEnum):
    """Où en est une candidature, pour l'établissement d'accueil."""

    A_PLANIFIER = "a-planifier"
    CONVOQUES = "convoques"
    A_TRANSMETTRE = "a-transmettre"
    RENDUS = "rendus"
    ABSENCES = "absences"


LIBELLES: dict[Filtre, str] = {
    Filtre.A_PLANIFIER: "À planifier",
    Filtre.CONVOQUES: "Convocation envoyée",
    Filtre.A_TRANSMETTRE: "Compte-rendu à transmettre",
    Filtre.RENDUS: "Avis rendus",
    Filtre.ABSENCES: "Absences",
}
ETATS: dict[Filtre, Etat] = {
    Filtre.A_PLANIFIER: Etat.INSCRITE,
    Filtre.CONVOQUES: Etat.CONVOQUEE,
    Filtre.A_TRANSMETTRE: Etat.REALISEE,
    Filtre.RENDUS: Etat.RENDUE,
    Filtre.ABSENCES: Etat.ABSENTE,
}
# Nombre de candidatures, par clé d'accueil et par état.
ParEtat = dict[int, Counter[str]]


@dataclass(frozen=True, slots=True)
class DomaineRecu:
    """Un domaine pour lequel l'établissement reçoit, et ses nombres."""

    code: str
    nom: str
    slug: str
    modalite: str
    inscrits: int
    a_planifier: int
    convoques: int
    realises: int
    places_libres: int

    @property
    def places_manquantes(self) -> int:
        return max(0, self.a_planifier - self.places_libres)


def compter_par_etat(candidatures: QuerySet[Candidature]) -> ParEtat:
    """En une requête, qui ne lit les candidatures qu'une fois."""
    return _par_etat(_groupees(candidatures))


def recues_par_etat(campagne: Campagne, etablissement_id: int) -> ParEtat:
    """La même, préparée, de toutes les candidatures reçues."""
    return _par_etat(RECUES.lire(campagne=campagne.pk, etablissement=etablissement_id))


def _groupees(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature, tuple]:
    return candidatures.order_by().values_list("accueil_id", "etat").annotate(n=Count("pk"))


def _par_etat(lues: Iterable[tuple[int, str, int]]) -> ParEtat:
    nombres: ParEtat = defaultdict(Counter)
    for accueil, etat, n in lues:
        nombres[accueil][etat] = n
    return nombres


def domaines_recus(campagne: Campagne, etablissement_id: int, le: datetime, nombres: ParEtat) -> list[DomaineRecu]:
    """Domaines de l'établissement, en une requête ; `nombres` compte les candidatures qu'il a reçues."""
    lus = DOMAINES.lire(campagne=campagne.pk, etablissement=etablissement_id, le=le)
    return [
        DomaineRecu(
            code=code,
            nom=nom,
            slug=slug,
            modalite=LIBELLES_MODALITES[Modalite(modalite)],
            inscrits=sum(n for etat, n in siens.items() if etat not in INACTIFS),
            a_planifier=siens[Etat.INSCRITE],
            convoques=siens[Etat.CONVOQUEE],
            realises=sum(siens[etat] for etat in REALISES),
            places_libres=places,
        )
        for cle, code, nom, slug, modalite, places in lus
        for siens in [nombres.get(cle, Counter())]
    ]


def de_ce_filtre(candidatures: QuerySet[Candidature], filtre: Filtre | None) -> QuerySet[Candidature]:
    return candidatures.filter(etat=ETATS[filtre]) if filtre else candidatures


def compter(nombres: ParEtat) -> dict[str, int]:
    """Nombre de candidatures de chaque filtre, et « total »."""
    par_etat = sum(nombres.values(), Counter())
    return {"total": par_etat.total()} | {filtre.value: par_etat[etat] for filtre, etat in ETATS.items()}


@dataclass(frozen=True, slots=True)
class LigneDeCandidat:
    """Une candidature dans la liste, telle que sa ligne la montre."""

    eleve: str
    url: str
    origine: str
    classe: str
    domaine: str
    formations: str
    avis: str
    inscrite_le: str
    presentation: Presentation
    debut: datetime | None

    @property
    def jour(self) -> str:
        return dire_jour_court(jour_de(self.debut)) if self.debut else ""

    @property
    def heure(self) -> str:
        return dire_heure(self.debut) if self.debut else ""

    @property
    def debut_en_iso(self) -> str:
        return self.debut.astimezone(PARIS).isoformat() if self.debut else ""


COLONNES = (
    "code",
    "etat",
    "inscrite_le",
    "eleve__nom",
    "eleve__prenom",
    "eleve__classe",
    "eleve__etablissement__nom",
    "eleve__etablissement__commune",
    "domaine__nom",
    "fixe__periode",
    "compte_rendu__etat",
)


def a_ranger(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature, dict]:
    """Clés des candidatures, par nom d'élève : de quoi couper une page."""
    return candidatures.order_by("eleve__cle", "pk").values("pk")


def lignes(page: Iterable[dict[str, int]], uai: str, campagne: Campagne, le: datetime) -> list[LigneDeCandidat]:
    """Lignes d'une page de `a_ranger`, en une requête préparée qui ne joint le reste qu'à elles."""
    lues = CANDIDATURES.lire(cles=[ligne["pk"] for ligne in page])
    vue = PointDeVue.de(campagne, Cote.ACCUEIL, le)
    url = adresse_de_chacune("pilotage:candidature_accueil", uai)
    return [
        LigneDeCandidat(
            eleve=dire_l_eleve(nom, prenom),
            url=url(code),
            origine=f"{etablissement}, {commune}",
            classe=classe,
            domaine=domaine,
            formations=", ".join(dire_la_formation(f["type"], f["libelle"]) for f in formations) or "N/A",
            avis="Saisis" if all(f["complet"] or f["ajoutee"] for f in formations) else "En attente",
            inscrite_le=dire_jour_court(jour_de(inscrite_le)),
            presentation=vue.presentation(etat, periode, compte_rendu),
            debut=periode.lower if periode else None,
        )
        for (
            code,
            etat,
            inscrite_le,
            nom,
            prenom,
            classe,
            etablissement,
            commune,
            domaine,
            periode,
            compte_rendu,
            formations,
        ) in lues
    ]


def origines(campagne: Campagne, etablissement_id: int) -> list[tuple[str, str]]:
    """Établissements d'origine des candidats : UAI et nom, pour le filtre."""
    lus = ORIGINES.lire(campagne=campagne.pk, etablissement=etablissement_id)
    return [(uai.lower(), f"{nom}, {commune}") for uai, nom, commune in lus]


def _lues() -> QuerySet[Candidature]:
    lues = avec_entretien(Candidature.objects.filter(parmi("pk", "cles"))).order_by("eleve__cle", "pk")
    return lues.values_list(*COLONNES, formations_demandees())


def _domaines() -> QuerySet[Accueil, tuple]:
    accueils = Accueil.objects.de_la_campagne(CAMPAGNE).filter(etablissement=ETABLISSEMENT).order_by("domaine__cle")
    return accueils.values_list("pk", "code", "domaine__nom", "domaine__slug", "modalite", places_libres(INSTANT))


def _origines() -> QuerySet[Etablissement, tuple]:
    recues = Candidature.objects.de_l_accueil(CAMPAGNE, ETABLISSEMENT).order_by()
    d_origine = Etablissement.objects.filter(pk__in=recues.values("eleve__etablissement"))
    return d_origine.order_by("cle", "cle_de_commune", "uai").values_list("uai", "nom", "commune")


CAMPAGNE, ETABLISSEMENT, INSTANT = clef_temoin(0), clef_temoin(1), InstantTemoin(2000, 1, 1, tzinfo=UTC)
ICI = {"campagne": CAMPAGNE, "etablissement": ETABLISSEMENT}
CANDIDATURES = LecturePreparee(_lues)
RECUES = LecturePreparee(lambda: _groupees(Candidature.objects.de_l_accueil(CAMPAGNE, ETABLISSEMENT)), ICI)
DOMAINES = LecturePreparee(_domaines, ICI | {"le": INSTANT})
ORIGINES = LecturePreparee(_origines, ICI)
