"""Les élèves d'un établissement d'origine, classe par classe (écrans O2 et O5)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import BigIntegerField, CharField, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from avis.models import CompteRendu
from candidatures.models import Candidature, DemandeDeTransfert, Eleve, FormationDemandee
from candidatures.presentation import Presentation
from candidatures.rules import INACTIFS, Etat, dire_l_eleve
from comptes.lectures_preparees import LecturePreparee, Parametre
from pilotage.selectors.lecture import CandidatureLue, a_lire
from pilotage.selectors.listes import PointDeVue, avec_entretien, avis_demandes
from referentiel.conditions_preparees import contient_les_mots, motifs_de, parmi
from referentiel.listes import adresse_de_chacune
from referentiel.models import Campagne
from referentiel.permissions import Cote
from referentiel.rules.dates import PARIS, dire_instant_court

CANDIDATURES_MONTREES = 3


class Filtre(StrEnum):
    """Où en sont les candidatures d'un élève."""

    NON_INSCRITS = "non-inscrits"
    A_COMPLETER = "a-completer"
    EN_ATTENTE = "en-attente"
    CONVOQUES = "convoques"
    RENDUS = "rendus"


LIBELLES: dict[Filtre, str] = {
    Filtre.NON_INSCRITS: "Non inscrits",
    Filtre.A_COMPLETER: "À compléter",
    Filtre.EN_ATTENTE: "En attente de convocation",
    Filtre.CONVOQUES: "Convoqués",
    Filtre.RENDUS: "Avis rendus",
}


@dataclass(frozen=True, slots=True)
class EleveLu:
    """Un élève et ses candidatures, vus de son établissement."""

    eleve: Eleve
    candidatures: list[CandidatureLue]

    @property
    def actives(self) -> list[CandidatureLue]:
        return [lue for lue in self.candidatures if lue.candidature.est_active]

    @property
    def formations_demandees(self) -> int:
        return sum(len(lue.demandees) for lue in self.actives)


@dataclass(frozen=True, slots=True)
class Classe:
    """Une classe et les élèves qu'en montre la page ; les nombres sont ceux de toute la classe."""

    nom: str
    effectif: int
    inscrits: int
    eleves: list["LigneDEleve"]


@dataclass(frozen=True, slots=True)
class Recherche:
    """Les élèves d'un établissement dans une campagne, d'une classe si elle est dite, dont le nom contient `texte`."""

    campagne: Campagne
    etablissement_id: int
    classe: str = ""
    texte: str = ""

    @property
    def eleves(self) -> QuerySet[Eleve]:
        eleves = Eleve.objects.de_l_origine(self.campagne, self.etablissement_id)
        return (eleves.filter(classe=self.classe) if self.classe else eleves).cherche(self.texte)


def conditions(rendus: QuerySet[CompteRendu]) -> dict[Filtre, Q]:
    """Ce que retient chaque filtre ; `rendus` sont les comptes-rendus que l'origine voit (R30)."""
    miennes = Candidature.objects.filter(eleve=OuterRef("pk"))
    avis_manquants = (
        FormationDemandee.objects.sans_avis_complet()
        .filter(candidature__eleve=OuterRef("pk"))
        .exclude(candidature__etat__in=INACTIFS)
    )
    brouillons = miennes.filter(etat=Etat.BROUILLON)
    return {
        Filtre.NON_INSCRITS: ~Q(Exists(miennes.actives())),
        Filtre.A_COMPLETER: Q(Exists(brouillons)) | Q(Exists(avis_manquants)),
        Filtre.EN_ATTENTE: Q(Exists(miennes.filter(etat__in=(Etat.INSCRITE, Etat.PLANIFIEE)))),
        Filtre.CONVOQUES: Q(Exists(miennes.filter(etat=Etat.CONVOQUEE))),
        Filtre.RENDUS: Q(Exists(rendus.filter(candidature__eleve=OuterRef("pk")))),
    }


def de_ce_filtre(cherches: Recherche, filtre: Filtre | None, le: datetime) -> QuerySet[Eleve]:
    if not filtre:
        return cherches.eleves
    rendus = CompteRendu.objects.visibles_a_l_origine(cherches.campagne, le)
    return cherches.eleves.filter(conditions(rendus)[filtre])


