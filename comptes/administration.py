"""Ce que toutes les pages de l'administration ont en commun : cloisonnement, historique, refus (R37, R39, R42)."""

import re
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.forms import Field, ModelForm, SplitDateTimeField
from django.forms.models import _get_foreign_key, modelform_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import localize
from django.utils.timezone import localtime

from comptes.contraintes import AU_MEME_INSTANT, est_un_croisement, phrase_de_la_contrainte
from comptes.models import Trace
from comptes.services import consigner

SECRETS = frozenset({"password", "last_login"})
VERSION = "version"
HORS_DE_LA_SAISIE = frozenset({"csrfmiddlewaretoken", VERSION})


class Perimee(Exception):
    """Quelqu'un d'autre a enregistré cette page depuis son ouverture (R42)."""


def administre(request: HttpRequest) -> bool:
    """Vrai pour le SAIO d'une académie et pour l'administration de toutes."""
    return request.user.is_superuser or bool(request.perimetre.academies_administrees)


class FiltreDuPerimetre(admin.RelatedFieldListFilter):
    """Ne propose que ce que la personne peut voir : ni campagne ni académie d'ailleurs (R37)."""

    def field_choices(self, field: models.Field, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        page = model_admin.admin_site._registry.get(field.remote_field.model)
        visibles = {"pk__in": page.get_queryset(request).values("pk")} if page else {}
        ordre = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, ordering=ordre, limit_choices_to=visibles)


admin.FieldListFilter.register(
    lambda champ: isinstance(champ, models.ForeignKey), FiltreDuPerimetre, take_priority=True
)


