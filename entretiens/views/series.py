"""Une série de créneaux : ce qu'elle a ouvert, la reprendre, en supprimer ce qui est libre (écrans A5 et A6)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from entretiens.lectures import accueils_de, creneaux_du_planning
from entretiens.models import SerieDeCreneaux
from entretiens.permissions import peut_lire_le_planning
from entretiens.views.outils import ce_qui_se_planifie
from referentiel.portes import Espace, dans_l_accueil, exiger


@require_safe
@dans_l_accueil
def serie(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    series = SerieDeCreneaux.objects.filter(accueil__domaine__campagne=espace.campagne)
    ligne = get_object_or_404(series.filter(accueil__etablissement=espace.etablissement), code=code)
    accueil = accueils_de(espace.campagne, espace.etablissement).get(pk=ligne.accueil_id)
    creneaux = creneaux_du_planning(espace.campagne, espace.etablissement).filter(seance__serie=ligne)
    seances: dict = {}
    for creneau in creneaux:
        seances.setdefault(creneau.seance, []).append(creneau)
    contexte = {
        "serie": ligne,
        "accueil": accueil,
        "seances": [
            {
                "seance": seance,
                "premier": siens[0],
                "nombre": len(siens),
                "libres": sum(creneau.places_libres for creneau in siens),
                "eleves": sum(creneau.places_prises for creneau in siens),
            }
            for seance, siens in seances.items()
        ],
        "nombre": sum(map(len, seances.values())),
        "libres": creneaux.filter(places_prises=0, entretiens=None).a_venir(espace.le).count(),
        "uai": espace.etablissement.segment,
        **ce_qui_se_planifie(espace),
    }
    return render(request, "entretiens/serie.html", contexte)
