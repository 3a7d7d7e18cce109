"""Inviter une personne à occuper une place : un lien qui expire et ne sert qu'une fois (R38)."""

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q

from comptes.jetons import empreinte_du_jeton
from referentiel.models.codes import nouveau_code
from referentiel.models.etablissements import Academie, Etablissement
from referentiel.models.rattachements import Rattachement


class EtatDInvitation(StrEnum):
    EN_ATTENTE = "en_attente"
    EXPIREE = "expiree"
    ACCEPTEE = "acceptee"
    RETIREE = "retiree"
    SUSPENDUE = "suspendue"


class InvitationQuerySet(models.QuerySet):
    def du_jeton(self, jeton: str) -> "InvitationQuerySet":
        """L'invitation que ce lien ouvre ; un lien renvoyé éteint le précédent."""
        return self.filter(empreinte=empreinte_du_jeton(jeton))

    def sans_suite(self) -> "InvitationQuerySet":
        """Celles que personne n'a acceptées ni retirées, échues comprises."""
        return self.filter(acceptee_le__isnull=True, retiree_le__isnull=True)

    def avec_l_invitant(self) -> "InvitationQuerySet":
        """Avec `invitant_en_place` : qui l'a envoyée tient encore ce lieu, ou l'académie.

        Cela se lit, et ne s'écrit pas : une place retirée, un compte fermé, un rôle changé, par quelque chemin que ce
        soit, suspendent aussitôt ses invitations (T3).
        """
        places = Rattachement.objects.filter(personne=OuterRef("invitee_par"))
        tiennent = places.filter(
            Q(role=Rattachement.Role.CHEF, etablissement=OuterRef("etablissement"))
            | Q(role=Rattachement.Role.SAIO, academie=OuterRef("etablissement__academie"))
            | Q(role=Rattachement.Role.SAIO, academie=OuterRef("academie"))
        )
        en_place = Q(invitee_par__is_active=True) & (Q(invitee_par__is_superuser=True) | Q(Exists(tiennent)))
        return self.annotate(invitant_en_place=ExpressionWrapper(en_place, models.BooleanField()))

    def de_l_academie(self, academie: Academie) -> "InvitationQuerySet":
        return self.filter(Q(academie=academie) | Q(etablissement__academie=academie))


class Invitation(models.Model):
    """La place proposée à une adresse, et ce qu'il en est."""

    code = models.CharField("code", max_length=8, unique=True, default=nouveau_code, editable=False)
    courriel = models.EmailField("courriel professionnel")
    role = models.CharField("rôle", max_length=12, choices=Rattachement.Role.choices)
    fonction = models.CharField("fonction", max_length=80, blank=True)
    # L'invitation n'a plus d'objet sans le lieu où elle mène.
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    academie = models.ForeignKey(
        Academie, verbose_name="académie", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    departement = models.CharField("département observé", max_length=3, blank=True)
    origine = models.BooleanField("côté origine", default=False)
    accueil = models.BooleanField("côté accueil", default=False)
    empreinte = models.CharField(max_length=64, unique=True, editable=False)
    # Qui a invité se désactive, ne s'efface pas.
    invitee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="invitée par", on_delete=models.PROTECT, related_name="+"
    )
    envoyee_le = models.DateTimeField("envoyée le")
    expire_le = models.DateTimeField("expire le")
    acceptee_le = models.DateTimeField("acceptée le", null=True, blank=True)
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        ordering = ["-envoyee_le", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="invitation_au_bon_endroit",
                condition=(
                    Q(role__in=["chef", "gestionnaire"], etablissement__isnull=False, academie__isnull=True)
                    & (Q(origine=True) | Q(accueil=True))
                )
                | Q(role="saio", academie__isnull=False, etablissement__isnull=True)
                | (Q(role="observateur", academie__isnull=False, etablissement__isnull=True) & ~Q(departement="")),
                violation_error_message="Une invitation mène à une place d’un établissement ou de l’académie.",
            ),
            models.CheckConstraint(
                name="invitation_une_seule_issue",
                condition=Q(acceptee_le__isnull=True) | Q(retiree_le__isnull=True),
                violation_error_message="Une invitation acceptée ne se retire plus.",
            ),
            models.UniqueConstraint(
                fields=["courriel", "etablissement"],
                condition=Q(acceptee_le__isnull=True, retiree_le__isnull=True, etablissement__isnull=False),
                name="invitation_une_par_etablissement",
                violation_error_message="Une invitation attend déjà cette adresse dans cet établissement.",
            ),
            models.UniqueConstraint(
                fields=["courriel", "academie", "role", "departement"],
                condition=Q(acceptee_le__isnull=True, retiree_le__isnull=True, academie__isnull=False),
                name="invitation_une_par_academie",
                violation_error_message="Une invitation attend déjà cette adresse à cette place de l’académie.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.courriel} – {self.libelle} – {self.lieu}"

    @property
    def libelle(self) -> str:
        return self.fonction or self.get_role_display()

    @property
    def lieu(self) -> Etablissement | Academie:
        lieu = self.etablissement or self.academie
        assert lieu is not None
        return lieu

    def etat(self, le: datetime) -> EtatDInvitation:
        if self.acceptee_le:
            return EtatDInvitation.ACCEPTEE
        if self.retiree_le:
            return EtatDInvitation.RETIREE
        if le >= self.expire_le:
            return EtatDInvitation.EXPIREE
        return EtatDInvitation.EN_ATTENTE if self.est_portee() else EtatDInvitation.SUSPENDUE

    def est_portee(self) -> bool:
        """Vrai si qui l'a envoyée tient encore ce lieu ; lu en base, sauf pour une ligne `avec_l_invitant`."""
        if not hasattr(self, "invitant_en_place"):
            self.invitant_en_place = Invitation.objects.avec_l_invitant().get(pk=self.pk).invitant_en_place
        return self.invitant_en_place
