"""Ce que répond le serveur à une page qui enregistre pendant la saisie : `static/js/enregistrement.js` (F4, F5, F6).

La page porte le sceau de qui l'a ouverte : une autre session ne l'envoie pas à sa place. Une lecture de la même
adresse dit qui est connecté, et le jeton de ses envois : une page restée ouverte pendant une reconnexion reprend ainsi,
si c'est bien la même personne.
"""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.utils.crypto import salted_hmac

from comptes.models import Personne
from referentiel.rules.refus import PeriodeClose, Refus

CONFLIT = 409
REFUS = 422
AUTRE_PERSONNE = (
    "Cette page a été ouverte au nom d’une autre personne. Rien n’est enregistré, et la saisie reste à l’écran."
)


def sceau_de(personne: Personne) -> str:
    """Marque la page du nom de qui l'ouvre, sans rien en dire : une autre session ne l'envoie pas à sa place (F5)."""
    return salted_hmac("passpro.saisie", str(personne.pk)).hexdigest()[:16]


def est_d_une_autre_personne(request: HttpRequest) -> bool:
    """Vrai si l'envoi porte le sceau de quelqu'un d'autre ; sans sceau, la session fait foi."""
    return request.POST.get("personne", sceau := sceau_de(request.user)) != sceau


def dire_qui_est_connecte(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"personne": sceau_de(request.user), "jeton": get_token(request)})


def refuser(phrase: str, **precisions: Any) -> JsonResponse:
    """Rien n'est enregistré, et la page dit pourquoi."""
    return JsonResponse({"phrase": phrase, **precisions}, status=REFUS)


def refuser_pour(refus: Refus) -> JsonResponse:
    """Le refus d'un service ; une étape close se dit à part, la saisie est alors à recopier."""
    return refuser(str(refus), close=isinstance(refus, PeriodeClose))


def confronter(phrase: str, actuel: dict[str, Any]) -> JsonResponse:
    """Quelqu'un d'autre a écrit : `actuel` est sa version, que la page montre à côté de la sienne (R42)."""
    return JsonResponse({"phrase": phrase, "actuel": actuel}, status=CONFLIT)
