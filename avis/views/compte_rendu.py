"""Un compte-rendu, du côté de l'établissement d'accueil : lire l'origine, écrire, transmettre (écran A12)."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from avis import services, suivi
from avis.forms.compte_rendu import CompteRenduForm, Presence
from avis.models import CompteRendu
from avis.pdf import trame_imprimee
from avis.permissions import (
    peut_corriger,
    peut_lire_les_comptes_rendus,
    peut_rediger,
    peut_transmettre_celui_ci,
)
from avis.presentation import THEMES
from avis.versions import versions_de
from avis.views.file import (
    lire_les_filtres,
    url_de_la_liste,
    url_du_compte_rendu,
    url_du_suivant,
    voisins,
)
from avis.views.mots import rappeler, reglages_du_rappel
from candidatures.models import Candidature, FormationDemandee
from candidatures.presentation import CLASSES_DES_AVIS
from courriers.comptoir import donner
from courriers.pdf import RenduImpossible
from entretiens.permissions import peut_saisir_les_presences
from entretiens.rules.etats import EtatEntretien
from entretiens.services import saisir_les_presences
from referentiel.en_direct import AUTRE_PERSONNE, est_d_une_autre_personne, sceau_de
from referentiel.portes import Espace, dans_l_accueil, dossier_lu, exiger, exiger_l_etape
from referentiel.rules.dates import dire_heure
from referentiel.rules.jeu import Avis, Lettre
from referentiel.rules.ouverture import Geste as GesteDuCalendrier
from referentiel.rules.refus import Conflit, PeriodeClose, Refus
from referentiel.rules.saisie import saisie_a_recopier

TEXTE_COURT = 120


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


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def compte_rendu(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """A12 : lire ce que dit l'origine, écrire le compte-rendu et les avis."""
    exiger(peut_lire_les_comptes_rendus(espace.place))
    saisie = suivi.lire_la_saisie(la_candidature(espace, code))
    dossier_lu(request, saisie.candidature.eleve)
    geste = _geste(request)
    if geste is None:
        return _montrer(request, espace, _formulaire(espace, saisie))
    _exiger_le_droit(request, espace, saisie, geste)
    exiger_l_etape(espace, etape(saisie))
    form = _formulaire(espace, saisie, request.POST, complet=geste in COMPLETS)
    if est_d_une_autre_personne(request):
        form.add_error(None, AUTRE_PERSONNE)
    if form.is_valid():
        return _appliquer(request, espace, form, geste)
    return _montrer(request, espace, form)


@require_safe
@dans_l_accueil
def trame(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """La trame vierge de l'entretien, à remplir à la main ; rien de l'avis d'origine n'y est."""
    exiger(peut_lire_les_comptes_rendus(espace.place))
    saisie = suivi.lire_la_saisie(la_candidature(espace, code))
    dossier_lu(request, saisie.candidature.eleve)
    try:
        return donner(request, trame_imprimee(saisie, espace.campagne, espace.etablissement), dans_la_page=True)
    except RenduImpossible as refus:
        messages.error(request, str(refus))
        return redirect("avis:compte_rendu", uai=espace.etablissement.segment, code=code)


def la_candidature(espace: Espace, code: str) -> Candidature:
    """La candidature adressée à cet établissement, ou 404."""
    adressees = Candidature.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).avec_eleve()
    return get_object_or_404(adressees, code=code)


def etape(saisie: suivi.Saisie) -> GesteDuCalendrier:
    """Ce que le calendrier doit permettre : une correction reste possible plus longtemps (R30)."""
    return GesteDuCalendrier.CORRIGER if saisie.est_transmis else GesteDuCalendrier.REDIGER


def _formulaire(espace: Espace, saisie: suivi.Saisie, envoi: Any = None, *, complet: bool = False) -> CompteRenduForm:
    return CompteRenduForm(envoi, saisie=saisie, campagne=espace.campagne, complet=complet)