class Consultation(admin.ModelAdmin):
    """Une page qui se lit : chacun y voit son académie, l'administration générale les voit toutes (R37)."""

    chemin_academie: ClassVar[str]
    list_per_page = 60
    actions_on_top = True
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        queryset = super().get_queryset(request)
        return queryset if request.user.is_superuser else self.dans_le_perimetre(queryset, request)

    def dans_le_perimetre(self, queryset: models.QuerySet, request: HttpRequest) -> models.QuerySet:
        return queryset.filter(**{f"{self.chemin_academie}__in": request.perimetre.academies_administrees})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return administre(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return administre(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        objet = self.get_object(request, unquote(object_id))
        if objet is None:
            raise Http404
        if not self.has_view_permission(request, objet):
            raise PermissionDenied
        contexte = {
            **self.admin_site.each_context(request),
            "title": f"Historique de «\u00a0{objet}\u00a0»",
            "object": objet,
            "opts": self.opts,
            "traces": Trace.objects.de(objet)[:200],
        }
        return TemplateResponse(request, "admin/object_history.html", contexte)


class Gestion(Consultation):
    """Une page qui s'écrit : chaque changement est consigné, chaque refus de la base est une phrase."""

    effacable = False
    fixes_apres_creation: tuple[str, ...] = ()
    refus_attendus: tuple[type[Exception], ...] = (IntegrityError, Perimee)

    def est_modifiable(self, objet: models.Model) -> bool:
        """Faux pour ce qui ne se change plus, par exemple dans une campagne close (R1)."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return administre(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return administre(request) and (obj is None or self.est_modifiable(obj))

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.effacable and administre(request) and (obj is None or self.est_modifiable(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        toujours = tuple(super().get_readonly_fields(request, obj))
        return (*toujours, *self.fixes_apres_creation) if obj else toujours

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if effacer := actions.get("delete_selected"):
            actions["delete_selected"] = (*effacer[:2], "Supprimer la sélection")
        return actions

    # Refus et conflits -------------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ce que la base ou un service refuse revient dans le formulaire, avec ce qui était saisi."""
        if request.method == "POST" and object_id and (fige := self._fige_depuis(request, object_id)):
            return self._rendre_la_saisie(request, fige)
        try:
            with transaction.atomic():
                if request.method == "POST" and object_id:
                    self._exiger_la_derniere_version(request, object_id)
                return super().changeform_view(request, object_id, form_url, extra_context)
        except (*self.refus_attendus, OperationalError) as refus:
            request.refus = _dire_le_refus(refus)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        formulaire = super().get_form(request, obj, change=change, **kwargs)
        refus = getattr(request, "refus", "")
        return _qui_refuse(formulaire, refus) if refus else formulaire

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Field | None:
        """La date et l'heure d'un instant se saisissent à part : chacune porte son nom."""
        champ = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(champ, SplitDateTimeField):
            for composant, partie in zip(champ.widget.widgets, ("date", "heure"), strict=True):
                composant.attrs["aria-label"] = f"{champ.label}, {partie}"
        return champ

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: models.Model | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj:
            saisie = request.POST.get(VERSION) if not getattr(request, "version_perimee", False) else None
            context[VERSION] = saisie or _derniere_version(obj)
        context["title"] = _elider(context["title"])
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def _fige_depuis(self, request: HttpRequest, object_id: str) -> models.Model | None:
        """L'objet de la page, s'il ne se change plus : un collègue l'a figé pendant que l'on écrivait."""
        objet = self.get_object(request, unquote(object_id))
        return objet if objet and administre(request) and not self.est_modifiable(objet) else None

    def _rendre_la_saisie(self, request: HttpRequest, objet: models.Model) -> HttpResponse:
        """Ce qui était saisi revient, à recopier : rien n'en est perdu ni enregistré (R4, R42)."""
        derniere = Trace.objects.de(objet).first()
        contexte = {
            **self.admin_site.each_context(request),
            "title": f"«\u00a0{objet}\u00a0» ne se modifie plus",
            "opts": self.opts,
            "original": objet,
            "saisie": self._saisie_a_recopier(request, objet),
            "depuis": f"{derniere.auteur_nom}, le {localize(localtime(derniere.le))}\u00a0: {derniere.phrase}"
            if derniere
            else "",
        }
        return TemplateResponse(request, "admin/saisie_a_recopier.html", contexte, status=403)

    def _saisie_a_recopier(self, request: HttpRequest, objet: models.Model) -> list[dict[str, str]]:
        """Chaque champ envoyé, sous le nom que la page lui donne."""
        ecrits = {champ.name for champ in self.model._meta.get_fields() if getattr(champ, "editable", False)}
        montres = [nom for nom in flatten_fieldsets(self.fieldsets or []) if nom in ecrits]
        champ_de = partial(self.formfield_for_dbfield, request=request)
        formulaire = modelform_factory(self.model, form=self.form, fields=montres, formfield_callback=champ_de)
        noms = {champ.html_name: str(champ.label) for champ in formulaire(request.POST, instance=objet)}
        return [
            {"libelle": noms.get(nom, nom), "texte": ", ".join(valeurs)}
            for nom, valeurs in request.POST.lists()
            if not nom.startswith("_") and nom not in HORS_DE_LA_SAISIE and "_FORMS" not in nom and any(valeurs)
        ]

    def prendre(self, objet: models.Model) -> None:
        """Verrouille la ligne de la page, le temps de l'enregistrer."""
        self.model._base_manager.select_for_update(of=("self",)).filter(pk=objet.pk).first()

    def _exiger_la_derniere_version(self, request: HttpRequest, object_id: str) -> None:
        objet = self.get_object(request, unquote(object_id))
        ouverte = request.POST.get(VERSION, "")
        if objet is None or not ouverte.isdecimal():
            return
        self.prendre(objet)
        depuis = list(Trace.objects.de(objet).filter(pk__gt=int(ouverte[:18])).order_by("-pk"))
        if depuis:
            request.version_perimee = True
            raise Perimee(_dire_le_conflit(depuis))

    # Historique --------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        request.avant = self._photographier(request, obj.pk) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        with connection.cursor() as curseur:
            curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self._consigner(request, form.instance, change)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        consigner(
            objet=obj,
            fait="effacement",
            phrase=f"«\u00a0{obj}\u00a0» effacé dans l’administration."[:300],
            par=request.user,
            le=request.le,
            avant=self._photographier(request, obj.pk),
        )
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        with transaction.atomic():
            for objet in queryset:
                self.delete_model(request, objet)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """L'historique de Passpro tient lieu de journal de l'administration."""

    log_change = log_addition

    def log_deletions(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        """Voir `log_addition`."""

    def _consigner(self, request: HttpRequest, objet: models.Model, change: bool) -> None:
        avant, apres = request.avant, self._photographier(request, objet.pk)
        champs = [champ for champ in {**avant, **apres} if avant.get(champ) != apres.get(champ)]
        if not champs and change:
            return
        phrase = (
            f"Modifié dans l’administration\u00a0: {', '.join(champs)}." if change else "Créé dans l’administration."
        )
        consigner(
            objet=objet,
            fait="modification" if change else "creation",
            phrase=phrase if len(phrase) <= 300 else f"{phrase[:299]}…",
            par=request.user,
            le=request.le,
            avant={champ: avant[champ] for champ in champs if champ in avant},
            apres={champ: apres[champ] for champ in champs if champ in apres},
        )

    def _photographier(self, request: HttpRequest, cle: Any) -> dict[str, str]:
        """Les valeurs en base de l'objet et de ses lignes, telles qu'elles se lisent."""
        objet = self.model._base_manager.get(pk=cle)
        valeurs = _valeurs(objet)
        for inline in self.get_inline_instances(request, objet):
            lien = _get_foreign_key(self.model, inline.model, inline.fk_name)
            for ligne in inline.model._base_manager.filter(**{lien.name: objet}).order_by("pk"):
                valeurs |= {f"{ligne} – {champ}": dit for champ, dit in _valeurs(ligne, sauf=lien.name).items()}
        return valeurs


def _dire_le_refus(refus: Exception) -> str:
    """La phrase d'un refus. Relève ce qui n'en est pas un."""
    if isinstance(refus, IntegrityError):
        return phrase_de_la_contrainte(refus)
    if isinstance(refus, OperationalError):
        if not est_un_croisement(refus):
            raise refus
        return AU_MEME_INSTANT
    return str(refus)


def _elider(titre: str) -> str:
    """« Ajout de annonce » s'écrit « Ajout d’annonce »."""
    return re.sub(r"\bde (?=[aeiouyàâéèêîôh])", "d’", titre)


def _qui_refuse(formulaire: type[ModelForm], refus: str) -> type[ModelForm]:
    def clean(self: ModelForm) -> None:
        raise ValidationError(refus)

    return type(formulaire)(formulaire.__name__, (formulaire,), {"clean": clean})


def _derniere_version(objet: models.Model) -> int:
    return Trace.objects.de(objet).order_by("-pk").values_list("pk", flat=True).first() or 0


def _dire_le_conflit(traces: list[Trace]) -> str:
    derniere = traces[0]
    valeurs = {champ: valeur for trace in reversed(traces) for champ, valeur in trace.apres.items()}
    actuelles = "\u00a0; ".join(f"{champ}\u00a0: {valeur or 'vide'}" for champ, valeur in valeurs.items())
    return (
        f"Cette page a changé\u00a0: {derniere.auteur_nom} l’a enregistrée le {localize(localtime(derniere.le))}. "
        + (f"En base maintenant – {actuelles}. " if actuelles else "")
        + "Votre saisie est gardée ci-dessous\u00a0: enregistrez à nouveau pour la faire valoir."
    )


def _valeurs(objet: models.Model, *, sauf: str = "") -> dict[str, str]:
    return {
        str(champ.verbose_name): _dire(objet, champ)
        for champ in objet._meta.concrete_fields
        if champ.editable and not champ.primary_key and champ.name not in SECRETS | {sauf}
    }


def _dire(objet: models.Model, champ: models.Field) -> str:
    valeur = getattr(objet, champ.name)
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, list):
        return ", ".join(map(str, valeur))
    if champ.choices:
        return str(getattr(objet, f"get_{champ.name}_display")())
    return str(localize(valeur)) if hasattr(valeur, "isoformat") else str(valeur)
