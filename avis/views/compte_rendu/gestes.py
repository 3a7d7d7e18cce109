"""Ce que fait chaque bouton d'un compte-rendu, ce qui s'en dit, et la page qui suit."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from avis import services, suivi
from avis.forms.compte_rendu import CompteRenduForm
from avis.views.file import lire_les_filtres, url_de_la_liste, url_du_compte_rendu, url_du_suivant
from candidatures.models import FormationDemandee
from entretiens.permissions import peut_saisir_les_presences
from entretiens.rules.etats import EtatEntretien
from entretiens.services import saisir_les_presences
from referentiel.portes import Espace, exiger
from referentiel.rules.dates import dire_heure
from referentiel.rules.refus import Refus


class Geste(StrEnum):
    """Le bouton choisi."""

    BROUILLON = "brouillon"
    AJOUTER = "ajouter"
    RETIRER = "retirer"
    RELIRE = "relire"
    RENVOYER = "renvoyer"
    ABSENCE = "absence"
    PRESENCE = "presence"
    TRANSMETTRE = "transmettre"
    SUIVANT = "suivant"
    CORRIGER = "corriger"


COMPLETS = frozenset({Geste.RELIRE, Geste.TRANSMETTRE, Geste.SUIVANT, Geste.CORRIGER})
RENDENT = frozenset({Geste.RELIRE, Geste.TRANSMETTRE, Geste.SUIVANT})
# Ceux qui quittent la page pour le compte-rendu suivant, ou pour la liste.
ENCHAINENT = frozenset({Geste.SUIVANT, Geste.ABSENCE, Geste.RELIRE})
RESTENT = frozenset({Geste.BROUILLON, Geste.AJOUTER, Geste.RETIRER, Geste.PRESENCE})


@transaction.atomic
def enregistrer(request: HttpRequest, espace: Espace, form: CompteRenduForm, geste: Geste) -> None:
    """Note la présence, ajoute la formation choisie, puis garde, transmet ou corrige : tout, ou rien."""
    qui_et_quand = {"par": request.user, "le": espace.le}
    candidature = form.saisie.candidature
    if geste is Geste.PRESENCE:
        _noter(form.saisie, EtatEntretien.TENU, qui_et_quand)
        return
    if geste is not Geste.ABSENCE and form.saisie.attend_la_presence and form.dit_la_presence:
        exiger(peut_saisir_les_presences(espace.place))
        _noter(form.saisie, EtatEntretien.TENU, qui_et_quand)
    if formation := form.cleaned_data["formation_ajoutee"]:
        services.ajouter_une_formation(
            candidature=candidature, formation=formation, avis=form.avis_de_l_ajout, **qui_et_quand
        )
    ECRITURES.get(geste, _garder)(request, form, qui_et_quand)


def _garder(request: HttpRequest, form: CompteRenduForm, qui_et_quand: dict[str, Any]) -> None:
    services.enregistrer_le_brouillon(**_saisi(form), **qui_et_quand)


def _soumettre(request: HttpRequest, form: CompteRenduForm, qui_et_quand: dict[str, Any]) -> None:
    services.enregistrer_le_brouillon(**_saisi(form), **qui_et_quand, a_relire=True)


def _retirer(request: HttpRequest, form: CompteRenduForm, qui_et_quand: dict[str, Any]) -> None:
    """Garde ce qui est tapé, puis retire la formation ajoutée par erreur."""
    _garder(request, form, qui_et_quand)
    demande = _demande_a_retirer(request, form)
    if demande:
        services.retirer_un_ajout(demande=demande, **qui_et_quand)


def _demande_a_retirer(request: HttpRequest, form: CompteRenduForm) -> FormationDemandee | None:
    code = request.POST.get("retirer", "")
    return next((demande for demande in form.saisie.demandes if demande.code == code), None)


def _renvoyer(request: HttpRequest, form: CompteRenduForm, qui_et_quand: dict[str, Any]) -> None:
    """Garde les retouches de qui relit, puis rend le texte à qui l'a rédigé."""
    _garder(request, form, qui_et_quand)
    services.renvoyer_au_jury(candidature=form.saisie.candidature, message=form.cleaned_data["message"], **qui_et_quand)


def _noter_l_absence(request: HttpRequest, form: CompteRenduForm, qui_et_quand: dict[str, Any]) -> None:
    """Garde d'abord ce qui est tapé : une absence corrigée le retrouve."""
    if form.est_commence:
        _garder(request, form, qui_et_quand)
    _noter(form.saisie, EtatEntretien.ABSENT, qui_et_quand)


def _transmettre(request: HttpRequest, form: CompteRenduForm, qui_et_quand: dict[str, Any]) -> None:
    services.transmettre(**_saisi(form), **qui_et_quand)


def _corriger(request: HttpRequest, form: CompteRenduForm, qui_et_quand: dict[str, Any]) -> None:
    services.corriger(**_saisi(form), **qui_et_quand)


ECRITURES: dict[Geste, Callable[[HttpRequest, CompteRenduForm, dict[str, Any]], None]] = {
    Geste.RELIRE: _soumettre,
    Geste.RETIRER: _retirer,
    Geste.RENVOYER: _renvoyer,
    Geste.ABSENCE: _noter_l_absence,
    Geste.TRANSMETTRE: _transmettre,
    Geste.SUIVANT: _transmettre,
    Geste.CORRIGER: _corriger,
}


def _saisi(form: CompteRenduForm) -> dict[str, Any]:
    return {
        "candidature": form.saisie.candidature,
        "texte": form.cleaned_data["texte"],
        "avis": form.avis,
        "version": form.cleaned_data["version"],
    }


def _noter(saisie: suivi.Saisie, etat: EtatEntretien, qui_et_quand: dict[str, Any]) -> None:
    if saisie.entretien is None:
        raise Refus("L’entretien n’est pas encore planifié.")
    saisir_les_presences(presences={saisie.entretien: etat}, **qui_et_quand)


def phrase_de(espace: Espace, form: CompteRenduForm, geste: Geste) -> str:
    eleve = form.saisie.candidature.eleve
    origine = f"l’établissement d’origine, {eleve.etablissement.nom}"
    phrases = {
        Geste.BROUILLON: f"brouillon enregistré à {dire_heure(espace.le)}.",
        Geste.AJOUTER: "formation ajoutée, brouillon enregistré.",
        Geste.RETIRER: "formation retirée, brouillon enregistré.",
        Geste.RELIRE: f"compte-rendu de {eleve.prenom} envoyé à la relecture.",
        Geste.RENVOYER: f"compte-rendu de {eleve.prenom} renvoyé, avec votre message.",
        Geste.ABSENCE: f"absence de {eleve.prenom} enregistrée. L’établissement d’origine sera prévenu.",
        Geste.PRESENCE: f"présence de {eleve.prenom} enregistrée.",
        Geste.CORRIGER: f"correction transmise à {origine}.",
    }
    return phrases.get(geste, f"compte-rendu de {eleve.prenom} transmis à {origine}.")


def suite_de(request: HttpRequest, espace: Espace, form: CompteRenduForm, geste: Geste) -> str:
    """L'adresse de la page suivante, dans la liste telle qu'elle est filtrée."""
    filtres = lire_les_filtres(request)
    if geste in RESTENT:
        return url_du_compte_rendu(espace, form.saisie.candidature.code, filtres)
    if geste in ENCHAINENT and form.saisie.entretien:
        return url_du_suivant(espace, form.saisie.entretien, filtres)
    return url_de_la_liste(espace, filtres)
