"""Les avis à donner, classe par classe (R16)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import BigIntegerField, CharField, QuerySet
from django.utils.text import slugify

from candidatures.lectures.lignes import LigneDAvis, lignes_d_avis, ranger
from candidatures.models import Eleve, FormationDemandee
from candidatures.rules import INACTIFS, INVISIBLES_A_L_ACCUEIL
from comptes.lectures_preparees import LecturePreparee, Parametre
from referentiel.conditions_preparees import parmi_les_textes
from referentiel.models import Campagne, Etablissement
from referentiel.rules.dates import dire_jour, jour_de

# Segment d'adresse réservé : il prend la place d'une classe.
MES_ELEVES = "mes-eleves-referents"


@dataclass(frozen=True, slots=True)
class AvisDeLaClasse:
    """Où en sont les avis d'une classe."""

    nom: str
    slug: str
    demandees: int
    saisis: int
    premier: datetime | None

    @property
    def premier_entretien(self) -> str:
        return dire_jour(jour_de(self.premier), annee=False) if self.premier else ""


@dataclass(frozen=True, slots=True)
class ListeDAvis:
    """Les lignes qu'une page réunit : celles d'une classe, ou celles des élèves que suit la personne.

    `classes` : le nom des classes entre lesquelles on passe, par segment d'adresse.
    """

    nom: str
    segment: str
    lignes: list[LigneDAvis]
    classes: dict[str, str]

    @property
    def est_une_classe(self) -> bool:
        return self.segment != MES_ELEVES

    @property
    def de_qui(self) -> str:
        """« de 3e B », « de vos élèves »."""
        return f"de {self.nom}" if self.est_une_classe else "de vos élèves"

    @property
    def comptees(self) -> list[LigneDAvis]:
        return [ligne for ligne in self.lignes if ligne.est_comptee]

    @property
    def total(self) -> int:
        return len(self.comptees)

    @property
    def manquent(self) -> int:
        return sum(ligne.est_a_saisir for ligne in self.lignes)

    @property
    def saisis(self) -> int:
        return self.total - self.manquent

    @property
    def eleves(self) -> list[Eleve]:
        """Élèves de la liste, chacun une fois, dans son ordre."""
        return list({ligne.eleve.pk: ligne.eleve for ligne in self.lignes}.values())


def slug_de_la_classe(classe: str) -> str:
    """Classe telle qu'elle s'écrit dans une adresse ; « 3e B » et « 3E-b » sont la même."""
    return slugify(classe) or "sans-nom"


def classes_de(campagne: Campagne, etablissement: Etablissement) -> dict[str, list[str]]:
    """Noms des classes de l'établissement, par segment d'adresse."""
    noms = Eleve.objects.de_l_origine(campagne, etablissement.pk).order_by("classe").values_list("classe", flat=True)
    return _par_segment(noms.distinct())


def demandes_a_aviser(campagne: Campagne, etablissement: Etablissement, le: datetime) -> QuerySet[FormationDemandee]:
    """Formations demandées de l'établissement dont l'avis se saisit, hors brouillons et désistements."""
    return _a_aviser(campagne, etablissement, publiees=campagne.montre_les_avis_d_accueil(le))


def demande_a_aviser(
    campagne: Campagne, etablissement: Etablissement, code: str, le: datetime
) -> list[FormationDemandee]:
    """Celle de ce code, ou aucune ; elle ne dit ni l'élève ni l'établissement où il va."""
    lecture = SEULE_A_AVISER[campagne.montre_les_avis_d_accueil(le)]
    return lecture.lire(campagne=campagne.pk, etablissement=etablissement.pk, code=code)


def _a_aviser(
    campagne: Campagne | Parametre, etablissement: Etablissement | Parametre, *, publiees: bool
) -> QuerySet[FormationDemandee]:
    return (
        FormationDemandee.objects.montrees(publiees=publiees)
        .filter(candidature__domaine__campagne=campagne, candidature__eleve__etablissement=etablissement)
        .exclude(candidature__etat__in=[*INACTIFS, *INVISIBLES_A_L_ACCUEIL])
        .select_related(
            "formation", "candidature__eleve", "candidature__domaine", "candidature__accueil__etablissement"
        )
    )


