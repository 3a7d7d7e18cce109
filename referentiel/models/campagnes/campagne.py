"""La campagne d'une académie : son année, son état, ce qu'elle ouvre et montre (R1)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from referentiel.models.campagnes.annonces import Annonce
from referentiel.models.campagnes.derogations import Derogation
from referentiel.models.etablissements import Academie
from referentiel.rules.calendrier import Bornes, Calendrier, Nature
from referentiel.rules.jeu import Publication
from referentiel.rules.ouverture import Ouverture


class CampagneQuerySet(models.QuerySet):
    def ouvertes(self) -> "CampagneQuerySet":
        return self.filter(etat=Campagne.Etat.OUVERTE)

    def avec_regles(self) -> "CampagneQuerySet":
        """Campagne, jeu de règles et périodes : deux requêtes, quel que soit leur nombre."""
        return self.select_related("academie", "regles").prefetch_related("periodes")

    def avec_ses_abords(self, etablissement_id: Any) -> "CampagneQuerySet":
        """Pose, sans requête de plus, `delais` (dérogations de l'établissement) et `closes` (autres années closes).

        `etablissement_id` est une clé, ou le paramètre d'une lecture préparée.
        """
        delais = Derogation.objects.filter(campagne=OuterRef("pk"), etablissement=etablissement_id)
        closes = Campagne.objects.filter(academie=OuterRef("academie"), etat=Campagne.Etat.CLOSE)
        return self.annotate(
            delais=ArraySubquery(delais.values_list(JSONObject(nature="nature", jusqu_au="jusqu_au"))),
            closes=ArraySubquery(closes.exclude(pk=OuterRef("pk")).order_by("-annee").values("annee")),
        )

    def avec_annonces(self, le: Any) -> "CampagneQuerySet":
        """Pose, sans requête de plus, `annonces_en_ligne` à l'instant `le`, la plus récente d'abord (écran S11).

        `le` est un instant, ou le paramètre d'une lecture préparée.
        """
        en_ligne = Annonce.objects.filter(campagne=OuterRef("pk"), du__lte=le, au__gt=le).order_by("-du", "-pk")
        champs = {champ: champ for champ in ("titre", "texte", "publics", "departements", "importante")}
        return self.annotate(annonces_en_ligne=ArraySubquery(en_ligne.values_list(JSONObject(**champs))))

    def courante(self, academie: Academie, *, annee: int | None = None) -> "Campagne | None":
        """Campagne ouverte de `academie`, sinon la plus récente qui soit close ; celle de `annee` si elle est dite."""
        return self.filter(academie=academie).de_l_annee(annee).publiees().first()

    def de_la_premiere_academie(self) -> "CampagneQuerySet":
        """Campagnes publiées, dans l'ordre où les pages proposent les académies ; les ouvertes d'abord."""
        ouvertes_d_abord = models.Case(models.When(etat=Campagne.Etat.OUVERTE, then=0), default=1)
        return self.publiees().order_by(ouvertes_d_abord, "academie__nom", "-annee")

    def de_l_annee(self, annee: int | None) -> "CampagneQuerySet":
        return self.filter(annee=annee) if annee else self

    def publiees(self) -> "CampagneQuerySet":
        """Campagnes ouvertes d'abord, puis closes, la plus récente en tête ; rien de ce qui se prépare."""
        ouvertes_d_abord = models.Case(models.When(etat=Campagne.Etat.OUVERTE, then=0), default=1)
        return self.avec_regles().exclude(etat=Campagne.Etat.PREPARATION).order_by(ouvertes_d_abord, "-annee", "-pk")


class Campagne(models.Model):
    """Une académie, une année scolaire, un calendrier, un jeu de règles (R1)."""

    class Etat(models.TextChoices):
        PREPARATION = "preparation", "En préparation"
        OUVERTE = "ouverte", "Ouverte"
        CLOSE = "close", "Close"

    # Une campagne garde la trace de son académie.
    academie = models.ForeignKey(Academie, verbose_name="académie", on_delete=models.PROTECT, related_name="campagnes")
    annee = models.PositiveSmallIntegerField("année", help_text="Année civile des entretiens, par exemple 2027.")
    intitule = models.CharField("intitulé", max_length=80)
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.PREPARATION)

    objects = CampagneQuerySet.as_manager()

    class Meta:
        verbose_name = "campagne"
        verbose_name_plural = "campagnes"
        ordering = ["-annee", "academie"]
        constraints = [
            models.UniqueConstraint(
                fields=["academie"],
                condition=Q(etat="ouverte"),
                name="campagne_une_seule_ouverte",
                violation_error_message="Cette académie a déjà une campagne ouverte\u00a0: fermez-la d’abord.",
            ),
            models.UniqueConstraint(
                fields=["academie", "intitule"],
                name="campagne_intitule_unique",
                violation_error_message="Cette académie a déjà une campagne de ce nom.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intitule} ({self.academie})"

    @property
    def calendrier(self) -> Calendrier:
        return Calendrier({Nature(p.nature): p.bornes for p in self.periodes.all()})

    @property
    def conges(self) -> list[tuple[str, Bornes]]:
        """Libellé et bornes de chaque période de vacances, dans l'ordre."""
        return [(vacances.libelle, Bornes(vacances.debut, vacances.fin)) for vacances in self.vacances.all()]

    @property
    def est_ouverte(self) -> bool:
        return self.etat == self.Etat.OUVERTE

    def ouverture(self, le: datetime, derogations: Mapping[Nature, date] | None = None) -> Ouverture:
        """Ce que le calendrier ouvre à l'instant `le`, avec les délais accordés à un établissement (R1, R4)."""
        refus = (
            ""
            if self.est_ouverte
            else f"La campagne «\u00a0{self.intitule}\u00a0» n’est pas ouverte\u00a0: consultation seule."
        )
        return Ouverture(self.calendrier, le, derogations or {}, self.regles.grace_accordee, refus)

    @property
    def avis_d_accueil_visibles_des(self) -> datetime | None:
        """Instant où l'origine voit les avis d'accueil transmis ; `None` : dès leur transmission (R5, R30).

        Sans date de visualisation au calendrier, rien ne paraît avant le dernier jour de la campagne.
        """
        if self.regles.publication == Publication.DES_TRANSMISSION:
            return None
        calendrier = self.calendrier
        visualisation = calendrier.periodes.get(Nature.VISUALISATION, Bornes())
        return visualisation.ouvre_a() or Bornes(calendrier.dernier_jour()).ouvre_a()

    def montre_les_avis_d_accueil(self, le: datetime) -> bool:
        """Vrai si l'origine voit, à l'instant `le`, ce que l'accueil a transmis : la seule réponse (R30)."""
        ouverture = self.avis_d_accueil_visibles_des
        return ouverture is None or le >= ouverture