def _geste(request: HttpRequest) -> Geste | None:
    """Le geste demandé ; rendre compte d'un entretien où l'élève n'est pas venu, c'est enregistrer son absence."""
    if request.method != "POST":
        return None
    if "retirer" in request.POST:
        return Geste.RETIRER
    valeur = request.POST.get("geste", "")
    geste = Geste(valeur) if valeur in set(Geste) else Geste.BROUILLON
    return Geste.ABSENCE if geste in RENDENT and request.POST.get("presence") == Presence.NON else geste


def _exiger_le_droit(request: HttpRequest, espace: Espace, saisie: suivi.Saisie, geste: Geste) -> None:
    place = espace.place
    exiger(peut_rediger(place))
    if geste in {Geste.TRANSMETTRE, Geste.SUIVANT, Geste.RENVOYER}:
        exiger(peut_transmettre_celui_ci(place, saisie.compte_rendu, request.user))
    if geste is Geste.CORRIGER:
        exiger(peut_corriger(place))
    if geste in {Geste.ABSENCE, Geste.PRESENCE}:
        exiger(peut_saisir_les_presences(place))


def _appliquer(request: HttpRequest, espace: Espace, form: CompteRenduForm, geste: Geste) -> HttpResponse:
    try:
        _enregistrer(request, espace, form, geste)
    except PeriodeClose:
        raise
    except Conflit as conflit:
        return _montrer_le_conflit(request, espace, form, conflit)
    except Refus as refus:
        form.add_error("message" if geste is Geste.RENVOYER else None, str(refus))
        return _montrer(request, espace, form)
    if geste is not Geste.ABSENCE:
        rappeler(request, espace.campagne, form.cleaned_data["texte"], form.saisie.candidature)
        _conseiller(request, espace, form)
    messages.success(request, _phrase(espace, form, geste))
    return redirect(_suite(request, espace, form, geste))


@transaction.atomic
def _enregistrer(request: HttpRequest, espace: Espace, form: CompteRenduForm, geste: Geste) -> None:
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


def _phrase(espace: Espace, form: CompteRenduForm, geste: Geste) -> str:
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


def _suite(request: HttpRequest, espace: Espace, form: CompteRenduForm, geste: Geste) -> str:
    """L'adresse de la page suivante, dans la liste telle qu'elle est filtrée."""
    filtres = lire_les_filtres(request)
    if geste in RESTENT:
        return url_du_compte_rendu(espace, form.saisie.candidature.code, filtres)
    if geste in ENCHAINENT and form.saisie.entretien:
        return url_du_suivant(espace, form.saisie.entretien, filtres)
    return url_de_la_liste(espace, filtres)


# Montrer ------------------------------------------------------------------------------------------------------


def _montrer(request: HttpRequest, espace: Espace, form: CompteRenduForm) -> HttpResponse:
    saisie, regles = form.saisie, espace.campagne.regles
    filtres = lire_les_filtres(request)
    obstacle = _obstacle(espace, saisie)
    contexte: dict[str, Any] = {
        "form": form,
        "saisie": saisie,
        "candidature": saisie.candidature,
        "eleve": saisie.candidature.eleve,
        "ligne": suivi.ligne_de_suivi(saisie.entretien, saisie.compte_rendu, espace.campagne, espace.le)
        if saisie.entretien
        else None,
        "obstacle": obstacle,
        "a_recopier": saisie_a_recopier(request.POST) if obstacle else [],
        "origine": [_avis_d_origine(demande) for demande in saisie.demandes],
        "lettre": regles.lettre,
        "themes": THEMES if regles.lettre != Lettre.SANS_OBJET else (),
        "versions": versions_de(saisie.compte_rendu),
        "sceau": sceau_de(request.user),
        "reglages": reglages_du_rappel(espace.campagne) if not obstacle else None,
        "uai": espace.etablissement.segment,
        "liste_url": url_de_la_liste(espace, filtres),
        "requete": filtres.requete,
        **_droits(request, espace, saisie),
        **voisins(espace, saisie.candidature, filtres),
    }
    return render(request, "avis/compte_rendu.html", contexte)


