"""Les comptes-rendus qu'un établissement d'accueil doit transmettre, le premier dû d'abord (écrans A11, A12)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from avis.dossiers import compte_rendu_de, demandes_de, entretien_de
from avis.models import CompteRendu
from avis.presentation import Suivi
from avis.rules import EtatCompteRendu, dernier_jour_en_retard, est_en_retard, jours_de_retard
from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import ENTRETIEN_A_VENIR, Etat
from comptes.lectures_preparees import Parametre
from entretiens.models import D_UN_ELEVE_EFFACE, Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.conditions_preparees import de_la_campagne
from referentiel.models import Campagne
from referentiel.rules.dates import INSECABLE, dire_jour, fin_du_jour, jour_de
from referentiel.rules.jeu import Modalite, echeance_du_compte_rendu

TRANSMIS = Q(candidature__compte_rendu__etat=EtatCompteRendu.TRANSMIS)
SANS_TEXTE = Q(candidature__compte_rendu__isnull=True)
ENTENDUES = (Etat.REALISEE, Etat.RENDUE)
TENUS = Q(etat=EtatEntretien.TENU, candidature__etat__in=ENTENDUES) & (
    Q(candidature__etat=Etat.RENDUE) | ~D_UN_ELEVE_EFFACE
)


@dataclass(frozen=True, slots=True)
class LigneDeSuivi:
    """Un entretien tenu et le compte-rendu qu'il appelle."""

    entretien: Entretien
    echeance: date
    retard: int
    suivi: Suivi
    transmis_en_retard: bool

    @property
    def candidature(self) -> Candidature:
        return self.entretien.candidature

    @property
    def phrase_de_retard(self) -> str:
        return dire_le_retard(self.retard)


def dire_le_retard(jours: int) -> str:
    """« en retard de 2 jours », ou rien."""
    return f"en retard de {jours}{INSECABLE}jour{'s' if jours > 1 else ''}" if jours else ""


def entretiens_individuels(campagne: Campagne | Parametre) -> QuerySet[Entretien]:
    """Entretiens individuels de la campagne, le plus ancien d'abord : c'est aussi l'ordre des échéances."""
    de_la_campagne = Entretien.objects.filter(candidature__domaine__campagne=campagne)
    return de_la_campagne.exclude(creneau__seance__modalite=Modalite.COLLECTIF).order_by("periode", "pk")


def entretiens_tenus(campagne: Campagne, etablissement_id: int) -> QuerySet[Entretien]:
    """Entretiens individuels tenus chez cet accueil."""
    return entretiens_individuels(campagne).filter(TENUS, candidature__accueil__etablissement=etablissement_id)


def entretiens_a_rendre(
    campagne: Campagne | Parametre, etablissement_id: int | Parametre, le: datetime | Parametre
) -> QuerySet[Entretien]:
    """Entretiens individuels tenus chez cet accueil, et ceux qui ont commencé sans que la présence soit notée."""
    return entretiens_individuels(campagne).filter(
        TENUS | presence_attendue(le),
        candidature__accueil__etablissement=etablissement_id,
        # Ce que dit déjà chaque branche : l'index d'un accueil y mène alors droit.
        candidature__etat__in=(*ENTENDUES, *ENTRETIEN_A_VENIR),
    )


def presence_attendue(le: datetime | Parametre) -> Q:
    commences = Q(etat=EtatEntretien.PREVU, periode__startswith__lte=le, candidature__etat__in=ENTRETIEN_A_VENIR)
    return commences & ~D_UN_ELEVE_EFFACE


def en_retard(campagne: Campagne, le: datetime) -> Q:
    """Condition d'un entretien dont le compte-rendu, pas encore transmis, a dépassé son délai à l'instant `le`."""
    return ~TRANSMIS & _echu(limite_du_retard(campagne, le))


def limite_du_retard(campagne: Campagne, le: datetime) -> datetime:
    """Un entretien commencé avant cet instant a dépassé, à l'instant `le`, le délai de son compte-rendu."""
    return fin_du_jour(dernier_jour_en_retard(campagne.regles.delai_compte_rendu, le))


def _echu(limite: datetime | Parametre) -> Q:
    return Q(periode__startswith__lt=limite)


def comptes_rendus_en_retard(
    campagne: Campagne, le: datetime, departements: Collection[str] | None = None
) -> QuerySet[Entretien]:
    """Entretiens tenus dont le compte-rendu a dépassé son délai ; d'élèves de `departements`, si c'est dit."""
    tenus = Entretien.objects.filter(
        de_la_campagne("candidature__domaine", campagne),
        en_retard(campagne, le) & ~D_UN_ELEVE_EFFACE,
        etat=EtatEntretien.TENU,
        candidature__etat=Etat.REALISEE,
    ).order_by()
    if departements is None:
        return tenus
    return tenus.filter(candidature__eleve__etablissement__departement__in=sorted(departements))


def de_ce_suivi(entretiens: QuerySet[Entretien], suivi: Suivi | None, campagne: Campagne, le: datetime):
    """Entretiens de `suivi` ; sans suivi, tous ceux dont le compte-rendu reste à transmettre."""
    return retenus(entretiens, suivi, limite_du_retard(campagne, le))


