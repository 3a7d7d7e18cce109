"""La campagne d'une académie : calendrier, jeu de règles, dérogations, textes."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject, Length
from django.db.models.lookups import LessThanOrEqual

from referentiel.models import choix
from referentiel.models.etablissements import Academie, Etablissement
from referentiel.models.textes import valider_les_reperes
from referentiel.rules.calendrier import LIBELLES, Bornes, Calendrier, Nature
from referentiel.rules.jeu import (
    LONGUEUR_CONSIGNES,
    MOIS_DE_CONSERVATION,
    MOIS_MAXIMAUX,
    Affichage,
    Avis,
    Case,
    ChoixDeLaModalite,
    Lettre,
    Niveau,
    Publication,
    Resultat,
    couples_attendus,
)
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


class Periode(models.Model):
    """Une période du calendrier, jours de début et de fin compris, à l'heure de Paris (R2)."""

    # Le calendrier appartient à sa campagne.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="periodes")
    nature = models.CharField("période", max_length=20, choices=choix.natures)
    debut = models.DateField("du", null=True, blank=True)
    fin = models.DateField("au (inclus)", null=True, blank=True)

    class Meta:
        verbose_name = "période"
        verbose_name_plural = "calendrier"
        ordering = ["campagne", "debut", "fin"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "nature"],
                name="periode_unique",
                violation_error_message="Cette période figure déjà dans le calendrier.",
            ),
            models.CheckConstraint(
                name="periode_dans_l_ordre",
                condition=Q(debut__isnull=True) | Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                violation_error_message="La fin de la période précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return LIBELLES[Nature(self.nature)] if self.nature else "période"

    @property
    def bornes(self) -> Bornes:
        return Bornes(self.debut, self.fin)


def _echelle_complete() -> list[str]:
    return [Avis.FAVORABLE.value, Avis.ASSEZ_FAVORABLE.value, Avis.RESERVE.value]


def _niveaux_de_troisieme() -> list[str]:
    return [niveau.value for niveau in Niveau if niveau is not Niveau.LYCEE]


class JeuDeRegles(models.Model):
    """Ce qui varie d'une académie et d'une année à l'autre (R5)."""

    # Les règles appartiennent à leur campagne.
    campagne = models.OneToOneField(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="regles")
    echelle_origine = ArrayField(
        models.CharField(max_length=20, choices=choix.avis_d_origine),
        verbose_name="échelle des avis d’origine",
        default=_echelle_complete,
    )
    echelle_accueil = ArrayField(
        models.CharField(max_length=20, choices=choix.avis_d_origine),
        verbose_name="échelle des avis d’accueil",
        default=_echelle_complete,
    )
    ne_se_prononce_pas = models.BooleanField("«\u00a0ne se prononce pas\u00a0» permis à l’accueil", default=True)
    affichage = models.CharField("avis final", max_length=12, choices=choix.affichages, default=Affichage.INDICATIF)
    phrase_affelnet = models.CharField(
        "phrase sur Affelnet-Lycée",
        max_length=300,
        default="Passpro ne donne aucune bonification dans Affelnet-Lycée.",
        help_text="Montrée au catalogue, dans l’aide et sur la fiche.",
        validators=[valider_les_reperes],
    )
    consignes = models.CharField(
        "consignes de l’académie sur la convocation",
        max_length=LONGUEUR_CONSIGNES,
        blank=True,
        help_text="Ajoutées à chaque convocation, avant celles de l’établissement d’accueil.",
        validators=[valider_les_reperes],
    )
    lettre = models.CharField("lettre de préparation", max_length=12, choices=choix.lettres, default=Lettre.FACULTATIVE)
    niveaux_admis = ArrayField(
        models.CharField(max_length=20, choices=choix.niveaux),
        verbose_name="niveaux admis",
        default=_niveaux_de_troisieme,
    )
    mef_admis = ArrayField(
        models.CharField(max_length=11),
        verbose_name="MEF admis",
        default=list,
        blank=True,
        help_text="Vide\u00a0: le niveau seul décide. Dix premiers caractères comparés.",
    )
    delai_compte_rendu = models.PositiveSmallIntegerField("délai du compte-rendu (jours calendaires)", default=3)
    preavis = models.PositiveSmallIntegerField("préavis avant un entretien (jours ouvrés)", default=5)
    marge_de_trajet = models.PositiveSmallIntegerField("marge entre deux lieux (minutes)", default=90)
    choix_de_la_modalite = models.CharField(
        "modalité des entretiens",
        max_length=12,
        choices=choix.choix_de_la_modalite,
        default=ChoixDeLaModalite.DOMAINES,
        help_text="Qui choisit entre entretien individuel et séance collective.",
    )
    avis_requis_en_collectif = models.BooleanField("avis d’origine requis pour une séance collective", default=True)
    publication = models.CharField(
        "avis d’accueil visibles",
        max_length=20,
        choices=choix.publications,
        default=Publication.DES_TRANSMISSION,
    )
    delai_de_rappel = models.PositiveSmallIntegerField("délai pour rappeler un envoi (minutes)", default=10)
    grace = models.PositiveSmallIntegerField(
        "grâce pour un formulaire ouvert avant une clôture (minutes)",
        default=0,
        validators=[MaxValueValidator(60)],
    )
    longueur_minimale = models.PositiveSmallIntegerField("longueur minimale d’un commentaire (caractères)", default=10)
    formations_maximales = models.PositiveSmallIntegerField(
        "formations par élève", null=True, blank=True, help_text="Vide\u00a0: aucune limite."
    )
    conservation = models.PositiveSmallIntegerField(
        "données gardées après la clôture (mois)",
        default=MOIS_DE_CONSERVATION,
        validators=[MinValueValidator(1), MaxValueValidator(MOIS_MAXIMAUX)],
        help_text="Ensuite, tout ce qui nomme un élève est effacé\u00a0; les chiffres restent. Le SAIO est "
        "averti avant.",
    )

    class Meta:
        verbose_name = "jeu de règles"
        verbose_name_plural = "jeux de règles"
        constraints = [
            models.CheckConstraint(
                name="regles_conservation_bornee",
                condition=Q(conservation__gte=1, conservation__lte=MOIS_MAXIMAUX),
                violation_error_message=f"Les données se gardent de 1 à {MOIS_MAXIMAUX} mois après la clôture.",
            ),
            models.CheckConstraint(
                name="regles_echelles_non_vides",
                condition=Q(echelle_origine__len__gt=0) & Q(echelle_accueil__len__gt=0),
                violation_error_message="Chaque échelle d’avis compte au moins une valeur.",
            ),
        ]

    def __str__(self) -> str:
        return f"Règles – {self.campagne}"

    @property
    def couples_attendus(self) -> set[tuple[Avis, Avis]]:
        return couples_attendus(
            map(Avis, self.echelle_origine),
            map(Avis, self.echelle_accueil),
            ne_se_prononce_pas=self.ne_se_prononce_pas,
        )

    @property
    def matrice(self) -> dict[tuple[Avis, Avis], Case]:
        """La matrice, case par couple d'avis ; lisible d'une seule requête."""
        return {(case.origine, case.accueil): case for case in (ligne.en_case for ligne in self.cases.all())}

    @property
    def avis_d_accueil_possibles(self) -> list[Avis]:
        echelle = [Avis(valeur) for valeur in self.echelle_accueil]
        return [*echelle, Avis.NE_SE_PRONONCE_PAS] if self.ne_se_prononce_pas else echelle

    @property
    def montre_l_avis_final(self) -> bool:
        return self.affichage != Affichage.AUCUN

    @property
    def grace_accordee(self) -> timedelta:
        return timedelta(minutes=self.grace)


class CaseDeMatrice(models.Model):
    """Une case de la matrice des avis (R6). La base refuse une matrice incomplète d'une campagne."""

    # Les cases appartiennent à leur jeu de règles.
    regles = models.ForeignKey(JeuDeRegles, verbose_name="règles", on_delete=models.CASCADE, related_name="cases")
    avis_origine = models.CharField("avis d’origine", max_length=20, choices=choix.avis)
    avis_accueil = models.CharField("avis d’accueil", max_length=20, choices=choix.avis)
    resultat = models.CharField("avis final", max_length=20, choices=choix.resultats)
    points = models.PositiveIntegerField("points", null=True, blank=True)

    class Meta:
        verbose_name = "case de la matrice"
        verbose_name_plural = "matrice des avis"
        ordering = ["regles", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["regles", "avis_origine", "avis_accueil"],
                name="case_un_seul_resultat",
                violation_error_message="Ce couple d’avis a déjà un résultat.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_avis_origine_display()} × {self.get_avis_accueil_display()}"

    @property
    def en_case(self) -> Case:
        return Case(Avis(self.avis_origine), Avis(self.avis_accueil), Resultat(self.resultat), self.points)


class Derogation(models.Model):
    """Délai accordé à un établissement sur une période, avec son motif (R4)."""

    # La dérogation n'a de sens qu'avec sa campagne et son établissement.
    campagne = models.ForeignKey(
        Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="derogations"
    )
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement", on_delete=models.CASCADE, related_name="derogations"
    )
    nature = models.CharField("période", max_length=20, choices=choix.natures)
    jusqu_au = models.DateField("jusqu’au (inclus)")
    motif = models.CharField("motif", max_length=300)

    class Meta:
        verbose_name = "dérogation"
        verbose_name_plural = "dérogations"
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "etablissement", "nature"],
                name="derogation_unique",
                violation_error_message="Cet établissement a déjà une dérogation sur cette période.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.etablissement} – {self.get_nature_display()}"


