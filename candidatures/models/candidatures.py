"""Les candidatures, et les formations qu'elles demandent (R14 à R19)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from candidatures.models.eleves import Eleve
from candidatures.rules import INACTIFS, INVISIBLES_A_L_ACCUEIL, LIBELLES, Etat
from referentiel.models import Accueil, Campagne, Domaine, Formation, choix
from referentiel.models.codes import nouveau_code
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LONGUEUR_COMMENTAIRE


def choix_des_etats() -> list[tuple[str, str]]:
    return [(etat.value, libelle) for etat, libelle in LIBELLES.items()]


class CandidatureQuerySet(models.QuerySet):
    def actives(self) -> "CandidatureQuerySet":
        return self.exclude(etat__in=INACTIFS)

    def de_l_origine(self, campagne: Campagne, etablissement_id: int) -> "CandidatureQuerySet":
        return self.filter(domaine__campagne=campagne, eleve__etablissement=etablissement_id)

    def de_l_accueil(self, campagne: Campagne, etablissement_id: int) -> "CandidatureQuerySet":
        """Candidatures adressées à un établissement d'accueil, dès l'inscription (R22)."""
        return self.filter(
            domaine__campagne=campagne, accueil__etablissement=etablissement_id, inscrite_le__isnull=False
        ).exclude(etat__in=INVISIBLES_A_L_ACCUEIL)

    def sans_convocation(self) -> "CandidatureQuerySet":
        """Inscrites dont aucune convocation n'est partie (R26)."""
        return self.filter(etat__in=(Etat.INSCRITE, Etat.PLANIFIEE))

    def avec_eleve(self) -> "CandidatureQuerySet":
        return self.select_related("eleve__etablissement", "domaine", "accueil__etablissement")

    def avec_formations(self) -> "CandidatureQuerySet":
        """Formations demandées qui tiennent encore, formation comprise, en une requête de plus."""
        return self.prefetch_related(
            models.Prefetch(
                "formations_demandees",
                queryset=FormationDemandee.objects.maintenues().select_related("formation"),
                to_attr="formations_maintenues",
            )
        )

    def cherche(self, texte: str) -> "CandidatureQuerySet":
        for mot in cle_de_recherche(texte).split():
            self = self.filter(eleve__cle__contains=mot)
        return self


