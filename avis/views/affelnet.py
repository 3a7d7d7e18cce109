"""La suite donnée dans Affelnet-Lycée, une classe après l'autre ou toutes ensemble (R33)."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from avis.forms.filtres import FiltreDesFichesForm
from avis.permissions import peut_lire_les_fiches, peut_suivre_affelnet
from avis.services import SuiteSaisie, noter_les_suites
from avis.suites import (
    ETIQUETTES,
    EtatDeSuite,
    LigneDeSuite,
    avec_ce_qu_il_faut,
    classes_suivies,
    compter_les_suites,
    de_cet_etat,
    formations_a_suivre,
    lire_la_suite,
)
from candidatures.models import Eleve, FormationDemandee
from referentiel.listes import etat_voulu, etiquettes, filtres_poses, paginer
from referentiel.portes import Espace, dans_l_origine, exiger
from referentiel.rules.jeu import Affichage
from referentiel.rules.ouverture import Geste


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_origine
def suites(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Confirmation de la famille et vœu, cochés sur une page et enregistrés d'un coup."""
    exiger(peut_lire_les_fiches(espace.place))
    suivies = formations_a_suivre(espace.campagne, espace.etablissement.pk, espace.le)
    refusees: dict[int, dict[str, Any]] = {}
    if request.method == "POST":
        exiger(peut_suivre_affelnet(espace.place))
        refusees = enregistrer(request, espace, suivies)
        if not refusees:
            return redirect(request.get_full_path())
    return render(request, "avis/suites.html", _contexte(request, espace, suivies, refusees))


def enregistrer(
    request: HttpRequest, espace: Espace, suivies: QuerySet[FormationDemandee]
) -> dict[int, dict[str, Any]]:
    """Enregistre les lignes envoyées ; rend celles qui sont refusées, telles qu'elles étaient cochées.

    Une ligne qui n'est pas de l'établissement, ou plus à suivre, n'existe pas.
    """
    codes = request.POST.getlist("ligne")
    saisies = [_saisie(request, demande) for demande in suivies.filter(code__in=codes)]
    notees = noter_les_suites(saisies=saisies, par=request.user, le=espace.le)
    if notees.changements:
        s = "s" if notees.changements > 1 else ""
        messages.success(request, f"{notees.changements} changement{s} enregistré{s}.")
    elif not notees.refus:
        messages.info(request, "aucun changement.")
    if notees.refus:
        messages.error(
            request, ("certaines cases n’ont pas pu être enregistrées\u00a0: la raison est écrite sur la ligne.")
        )
    return {
        saisie.formation_demandee.pk: {
            "confirme": saisie.confirme,
            "saisi": saisie.saisi,
            "refus": notees.refus[saisie.formation_demandee.pk],
        }
        for saisie in saisies
        if saisie.formation_demandee.pk in notees.refus
    }


def suites_de_l_eleve(espace: Espace, eleve: Eleve) -> list[LigneDeSuite]:
    """Les lignes d'un seul élève, pour sa fiche (écran O15)."""
    suivies = formations_a_suivre(espace.campagne, espace.etablissement.pk, espace.le)
    return _lignes(espace, suivies.filter(candidature__eleve=eleve), {})


def _contexte(
    request: HttpRequest, espace: Espace, suivies: QuerySet[FormationDemandee], refusees: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    classes = classes_suivies(suivies)
    filtre = FiltreDesFichesForm(request.GET, classes=classes)
    cherchees = _chercher(filtre, espace, suivies)
    comptes = compter_les_suites(cherchees)
    etat = etat_voulu(request, EtatDeSuite)
    total = comptes[etat.name.lower()] if etat else comptes["total"]
    # Quatre champs par ligne : tout afficher ferait des envois que Django refuse.
    page, pagination = paginer(request, avec_ce_qu_il_faut(de_cet_etat(cherchees, etat)), total, en_entier=False)
    return {
        "lignes": _lignes(espace, page, refusees),
        "avec_bonus": espace.campagne.regles.affichage == Affichage.AVEC_BONUS,
        "total": total,
        "uai": espace.etablissement.segment,
        "etiquettes": etiquettes(request, etat, _comptees(comptes)),
        "filtre": filtre,
        "actifs": filtres_poses(request, ((nom, request.GET.get(nom, "").strip()) for nom in ("q", "classe"))),
        "peut_suivre": peut_suivre_affelnet(espace.place) and espace.permet(Geste.NOTER_LES_VOEUX),
        "etape": espace.ouverture.du(Geste.NOTER_LES_VOEUX),
        "visibles_des": espace.campagne.avis_d_accueil_visibles_des,
        "visibles": espace.campagne.montre_les_avis_d_accueil(espace.le),
        "pagination": pagination,
    }


def _lignes(
    espace: Espace, demandes: Iterable[FormationDemandee], refusees: dict[int, dict[str, Any]]
) -> list[LigneDeSuite]:
    if isinstance(demandes, QuerySet):
        demandes = avec_ce_qu_il_faut(demandes)
    matrice = espace.campagne.regles.matrice
    return [lire_la_suite(espace.campagne, matrice, demande, refusees.get(demande.pk)) for demande in demandes]


def _saisie(request: HttpRequest, demande: FormationDemandee) -> SuiteSaisie:
    vu = request.POST.get(f"vu-{demande.code}", "00")
    return SuiteSaisie(
        demande,
        confirme=f"confirme-{demande.code}" in request.POST,
        saisi=f"voeu-{demande.code}" in request.POST,
        confirme_vu=vu[:1] == "1",
        saisi_vu=vu[1:2] == "1",
    )


def _chercher(
    filtre: FiltreDesFichesForm, espace: Espace, suivies: QuerySet[FormationDemandee]
) -> QuerySet[FormationDemandee]:
    """Formations des élèves qui répondent au filtre ; une valeur qui n'en est pas une ne filtre rien."""
    filtre.is_valid()
    q, classe = filtre.cleaned_data.get("q", ""), filtre.cleaned_data.get("classe")
    if q:
        eleves = Eleve.objects.de_l_origine(espace.campagne, espace.etablissement.pk).cherche(q)
        suivies = suivies.filter(candidature__eleve__in=eleves)
    return suivies.filter(candidature__eleve__classe=classe) if classe else suivies


def _comptees(comptes: dict[str, int]) -> list[tuple[EtatDeSuite | None, str, int]]:
    etats = [(etat, libelle, comptes[etat.name.lower()]) for etat, libelle in ETIQUETTES.items()]
    return [(None, "Toutes", comptes["total"]), *etats]