class Vacances(models.Model):
    """Vacances scolaires de la campagne, jours compris."""

    # Les vacances appartiennent au calendrier de leur campagne.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="vacances")
    libelle = models.CharField("libellé", max_length=60)
    debut = models.DateField("du")
    fin = models.DateField("au (inclus)")

    class Meta:
        verbose_name = "vacances scolaires"
        verbose_name_plural = "vacances scolaires"
        ordering = ["debut"]
        constraints = [
            models.CheckConstraint(
                name="vacances_dans_l_ordre",
                condition=Q(fin__gte=F("debut")),
                violation_error_message="La fin des vacances précède leur début.",
            )
        ]

    def __str__(self) -> str:
        return self.libelle

    def contient(self, jour: date) -> bool:
        return self.debut <= jour <= self.fin


class MotARappeler(models.Model):
    """Mot que la procédure écarte d'un commentaire ou d'un compte-rendu (R31b)."""

    # La liste appartient à sa campagne.
    campagne = models.ForeignKey(
        Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="mots_a_rappeler"
    )
    mot = models.CharField("mot ou expression", max_length=60)
    famille = models.CharField(
        "famille", max_length=60, help_text="Par exemple «\u00a0résultats scolaires\u00a0», «\u00a0santé\u00a0»."
    )

    class Meta:
        verbose_name = "mot à rappeler"
        verbose_name_plural = "mots à rappeler"
        ordering = ["famille", "mot"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "mot"],
                name="mot_a_rappeler_unique",
                violation_error_message="Ce mot figure déjà dans la liste.",
            )
        ]

    def __str__(self) -> str:
        return self.mot


