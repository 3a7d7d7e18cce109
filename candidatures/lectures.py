"""Ce que montrent les pages de l'inscription et des avis, lu en un nombre constant de requêtes."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from django.db.models import BigIntegerField, Q, QuerySet
from django.utils.text import slugify

from candidatures.horaires import EntretienFixe, entretiens_fixes
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import (
    ENTRETIEN_A_VENIR,
    INACTIFS,
    INVISIBLES_A_L_ACCUEIL,
    Etat,
    Point,
    avis_fige,
    dire_distance,
    distance,
)
from comptes.lectures_preparees import LecturePreparee, Parametre
from comptes.models import Trace
from referentiel.conditions_preparees import parmi_les_textes
from referentiel.models import Accueil, Campagne, Domaine, Etablissement, Formation, Offre
from referentiel.rules.dates import dire_heure, dire_instant, dire_jour, jour_de
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LIBELLES_AVIS, Avis, Modalite

PREMIERS_HOTES = 4
# Segment d'adresse réservé : il prend la place d'une classe.
MES_ELEVES = "mes-eleves-referents"
DIRE_MODALITES = {
    Modalite.INDIVIDUEL: "entretien individuel",
    Modalite.COLLECTIF: "séance collective",
    Modalite.AU_CHOIX: "entretien individuel et séance collective, l’établissement d’accueil choisira",
}


@dataclass(frozen=True, slots=True)
class Hote:
    """Un établissement d'accueil, vu du collège."""

    accueil: Accueil
    distance: str
    propose: str

    @property
    def nom(self) -> str:
        """« Lycée professionnel Marcel-Pagnol, Vitry (94) »."""
        etablissement = self.accueil.etablissement
        return f"{etablissement.nom_et_commune} ({etablissement.departement.lstrip('0')})"

    @property
    def modalite(self) -> str:
        return DIRE_MODALITES[Modalite(self.accueil.modalite)]


@dataclass(frozen=True, slots=True)
class DomaineAuChoix:
    """Un domaine, ce qui peut s'y demander et qui y reçoit."""

    domaine: Domaine
    formations: list[Formation] = field(default_factory=list)
    hors_passpro: list[Formation] = field(default_factory=list)
    hotes: list[Hote] = field(default_factory=list)

    @property
    def est_collectif(self) -> bool:
        return bool(self.hotes) and all(hote.accueil.modalite == Modalite.COLLECTIF for hote in self.hotes)

    def contient(self, texte: str) -> bool:
        """Vrai si le domaine ou l'une de ses formations contient chaque mot de `texte`."""
        cle = cle_de_recherche(self.domaine.nom, *(f.intitule for f in [*self.formations, *self.hors_passpro]))
        return all(mot in cle for mot in cle_de_recherche(texte).split())


def domaines_au_choix(campagne: Campagne, etablissement: Etablissement) -> list[DomaineAuChoix]:
    """Domaines de la campagne avec leurs formations et leurs hôtes, du plus proche au plus lointain."""
    formations = Formation.objects.filter(domaine__campagne=campagne).select_related("domaine")
    demandables, proposees = _offres(campagne)
    par_domaine: dict[int, DomaineAuChoix] = {}
    for formation in formations.order_by("domaine__nom", "type", "libelle"):
        choix = par_domaine.setdefault(formation.domaine_id, DomaineAuChoix(formation.domaine))
        if formation.pk in demandables:
            choix.formations.append(formation)
        elif formation.pk in proposees:
            choix.hors_passpro.append(formation)
    for accueil in Accueil.objects.de_la_campagne(campagne).select_related("etablissement", "domaine"):
        if choix := par_domaine.get(accueil.domaine_id):
            choix.hotes.append(_hote(accueil, choix, demandables, etablissement))
    for choix in par_domaine.values():
        choix.hotes.sort(key=lambda hote: _eloignement(hote.accueil, etablissement))
    proposes = [choix for choix in par_domaine.values() if choix.formations or choix.hors_passpro]
    return sorted(proposes, key=lambda choix: cle_de_recherche(choix.domaine.nom))


def _offres(campagne: Campagne) -> tuple[dict[int, set[int]], set[int]]:
    """Établissements qui proposent chaque formation demandable, et toutes les formations proposées."""
    demandables: dict[int, set[int]] = defaultdict(set)
    proposees = set()
    lignes = Offre.objects.filter(formation__domaine__campagne=campagne)
    for formation, etablissement, hors in lignes.values_list("formation_id", "etablissement_id", "hors_passpro"):
        proposees.add(formation)
        if not hors:
            demandables[formation].add(etablissement)
    return dict(demandables), proposees


