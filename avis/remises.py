"""Les fiches à remettre d'un établissement d'origine, une ligne par élève (écran O14).

Rien n'y entre, ni ligne, ni nombre, ni recherche, tant que les avis d'accueil ne lui sont pas visibles (R30).
"""

from datetime import datetime

from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from avis.models import CompteRendu, Fiche
from avis.presentation import EtatDeFiche
from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat
from referentiel.models import Campagne
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


def etat_de(eleve: Eleve) -> EtatDeFiche:
    """État de la fiche d'un élève lu par `eleves_avec_un_retour`."""
    if eleve.derniere_remise is None:
        return EtatDeFiche.A_REMETTRE
    return EtatDeFiche.NOUVEAU if eleve.dernier_retour > eleve.derniere_remise else EtatDeFiche.REMISE


def _nombre(lignes: QuerySet) -> Coalesce:
    return Coalesce(Subquery(lignes.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
