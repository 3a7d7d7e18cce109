"""Le catalogue et le calendrier, pour tout le monde, sans connexion (R9, écrans P2, P3, P6)."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.text import slugify

from referentiel.forms import FiltreDuCatalogue
from referentiel.listes import paginer
from referentiel.models import Campagne, Formation, Offre
from referentiel.presentation import (
    CLASSES_DES_RENCONTRES,
    HORS_PASSPRO,
    LIBELLES_DES_RENCONTRES,
    etapes_du_calendrier,
    nom_du_departement,
)
from referentiel.rules.dates import jour_de


def catalogue(request: HttpRequest) -> HttpResponse:
    campagne = _campagne_publique(request)
    if campagne is None:
        return render(request, "referentiel/sans_campagne.html", {"titre": "Formations"})
    filtre = FiltreDuCatalogue(
        request.GET, domaines=campagne.domaines.all(), departements=campagne.academie.departements
    )
    retenus = filtre.retenus
    offres = Offre.objects.du_catalogue(campagne).retenues(retenus)
    page, pagination = paginer(request, offres, en_entier=False)
    lignes = [_ligne(offre, campagne) for offre in page]
    return render(
        request,
        "referentiel/catalogue.html",
        {
            "campagne": campagne,
            "filtre": filtre,
            "actifs": _filtres_actifs(filtre, request.GET),
            "sans_filtre_url": _sans_filtre(request),
            "lignes": lignes,
            "total": page.paginator.count,
            "pagination": pagination,
            "a_du_hors_passpro": any(ligne["rencontre"] == HORS_PASSPRO for ligne in lignes),
        },
    )


def formation(request: HttpRequest, slug: str) -> HttpResponse:
    campagne = _campagne_publique(request)
    trouvee = Formation.objects.filter(domaine__campagne=campagne, slug=slug).select_related("domaine").first()
    if not trouvee:
        raise Http404
    offres = Offre.objects.du_catalogue(campagne).filter(formation=trouvee)
    return render(
        request,
        "referentiel/formation.html",
        {
            "campagne": campagne,
            "formation": trouvee,
            "offres": [_ligne(offre, campagne) for offre in offres],
            "academie": campagne.academie.code,
        },
    )


def calendrier(request: HttpRequest) -> HttpResponse:
    campagne = _campagne_publique(request)
    if campagne is None:
        return render(request, "referentiel/sans_campagne.html", {"titre": "Calendrier"})
    etapes = etapes_du_calendrier(campagne.calendrier, jour_de(request.le))
    return render(request, "referentiel/calendrier.html", {"campagne": campagne, "etapes": etapes})


def _campagne_publique(request: HttpRequest) -> Campagne | None:
    """La campagne de l'académie demandée, sinon la première ouverte, sinon la dernière close."""
    code = request.GET.get("academie", "")
    return Campagne.objects.publique(slugify(code)[:20], annee=request.detour.annee if request.detour else None)


def _ligne(offre: Offre, campagne: Campagne) -> dict[str, Any]:
    return {
        "offre": offre,
        "formation": offre.formation,
        "etablissement": offre.etablissement,
        "departement": nom_du_departement(offre.etablissement.departement),
        "rencontre": offre.rencontre,
        "rencontre_libelle": LIBELLES_DES_RENCONTRES[offre.rencontre],
        "rencontre_classe": CLASSES_DES_RENCONTRES[offre.rencontre],
        "academie": campagne.academie.code,
    }


def _filtres_actifs(filtre: FiltreDuCatalogue, requete: QueryDict) -> list[dict[str, str]]:
    """Chaque filtre retenu, avec l'adresse qui le retire."""
    actifs = []
    for champ, valeurs in filtre.retenus.items():
        if champ == "academie":
            continue
        for valeur in valeurs if isinstance(valeurs, list) else [valeurs]:
            reste = requete.copy()
            reste.pop("page", None)
            reste.setlist(champ, [autre for autre in requete.getlist(champ) if autre.strip() != valeur])
            actifs.append({"libelle": filtre.libelle_de(champ, valeur), "url": f"?{reste.urlencode()}"})
    return actifs


def _sans_filtre(request: HttpRequest) -> str:
    """Adresse du catalogue entier de l'académie demandée."""
    academie = request.GET.get("academie")
    return f"{request.path}?{urlencode({'academie': academie})}" if academie else request.path
