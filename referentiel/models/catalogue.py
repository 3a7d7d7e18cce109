"""Le catalogue d'une campagne : domaines, formations, accueils, offres (R7, R8)."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add, or_
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.search import TrigramWordSimilarity
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Concat, Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils.text import slugify

from referentiel.models import choix
from referentiel.models.campagnes import Campagne
from referentiel.models.codes import nouveau_code
from referentiel.models.etablissements import Etablissement
from referentiel.models.textes import valider_les_reperes, valider_un_lien
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LONGUEUR_CONSIGNES, Modalite
from referentiel.rules.offre import Manque, ce_qui_manque
from referentiel.rules.recherche import RESSEMBLANCE, Mot, Recherche

LONGUEUR_DE_LA_PRESENTATION = 2000
LONGUEUR_DES_METIERS = 1000


class Domaine(models.Model):
    """Groupe de formations pour lesquelles un seul entretien est passé."""

    # Le catalogue appartient à sa campagne.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="domaines")
    nom = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse", max_length=140)
    modalite = models.CharField(
        "modalité proposée par défaut", max_length=12, choices=choix.modalites, default=Modalite.INDIVIDUEL
    )

    class Meta:
        verbose_name = "domaine"
        verbose_name_plural = "domaines"
        ordering = ["nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "nom"],
                name="domaine_unique",
                violation_error_message="Ce domaine figure déjà au catalogue.",
            ),
            models.UniqueConstraint(fields=["campagne", "slug"], name="domaine_slug_unique"),
        ]

    def __str__(self) -> str:
        return self.nom

    def save(self, *args: object, **kwargs: object) -> None:
        self.slug = self.slug or slugify(self.nom)[:140] or nouveau_code()
        super().save(*args, **kwargs)


class Formation(models.Model):
    """Une formation d'un domaine (R7)."""

    class Type(models.TextChoices):
        CAP = "cap", "CAP"
        CAP_AGRICOLE = "cap_agricole", "CAP agricole"
        SECONDE_PRO = "2de_pro", "2de professionnelle"
        SECONDE_PRO_AGRICOLE = "2de_pro_agricole", "2de professionnelle agricole"

    # Une formation disparaît avec son domaine ; une candidature l'en empêche.
    domaine = models.ForeignKey(Domaine, verbose_name="domaine", on_delete=models.CASCADE, related_name="formations")
    type = models.CharField("type", max_length=20, choices=Type.choices)
    libelle = models.CharField("libellé", max_length=160)
    precision = models.CharField("précision", max_length=400, blank=True)
    mef = models.CharField("MEF", max_length=11, blank=True)
    onisep = models.URLField("fiche ONISEP", blank=True, validators=[valider_un_lien])
    presentation = models.TextField(
        "la formation",
        max_length=LONGUEUR_DE_LA_PRESENTATION,
        # Un import ne passe par aucun formulaire : sans validateur, un texte long y serait accepté.
        validators=[MaxLengthValidator(LONGUEUR_DE_LA_PRESENTATION)],
        blank=True,
        help_text="Prérequis, contenus, débouchés, poursuites d’études.",
    )
    metiers = models.TextField(
        "les métiers",
        max_length=LONGUEUR_DES_METIERS,
        blank=True,
        validators=[MaxLengthValidator(LONGUEUR_DES_METIERS)],
    )
    mots_cles = models.CharField(
        "mots-clés",
        max_length=300,
        blank=True,
        help_text="Autres mots qui la font trouver\u00a0: métiers, gestes, lieux.",
    )
    a_verifier = models.CharField(
        "à vérifier",
        max_length=200,
        blank=True,
        help_text="Ce qui reste à contrôler avant l’ouverture\u00a0; vide quand tout l’est.",
    )
    slug = models.SlugField("adresse", max_length=200)
    recherche = models.CharField(max_length=1000, editable=False, default="")

    class Meta:
        verbose_name = "formation"
        verbose_name_plural = "formations"
        ordering = ["domaine__nom", "type", "libelle"]
        constraints = [
            models.UniqueConstraint(
                fields=["domaine", "type", "libelle"],
                name="formation_unique",
                violation_error_message="Cette formation figure déjà dans le domaine.",
            ),
            # Sert de cible à la clé composée qui lie une formation demandée au domaine de sa candidature.
            models.UniqueConstraint(fields=["id", "domaine"], name="formation_et_domaine"),
            models.CheckConstraint(
                name="formation_longueurs",
                condition=Q(LessThanOrEqual(Length("presentation"), LONGUEUR_DE_LA_PRESENTATION))
                & Q(LessThanOrEqual(Length("metiers"), LONGUEUR_DES_METIERS)),
                violation_error_message=(
                    f"La présentation d’une formation compte {LONGUEUR_DE_LA_PRESENTATION} caractères au plus, "
                    f"ses métiers {LONGUEUR_DES_METIERS}."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.intitule

    def save(self, *args: object, **kwargs: object) -> None:
        self.slug = self.slug or slugify(f"{self.get_type_display()} {self.libelle}")[:200]
        self.recherche = cle_de_recherche(self.intitule, self.precision, self.mots_cles)[:1000]
        super().save(*args, **kwargs)

    @property
    def intitule(self) -> str:
        """« CAP Cuisine »."""
        return dire_la_formation(self.type, self.libelle)


LIBELLES_DES_TYPES = dict(Formation.Type.choices)


def dire_la_formation(type_: str, libelle: str) -> str:
    """« CAP Cuisine »."""
    return f"{LIBELLES_DES_TYPES.get(type_, type_)} {libelle}"


class AccueilQuerySet(models.QuerySet):
    def de_la_campagne(self, campagne: Campagne) -> "AccueilQuerySet":
        return self.filter(domaine__campagne=campagne)

    def incomplets(self) -> "AccueilQuerySet":
        """Accueils dont aucune convocation ne peut partir : ni lieu, ni adresse ; ou personne à joindre (R25)."""
        sans_lieu = Q(lieu="", etablissement__adresse="")
        sans_contact = Q(contact_telephone="", contact_courriel="", etablissement__telephone="")
        return self.filter(sans_lieu | sans_contact)


class Accueil(models.Model):
    """Le fait qu'un établissement reçoit pour un domaine, avec sa modalité et son contact."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un accueil appartient au catalogue ; une candidature empêche de l'effacer.
    domaine = models.ForeignKey(Domaine, verbose_name="domaine", on_delete=models.CASCADE, related_name="accueils")
    # Un établissement qui reçoit ne s'efface pas.
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement", on_delete=models.PROTECT, related_name="accueils"
    )
    modalite = models.CharField("modalité", max_length=12, choices=choix.modalites, default=Modalite.INDIVIDUEL)
    lieu = models.CharField(
        "lieu des entretiens", max_length=200, blank=True, help_text="Vide\u00a0: l’adresse de l’établissement."
    )
    acces = models.CharField("accès", max_length=200, blank=True)
    contact_nom = models.CharField("contact", max_length=80, blank=True)
    contact_telephone = models.CharField("téléphone du contact", max_length=20, blank=True)
    contact_courriel = models.EmailField("courriel du contact", blank=True)
    consignes = models.CharField(
        "consignes sur la convocation", max_length=LONGUEUR_CONSIGNES, blank=True, validators=[valider_les_reperes]
    )
    verifie_le = models.DateTimeField(
        "vérifié le", null=True, blank=True, help_text="Quand l’établissement a confirmé son offre pour cette campagne."
    )

    objects = AccueilQuerySet.as_manager()

    class Meta:
        verbose_name = "accueil"
        verbose_name_plural = "accueils"
        ordering = ["domaine__nom", "etablissement__nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["domaine", "etablissement"],
                name="accueil_unique",
                violation_error_message="Cet établissement reçoit déjà pour ce domaine.",
            ),
            # Sert de cible à la clé composée qui lie une candidature au domaine de son accueil.
            models.UniqueConstraint(fields=["id", "domaine"], name="accueil_et_domaine"),
            # Sert de cible à la clé composée qui lie une séance à l'établissement de son accueil.
            models.UniqueConstraint(fields=["id", "etablissement"], name="accueil_et_etablissement"),
        ]

    def __str__(self) -> str:
        return f"{self.domaine} – {self.etablissement.nom_et_commune}"

    @property
    def lieu_complet(self) -> str:
        return self.lieu or self.etablissement.adresse_complete

    @property
    def telephone(self) -> str:
        return self.contact_telephone or self.etablissement.telephone

    @property
    def contact(self) -> str:
        """« M. Haddad, 01 23 45 67 89, ddfpt@lycee.example » ; vide si l'accueil n'a pas de contact à lui."""
        return ", ".join(filter(None, [self.contact_nom, self.contact_telephone, self.contact_courriel]))

    @property
    def manques(self) -> list[Manque]:
        """Ce qui manque pour qu'une convocation parte (R25) ; le même verdict que `incomplets()`."""
        return ce_qui_manque(
            lieu=self.lieu or self.etablissement.adresse, contact=self.telephone or self.contact_courriel
        )


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
        lus = {f"mot_{rang}": BoolOr(_contient(mot)) for rang, mot in enumerate(mots)}
        return self.order_by().values(ensemble=models.Value(1)).annotate(**lus).values_list(*lus)

    def trouvees(self, recherche: Recherche) -> "OffreQuerySet":
        """Offres où chaque mot se trouve, tel quel ou par ressemblance : dans la formation, le domaine ou le lieu.

        Sans égard aux accents, à la casse ni au pluriel (R9).
        """
        conditions = [
            *(_contient(mot) for mot in recherche.exacts),
            *(_ressemble(mot) for mot in recherche.approches),
        ]
        return self.filter(*conditions)

    def par_formation(self, recherche: Recherche = Recherche()) -> "OffreQuerySet":  # noqa: B008 - figée
        """Formation par formation ; d'abord celles dont le nom porte ce qui est cherché."""
        lieu = ("etablissement__commune", "etablissement__nom", "pk")
        return self._classees(
            recherche, "formation__recherche", "formation__libelle", "formation__type", "formation", *lieu
        )

    def par_etablissement(self, recherche: Recherche = Recherche()) -> "OffreQuerySet":  # noqa: B008 - figée
        """Établissement par établissement, de ville en ville ; d'abord ceux dont le nom porte ce qui est cherché."""
        lieu = ("etablissement__commune", "etablissement__nom", "etablissement")
        return self._classees(
            recherche, "etablissement__recherche", *lieu, "formation__libelle", "formation__type", "pk"
        )

    def _classees(self, recherche: Recherche, cle: str, *ordre: str) -> "OffreQuerySet":
        if not recherche:
            return self.order_by(*ordre)
        return self.order_by(_pertinence(recherche, cle).desc(), *ordre)


def _son_accueil() -> models.QuerySet:
    """L'accueil du domaine d'une offre dans son établissement."""
    return Accueil.objects.filter(
        domaine=models.OuterRef("formation__domaine"), etablissement=models.OuterRef("etablissement")
    ).order_by()


def _contient(mot: Mot) -> Q:
    """Le mot est dans la formation, le domaine ou le lieu."""
    formations = Formation.objects.filter(
        Q(recherche__contains=mot.racine) | Q(domaine__slug__contains=mot.racine),
    )
    return _de(formations, Etablissement.objects.filter(recherche__contains=mot.racine))


def _ressemble(mot: Mot) -> Q:
    """Un mot de la formation, du domaine ou du lieu ressemble à celui-ci.

    Les établissements se comptent par milliers : l'index les cherche, au seuil de PostgreSQL (0,6).
    """
    proches = (
        Q(GreaterThanOrEqual(TrigramWordSimilarity(mot.cle, cle), RESSEMBLANCE))
        for cle in ("recherche", "domaine__slug")
    )
    formations = Formation.objects.filter(reduce(or_, proches))
    return _de(formations, Etablissement.objects.filter(recherche__trigram_word_similar=mot.cle))


def _de(formations: models.QuerySet, etablissements: models.QuerySet) -> Q:
    """Offres de l'une de ces formations ou de l'un de ces établissements, chacune cherchée dans sa table."""
    formations, etablissements = formations.order_by().values("pk"), etablissements.order_by().values("pk")
    return Q(formation__in=formations) | Q(etablissement__in=etablissements)


def _pertinence(recherche: Recherche, cle: str) -> models.expressions.Combinable:
    """Nombre de mots cherchés qui commencent un mot de la clé, et ressemblance de ceux que l'on approche."""
    debuts = (
        models.Case(models.When(**{f"{cle}__regex": _debut_de_mot(mot.racine)}, then=1.0), default=0.0)
        for mot in recherche.exacts
    )
    return reduce(add, (*debuts, *(TrigramWordSimilarity(mot.cle, cle) for mot in recherche.approches)))


def _debut_de_mot(racine: str | models.Value) -> str | models.Func:
    return Concat(models.Value(r"\m"), racine) if isinstance(racine, models.Value) else rf"\m{racine}"


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
        ordering = ["formation", "etablissement__nom"]
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
