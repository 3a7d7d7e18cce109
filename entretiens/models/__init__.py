"""Jurys, séances, créneaux, entretiens, convocations (R22 à R26b).

Les chevauchements et les dépassements de capacité sont refusés par la base : contraintes d'exclusion,
clés composées qui répètent l'heure du créneau dans l'entretien, compteur de places tenu par un déclencheur.
"""

from datetime import date, datetime

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from candidatures.models import Candidature, Eleve
from courriers.models import Courriel
from entretiens.models.lieux import Jury, Salle, SerieDeCreneaux
from entretiens.models.propositions import DUREE_DE_LA_TENUE, DomainePropose, LigneDeProposition, Proposition
from entretiens.rules.dire import dire_la_salle
from entretiens.rules.etats import LIBELLES_ETATS, LIBELLES_NATURES, OCCUPENT, EtatEntretien, NatureConvocation
from referentiel.models import Accueil, Campagne, choix
from referentiel.models.codes import nouveau_code
from referentiel.rules.dates import dire_heure, dire_instant, jour_de
from referentiel.rules.jeu import Modalite


def choix_des_etats() -> list[tuple[str, str]]:
    return [(etat.value, libelle) for etat, libelle in LIBELLES_ETATS.items()]


def choix_des_natures() -> list[tuple[str, str]]:
    return [(nature.value, libelle) for nature, libelle in LIBELLES_NATURES.items()]


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


class EntretienQuerySet(models.QuerySet):
    def en_vigueur(self) -> "EntretienQuerySet":
        """Entretiens qui occupent une place : prévus, tenus ou manqués."""
        return self.filter(etat__in=OCCUPENT)

    def prevus(self) -> "EntretienQuerySet":
        return self.filter(etat=EtatEntretien.PREVU)

    def finis(self, le: datetime) -> "EntretienQuerySet":
        return self.filter(periode__endswith__lte=le)

    def a_confirmer(self) -> "EntretienQuerySet":
        """Entretiens prévus dont l'heure n'est pas annoncée : jamais, rappelée, ou changée depuis (R25)."""
        annoncee = Convocation.objects.en_vigueur().filter(
            entretien=models.OuterRef("pk"), periode=models.OuterRef("periode")
        )
        return self.prevus().filter(~models.Exists(annoncee))

    def annonces(self) -> "EntretienQuerySet":
        """Entretiens prévus dont une convocation est en vigueur : les changer prévient quelqu'un."""
        annonce = Convocation.objects.en_vigueur().filter(entretien=models.OuterRef("pk"))
        return self.prevus().filter(models.Exists(annonce))

    def de_l_accueil(self, campagne: Campagne, etablissement_id: int) -> "EntretienQuerySet":
        """Entretiens que l'établissement a planifiés, même si la candidature est partie ailleurs depuis."""
        return self.filter(candidature__domaine__campagne=campagne, creneau__seance__etablissement=etablissement_id)

    def avec_eleve(self) -> "EntretienQuerySet":
        """Candidature, élève et formations qui tiennent, en deux requêtes de plus."""
        candidatures = Candidature.objects.avec_formations().select_related("eleve__etablissement", "domaine")
        return self.prefetch_related(models.Prefetch("candidature", queryset=candidatures))

    def avec_lieu(self) -> "EntretienQuerySet":
        return self.select_related(
            "creneau__seance__jury",
            "creneau__seance__accueil__etablissement",
            "creneau__seance__accueil__domaine",
        )


