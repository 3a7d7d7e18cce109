"""L'action choisie pour une sélection d'élèves : la page qui la fait reçoit la sélection (écran O2)."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from candidatures.permissions import peut_inscrire
from referentiel.portes import Espace, dans_l_origine
from referentiel.rules.jeu import Lettre
from referentiel.rules.ouverture import Geste


@dataclass(frozen=True, slots=True)
class Action:
    """Une ligne de « Action sur la sélection » : la page `url` lit les codes des élèves dans `eleve`.

    Sans `geste`, le calendrier ne la ferme pas.
    """

    valeur: str
    libelle: str
    url: str
    geste: Geste | None = None


ACTIONS = (
    Action("inscrire", "Inscrire à une même formation", "candidatures:inscription_groupee", Geste.INSCRIRE),
    Action("referent", "Affecter une personne référente", "candidatures:referent", Geste.MODIFIER_UN_ELEVE),
    Action("dossiers", "Imprimer les dossiers", "candidatures:imprimer_les_dossiers"),
    Action("lettres", "Imprimer les lettres de préparation", "candidatures:imprimer_les_lettres"),
)


def actions_sur_la_selection(espace: Espace) -> list[Action]:
    """Actions que la personne peut faire maintenant."""
    if not peut_inscrire(espace.place):
        return []
    return [action for action in ACTIONS if _est_permise(espace, action)]


def _est_permise(espace: Espace, action: Action) -> bool:
    if action.valeur == "lettres" and espace.campagne.regles.lettre == Lettre.SANS_OBJET:
        return False
    return espace.permet(action.geste) if action.geste else not espace.en_detour


@require_POST
@dans_l_origine
def selection(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Envoie la sélection, telle quelle, à la page de l'action choisie."""
    action = next((a for a in actions_sur_la_selection(espace) if a.valeur == request.POST.get("action")), None)
    if not request.POST.getlist("eleve"):
        messages.error(request, "Sélectionnez au moins un élève.")
    elif action is None:
        messages.error(request, "Choisissez une action sur la sélection.")
    else:
        return redirect(action.url, uai=espace.etablissement.segment, preserve_request=True)
    return redirect("pilotage:eleves", uai=espace.etablissement.segment)
