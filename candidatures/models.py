"""Élèves, candidatures, formations demandées (R11 à R21)."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from candidatures.rules import INACTIFS, INVISIBLES_A_L_ACCUEIL, LIBELLES, LONGUEUR_D_UNE_CLE, Etat, cle_d_un_eleve
from comptes.jetons import empreinte_du_jeton
from referentiel.models import Accueil, Campagne, Domaine, Etablissement, Formation, Rattachement, choix
from referentiel.models.codes import nouveau_code
from referentiel.permissions import Perimetre
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LONGUEUR_COMMENTAIRE, Niveau


def choix_des_etats() -> list[tuple[str, str]]:
    return [(etat.value, libelle) for etat, libelle in LIBELLES.items()]


class EleveQuerySet(models.QuerySet):
    def visibles_par(self, perimetre: Perimetre) -> "EleveQuerySet":
        """Élèves que `perimetre` peut lire : ceux de ses établissements d'origine, ceux de son académie (R37)."""
        return self.filter(
            Q(etablissement__in=perimetre.etablissements_origine)
            | Q(campagne__academie__in=perimetre.academies_administrees)
        )

    def de_l_origine(self, campagne: Campagne, etablissement_id: int) -> "EleveQuerySet":
        return self.filter(campagne=campagne, etablissement=etablissement_id)

    def cherche(self, texte: str) -> "EleveQuerySet":
        """Élèves dont le nom ou le prénom contient `texte`, sans égard aux accents ni à la casse."""
        for mot in cle_de_recherche(texte).split():
            self = self.filter(cle__contains=mot)
        return self


