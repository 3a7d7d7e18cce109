"""Comptes-rendus et fiches, à la seule lecture du SAIO."""

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html

from avis.models import AvisAccueil, CompteRendu, ExportAffelnet, Fiche
from candidatures.admin import DossierConsulte, RechercheParNom, lieux_nommes
from candidatures.models import Eleve
from comptes.administration import Consultation
from referentiel.admin.socle import Lignes, RechercheSansAccents


class AvisAccueilInline(Lignes):
    model = AvisAccueil


@admin.register(CompteRendu)
class CompteRenduAdmin(RechercheParNom, DossierConsulte):
    chemin_academie = "candidature__domaine__campagne__academie"
    inlines = [AvisAccueilInline]
    list_display = ["eleve", "domaine", "accueil", "etat_lisible", "redige_le", "transmis_le"]
    list_filter = ["candidature__domaine__campagne", "etat", "candidature__domaine"]
    search_fields = ["candidature__eleve__cle", "candidature__accueil__etablissement__recherche"]
    search_help_text = "Élève ou établissement d’accueil, sans égard aux accents."
    list_select_related = ["candidature__eleve", "candidature__domaine", "candidature__accueil__etablissement"]
    date_hierarchy = "redige_le"
    fieldsets = [
        (
            None,
            {
                "description": "Le compte-rendu porte sur tout le domaine ; la famille le lit.",
                "fields": ["candidature", "texte", "etat"],
            },
        ),
        ("Qui et quand", {"fields": ["redige_par", "redige_le", "transmis_par", "transmis_le", "corrige_le"]}),
        ("Relecture", {"fields": ["soumis_par", "soumis_le", "renvoi", "renvoye_par", "renvoye_le"]}),
    ]

    def du_mot(self, mot: str) -> Q:
        eleves, lieux = Eleve.objects.filter(cle__contains=mot), lieux_nommes(mot)
        return Q(candidature__eleve__in=eleves) | Q(candidature__accueil__etablissement__in=lieux)

    @admin.display(description="élève", ordering="candidature__eleve__cle")
    def eleve(self, compte_rendu: CompteRendu) -> str:
        return compte_rendu.candidature.eleve.nom_affiche

    @admin.display(description="domaine", ordering="candidature__domaine__cle")
    def domaine(self, compte_rendu: CompteRendu) -> str:
        return compte_rendu.candidature.domaine.nom

    @admin.display(description="accueil", ordering="candidature__accueil__etablissement__cle")
    def accueil(self, compte_rendu: CompteRendu) -> str:
        return compte_rendu.candidature.accueil.etablissement.nom_et_commune

    @admin.display(description="état", ordering="etat")
    def etat_lisible(self, compte_rendu: CompteRendu) -> str:
        return format_html('<span class="etat etat-{}">{}</span>', compte_rendu.etat, compte_rendu.get_etat_display())


@admin.register(Fiche)
class FicheAdmin(RechercheSansAccents, Consultation):
    chemin_academie = "eleve__campagne__academie"
    list_display = ["numero", "eleve", "remise_le"]
    list_filter = ["eleve__campagne", "remise_le"]
    search_fields = ["eleve__cle", "eleve__code"]
    search_help_text = "Élève, ou huit premiers caractères du numéro de la fiche."
    list_select_related = ["eleve"]
    date_hierarchy = "remise_le"

    @admin.display(description="numéro")
    def numero(self, fiche: Fiche) -> str:
        return fiche.code


@admin.register(ExportAffelnet)
class ExportAffelnetAdmin(Consultation):
    chemin_academie = "campagne__academie"
    list_display = ["le", "campagne", "par", "lignes", "empreinte"]
    list_filter = ["campagne"]
    list_select_related = ["campagne__academie", "par"]
    fields = ["le", "campagne", "par", "lignes", "empreinte"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("contenu")
