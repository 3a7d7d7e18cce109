"""Le chef d'établissement choisit si les comptes-rendus se relisent avant leur transmission (R30)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from avis.forms.compte_rendu import RelectureForm
from avis.permissions import peut_choisir_la_relecture, peut_lire_les_comptes_rendus
from referentiel.portes import Espace, dans_l_accueil, exiger
from referentiel.rules.dates import INSECABLE
from referentiel.services.equipe import choisir_la_relecture


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def relecture(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_lire_les_comptes_rendus(espace.place))
    exiger(peut_choisir_la_relecture(espace.place))
    liste_url = reverse("avis:comptes_rendus", args=[espace.etablissement.segment])
    relit = espace.etablissement.relit_les_comptes_rendus
    if espace.en_detour:
        return redirect(liste_url)
    form = RelectureForm(request.POST or None, initial={"relit": "non" if relit else "oui"})
    if form.is_valid():
        voulu = form.cleaned_data["relit"]
        choisir_la_relecture(etablissement=espace.etablissement, relit=voulu, par=request.user, le=espace.le)
        messages.success(request, "relecture mise en place." if voulu else "relecture arrêtée.")
        return redirect(liste_url)
    contexte = {
        "question": f"{'Arrêter' if relit else 'Mettre en place'} la relecture des comptes-rendus{INSECABLE}?",
        "consequences": DE_L_ARRET if relit else DE_LA_MISE_EN_PLACE,
        "verbe": "Arrêter la relecture" if relit else "Mettre en place la relecture",
        "annuler_url": liste_url,
        "formulaire": form,
        "fil_parent": {"libelle": "Comptes-rendus", "url": liste_url},
    }
    return render(request, "composants/confirmation.html", contexte)


DE_LA_MISE_EN_PLACE = (
    "Qui rédige envoie son compte-rendu à la relecture, au lieu de le transmettre.",
    "Vous transmettez, ou vous renvoyez avec un message.",
    "Qui a reçu de vous le droit de transmettre relit les textes des autres, pas les siens.",
    "Les comptes-rendus déjà transmis ne changent pas.",
)
DE_L_ARRET = (
    "Qui a reçu de vous le droit de transmettre transmet aussi ses propres comptes-rendus.",
    "Les comptes-rendus déjà envoyés à la relecture restent à relire.",
)