def _droits(request: HttpRequest, espace: Espace, saisie: suivi.Saisie) -> dict[str, bool]:
    transmet = peut_transmettre_celui_ci(espace.place, saisie.compte_rendu, request.user)
    presences = peut_saisir_les_presences(espace.place)
    a_relire = saisie.compte_rendu is not None and saisie.compte_rendu.est_a_relire
    return {
        "peut_transmettre": transmet,
        "peut_corriger": peut_corriger(espace.place),
        "peut_renvoyer": transmet and a_relire,
        "peut_noter_la_presence": presences and not saisie.est_transmis,
        "peut_corriger_l_absence": presences and saisie.est_absent and espace.permet(GesteDuCalendrier.REDIGER),
    }


def _obstacle(espace: Espace, saisie: suivi.Saisie) -> str | None:
    """Ce qui empêche d'écrire : l'entretien, le calendrier, ou le regard du SAIO."""
    if obstacle := suivi.pourquoi_pas_de_saisie(saisie, espace.le):
        return obstacle
    if not peut_rediger(espace.place):
        return "Vous lisez cet espace sans pouvoir y écrire."
    return espace.ouverture.du(etape(saisie)).raison or None


def _avis_d_origine(demande: FormationDemandee) -> dict[str, Any]:
    """Avis et commentaire de l'origine, montrés seulement quand les deux sont là (écran 6.5)."""
    complet = demande.avis_complet
    return {
        "formation": demande.formation.intitule,
        "complet": complet,
        "ajoutee": demande.ajoutee_a_l_entretien,
        "libelle": demande.get_avis_display() if complet else "",
        "classe": CLASSES_DES_AVIS[Avis(demande.avis)] if complet else "",
        "commentaire": demande.commentaire if complet else "",
    }


def _montrer_le_conflit(request: HttpRequest, espace: Espace, form: CompteRenduForm, conflit: Conflit) -> HttpResponse:
    """E8 : sa version et la mienne, et de quoi reprendre la mienne sans rien retaper (R42)."""
    ma_version = {"Compte-rendu": form.cleaned_data["texte"]}
    for demande, champ in form.champs_d_avis:
        choix = dict(champ.field.choices)
        ma_version[f"Avis pour {demande.formation.intitule}"] = choix.get(form.cleaned_data[champ.name], "")
    version = CompteRendu.objects.filter(candidature=form.saisie.candidature).values_list("version", flat=True).get()
    renvoyes = {nom: valeur for nom, valeur in request.POST.items() if nom != "csrfmiddlewaretoken"}
    contexte = {
        "phrase": str(conflit),
        "sa_version": [{"terme": terme, "valeur": valeur} for terme, valeur in conflit.actuel.items()],
        "ma_version": [{"terme": terme, "valeur": valeur} for terme, valeur in ma_version.items()],
        "champs_caches": [{"nom": nom, "valeur": valeur} for nom, valeur in (renvoyes | {"version": version}).items()],
        "sienne_url": request.get_full_path(),
    }
    return render(request, "erreurs/conflit.html", contexte, status=409)


def _conseiller(request: HttpRequest, espace: Espace, form: CompteRenduForm) -> None:
    """Avertit d'un texte copié, et d'un avis réservé sans conseil (écran A12)."""
    texte = form.cleaned_data["texte"]
    if texte.strip() and _est_deja_ecrit(espace, form):
        messages.warning(
            request, "ce texte est identique à celui d’un autre élève. Un conseil personnel aide davantage."
        )
    if set(form.avis.values()) == {Avis.RESERVE} and len(texte.strip()) < TEXTE_COURT:
        messages.warning(request, "un avis réservé s’accompagne d’un conseil pour l’élève.")


def _est_deja_ecrit(espace: Espace, form: CompteRenduForm) -> bool:
    autres = CompteRendu.objects.de_la_campagne(espace.campagne).exclude(candidature=form.saisie.candidature)
    return autres.filter(
        candidature__accueil__etablissement=espace.etablissement, texte=form.cleaned_data["texte"]
    ).exists()
