"""Tout inscrit doit être convoqué : qui attend encore une place, où, depuis quand, et s'il en reste (R26).

Une place compte si elle est libre, à venir et de la modalité que l'établissement d'accueil offre pour le domaine ;
un accueil au choix les prend toutes. Les nombres sont ceux des listes : `sans_place` rend une ligne par place à créer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from candidatures.models import Candidature
from candidatures.rules import Etat
from comptes.lectures_preparees import InstantTemoin, LecturePreparee, clef_temoin
from entretiens.lectures import places_libres, somme_des_places_libres
from entretiens.models import Creneau
from referentiel.models import Accueil, Campagne, Etablissement
from referentiel.rules.identifiants import cle_de_recherche


@dataclass(frozen=True, slots=True)
class AttenteDUnDomaine:
    """Ce qui attend chez un établissement pour un domaine."""

    domaine: str
    attendent: int
    plus_ancienne: datetime
    places: int

    @property
    def manque(self) -> int:
        return max(0, self.attendent - self.places)


@dataclass(frozen=True, slots=True)
class AttenteDUnAccueil:
    """Ce qui attend chez un établissement d'accueil, tous domaines réunis.

    `attendent` : à planifier ; `reserves` : créneau réservé, convocation à envoyer ; `manque` : somme des places qui
    manquent à chaque domaine, une place libre d'un domaine ne servant pas à un autre.
    """

    etablissement: int
    uai: str
    nom: str
    commune: str
    departement: str
    attendent: int
    reserves: int
    plus_ancienne: datetime
    places: int
    manque: int

    @property
    def sans_convocation(self) -> int:
        return self.attendent + self.reserves

    @property
    def est_sans_creneau(self) -> bool:
        """Des élèves attendent, et aucune place n'est à venir."""
        return self.attendent > 0 and not self.places


def sans_place(candidatures: QuerySet[Candidature], le: datetime) -> QuerySet[Candidature]:
    """Candidatures qui n'auront pas de place si rien ne s'ouvre : les dernières inscrites de chaque accueil."""
    rangees = candidatures.filter(etat=Etat.INSCRITE).annotate(
        rang=Window(RowNumber(), partition_by="accueil", order_by=[F("inscrite_le").asc(nulls_last=True), "pk"]),
        places=places_libres(le, accueil="accueil"),
    )
    return Candidature.objects.filter(pk__in=rangees.filter(rang__gt=F("places")).values("pk"))


def attentes_par_domaine(campagne: Campagne, etablissement_id: int, le: datetime) -> list[AttenteDUnDomaine]:
    """Domaines où des élèves attendent chez cet établissement, le plus attendu d'abord ; une requête."""
    lignes = PAR_DOMAINE.lire(campagne=campagne.pk, etablissement=etablissement_id, le=le)
    return [
        AttenteDUnDomaine(ligne["nom"], ligne["attendent"], ligne["plus_ancienne"], ligne["places"] or 0)
        for ligne in lignes
    ]


def _par_domaine() -> QuerySet:
    return (
        Candidature.objects.de_l_accueil(CAMPAGNE, ETABLISSEMENT)
        .filter(etat=Etat.INSCRITE)
        .order_by()
        .values("accueil", nom=F("domaine__nom"), cle=F("domaine__cle"))
        .annotate(
            attendent=Count("pk"),
            plus_ancienne=Min("inscrite_le"),
            places=somme_des_places_libres(INSTANT, accueil="accueil"),
        )
        .order_by("-attendent", "cle")
    )


CAMPAGNE, ETABLISSEMENT, INSTANT = clef_temoin(0), clef_temoin(1), InstantTemoin(2000, 1, 1, tzinfo=UTC)
PAR_DOMAINE = LecturePreparee(_par_domaine, {"campagne": CAMPAGNE, "etablissement": ETABLISSEMENT, "le": INSTANT})


def accueils_sans_creneau(candidatures: QuerySet[Candidature], le: datetime) -> QuerySet[Etablissement]:
    """Établissements d'accueil où des élèves attendent et qui n'ont aucune place pour eux."""
    attendus = Accueil.objects.filter(pk__in=candidatures.filter(etat=Etat.INSCRITE).order_by().values("accueil"))
    return Etablissement.objects.filter(pk__in=attendus.values("etablissement")).exclude(
        pk__in=_avec_une_place(attendus, le)
    )


def attendent_sans_creneau(candidatures: QuerySet[Candidature], le: datetime) -> QuerySet[Candidature]:
    """Candidatures qui attendent chez ces établissements."""
    inscrites = candidatures.filter(etat=Etat.INSCRITE)
    attendus = Accueil.objects.filter(pk__in=inscrites.order_by().values("accueil"))
    return inscrites.exclude(accueil__etablissement__in=_avec_une_place(attendus, le))


def _avec_une_place(attendus: QuerySet[Accueil], le: datetime) -> QuerySet[Accueil]:
    """Établissements qui ont une place pour un de ces accueils : cherchée une fois par accueil, non par élève."""
    une_place = Creneau.objects.offerts(le).filter(seance__accueil=OuterRef("pk"))
    return attendus.filter(Exists(une_place)).values("etablissement")


def attentes_par_accueil(candidatures: QuerySet[Candidature], le: datetime) -> list[AttenteDUnAccueil]:
    """Établissements d'accueil où des élèves attendent une place ou une convocation, le plus attendu d'abord.

    `candidatures` borne la lecture : celles d'une campagne, d'un département. Deux requêtes.
    """
    par_accueil = list(
        candidatures.sans_convocation()
        .order_by()
        .values("accueil")
        .annotate(
            attendent=Count("pk", filter=Q(etat=Etat.INSCRITE)),
            reserves=Count("pk", filter=Q(etat=Etat.PLANIFIEE)),
            plus_ancienne=Min("inscrite_le"),
            libres=somme_des_places_libres(le, accueil="accueil"),
        )
    )
    lieux = Accueil.objects.select_related("etablissement").in_bulk([ligne["accueil"] for ligne in par_accueil])
    reunies: dict[int, list[dict]] = {}
    for ligne in par_accueil:
        # Un accueil vidé, puis retiré, entre les deux lectures n'attend plus personne.
        if (lieu := lieux.get(ligne["accueil"])) is not None:
            reunies.setdefault(lieu.etablissement_id, []).append(ligne)
    attentes = [_reunir(lieux[lignes[0]["accueil"]], lignes) for lignes in reunies.values()]
    return sorted(attentes, key=lambda attente: (-attente.attendent, -attente.reserves, cle_de_recherche(attente.nom)))


def _reunir(accueil: Accueil, lignes: list[dict]) -> AttenteDUnAccueil:
    etablissement = accueil.etablissement
    return AttenteDUnAccueil(
        etablissement=etablissement.pk,
        uai=etablissement.uai,
        nom=etablissement.nom,
        commune=etablissement.commune,
        departement=etablissement.departement,
        attendent=sum(ligne["attendent"] for ligne in lignes),
        reserves=sum(ligne["reserves"] for ligne in lignes),
        plus_ancienne=min(ligne["plus_ancienne"] for ligne in lignes),
        places=sum(ligne["libres"] or 0 for ligne in lignes if ligne["attendent"]),
        manque=sum(max(0, ligne["attendent"] - (ligne["libres"] or 0)) for ligne in lignes),
    )