def _hote(
    accueil: Accueil, choix: DomaineAuChoix, demandables: dict[int, set[int]], etablissement: Etablissement
) -> Hote:
    la = [f.intitule for f in choix.formations if accueil.etablissement_id in demandables[f.pk]]
    return Hote(accueil, dire_distance(_kilometres(accueil, etablissement)), ", ".join(la))


def _kilometres(accueil: Accueil, etablissement: Etablissement) -> float | None:
    return distance(_point(etablissement), _point(accueil.etablissement))


def _point(etablissement: Etablissement) -> Point | None:
    if etablissement.latitude is None or etablissement.longitude is None:
        return None
    return etablissement.latitude, etablissement.longitude


def _eloignement(accueil: Accueil, etablissement: Etablissement) -> tuple[float, str]:
    kilometres = _kilometres(accueil, etablissement)
    return (float("inf") if kilometres is None else kilometres), accueil.etablissement.nom


def candidatures_actives(eleve: Eleve) -> list[Candidature]:
    """Candidatures actives d'un élève, avec accueil et formations, par domaine."""
    actives = Candidature.objects.actives().filter(eleve=eleve).select_related("domaine", "accueil__etablissement")
    return list(actives.avec_formations().order_by("domaine__nom"))


def completables(candidatures: Iterable[Candidature], le: datetime) -> frozenset[int]:
    """Clés des candidatures inscrites qui peuvent encore recevoir une formation : l'entretien n'a pas commencé."""
    cles = {candidature.pk for candidature in candidatures if candidature.etat in {Etat.INSCRITE, *ENTRETIEN_A_VENIR}}
    entretiens = entretiens_fixes(cles)
    return frozenset(cle for cle in cles if cle not in entretiens or entretiens[cle].debut > le)


def formations_a_reprendre(candidature: Candidature, le: datetime, *, delai: int) -> list[FormationDemandee]:
    """Formations du dernier désistement partiel, tant qu'il s'annule ; `delai` en minutes (écran 6.5)."""
    depuis = le - timedelta(minutes=delai)
    retirees = list(
        FormationDemandee.objects.filter(candidature=candidature, desistee_le__gt=depuis)
        .select_related("formation")
        .order_by("-desistee_le", "pk")
    )
    dernieres = [demande for demande in retirees if demande.desistee_le == retirees[0].desistee_le]
    if not dernieres:
        return []
    desistements = Trace.objects.de(candidature).filter(fait="desistement_partiel", le=dernieres[0].desistee_le)
    return dernieres if desistements.exists() else []


def hotes_du_domaine(campagne: Campagne, etablissement: Etablissement, domaine_id: int) -> list[Hote]:
    """Établissements qui reçoivent pour un domaine, du plus proche au plus lointain."""
    domaines = domaines_au_choix(campagne, etablissement)
    return next((choix.hotes for choix in domaines if choix.domaine.pk == domaine_id), [])


# Avis ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LigneDAvis:
    """Une formation demandée et ce qu'il reste à en dire.

    `tardif` : l'entretien a commencé sans cet avis, qui ne changera plus dès qu'il sera complet (R16).
    """

    demande: FormationDemandee
    entretien: EntretienFixe | None
    fige: bool
    tardif: bool
    facultatif: bool
    etat: str

    @property
    def eleve(self) -> Eleve:
        return self.demande.candidature.eleve

    @property
    def est_a_saisir(self) -> bool:
        return not self.demande.avis_complet and not self.facultatif

    @property
    def est_comptee(self) -> bool:
        """Vrai si la ligne entre dans « 31 avis sur 45 » : requise, ou donnée sans l'être."""
        return not self.facultatif or self.demande.avis_complet

    @property
    def est_commencee(self) -> bool:
        return bool(self.demande.avis or self.demande.commentaire)

    @property
    def quand(self) -> str:
        """« entretien le jeudi 12 mars à 14 h 30 »."""
        if self.entretien is None:
            return "entretien non planifié"
        return f"entretien le {dire_instant(self.entretien.debut, annee=False)}"


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


def _classes(*, publiees: bool) -> QuerySet[FormationDemandee, str]:
    classe = "candidature__eleve__classe"
    return _ici_a_aviser(publiees=publiees).order_by(classe).values_list(classe, flat=True).distinct()


A_AVISER = {publiees: LecturePreparee(partial(_de_ces_classes, publiees=publiees)) for publiees in (True, False)}
CLASSES_A_AVISER = {publiees: LecturePreparee(partial(_classes, publiees=publiees)) for publiees in (True, False)}


def _par_segment(noms: Iterable[str]) -> dict[str, list[str]]:
    """Noms de classes, par segment d'adresse, dans leur ordre."""
    classes: dict[str, list[str]] = defaultdict(list)
    for nom in noms:
        classes[slug_de_la_classe(nom)].append(nom)
    return dict(classes)


