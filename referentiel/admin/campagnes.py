"""Préparer, vérifier, ouvrir, régler, clore et effacer une campagne (écrans S7, S8, R1 à R3)."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from referentiel import prereglages
from referentiel.admin.calendrier import ANNEES, PeriodeInline, VacancesInline, natures_absentes
from referentiel.admin.socle import CONFIRMER, REVOIR, GestionDuReferentiel, choix_permis
from referentiel.consequences import consequences
from referentiel.frise import frise_du_calendrier
from referentiel.models import Academie, Campagne
from referentiel.rules.calendrier import Bornes, Calendrier, Nature, Raccourci, raccourcis, remarques
from referentiel.rules.dates import jour_de
from referentiel.rules.refus import Refus
from referentiel.services import (
    clore_la_campagne,
    creer_campagne,
    dupliquer_la_campagne,
    effacer_la_preparation,
    garnir_le_catalogue,
    ouvrir_la_campagne,
    reprendre_le_catalogue,
)
from referentiel.verifications import Rubrique, a_verifier, ce_qui_bloque, total

REPRISE = "campagne-"
CATALOGUE_REPRIS, CATALOGUE_LIVRE, CATALOGUE_VIDE = "repris", "livre", "vide"
CATALOGUES = [
    (CATALOGUE_REPRIS, "Repris de la campagne précédente, sinon les 29 domaines livrés"),
    (CATALOGUE_LIVRE, "Les 29 domaines et 57 formations livrés, sans établissement d’accueil"),
    (CATALOGUE_VIDE, "Vide, à saisir ou à importer"),
]


class AConfirmer(Exception):
    """Ce qui vient d'être saisi raccourcit une période : rien ne s'enregistre sans un second accord."""

    def __init__(self, periodes: list[Raccourci], phrases: list[str]) -> None:
        super().__init__()
        self.periodes, self.phrases = periodes, phrases


class NouvelleCampagneForm(forms.ModelForm):
    """Une campagne naît d'un préréglage ou d'une campagne d'avant, jamais de rien (R5, S8)."""

    annee = forms.IntegerField(
        label="Année",
        min_value=ANNEES.start,
        max_value=ANNEES.stop - 1,
        help_text="Année civile des entretiens, par exemple 2027.",
    )
    modele = forms.ChoiceField(
        label="D’après",
        help_text=(
            "Le calendrier, les règles, la matrice et les mots à rappeler en viennent. Les dates sont portées à "
            "l’année choisie\u00a0; tout se règle ensuite, avant l’ouverture. Un préréglage sans dates prend celles de "
            "la campagne précédente\u00a0; s’il n’y en a pas, les dates se saisissent dans le calendrier."
        ),
    )
    catalogue = forms.ChoiceField(
        label="Catalogue",
        choices=CATALOGUES,
        required=False,
        help_text="Repris, il garde domaines, formations, accueils et offres\u00a0; chaque accueil est à vérifier.",
    )

    class Meta:
        model = Campagne
        fields = ["academie", "annee", "intitule"]

    campagnes: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reprises = [(f"{REPRISE}{campagne.pk}", str(campagne)) for campagne in self.campagnes]
        self.fields["modele"].choices = [
            *([("Campagnes précédentes", reprises)] if reprises else []),
            ("Préréglages", list(prereglages.noms_des_prereglages().items())),
        ]

    def clean(self) -> dict[str, Any]:
        saisie = super().clean() or self.cleaned_data
        reprise = self.campagne_reprise()
        if reprise and saisie.get("academie") != reprise.academie:
            raise ValidationError("Une campagne se duplique dans son académie.")
        return saisie

    def campagne_reprise(self) -> Campagne | None:
        modele = self.cleaned_data.get("modele", "")
        return self.campagnes.get(pk=modele.removeprefix(REPRISE)) if modele.startswith(REPRISE) else None

    def preparer(self, *, par: Any, le: Any) -> Campagne:
        """Prépare la campagne et son catalogue. Lève `Refus`."""
        saisie = self.cleaned_data
        champs = {"annee": saisie["annee"], "intitule": saisie["intitule"], "par": par, "le": le}
        catalogue = saisie.get("catalogue") or CATALOGUE_REPRIS
        precedente = self.campagne_reprise() or self.campagnes.filter(academie=saisie["academie"]).first()
        reprise = self.campagne_reprise()
        if reprise:
            campagne = dupliquer_la_campagne(campagne=reprise, avec_catalogue=False, **champs)
        else:
            calendrier = self._calendrier_d_apres(precedente)
            campagne = creer_campagne(
                academie=saisie["academie"], prereglage=saisie["modele"], calendrier=calendrier, **champs
            )
        source = precedente if catalogue == CATALOGUE_REPRIS else None
        if source and source.domaines.exists():
            reprendre_le_catalogue(campagne=campagne, source=source, par=par, le=le)
        elif catalogue != CATALOGUE_VIDE:
            garnir_le_catalogue(campagne=campagne, par=par, le=le)
        return campagne

    def _calendrier_d_apres(self, precedente: Campagne | None) -> Calendrier | None:
        """Un préréglage sans dates prend celles de la campagne précédente."""
        sans_dates = not prereglages.prereglage(self.cleaned_data["modele"]).calendrier.periodes
        if not sans_dates or precedente is None:
            return None
        return prereglages.transposer(precedente.calendrier, self.cleaned_data["annee"])


