"""Les classes d'un établissement d'origine et leurs personnes référentes (écran O16)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from candidatures import services
from candidatures.classes import ClasseLue, classes_lues
from candidatures.equipe import places_de_l_equipe
from candidatures.forms.classes import ClasseForm
from candidatures.permissions import peut_gerer_les_classes, peut_lire_les_classes
from referentiel.models import Rattachement
from referentiel.permissions import Cote
from referentiel.portes import Espace, dans_l_origine, exiger, exiger_l_etape
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_origine
def classes(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_lire_les_classes(espace.place))
    lues = classes_lues(espace.campagne, espace.etablissement.pk)
    equipe = list(places_de_l_equipe(espace.etablissement, Cote.ORIGINE).filter(personne__is_active=True))
    if request.method != "POST":
        return _montrer(request, espace, lues, equipe, _formulaires(espace, lues, equipe))
    exiger(peut_gerer_les_classes(espace.place))
    exiger_l_etape(espace, Geste.MODIFIER_UN_ELEVE)
    lignes = _formulaires(espace, lues, equipe, request.POST)
    a_demander = [ligne for ligne in lignes if ligne.demander_le_remplacement()]
    if not a_demander and all(ligne.is_valid() for ligne in lignes) and _enregistrer(request, espace, lignes):
        return redirect("candidatures:classes", uai=espace.etablissement.segment)
    return _montrer(request, espace, lues, equipe, lignes)


def _formulaires(espace: Espace, lues: list[ClasseLue], equipe: list[Rattachement], data=None) -> list[ClasseForm]:
    academie = espace.place.academie
    return [ClasseForm(data, classe=classe, equipe=equipe, academie=academie) for classe in lues]


def _enregistrer(request: HttpRequest, espace: Espace, lignes: list[ClasseForm]) -> bool:
    try:
        services.enregistrer_les_classes(
            etablissement=espace.etablissement,
            campagne=espace.campagne,
            choix=[ligne.choix for ligne in lignes if ligne.est_envoyee],
            par=request.user,
            le=espace.le,
        )
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
        return False
    messages.success(request, "Personnes référentes enregistrées.")
    return True


def _montrer(
    request: HttpRequest, espace: Espace, lues: list[ClasseLue], equipe: list[Rattachement], lignes: list[ClasseForm]
) -> HttpResponse:
    geste = Geste.MODIFIER_UN_ELEVE
    modifiable = peut_gerer_les_classes(espace.place) and espace.permet(geste) and not espace.en_detour
    noms = {place.pk: place.personne.nom_affiche for place in equipe}
    fautes = [faute for ligne in lignes for faute in _fautes(ligne)]
    contexte: dict[str, Any] = {
        "lignes": [
            {"classe": lue, "form": ligne, "professeur": noms.get(lue.professeur_principal or 0, "")}
            for lue, ligne in zip(lues, lignes, strict=True)
        ],
        "modifiable": modifiable,
        "etape": espace.ouverture.du(geste),
        "fautes": fautes,
        "titre_des_fautes": f"{len(fautes)} champ{'s' if len(fautes) > 1 else ''} à corriger",
        "page_en_erreur": bool(fautes),
        "a_remplacer": sum(ligne.a_remplacer for ligne in lignes),
        "uai": espace.etablissement.segment,
    }
    return render(request, "candidatures/classes.html", contexte)


def _fautes(ligne: ClasseForm) -> list[dict[str, str]]:
    if not ligne.is_bound:
        return []
    return [
        {"libelle": f"{ligne.classe.nom}\u00a0: {erreur}", "url": f"#{ligne[champ].id_for_label}"}
        for champ, erreurs in ligne.errors.items()
        for erreur in erreurs
    ]