LONGUEUR_D_UNE_ANNONCE = 1000


class AnnonceQuerySet(models.QuerySet):
    def en_ligne(self, campagne: Campagne, le: datetime) -> "AnnonceQuerySet":
        return self.filter(campagne=campagne, du__lte=le, au__gt=le)

    def pour(self, public: str, departement: str = "") -> "AnnonceQuerySet":
        """Annonces adressées à `public` (une valeur d'`Annonce.Public`), dans `departement` s'il est connu."""
        adressees = self.filter(Q(publics=[]) | Q(publics__contains=[public]))
        return (
            adressees.filter(Q(departements=[]) | Q(departements__contains=[departement]))
            if departement
            else (adressees.filter(departements=[]))
        )


class Annonce(models.Model):
    """Annonce du SAIO à certains publics, montrée entre deux instants (écran S11)."""

    class Public(models.TextChoices):
        ORIGINE = "origine", "Établissements d’origine"
        ACCUEIL = "accueil", "Établissements d’accueil"
        ACADEMIE = "academie", "Académie"
        PAGES_PUBLIQUES = "publique", "Pages publiques"

    # Les annonces appartiennent à leur campagne.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="annonces")
    titre = models.CharField("titre", max_length=120, validators=[valider_les_reperes])
    texte = models.TextField(
        "texte",
        max_length=LONGUEUR_D_UNE_ANNONCE,
        help_text="Texte simple\u00a0; les adresses en https:// deviennent des liens.",
        validators=[valider_les_reperes],
    )
    publics = ArrayField(
        models.CharField(max_length=10, choices=Public.choices),
        verbose_name="pour",
        default=list,
        blank=True,
        help_text="Aucune case\u00a0: tout le monde.",
    )
    departements = ArrayField(
        models.CharField(max_length=3),
        verbose_name="départements",
        default=list,
        blank=True,
        help_text="Aucune case\u00a0: toute l’académie.",
    )
    du = models.DateTimeField("en ligne à partir du")
    au = models.DateTimeField("jusqu’au")
    importante = models.BooleanField("importante", default=False)

    objects = AnnonceQuerySet.as_manager()

    class Meta:
        verbose_name = "annonce"
        verbose_name_plural = "annonces"
        ordering = ["-du"]
        constraints = [
            models.CheckConstraint(
                name="annonce_dans_l_ordre",
                condition=Q(au__gt=F("du")),
                violation_error_message="La fin de l’annonce précède son début.",
            ),
            models.CheckConstraint(
                name="annonce_longueur",
                condition=LessThanOrEqual(Length("texte"), LONGUEUR_D_UNE_ANNONCE),
                violation_error_message=f"Une annonce compte {LONGUEUR_D_UNE_ANNONCE} caractères au plus.",
            ),
        ]

    def __str__(self) -> str:
        return self.titre
