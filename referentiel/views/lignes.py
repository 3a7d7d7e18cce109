"""Une offre du catalogue, telle que les pages et les tableurs la montrent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from referentiel.catalogue_lu import DomaineLu, FormationLue, LieuLu, OffreLue
from referentiel.models import Domaine, Etablissement, Formation, Offre
from referentiel.moules import Moule, repere
from referentiel.pages_publiques import adresses_publiques
from referentiel.presentation import CLASSES_DES_RENCONTRES, HORS_PASSPRO, LIBELLES_DES_RENCONTRES, nom_du_departement

LIGNE = '<tr role="row"><th scope="row" role="rowheader"><a href="{}">{}</a></th>{}</tr>'
CASE = '<td role="cell"><span class="pp-lib">{}</span>{}</td>'
RENCONTRE = '<span class="fr-badge fr-badge--sm {}">{}</span>'


def _ligne_moulee(**cases: str) -> Moule:
    """Une ligne : son lien, ses cases sous leur libellé, et comment on s'y rencontre."""
    ecrites = [CASE.format(libelle, repere(nom)) for nom, libelle in cases.items()]
    rencontre = CASE.format("Modalité", RENCONTRE.format(repere("classe"), repere("rencontre")))
    return Moule(LIGNE.format(repere("url"), repere("nom"), "".join([*ecrites, rencontre])))


D_UNE_FORMATION = _ligne_moulee(ville="Ville", departement="Département")
D_UN_ETABLISSEMENT = _ligne_moulee(domaine="Domaine")


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une offre, ce que l'on en dit et ses adresses."""

    offre: Offre | OffreLue
    formation: Formation | FormationLue
    domaine: Domaine | DomaineLu
    etablissement: Etablissement | LieuLu
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


def lignes_de(request: HttpRequest, offres: Iterable[Offre | OffreLue]) -> list[Ligne]:
    url = adresses_publiques(request)
    return [_ligne(url, offre) for offre in offres]


def _ligne(url: Callable[..., str], offre: Offre | OffreLue) -> Ligne:
    return Ligne(
        offre=offre,
        formation=offre.formation,
        domaine=offre.formation.domaine,
        etablissement=offre.etablissement,
        departement=nom_du_departement(offre.etablissement.departement),
        rencontre=offre.rencontre,
        rencontre_libelle=LIBELLES_DES_RENCONTRES[offre.rencontre],
        rencontre_classe=CLASSES_DES_RENCONTRES[offre.rencontre],
        url=url("offre", offre.formation.slug, offre.etablissement.segment),
    )


def par_formation(request: HttpRequest, lignes: Iterable[Ligne]) -> list[Groupe]:
    url = adresses_publiques(request)

    def ecrire(une: Ligne) -> SafeString:
        return D_UNE_FORMATION.remplir(
            url=une.url,
            nom=une.etablissement.nom,
            ville=une.etablissement.commune,
            departement=une.departement,
            classe=une.rencontre_classe,
            rencontre=une.rencontre_libelle,
        )

    def groupe(ligne: Ligne, siennes: list[Ligne]) -> Groupe:
        adresse = url("formation", ligne.formation.slug)
        return Groupe(ligne.formation.intitule, adresse, ligne.domaine.nom, siennes, _corps(map(ecrire, siennes)))

    return _grouper(lignes, lambda ligne: ligne.formation.pk, groupe)


def par_etablissement(request: HttpRequest, lignes: Iterable[Ligne]) -> list[Groupe]:
    url = adresses_publiques(request)

    def ecrire(une: Ligne) -> SafeString:
        return D_UN_ETABLISSEMENT.remplir(
            url=une.url,
            nom=une.formation.intitule,
            domaine=une.domaine.nom,
            classe=une.rencontre_classe,
            rencontre=une.rencontre_libelle,
        )

    def groupe(ligne: Ligne, siennes: list[Ligne]) -> Groupe:
        precision = f"{ligne.etablissement.commune}, {ligne.departement}"
        adresse = url("etablissement", ligne.etablissement.segment)
        return Groupe(ligne.etablissement.nom, adresse, precision, siennes, _corps(map(ecrire, siennes)))

    return _grouper(lignes, lambda ligne: ligne.etablissement.pk, groupe)


def _corps(lignes: Iterable[SafeString]) -> SafeString:
    return mark_safe("\n".join(lignes))  # noqa: S308 - lignes moulées, échappées une à une


def _grouper(
    lignes: Iterable[Ligne], cle: Callable[[Ligne], Any], groupe: Callable[[Ligne, list[Ligne]], Groupe]
) -> list[Groupe]:
    groupees = (list(siennes) for _, siennes in groupby(lignes, cle))
    return [groupe(siennes[0], siennes) for siennes in groupees]
