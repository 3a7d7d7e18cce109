"""La boîte d'envoi : une ligne par courriel, écrite dans la transaction du fait qu'il annonce."""

import re
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from courriers.rules import LIBELLES, EtatCourriel, Raison, dire_le_refus

LONGUEUR_DU_SCEAU = 10
# Ce que demain dira autrement : en retard, le message serait faux, et son lecteur a pu quitter l'établissement.
NATURES_D_UN_JOUR = frozenset({"resume"})
NATURES_D_ACCES = frozenset({"code", "invitation", "mot de passe"})
# Leur lien ouvre un compte : parti, le message n'en garde rien ; il se redemande, il ne se renvoie pas (R38).
NATURES_SANS_COPIE = frozenset({"invitation", "mot de passe"})
LIEN_D_ACCES = re.compile(r"/(pre-inscription/suivi|invitation|mot-de-passe)/")


def choix_des_etats() -> list[tuple[str, str]]:
    return [(etat.value, LIBELLES[etat]) for etat in EtatCourriel]


class CourrielQuerySet(models.QuerySet):
    def dus(self, le: datetime) -> "CourrielQuerySet":
        """Courriels à faire partir à l'instant `le`, le plus ancien d'abord."""
        return self.filter(etat=EtatCourriel.A_ENVOYER, prochain_essai_le__lte=le).order_by("prochain_essai_le", "pk")

    def en_cours(self) -> "CourrielQuerySet":
        return self.filter(etat=EtatCourriel.EN_COURS)

    def en_echec(self) -> "CourrielQuerySet":
        """Courriels abandonnés dont on attend quelque chose : un résumé quotidien, que le suivant remplace, n'en est
        pas."""
        return self.filter(etat=EtatCourriel.ABANDONNE).exclude(nature__in=NATURES_D_UN_JOUR)

    def du_message(self, identifiant: str) -> "Courriel | None":
        """Courriel dont part le message de cet identifiant, à l'adresse qu'il a aujourd'hui."""
        cle = identifiant.removeprefix("<courriel-").partition("-")[0]
        courriel = self.filter(pk=int(cle)).first() if cle.isdecimal() else None
        return courriel if courriel and courriel.message_id == identifiant else None


