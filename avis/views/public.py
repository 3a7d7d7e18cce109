"""La vérification d'une fiche par son code, ouverte à tous, sans donnée d'élève (R32)."""

from enum import StrEnum

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from avis.codes import CodeDeFiche, lire_le_code
from avis.lectures import fiche_de
from candidatures.models import Eleve
from referentiel.models import Campagne

LONGUEUR_D_UN_CODE = 20


class Verdict(StrEnum):
    A_JOUR = "a_jour"
    REMPLACEE = "remplacee"
    ANONYMISEE = "anonymisee"
    INCONNUE = "inconnue"


@require_safe
def verification(request: HttpRequest, code: str) -> HttpResponse:
    """Dit si la fiche de ce code est la version en vigueur, une version remplacée, n'est plus gardée, ou n'est pas de
    nous ; rien d'autre.

    Les réponses ont la même forme et le même poids ; un code sans notre sceau n'interroge pas la base.
    """
    lu = lire_le_code(code)
    verdict = _verdict(request, lu) if lu else Verdict.INCONNUE
    statut = 404 if verdict is Verdict.INCONNUE else 200
    return render(
        request,
        "avis/verification.html",
        {"verdict": verdict.value, "code": code.lower()[:LONGUEUR_D_UN_CODE]},
        status=statut,
    )


def _verdict(request: HttpRequest, lu: CodeDeFiche) -> Verdict:
    eleve = Eleve.objects.filter(code=lu.eleve).select_related("etablissement").first()
    if eleve is None:
        # Le sceau est le nôtre : l'élève a changé de code quand sa conservation a fini (R40).
        return Verdict.ANONYMISEE
    campagne = Campagne.objects.avec_regles().get(pk=eleve.campagne_id)
    return Verdict.A_JOUR if lu.dit(fiche_de(campagne, eleve, request.le).empreinte) else Verdict.REMPLACEE