class Eleve(models.Model):
    """Un élève de niveau 3e dans une campagne (R11, R12)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Une campagne ne s'efface pas tant qu'elle a des élèves.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.PROTECT, related_name="eleves")
    # Un établissement ne s'efface pas tant qu'il a des élèves.
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement d’origine", on_delete=models.PROTECT, related_name="eleves"
    )
    ine = models.CharField("INE", max_length=11, blank=True)
    nom = models.CharField("nom", max_length=80)
    prenom = models.CharField("prénom", max_length=80)
    date_de_naissance = models.DateField("date de naissance")
    classe = models.CharField("classe", max_length=30)
    niveau = models.CharField("niveau", max_length=20, choices=choix.niveaux, default=Niveau.TROISIEME)
    mef = models.CharField("MEF", max_length=11, blank=True)
    referent_nom = models.CharField("personne référente", max_length=120, blank=True)
    referent_courriel = models.EmailField("courriel de la personne référente", blank=True)
    cle = models.CharField(max_length=LONGUEUR_D_UNE_CLE, editable=False)
    cree_le = models.DateTimeField("ajouté le", auto_now_add=True)

    objects = EleveQuerySet.as_manager()

    class Meta:
        verbose_name = "élève"
        verbose_name_plural = "élèves"
        ordering = ["cle", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "ine"],
                condition=~Q(ine=""),
                name="eleve_ine_unique",
                violation_error_message="Cet INE est déjà inscrit dans la campagne.",
            ),
            models.CheckConstraint(
                name="eleve_ine_forme",
                condition=Q(ine="") | Q(ine__regex=r"^[0-9A-Z]{11}$"),
                violation_error_message="Un INE compte 11 caractères.",
            ),
        ]
        indexes = [
            models.Index(fields=["etablissement", "campagne", "cle", "id"], name="eleve_liste"),
            models.Index(fields=["etablissement", "campagne", "classe", "cle"], name="eleve_par_classe"),
            GinIndex(fields=["cle"], name="eleve_recherche", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.nom_affiche

    def save(self, *args: object, **kwargs: object) -> None:
        self.cle = cle_d_un_eleve(self.nom, self.prenom)
        super().save(*args, **kwargs)

    @property
    def nom_affiche(self) -> str:
        """« DIALLO Yanis »."""
        return f"{self.nom.upper()} {self.prenom}"

    @property
    def initiales(self) -> str:
        """« Y. D. », pour les agendas partagés."""
        return f"{self.prenom[:1]}. {self.nom[:1]}.".upper()

    @property
    def ine_masque(self) -> str:
        return f"•••••••{self.ine[-4:]}" if self.ine else ""


class CandidatureQuerySet(models.QuerySet):
    def visibles_par(self, perimetre: Perimetre) -> "CandidatureQuerySet":
        """Candidatures que `perimetre` peut lire (R37).

        L'origine lit celles de ses élèves ; l'accueil celles qui lui sont adressées, hors brouillons et
        désistements d'avant l'inscription ; le SAIO celles de son académie.
        """
        return self.filter(
            Q(eleve__etablissement__in=perimetre.etablissements_origine)
            | Q(accueil__etablissement__in=perimetre.etablissements_accueil)
            & ~Q(etat__in=INVISIBLES_A_L_ACCUEIL)
            & Q(inscrite_le__isnull=False)
            | Q(domaine__campagne__academie__in=perimetre.academies_administrees)
        )

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
    accueil = models.ForeignKey(Accueil, verbose_name="accueil", on_delete=models.PROTECT, related_name="candidatures")
    # Répété de l'accueil pour la contrainte d'unicité ; une clé composée tient les deux ensemble.
    domaine = models.ForeignKey(Domaine, verbose_name="domaine", on_delete=models.PROTECT, related_name="candidatures")
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
        indexes = [models.Index(fields=["accueil", "etat"], name="candidature_par_accueil")]

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

    def montrees_a_l_origine(self, campagne: Campagne, le: datetime) -> "FormationDemandeeQuerySet":
        """Formations maintenues, sans les ajouts que l’origine ne voit pas encore (R27, R30)."""
        maintenues = self.maintenues()
        if not campagne.montre_les_avis_d_accueil(le):
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


class DemandeDeCreneau(models.Model):
    """L'origine demande un autre créneau pour un élève empêché ou absent (écran O8)."""

    class Etat(models.TextChoices):
        EN_ATTENTE = "en_attente", "En attente"
        ACCEPTEE = "acceptee", "Acceptée"
        REFUSEE = "refusee", "Refusée"

    class Motif(models.TextChoices):
        STAGE = "stage", "Élève en stage"
        AUTRE_ENTRETIEN = "autre_entretien", "Autre entretien le même jour"
        ABSENCE = "absence", "Absence de l’élève"
        AUTRE = "autre", "Autre"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # La demande disparaît avec la candidature.
    candidature = models.ForeignKey(Candidature, on_delete=models.CASCADE, related_name="demandes_de_creneau")
    motif = models.CharField("motif", max_length=16, choices=Motif.choices)
    message = models.CharField("message", max_length=300, blank=True)
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.EN_ATTENTE)
    reponse = models.CharField("réponse de l’établissement d’accueil", max_length=300, blank=True)
    # Qui a demandé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    demandee_le = models.DateTimeField("demandée le")
    reglee_le = models.DateTimeField("réglée le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de créneau"
        verbose_name_plural = "demandes de créneau"
        ordering = ["demandee_le"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidature"],
                condition=Q(etat="en_attente"),
                name="creneau_une_demande_en_attente",
                violation_error_message="Un autre créneau est déjà demandé pour cette candidature.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.candidature}, {self.get_motif_display().lower()}"


class Classe(models.Model):
    """Une classe d'un établissement d'origine, et l'adulte qui suit ses élèves par défaut (écran O16)."""

    # La classe n'existe que dans sa campagne et son établissement.
    campagne = models.ForeignKey(Campagne, on_delete=models.CASCADE, related_name="classes")
    etablissement = models.ForeignKey(Etablissement, on_delete=models.CASCADE, related_name="classes")
    nom = models.CharField("classe", max_length=30)
    # Une place retirée laisse la classe sans professeur principal.
    professeur_principal = models.ForeignKey(
        Rattachement,
        verbose_name="professeur principal",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="classes",
    )
    referent_nom = models.CharField("personne référente", max_length=120, blank=True)
    referent_courriel = models.EmailField("courriel de la personne référente", blank=True)

    class Meta:
        verbose_name = "classe"
        verbose_name_plural = "classes"
        ordering = ["nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "etablissement", "nom"],
                name="classe_unique",
                violation_error_message="Cette classe existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return self.nom


class DemandeDeTransfert(models.Model):
    """Demande d'un établissement qui reçoit un élève déjà inscrit ailleurs (R12)."""

    class Etat(models.TextChoices):
        EN_ATTENTE = "en_attente", "En attente"
        ACCEPTEE = "acceptee", "Acceptée"
        REFUSEE = "refusee", "Refusée"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # La demande disparaît avec le dossier de l'élève.
    eleve = models.ForeignKey(Eleve, on_delete=models.CASCADE, related_name="demandes_de_transfert")
    # L'établissement demandeur ne s'efface pas tant que la demande existe.
    demandeur = models.ForeignKey(Etablissement, on_delete=models.PROTECT, related_name="transferts_demandes")
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.EN_ATTENTE)
    demandee_le = models.DateTimeField("demandée le")
    reglee_le = models.DateTimeField("réglée le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de transfert"
        verbose_name_plural = "demandes de transfert"
        constraints = [
            models.UniqueConstraint(
                fields=["eleve", "demandeur"],
                condition=Q(etat="en_attente"),
                name="transfert_une_demande_en_attente",
                violation_error_message="Ce transfert est déjà demandé.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.eleve} vers {self.demandeur}"


class PreInscriptionQuerySet(models.QuerySet):
    def du_jeton(self, jeton: str, le: datetime) -> "PreInscriptionQuerySet":
        """Demande que ce jeton reprend, tant qu'il vaut."""
        return self.filter(jeton_empreinte=empreinte_du_jeton(jeton), expire_le__gt=le)

    def deposees(self) -> "PreInscriptionQuerySet":
        """Demandes parvenues au SAIO : rien n'y parvient avant que l'adresse soit confirmée."""
        return self.exclude(etat=PreInscription.Etat.A_CONFIRMER)

    def a_valider(self) -> "PreInscriptionQuerySet":
        return self.filter(etat=PreInscription.Etat.EN_ATTENTE)

    def suivies(self) -> "PreInscriptionQuerySet":
        """Demandes acceptées dont l'élève est toujours dans l'établissement qui l'a inscrit (R12, R37)."""
        return self.filter(etat=PreInscription.Etat.ACCEPTEE, eleve__etablissement=F("etablissement"))


class PreInscription(models.Model):
    """Demande d'un établissement sans accès ARENA, à valider par le SAIO (R21).

    `saisie` garde chaque étape sous son nom : « etablissement », « eleve », « choix », « avis ». Le jeton de la
    saisie et le code de vérification ne sont gardés que par leur empreinte.
    """

    class Etat(models.TextChoices):
        A_CONFIRMER = "a_confirmer", "Adresse à confirmer"
        EN_ATTENTE = "en_attente", "En attente de validation"
        A_COMPLETER = "a_completer", "Complément demandé"
        ACCEPTEE = "acceptee", "Acceptée"
        REFUSEE = "refusee", "Refusée"

    class Motif(models.TextChoices):
        NON_CONCERNE = "non_concerne", "Élève non concerné par cette campagne"
        ARENA = "arena", "L’établissement passe par ARENA"
        EN_DOUBLE = "en_double", "Demande en double"
        INCOMPLETE = "incomplete", "Informations insuffisantes"
        AUTRE = "autre", "Autre"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Une campagne ne s'efface pas tant qu'elle a des demandes.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="preinscriptions")
    reference = models.CharField("référence", max_length=20, blank=True)
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.A_CONFIRMER)
    courriel = models.EmailField("courriel du contact", blank=True)
    saisie = models.JSONField("saisie du demandeur", default=dict, blank=True)
    message = models.CharField("message du SAIO", max_length=500, blank=True)
    motif = models.CharField("motif du refus", max_length=16, choices=Motif.choices, blank=True)
    # L'élève créé à l'acceptation garde sa demande.
    eleve = models.ForeignKey(Eleve, null=True, blank=True, on_delete=models.PROTECT, related_name="preinscriptions")
    # Celui que le SAIO a retenu ; il ne s'efface pas tant que la demande existe.
    etablissement = models.ForeignKey(
        Etablissement, null=True, blank=True, on_delete=models.PROTECT, related_name="preinscriptions"
    )
    commencee_le = models.DateTimeField("commencée le")
    recue_le = models.DateTimeField("reçue le", null=True, blank=True)
    decidee_le = models.DateTimeField("décidée le", null=True, blank=True)
    jeton_empreinte = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    expire_le = models.DateTimeField("saisie gardée jusqu’au")
    code_empreinte = models.CharField(max_length=64, blank=True, editable=False)
    lien_empreinte = models.CharField(max_length=64, blank=True, editable=False)
    code_expire_le = models.DateTimeField(null=True, blank=True, editable=False)
    essais_restants = models.PositiveSmallIntegerField(default=0, editable=False)
    confirmee_le = models.DateTimeField("adresse confirmée le", null=True, blank=True)

    objects = PreInscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = "pré-inscription"
        verbose_name_plural = "pré-inscriptions"
        ordering = ["recue_le"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "reference"],
                condition=~Q(reference=""),
                name="preinscription_reference_unique",
                violation_error_message="Cette référence est déjà donnée.",
            ),
            models.CheckConstraint(
                name="preinscription_deposee_confirmee",
                condition=Q(etat="a_confirmer")
                | ~Q(reference="") & Q(recue_le__isnull=False, confirmee_le__isnull=False),
                violation_error_message="Une demande parvient au SAIO une fois l’adresse confirmée.",
            ),
        ]
        indexes = [models.Index(fields=["campagne", "etat", "recue_le"], name="preinscription_file")]

    def __str__(self) -> str:
        return self.reference or "pré-inscription en cours de saisie"

    @property
    def est_en_saisie(self) -> bool:
        """Vrai tant que le demandeur peut écrire : avant l'envoi, ou pour donner un complément."""
        return self.etat in {self.Etat.A_CONFIRMER, self.Etat.A_COMPLETER}


class LienPersonnelQuerySet(models.QuerySet):
    def du_jeton(self, jeton: str) -> "LienPersonnelQuerySet":
        """Lien de ce jeton, sauf s'il est révoqué."""
        return self.filter(empreinte=empreinte_du_jeton(jeton), revoque_le__isnull=True)

    def valides(self, le: datetime) -> "LienPersonnelQuerySet":
        return self.filter(revoque_le__isnull=True, expire_le__gt=le)


class LienPersonnel(models.Model):
    """Lien signé par lequel un établissement sans compte lit ses convocations et ses fiches (R21)."""

    # Le lien disparaît avec la demande qu'il ouvre.
    preinscription = models.ForeignKey(PreInscription, on_delete=models.CASCADE, related_name="liens")
    empreinte = models.CharField(max_length=64, unique=True)
    expire_le = models.DateTimeField("expire le")
    revoque_le = models.DateTimeField("révoqué le", null=True, blank=True)

    objects = LienPersonnelQuerySet.as_manager()

    class Meta:
        verbose_name = "lien personnel"
        verbose_name_plural = "liens personnels"

    def __str__(self) -> str:
        return f"{self.preinscription} jusqu’au {self.expire_le:%d/%m/%Y}"


class PassagePublic(models.Model):
    """Un geste fait sans compte, retenu une heure pour en limiter le nombre par adresse (T9)."""

    empreinte = models.CharField(max_length=64)
    le = models.DateTimeField()

    class Meta:
        verbose_name = "passage public"
        verbose_name_plural = "passages publics"
        indexes = [models.Index(fields=["empreinte", "le"], name="passage_par_empreinte")]

    def __str__(self) -> str:
        return f"{self.empreinte[:8]} le {self.le:%d/%m/%Y %H:%M}"