@admin.register(Campagne)
class CampagneAdmin(GestionDuReferentiel):
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

    # Enregistrer --------------------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Raccourcir une période demande un second accord ; jusque-là rien n'est enregistré (écran S7)."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except AConfirmer as question:
            return self._demander_l_accord(request, unquote(object_id or ""), question)

    def save_model(self, request: HttpRequest, obj: Campagne, form: forms.ModelForm, change: bool) -> None:
        if change:
            request.calendrier_d_avant = _relire(obj).calendrier
            super().save_model(request, obj, form, change)
            return
        obj.pk = form.preparer(par=request.user, le=request.le).pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        campagne = form.instance
        if change and campagne.est_ouverte and CONFIRMER not in request.POST:
            perdues = raccourcis(request.calendrier_d_avant, _relire(campagne).calendrier, request.le)
            if perdues:
                raise AConfirmer(perdues, consequences(campagne, {perdue.nature: perdue.apres for perdue in perdues}))

    def _consigner(self, request: HttpRequest, objet: Campagne, change: bool) -> None:
        if change:
            super()._consigner(request, objet, change)

    def _demander_l_accord(self, request: HttpRequest, object_id: str, question: AConfirmer) -> HttpResponse:
        saisie = [(nom, valeur) for nom, valeurs in request.POST.lists() for valeur in valeurs]
        contexte = {
            **self.admin_site.each_context(request),
            "title": "Raccourcir le calendrier\u00a0?",
            "opts": self.opts,
            "original": self.get_object(request, object_id),
            "periodes": [perdue.phrase for perdue in question.periodes],
            "consequences": question.phrases,
            "saisie": [(nom, valeur) for nom, valeur in saisie if nom != "csrfmiddlewaretoken"],
            "confirmer": CONFIRMER,
            "revoir": REVOIR,
        }
        return TemplateResponse(request, "admin/referentiel/campagne/raccourcir.html", contexte)

    def response_add(self, request: HttpRequest, obj: Campagne, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"Succès\u00a0: {obj} est préparée. Voici ce qui reste à vérifier avant de l’ouvrir.")
        return redirect("admin:referentiel_campagne_verifications", obj.pk)

    def response_change(self, request: HttpRequest, obj: Campagne) -> HttpResponse:
        for remarque in remarques(_relire(obj).calendrier, _conges(obj)):
            messages.warning(request, f"Attention\u00a0: {remarque}")
        return super().response_change(request, obj)

    # Vérifier, ouvrir, clore, effacer -----------------------------------------------------------------------

    def get_urls(self) -> list:
        propres = [
            path(
                f"<path:object_id>/{geste}/",
                self.admin_site.admin_view(getattr(self, geste)),
                name=f"referentiel_campagne_{geste}",
            )
            for geste in ("ouvrir", "clore", "effacer", "verifications")
        ]
        return [*propres, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, obj=None, **kwargs: Any):
        if obj:
            context["frise"] = frise_du_calendrier(obj.calendrier, _conges(obj), jour_de(request.le))
            context["en_preparation"] = obj.etat == Campagne.Etat.PREPARATION
            context["ouverte"] = obj.est_ouverte
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def verifications(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """« Ce qui reste à vérifier » : chaque ligne mène à la page qui la corrige."""
        campagne = self._campagne_lue(request, object_id)
        bloquantes, autres = ce_qui_bloque(campagne), a_verifier(campagne)
        contexte = {
            **self.admin_site.each_context(request),
            "title": f"Ce qui reste à vérifier – {campagne.intitule}",
            "opts": self.opts,
            "original": campagne,
            "bloquantes": _avec_adresses(bloquantes),
            "autres": _avec_adresses(autres),
            "nombre_bloquant": total(bloquantes),
            "nombre_autre": total(autres),
            "en_preparation": campagne.etat == Campagne.Etat.PREPARATION,
            "modifiable": self.has_change_permission(request, campagne),
        }
        return TemplateResponse(request, "admin/referentiel/campagne/verifications.html", contexte)

    def ouvrir(self, request: HttpRequest, object_id: str) -> HttpResponse:
        campagne = self._campagne_a_changer(request, object_id)
        return self._confirmer(
            request,
            campagne,
            question=f"Ouvrir «\u00a0{campagne.intitule}\u00a0»\u00a0?",
            consequences=[
                "Les établissements de l’académie y entrent aux dates du calendrier.",
                "Les règles et la matrice ne pourront plus changer\u00a0; le calendrier reste réglable.",
            ],
            bloquantes=_avec_adresses(ce_qui_bloque(campagne)),
            nombre_autre=total(a_verifier(campagne)),
            verbe="Ouvrir la campagne",
            geste=ouvrir_la_campagne,
            succes=f"Succès\u00a0: {campagne.intitule} est ouverte.",
        )

    def clore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        campagne = self._campagne_a_changer(request, object_id)
        hier = Bornes(fin=jour_de(request.le) - timedelta(days=1))
        return self._confirmer(
            request,
            campagne,
            question=f"Clore «\u00a0{campagne.intitule}\u00a0»\u00a0?",
            consequences=[
                "Plus rien n’y changera\u00a0: inscriptions, avis, comptes-rendus, calendrier et règles.",
                "Elle reste lisible par ceux qui pouvaient la lire. Une campagne close ne se rouvre pas.",
            ],
            inacheve=consequences(campagne, dict.fromkeys(Nature, hier)),
            verbe="Clore la campagne",
            geste=clore_la_campagne,
            succes=f"Succès\u00a0: {campagne.intitule} est close.",
        )

    def effacer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        campagne = self._campagne_a_changer(request, object_id)
        return self._confirmer(
            request,
            campagne,
            question=f"Effacer «\u00a0{campagne.intitule}\u00a0»\u00a0?",
            consequences=[
                "Son calendrier, ses règles, sa matrice et son catalogue sont effacés.",
                "Les établissements et les autres campagnes ne changent pas.",
            ],
            verbe="Effacer la préparation",
            geste=effacer_la_preparation,
            succes=f"Succès\u00a0: {campagne.intitule} est effacée.",
            ensuite=reverse("admin:referentiel_campagne_changelist"),
        )

    def _campagne_lue(self, request: HttpRequest, object_id: str) -> Campagne:
        campagne = self.get_object(request, unquote(object_id))
        if campagne is None:
            raise Http404
        if not self.has_view_permission(request, campagne):
            raise PermissionDenied
        return campagne

    def _campagne_a_changer(self, request: HttpRequest, object_id: str) -> Campagne:
        campagne = self._campagne_lue(request, object_id)
        if not self.has_change_permission(request, campagne):
            raise PermissionDenied
        return campagne

    def _confirmer(
        self,
        request: HttpRequest,
        campagne: Campagne,
        *,
        question: str,
        geste: Any,
        succes: str,
        ensuite: str = "",
        **contexte: Any,
    ) -> HttpResponse:
        fiche = reverse("admin:referentiel_campagne_change", args=[campagne.pk])
        if request.method == "POST":
            try:
                geste(campagne=campagne, par=request.user, le=request.le)
            except Refus as refus:
                messages.error(request, f"Erreur\u00a0: {refus}")
                return redirect(fiche)
            messages.success(request, succes)
            return redirect(ensuite or fiche)
        contexte |= {
            **self.admin_site.each_context(request),
            "title": question,
            "opts": self.opts,
            "original": campagne,
        }
        return TemplateResponse(request, "admin/referentiel/campagne/confirmer.html", contexte)


def _relire(campagne: Campagne) -> Campagne:
    return Campagne.objects.prefetch_related("periodes").get(pk=campagne.pk)


def _conges(campagne: Campagne) -> list[tuple[str, Bornes]]:
    return [(vacances.libelle, Bornes(vacances.debut, vacances.fin)) for vacances in campagne.vacances.all()]


def _avec_adresses(rubriques: list[Rubrique]) -> list[dict[str, Any]]:
    """Chaque ligne avec l'adresse de la page qui la corrige ; chaque rubrique avec sa liste entière."""
    return [
        {
            "rubrique": rubrique,
            "lignes": [(ligne.texte, _page(ligne.objet)) for ligne in rubrique.lignes],
            "liste": _liste(rubrique),
        }
        for rubrique in rubriques
    ]


def _page(objet: Any) -> str:
    return reverse(f"admin:{objet._meta.label_lower.replace('.', '_')}_change", args=[objet.pk])


def _liste(rubrique: Rubrique) -> str:
    if rubrique.modele is None or not rubrique.filtre:
        return ""
    nom = rubrique.modele._meta.label_lower.replace(".", "_")
    return f"{reverse(f'admin:{nom}_changelist')}?{urlencode(rubrique.filtre)}"


def _dire(jour) -> str:
    return f"{jour:%d/%m/%Y}" if jour else "N/A"
