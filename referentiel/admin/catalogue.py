"""Le catalogue d'une campagne : domaines, formations, accueils, offres (R7, R8)."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from referentiel.admin.apercus import AvecApercuDeConvocation, TextesDeConvocation, textes_de_l_accueil
from referentiel.admin.socle import FiltreDepartement, FiltreVide, GestionDuReferentiel, Lignes, RechercheSansAccents
from referentiel.models import Accueil, Domaine, Formation, Offre
from referentiel.services import verifier_les_accueils, verifier_les_formations


class FormationsAVerifier(FiltreVide):
    mots = ("Vérifiées", "À vérifier")


class AccueilsAVerifier(FiltreVide):
    mots = ("À vérifier", "Vérifiés")


class FormationInline(Lignes):
    model = Formation
    fields = ["type", "libelle", "precision", "mef"]
    show_change_link = True
    ajouter = "Ajouter une formation"


@admin.register(Domaine)
class DomaineAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    ajouter = "Ajouter un domaine"
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

    def view_on_site(self, obj: Domaine) -> str:
        return f"{reverse('referentiel:catalogue')}?academie={obj.campagne.academie.code}&domaine={obj.slug}"


@admin.register(Formation)
class FormationAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "domaine__campagne__academie"
    chemin_campagne = "domaine__campagne"
    ajouter = "Ajouter une formation"
    effacable = True
    actions = ["marquer_verifiees"]
    list_display = ["libelle", "type", "domaine", "mef", "a_verifier", "campagne"]
    list_filter = ["domaine__campagne", ("a_verifier", FormationsAVerifier), "type"]
    search_fields = ["recherche", "mef", "domaine__slug"]
    search_help_text = "Libellé, précision, MEF ou domaine, sans égard aux accents."
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
                "fields": ["mef", "a_verifier", "onisep"],
            },
        ),
        (
            "Au catalogue public",
            {
                "description": "Ce que lisent les élèves et leurs familles.",
                "fields": ["presentation", "metiers", "mots_cles"],
            },
        ),
    ]

    @admin.action(description="Marquer comme vérifiées les formations sélectionnées")
    def marquer_verifiees(self, request: HttpRequest, formations: models.QuerySet) -> HttpResponse | None:
        return self.confirmer_un_lot(
            request,
            formations,
            action="marquer_verifiees",
            question="Marquer ces formations comme vérifiées\u00a0?",
            consequence="Leur mention «\u00a0à vérifier\u00a0» s’efface\u00a0; rien d’autre ne change.",
            verbe="Marquer comme vérifiées",
            geste=lambda lot: verifier_les_formations(formations=lot, par=request.user, le=request.le),
            succes="formations vérifiées",
        )

    def view_on_site(self, obj: Formation) -> str:
        academie = obj.domaine.campagne.academie.code
        return f"{reverse('referentiel:formation', args=[obj.slug])}?academie={academie}"

    @admin.display(description="campagne", ordering="domaine__campagne")
    def campagne(self, formation: Formation) -> str:
        return str(formation.domaine.campagne)


@admin.register(Accueil)
class AccueilAdmin(AvecApercuDeConvocation, RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "domaine__campagne__academie"
    chemin_campagne = "domaine__campagne"
    ajouter = "Ajouter un accueil"
    effacable = True
    actions = ["marquer_verifies"]
    list_display = ["etablissement", "domaine", "modalite", "contact_courriel", "verifie_le"]
    list_filter = [
        "domaine__campagne",
        ("verifie_le", AccueilsAVerifier),
        "modalite",
        ("etablissement__departement", FiltreDepartement),
    ]
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
                "fields": ["domaine", "etablissement", "modalite", "verifie_le"],
            },
        ),
        (
            "Sur la convocation",
            {
                "description": "À défaut de lieu, l’adresse de l’établissement.",
                "fields": ["lieu", "acces", "consignes", "contact_nom", ("contact_telephone", "contact_courriel")],
            },
        ),
    ]

    def textes_de(self, request: HttpRequest, objet: Accueil) -> TextesDeConvocation:
        return textes_de_l_accueil(request, objet)

    def view_on_site(self, obj: Accueil) -> str:
        academie, domaine = obj.domaine.campagne.academie.code, obj.domaine.slug
        return f"{reverse('referentiel:catalogue')}?academie={academie}&domaine={domaine}"

    @admin.action(description="Marquer comme vérifiés les accueils sélectionnés")
    def marquer_verifies(self, request: HttpRequest, accueils: models.QuerySet) -> HttpResponse | None:
        return self.confirmer_un_lot(
            request,
            accueils,
            action="marquer_verifies",
            question="Marquer ces accueils comme vérifiés\u00a0?",
            consequence="Ces établissements reçoivent toujours pour ces domaines, de la même façon.",
            verbe="Marquer comme vérifiés",
            geste=lambda lot: verifier_les_accueils(accueils=lot, par=request.user, le=request.le),
            succes="accueils vérifiés",
        )


@admin.register(Offre)
class OffreAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "formation__domaine__campagne__academie"
    chemin_campagne = "formation__domaine__campagne"
    ajouter = "Ajouter une offre"
    effacable = True
    list_display = ["formation", "etablissement", "domaine", "hors_passpro", "presentation"]
    list_filter = [
        "formation__domaine__campagne",
        "hors_passpro",
        "formation__type",
        ("etablissement__departement", FiltreDepartement),
    ]
    search_fields = ["formation__recherche", "formation__domaine__slug", "etablissement__recherche"]
    search_help_text = "Formation, domaine ou établissement, sans égard aux accents."
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

    def view_on_site(self, obj: Offre) -> str:
        academie = obj.formation.domaine.campagne.academie.code
        return f"{reverse('referentiel:formation', args=[obj.formation.slug])}?academie={academie}"

    @admin.display(description="domaine", ordering="formation__domaine__cle")
    def domaine(self, offre: Offre) -> str:
        return offre.formation.domaine.nom
