"""Ce qui tarde chez les établissements d'accueil : le lire, le rappeler, retenir un rappel (écran S4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from avis import services
from avis.models import Relance
from avis.permissions import peut_relancer
from avis.relances import ETAPES, Attente, Motif, attentes, dire_l_attente, uai_choisis
from avis.services.relances import courriel_pour
from referentiel.models.codes import nouveau_code
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.rules.dates import dire_heure, dire_jour, jour_de
from referentiel.rules.identifiants import ALPHABET_DES_CODES, LONGUEUR_DES_CODES
from referentiel.rules.refus import PeriodeClose, Refus

ENVOIS_MONTRES = 10


@require_safe
@dans_l_academie
def retards(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Les établissements d'accueil qui tardent ; l'observation lit ceux que touchent ses départements (R36)."""
    contexte = {
        "listes": [_liste(espace, motif) for motif in Motif],
        "envois": _derniers_envois(espace),
        "peut_relancer": _relance_ouverte(espace),
    }
    return render(request, "avis/relances/retards.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def relancer(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Le courriel tel qu'il partira, et à qui ; puis l'envoi."""
    exiger(peut_relancer(espace.place))
    saisie = request.POST if request.method == "POST" else request.GET
    motif = Motif(saisie.get("motif")) if saisie.get("motif") in Motif.values else Motif.COMPTES_RENDUS
    choisis = uai_choisis(saisie.getlist("etablissement"))
    if not choisis:
        messages.error(request, "sélectionnez au moins un établissement.")
        return redirect("avis:retards")
    if request.method == "POST" and saisie.get("geste") == "envoyer":
        return _envoyer(request, espace, motif, choisis)
    choisies = attentes(motif, espace.campagne, espace.le, seulement=choisis)
    joignables = [attente for attente in choisies if attente.joignable]
    if not joignables:
        messages.error(request, _rien_a_envoyer(choisies))
        return redirect("avis:retards")
    return render(request, "avis/relances/verification.html", _verification(espace, motif, choisies, joignables))


@require_safe
@dans_l_academie
def envoi(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    """Un envoi de relances, établissement par établissement."""
    exiger(peut_relancer(espace.place))
    relances = _relances(espace, code)
    premiere = relances[0]
    motif = Motif(premiere.motif)
    contexte = {
        "relances": relances,
        "premiere": premiere,
        "motif": motif.label,
        "code": code,
        "retenable": premiere.rappelee_le is None and espace.le < premiere.part_le and _relance_ouverte(espace),
    }
    return render(request, "avis/relances/envoi.html", contexte)


@require_POST
@dans_l_academie
def retenir(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    exiger(peut_relancer(espace.place))
    _relances(espace, code)
    try:
        services.retenir_les_relances(envoi=code, campagne=espace.campagne, par=request.user, le=espace.le)
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, "Envoi annulé\u00a0: aucune relance ne part.")
    return redirect("avis:envoi_de_relances", code=code)


def _envoyer(request: HttpRequest, espace: EspaceAcademique, motif: Motif, choisis: Sequence[str]) -> HttpResponse:
    try:
        relances = services.relancer(
            envoi=_code_de_l_envoi(request),
            motif=motif,
            uai=choisis,
            campagne=espace.campagne,
            par=request.user,
            le=espace.le,
        )
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect("avis:retards")
    nombre, heure = len(relances), dire_heure(relances[0].part_le)
    phrase = f"{nombre} relances partent à {heure}." if nombre > 1 else f"1 relance part à {heure}."
    messages.success(request, phrase)
    return redirect("avis:envoi_de_relances", code=relances[0].envoi)


def _code_de_l_envoi(request: HttpRequest) -> str:
    """Le code que portait la page : un envoi répété se reconnaît."""
    code = request.POST.get("envoi", "")
    vrai = len(code) == LONGUEUR_DES_CODES and set(code) <= set(ALPHABET_DES_CODES)
    return code if vrai else nouveau_code()


def _verification(
    espace: EspaceAcademique, motif: Motif, choisies: Sequence[Attente], joignables: Sequence[Attente]
) -> dict[str, Any]:
    courriel = courriel_pour(joignables[0], motif, espace.campagne, "")
    return {
        "motif": motif,
        "lignes": [_montrer(attente, motif, espace.le) for attente in joignables],
        "sans_adresse": [attente.etablissement for attente in choisies if not attente.joignable],
        "courriel": courriel,
        "texte": render_to_string(f"{courriel['gabarit']}.txt", courriel["contexte"], using="texte"),
        "exemple": joignables[0].etablissement.nom_et_commune,
        "delai": espace.campagne.regles.delai_de_rappel,
        "envoi": nouveau_code(),
    }


def _rien_a_envoyer(choisies: Sequence[Attente]) -> str:
    if choisies:
        return "aucun des établissements choisis n’a de messagerie\u00a0: complétez d’abord leurs coordonnées."
    return "aucun des établissements choisis n’a plus de retard."


def _liste(espace: EspaceAcademique, motif: Motif) -> dict[str, Any]:
    administre = peut_administrer_l_academie(espace.place)
    observes = None if administre else espace.perimetre.departements_observes
    trouvees = attentes(motif, espace.campagne, espace.le, departements=observes)
    return {
        "motif": motif,
        "code": motif.value.replace("_", "-"),
        "lignes": [_montrer(attente, motif, espace.le) for attente in trouvees],
        "total": sum(attente.nombre for attente in trouvees),
        "comptes_rendus": motif is Motif.COMPTES_RENDUS,
        "etape": espace.campagne.ouverture(espace.le).une_de((ETAPES[motif],)),
    }


def _montrer(attente: Attente, motif: Motif, le: datetime) -> dict[str, Any]:
    return {
        "uai": attente.etablissement.uai,
        "nom": attente.etablissement.nom_et_commune,
        "joignable": attente.joignable,
        "nombre": attente.nombre,
        "attente": dire_l_attente(motif, attente.nombre),
        "depuis": attente.depuis,
        "jours": attente.jours,
        "relance": _dire_quand(attente.relance_le, le) if attente.relance_le else "",
    }


def _dire_quand(relance_le: datetime, le: datetime) -> str:
    """« aujourd'hui à 10 h 15 », « hier », « le lundi 12 avril »."""
    jour = jour_de(relance_le)
    if jour == jour_de(le):
        return f"aujourd’hui à {dire_heure(relance_le)}"
    if jour == jour_de(le) - timedelta(days=1):
        return "hier"
    return f"le {dire_jour(jour, annee=False)}"


def _derniers_envois(espace: EspaceAcademique) -> list[dict[str, Any]]:
    if not peut_relancer(espace.place):
        return []
    envois = Relance.objects.filter(campagne=espace.campagne).order_by().values("envoi", "motif")
    groupes = envois.annotate(
        nombre=Count("pk"), quand=Min("le"), depart=Min("part_le"), retenu=Max("rappelee_le"), auteur=Min("par__nom")
    )
    return [groupe | {"motif": Motif(groupe["motif"]).label} for groupe in groupes.order_by("-quand")[:ENVOIS_MONTRES]]


def _relances(espace: EspaceAcademique, code: str) -> list[Relance]:
    relances = Relance.objects.filter(campagne=espace.campagne, envoi=code)
    lues = list(relances.select_related("etablissement", "courriel", "par").order_by("etablissement__cle", "pk"))
    if not lues:
        raise Http404
    return lues


def _relance_ouverte(espace: EspaceAcademique) -> bool:
    return peut_relancer(espace.place) and not espace.lecture_seule
