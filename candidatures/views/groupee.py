"""Ce qui se fait d'une sélection d'élèves : une même inscription, une même personne référente (écrans O2 et O7)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from candidatures import services
from candidatures.forms import ChoixForm
from candidatures.forms.referents import ReferentForm
from candidatures.lectures import domaines_au_choix
from candidatures.models import Eleve
from candidatures.permissions import peut_inscrire
from candidatures.views.communes import essayer, url_des_eleves
from referentiel.models import Accueil, Formation, Rattachement
from referentiel.portes import Espace, dans_l_origine, exiger, exiger_l_etape
from referentiel.rules.jeu import Modalite
from referentiel.rules.noms import chez, depuis
from referentiel.rules.ouverture import Geste

Choix = Sequence[tuple[Accueil, Sequence[Formation]]]


@dans_l_origine
def inscrire(request: HttpRequest, espace: Espace) -> HttpResponse:
    """O7 : choisir une fois, vérifier, inscrire d'un seul geste. La sélection voyage dans la page."""
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.INSCRIRE)
    eleves, etape = eleves_choisis(request, espace), request.POST.get("etape", "")
    form = _formulaire(request, espace, etape)
    if not eleves or not form.is_bound or not form.is_valid():
        return _montrer_les_choix(request, espace, eleves, form)
    raisons = services.empechements(eleves=eleves, choix=form.brouillons)
    retenus = [eleve for eleve in eleves if eleve.pk not in raisons]
    if etape == "inscrire" and retenus and _inscrire(request, espace, retenus, form):
        return redirect(url_des_eleves(espace))
    if form.errors:
        return _montrer_les_choix(request, espace, eleves, form)
    return _verifier(request, espace, eleves, raisons, form)


@dans_l_origine
def referent(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Donner la même personne référente aux élèves choisis."""
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.MODIFIER_UN_ELEVE)
    eleves = eleves_choisis(request, espace)
    equipe = Rattachement.objects.filter(etablissement=espace.etablissement, origine=True, personne__is_active=True)
    form = ReferentForm(
        request.POST if request.POST.get("etape") else None,
        equipe=list(equipe.select_related("personne").order_by("personne__cle")),
    )
    if eleves and form.is_bound and form.is_valid() and _affecter(request, espace, eleves, form):
        return redirect(url_des_eleves(espace))
    contexte = {"form": form, "eleves": eleves, "eleves_url": url_des_eleves(espace)}
    return render(request, "candidatures/referent.html", contexte)


def eleves_choisis(request: HttpRequest, espace: Espace) -> list[Eleve]:
    """Élèves de l'établissement que nomme l'envoi, sans celui que la personne vient de retirer."""
    codes = set(request.POST.getlist("eleve")) - {request.POST.get("retirer")}
    choisis = Eleve.objects.de_l_origine(espace.campagne, espace.etablissement.pk).filter(code__in=codes)
    eleves = list(choisis.order_by("classe", "cle", "pk"))
    for eleve in eleves:
        eleve.campagne, eleve.etablissement = espace.campagne, espace.etablissement
    return eleves


def _formulaire(request: HttpRequest, espace: Espace, etape: str) -> ChoixForm:
    """Formulaire des choix, contrôlé quand la personne l'envoie ; « Filtrer » et « Retirer » le remontrent."""
    commun: dict[str, Any] = {
        "domaines": domaines_au_choix(espace.campagne, espace.etablissement),
        "candidatures": {},
        "ajoutables": frozenset(),
    }
    if etape in {"verifier", "inscrire"} and not {"filtrer", "retirer"} & request.POST.keys():
        return ChoixForm(request.POST, **commun)
    tapes = ChoixForm.choix_tapes(request.POST)
    return ChoixForm(initial=tapes, **commun) if tapes else ChoixForm(**commun)


def _montrer_les_choix(request: HttpRequest, espace: Espace, eleves: list[Eleve], form: ChoixForm) -> HttpResponse:
    filtre = request.POST.get("q", "").strip()
    contexte = {
        "form": form,
        "eleves": eleves,
        "sections": list(form.sections(filtre)) if eleves else [],
        "filtre": filtre,
        "limite": espace.campagne.regles.formations_maximales,
        "eleves_url": url_des_eleves(espace),
    }
    return render(request, "candidatures/inscription_groupee.html", contexte)


def _verifier(
    request: HttpRequest, espace: Espace, eleves: list[Eleve], raisons: dict[int, str], form: ChoixForm
) -> HttpResponse:
    retenus = [eleve for eleve in eleves if eleve.pk not in raisons]
    contexte = {
        "form": form,
        "eleves": eleves,
        "retenus": retenus,
        "ecartes": [(eleve, raisons[eleve.pk]) for eleve in eleves if eleve.pk in raisons],
        "choix": form.brouillons,
        "caches": _champs_caches(request),
        "eleves_url": url_des_eleves(espace),
    }
    return render(request, "candidatures/inscription_groupee_verification.html", contexte)


def _champs_caches(request: HttpRequest) -> list[tuple[str, str]]:
    noms = [nom for nom in request.POST if nom.startswith(("formations_", "accueil_"))]
    return [(nom, valeur) for nom in noms for valeur in request.POST.getlist(nom)]


def _inscrire(request: HttpRequest, espace: Espace, retenus: list[Eleve], form: ChoixForm) -> bool:
    choix = form.brouillons
    faites = essayer(
        form, lambda: services.inscrire_plusieurs(eleves=retenus, choix=choix, par=request.user, le=espace.le)
    )
    if faites is None:
        return False
    avis = len(retenus) * sum(len(formations) for _, formations in choix)
    messages.success(
        request,
        format_html(
            '{} Il reste {} avis à saisir. <a href="{}">Saisir les avis</a>',
            _dire_le_succes(len(retenus), choix),
            avis,
            reverse("candidatures:avis", args=[espace.etablissement.segment]),
        ),
    )
    return True


def _dire_le_succes(nombre: int, choix: Choix) -> str:
    """« 11 élèves inscrits à la séance Santé et social du lycée Louise-Michel. »"""
    combien = f"{nombre} élèves inscrits" if nombre > 1 else "1 élève inscrit"
    if len(choix) > 1:
        return f"{combien} dans {len(choix)} domaines."
    [(accueil, _)] = choix
    if accueil.modalite == Modalite.COLLECTIF:
        return f"{combien} à la séance {accueil.domaine} {depuis(accueil.etablissement.nom)}."
    return f"{combien} pour un entretien {accueil.domaine} {chez(accueil.etablissement.nom)}."


def _affecter(request: HttpRequest, espace: Espace, eleves: list[Eleve], form: ReferentForm) -> bool:
    nom, courriel = form.choisi
    nombre = essayer(
        form,
        lambda: services.affecter_un_referent(
            eleves=eleves, nom=nom, courriel=courriel, par=request.user, le=espace.le
        ),
    )
    if nombre is None:
        return False
    pluriel = f"{len(eleves)} élèves" if len(eleves) > 1 else "1 élève"
    messages.success(request, f"{nom} est maintenant la personne référente de {pluriel}.")
    return True
