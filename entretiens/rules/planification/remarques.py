"""Ce qu'il faut savoir d'un créneau avant de le confirmer, qu'il soit calculé ou choisi à la main (écran A7).

Ce qui est montré à un lycée ne dit jamais où ni pour quoi un élève est attendu ailleurs (R25b) : un entretien d'un
autre établissement n'y laisse ni heure ni nom.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from entretiens.rules.dire import dire_la_duree
from entretiens.rules.placement import Occupation, se_genent
from entretiens.rules.planification.modeles import DEUX_HEURES, NEUF_HEURES_TRENTE, Reglages
from referentiel.rules.dates import INSECABLE, PARIS, dire_heure, jour_de

AUTRE_CE_JOUR_LA = "Autre entretien Passpro ce jour-là."
AUTRE_DANS_LES_DEUX_HEURES = f"Autre entretien Passpro à moins de 2{INSECABLE}heures."
TOT_DE_LOIN = f"Avant 9{INSECABLE}h{INSECABLE}30, à plus d’une heure de trajet."


def remarques(
    voulue: Occupation, autres: Iterable[Occupation], reglages: Reglages, *, loin: bool = False
) -> Iterator[str]:
    """Phrases sur un créneau proposé à un élève ; `autres` sont ses autres entretiens, où que ce soit."""
    du_jour = sorted(
        (autre for autre in autres if jour_de(autre.debut) == jour_de(voulue.debut)), key=lambda autre: autre.debut
    )
    for autre in du_jour:
        if autre.etablissement == voulue.etablissement:
            yield f"Autre entretien le même jour à {dire_heure(autre.debut)}."
    yield from _ailleurs(voulue, du_jour, reglages)
    if reglages.menager_les_lointains and loin and voulue.debut.astimezone(PARIS).time() < NEUF_HEURES_TRENTE:
        yield TOT_DE_LOIN
    if jour_de(voulue.debut) < reglages.au_plus_tot:
        pluriel = "s" if reglages.preavis > 1 else ""
        yield f"Moins de {reglages.preavis}{INSECABLE}jour{pluriel} ouvré{pluriel}."


def _ailleurs(voulue: Occupation, du_jour: Sequence[Occupation], reglages: Reglages) -> Iterator[str]:
    """Une phrase au plus sur ce que d'autres lycées ont planifié ce jour-là : la plus pressante."""

    def est_a_moins_de(ecart: timedelta) -> bool:
        return any(se_genent(voulue, autre, marge=ecart) for autre in du_jour)

    if est_a_moins_de(reglages.marge):
        yield f"Moins de {dire_la_duree(reglages.marge)} avant ou après un autre entretien Passpro."
    elif reglages.eviter_deux_heures and est_a_moins_de(DEUX_HEURES):
        yield AUTRE_DANS_LES_DEUX_HEURES
    elif any(autre.etablissement != voulue.etablissement for autre in du_jour):
        yield AUTRE_CE_JOUR_LA
