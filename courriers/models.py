"""La boîte d'envoi : une ligne par courriel, écrite dans la transaction du fait qu'il annonce."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from courriers.rules import LIBELLES, EtatCourriel


def choix_des_etats() -> list[tuple[str, str]]:
    return [(etat.value, LIBELLES[etat]) for etat in EtatCourriel]


class CourrielQuerySet(models.QuerySet):
    def dus(self, le: datetime) -> "CourrielQuerySet":
        """Courriels à faire partir à l'instant `le`, le plus ancien d'abord."""
        return self.filter(etat=EtatCourriel.A_ENVOYER, prochain_essai_le__lte=le).order_by("prochain_essai_le", "pk")

    def en_cours(self) -> "CourrielQuerySet":
        return self.filter(etat=EtatCourriel.EN_COURS)

    def en_echec(self) -> "CourrielQuerySet":
        return self.filter(etat=EtatCourriel.ABANDONNE)


class Courriel(models.Model):
    """Un courriel et son parcours (R25)."""

    cle = models.CharField("fait annoncé", max_length=200, unique=True)
    nature = models.CharField("nature", max_length=40)
    uai = models.CharField("établissement concerné", max_length=8, blank=True)
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
    envoye_le = models.DateTimeField("envoyé le", null=True, blank=True)

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
        ]
        indexes = [
            models.Index(
                fields=["prochain_essai_le", "id"],
                name="courriel_dus",
                condition=Q(etat__in=[EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS]),
            ),
            models.Index(fields=["uai", "-poste_le"], name="courriel_par_uai"),
        ]

    def __str__(self) -> str:
        return f"{self.nature} pour {self.destinataire}"

    @property
    def message_id(self) -> str:
        """Identifiant du message, déduit de la ligne : un second envoi porte le même."""
        return f"<courriel-{self.pk}@{settings.DOMAINE_DES_MESSAGES}>"
