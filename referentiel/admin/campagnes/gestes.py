"""Vérifier, ouvrir, clore, effacer une campagne, chacun après une page qui dit ses suites (écran S7, R1)."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode

from referentiel.admin.socle import GestionDuReferentiel
from referentiel.consequences import consequences
from referentiel.models import Campagne
from referentiel.rules.calendrier import Bornes, Nature
from referentiel.rules.dates import jour_de
from referentiel.rules.refus import Refus
from referentiel.services import (
    clore_la_campagne,
    effacer_la_preparation,
    ouvrir_la_campagne,
)
from referentiel.verifications import Rubrique, a_verifier, ce_qui_bloque, total


class GestesDeLaCampagne(GestionDuReferentiel):
    """Les pages qui s'ajoutent à la fiche d'une campagne."""

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
