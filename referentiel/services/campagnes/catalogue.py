"""Garnir le catalogue d'une campagne, le reprendre d'une autre, dire qu'il est vérifié (R7)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction

from comptes.models import Personne
from comptes.services import consigner
from referentiel import prereglages
from referentiel.models import Accueil, Campagne, Domaine, Formation, Offre
from referentiel.models.codes import nouveau_code
from referentiel.rules.refus import Refus
from referentiel.services.campagnes.copie import copier
from referentiel.services.campagnes.verrous import exiger_non_close, verrouiller
from referentiel.services.contraintes import contraintes_dites


@transaction.atomic
def reprendre_le_catalogue(*, campagne: Campagne, source: Campagne, par: Personne | None, le: datetime) -> None:
    """Copie domaines, formations, accueils et offres de `source` dans le catalogue de `campagne`, encore vide (R7).

    Aucun accueil n'est vérifié pour la nouvelle année. Lève `Refus` si le catalogue a déjà un domaine ou si la
    campagne est close.
    """
    campagne = verrouiller(campagne)
    _exiger_un_catalogue_vide(campagne)
    domaines = copier(source.domaines.all(), campagne=campagne)
    formations = copier(Formation.objects.filter(domaine__campagne=source), domaine=domaines)
    accueils = Accueil.objects.filter(domaine__campagne=source)
    copier(accueils, domaine=domaines, verifie_le=None, code=nouveau_code)
    offres = Offre.objects.filter(formation__domaine__campagne=source)
    copier(offres, formation=formations)
    consigner(
        objet=campagne,
        fait="catalogue",
        phrase=(
            f"Catalogue repris de «\u00a0{source.intitule}\u00a0»\u00a0: "
            f"{len(domaines)} domaines, {len(formations)} formations, "
            f"{accueils.count()} accueils, {offres.count()} offres."
        )[:300],
        par=par,
        le=le,
    )


@transaction.atomic
def garnir_le_catalogue(*, campagne: Campagne, par: Personne | None, le: datetime) -> None:
    """Pose les 29 domaines et les 57 formations dans le catalogue de `campagne`, encore vide (R7).

    Lève `Refus` si le catalogue a déjà un domaine ou si la campagne est close.
    """
    campagne = verrouiller(campagne)
    _exiger_un_catalogue_vide(campagne)
    formations = [
        Formation(domaine=domaine, **formation)
        for domaine, lignes in _poser_les_domaines(campagne)
        for formation in lignes
    ]
    for formation in formations:
        formation.save()
    consigner(
        objet=campagne,
        fait="catalogue",
        phrase=f"Catalogue garni de {campagne.domaines.count()} domaines et {len(formations)} formations.",
        par=par,
        le=le,
    )


@transaction.atomic
def verifier_les_formations(*, formations: Collection[Formation], par: Personne | None, le: datetime) -> int:
    """Note que ces formations n'ont plus rien à vérifier ; rend leur nombre. Lève `Refus` dans une campagne close."""
    return _verifier(formations, "a_verifier", "", "Formation vérifiée.", par, le)


@transaction.atomic
def verifier_les_accueils(*, accueils: Collection[Accueil], par: Personne | None, le: datetime) -> int:
    """Note que ces accueils sont vérifiés pour leur campagne ; rend leur nombre. Lève `Refus` si elle est close."""
    return _verifier(accueils, "verifie_le", le, "Accueil vérifié pour cette campagne.", par, le)


def _verifier(
    objets: Collection[models.Model], champ: str, valeur: Any, phrase: str, par: Personne | None, le: datetime
) -> int:
    with contraintes_dites():
        for objet in objets:
            avant = getattr(objet, champ)
            setattr(objet, champ, valeur)
            objet.save(update_fields=[champ])
            consigner(
                objet=objet,
                fait="verification",
                phrase=phrase,
                par=par,
                le=le,
                avant={champ: str(avant or "")},
                apres={champ: str(valeur)},
            )
    return len(objets)


def _exiger_un_catalogue_vide(campagne: Campagne) -> None:
    exiger_non_close(campagne)
    if campagne.domaines.exists():
        raise Refus("Le catalogue de cette campagne a déjà des domaines\u00a0: complétez-le plutôt que de le garnir.")


def _poser_les_domaines(campagne: Campagne) -> Iterable[tuple[Domaine, list[dict[str, str]]]]:
    for bloc in prereglages.catalogue():
        domaine = Domaine.objects.create(campagne=campagne, nom=bloc["nom"], modalite=bloc["modalite"])
        yield domaine, bloc["formations"]
