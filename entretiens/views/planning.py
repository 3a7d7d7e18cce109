"""Le planning de l'établissement d'accueil : semaine, jour, liste (écran A4)."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from entretiens.creneaux_montres import CreneauMontre, a_montrer, montrer
from entretiens.lectures import conge, entre, par_plages, semaine
from entretiens.permissions import peut_lire_le_planning
from entretiens.rules.dire import dire_les_jours
from entretiens.views.filtrage import (
    Filtrage,
    adresse_de_la_liste,
    adresse_de_la_semaine,
    adresse_du_jour,
    avertissements,
    contexte_commun,
    filtrer,
)
from entretiens.views.outils import SIECLE, lire_le_jour
from entretiens.views.plages_moulees import rendre_les_plages
from referentiel.listes import adresse, paginer
from referentiel.portes import Espace, dans_l_accueil, exiger
from referentiel.rules.dates import debut_du_jour, jour_de

SUR_UN_TELEPHONE = "Mobi"
LIBRES = Q(places_prises__lt=F("capacite"))


@require_safe
@dans_l_accueil
def planning(request: HttpRequest, espace: Espace) -> HttpResponse:
    """La semaine d'aujourd'hui, la liste sur un téléphone ; « Aller au » mène au jour demandé, dans la même vue."""
    exiger(peut_lire_le_planning(espace.place))
    filtrage = filtrer(request, espace)
    if "jour" in request.GET:
        return _aller_a(request, espace, filtrage)
    if SUR_UN_TELEPHONE in request.headers.get("User-Agent", ""):
        return redirect(adresse_de_la_liste(espace, filtrage))
    return _semaine(request, espace, filtrage, jour_de(espace.le))


@require_safe
@dans_l_accueil
def planning_semaine(request: HttpRequest, espace: Espace, annee: int, numero: int) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    if annee not in SIECLE:
        raise Http404
    try:
        lundi = date.fromisocalendar(annee, numero, 1)
    except (ValueError, OverflowError) as erreur:
        raise Http404 from erreur
    return _semaine(request, espace, filtrer(request, espace), lundi)


@require_safe
@dans_l_accueil
def planning_jour(request: HttpRequest, espace: Espace, jour: date) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    filtrage = filtrer(request, espace)
    du_jour = montrer(a_montrer(entre(filtrage.creneaux, jour, jour)), espace.etablissement.segment)
    par_seance = {creneau.seance.code: creneau.seance for creneau in du_jour}
    heures = ((heure, list(groupe)) for heure, groupe in groupby(du_jour, key=lambda creneau: creneau.periode.lower))
    contexte = {
        "jour": jour,
        "conge": conge(jour, list(espace.campagne.vacances.all())),
        "seances": par_seance.values(),
        "lignes": [
            (heure, [next((c for c in groupe if c.seance.code == seance), None) for seance in par_seance])
            for heure, groupe in heures
        ],
        "vides": sum(creneau.places_prises == 0 for creneau in du_jour),
        "avertissements": avertissements(espace, jour, jour),
        "precedente": adresse_du_jour(espace, jour - timedelta(days=1)) + filtrage.suite,
        "suivante": adresse_du_jour(espace, jour + timedelta(days=1)) + filtrage.suite,
        "aujourd_hui_url": adresse_du_jour(espace, jour_de(espace.le)) + filtrage.suite,
        "semaine_url": adresse_de_la_semaine(espace, jour) + filtrage.suite,
        "a_venir": debut_du_jour(jour) + timedelta(days=1) > espace.le,
    } | _comptes(du_jour)
    return render(
        request, "entretiens/planning_jour.html", contexte_commun(request, espace, filtrage, "jour") | contexte
    )


@require_safe
@dans_l_accueil
def planning_liste(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Un créneau par ligne, à venir ; `du` part d'un autre jour, `passes` depuis le début."""
    exiger(peut_lire_le_planning(espace.place))
    filtrage = filtrer(request, espace)
    du = lire_le_jour(request.GET.get("du", ""))
    creneaux = filtrage.creneaux
    if du:
        creneaux = creneaux.filter(periode__startswith__gte=debut_du_jour(du))
    elif "passes" not in request.GET:
        creneaux = creneaux.a_venir(espace.le)
    nombres = creneaux.order_by().aggregate(nombre=Count("pk"), libres=Count("pk", filter=LIBRES))
    page, pagination = paginer(request, a_montrer(creneaux), nombres["nombre"], en_entier=False)
    jour = du or jour_de(espace.le)
    contexte = {
        "creneaux": montrer(page, espace.etablissement.segment),
        "passes": (passes := "passes" in request.GET),
        "passes_url": adresse(request, passes="" if passes or du else "1", du="", page=""),
        "du": du,
        "pagination": pagination,
        "jour": jour,
        "semaine_url": adresse_de_la_semaine(espace, jour) + filtrage.suite,
        "jour_url": adresse_du_jour(espace, jour) + filtrage.suite,
    } | nombres
    return render(
        request, "entretiens/planning_liste.html", contexte_commun(request, espace, filtrage, "liste") | contexte
    )


