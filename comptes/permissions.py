"""De qui l'on exige un second facteur (R38, T7)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from comptes.federation.session import second_facteur_fait
from comptes.models import Personne


def doit_avoir_un_facteur(personne: Personne, perimetre: Any) -> bool:
    """Le SAIO, et quiconque entre dans l'administration ; les autres le peuvent (R38).

    Le réglage `SECOND_FACTEUR_EXIGE` relâche l'obligation ; il n'ouvre rien à qui a choisi un second facteur.
    """
    if not settings.SECOND_FACTEUR_EXIGE:
        return False
    return personne.is_staff or personne.is_superuser or bool(perimetre.academies_administrees)


def doit_donner_un_code(request: HttpRequest) -> bool:
    """Vrai tant que cette session n'a pas donné le code qu'elle doit ; un guichet a pu le demander lui-même."""
    personne: Any = request.user
    if not personne.is_authenticated or personne.is_verified() or second_facteur_fait(request):
        return False
    return personne.a_un_second_facteur or doit_avoir_un_facteur(personne, request.perimetre)  # type: ignore[attr-defined]
