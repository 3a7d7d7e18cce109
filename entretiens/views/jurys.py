"""Les jurys de l'établissement d'accueil (écran A15)."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.forms import JuryForm
from entretiens.models import Jury
from entretiens.permissions import peut_lire_le_planning, peut_planifier
from entretiens.views.outils import lire_la_cle
from referentiel.portes import Espace, dans_l_accueil, exiger
from referentiel.rules.refus import Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def jurys(request: HttpRequest, espace: Espace) -> HttpResponse:
    """La liste ; `?jury=` ouvre la modification d'un jury, sinon le formulaire en ajoute un."""
    exiger(peut_lire_le_planning(espace.place))
    exiger(peut_planifier(espace.place) or request.method != "POST")
    les_jurys = Jury.objects.filter(etablissement=espace.etablissement).annotate(nombre=Count("seances"))
    cle = request.GET.get("jury", "")
    choisi = get_object_or_404(les_jurys, pk=lire_la_cle(cle)) if cle else None
    initial = {"nom": choisi.nom, "membres": choisi.membres} if choisi else None
    form = JuryForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            _ecrire(request, espace, choisi, form)
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, f"Jury « {form.cleaned_data['nom']} » enregistré.")
            return redirect("entretiens:jurys", uai=espace.etablissement.segment)
    contexte = {
        "jurys": les_jurys,
        "choisi": choisi,
        "form": form,
        "peut_planifier": peut_planifier(espace.place) and not espace.lecture_seule,
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/jurys.html", contexte)


def _ecrire(request: HttpRequest, espace: Espace, choisi: Jury | None, form: JuryForm) -> None:
    champs = {**form.cleaned_data, "par": request.user, "le": espace.le}
    if choisi:
        services.modifier_le_jury(jury=choisi, **champs)
    else:
        services.creer_un_jury(etablissement=espace.etablissement, **champs)
