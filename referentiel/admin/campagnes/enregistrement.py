"""Enregistrer une campagne : raccourcir une période demande un second accord (écran S7)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from referentiel.admin.socle import CONFIRMER, REVOIR, GestionDuReferentiel
from referentiel.consequences import consequences
from referentiel.models import Campagne
from referentiel.rules.calendrier import Raccourci, raccourcis, remarques


class AConfirmer(Exception):
    """Ce qui vient d'être saisi raccourcit une période : rien ne s'enregistre sans un second accord."""

    def __init__(self, periodes: list[Raccourci], phrases: list[str]) -> None:
        super().__init__()
        self.periodes, self.phrases = periodes, phrases


class EnregistrementDeLaCampagne(GestionDuReferentiel):
    """Ce qui se prépare, ce qui change, ce qui s'en dit ; rien ne se perd sans avoir été annoncé."""

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
        for remarque in remarques(_relire(obj).calendrier, obj.conges):
            messages.warning(request, f"Attention\u00a0: {remarque}")
        return super().response_change(request, obj)


def _relire(campagne: Campagne) -> Campagne:
    return Campagne.objects.prefetch_related("periodes").get(pk=campagne.pk)
