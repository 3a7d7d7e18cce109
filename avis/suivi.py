"""Les comptes-rendus qu'un établissement d'accueil doit transmettre, le premier dû d'abord (écrans A11, A12)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from avis.dossiers import compte_rendu_de, demandes_de, entretien_de
from avis.models import CompteRendu
from avis.presentation import SUIVIS, Suivi
from avis.rules import EtatCompteRendu, dernier_jour_en_retard, est_en_retard, jours_de_retard
from candidatures.models import Candidature, FormationDemandee
from candidatures.presentation import Presentation
from candidatures.rules import ENTRETIEN_A_VENIR, Etat
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Campagne
from referentiel.rules.dates import INSECABLE, dire_jour, fin_du_jour, jour_de
from referentiel.rules.jeu import Modalite, echeance_du_compte_rendu

TRANSMIS = Q(candidature__compte_rendu__etat=EtatCompteRendu.TRANSMIS)
SANS_TEXTE = Q(candidature__compte_rendu__isnull=True)
TENUS = Q(etat=EtatEntretien.TENU, candidature__etat__in=(Etat.REALISEE, Etat.RENDUE))


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
    def presentation(self) -> Presentation:
        return SUIVIS[self.suivi]

    @property
    def est_renvoye(self) -> bool:
        """Vrai si la relecture l'a rendu à qui l'a rédigé, avec un message."""
        compte_rendu = getattr(self.candidature, "compte_rendu", None)
        return compte_rendu is not None and bool(compte_rendu.renvoi) and not compte_rendu.est_a_relire

    @property
    def phrase_de_retard(self) -> str:
        """« en retard de 2 jours », ou rien."""
        if not self.retard:
            return ""
        return f"en retard de {self.retard}{INSECABLE}jour{'s' if self.retard > 1 else ''}"


def entretiens_individuels(campagne: Campagne) -> QuerySet[Entretien]:
    """Entretiens individuels de la campagne, le plus ancien d'abord : c'est aussi l'ordre des échéances."""
    de_la_campagne = Entretien.objects.filter(candidature__domaine__campagne=campagne)
    return de_la_campagne.exclude(creneau__seance__modalite=Modalite.COLLECTIF).order_by("periode", "pk")


def entretiens_tenus(campagne: Campagne, etablissement_id: int) -> QuerySet[Entretien]:
    """Entretiens individuels tenus chez cet accueil."""
    return entretiens_individuels(campagne).filter(TENUS, candidature__accueil__etablissement=etablissement_id)


def entretiens_a_rendre(campagne: Campagne, etablissement_id: int, le: datetime) -> QuerySet[Entretien]:
    """Entretiens individuels tenus chez cet accueil, et ceux qui ont commencé sans que la présence soit notée."""
    return entretiens_individuels(campagne).filter(
        TENUS | presence_attendue(le), candidature__accueil__etablissement=etablissement_id
    )


def presence_attendue(le: datetime) -> Q:
    return Q(etat=EtatEntretien.PREVU, periode__startswith__lte=le, candidature__etat__in=ENTRETIEN_A_VENIR)


def en_retard(campagne: Campagne, le: datetime) -> Q:
    """Condition d'un entretien dont le compte-rendu, pas encore transmis, a dépassé son délai à l'instant `le`."""
    return ~TRANSMIS & _echu(campagne, le)


def _echu(campagne: Campagne, le: datetime) -> Q:
    limite = fin_du_jour(dernier_jour_en_retard(campagne.regles.delai_compte_rendu, le))
    return Q(periode__startswith__lt=limite)


def comptes_rendus_en_retard(
    campagne: Campagne, le: datetime, departements: Collection[str] | None = None
) -> QuerySet[Entretien]:
    """Entretiens tenus dont le compte-rendu a dépassé son délai ; d'élèves de `departements`, si c'est dit."""
    tenus = Entretien.objects.filter(
        en_retard(campagne, le),
        etat=EtatEntretien.TENU,
        candidature__domaine__campagne=campagne,
        candidature__etat=Etat.REALISEE,
    ).order_by()
    if departements is None:
        return tenus
    return tenus.filter(candidature__eleve__etablissement__departement__in=sorted(departements))


def de_ce_suivi(entretiens: QuerySet[Entretien], suivi: Suivi | None, campagne: Campagne, le: datetime):
    """Entretiens de `suivi` ; sans suivi, tous ceux dont le compte-rendu reste à transmettre."""
    return entretiens.filter(_conditions(campagne, le)[suivi] if suivi else ~TRANSMIS)


def compter(entretiens: QuerySet[Entretien], campagne: Campagne, le: datetime) -> dict[str, int]:
    """Nombre de comptes-rendus par suivi, et « total », ceux qui restent à transmettre, en une requête."""
    comptes = {suivi.name.lower(): Count("pk", filter=q) for suivi, q in _conditions(campagne, le).items()}
    return entretiens.order_by().aggregate(total=Count("pk", filter=~TRANSMIS), **comptes)


def _conditions(campagne: Campagne, le: datetime) -> dict[Suivi, Q]:
    tenu = Q(etat=EtatEntretien.TENU)
    return {
        Suivi.RETARD: en_retard(campagne, le) & tenu,
        Suivi.PRESENCE: ~tenu,
        Suivi.A_SAISIR: SANS_TEXTE & ~_echu(campagne, le) & tenu,
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
        suivi=_suivi(entretien, compte_rendu, depasse),
        transmis_en_retard=bool(transmis_le) and depasse,
    )


def _suivi(entretien: Entretien, compte_rendu: CompteRendu | None, depasse: bool) -> Suivi:
    if entretien.etat == EtatEntretien.PREVU:
        return Suivi.PRESENCE
    if compte_rendu and compte_rendu.est_transmis:
        return Suivi.TRANSMIS
    if compte_rendu and compte_rendu.etat == EtatCompteRendu.A_RELIRE:
        return Suivi.A_RELIRE
    if depasse:
        return Suivi.RETARD
    return Suivi.BROUILLON if compte_rendu else Suivi.A_SAISIR


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
