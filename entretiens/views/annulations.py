"""Annuler une séance ou toute une journée, avec la liste des élèves concernés (écran A8)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.forms import MotifForm
from entretiens.models import Entretien, Seance
from entretiens.permissions import peut_planifier
from entretiens.views.outils import lire_le_nombre
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import debut_du_jour, dire_instant, dire_jour, fin_du_jour, jour_de
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])


@LIRE_ET_ENVOYER
@dans_l_accueil
def annuler_la_seance(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    seances = _seances(espace)
    seance = get_object_or_404(seances, code=code)
    quand = dire_instant(seance.periode.lower, annee=False)
    jury = f", {seance.jury.nom}" if seance.jury else ""
    question = f"Annuler la séance du {quand}{jury} ?"
    return _annuler(request, espace, [seance], question, "Annuler la séance", jour_de(seance.periode.lower))


@LIRE_ET_ENVOYER
@dans_l_accueil
def annuler_la_journee(request: HttpRequest, espace: Espace, jour: date) -> HttpResponse:
    du_jour = _seances(espace).filter(periode__startswith__gte=debut_du_jour(jour))
    seances = list(du_jour.filter(periode__startswith__lt=fin_du_jour(jour)))
    if not seances:
        raise Http404
    question = f"Annuler toute la journée du {dire_jour(jour, annee=False)} ?"
    return _annuler(request, espace, seances, question, "Annuler la journée", jour)


def _seances(espace: Espace) -> QuerySet[Seance]:
    seances = Seance.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).maintenues()
    return seances.select_related("jury", "accueil__domaine")


def _annuler(
    request: HttpRequest, espace: Espace, seances: list[Seance], question: str, verbe: str, jour: date
) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    uai = espace.etablissement.segment
    retour = reverse("entretiens:planning_jour", args=[uai, jour])
    form = MotifForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            nombre = services.annuler_des_seances(
                etablissement=espace.etablissement,
                campagne=espace.campagne,
                seances=seances,
                d_accord_pour=lire_le_nombre(request.POST.get("d_accord_pour", "")),
                motif=form.cleaned_data["motif"],
                par=request.user,
                le=espace.le,
            )
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, _dire_l_annulation(nombre))
            return redirect(retour)
    prevus = services.entretiens_a_annuler(seances, espace.le)
    eleves = [_montrer(entretien) for entretien in prevus.avec_eleve().avec_lieu().order_by("periode", "pk")]
    contexte = {
        "question": question,
        "consequences": _consequences(eleves),
        "eleves": eleves,
        "verbe": verbe,
        "annuler_url": retour,
        "renoncer": "Ne rien annuler",
        "formulaire": form,
        "d_accord_pour": len(eleves),
        "fil_parent": {"libelle": "Planning", "url": retour},
    }
    return render(request, "entretiens/annuler_des_seances.html", contexte)


def _montrer(entretien: Entretien) -> dict[str, Any]:
    eleve = entretien.candidature.eleve
    return {
        "eleve": str(eleve),
        "quand": dire_instant(entretien.periode.lower, annee=False),
        "origine": eleve.etablissement.nom_et_commune,
        "telephone": eleve.etablissement.telephone,
        "convoque": entretien.sequence > 0,
    }


def _consequences(eleves: list[dict[str, Any]]) -> list[str]:
    convoques = sum(eleve["convoque"] for eleve in eleves)
    if not eleves:
        return [
            "Aucun élève n’est concerné.",
            "Les créneaux ne sont plus proposés ; jury et salle redeviennent libres.",
        ]
    phrases = [
        f"{len(eleves)} élèves redeviennent à planifier." if len(eleves) > 1 else "L’élève redevient à planifier.",
        "Les créneaux ne sont plus proposés ; jury et salle redeviennent libres.",
    ]
    if convoques:
        qui = f"{convoques} élèves convoqués" if convoques > 1 else "l’élève convoqué"
        phrases.insert(0, f"Un courriel d’annulation part tout de suite pour {qui}.")
    return phrases


def _dire_l_annulation(nombre: int) -> str:
    if not nombre:
        return "Annulation enregistrée. Aucun élève n’était concerné."
    suite = f"{nombre} élèves sont à replanifier" if nombre > 1 else "Un élève est à replanifier"
    return f"Annulation enregistrée. {suite} : proposez-leur une autre place."
