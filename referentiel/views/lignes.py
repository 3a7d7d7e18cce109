"""Une offre du catalogue, telle que les pages et les tableurs la montrent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from referentiel.models import Domaine, Etablissement, Formation, Offre
from referentiel.pages_publiques import adresse_publique
from referentiel.presentation import CLASSES_DES_RENCONTRES, HORS_PASSPRO, LIBELLES_DES_RENCONTRES, nom_du_departement

LIGNE = '<tr role="row"><th scope="row" role="rowheader"><a href="{}">{}</a></th>{}</tr>'
CASE = '<td role="cell"><span class="pp-lib">{}</span>{{}}</td>'
RENCONTRE = '<td role="cell"><span class="pp-lib">Modalité</span><span class="fr-badge fr-badge--sm {}">{}</span></td>'
LIGNE_D_UNE_FORMATION = LIGNE.format("{}", "{}", CASE.format("Ville") + CASE.format("Département") + RENCONTRE)
LIGNE_D_UN_ETABLISSEMENT = LIGNE.format("{}", "{}", CASE.format("Domaine") + RENCONTRE)


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une offre, ce que l'on en dit et ses adresses."""

    offre: Offre
    formation: Formation
    domaine: Domaine
    etablissement: Etablissement
    departement: str
    rencontre: str
    rencontre_libelle: str
    rencontre_classe: str
    url: str

    @property
    def hors_passpro(self) -> bool:
        return self.rencontre == HORS_PASSPRO


@dataclass(frozen=True, slots=True)
class Groupe:
    """Les lignes d'une même formation, ou d'un même établissement ; `corps` : écrites d'un trait."""

    titre: str
    url: str
    precision: str
    lignes: list[Ligne]
    corps: SafeString


def lignes_de(request: HttpRequest, offres: Iterable[Offre]) -> list[Ligne]:
    return [_ligne(request, offre) for offre in offres]


def _ligne(request: HttpRequest, offre: Offre) -> Ligne:
    return Ligne(
        offre=offre,
        formation=offre.formation,
        domaine=offre.formation.domaine,
        etablissement=offre.etablissement,
        departement=nom_du_departement(offre.etablissement.departement),
        rencontre=offre.rencontre,
        rencontre_libelle=LIBELLES_DES_RENCONTRES[offre.rencontre],
        rencontre_classe=CLASSES_DES_RENCONTRES[offre.rencontre],
        url=adresse_publique(request, "offre", offre.formation.slug, offre.etablissement.segment),
    )


def par_formation(request: HttpRequest, lignes: Iterable[Ligne]) -> list[Groupe]:
    def groupe(ligne: Ligne, siennes: list[Ligne]) -> Groupe:
        url = adresse_publique(request, "formation", ligne.formation.slug)
        cases = (
            (
                une.url,
                une.etablissement.nom,
                une.etablissement.commune,
                une.departement,
                une.rencontre_classe,
                une.rencontre_libelle,
            )
            for une in siennes
        )
        corps = format_html_join("\n", LIGNE_D_UNE_FORMATION, cases)
        return Groupe(ligne.formation.intitule, url, ligne.domaine.nom, siennes, corps)

    return _grouper(lignes, lambda ligne: ligne.formation.pk, groupe)


def par_etablissement(request: HttpRequest, lignes: Iterable[Ligne]) -> list[Groupe]:
    def groupe(ligne: Ligne, siennes: list[Ligne]) -> Groupe:
        url = adresse_publique(request, "etablissement", ligne.etablissement.segment)
        precision = f"{ligne.etablissement.commune}, {ligne.departement}"
        cases = (
            (une.url, une.formation.intitule, une.domaine.nom, une.rencontre_classe, une.rencontre_libelle)
            for une in siennes
        )
        corps = format_html_join("\n", LIGNE_D_UN_ETABLISSEMENT, cases)
        return Groupe(ligne.etablissement.nom, url, precision, siennes, corps)

    return _grouper(lignes, lambda ligne: ligne.etablissement.pk, groupe)


def _grouper(
    lignes: Iterable[Ligne], cle: Callable[[Ligne], Any], groupe: Callable[[Ligne, list[Ligne]], Groupe]
) -> list[Groupe]:
    groupees = (list(siennes) for _, siennes in groupby(lignes, cle))
    return [groupe(siennes[0], siennes) for siennes in groupees]
