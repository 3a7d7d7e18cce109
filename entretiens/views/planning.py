"""Le planning de l'établissement d'accueil : semaine, jour, liste (écran A4)."""

from datetime import date, timedelta
from itertools import groupby
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from entretiens.forms import FiltreDuPlanning
from entretiens.lectures import accueils_de, conge, creneaux_du_planning, entre, par_plages, semaine
from entretiens.models import Jury
from entretiens.permissions import peut_lire_le_planning
from entretiens.rules.dire import dire_les_jours
from entretiens.views.outils import SIECLE, ce_qui_se_planifie, lire_le_jour
from referentiel.listes import paginer
from referentiel.portes import Espace, dans_l_accueil, exiger
from referentiel.rules.dates import jour_de


@require_safe
@dans_l_accueil
def planning(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    if demande := request.GET.get("jour"):
        return _aller_a(espace, demande)
    return _semaine(request, espace, jour_de(espace.le))


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
    return _semaine(request, espace, lundi)


@require_safe
@dans_l_accueil
def planning_jour(request: HttpRequest, espace: Espace, jour: date) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    filtre, creneaux = _filtrer(request, espace)
    du_jour = list(entre(creneaux, jour, jour))
    par_seance = {creneau.seance_id: creneau.seance for creneau in du_jour}
    lignes = [
        (heure, [next((c for c in groupe if c.seance_id == seance), None) for seance in par_seance])
        for heure, groupe in ((h, list(g)) for h, g in groupby(du_jour, key=lambda creneau: creneau.periode.lower))
    ]
    contexte = {
        "jour": jour,
        "conge": conge(jour, list(espace.campagne.vacances.all())),
        "seances": par_seance.values(),
        "lignes": lignes,
        "libres": sum(creneau.places_prises == 0 for creneau in du_jour),
        "veille": _adresse_du_jour(espace, jour - timedelta(days=1)),
        "lendemain": _adresse_du_jour(espace, jour + timedelta(days=1)),
        "semaine_url": _adresse_de_la_semaine(espace, jour),
    }
    return render(request, "entretiens/planning_jour.html", _commun(espace, filtre) | contexte)


@require_safe
@dans_l_accueil
def planning_liste(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    filtre, creneaux = _filtrer(request, espace)
    passes = "passes" in request.GET
    page, pagination = paginer(request, creneaux if passes else creneaux.a_venir(espace.le), en_entier=False)
    contexte = {
        "page": page,
        "passes": passes,
        "pagination": pagination,
    }
    return render(request, "entretiens/planning_liste.html", _commun(espace, filtre) | contexte)


def _semaine(request: HttpRequest, espace: Espace, jour: date) -> HttpResponse:
    lundi = jour - timedelta(days=jour.weekday())
    filtre, creneaux = _filtrer(request, espace)
    de_la_semaine = list(entre(creneaux, lundi, lundi + timedelta(days=6)))
    journees = semaine(de_la_semaine, lundi, list(espace.campagne.vacances.all()))
    contexte = {
        "journees": [(journee, _adresse_du_jour(espace, journee.jour)) for journee in journees],
        "moments": [
            ("Matin", [(par_plages(journee.matin), _adresse_du_jour(espace, journee.jour)) for journee in journees]),
            (
                "Après-midi",
                [(par_plages(journee.apres_midi), _adresse_du_jour(espace, journee.jour)) for journee in journees],
            ),
        ],
        "titre": f"semaine {dire_les_jours([journees[0].jour, journees[-1].jour])}",
        "nombre": len(de_la_semaine),
        "libres": sum(creneau.places_libres > 0 for creneau in de_la_semaine),
        "precedente": _adresse_de_la_semaine(espace, lundi - timedelta(days=7)),
        "suivante": _adresse_de_la_semaine(espace, lundi + timedelta(days=7)),
        "lundi": lundi,
        "jour_url": _adresse_du_jour(espace, jour),
    }
    return render(request, "entretiens/planning_semaine.html", _commun(espace, filtre) | contexte)


def _filtrer(request: HttpRequest, espace: Espace):
    """Le filtre et les créneaux qu'il garde."""
    accueils = list(accueils_de(espace.campagne, espace.etablissement))
    jurys = list(Jury.objects.filter(etablissement=espace.etablissement))
    filtre = FiltreDuPlanning(request.GET, accueils=accueils, jurys=jurys)
    creneaux = creneaux_du_planning(espace.campagne, espace.etablissement)
    if filtre.is_valid():
        if domaine := filtre.cleaned_data["domaine"]:
            creneaux = creneaux.filter(seance__accueil__code=domaine)
        if jury := filtre.cleaned_data["jury"]:
            creneaux = creneaux.filter(seance__jury=jury)
    return filtre, creneaux


def _commun(espace: Espace, filtre: FiltreDuPlanning) -> dict[str, object]:
    uai = espace.etablissement.segment
    actifs = filtre.cleaned_data if filtre.is_valid() else {}
    return ce_qui_se_planifie(espace) | {
        "uai": uai,
        "filtre": filtre,
        "filtre_actif": any(actifs.values()),
        "suite": "?" + urlencode({nom: valeur for nom, valeur in actifs.items() if valeur})
        if any(actifs.values())
        else "",
        "aujourd_hui_url": reverse("entretiens:planning", args=[uai]),
        "liste_url": reverse("entretiens:planning_liste", args=[uai]),
    }


def _aller_a(espace: Espace, demande: str) -> HttpResponse:
    jour = lire_le_jour(demande)
    return redirect(_adresse_de_la_semaine(espace, jour) if jour else _adresse_du_planning(espace))


def _adresse_du_planning(espace: Espace) -> str:
    return reverse("entretiens:planning", args=[espace.etablissement.segment])


def _adresse_de_la_semaine(espace: Espace, jour: date) -> str:
    annee, numero, _ = jour.isocalendar()
    return reverse("entretiens:planning_semaine", args=[espace.etablissement.segment, annee, numero])


def _adresse_du_jour(espace: Espace, jour: date) -> str:
    return reverse("entretiens:planning_jour", args=[espace.etablissement.segment, jour])