def ranger(lignes: Iterable[LigneDAvis], le: datetime, *, par_nom: bool = False) -> list[LigneDAvis]:
    """Lignes élève par élève : le prochain entretien d'abord, puis le nom ; ou le nom seul."""
    lignes = list(lignes)
    prochains: dict[int, float] = {}
    for ligne in lignes:
        if not par_nom and ligne.entretien and ligne.entretien.debut > le:
            debut = ligne.entretien.debut.timestamp()
            prochains[ligne.eleve.pk] = min(debut, prochains.get(ligne.eleve.pk, debut))
    return sorted(
        lignes,
        key=lambda ligne: (
            prochains.get(ligne.eleve.pk, float("inf")),
            ligne.eleve.cle,
            ligne.eleve.pk,
            ligne.demande.candidature_id,
            ligne.demande.pk,
        ),
    )


def demandes_de_l_inscription(eleve: Eleve) -> QuerySet[FormationDemandee]:
    """Formations dont l'avis se saisit pendant l'inscription : celles des brouillons, et celles qui attendent."""
    en_attente = Q(candidature__etat=Etat.BROUILLON) | Q(avis="") | Q(commentaire="")
    return (
        FormationDemandee.objects.maintenues()
        .filter(en_attente, candidature__eleve=eleve, ajoutee_a_l_entretien=False)
        .exclude(candidature__etat__in=INACTIFS)
        .select_related(
            "formation", "candidature__eleve", "candidature__domaine", "candidature__accueil__etablissement"
        )
        .order_by("candidature__domaine__nom", "pk")
    )


def lignes_d_avis(demandes: Iterable[FormationDemandee], campagne: Campagne, le: datetime) -> list[LigneDAvis]:
    """Lignes de saisie, l'heure des entretiens lue en une requête."""
    demandes = list(demandes)
    entretiens = entretiens_fixes({demande.candidature_id for demande in demandes})
    return [_ligne(demande, entretiens.get(demande.candidature_id), campagne, le) for demande in demandes]


def _ligne(demande: FormationDemandee, entretien: EntretienFixe | None, campagne: Campagne, le: datetime) -> LigneDAvis:
    candidature = demande.candidature
    candidature.domaine.campagne = campagne
    fige_une_fois_complet = avis_fige(
        Etat(candidature.etat),
        complet=True,
        ajoutee=demande.ajoutee_a_l_entretien,
        debut=entretien.debut if entretien else None,
        le=le,
    )
    fige = fige_une_fois_complet and demande.avis_complet
    tardif = fige_une_fois_complet and not fige
    collective = candidature.modalite == Modalite.COLLECTIF and not campagne.regles.avis_requis_en_collectif
    facultatif = demande.ajoutee_a_l_entretien or collective
    annonce = entretien if candidature.etat != Etat.PLANIFIEE else None
    return LigneDAvis(demande, annonce, fige, tardif, facultatif, _etat(demande, fige, facultatif, le))


def ligne_ecrite(lue: LigneDAvis, ecrite: FormationDemandee, le: datetime) -> LigneDAvis:
    """La ligne `lue`, une fois `ecrite` : ce que la page en montrerait, sans la relire."""
    fige_une_fois_complet = lue.fige or lue.tardif
    fige = fige_une_fois_complet and ecrite.avis_complet
    tardif = fige_une_fois_complet and not fige
    return replace(lue, demande=ecrite, fige=fige, tardif=tardif, etat=_etat(ecrite, fige, lue.facultatif, le))


def _etat(demande: FormationDemandee, fige: bool, facultatif: bool, le: datetime) -> str:
    if fige:
        return "Verrouillé : entretien passé"
    if demande.avis_complet:
        return f"Enregistré {_dire_quand(demande.avis_le, le)}"
    if demande.avis:
        return "Commentaire manquant"
    if demande.commentaire:
        return "Avis manquant"
    return "Facultatif" if facultatif else "À saisir"


def _dire_quand(instant: datetime | None, le: datetime) -> str:
    if instant is None:
        return ""
    if jour_de(instant) == jour_de(le):
        return f"à {dire_heure(instant)}"
    return f"le {dire_jour(jour_de(instant), annee=False)}"


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


def empreinte(avis: str, commentaire: str) -> str:
    """Empreinte d'une ligne telle qu'elle a été montrée : une ligne rendue inchangée n'est pas une saisie."""
    return hashlib.sha256(f"{avis}\n{commentaire}".encode()).hexdigest()[:16]


def libelle_d_avis(valeur: str) -> str:
    return LIBELLES_AVIS[Avis(valeur)] if valeur else "Sans avis"
