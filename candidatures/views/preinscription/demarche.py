"""La démarche de qui pré-inscrit sans compte : à quelle étape il est, et ce qui la lui ferme (R21, écran P8)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from axes.helpers import get_client_ip_address
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods

from candidatures.models import PreInscription
from candidatures.preinscriptions import TITRES, Demande, Etape, lire, premiere_etape_a_faire
from candidatures.services import preinscriptions as services
from candidatures.views.communes import aboutit
from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.ouverture import Reponse, dire_la_limite
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.rules.saisie import saisie_a_recopier

ETAPES = list(Etape)
TROP_DE_DEMANDES = 429


@dataclass(frozen=True, slots=True)
class Demarche:
    """Une saisie en cours : la demande, ce qu'elle dit, le jeton qui l'ouvre, l'instant."""

    preinscription: PreInscription
    demande: Demande
    campagne: Campagne
    jeton: str
    le: datetime

    def adresse(self, etape: Etape) -> str:
        return reverse(f"candidatures:pre_inscription_{etape}", args=[self.jeton])

    @property
    def a_faire(self) -> Etape:
        return premiere_etape_a_faire(self.preinscription, self.demande, self.campagne)


Vue = Callable[..., HttpResponse]


def sans_compte(vue: Vue) -> Vue:
    """Page qu'aucun cache ne garde ni aucun moteur ne lit ; une étape close y devient la page E5."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(vue)
    def servie(request: HttpRequest, *arguments: Any, **parametres: Any) -> HttpResponse:
        reponse = vue(request, *arguments, **parametres)
        patch_cache_control(reponse, private=True, no_store=True)
        reponse["X-Robots-Tag"] = "noindex, nofollow"
        return reponse

    return servie


def etape(nom: Etape) -> Callable[[Vue], Vue]:
    """Ouvre une étape à qui tient le jeton ; une demande envoyée ne se saisit plus, une étape en avance attend."""

    def decorer(vue: Vue) -> Vue:
        @sans_compte
        @wraps(vue)
        def porte(request: HttpRequest, jeton: str) -> HttpResponse:
            demarche = demarche_de(request, jeton)
            if not demarche.preinscription.est_en_saisie:
                return redirect("candidatures:pre_inscription_envoyee", jeton)
            fermeture = _fermeture(demarche)
            if fermeture:
                return etape_close(request, demarche.campagne, fermeture)
            if ETAPES.index(nom) > ETAPES.index(demarche.a_faire):
                return redirect(demarche.adresse(demarche.a_faire))
            try:
                return vue(request, demarche)
            except PeriodeClose as close:
                return etape_close(request, demarche.campagne, close.reponse)

        return porte

    return decorer


def etape_close(request: HttpRequest, campagne: Campagne, reponse: Reponse) -> HttpResponse:
    """Page E5, avec ce qui était tapé, à recopier."""
    contexte = {
        "titre": reponse.titre if campagne.est_ouverte else f"La campagne {campagne.annee} est close",
        "phrase": dire_la_limite(reponse),
        "academie": campagne.academie,
        "saisie": saisie_a_recopier(request.POST),
    }
    return render(request, "erreurs/etape_close.html", contexte)


def trop_de_demandes(request: HttpRequest, refus: Refus) -> HttpResponse:
    contexte = {"phrase": str(refus)}
    return render(request, "candidatures/preinscription/refus.html", contexte, status=TROP_DE_DEMANDES)


def demarche_de(request: HttpRequest, jeton: str) -> Demarche:
    demandes = PreInscription.objects.select_related("campagne__academie", "campagne__regles")
    trouvee = demandes.prefetch_related("campagne__periodes").du_jeton(jeton, request.le).first()
    if trouvee is None:
        raise Http404
    return Demarche(trouvee, lire(trouvee), trouvee.campagne, jeton, request.le)


def _fermeture(demarche: Demarche) -> Reponse | None:
    """Ce qui ferme la saisie : la fin des inscriptions, ou celle de la campagne pour un complément."""
    complement = demarche.preinscription.etat == PreInscription.Etat.A_COMPLETER
    nature = Nature.FERMETURE if complement else Nature.INSCRIPTION
    reponse = demarche.campagne.ouverture(demarche.le).de(nature)
    return None if reponse.ouverte else reponse


def page(request: HttpRequest, demarche: Demarche, nom: Etape, contexte: dict[str, Any]) -> HttpResponse:
    rang = ETAPES.index(nom)
    form = contexte.get("form")
    trop = bool(form and form.is_bound and str(services.TropDeDemandes()) in form.non_field_errors())
    commun = {
        "etapes": {
            "numero": rang + 1,
            "total": len(ETAPES),
            "titre": TITRES[nom],
            "suivante": TITRES[ETAPES[rang + 1]] if rang + 1 < len(ETAPES) else "",
        },
        "precedent_url": demarche.adresse(ETAPES[rang - 1]) if rang else reverse("candidatures:pre_inscription"),
        "gardee": demarche.preinscription.confirmee_le is not None,
        "complement": demarche.preinscription.message
        if demarche.preinscription.etat == PreInscription.Etat.A_COMPLETER
        else "",
        "campagne": demarche.campagne,
    }
    gabarit = f"candidatures/preinscription/{nom}.html"
    return render(request, gabarit, commun | contexte, status=TROP_DE_DEMANDES if trop else 200)


def reseau_de(request: HttpRequest) -> str:
    return get_client_ip_address(request) or "inconnue"


def garder(form: BaseForm, demarche: Demarche, quoi: str, valeurs: Callable[[], Any]) -> bool:
    return aboutit(
        form,
        lambda: services.garder(preinscription=demarche.preinscription, etape=quoi, valeurs=valeurs(), le=demarche.le),
    )
