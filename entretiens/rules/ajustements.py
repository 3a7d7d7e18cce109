"""Lire ce que des listes d'options disent d'une proposition : un créneau, un échange, plus tard (écran A7)."""

from collections.abc import Mapping

PLUS_TARD = ""
AUTRE = "autre"
ECHANGE = "echange:"


def resoudre_les_echanges(actuels: Mapping[str, str], voulus: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """Créneau voulu de chaque ligne, échanges faits, et les lignes dont l'échange ne se peut pas.

    `actuels` et `voulus` vont d'une ligne à un créneau (ou `PLUS_TARD`) ; `voulus` peut porter `ECHANGE` suivi d'une
    autre ligne, ou `AUTRE`, qui ne change encore rien. Un échange demandé des deux côtés n'en est qu'un ; il ne se
    peut pas si l'autre ligne a aussi été changée, ou si deux lignes veulent la même.
    """
    finaux = {ligne: actuels[ligne] if voulu == AUTRE else voulu for ligne, voulu in voulus.items()}
    avec = {ligne: voulu.removeprefix(ECHANGE) for ligne, voulu in voulus.items() if voulu.startswith(ECHANGE)}
    impossibles = {ligne for ligne in avec if not _se_peut(ligne, avec, actuels, voulus)}
    for ligne, autre in avec.items():
        finaux[ligne] = actuels[ligne if ligne in impossibles else autre]
        if ligne not in impossibles:
            finaux[autre] = actuels[ligne]
    return finaux, impossibles


def _se_peut(ligne: str, avec: Mapping[str, str], actuels: Mapping[str, str], voulus: Mapping[str, str]) -> bool:
    autre = avec[ligne]
    if autre == ligne or autre not in actuels:
        return False
    libre = voulus.get(autre, actuels[autre]) == actuels[autre]
    prie_par = [qui for qui, vers in avec.items() if vers == autre]
    return (libre and prie_par == [ligne]) or (avec.get(autre) == ligne and prie_par == [ligne])
