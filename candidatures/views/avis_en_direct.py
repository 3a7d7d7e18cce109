"""Une ligne d'avis, enregistrée pendant la saisie : ce que répond le serveur au script de l'écran O11 (F4, F5, F6)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from candidatures import services
from candidatures.lectures import LigneDAvis, demande_a_aviser, empreinte, ligne_ecrite, lignes_d_avis
from candidatures.permissions import peut_saisir_les_avis
from candidatures.views.saisie import Bloc, saisi_dans
from referentiel.en_direct import (
    AUTRE_PERSONNE,
    confronter,
    dire_qui_est_connecte,
    est_d_une_autre_personne,
    refuser,
    refuser_pour,
)
from referentiel.portes import Espace, dans_l_origine, exiger
from referentiel.rules.refus import Conflit, Refus

A_ENREGISTRER_SOI_MEME = (
    "L’entretien a commencé\u00a0: une fois complet, cet avis ne changera plus. Terminez, puis enregistrez la page."
)


@dans_l_origine
def ligne(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Enregistre la ligne envoyée ; une lecture dit qui est connecté."""
    lue = _ligne(espace, code)
    if request.method != "POST":
        return dire_qui_est_connecte(request)
    exiger(peut_saisir_les_avis(espace.place))
    if "personne" not in request.POST or est_d_une_autre_personne(request):
        return refuser(AUTRE_PERSONNE)
    bloc = Bloc(lue, request.POST, espace.campagne)
    if not bloc.form.is_valid():
        return refuser(" ".join(erreur for erreurs in bloc.form.errors.values() for erreur in erreurs))
    saisi = saisi_dans(bloc)
    if lue.tardif and saisi["avis"] and saisi["commentaire"]:
        return refuser(A_ENREGISTRER_SOI_MEME, tardif=True)
    return _enregistrer(request, espace, bloc, saisi)


def _ligne(espace: Espace, code: str) -> LigneDAvis:
    """La ligne, ou 404."""
    demandes = demande_a_aviser(espace.campagne, espace.etablissement, code, espace.le)
    lignes = lignes_d_avis(demandes, espace.campagne, espace.le)
    if not lignes:
        raise Http404
    return lignes[0]


def _enregistrer(request: HttpRequest, espace: Espace, bloc: Bloc, saisi: dict[str, Any]) -> HttpResponse:
    try:
        ecrite = services.saisir_l_avis(formation_demandee=bloc.ligne.demande, par=request.user, le=espace.le, **saisi)
    except Conflit as conflit:
        bloc.refuser(conflit)
        actuel = _decrire(_ligne(espace, bloc.ligne.demande.code))
        return confronter(bloc.conflit, actuel)
    except Refus as refus:
        return refuser_pour(refus)
    return JsonResponse(_decrire(ligne_ecrite(bloc.ligne, ecrite, espace.le)))


def _decrire(lue: LigneDAvis) -> dict[str, Any]:
    demande = lue.demande
    return {
        "avis": demande.avis,
        "commentaire": demande.commentaire,
        "version": demande.version,
        "empreinte": empreinte(demande.avis, demande.commentaire),
        "etat": lue.etat,
        "complet": demande.avis_complet,
    }
