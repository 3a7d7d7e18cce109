"""Le catalogue d'une campagne : domaines, formations, accueils, offres (R7, R8)."""

from django.contrib import admin
from django.db import models
from django.urls import reverse

from referentiel.admin.socle import GestionDuReferentiel, Lignes, RechercheSansAccents
from referentiel.models import Accueil, Domaine, Formation, Offre


class FormationInline(Lignes):
    model = Formation
    fields = ["type", "libelle", "precision", "mef"]
    show_change_link = True


@admin.register(Domaine)
class DomaineAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    effacable = True
    inlines = [FormationInline]
    list_display = ["nom", "modalite", "campagne"]
    list_filter = ["campagne", "modalite"]
    search_fields = ["slug"]
    search_help_text = "Nom du domaine, sans égard aux accents."
    list_select_related = ["campagne__academie"]
    fixes_apres_creation = ("campagne",)
    fieldsets = [
        (
            None,
            {
                "description": (
                    "Un élève passe un seul entretien par domaine. La modalité proposée ici est celle des nouveaux "
                    "accueils\u00a0; chaque établissement a la sienne."
                ),
                "fields": ["campagne", "nom", "modalite"],
            },
        )
    ]


@admin.register(Formation)
class FormationAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "domaine__campagne__academie"
    chemin_campagne = "domaine__campagne"
    effacable = True
    list_display = ["libelle", "type", "domaine", "mef", "campagne"]
    list_filter = ["domaine__campagne", "type", "domaine"]
    search_fields = ["recherche", "mef"]
    search_help_text = "Libellé, précision ou MEF, sans égard aux accents."
    autocomplete_fields = ["domaine"]
    list_select_related = ["domaine__campagne__academie"]
    fixes_apres_creation = ("domaine",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = [
        (None, {"fields": ["domaine", "type", "libelle", "precision"]}),
        (
            "Repères",
            {
                "description": "Le MEF est comparé sur ses dix premiers caractères.",
                "fields": ["mef", "onisep"],
            },
        ),
    ]

    def view_on_site(self, obj: Formation) -> str:
        academie = obj.domaine.campagne.academie.code
        return f"{reverse('referentiel:formation', args=[obj.slug])}?academie={academie}"

    @admin.display(description="campagne", ordering="domaine__campagne")
    def campagne(self, formation: Formation) -> str:
        return str(formation.domaine.campagne)


@admin.register(Accueil)
class AccueilAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "domaine__campagne__academie"
    chemin_campagne = "domaine__campagne"
    effacable = True
    list_display = ["etablissement", "domaine", "modalite", "contact_courriel", "contact_telephone"]
    list_filter = ["domaine__campagne", "modalite", "etablissement__departement", "domaine"]
    search_fields = ["domaine__slug", "etablissement__recherche"]
    search_help_text = "Domaine ou établissement, sans égard aux accents."
    autocomplete_fields = ["domaine", "etablissement"]
    list_select_related = ["domaine", "etablissement"]
    fixes_apres_creation = ("domaine", "etablissement")
    fieldsets = [
        (
            None,
            {
                "description": "Cet établissement reçoit les élèves pour ce domaine.",
                "fields": ["domaine", "etablissement", "modalite"],
            },
        ),
        (
            "Sur la convocation",
            {
                "description": "À défaut de lieu, l’adresse de l’établissement.",
                "fields": ["lieu", "acces", "consignes", ("contact_telephone", "contact_courriel")],
            },
        ),
    ]


@admin.register(Offre)
class OffreAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "formation__domaine__campagne__academie"
    chemin_campagne = "formation__domaine__campagne"
    effacable = True
    list_display = ["formation", "etablissement", "domaine", "hors_passpro", "presentation"]
    list_filter = [
        "formation__domaine__campagne",
        "hors_passpro",
        "formation__type",
        "etablissement__departement",
        "formation__domaine",
    ]
    search_fields = ["formation__recherche", "etablissement__recherche"]
    search_help_text = "Formation ou établissement, sans égard aux accents."
    autocomplete_fields = ["formation", "etablissement"]
    list_select_related = ["formation__domaine", "etablissement"]
    fixes_apres_creation = ("formation", "etablissement")
    fieldsets = [
        (None, {"fields": ["formation", "etablissement"]}),
        (
            "Hors Passpro",
            {
                "description": (
                    "Une offre hors Passpro reste au catalogue avec sa présentation, "
                    "et ne peut pas être demandée dans une candidature."
                ),
                "fields": ["hors_passpro", "presentation"],
            },
        ),
    ]

    @admin.display(description="domaine", ordering="formation__domaine__nom")
    def domaine(self, offre: Offre) -> str:
        return offre.formation.domaine.nom
