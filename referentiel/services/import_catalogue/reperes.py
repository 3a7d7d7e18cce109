"""Ce qu'une ligne du fichier peut nommer, et ce que la base refuserait d'elle."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from referentiel.models import Accueil, AliasUai, Campagne, Domaine, Etablissement, Formation, Offre
from referentiel.rules.catalogue_importe import (
    CHAMPS_D_ACCUEIL,
    CHAMPS_DE_FORMATION,
    GENRES,
    Reperes,
    pourquoi_pas_un_mef,
)
from referentiel.rules.comparaison import Fiche
from referentiel.services.import_catalogue.fiches import NOMS_EN_BASE, Objets

CONTROLES = {
    "domaine": Domaine._meta.get_field("nom"),
    "libelle": Formation._meta.get_field("libelle"),
    "presentation": Offre._meta.get_field("presentation"),
    **{
        champ: Formation._meta.get_field(NOMS_EN_BASE.get(champ, champ))
        for champ in CHAMPS_DE_FORMATION
        if champ != "mef"
    },
    **{champ: Accueil._meta.get_field(champ) for champ in CHAMPS_D_ACCUEIL},
}


def reperes_du_catalogue(campagne: Campagne, actuelles: Iterable[Fiche], objets: Objets) -> Reperes:
    """Ce que la lecture du fichier demande au catalogue et à la base, lu une fois."""
    par_genre: dict[str, list[Fiche]] = {genre: [] for genre in GENRES}
    for fiche in actuelles:
        par_genre[fiche.genre].append(fiche)
    return Reperes(
        domaines={fiche.cle[1]: fiche.libelle for fiche in par_genre["domaine"]},
        modalites={fiche.cle[1]: fiche.champs["modalite"] for fiche in par_genre["domaine"]},
        formations={(f.cle[1], f.cle[2], f.cle[3]): objets[f.cle].libelle for f in par_genre["formation"]},
        accueils=frozenset((fiche.cle[1], fiche.cle[2]) for fiche in par_genre["accueil"]),
        etablissements=_etablissements(campagne),
        controles={champ: _controle(colonne) for champ, colonne in CONTROLES.items()} | {"mef": pourquoi_pas_un_mef},
    )


def _etablissements(campagne: Campagne) -> dict[str, tuple[str, str]]:
    """UAI, principal ou alias, des établissements de l'académie et de ceux qui sont déjà au catalogue."""
    connus = Etablissement.objects.filter(
        Q(academie=campagne.academie)
        | Q(accueils__domaine__campagne=campagne)
        | Q(offres__formation__domaine__campagne=campagne)
    ).distinct()
    par_uai = {etablissement.uai: (etablissement.uai, etablissement.nom_et_commune) for etablissement in connus}
    alias = AliasUai.objects.filter(etablissement__uai__in=par_uai).values_list("uai", "etablissement__uai")
    return par_uai | {uai: par_uai[principal] for uai, principal in alias}


def _controle(colonne: Any) -> Callable[[str], str | None]:
    """Raison qu'a la base de refuser une valeur de `colonne` ; une même valeur n'est jugée qu'une fois."""

    @cache
    def juger(valeur: str) -> str | None:
        try:
            colonne.clean(valeur, None)
        except ValidationError as erreur:
            return " ".join(erreur.messages)
        return None

    return juger
