"""Les établissements qui reçoivent pour un domaine (R7, R25)."""

from django.db import models
from django.db.models import Q

from referentiel.models import choix
from referentiel.models.campagnes import Campagne
from referentiel.models.catalogue.domaines import Domaine
from referentiel.models.codes import nouveau_code
from referentiel.models.etablissements import Etablissement
from referentiel.models.textes import valider_les_reperes
from referentiel.rules.jeu import LONGUEUR_CONSIGNES, Modalite
from referentiel.rules.offre import Manque, ce_qui_manque


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
        ordering = ["domaine__cle", "etablissement__cle"]
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
