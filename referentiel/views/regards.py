"""Voir l'espace d'un établissement en lecture seule (écran S9, T8)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from referentiel.detours import au_jour, hors_detour, lire_le_jour
from referentiel.forms.regards import MotifDuRegardForm
from referentiel.models import Etablissement
from referentiel.permissions import Cote, peut_regarder_un_espace
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.regards import DUREE, oublier, regard_en_cours, retenir
from referentiel.rules.refus import Refus
from referentiel.services import ouvrir_un_regard

TROUVES_AU_PLUS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def voir(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Chercher un établissement, dire pourquoi, entrer dans son espace pour trente minutes."""
    exiger(peut_regarder_un_espace(espace.place))
    form = MotifDuRegardForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (reponse := _ouvrir(request, espace, form)):
        return reponse
    texte = (request.POST.get("q") or request.GET.get("q") or "").strip()
    trouves = list(_etablissements(espace).cherche(texte)[: TROUVES_AU_PLUS + 1]) if texte else []
    contexte = {
        "form": form,
        "texte": texte,
        "trouves": trouves[:TROUVES_AU_PLUS],
        "trop": len(trouves) > TROUVES_AU_PLUS,
        "choisi": request.POST.get("etablissement", ""),
        "jour": request.detour.jour if request.detour else None,
        "envoi_url": hors_detour(request, reverse("referentiel:voir_un_espace")),
        "minutes": int(DUREE.total_seconds() // 60),
        "regard": regard_en_cours(request),
    }
    return render(request, "referentiel/voir_un_espace.html", contexte)


@require_POST
@dans_l_academie
def quitter(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Ferme le regard avant son heure."""
    exiger(peut_regarder_un_espace(espace.place))
    oublier(request)
    return redirect(_le_meme_jour(request, reverse("referentiel:voir_un_espace")))


def _ouvrir(request: HttpRequest, espace: EspaceAcademique, form: MotifDuRegardForm) -> HttpResponse | None:
    cote = _cote(request)
    choisis = _etablissements(espace).filter(uai=request.POST.get("etablissement", ""))
    if not request.POST.get("etablissement"):
        form.add_error(None, "Choisissez un établissement.")
        return None
    etablissement = get_object_or_404(choisis)
    try:
        jusqu_a = ouvrir_un_regard(
            etablissement=etablissement,
            motif=form.cleaned_data["motif"],
            duree=DUREE,
            par=request.user,
            le=request.recue_le,
        )
    except Refus as refus:
        form.add_error("motif", str(refus))
        return None
    retenir(request, etablissement, jusqu_a)
    return redirect(_le_meme_jour(request, reverse(f"pilotage:a_faire_{cote}", args=[etablissement.segment])))


def _etablissements(espace: EspaceAcademique):
    return Etablissement.objects.filter(academie=espace.academie)


def _cote(request: HttpRequest) -> Cote:
    try:
        return Cote(request.POST.get("cote", Cote.ORIGINE))
    except ValueError as erreur:
        raise Http404 from erreur


def _le_meme_jour(request: HttpRequest, adresse: str) -> str:
    """La page, le jour que l'on répétait : l'envoi, lui, se fait toujours aujourd'hui."""
    jour = lire_le_jour(request.POST.get("jour", ""))
    return au_jour(request, jour, adresse) if jour else adresse
