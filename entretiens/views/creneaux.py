"""Ouvrir une série de créneaux, en changer le lieu, les supprimer (écrans A5 et A6)."""

from itertools import groupby

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from entretiens import services
from entretiens.forms import SerieForm
from entretiens.lectures import (
    accueils_de,
    creneaux_du_planning,
    entre,
)
from entretiens.models import Creneau, Jury, Salle, SerieDeCreneaux
from entretiens.permissions import peut_planifier
from entretiens.rules.series import Apercu, dire_la_serie, dire_les_creneaux
from entretiens.views.outils import lire_le_jour
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import dire_heure, jour_de
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def creer_des_creneaux(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Le formulaire, son aperçu, puis la création : trois temps d'une même adresse."""
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    accueils = list(accueils_de(espace.campagne, espace.etablissement))
    jurys = list(Jury.objects.en_service().filter(etablissement=espace.etablissement))
    etape = request.POST.get("etape", "")
    donnees = request.POST if request.method == "POST" else None
    form = SerieForm(donnees, accueils=accueils, jurys=jurys, initial=_valeurs_de_depart(request, espace))
    if etape in {"apercu", "creer"} and form.is_valid():
        try:
            return _creer(request, espace, form) if etape == "creer" else _montrer_l_apercu(request, espace, form)
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
    contexte = {
        "form": form,
        "uai": espace.etablissement.segment,
        "accueils": accueils,
        "salles": Salle.objects.filter(etablissement=espace.etablissement),
    }
    return render(request, "entretiens/creneaux_creer.html", contexte)


@require_safe
@dans_l_accueil
def phrase_de_la_serie(request: HttpRequest, espace: Espace) -> JsonResponse:
    """Ce que donnerait la série en cours de saisie, en une phrase ; vide tant qu'elle ne se lit pas."""
    exiger(peut_planifier(espace.place))
    accueils = list(accueils_de(espace.campagne, espace.etablissement))
    jurys = list(Jury.objects.en_service().filter(etablissement=espace.etablissement))
    form = SerieForm(request.GET, accueils=accueils, jurys=jurys)
    if not form.is_valid():
        return JsonResponse({"phrase": ""})
    try:
        apercu = services.preparer_une_serie(accueil=form.accueil_choisi, serie=form.serie(), le=espace.le)
    except Refus as refus:
        return JsonResponse({"phrase": str(refus)})
    return JsonResponse({"phrase": dire_la_serie(apercu)})


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def supprimer_des_creneaux(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Page de confirmation, puis suppression de créneaux où personne n'est placé."""
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    choisis = _creneaux_choisis(request, espace)
    retour = "entretiens:planning_liste"
    if not choisis:
        messages.error(request, "Sélectionnez au moins un créneau libre.")
        return redirect(retour, uai=espace.etablissement.segment)
    if request.method == "POST":
        try:
            nombre = services.supprimer_les_creneaux(
                etablissement=espace.etablissement,
                campagne=espace.campagne,
                creneaux=choisis,
                par=request.user,
                le=espace.le,
            )
        except PeriodeClose:
            raise
        except Refus as refus:
            messages.error(request, str(refus))
        else:
            s = "s" if nombre > 1 else ""
            messages.success(request, f"{nombre} créneau{'x' if s else ''} supprimé{s}.")
        return redirect(retour, uai=espace.etablissement.segment)
    contexte = {"creneaux": choisis, "uai": espace.etablissement.segment}
    return render(request, "entretiens/creneaux_supprimer.html", contexte)


def _valeurs_de_depart(request: HttpRequest, espace: Espace) -> dict[str, object]:
    """Une série reprise, ou le jour et la sorte de séance que dit l'adresse."""
    if code := request.GET.get("serie", ""):
        series = SerieDeCreneaux.objects.select_related("accueil").filter(accueil__etablissement=espace.etablissement)
        return SerieForm.reprise(
            get_object_or_404(series, accueil__domaine__campagne=espace.campagne, code=code),
            aujourd_hui=jour_de(espace.le),
        )
    jour = request.GET.get("jour", "")
    depart: dict[str, object] = {"collective": "collective" in request.GET}
    return depart | ({"du": jour, "au": jour} if jour else {})


def _montrer_l_apercu(request: HttpRequest, espace: Espace, form: SerieForm) -> HttpResponse:
    apercu = services.preparer_une_serie(accueil=form.accueil_choisi, serie=form.serie(), le=espace.le)
    contexte = {
        "form": form,
        "apercu": apercu,
        "phrase": dire_la_serie(apercu),
        "avertissements": [
            *apercu.avertissements,
            *(f"{jury.nom} ne reçoit pas d’habitude pour ce domaine." for jury in form.jurys_d_ailleurs),
        ],
        "jours": _par_jour(apercu),
        "saisie": [(nom, valeur) for nom in request.POST for valeur in request.POST.getlist(nom) if nom not in HORS],
        "uai": espace.etablissement.segment,
        "domaine": form.accueil_choisi.domaine.nom,
    }
    return render(request, "entretiens/creneaux_apercu.html", contexte)


HORS = {"csrfmiddlewaretoken", "etape", "garde"}


@transaction.atomic
def _creer(request: HttpRequest, espace: Espace, form: SerieForm) -> HttpResponse:
    cree = None
    if form.cleaned_data["nouveau_jury"]:
        cree = services.creer_un_jury(
            etablissement=espace.etablissement,
            nom=form.cleaned_data["nouveau_jury"],
            membres=form.cleaned_data["membres"],
            par=request.user,
            le=espace.le,
        )
    serie = form.serie(cree=cree)
    gardes = set(request.POST.getlist("garde"))
    prevus = services.preparer_une_serie(accueil=form.accueil_choisi, serie=serie, le=espace.le).jours
    sans = [jour for jour in prevus if jour.isoformat() not in gardes]
    seances = services.creer_la_serie(
        accueil=form.accueil_choisi, serie=form.serie(cree=cree, sans=sans), par=request.user, le=espace.le
    )
    nombre = Creneau.objects.filter(seance__in=seances).count()
    cree_s = "créés" if nombre > 1 else "créé"
    messages.success(
        request, f"{dire_les_creneaux(nombre)} {cree_s}. {_dire_l_attente(form.accueil_choisi.en_attente)}"
    )
    return redirect("entretiens:serie", uai=espace.etablissement.segment, code=seances[0].serie.code)


def _dire_l_attente(attente: int) -> str:
    qui = f"{attente} élèves attendent" if attente > 1 else "Un élève attend" if attente else "Aucun élève n’attend"
    return f"{qui} un entretien dans ce domaine."


def _par_jour(apercu: Apercu) -> list[dict[str, object]]:
    return [
        {
            "jour": jour,
            "nombre": sum(len(seance.creneaux) for seance in seances),
            "postes": ", ".join(seance.poste.nom for seance in seances),
            "salles": ", ".join(filter(None, (seance.poste.salle for seance in seances))),
            "horaires": f"{dire_heure(seances[0].creneaux[0][0])} à {dire_heure(seances[0].creneaux[-1][1])}",
        }
        for jour, seances in ((j, list(g)) for j, g in groupby(apercu.seances, key=lambda seance: seance.jour))
    ]


def _creneaux_choisis(request: HttpRequest, espace: Espace) -> list[Creneau]:
    """Créneaux libres nommés un à un ; ou ceux d'une journée, d'une série à venir, qu'aucun entretien n'a occupés."""
    parametres = request.POST if request.method == "POST" else request.GET
    creneaux = creneaux_du_planning(espace.campagne, espace.etablissement).filter(places_prises=0)
    if codes := parametres.getlist("creneau"):
        return list(creneaux.filter(code__in=codes))
    creneaux = creneaux.filter(entretiens=None)
    if serie := parametres.get("serie"):
        return list(creneaux.filter(seance__serie__code=serie).a_venir(espace.le))
    jour = lire_le_jour(parametres.get("jour", ""))
    return list(entre(creneaux, jour, jour)) if jour else []
