"""L'entretien d'un élève dans un créneau (R24, R26, R26b)."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.lookups import Exact

from candidatures.models import Candidature, Eleve
from candidatures.rules import NAISSANCE_EFFACEE
from entretiens.models.convocations import Convocation
from entretiens.models.seances import Creneau
from entretiens.rules.dire import dire_la_salle
from entretiens.rules.etats import LIBELLES_ETATS, OCCUPENT, EtatEntretien
from referentiel.models import Campagne, Domaine
from referentiel.models.codes import nouveau_code
from referentiel.rules.dates import dire_instant


def choix_des_etats() -> list[tuple[str, str]]:
    return [(etat.value, libelle) for etat, libelle in LIBELLES_ETATS.items()]


# D'un élève effacé, on ne demande plus ni présence, ni compte-rendu : personne ne sait plus de qui il s'agit (R40). Lue
# à part, pour chaque entretien que le reste a retenu : les jointures de chaque compte restent ce qu'elles étaient.
NAISSANCE = models.Subquery(
    Eleve.objects.filter(pk=models.OuterRef("candidature__eleve")).order_by().values("date_de_naissance")
)
D_UN_ELEVE_EFFACE = Q(Exact(NAISSANCE, NAISSANCE_EFFACEE))


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
    # Répété de la candidature : ce qu'une académie compte se lit sans ouvrir les candidatures. La base l'écrit, et une
    # clé composée tient les deux ensemble.
    domaine = models.ForeignKey(Domaine, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)
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
        indexes = [
            models.Index(fields=["domaine", "etat"], include=["candidature", "periode"], name="entretien_par_domaine")
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