def retenus(entretiens: QuerySet[Entretien], suivi: Suivi | None, limite: datetime | Parametre) -> QuerySet[Entretien]:
    """Comme `de_ce_suivi` ; `limite` est celle du retard."""
    if suivi is Suivi.TRANSMIS:
        return entretiens.filter(TRANSMIS)
    # Une candidature est rendue quand son compte-rendu est transmis : le redire épargne de lire ceux-là.
    return entretiens.filter(_conditions(limite)[suivi] if suivi else ~TRANSMIS).exclude(candidature__etat=Etat.RENDUE)


def nombres(limite: datetime | Parametre) -> dict[str, Count]:
    """Ce qui compte les entretiens de chaque suivi, et « total », ceux dont le compte-rendu reste à transmettre."""
    comptes = {suivi.name.lower(): Count("pk", filter=q) for suivi, q in _conditions(limite).items()}
    return {"total": Count("pk", filter=~TRANSMIS)} | comptes


def _conditions(limite: datetime | Parametre) -> dict[Suivi, Q]:
    tenu = Q(etat=EtatEntretien.TENU)
    return {
        Suivi.RETARD: ~TRANSMIS & _echu(limite) & tenu,
        Suivi.PRESENCE: ~tenu,
        Suivi.A_SAISIR: SANS_TEXTE & ~_echu(limite) & tenu,
        Suivi.BROUILLON: Q(candidature__compte_rendu__etat=EtatCompteRendu.BROUILLON) & tenu,
        Suivi.A_RELIRE: Q(candidature__compte_rendu__etat=EtatCompteRendu.A_RELIRE) & tenu,
        Suivi.TRANSMIS: TRANSMIS,
    }


def avec_tout(entretiens: QuerySet[Entretien]) -> QuerySet[Entretien]:
    return entretiens.select_related(
        "candidature__eleve__etablissement",
        "candidature__domaine",
        "candidature__compte_rendu",
        "creneau__seance__jury",
    )


def ligne_de_suivi(
    entretien: Entretien, compte_rendu: CompteRendu | None, campagne: Campagne, le: datetime
) -> LigneDeSuivi:
    delai = campagne.regles.delai_compte_rendu
    jour = jour_de(entretien.periode.lower)
    transmis_le = compte_rendu.transmis_le if compte_rendu else None
    depasse = est_en_retard(jour, delai, transmis_le=transmis_le, le=le)
    return LigneDeSuivi(
        entretien=entretien,
        echeance=echeance_du_compte_rendu(jour, delai),
        retard=0 if transmis_le else jours_de_retard(jour, delai, le),
        suivi=suivi_de(entretien.etat, compte_rendu.etat if compte_rendu else None, depasse=depasse),
        transmis_en_retard=bool(transmis_le) and depasse,
    )


def suivi_de(etat: str, redaction: str | None, *, depasse: bool) -> Suivi:
    """Où en est le compte-rendu d'un entretien dans cet `etat` ; `redaction` est celui du texte, s'il y en a un."""
    if etat == EtatEntretien.PREVU:
        return Suivi.PRESENCE
    if redaction == EtatCompteRendu.TRANSMIS:
        return Suivi.TRANSMIS
    if redaction == EtatCompteRendu.A_RELIRE:
        return Suivi.A_RELIRE
    if depasse:
        return Suivi.RETARD
    return Suivi.BROUILLON if redaction else Suivi.A_SAISIR


@dataclass(frozen=True, slots=True)
class Saisie:
    """Ce qu'il faut pour écrire un compte-rendu : l'élève, ce que dit l'origine, ce qui est déjà écrit."""

    candidature: Candidature
    demandes: list[FormationDemandee]
    compte_rendu: CompteRendu | None
    entretien: Entretien | None

    @property
    def version(self) -> int:
        return self.compte_rendu.version if self.compte_rendu else 0

    @property
    def texte(self) -> str:
        return self.compte_rendu.texte if self.compte_rendu else ""

    @property
    def est_transmis(self) -> bool:
        return bool(self.compte_rendu and self.compte_rendu.est_transmis)

    @property
    def attend_la_presence(self) -> bool:
        return self.entretien is not None and self.entretien.etat == EtatEntretien.PREVU

    @property
    def est_absent(self) -> bool:
        return self.entretien is not None and self.entretien.etat == EtatEntretien.ABSENT


def lire_la_saisie(candidature: Candidature) -> Saisie:
    """Lit, en trois requêtes, ce que la page de saisie montre."""
    return Saisie(
        candidature=candidature,
        demandes=demandes_de(candidature),
        compte_rendu=compte_rendu_de(candidature),
        entretien=entretien_de(candidature),
    )


def pourquoi_pas_de_saisie(saisie: Saisie, le: datetime) -> str:
    """Phrase qui remplace le formulaire quand il n'y a pas, ou pas encore, de compte-rendu à écrire (R28, R29)."""
    entretien = saisie.entretien
    if saisie.candidature.modalite == Modalite.COLLECTIF or (entretien and entretien.creneau.seance.est_collective):
        return "Les séances collectives ne donnent pas lieu à un compte-rendu."
    if entretien is None:
        return "L’entretien n’est pas encore planifié."
    if entretien.etat == EtatEntretien.ABSENT:
        jour = dire_jour(jour_de(entretien.periode.lower), annee=False)
        return f"L’élève ne s’est pas présenté à l’entretien du {jour} : il n’y a pas de compte-rendu."
    if entretien.periode.lower > le:
        return "L’entretien n’a pas encore eu lieu."
    return ""
