"""Le jeu de règles d'une campagne, et sa matrice des avis (R5, R6)."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from referentiel.models import choix
from referentiel.models.campagnes.campagne import Campagne
from referentiel.models.textes import valider_les_reperes
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


def echelle_complete() -> list[str]:
    return [Avis.FAVORABLE.value, Avis.ASSEZ_FAVORABLE.value, Avis.RESERVE.value]


def niveaux_de_troisieme() -> list[str]:
    return [niveau.value for niveau in Niveau if niveau is not Niveau.LYCEE]


class JeuDeRegles(models.Model):
    """Ce qui varie d'une académie et d'une année à l'autre (R5)."""

    # Les règles appartiennent à leur campagne.
    campagne = models.OneToOneField(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="regles")
    echelle_origine = ArrayField(
        models.CharField(max_length=20, choices=choix.avis_d_origine),
        verbose_name="échelle des avis d’origine",
        default=echelle_complete,
    )
    echelle_accueil = ArrayField(
        models.CharField(max_length=20, choices=choix.avis_d_origine),
        verbose_name="échelle des avis d’accueil",
        default=echelle_complete,
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
        default=niveaux_de_troisieme,
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
