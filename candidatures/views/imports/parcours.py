"""Ce que les étapes d'un import partagent : le droit, l'import d'ici, l'écran où il en est."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from candidatures.permissions import peut_inscrire
from candidatures.services import imports
from candidatures.views.communes import url_des_eleves, vers
from referentiel.models.travaux import Importation
from referentiel.portes import Espace, exiger, exiger_l_etape
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

Etat = Importation.Etat
# L'écran de chaque état : une adresse ouverte trop tôt ou trop tard y renvoie.
ECRANS = {Etat.COLONNES: "import_colonnes", Etat.VERIFICATION: "import_verification", Etat.APPLIQUEE: "import_resultat"}


def exiger_le_droit(espace: Espace) -> None:
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.AJOUTER_UN_ELEVE)


def importation_de(espace: Espace, code: str) -> Importation:
    """Import d'élèves de cet établissement dans cette campagne, ou 404."""
    siens = Importation.objects.filter(
        nature=Importation.Nature.ELEVES, etablissement=espace.etablissement, campagne=espace.campagne
    )
    return get_object_or_404(siens, code=code)


def a_expire(importation: Importation, espace: Espace) -> bool:
    return importation.expire_le <= espace.le


def a_son_ecran(espace: Espace, importation: Importation, request: HttpRequest | None = None) -> HttpResponse:
    """L'écran où en est cet import ; le dépôt d'un fichier s'il est abandonné ou périmé."""
    fini = importation.etat == Etat.ABANDONNEE or (importation.etat != Etat.APPLIQUEE and a_expire(importation, espace))
    if not fini:
        return vers(ECRANS[Etat(importation.etat)], espace, code=importation.code)
    if request:
        messages.warning(request, imports.EXPIRE)
    return vers("import_fichier", espace)


def montrer(request: HttpRequest, espace: Espace, ecran: str, contexte: dict[str, Any]) -> HttpResponse:
    commun = {"uai": espace.etablissement.segment, "eleves_url": url_des_eleves(espace)}
    return render(request, f"candidatures/imports/{ecran}.html", commun | contexte)


def refus_de(geste: Callable[[], object]) -> str:
    """La phrase du refus d'un service, ou rien s'il a fait."""
    try:
        geste()
    except PeriodeClose:
        raise
    except Refus as refus:
        return str(refus)
    return ""
