"""Les adresses que l'établissement d'origine peut corriger, et les convocations qui les attendent (R25)."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from courriers.models import Courriel
from entretiens import services
from entretiens.distribution import non_distribues, sans_adresse
from entretiens.models import Convocation, Envoi
from entretiens.permissions import peut_lire_les_convocations, peut_remettre_les_convocations
from entretiens.views.destinataires import destinataires
from entretiens.views.outils import convocations_parties, lire_la_cle
from referentiel.permissions import peut_gerer_l_etablissement
from referentiel.portes import Espace, dans_l_origine, exiger
from referentiel.rules.refus import PeriodeClose, Refus


@require_safe
@dans_l_origine
def adresses(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Convocations qui ne sont pas arrivées : à quelle adresse, pourquoi, et quoi corriger."""
    exiger(peut_lire_les_convocations(espace.place))
    siennes = convocations_parties(espace)
    courriels = non_distribues(siennes, espace.le).order_by("pk")
    portees = siennes.en_vigueur().filter(courriels__in=courriels)
    contexte = {
        "destinataires": destinataires(courriels, _lire(portees)),
        "sans_adresse": _lire(sans_adresse(siennes, espace.le)),
        "gere_l_etablissement": peut_gerer_l_etablissement(espace.place),
        "peut_renvoyer": peut_remettre_les_convocations(espace.place) and not espace.lecture_seule,
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/adresses.html", contexte)


def _lire(cherchees: QuerySet[Convocation]) -> list[Convocation]:
    """Tout ce qu'elles disent, une fois trouvées : d'un trait, la base planifierait vingt tables ensemble."""
    cles = set(cherchees.order_by().values_list("pk", flat=True))
    return list(Convocation.objects.filter(pk__in=cles).avec_document()) if cles else []


@require_POST
@dans_l_origine
def renvoyer(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Renvoie un courriel à l'adresse corrigée, ou poste ceux qui attendaient une adresse."""
    exiger(peut_remettre_les_convocations(espace.place))
    try:
        if cle := request.POST.get("courriel", ""):
            _renvoyer_un_courriel(request, espace, cle)
            messages.success(request, "Convocations renvoyées.")
        else:
            nombre = _completer(request, espace)
            messages.success(request, f"{nombre} courriel{'s' if nombre > 1 else ''} de plus à envoyer.")
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    return redirect("entretiens:adresses", uai=espace.etablissement.segment)


def _renvoyer_un_courriel(request: HttpRequest, espace: Espace, cle: str) -> None:
    courriel = get_object_or_404(non_distribues(convocations_parties(espace), espace.le), pk=lire_la_cle(cle))
    services.renvoyer_le_courriel(
        envoi=_envoi_de(espace, courriel),
        courriel=courriel,
        destinataire=request.POST.get("destinataire", ""),
        par=request.user,
        le=espace.le,
    )


def _completer(request: HttpRequest, espace: Espace) -> int:
    """Complète chaque envoi dont une convocation attend une adresse ; rend le nombre de courriels postés.

    Un envoi qui attend encore la sienne n'arrête pas les autres. Lève le refus du dernier si rien n'est posté.
    """
    attendent = sans_adresse(convocations_parties(espace), espace.le)
    envois = Envoi.objects.filter(convocations__in=attendent).select_related("campagne__regles").distinct()
    nombre, dernier = 0, None
    for envoi in envois.order_by("pk"):
        try:
            nombre += services.completer_l_envoi(
                envoi=envoi, par=request.user, le=espace.le, origine=espace.etablissement
            )
        except PeriodeClose:
            raise
        except Refus as refus:
            dernier = refus
    if dernier and not nombre:
        raise dernier
    return nombre


def _envoi_de(espace: Espace, courriel: Courriel) -> Envoi:
    convocation = (
        convocations_parties(espace).en_vigueur().filter(courriels=courriel).select_related("envoi__campagne__regles")
    )
    return convocation.first().envoi
