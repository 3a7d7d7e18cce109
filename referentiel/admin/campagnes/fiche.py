"""La liste des campagnes et la fiche de chacune (écrans S7 et S8, R1 à R3)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from referentiel import prereglages
from referentiel.admin.calendrier import PeriodeInline, VacancesInline, natures_absentes
from referentiel.admin.campagnes.enregistrement import EnregistrementDeLaCampagne
from referentiel.admin.campagnes.gestes import GestesDeLaCampagne
from referentiel.admin.campagnes.naissance import CATALOGUE_REPRIS, REPRISE, NouvelleCampagneForm
from referentiel.admin.socle import choix_permis
from referentiel.frise import frise_du_calendrier
from referentiel.models import Academie, Campagne
from referentiel.rules.calendrier import Bornes, Nature
from referentiel.rules.dates import jour_de


@admin.register(Campagne)
class CampagneAdmin(EnregistrementDeLaCampagne, GestesDeLaCampagne):
    chemin_academie = "academie"
    chemin_campagne = ""
    ajouter = "Préparer une campagne"
    inlines = [PeriodeInline, VacancesInline]
    list_display = ["intitule", "academie", "annee", "etat_lisible", "inscriptions", "fermeture", "verifications_"]
    list_filter = ["etat", "annee", "academie"]
    search_fields = ["intitule"]
    list_select_related = ["academie"]
    fixes_apres_creation = ("academie", "etat_lisible")
    change_form_template = "admin/referentiel/campagne/change_form.html"
    fieldsets = [
        (
            None,
            {
                "description": (
                    "Une académie n’a qu’une campagne ouverte à la fois. Une campagne close reste lisible, "
                    "plus rien n’y change."
                ),
                "fields": ["academie", "annee", "intitule", "etat_lisible"],
            },
        )
    ]
    fieldsets_de_creation = [
        (
            None,
            {
                "description": (
                    "La campagne est préparée avec un calendrier, des règles, une matrice, les mots à rappeler et "
                    "un catalogue. Elle ne s’ouvre qu’à votre demande."
                ),
                "fields": ["academie", "annee", "intitule", "modele", "catalogue"],
            },
        )
    ]

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).prefetch_related("periodes")

    def get_fieldsets(self, request: HttpRequest, obj: Campagne | None = None):
        return self.fieldsets if obj else self.fieldsets_de_creation

    def get_inlines(self, request: HttpRequest, obj: Campagne | None):
        return self.inlines if obj else []

    def get_formset_kwargs(self, request: HttpRequest, obj: Campagne, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, PeriodeInline):
            kwargs["initial"] = [{"nature": nature.value} for nature in natures_absentes(obj)]
        return kwargs

    def get_form(self, request: HttpRequest, obj: Campagne | None = None, change: bool = False, **kwargs: Any):
        if obj:
            return super().get_form(request, obj, change=change, **kwargs)
        formulaire = super().get_form(
            request, obj, change=change, form=NouvelleCampagneForm, fields=["academie", "annee", "intitule"]
        )
        formulaire.campagnes = self.get_queryset(request).select_related("academie")
        return formulaire

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """L'année qui suit la dernière campagne, d'après elle."""
        derniere = self.get_queryset(request).order_by("-annee", "-pk").first()
        if derniere is None:
            return self._premiere_campagne(request)
        annee = derniere.annee + 1
        return {
            "academie": derniere.academie_id,
            "annee": annee,
            "intitule": f"Passpro {annee}",
            "modele": f"{REPRISE}{derniere.pk}",
            "catalogue": CATALOGUE_REPRIS,
        }

    def _premiere_campagne(self, request: HttpRequest) -> dict[str, Any]:
        """Sans campagne passée : le préréglage le plus récent, dans la seule académie que l'on administre."""
        annee = jour_de(request.le).year + 1
        academies = list(choix_permis(self.admin_site, Academie, request)[:2])
        return {
            "academie": academies[0].pk if len(academies) == 1 else None,
            "annee": annee,
            "intitule": f"Passpro {annee}",
            "modele": list(prereglages.noms_des_prereglages())[-1],
            "catalogue": CATALOGUE_REPRIS,
        }

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, obj=None, **kwargs: Any):
        if obj:
            context["frise"] = frise_du_calendrier(obj.calendrier, obj.conges, jour_de(request.le))
            context["en_preparation"] = obj.etat == Campagne.Etat.PREPARATION
            context["ouverte"] = obj.est_ouverte
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def view_on_site(self, obj: Campagne) -> str:
        return f"{reverse('referentiel:calendrier')}?academie={obj.academie.code}"

    def get_view_on_site_url(self, obj: Campagne | None = None) -> str | None:
        """Une campagne en préparation n'est pas encore dans l'application."""
        return None if obj is None or obj.etat == Campagne.Etat.PREPARATION else self.view_on_site(obj)

    @admin.display(description="état", ordering="etat")
    def etat_lisible(self, campagne: Campagne) -> str:
        return format_html('<span class="etat etat-{}">{}</span>', campagne.etat, campagne.get_etat_display())

    @admin.display(description="inscriptions")
    def inscriptions(self, campagne: Campagne) -> str:
        bornes = campagne.calendrier.periodes.get(Nature.INSCRIPTION, Bornes())
        return f"{_dire(bornes.debut)} – {_dire(bornes.fin)}"

    @admin.display(description="fermeture")
    def fermeture(self, campagne: Campagne) -> str:
        return _dire(campagne.calendrier.periodes.get(Nature.FERMETURE, Bornes()).fin)

    @admin.display(description="vérifications")
    def verifications_(self, campagne: Campagne) -> str:
        if campagne.etat == Campagne.Etat.CLOSE:
            return "N/A"
        adresse = reverse("admin:referentiel_campagne_verifications", args=[campagne.pk])
        return format_html('<a href="{}">Ce qui reste à vérifier</a>', adresse)


def _dire(jour) -> str:
    return f"{jour:%d/%m/%Y}" if jour else "N/A"