def compter(cherches: Recherche, le: datetime) -> dict[str, int]:
    """Nombre d'élèves de chaque filtre, et « total », en une requête."""
    lecture = COMPTES[cherches.campagne.montre_les_avis_d_accueil(le)]
    [nombres] = lecture.lire(
        campagne=cherches.campagne.pk,
        etablissement=cherches.etablissement_id,
        classe=cherches.classe or None,
        motifs=motifs_de(cherches.texte),
    )
    return nombres


def classes_de(cherches: Recherche) -> dict[str, dict[str, int]]:
    """Effectif et inscrits de chaque classe de l'établissement, en une requête."""
    lues = CLASSES.lire(campagne=cherches.campagne.pk, etablissement=cherches.etablissement_id)
    return {ligne["classe"]: ligne for ligne in lues}


def _de_l_etablissement() -> QuerySet[Eleve]:
    ici = {nom: Parametre(nom, BigIntegerField()) for nom in ("campagne", "etablissement")}
    return Eleve.objects.filter(**ici).order_by()


def _comptes(*, publies: bool) -> QuerySet[Eleve]:
    """`publies` : l'origine voit-elle les comptes-rendus transmis ? (R30)"""
    transmis = CompteRendu.objects.de_la_campagne(Parametre("campagne", BigIntegerField())).transmis()
    rendus = transmis if publies else CompteRendu.objects.none()
    nombres = {filtre.value: Count("pk", filter=q) for filtre, q in conditions(rendus).items()}
    classe = Coalesce(Parametre("classe", CharField()), F("classe"))
    cherches = _de_l_etablissement().filter(contient_les_mots("cle", "motifs"), classe=classe)
    return cherches.values(tous=Value(1)).annotate(total=Count("pk"), **nombres)


def _classes() -> QuerySet[Eleve]:
    actives = Exists(Candidature.objects.actives().filter(eleve=OuterRef("pk")))
    return (
        _de_l_etablissement()
        .values("classe")
        .annotate(effectif=Count("pk"), inscrits=Count("pk", filter=Q(actives)))
        .order_by("classe")
    )


def _candidatures_d_eleves() -> QuerySet[Candidature]:
    lues = avec_entretien(Candidature.objects.filter(parmi("eleve_id", "eleves"))).order_by("domaine__cle", "pk")
    colonnes = ("eleve_id", "domaine__nom", "etat", "fixe__periode", "compte_rendu__etat")
    return lues.values_list(*colonnes, avis_demandes())


COMPTES = {
    True: LecturePreparee(lambda: _comptes(publies=True)),
    False: LecturePreparee(lambda: _comptes(publies=False)),
}
CLASSES = LecturePreparee(_classes)
CANDIDATURES = LecturePreparee(_candidatures_d_eleves)


def avec_candidatures(eleves: QuerySet[Eleve]) -> QuerySet[Eleve]:
    """Élèves par classe puis par nom, avec tout ce que leur ligne montre."""
    candidatures = a_lire(Candidature.objects.order_by("domaine__cle", "pk"))
    return eleves.order_by("classe", "cle", "pk").prefetch_related(
        Prefetch("candidatures", queryset=candidatures, to_attr="candidatures_lues")
    )


def lire_eleve(eleve: Eleve, campagne: Campagne, le: datetime) -> EleveLu:
    lues = [CandidatureLue(candidature, campagne, Cote.ORIGINE, le) for candidature in eleve.candidatures_lues]
    return EleveLu(eleve, lues)


def un_transfert_est_demande(eleve: Eleve) -> bool:
    """Vrai si un autre établissement attend l'élève (R12)."""
    return bool(TRANSFERTS.lire(eleve=eleve.pk))


def _transferts() -> QuerySet[DemandeDeTransfert, int]:
    en_attente = DemandeDeTransfert.objects.filter(
        eleve=Parametre("eleve", BigIntegerField()), etat=DemandeDeTransfert.Etat.EN_ATTENTE
    )
    return en_attente.values_list("pk", flat=True)[:1]


TRANSFERTS = LecturePreparee(_transferts)