class Courriel(models.Model):
    """Un courriel et son parcours (R25)."""

    cle = models.CharField("fait annoncé", max_length=200, unique=True)
    nature = models.CharField("nature", max_length=40)
    uai = models.CharField("établissement concerné", max_length=8, blank=True)
    # Celle de la campagne : son SAIO suit aussi ce qui part vers un établissement d'ailleurs, ou d'aucun.
    academie = models.PositiveIntegerField("clé de l’académie qui le suit", null=True, blank=True)
    destinataire = models.EmailField("destinataire", max_length=254)
    sujet = models.CharField("sujet", max_length=200)
    texte = models.TextField("texte")
    html = models.TextField("version HTML")
    pieces = models.JSONField("pièces jointes", default=list, blank=True)
    etat = models.CharField("état", max_length=12, choices=choix_des_etats, default=EtatCourriel.A_ENVOYER)
    poste_le = models.DateTimeField("posté le")
    prochain_essai_le = models.DateTimeField("part à partir du")
    tentatives = models.PositiveSmallIntegerField("essais", default=0)
    derniere_erreur = models.CharField("dernière erreur", max_length=500, blank=True)
    incertain = models.BooleanField(
        "peut-être déjà remis",
        default=False,
        help_text="Un essai a été interrompu sans que le serveur dise s’il avait pris le message.",
    )
    envoye_le = models.DateTimeField("envoyé le", null=True, blank=True)
    efface_le = models.DateTimeField("contenu supprimé le", null=True, blank=True)

    objects = CourrielQuerySet.as_manager()

    class Meta:
        verbose_name = "courriel"
        verbose_name_plural = "courriels"
        constraints = [
            models.CheckConstraint(
                name="courriel_envoye_et_date",
                condition=Q(etat=EtatCourriel.ENVOYE, envoye_le__isnull=False)
                | (~Q(etat=EtatCourriel.ENVOYE) & Q(envoye_le__isnull=True)),
                violation_error_message="Un courriel envoyé porte la date de son envoi.",
            ),
            models.CheckConstraint(
                name="courriel_un_seul_destinataire",
                condition=~Q(destinataire__regex=r"[\s,;<>]"),
                violation_error_message="Un courriel a un seul destinataire.",
            ),
            models.CheckConstraint(
                name="courriel_efface_sans_contenu",
                condition=Q(efface_le__isnull=True) | Q(texte="", html="", pieces=[]),
                violation_error_message="Un courriel dont le contenu est supprimé n’en garde rien.",
            ),
            models.CheckConstraint(
                name="courriel_efface_ne_part_plus",
                condition=Q(efface_le__isnull=True) | ~Q(etat__in=[EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS]),
                violation_error_message="Un courriel dont le contenu est supprimé ne part plus.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["prochain_essai_le", "id"],
                name="courriel_dus",
                condition=Q(etat__in=[EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS]),
            ),
            models.Index(fields=["uai", "-poste_le"], name="courriel_par_uai"),
            models.Index(fields=["academie", "-poste_le"], name="courriel_par_academie"),
            models.Index(fields=["-poste_le", "-id"], name="courriel_par_date"),
            models.Index(
                fields=["uai", "-poste_le"], name="courriel_en_echec", condition=Q(etat=EtatCourriel.ABANDONNE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nature} pour {self.destinataire}"

    @property
    def message_id(self) -> str:
        """Identifiant du message : le même à chaque essai vers une adresse, autre pour une autre adresse.

        Son sceau ne se devine pas : qui le cite dans un avis de non-remise a reçu le message (R25).
        """
        sceau = salted_hmac("courriers.message_id", f"{self.pk}\n{self.destinataire.lower()}").hexdigest()
        return f"<courriel-{self.pk}-{sceau[:LONGUEUR_DU_SCEAU]}@{settings.DOMAINE_DES_MESSAGES}>"

    @property
    def porte_un_acces(self) -> bool:
        """Vrai si le message donne un accès personnel : il ne se renvoie qu'à son destinataire (R21)."""
        return self.est_un_acces or bool(LIEN_D_ACCES.search(self.texte))

    @property
    def est_un_acces(self) -> bool:
        """Vrai si tout le message est un accès, un code ou un mot de passe : personne d'autre ne le lit."""
        return self.nature in NATURES_D_ACCES

    @property
    def peut_repartir(self) -> bool:
        """Vrai si, non distribué, le message a encore un contenu et un objet."""
        return self.efface_le is None and self.nature not in NATURES_D_UN_JOUR

    @property
    def raison(self) -> Raison | None:
        """Pourquoi le dernier essai a échoué, en mots ; `None` s'il n'a pas échoué."""
        return dire_le_refus(self.derniere_erreur) if self.derniere_erreur else None


def choix_des_etapes() -> list[tuple[str, str]]:
    return Etape.Nature.choices


class Etape(models.Model):
    """Ce qui est arrivé à un courriel en chemin, et que sa ligne ne garde pas (écran S10)."""

    class Nature(models.TextChoices):
        REFUS = "refus", "Essai refusé"
        ENVOI = "envoi", "Accepté par le serveur de messagerie"
        RETOUR = "retour", "Revenu sans être remis"
        RENVOI = "renvoi", "Remis en file"

    # Le parcours disparaît avec son courriel.
    courriel = models.ForeignKey(Courriel, verbose_name="courriel", on_delete=models.CASCADE, related_name="etapes")
    nature = models.CharField("nature", max_length=8, choices=choix_des_etapes)
    le = models.DateTimeField("le")
    destinataire = models.EmailField("destinataire", max_length=254)
    detail = models.CharField("détail", max_length=500, blank=True)

    class Meta:
        verbose_name = "étape d’un courriel"
        verbose_name_plural = "étapes des courriels"
        ordering = ["le", "pk"]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} – {self.destinataire}"
