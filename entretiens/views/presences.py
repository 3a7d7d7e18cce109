"""Noter qui est venu, sur un téléphone dans un couloir (écran A10)."""

from datetime import date
from itertools import groupby

from django.contrib import messages
from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.forms import PresencesForm
from entretiens.models import Entretien, EntretienQuerySet
from entretiens.permissions import peut_lire_le_planning, peut_saisir_les_presences
from entretiens.rules.etats import EtatEntretien
from entretiens.views.outils import lire_le_jour
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import debut_du_jour, fin_du_jour, jour_de
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def presences(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    etape = espace.ouverture.du(Geste.SAISIR_LES_PRESENCES)
    if request.method == "POST":
        exiger(peut_saisir_les_presences(espace.place))
        exiger_l_etape(espace, Geste.SAISIR_LES_PRESENCES)
    chez_nous = Entretien.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).en_vigueur()
    jour = _jour(request, espace, chez_nous)
    entretiens = list(
        _du_jour(chez_nous, jour)
        .avec_lieu()
        .select_related("candidature__eleve__etablissement")
        .order_by("creneau__seance__periode", "creneau__seance_id", "periode", "candidature__eleve__cle")
    )
    form = PresencesForm(_saisie(request, entretiens), entretiens=entretiens)
    if request.POST.get("geste") == "enregistrer" and form.is_valid():
        try:
            nombre = services.saisir_les_presences(presences=form.presences, par=request.user, le=espace.le)
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            s = "s" if nombre > 1 else ""
            messages.success(request, f"{nombre} présence{s} enregistrée{s}." if nombre else "Rien n’a changé.")
            return redirect(f"{request.path}?jour={jour.isoformat()}")
    autres = {
        "precedent": chez_nous.filter(periode__startswith__lt=debut_du_jour(jour)).aggregate(
            le=Max("periode__startswith")
        ),
        "suivant": chez_nous.filter(periode__startswith__gte=fin_du_jour(jour)).aggregate(
            le=Min("periode__startswith")
        ),
    }
    contexte = {
        "jour": jour,
        "form": form,
        "etape": etape,
        "peut_saisir": peut_saisir_les_presences(espace.place) and etape.ouverte,
        "seances": _par_seance(entretiens, form),
        "nombre": len(entretiens),
        "uai": espace.etablissement.segment,
    } | {nom: _adresse(espace, valeur["le"]) for nom, valeur in autres.items()}
    return render(request, "entretiens/presences.html", contexte)


def _jour(request: HttpRequest, espace: Espace, chez_nous: EntretienQuerySet) -> date:
    """Le jour demandé ; sans demande, aujourd'hui, ou le premier jour en attente si rien n'a lieu aujourd'hui."""
    if demande := lire_le_jour(request.POST.get("jour") or request.GET.get("jour", "")):
        return demande
    aujourd_hui = jour_de(espace.le)
    if _du_jour(chez_nous, aujourd_hui).exists():
        return aujourd_hui
    premier = chez_nous.prevus().finis(espace.le).aggregate(le=Min("periode__startswith"))["le"]
    return jour_de(premier) if premier else aujourd_hui


def _du_jour(chez_nous: EntretienQuerySet, jour: date) -> EntretienQuerySet:
    return chez_nous.filter(periode__startswith__gte=debut_du_jour(jour), periode__startswith__lt=fin_du_jour(jour))


def _saisie(request: HttpRequest, entretiens: list[Entretien]):
    """Ce qui est répondu ; « Présence pour tous » remplit les lignes vides sans rien enregistrer."""
    if request.method != "POST":
        return None
    reponses = request.POST.copy()
    if reponses.get("geste") == "tous":
        for entretien in entretiens:
            reponses.setdefault(PresencesForm.nom(entretien), EtatEntretien.TENU.value)
    return reponses


def _par_seance(entretiens: list[Entretien], form: PresencesForm) -> list[tuple[object, list[dict[str, object]]]]:
    return [
        (seance, [{"entretien": entretien, "champ": form[form.nom(entretien)]} for entretien in groupe])
        for seance, groupe in groupby(entretiens, key=lambda entretien: entretien.creneau.seance)
    ]


def _adresse(espace: Espace, instant) -> str:
    if instant is None:
        return ""
    return f"{reverse('entretiens:presences', args=[espace.etablissement.segment])}?jour={jour_de(instant).isoformat()}"
