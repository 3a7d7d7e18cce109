"""Élèves et candidatures, à la seule lecture du SAIO. Ouvrir un dossier s'inscrit dans son historique (R40)."""

from collections.abc import Callable

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from candidatures.models import Candidature, DemandeDeTransfert, Eleve, FormationDemandee, PreInscription
from comptes.administration import Consultation
from comptes.services import consigner
from referentiel.admin.socle import Lignes, RechercheSansAccents
from referentiel.models import Etablissement
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.recherche import MOTS_AU_PLUS
from referentiel.services.lectures import noter_le_dossier_lu


def _de_ce_mot(mot: str) -> Q:
    """Élèves dont le nom, ou l'établissement, porte ce mot. Les établissements se lisent d'abord : joints par un « ou »
    au nom de l'élève, ils feraient relire chaque élève au lieu de l'index des noms."""
    return Q(cle__contains=mot) | Q(etablissement__in=lieux_nommes(mot))


def lieux_nommes(mot: str) -> list[int]:
    """Clés des établissements dont le nom, la commune ou l'UAI porte ce mot."""
    return list(Etablissement.objects.cherche(mot).values_list("pk", flat=True))


class RechercheParNom:
    """Chaque mot cherché dans le nom de l'élève et celui de l'établissement ; `du_mot` en donne la condition.

    Les premiers mots seulement, comme au catalogue : chacun est une condition de plus.
    """

    du_mot: Callable[[str], Q]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        for mot in cle_de_recherche(search_term).split()[:MOTS_AU_PLUS]:
            queryset = queryset.filter(self.du_mot(mot))
        return queryset, False


class DossierConsulte(RechercheSansAccents, Consultation):
    """Une page qui montre le dossier d'un élève : la lire laisse une trace."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        objet = self.get_object(request, unquote(object_id))
        if objet is not None and request.method == "GET":
            consigner(
                objet=objet,
                fait="consultation",
                phrase="Dossier consulté dans l’administration.",
                par=request.user,
                le=request.le,
            )
            noter_le_dossier_lu(eleve=_eleve_de(objet), uai="", par=request.user, le=request.le)
        return super().change_view(request, object_id, form_url, extra_context)


def _eleve_de(objet: Model) -> Model:
    """L'élève dont parle l'objet : lui-même, une candidature, ou ce qui tient à une candidature."""
    candidature = getattr(objet, "candidature", objet)
    return getattr(candidature, "eleve", candidature)


class CandidatureInline(Lignes):
    model = Candidature
    fields = ["domaine", "accueil", "modalite", "etat", "inscrite_le"]
    show_change_link = True


class FormationDemandeeInline(Lignes):
    model = FormationDemandee
    fk_name = "candidature"
    fields = ["formation", "ajoutee_a_l_entretien", "avis", "commentaire", "avis_le", "desistee_le"]


@admin.register(Eleve)
class EleveAdmin(RechercheParNom, DossierConsulte):
    chemin_academie = "campagne__academie"
    inlines = [CandidatureInline]
    list_display = ["nom_affiche", "classe", "niveau", "etablissement", "campagne", "cree_le"]
    list_filter = ["campagne", "niveau", "etablissement__departement"]
    search_fields = ["cle", "etablissement__recherche"]
    search_help_text = "Nom, prénom ou établissement, sans égard aux accents."
    list_select_related = ["etablissement", "campagne__academie"]
    fieldsets = [
        (
            None,
            {
                "description": "Ce dossier se modifie dans l’espace de l’établissement d’origine.",
                "fields": ["nom", "prenom", "date_de_naissance", "ine"],
            },
        ),
        ("Scolarité", {"fields": ["campagne", "etablissement", "classe", "niveau", "mef"]}),
        ("Personne référente", {"fields": ["referent_nom", "referent_courriel"]}),
    ]

    def du_mot(self, mot: str) -> Q:
        return _de_ce_mot(mot)


@admin.register(Candidature)
class CandidatureAdmin(RechercheParNom, DossierConsulte):
    chemin_academie = "domaine__campagne__academie"
    inlines = [FormationDemandeeInline]
    list_display = ["eleve", "domaine", "origine", "accueil_lisible", "modalite", "etat_lisible", "inscrite_le"]
    list_filter = ["domaine__campagne", "etat", "modalite", "eleve__etablissement__departement", "domaine"]
    search_fields = ["eleve__cle", "eleve__etablissement__recherche", "accueil__etablissement__recherche"]
    search_help_text = "Élève ou établissement, sans égard aux accents."
    list_select_related = ["eleve__etablissement", "accueil__etablissement", "domaine"]

    date_hierarchy = "inscrite_le"
    fieldsets = [
        (
            None,
            {
                "description": "Un élève, un domaine, un établissement d’accueil\u00a0: un seul entretien.",
                "fields": ["eleve", "domaine", "accueil", "modalite"],
            },
        ),
        ("Où elle en est", {"fields": ["etat", "inscrite_le", "motif", "modifiee_le"]}),
    ]

    def du_mot(self, mot: str) -> Q:
        return Q(eleve__in=Eleve.objects.filter(_de_ce_mot(mot))) | Q(accueil__etablissement__in=lieux_nommes(mot))

    @admin.display(description="origine", ordering="eleve__etablissement__cle")
    def origine(self, candidature: Candidature) -> str:
        return candidature.eleve.etablissement.nom_et_commune

    @admin.display(description="accueil", ordering="accueil__etablissement__cle")
    def accueil_lisible(self, candidature: Candidature) -> str:
        return candidature.accueil.etablissement.nom_et_commune

    @admin.display(description="état", ordering="etat")
    def etat_lisible(self, candidature: Candidature) -> str:
        return format_html('<span class="etat etat-{}">{}</span>', candidature.etat, candidature.get_etat_display())


@admin.register(DemandeDeTransfert)
class DemandeDeTransfertAdmin(Consultation):
    chemin_academie = "eleve__campagne__academie"
    list_display = ["eleve", "demandeur", "etat", "demandee_le", "reglee_le"]
    list_filter = ["etat", "eleve__campagne"]
    list_select_related = ["eleve", "demandeur"]
    date_hierarchy = "demandee_le"


@admin.register(PreInscription)
class PreInscriptionAdmin(Consultation):
    chemin_academie = "campagne__academie"
    list_display = ["reference", "courriel", "etat", "recue_le", "campagne"]
    list_filter = ["campagne", "etat"]
    search_fields = ["reference", "courriel"]
    list_select_related = ["campagne__academie"]
    date_hierarchy = "recue_le"
    fields = ["reference", "campagne", "etat", "courriel", "message", "recue_le"]
