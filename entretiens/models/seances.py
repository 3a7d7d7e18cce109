"""Ce qu'un lycée ouvre : ses séances, et leurs créneaux (R22, R23)."""

from datetime import date, datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from entretiens.models.lieux import Jury, SerieDeCreneaux
from referentiel.models import Accueil, Campagne, choix
from referentiel.models.codes import nouveau_code
from referentiel.rules.dates import dire_heure, dire_instant, jour_de
from referentiel.rules.jeu import Modalite


class SeanceQuerySet(models.QuerySet):
    def de_l_accueil(self, campagne: Campagne, etablissement_id: int) -> "SeanceQuerySet":
        return self.filter(accueil__domaine__campagne=campagne, accueil__etablissement=etablissement_id)

    def maintenues(self) -> "SeanceQuerySet":
        """Séances qui auront lieu : une séance annulée rend son jury et sa salle."""
        return self.filter(annulee_le__isnull=True)


class Seance(models.Model):
    """Ce qu'un établissement ouvre : un jour, une salle, un jury, de telle à telle heure."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un accueil ne s'efface pas tant qu'il a des séances.
    accueil = models.ForeignKey(Accueil, verbose_name="accueil", on_delete=models.PROTECT, related_name="seances")
    # Répété de l'accueil pour la contrainte sur la salle.
    etablissement = models.ForeignKey(
        "referentiel.Etablissement", on_delete=models.PROTECT, related_name="+", editable=False
    )
    modalite = models.CharField(
        "modalité", max_length=12, choices=choix.modalites_choisies, default=Modalite.INDIVIDUEL
    )
    # Un jury ne s'efface pas tant qu'il a des séances.
    jury = models.ForeignKey(
        Jury, verbose_name="jury", null=True, blank=True, on_delete=models.PROTECT, related_name="seances"
    )
    salle = models.CharField("salle ou point de rendez-vous", max_length=80, blank=True)
    periode = DateTimeRangeField("période")
    # Une série s'oublie sans ses séances, jamais l'inverse.
    serie = models.ForeignKey(
        SerieDeCreneaux, verbose_name="série", null=True, blank=True, on_delete=models.SET_NULL, related_name="seances"
    )
    annulee_le = models.DateTimeField(
        "annulée le",
        null=True,
        blank=True,
        help_text="Ses créneaux n’ont plus de place\u00a0; jury et salle sont rendus.",
    )
    emargement_imprime_le = models.DateTimeField(
        "feuille d’émargement imprimée le", null=True, blank=True, editable=False
    )

    objects = SeanceQuerySet.as_manager()

    class Meta:
        verbose_name = "séance"
        verbose_name_plural = "séances"
        ordering = ["periode"]
        constraints = [
            ExclusionConstraint(
                name="seance_jury_libre",
                expressions=[("jury", RangeOperators.EQUAL), ("periode", RangeOperators.OVERLAPS)],
                condition=Q(jury__isnull=False, annulee_le__isnull=True),
                violation_error_message="Ce jury mène déjà une séance à cette heure.",
            ),
            ExclusionConstraint(
                name="seance_salle_libre",
                expressions=[
                    ("etablissement", RangeOperators.EQUAL),
                    ("salle", RangeOperators.EQUAL),
                    ("periode", RangeOperators.OVERLAPS),
                ],
                condition=~Q(salle="") & Q(annulee_le__isnull=True),
                violation_error_message="Cette salle est déjà prise à cette heure.",
            ),
            models.CheckConstraint(
                name="seance_bornee",
                condition=Q(periode__isempty=False, periode__lower_inf=False, periode__upper_inf=False),
                violation_error_message="Une séance a un début et une fin.",
            ),
        ]
        indexes = [models.Index(fields=["accueil", "periode"], name="seance_par_accueil")]

    def __str__(self) -> str:
        return f"{self.accueil.domaine} – {dire_instant(self.periode.lower)}"

    @property
    def est_collective(self) -> bool:
        return self.modalite == Modalite.COLLECTIF


# Places libres d'un groupe de créneaux.
SOMME_DES_PLACES = models.Sum(F("capacite") - F("places_prises"))


class CreneauQuerySet(models.QuerySet):
    def de_l_accueil(self, campagne: Campagne, etablissement_id: int) -> "CreneauQuerySet":
        return self.filter(seance__accueil__domaine__campagne=campagne, seance__accueil__etablissement=etablissement_id)

    def libres(self) -> "CreneauQuerySet":
        return self.filter(places_prises__lt=F("capacite"))

    def a_venir(self, le: datetime) -> "CreneauQuerySet":
        return self.filter(periode__startswith__gt=le)

    def offerts(self, le: datetime) -> "CreneauQuerySet":
        """Créneaux à venir qui ont une place, de la modalité que leur accueil offre ; un accueil au choix les offre
        toutes."""
        offerte = Q(seance__accueil__modalite=Modalite.AU_CHOIX) | Q(seance__modalite=F("seance__accueil__modalite"))
        return self.libres().a_venir(le).filter(offerte)


class Creneau(models.Model):
    """Une heure offerte, à un élève ou à plusieurs."""

    # Posé par la lecture des places libérées : élèves du domaine qui attendent.
    attendent: int

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Les créneaux appartiennent à leur séance ; un entretien empêche de les effacer.
    seance = models.ForeignKey(Seance, verbose_name="séance", on_delete=models.CASCADE, related_name="creneaux")
    periode = DateTimeRangeField("période")
    capacite = models.PositiveSmallIntegerField("places", default=1, help_text="0\u00a0: créneau d’une séance annulée.")
    places_prises = models.PositiveSmallIntegerField(
        "places prises", default=0, editable=False, help_text="Tenu par un déclencheur de la base."
    )

    objects = CreneauQuerySet.as_manager()

    class Meta:
        verbose_name = "créneau"
        verbose_name_plural = "créneaux"
        ordering = ["periode", "pk"]
        constraints = [
            ExclusionConstraint(
                name="creneau_sans_chevauchement",
                expressions=[("seance", RangeOperators.EQUAL), ("periode", RangeOperators.OVERLAPS)],
                violation_error_message="Deux créneaux de la séance se chevauchent.",
            ),
            models.CheckConstraint(
                name="creneau_borne",
                condition=Q(periode__isempty=False, periode__lower_inf=False, periode__upper_inf=False),
                violation_error_message="Un créneau a un début et une fin.",
            ),
            models.CheckConstraint(
                name="creneau_capacite_respectee",
                condition=Q(capacite__gte=0, places_prises__lte=F("capacite")),
                violation_error_message="Ce créneau vient d’être pris. Choisissez-en un autre.",
            ),
            # Sert de cible à la clé composée par laquelle un entretien suit l'heure de son créneau.
            models.UniqueConstraint(fields=["id", "periode"], name="creneau_et_periode"),
        ]
        # Presque tous les créneaux d'une campagne sont pris : ceux qui restent se trouvent sans lire les autres.
        indexes = [models.Index(fields=["seance"], name="creneau_libre", condition=Q(places_prises__lt=F("capacite")))]

    def __str__(self) -> str:
        return dire_instant(self.periode.lower)

    @property
    def places_libres(self) -> int:
        return self.capacite - self.places_prises

    @property
    def horaire(self) -> str:
        return dire_heure(self.periode.lower)

    @property
    def jour(self) -> date:
        return jour_de(self.periode.lower)