class Candidature(models.Model):
    """Un élève, un domaine, un établissement d'accueil : un seul entretien (R14)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un élève ne s'efface pas tant qu'il a une candidature.
    eleve = models.ForeignKey(Eleve, verbose_name="élève", on_delete=models.PROTECT, related_name="candidatures")
    # Un accueil ne s'efface pas tant qu'une candidature lui est adressée.
    accueil = models.ForeignKey(
        Accueil, verbose_name="accueil", on_delete=models.PROTECT, related_name="candidatures", db_index=False
    )
    # Répété de l'accueil pour la contrainte d'unicité ; une clé composée tient les deux ensemble.
    domaine = models.ForeignKey(
        Domaine, verbose_name="domaine", on_delete=models.PROTECT, related_name="candidatures", db_index=False
    )
    modalite = models.CharField(
        "modalité retenue",
        max_length=12,
        blank=True,
        choices=choix.modalites_choisies,
        help_text="Vide tant que l’accueil n’a pas choisi entre entretien individuel et séance collective.",
    )
    etat = models.CharField("état", max_length=14, choices=choix_des_etats, default=Etat.BROUILLON)
    inscrite_le = models.DateTimeField("inscrite le", null=True, blank=True)
    motif = models.CharField("motif du désistement ou de l’annulation", max_length=200, blank=True)
    retiree_le = models.DateTimeField("désistée ou annulée le", null=True, blank=True)
    etat_avant_retrait = models.CharField(max_length=14, choices=choix_des_etats, blank=True, editable=False)
    modifiee_le = models.DateTimeField("modifiée le", auto_now=True)

    # Posées par `avec_formations`.
    formations_maintenues: list["FormationDemandee"]

    objects = CandidatureQuerySet.as_manager()

    class Meta:
        verbose_name = "candidature"
        verbose_name_plural = "candidatures"
        ordering = ["eleve__cle", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["eleve", "domaine"],
                condition=~Q(etat__in=sorted(INACTIFS)),
                name="candidature_une_par_domaine",
                violation_error_message="Cet élève a déjà une candidature dans ce domaine.",
            ),
            models.CheckConstraint(
                name="candidature_inscrite_et_date",
                condition=Q(etat__in=["brouillon", "a_valider", "desistee", "annulee"]) | Q(inscrite_le__isnull=False),
                violation_error_message="Une candidature inscrite porte la date de son inscription.",
            ),
            # Sert de cible à la clé composée qui lie un entretien à l'élève de sa candidature.
            models.UniqueConstraint(fields=["id", "eleve"], name="candidature_et_eleve"),
            # Sert de cible à la clé composée qui lie une formation demandée au domaine de sa candidature.
            models.UniqueConstraint(fields=["id", "domaine"], name="candidature_et_domaine"),
        ]
        indexes = [
            models.Index(fields=["accueil", "etat"], name="candidature_par_accueil"),
            # Ce qu'une académie compte s'y lit sans ouvrir les lignes, si l'on y entre par les clés de ses domaines.
            models.Index(
                fields=["domaine", "etat"],
                include=["accueil", "eleve", "inscrite_le", "id"],
                name="candidature_par_domaine",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.eleve} – {self.domaine}"

    @property
    def est_active(self) -> bool:
        return Etat(self.etat) not in INACTIFS

    @property
    def est_inscrite_chez_l_accueil(self) -> bool:
        """Vrai dès que l'établissement d'accueil connaît cette candidature."""
        return self.inscrite_le is not None and Etat(self.etat) not in INVISIBLES_A_L_ACCUEIL


class FormationDemandeeQuerySet(models.QuerySet):
    def maintenues(self) -> "FormationDemandeeQuerySet":
        return self.filter(desistee_le__isnull=True).order_by("ajoutee_a_l_entretien", "pk")

    def montrees(self, *, publiees: bool) -> "FormationDemandeeQuerySet":
        """Formations maintenues, sans les ajouts que l’origine ne voit pas encore (R27, R30).

        `publiees` : l'origine voit-elle ce que l'accueil a transmis ?
        """
        maintenues = self.maintenues()
        if not publiees:
            return maintenues.filter(ajoutee_a_l_entretien=False)
        return maintenues.filter(Q(ajoutee_a_l_entretien=False) | Q(candidature__etat=Etat.RENDUE))

    def sans_avis_complet(self) -> "FormationDemandeeQuerySet":
        """Formations demandées à l'inscription dont l'avis ou le commentaire manque (R16)."""
        return self.maintenues().filter(Q(avis="") | Q(commentaire=""), ajoutee_a_l_entretien=False)


class FormationDemandee(models.Model):
    """Une formation demandée, avec l'avis de l'établissement d'origine (R16)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # La demande n'existe que dans sa candidature.
    candidature = models.ForeignKey(
        Candidature, verbose_name="candidature", on_delete=models.CASCADE, related_name="formations_demandees"
    )
    # Une formation demandée reste au catalogue.
    formation = models.ForeignKey(
        Formation, verbose_name="formation", on_delete=models.PROTECT, related_name="demandes"
    )
    # Répété de la candidature : une clé composée refuse une formation d'un autre domaine (R15).
    domaine = models.ForeignKey(Domaine, on_delete=models.PROTECT, related_name="+", editable=False)
    ajoutee_a_l_entretien = models.BooleanField("ajoutée à l’entretien", default=False)
    avis = models.CharField("avis d’origine", max_length=20, choices=choix.avis_d_origine, blank=True)
    commentaire = models.CharField("commentaire", max_length=LONGUEUR_COMMENTAIRE, blank=True)
    # Qui a donné un avis se désactive, ne s'efface pas.
    avis_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    avis_le = models.DateTimeField("avis saisi le", null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)
    desistee_le = models.DateTimeField("désistée le", null=True, blank=True)

    objects = FormationDemandeeQuerySet.as_manager()

    class Meta:
        verbose_name = "formation demandée"
        verbose_name_plural = "formations demandées"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidature", "formation"],
                condition=Q(desistee_le__isnull=True),
                name="formation_demandee_une_fois",
                violation_error_message="Cette formation est déjà demandée.",
            ),
            models.CheckConstraint(
                name="avis_d_origine_date",
                condition=Q(avis="", commentaire="") | Q(avis_le__isnull=False, avis_par__isnull=False),
                violation_error_message="Un avis porte sa date et son auteur.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.formation} pour {self.candidature.eleve}"

    @property
    def avis_complet(self) -> bool:
        return bool(self.avis and self.commentaire)