def _semaine(request: HttpRequest, espace: Espace, filtrage: Filtrage, jour: date) -> HttpResponse:
    lundi = jour - timedelta(days=jour.weekday())
    retenus = entre(filtrage.creneaux, lundi, lundi + timedelta(days=6))
    de_la_semaine = montrer(a_montrer(retenus), espace.etablissement.segment)
    journees = semaine(de_la_semaine, lundi, list(espace.campagne.vacances.all()))
    montrees = [(journee, adresse_du_jour(espace, journee.jour) + filtrage.suite) for journee in journees]
    contexte = {
        "journees": montrees,
        "moments": [
            ("Matin", [_plages(journee.matin, url) for journee, url in montrees]),
            ("Après-midi", [_plages(journee.apres_midi, url) for journee, url in montrees]),
        ],
        "titre": f"semaine {dire_les_jours([journees[0].jour, journees[-1].jour])}",
        "avertissements": avertissements(espace, lundi, journees[-1].jour),
        "precedente": adresse_de_la_semaine(espace, lundi - timedelta(days=7)) + filtrage.suite,
        "suivante": adresse_de_la_semaine(espace, lundi + timedelta(days=7)) + filtrage.suite,
        "aujourd_hui_url": adresse_de_la_semaine(espace, jour_de(espace.le)) + filtrage.suite,
        "jour": lundi,
        "semaine_url": adresse_de_la_semaine(espace, lundi) + filtrage.suite,
        "jour_url": adresse_du_jour(espace, jour) + filtrage.suite,
        "liste_url": adresse_de_la_liste(espace, filtrage, du=lundi),
    } | _comptes(de_la_semaine)
    return render(
        request, "entretiens/planning_semaine.html", contexte_commun(request, espace, filtrage, "semaine") | contexte
    )


def _plages(creneaux: Iterable[CreneauMontre], url: str) -> SafeString:
    return rendre_les_plages(par_plages(creneaux), url)


def _comptes(creneaux: Sequence[CreneauMontre]) -> dict[str, int]:
    return {"nombre": len(creneaux), "libres": sum(creneau.places_libres > 0 for creneau in creneaux)}


def _aller_a(request: HttpRequest, espace: Espace, filtrage: Filtrage) -> HttpResponse:
    """Le jour du champ de date, sans quitter la vue ni perdre les filtres."""
    jour, vue = lire_le_jour(request.GET["jour"]) or jour_de(espace.le), request.GET.get("vue")
    if vue == "liste":
        return redirect(adresse_de_la_liste(espace, filtrage, du=jour))
    return redirect((adresse_du_jour if vue == "jour" else adresse_de_la_semaine)(espace, jour) + filtrage.suite)
