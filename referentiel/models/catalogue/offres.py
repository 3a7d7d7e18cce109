"""Les formations que propose chaque établissement d'accueil, filtrées, cherchées, classées (R8, R9)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from referentiel.models.campagnes import Campagne
from referentiel.models.catalogue.accueils import Accueil
from referentiel.models.catalogue.domaines import Formation
from referentiel.models.catalogue.recherche import contient, pertinence, ressemble
from referentiel.models.etablissements import Etablissement
from referentiel.rules.recherche import Mot, Recherche

# Ce que lit chaque filtre du catalogue (R9).
CHAMPS_DES_FILTRES = {
    "domaine": "formation__domaine__slug",
    "departement": "etablissement__departement",
    "ville": "etablissement__commune",
    "etablissement": "etablissement__uai",
    "type": "formation__type",
    "modalite": "rencontre",
}


class OffreQuerySet(models.QuerySet):
    def demandables(self) -> "OffreQuerySet":
        """Offres qui peuvent être demandées dans une candidature (R8)."""
        return self.filter(hors_passpro=False)

    def du_catalogue(self, campagne: Campagne) -> "OffreQuerySet":
        """Offres de `campagne`, formation par formation, chacune avec sa `rencontre` et son `acces`.

        L'accès est celui que dit l'accueil du domaine dans cet établissement.
        """
        acces = Coalesce(models.Subquery(_son_accueil().values("acces")), models.Value(""))
        return self.de_la_campagne(campagne).annotate(acces=acces).par_formation()

    def de_la_campagne(self, campagne: Campagne | models.Value) -> "OffreQuerySet":
        """Offres de `campagne`, chacune avec sa `rencontre`.

        C'est la modalité de l'accueil du domaine dans cet établissement, « ailleurs » s'il n'y reçoit pas,
        « hors_passpro » (R7, R8).
        """
        rencontre = models.Case(
            models.When(hors_passpro=True, then=models.Value("hors_passpro")),
            default=Coalesce(models.Subquery(_son_accueil().values("modalite")), models.Value("ailleurs")),
        )
        retenues = self.filter(formation__domaine__campagne=campagne).annotate(rencontre=rencontre)
        return retenues.select_related("formation__domaine", "etablissement")

    def retenues(self, filtres: Mapping[str, Any]) -> "OffreQuerySet":
        """Offres du catalogue que `filtres` retient (R9).

        `filtres` : les valeurs voulues de chaque filtre, ville (des communes) et modalite (des rencontres) comprises.
        """
        champs = {nom: f"{champ}__in" for nom, champ in CHAMPS_DES_FILTRES.items()}
        return self.filter(**{champ: filtres[nom] for nom, champ in champs.items() if filtres.get(nom)})

    def contenant(self, mots: Iterable[Mot]) -> models.QuerySet:
        """Une ligne, un booléen par mot : vrai si l'une de ces offres le contient. Sans offre, aucune ligne."""
        lus = {f"mot_{rang}": BoolOr(contient(mot)) for rang, mot in enumerate(mots)}
        return self.order_by().values(ensemble=models.Value(1)).annotate(**lus).values_list(*lus)

    def trouvees(self, recherche: Recherche) -> "OffreQuerySet":
        """Offres où chaque mot se trouve, tel quel ou par ressemblance : dans la formation, le domaine ou le lieu.

        Sans égard aux accents, à la casse ni au pluriel (R9).
        """
        conditions = [
            *(contient(mot) for mot in recherche.exacts),
            *(ressemble(mot) for mot in recherche.approches),
        ]
        return self.filter(*conditions)

    def par_formation(self, recherche: Recherche = Recherche()) -> "OffreQuerySet":  # noqa: B008 - figée
        """Formation par formation ; d'abord celles dont le nom porte ce qui est cherché."""
        lieu = ("etablissement__cle_de_commune", "etablissement__cle", "pk")
        return self._classees(
            recherche, "formation__recherche", "formation__cle", "formation__type", "formation", *lieu
        )

    def par_etablissement(self, recherche: Recherche = Recherche()) -> "OffreQuerySet":  # noqa: B008 - figée
        """Établissement par établissement, de ville en ville ; d'abord ceux dont le nom porte ce qui est cherché."""
        lieu = ("etablissement__cle_de_commune", "etablissement__cle", "etablissement")
        return self._classees(recherche, "etablissement__recherche", *lieu, "formation__cle", "formation__type", "pk")

    def _classees(self, recherche: Recherche, cle: str, *ordre: str) -> "OffreQuerySet":
        if not recherche:
            return self.order_by(*ordre)
        return self.order_by(pertinence(recherche, cle).desc(), *ordre)


def _son_accueil() -> models.QuerySet:
    """L'accueil du domaine d'une offre dans son établissement."""
    return Accueil.objects.filter(
        domaine=models.OuterRef("formation__domaine"), etablissement=models.OuterRef("etablissement")
    ).order_by()


class Offre(models.Model):
    """Une formation qu'un établissement d'accueil propose (R8)."""

    # L'offre appartient au catalogue.
    formation = models.ForeignKey(Formation, verbose_name="formation", on_delete=models.CASCADE, related_name="offres")
    # Un établissement qui a une offre ne s'efface pas.
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement", on_delete=models.PROTECT, related_name="offres"
    )
    hors_passpro = models.BooleanField("hors Passpro", default=False)
    presentation = models.CharField(
        "présentation", max_length=500, blank=True, help_text="Portes ouvertes, mini-stages, contact."
    )

    objects = OffreQuerySet.as_manager()

    class Meta:
        verbose_name = "offre"
        verbose_name_plural = "offres"
        ordering = ["formation", "etablissement__cle"]
        constraints = [
            models.UniqueConstraint(
                fields=["formation", "etablissement"],
                name="offre_unique",
                violation_error_message="Cet établissement propose déjà cette formation.",
            ),
            models.CheckConstraint(
                name="offre_hors_passpro_presentee",
                condition=Q(hors_passpro=False) | ~Q(presentation=""),
                violation_error_message="Une offre hors Passpro dit comment elle se présente aux élèves.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.formation} – {self.etablissement}"
