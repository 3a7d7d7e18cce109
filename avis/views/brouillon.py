"""Le brouillon d'un compte-rendu, enregistré pendant la saisie : ce que répond le serveur au script (F4, F5, F6)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from avis import services, suivi
from avis.forms.compte_rendu import CompteRenduForm
from avis.models import CompteRendu
from avis.permissions import peut_lire_les_comptes_rendus, peut_rediger
from avis.views.compte_rendu import la_candidature
from candidatures.models import FormationDemandee
from referentiel.en_direct import (
    AUTRE_PERSONNE,
    confronter,
    dire_qui_est_connecte,
    est_d_une_autre_personne,
    refuser,
    refuser_pour,
)
from referentiel.portes import Espace, dans_l_accueil, exiger
from referentiel.rules.dates import dire_heure
from referentiel.rules.refus import Conflit, Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def brouillon(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Garde le brouillon envoyé ; une lecture dit qui est connecté. La présence et les ajouts s'envoient à part."""
    exiger(peut_lire_les_comptes_rendus(espace.place))
    saisie = suivi.lire_la_saisie(la_candidature(espace, code))
    if request.method != "POST":
        return dire_qui_est_connecte(request)
    exiger(peut_rediger(espace.place))
    if "personne" not in request.POST or est_d_une_autre_personne(request):
        return refuser(AUTRE_PERSONNE)
    form = CompteRenduForm(request.POST, saisie=saisie, campagne=espace.campagne, complet=False)
    if not form.is_valid():
        return refuser(" ".join(erreur for erreurs in form.errors.values() for erreur in erreurs))
    try:
        ecrit = services.enregistrer_le_brouillon(
            candidature=saisie.candidature,
            texte=form.cleaned_data["texte"],
            avis=form.avis,
            version=form.cleaned_data["version"],
            par=request.user,
            le=espace.le,
        )
    except Conflit as conflit:
        gardee = suivi.lire_la_saisie(saisie.candidature)
        gardes = {d.pk: d.avis_accueil.valeur for d in gardee.demandes if hasattr(d, "avis_accueil")}
        return confronter(str(conflit), _decrire(gardee.compte_rendu, gardee.demandes, gardes))
    except Refus as refus:
        return refuser_pour(refus)
    return JsonResponse(_decrire(ecrit, saisie.demandes, form.avis))


def _decrire(
    compte_rendu: CompteRendu | None, demandes: Iterable[FormationDemandee], avis: Mapping[int, str | None]
) -> dict[str, Any]:
    """Ce qui est gardé, champ par champ, tel que la page l'écrirait."""
    quand = dire_heure(compte_rendu.redige_le) if compte_rendu else ""
    return {
        "texte": compte_rendu.texte if compte_rendu else "",
        "avis": {f"avis_{demande.code}": avis.get(demande.pk) or "" for demande in demandes},
        "version": compte_rendu.version if compte_rendu else 0,
        "etat": f"Brouillon enregistré à {quand}",
    }
