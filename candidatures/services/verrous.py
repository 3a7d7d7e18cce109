"""Les verrous, toujours dans l'ordre de la maison : l'élève, puis la candidature."""

from collections.abc import Sequence

from candidatures.models import Candidature, Eleve
from referentiel.models import Etablissement
from referentiel.rules.refus import Refus

EFFACE = "Les données de cet élève sont effacées\u00a0: rien n’y revient."
PARTI = "Le dossier de l’élève vient d’être transféré ou supprimé. Rechargez la page."


def tenir_l_etablissement(cle: int) -> None:
    """Les ajouts au même établissement passent l'un après l'autre : un double clic ne crée pas de doublon (F6)."""
    Etablissement.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=cle)


def verrouiller_l_eleve(cle: int) -> Eleve:
    """Prend la ligne d'un élève, sans gêner les lectures ni les clés étrangères.

    Elle se lit une fois prise : jointe à son établissement, une ligne qui vient d'en changer serait introuvable.
    """
    Eleve.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=cle)
    eleves = Eleve.objects.select_related("etablissement", "campagne__regles", "campagne__academie")
    return eleves.prefetch_related("campagne__periodes").get(pk=cle)


def tenir_les_eleves(eleves: Sequence[Eleve]) -> None:
    """Prend les lignes de ces élèves, dans l'ordre de leurs clés.

    Lève `Refus` si l'un d'eux n'est plus là où l'appelant l'a lu : son nouvel établissement seul l'inscrit (R37) ; ou
    s'il est effacé (R40).
    """
    lignes = Eleve.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=[eleve.pk for eleve in eleves])
    tenus = {ligne.pk: ligne for ligne in lignes.order_by("pk").only("etablissement", "date_de_naissance")}
    if any(eleve.pk not in tenus or tenus[eleve.pk].etablissement_id != eleve.etablissement_id for eleve in eleves):
        raise Refus(PARTI)
    if any(tenu.est_efface for tenu in tenus.values()):
        raise Refus(EFFACE)


def verrouiller_pour_l_origine(candidature: Candidature) -> Candidature:
    """La candidature, prise au nom de l'établissement d'origine où l'appelant l'a lue.

    Lève `Refus` si l'élève vient d'être transféré (R37).
    """
    ligne = verrouiller_la_candidature(candidature)
    if ligne.eleve.etablissement_id != candidature.eleve.etablissement_id:
        raise Refus(PARTI)
    return ligne


def verrouiller_la_candidature(candidature: Candidature) -> Candidature:
    """Prend l'élève, puis sa candidature, avec tout ce que les services en lisent."""
    Eleve.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=candidature.eleve_id)
    return (
        Candidature.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "eleve__etablissement",
            "accueil__etablissement",
            "domaine__campagne__regles",
            "domaine__campagne__academie",
        )
        .prefetch_related("domaine__campagne__periodes")
        .get(pk=candidature.pk)
    )
