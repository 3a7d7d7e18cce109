"""L'avis et le commentaire de chaque formation demandée."""

from itertools import pairwise

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from candidatures.lectures import LigneDAvis
from candidatures.models import FormationDemandee
from candidatures.preinscriptions import Etape, avis_facultatif, demandes_a_aviser
from candidatures.rules import pourquoi_pas_ce_commentaire
from candidatures.views.communes import rappeler_les_mots
from candidatures.views.preinscription.demarche import Demarche, etape, garder, page
from candidatures.views.saisie import Bloc
from referentiel.models import Campagne
from referentiel.rules.jeu import LONGUEUR_COMMENTAIRE


@etape(Etape.AVIS)
def avis(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    demandes = demandes_a_aviser(demarche.demande, demarche.campagne)
    blocs = [_bloc(demande, request, demarche.campagne) for demande in demandes]
    if "reprendre" in request.POST:
        blocs = _reprendre_le_commentaire(blocs, request.POST["reprendre"], demarche.campagne)
    elif request.method == "POST" and _garder_les_avis(request, demarche, blocs):
        return redirect(demarche.adresse(Etape.RECAPITULATIF))
    erreurs = [bloc for bloc in blocs if bloc.en_erreur]
    contexte = {"blocs": blocs, "erreurs": erreurs, "page_en_erreur": bool(erreurs)}
    return page(request, demarche, Etape.AVIS, contexte)


def _bloc(demande: FormationDemandee, request: HttpRequest, campagne: Campagne) -> Bloc:
    facultatif = avis_facultatif(demande.candidature.accueil, campagne)
    ligne = LigneDAvis(demande, None, fige=False, tardif=False, facultatif=facultatif, etat="")
    return Bloc(ligne, request.POST if request.method == "POST" else None, campagne)


def _garder_les_avis(request: HttpRequest, demarche: Demarche, blocs: list[Bloc]) -> bool:
    """Garde les avis s'ils sont tous donnés : ici, personne ne reviendra les compléter plus tard (R16)."""
    valides = [_est_complet(bloc, demarche.campagne) for bloc in blocs]
    saisis = {
        str(bloc.ligne.demande.formation.pk): {
            "avis": bloc.form.cleaned_data.get("avis", ""),
            "commentaire": bloc.form.cleaned_data.get("commentaire", "").strip(),
        }
        for bloc in blocs
    }
    if not blocs or not all(valides) or not garder(blocs[0].form, demarche, "avis", lambda: saisis):
        return False
    for bloc in blocs:
        bloc.ligne.demande.commentaire = bloc.form.cleaned_data["commentaire"]
    rappeler_les_mots(request, demarche, [bloc.ligne.demande for bloc in blocs])
    return True


def _est_complet(bloc: Bloc, campagne: Campagne) -> bool:
    if not bloc.form.is_valid():
        return False
    saisi = bloc.form.cleaned_data
    commentaire = saisi["commentaire"].strip()
    if bloc.ligne.facultatif and not (saisi["avis"] or commentaire):
        return True
    if not saisi["avis"]:
        bloc.form.add_error("avis", "Choisissez un avis.")
    minimum = campagne.regles.longueur_minimale
    if not commentaire:
        bloc.form.add_error("commentaire", "Écrivez un commentaire.")
    elif raison := pourquoi_pas_ce_commentaire(commentaire, minimum=minimum, maximum=LONGUEUR_COMMENTAIRE):
        bloc.form.add_error("commentaire", raison)
    return not bloc.form.errors


def _reprendre_le_commentaire(blocs: list[Bloc], code: str, campagne: Campagne) -> list[Bloc]:
    """Recopie dans le bloc `code` le commentaire du bloc qui le précède, sans rien enregistrer."""
    tapes = [bloc.en_saisie(campagne) for bloc in blocs]
    for precedent, bloc in pairwise(tapes):
        if bloc.ligne.demande.code == code:
            bloc.form.initial["commentaire"] = precedent.form.initial["commentaire"]
    return tapes
