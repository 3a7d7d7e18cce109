"""L'aperçu d'une convocation et de la phrase sur Affelnet-Lycée, avec ce qui vient d'être tapé (R5, écran 5.1)."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from referentiel.admin.socle import GestionDuReferentiel
from referentiel.models import Accueil, JeuDeRegles
from referentiel.rules.jeu import LONGUEUR_CONSIGNES, Lettre

PHRASE_AU_PLUS = 300


@dataclass(frozen=True, slots=True)
class TextesDeConvocation:
    """Les textes que l'aperçu met en place."""

    regles: JeuDeRegles
    lettre: str
    consignes: str
    phrase_affelnet: str
    consignes_de_l_accueil: str = "Entrée par l’accueil principal."


class AvecApercuDeConvocation(GestionDuReferentiel):
    """Une page dont les textes se voient sur une convocation inventée, avant d'être enregistrés."""

    def textes_de(self, request: HttpRequest, objet: Any) -> TextesDeConvocation:
        raise NotImplementedError

    def get_urls(self) -> list:
        nom = f"{self.opts.app_label}_{self.opts.model_name}_apercu"
        vue = self.admin_site.admin_view(self.apercu_de_la_convocation)
        return [path("<path:object_id>/apercu/", vue, name=nom), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, obj: Any = None, **kwargs: Any):
        if obj:
            context["apercu_url"] = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_apercu", args=[obj.pk])
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def apercu_de_la_convocation(self, request: HttpRequest, object_id: str) -> HttpResponse:
        objet = self.get_object(request, unquote(object_id))
        if objet is None or not self.has_view_permission(request, objet):
            raise Http404
        if request.method != "POST":
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", objet.pk)
        textes = self.textes_de(request, objet)
        contexte = {"feuille": _feuille_inventee(textes), "phrase_affelnet": textes.phrase_affelnet}
        return render(request, "admin/referentiel/apercu_convocation.html", contexte)


def tape(request: HttpRequest, champ: str, garde: str, longueur: int = LONGUEUR_CONSIGNES) -> str:
    """Ce que la personne a tapé dans `champ`, coupé à sa longueur ; ce qui est gardé s'il ne se règle plus."""
    return request.POST.get(champ, garde).strip()[:longueur]


def textes_des_regles(request: HttpRequest, regles: JeuDeRegles) -> TextesDeConvocation:
    return TextesDeConvocation(
        regles,
        lettre=tape(request, "lettre", regles.lettre),
        consignes=tape(request, "consignes", regles.consignes),
        phrase_affelnet=tape(request, "phrase_affelnet", regles.phrase_affelnet, PHRASE_AU_PLUS),
    )


def textes_de_l_accueil(request: HttpRequest, accueil: Accueil) -> TextesDeConvocation:
    regles = accueil.domaine.campagne.regles
    return TextesDeConvocation(
        regles,
        regles.lettre,
        regles.consignes,
        regles.phrase_affelnet,
        consignes_de_l_accueil=tape(request, "consignes", accueil.consignes),
    )


def _feuille_inventee(textes: TextesDeConvocation) -> SimpleNamespace:
    """Une convocation d'exemple, de la même forme que celles de l'étage des entretiens."""
    academie = textes.regles.campagne.academie
    return SimpleNamespace(
        academie=academie,
        accueil=SimpleNamespace(
            acces="Bus, arrêt «\u00a0Lycée\u00a0».",
            contact="Mme\u00a0Exemple, 01\u00a099\u00a000\u00a010\u00a000",
            consignes=textes.consignes_de_l_accueil,
        ),
        origine=SimpleNamespace(nom_et_commune="Collège d’exemple"),
        eleve="Camille EXEMPLE",
        classe="3e\u00a0B",
        referent="M.\u00a0Exemple",
        collective=False,
        annulee=False,
        remplace="",
        quand="jeudi 12\u00a0mars à 14\u00a0h\u00a030",
        duree="20\u00a0minutes",
        lieu="Lycée d’exemple, salle\u00a0204",
        domaine="Hôtellerie-restauration",
        formations=("CAP Cuisine", "CAP Pâtissier"),
        lettre=textes.lettre if textes.lettre in set(Lettre) else Lettre.FACULTATIVE.value,
        consignes=textes.consignes,
        signature="La cheffe d’établissement, Mme\u00a0Exemple",
    )
