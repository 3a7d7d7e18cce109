"""Ce que les vues partagent : retrouver un élève de l'établissement, essayer un service, revenir au dossier."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from candidatures.lectures import eleve_de_l_origine
from candidatures.models import Candidature, Eleve, FormationDemandee
from referentiel.campagnes_lues import mots_a_rappeler
from referentiel.portes import Espace
from referentiel.rules.mots import mots_ecartes, phrase_de_rappel
from referentiel.rules.refus import PeriodeClose, Refus

R = TypeVar("R")


def eleve_de(espace: Espace, code: str) -> Eleve:
    """Élève de l'établissement, ou 404 ; sa campagne est celle, déjà lue, de l'espace."""
    eleve = eleve_de_l_origine(espace.campagne, espace.etablissement, code)
    if eleve is None:
        raise Http404
    return eleve


def essayer(form: BaseForm, service: Callable[[], R]) -> R | None:
    """Appelle un service ; un refus devient une erreur du formulaire, et rien de ce qui est tapé n'est perdu."""
    try:
        return service()
    except PeriodeClose:
        raise
    except Refus as refus:
        form.add_error(None, str(refus))
        return None


def aboutit(form: BaseForm, service: Callable[[], object]) -> bool:
    """Vrai si un service qui ne rend rien aboutit ; sinon son refus est une erreur du formulaire."""
    return essayer(form, lambda: (service(),)) is not None


def demandees_de(candidature: Candidature) -> list[FormationDemandee]:
    """Ce que l'établissement d'origine a demandé ; une formation ajoutée à l'entretien ne s'apprend pas ici (R30)."""
    return [demande for demande in candidature.formations_maintenues if not demande.ajoutee_a_l_entretien]


def url_du_dossier(espace: Espace, eleve: Eleve) -> str:
    return reverse("pilotage:eleve", kwargs={"uai": espace.etablissement.segment, "code": eleve.code})


def url_des_eleves(espace: Espace) -> str:
    return reverse("pilotage:eleves", kwargs={"uai": espace.etablissement.segment})


def vers(nom: str, espace: Espace, **segments: str) -> HttpResponseRedirect:
    return redirect(f"candidatures:{nom}", uai=espace.etablissement.segment, **segments)


def rappeler_les_mots(request: HttpRequest, espace: Espace, demandes: Iterable[FormationDemandee]) -> None:
    """Après un enregistrement, dit quels mots relire ; n'empêche rien (R31b)."""
    demandes = [demande for demande in demandes if demande.commentaire]
    mots = mots_a_rappeler(espace.campagne) if demandes else []
    for demande in demandes:
        if phrase := phrase_de_rappel(mots_ecartes(demande.commentaire, mots)):
            messages.warning(request, f"{demande.candidature.eleve}, {demande.formation} : {phrase}")