class Entretien(models.Model):
    """Une candidature placée sur un créneau."""

    # Posé par les rappels d'avis : ce qui manque avant cet entretien.
    manquants: int

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Une candidature ne s'efface pas tant qu'elle a un entretien.
    candidature = models.ForeignKey(
        Candidature, verbose_name="candidature", on_delete=models.PROTECT, related_name="entretiens"
    )
    # Répété de la candidature pour l'exclusion des chevauchements ; une clé composée tient les deux ensemble.
    eleve = models.ForeignKey(Eleve, on_delete=models.PROTECT, related_name="+", editable=False)
    # Un créneau occupé ne s'efface pas.
    creneau = models.ForeignKey(Creneau, verbose_name="créneau", on_delete=models.PROTECT, related_name="entretiens")
    # Répété du créneau ; la clé composée le met à jour quand le créneau bouge.
    periode = DateTimeRangeField("période", editable=False)
    etat = models.CharField("état", max_length=8, choices=choix_des_etats, default=EtatEntretien.PREVU)
    sequence = models.PositiveIntegerField(
        "dernière version annoncée",
        default=0,
        help_text="SEQUENCE de l’agenda\u00a0; 0 tant que rien n’est parti.",
    )
    cree_le = models.DateTimeField("planifié le", auto_now_add=True)

    objects = EntretienQuerySet.as_manager()

    class Meta:
        verbose_name = "entretien"
        verbose_name_plural = "entretiens"
        ordering = ["periode", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidature"],
                condition=Q(etat__in=sorted(OCCUPENT)),
                name="entretien_un_par_candidature",
                violation_error_message="Cette candidature a déjà un entretien.",
            ),
            ExclusionConstraint(
                name="entretien_eleve_disponible",
                expressions=[("eleve", RangeOperators.EQUAL), ("periode", RangeOperators.OVERLAPS)],
                condition=Q(etat__in=sorted(OCCUPENT)),
                violation_error_message="Cet élève n’est pas disponible à cette heure.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidature} – {dire_instant(self.periode.lower)}"

    @property
    def lieu(self) -> str:
        """« Lycée professionnel Marcel-Pagnol, salle 204, 12 rue des Écoles, 94400 Vitry-sur-Seine »."""
        seance = self.creneau.seance
        accueil = seance.accueil
        return ", ".join(filter(None, [accueil.etablissement.nom, dire_la_salle(seance.salle), accueil.lieu_complet]))[
            :400
        ]

    @property
    def uid(self) -> str:
        """Identifiant d'agenda, le même pour toutes les versions d'un entretien (R25)."""
        return f"entretien-{self.code}@{settings.DOMAINE_DES_MESSAGES}"


class Envoi(models.Model):
    """Une confirmation : les convocations qui partent ensemble, rappelables un temps (R25)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un établissement ne s'efface pas tant qu'il a envoyé des convocations.
    etablissement = models.ForeignKey("referentiel.Etablissement", on_delete=models.PROTECT, related_name="envois")
    # Une campagne ne s'efface pas tant qu'elle a des envois.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="envois")
    # Qui a envoyé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("confirmé le")
    part_le = models.DateTimeField("part le")
    rappele_le = models.DateTimeField("rappelé le", null=True, blank=True)

    class Meta:
        verbose_name = "envoi de convocations"
        verbose_name_plural = "envois de convocations"
        ordering = ["-le", "-pk"]

    def __str__(self) -> str:
        return f"Envoi du {dire_instant(self.le)}"


class ConvocationQuerySet(models.QuerySet):
    def en_vigueur(self) -> "ConvocationQuerySet":
        """Dernière version annoncée de chaque entretien."""
        return self.filter(sequence=F("entretien__sequence"), envoi__rappele_le__isnull=True)

    def de_l_origine(self, campagne: Campagne, etablissement_id: int) -> "ConvocationQuerySet":
        return self.filter(
            entretien__candidature__domaine__campagne=campagne,
            entretien__candidature__eleve__etablissement=etablissement_id,
        )

    def de_l_accueil(self, campagne: Campagne, etablissement_id: int) -> "ConvocationQuerySet":
        return self.filter(envoi__campagne=campagne, envoi__etablissement=etablissement_id)

    def parties(self, le: datetime) -> "ConvocationQuerySet":
        """Convocations qui ne peuvent plus être rappelées : l'origine les voit (R25)."""
        return self.filter(envoi__part_le__lte=le, envoi__rappele_le__isnull=True)

    def avec_document(self) -> "ConvocationQuerySet":
        """Tout ce qu'une convocation dit, en trois requêtes quel que soit leur nombre."""
        candidatures = Candidature.objects.avec_formations().select_related("eleve__etablissement", "domaine")
        return self.select_related(
            "envoi__campagne__regles",
            "envoi__etablissement__academie",
            "entretien__creneau__seance__accueil__etablissement",
        ).prefetch_related(models.Prefetch("entretien__candidature", queryset=candidatures))


class Convocation(models.Model):
    """Une version de ce qui est annoncé d'un entretien ; elle garde l'heure et le lieu annoncés (R25)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Une convocation annoncée reste liée à son entretien.
    entretien = models.ForeignKey(
        Entretien, verbose_name="entretien", on_delete=models.PROTECT, related_name="convocations"
    )
    # Une convocation part dans un envoi.
    envoi = models.ForeignKey(Envoi, verbose_name="envoi", on_delete=models.PROTECT, related_name="convocations")
    nature = models.CharField("nature", max_length=14, choices=choix_des_natures, default=NatureConvocation.INITIALE)
    sequence = models.PositiveIntegerField("version")
    periode = DateTimeRangeField("heure annoncée")
    lieu = models.CharField("lieu annoncé", max_length=400)
    remplace = DateTimeRangeField("heure remplacée", null=True, blank=True)
    # Les courriels qui la portent : messagerie fonctionnelle et personne référente.
    courriels = models.ManyToManyField(Courriel, related_name="convocations")
    remise_le = models.DateTimeField("remise à l’élève le", null=True, blank=True)

    objects = ConvocationQuerySet.as_manager()

    class Meta:
        verbose_name = "convocation"
        verbose_name_plural = "convocations"
        ordering = ["periode", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entretien", "sequence"],
                name="convocation_version_unique",
                violation_error_message="Cette version a déjà été annoncée.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} – {dire_instant(self.periode.lower)}"

    @property
    def est_annulee(self) -> bool:
        return self.nature == NatureConvocation.ANNULATION

    @property
    def est_modifiee(self) -> bool:
        return self.nature == NatureConvocation.MODIFICATION


__all__ = [
    "DUREE_DE_LA_TENUE",
    "Convocation",
    "ConvocationQuerySet",
    "Creneau",
    "CreneauQuerySet",
    "DomainePropose",
    "Entretien",
    "EntretienQuerySet",
    "Envoi",
    "Jury",
    "LigneDeProposition",
    "Proposition",
    "Salle",
    "Seance",
    "SeanceQuerySet",
    "SerieDeCreneaux",
    "choix_des_etats",
    "choix_des_natures",
]
