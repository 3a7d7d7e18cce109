"""Les fiches à remettre d'un établissement d'origine, une ligne par élève (écran O14).

Rien n'y entre, ni ligne, ni nombre, ni recherche, tant que les avis d'accueil ne lui sont pas visibles (R30).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from avis.models import CompteRendu, Fiche
from avis.presentation import ETATS_DE_FICHE, EtatDeFiche
from candidatures.models import Candidature, Eleve
from candidatures.presentation import Presentation
from candidatures.rules import Etat, dire_l_eleve
from referentiel.listes import adresse_de_chacune
from referentiel.models import Campagne
from referentiel.rules.dates import PARIS, dire_jour_court, jour_de
from referentiel.rules.jeu import Modalite

REMISE = Q(derniere_remise__isnull=False)
DEPASSEE = Q(dernier_retour__gt=F("derniere_remise"))
CONDITIONS: dict[EtatDeFiche, Q] = {
    EtatDeFiche.A_REMETTRE: ~REMISE,
    EtatDeFiche.NOUVEAU: REMISE & DEPASSEE,
    EtatDeFiche.REMISE: REMISE & ~DEPASSEE,
}


def eleves_avec_un_retour(campagne: Campagne, etablissement_id: int, le: datetime) -> QuerySet[Eleve]:
    """Élèves dont un compte-rendu au moins est visible, avec leurs nombres, par classe puis par nom."""
    visibles = CompteRendu.objects.visibles_a_l_origine(campagne, le)
    de_l_eleve = visibles.filter(candidature__eleve=OuterRef("pk")).order_by().values("candidature__eleve")
    attendues = (
        Candidature.objects.actives()
        .filter(eleve=OuterRef("pk"), inscrite_le__isnull=False)
        .exclude(etat=Etat.A_VALIDER)
        .exclude(modalite=Modalite.COLLECTIF)
        .order_by()
        .values("eleve")
    )
    remises = Fiche.objects.filter(eleve=OuterRef("pk")).order_by().values("eleve")
    eleves = Eleve.objects.de_l_origine(campagne, etablissement_id)
    if not campagne.montre_les_avis_d_accueil(le):
        eleves = eleves.none()
    return (
        eleves.annotate(
            rendus=_nombre(de_l_eleve),
            domaines=_nombre(attendues),
            dernier_retour=Subquery(de_l_eleve.annotate(d=Max(Coalesce("corrige_le", "transmis_le"))).values("d")),
            derniere_remise=Subquery(remises.annotate(d=Max("remise_le")).values("d")),
        )
        .filter(rendus__gt=0)
        .order_by("classe", "cle", "pk")
    )


def de_cet_etat(eleves: QuerySet[Eleve], etat: EtatDeFiche | None) -> QuerySet[Eleve]:
    return eleves.filter(CONDITIONS[etat]) if etat else eleves


def compter_les_fiches(eleves: QuerySet[Eleve]) -> dict[str, int]:
    """Nombre de fiches par état, et en tout, en une requête."""
    comptes = {etat.name.lower(): Count("pk", filter=condition) for etat, condition in CONDITIONS.items()}
    return eleves.order_by().aggregate(total=Count("pk"), **comptes)


@dataclass(frozen=True, slots=True)
class LigneDeRemise:
    """Un élève dans la liste des fiches, tel que sa ligne le montre."""

    code: str
    url: str
    eleve: str
    classe: str
    rendus: int
    domaines: int
    retour_en_iso: str
    retour: str
    presentation: Presentation
    remise: str


COLONNES = ("code", "nom", "prenom", "classe", "rendus", "domaines", "dernier_retour", "derniere_remise")


def a_ranger(eleves: QuerySet[Eleve]) -> QuerySet[Eleve, tuple]:
    """Élèves de `eleves_avec_un_retour`, les seules colonnes de leur ligne."""
    return eleves.values_list(*COLONNES)


def lignes(page: Iterable[tuple], uai: str) -> list[LigneDeRemise]:
    """Lignes d'une page de `a_ranger`."""
    url = adresse_de_chacune("avis:fiche", uai)
    return [
        LigneDeRemise(
            code=code,
            url=url(code),
            eleve=dire_l_eleve(nom, prenom),
            classe=classe,
            rendus=rendus,
            domaines=domaines,
            retour_en_iso=retour.astimezone(PARIS).isoformat(),
            retour=dire_jour_court(jour_de(retour)),
            presentation=ETATS_DE_FICHE[etat_de(retour, remise)],
            remise=dire_jour_court(jour_de(remise)) if remise else "",
        )
        for code, nom, prenom, classe, rendus, domaines, retour, remise in page
    ]


def etat_de(dernier_retour: datetime, derniere_remise: datetime | None) -> EtatDeFiche:
    if derniere_remise is None:
        return EtatDeFiche.A_REMETTRE
    return EtatDeFiche.NOUVEAU if dernier_retour > derniere_remise else EtatDeFiche.REMISE


def _nombre(lignes: QuerySet) -> Coalesce:
    return Coalesce(Subquery(lignes.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
