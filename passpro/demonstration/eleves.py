"""Les élèves inventés de la démonstration, importés collège par collège."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from candidatures.models import Eleve
from candidatures.services.eleves import SaisieEleve, importer_des_eleves
from passpro.demonstration.decors import Decor
from passpro.demonstration.monde import Monde
from passpro.demonstration.personnages import nom_complet
from referentiel.models import Etablissement
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import Niveau

COLLEGES_DES_COMPTES = 2
CLASSES = ("3e A", "3e B", "3e C", "3e SEGPA")
LETTRES_INE = "ABCDEFGHJK"


def importer_les_eleves(
    hasard: Random, monde: Monde, decor: Decor, *, le: datetime
) -> dict[Etablissement, list[Eleve]]:
    """Les élèves du décor, répartis entre ses collèges ; ceux des comptes de démonstration en ont davantage."""
    effectifs = _effectifs(decor)
    numeros = count(decor.premier_numero)
    return {
        college: importer_des_eleves(
            etablissement=college,
            campagne=monde.campagne,
            eleves=list(_eleves_de(hasard, college, [next(numeros) for _ in range(effectif)], le)),
            par=monde.chefs[college.pk],
            le=le,
        )
        for college, effectif in zip(monde.colleges, effectifs, strict=True)
    }


def _effectifs(decor: Decor) -> list[int]:
    autres = decor.colleges - COLLEGES_DES_COMPTES
    part, reste = divmod(decor.eleves - COLLEGES_DES_COMPTES * decor.eleves_des_comptes, autres)
    return [decor.eleves_des_comptes] * COLLEGES_DES_COMPTES + [part + (rang < reste) for rang in range(autres)]


def _eleves_de(hasard: Random, college: Etablissement, numeros: Iterable[int], le: datetime) -> Iterable[SaisieEleve]:
    referents = {classe: nom_complet(hasard) for classe in CLASSES}
    for numero in numeros:
        nom, prenom = nom_complet(hasard)
        classe = hasard.choices(CLASSES, weights=(5, 5, 5, 2))[0]
        nom_referent, prenom_referent = referents[classe]
        adresse = cle_de_recherche(prenom_referent, nom_referent).replace(" ", ".")
        yield SaisieEleve(
            nom=nom,
            prenom=prenom,
            date_de_naissance=_naissance(hasard, le.year),
            classe=classe,
            niveau=Niveau.TROISIEME_SEGPA if classe.endswith("SEGPA") else Niveau.TROISIEME,
            ine=_ine_invente(numero),
            referent_nom=f"{prenom_referent} {nom_referent}",
            referent_courriel=f"{adresse}.{college.segment[-4:]}@{college.academie.code}.example",
        )


def _naissance(hasard: Random, annee: int) -> date:
    return date(annee - 15, 1, 1) + timedelta(days=hasard.randrange(365))


def _ine_invente(numero: int) -> str:
    """INE de bonne forme, d'une série que personne ne porte."""
    return f"{990_000_000 + numero:09d}{LETTRES_INE[numero % 10]}{LETTRES_INE[numero // 10 % 10]}"