def liste_d_avis(
    campagne: Campagne, etablissement: Etablissement, segment: str, courriel: str, le: datetime, *, par_nom: bool
) -> ListeDAvis | None:
    """La liste du segment d'adresse : une classe, ou `MES_ELEVES` pour ceux que suit l'adresse `courriel`."""
    publiees = campagne.montre_les_avis_d_accueil(le)
    ici = {"campagne": campagne.pk, "etablissement": etablissement.pk}
    classes = _par_segment(CLASSES_A_AVISER[publiees].lire(**ici))
    noms = classes.get(segment) or classes_de(campagne, etablissement).get(segment, [])
    if segment == MES_ELEVES:
        miens = demandes_a_aviser(campagne, etablissement, le)
        demandes = list(miens.filter(candidature__eleve__referent_courriel__iexact=courriel))
        noms = ["mes élèves référents"]
    elif noms:
        demandes = A_AVISER[publiees].lire(**ici, classes=noms)
    else:
        return None
    lignes = ranger(lignes_d_avis(demandes, campagne, le), le, par_nom=par_nom)
    return ListeDAvis(noms[0], segment, lignes, {autre: noms[0] for autre, noms in classes.items()})


def _ici_a_aviser(*, publiees: bool) -> QuerySet[FormationDemandee]:
    campagne, etablissement = Parametre("campagne", BigIntegerField()), Parametre("etablissement", BigIntegerField())
    return _a_aviser(campagne, etablissement, publiees=publiees)


def _de_ces_classes(*, publiees: bool) -> QuerySet[FormationDemandee]:
    return _ici_a_aviser(publiees=publiees).filter(parmi_les_textes("candidature__eleve__classe", "classes"))


def _seule(*, publiees: bool) -> QuerySet[FormationDemandee]:
    celle_ci = _ici_a_aviser(publiees=publiees).filter(code=Parametre("code", CharField()))
    return celle_ci.select_related(None).select_related("candidature__domaine")


def _classes(*, publiees: bool) -> QuerySet[FormationDemandee, str]:
    classe = "candidature__eleve__classe"
    return _ici_a_aviser(publiees=publiees).order_by(classe).values_list(classe, flat=True).distinct()


A_AVISER = {publiees: LecturePreparee(partial(_de_ces_classes, publiees=publiees)) for publiees in (True, False)}
SEULE_A_AVISER = {publiees: LecturePreparee(partial(_seule, publiees=publiees)) for publiees in (True, False)}
CLASSES_A_AVISER = {publiees: LecturePreparee(partial(_classes, publiees=publiees)) for publiees in (True, False)}


def _par_segment(noms: Iterable[str]) -> dict[str, list[str]]:
    """Noms de classes, par segment d'adresse, dans leur ordre."""
    classes: dict[str, list[str]] = defaultdict(list)
    for nom in noms:
        classes[slug_de_la_classe(nom)].append(nom)
    return dict(classes)


def avis_par_classe(campagne: Campagne, etablissement: Etablissement, le: datetime) -> list[AvisDeLaClasse]:
    """Une ligne par classe qui a des formations demandées, en deux requêtes."""
    lignes = lignes_d_avis(demandes_a_aviser(campagne, etablissement, le), campagne, le)
    par_slug: dict[str, list[LigneDAvis]] = defaultdict(list)
    for ligne in sorted(lignes, key=lambda ligne: ligne.eleve.classe):
        if ligne.est_comptee:
            par_slug[slug_de_la_classe(ligne.eleve.classe)].append(ligne)
    return [_classe(slug, du_slug) for slug, du_slug in par_slug.items()]


def _classe(slug: str, lignes: list[LigneDAvis]) -> AvisDeLaClasse:
    return AvisDeLaClasse(
        nom=lignes[0].eleve.classe,
        slug=slug,
        demandees=len(lignes),
        saisis=sum(ligne.demande.avis_complet for ligne in lignes),
        premier=min((ligne.entretien.debut for ligne in lignes if ligne.entretien), default=None),
    )