@dataclass(frozen=True, slots=True)
class CandidatureDUneLigne:
    """Une candidature dans la ligne de son élève ; `avis` : un booléen par formation demandée, vrai si complet."""

    domaine: str
    etat: Etat
    presentation: Presentation
    debut: datetime | None
    avis: list[bool]


@dataclass(frozen=True, slots=True)
class LigneDEleve:
    """Un élève dans la liste, tel que sa ligne le montre ; `inscrire_url` vaut pour qui n'a aucune candidature."""

    code: str
    nom: str
    referent: str
    montrees: list[CandidatureDUneLigne]
    autres: int
    est_inscrit: bool
    avis_saisis: str
    prochain: datetime | None
    url: str
    inscrire_url: str

    @property
    def prochain_entretien(self) -> str:
        return dire_instant_court(self.prochain) if self.prochain else ""

    @property
    def prochain_en_iso(self) -> str:
        return self.prochain.astimezone(PARIS).isoformat() if self.prochain else ""


COLONNES_D_UN_ELEVE = ("pk", "classe", "code", "nom", "prenom", "referent_nom")


def a_ranger(eleves: QuerySet[Eleve]) -> QuerySet[Eleve, tuple]:
    """Élèves par classe puis par nom, les seules colonnes de leur ligne."""
    return eleves.order_by("classe", "cle", "pk").values_list(*COLONNES_D_UN_ELEVE)


def lignes_par_classe(
    page: Iterable[tuple], uai: str, campagne: Campagne, le: datetime
) -> dict[str, list[LigneDEleve]]:
    """Lignes des élèves d'une page de `a_ranger`, classe par classe, en une requête de plus."""
    eleves = list(page)
    vue = PointDeVue.de(campagne, Cote.ORIGINE, le)
    candidatures = _candidatures_de([eleve[0] for eleve in eleves], vue)
    url, inscrire_url = (
        adresse_de_chacune(nom, uai) for nom in ("pilotage:eleve", "candidatures:inscription_formations")
    )
    lignes: dict[str, list[LigneDEleve]] = {}
    for cle, classe, code, nom, prenom, referent in eleves:
        siennes = candidatures.get(cle, [])
        actives = [candidature for candidature in siennes if candidature.etat not in INACTIFS]
        ligne = LigneDEleve(
            code=code,
            nom=dire_l_eleve(nom, prenom),
            referent=referent or "N/A",
            montrees=siennes[:CANDIDATURES_MONTREES],
            autres=max(0, len(siennes) - CANDIDATURES_MONTREES),
            est_inscrit=bool(actives),
            avis_saisis=_dire_les_avis([avis for candidature in actives for avis in candidature.avis]),
            prochain=min((c.debut for c in actives if c.debut and c.debut > le), default=None),
            url=url(code),
            inscrire_url=inscrire_url(code),
        )
        lignes.setdefault(classe, []).append(ligne)
    return lignes


def _candidatures_de(eleves: list[int], vue: PointDeVue) -> dict[int, list[CandidatureDUneLigne]]:
    """Candidatures de ces élèves, par clé d'élève, dans l'ordre des domaines."""
    rangees: dict[int, list[CandidatureDUneLigne]] = defaultdict(list)
    for eleve, domaine, etat, fixe, compte_rendu, avis in CANDIDATURES.lire(eleves=eleves):
        periode = vue.periode(etat, fixe)
        presentation = vue.presentation(etat, periode, compte_rendu)
        debut = periode.lower if periode else None
        rangees[eleve].append(CandidatureDUneLigne(domaine, Etat(etat), presentation, debut, avis))
    return rangees


def _dire_les_avis(avis: list[bool]) -> str:
    """« 3 sur 4 »."""
    return f"{sum(avis)} sur {len(avis)}" if avis else "N/A"


def par_classe(lignes: dict[str, list[LigneDEleve]], classes: dict[str, dict[str, Any]]) -> list[Classe]:
    """Élèves d'une page, avec les nombres de toute leur classe."""
    return [Classe(nom, classes[nom]["effectif"], classes[nom]["inscrits"], eleves) for nom, eleves in lignes.items()]
