"""Les comptes-rendus à transmettre, du côté de l'établissement d'accueil (écran A11)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from avis import liste
from avis.forms.filtres import FiltreDesComptesRendusForm
from avis.models import SaisieGroupee
from avis.permissions import (
    peut_choisir_la_relecture,
    peut_lire_les_comptes_rendus,
    peut_rediger,
    peut_transmettre_en_groupe,
)
from avis.presentation import ETIQUETTES, Suivi
from avis.services import fin_de_l_annulation
from avis.views.file import lire_les_filtres, recherche
from avis.views.groupe import ELEVES_AU_PLUS, actions_groupees
from entretiens.models import Jury
from referentiel.listes import etiquettes, filtres_poses, paginer
from referentiel.portes import Espace, dans_l_accueil, exiger
from referentiel.rules.dates import dire_heure
from referentiel.rules.ouverture import Geste


@require_safe
@dans_l_accueil
def comptes_rendus(request: HttpRequest, espace: Espace) -> HttpResponse:
    """A11 : ce qui reste à transmettre, le premier dû d'abord."""
    exiger(peut_lire_les_comptes_rendus(espace.place))
    filtres = lire_les_filtres(request)
    cherches = recherche(espace, filtres)
    comptes, rangs = cherches.compter(), cherches.rangs(filtres.etat)
    total, uai = len(rangs), espace.etablissement.segment
    page, pagination = paginer(request, rangs, en_entier=total <= ELEVES_AU_PLUS)
    lignes = liste.lignes(page, uai, filtres.requete, espace.campagne, espace.le)
    jurys = list(Jury.objects.filter(etablissement=espace.etablissement).values_list("nom", flat=True))
    contexte = {
        "lignes": lignes,
        "total": total,
        "uai": uai,
        "requete": filtres.requete,
        "etiquettes": etiquettes(request, filtres.etat, _comptees(comptes, espace)),
        "filtre": FiltreDesComptesRendusForm(request.GET, jurys=jurys),
        "actifs": filtres_poses(request, (("q", filtres.q), ("jury", filtres.jury))),
        "choisi": filtres.etat,
        "premier_code": lignes[0].code if _propose_la_saisie(espace, lignes, filtres.etat) else "",
        "actions": actions_groupees(espace) if filtres.etat is not Suivi.TRANSMIS else [],
        "a_annuler": _a_annuler(espace),
        "relecture": espace.etablissement.relit_les_comptes_rendus,
        "choisit_la_relecture": peut_choisir_la_relecture(espace.place) and not espace.en_detour,
        "etape": espace.ouverture.du(Geste.REDIGER),
        "pagination": pagination,
    }
    return render(request, "avis/comptes_rendus.html", contexte)


def _propose_la_saisie(espace: Espace, lignes: list[Any], choisi: Suivi | None) -> bool:
    permise = peut_rediger(espace.place) and espace.permet(Geste.REDIGER)
    return bool(lignes) and choisi is not Suivi.TRANSMIS and permise


def _comptees(comptes: dict[str, int], espace: Espace) -> list[tuple[Suivi | None, str, int]]:
    """« À relire » ne se montre que s'il y en a, ou là où le chef relit."""
    etats = [(etat, libelle, comptes[etat.name.lower()]) for etat, libelle in ETIQUETTES.items()]
    relit = espace.etablissement.relit_les_comptes_rendus
    montres = [ligne for ligne in etats if ligne[0] is not Suivi.A_RELIRE or relit or ligne[2]]
    return [(None, "À transmettre", comptes["total"]), *montres]


def _a_annuler(espace: Espace) -> list[dict[str, Any]]:
    """Saisies groupées qui s'annulent encore, et jusqu'à quelle heure."""
    if not peut_rediger(espace.place) or not espace.permet(Geste.REDIGER):
        return []
    saisies = SaisieGroupee.objects.filter(
        etablissement=espace.etablissement, campagne=espace.campagne, annulee_le__isnull=True
    ).select_related("par")[:5]
    annulables = [saisie for saisie in saisies if fin_de_l_annulation(saisie, espace.campagne) > espace.le]
    if not peut_transmettre_en_groupe(espace.place):
        annulables = [saisie for saisie in annulables if saisie.nature == SaisieGroupee.Nature.ABSENCES]
    return [
        {
            "libelle": saisie.get_nature_display(),
            "quand": dire_heure(saisie.le),
            "par": saisie.par.nom_affiche,
            "jusqu_a": dire_heure(fin_de_l_annulation(saisie, espace.campagne)),
            "url": reverse("avis:annuler_la_saisie_groupee", args=[espace.etablissement.segment, saisie.code]),
        }
        for saisie in annulables
    ]
