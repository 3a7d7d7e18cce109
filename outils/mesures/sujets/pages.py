"""Les pages où l'on passe sa journée, à côté d'une vue Django d'une requête et d'un tableau des mêmes lignes."""

from collections.abc import Callable

from outils.mesures import nues
from outils.mesures.chronometre import ECHAUFFEMENT, TOURS, Chronometre, compter_les_instructions, memoire_prise
from outils.mesures.gestionnaires import Gestionnaire, temoins_de
from outils.mesures.lignes import Ligne, ligne
from outils.mesures.pages import pages

INSTRUCTIONS_AU_PLUS = 12


def mesurer(dire: Callable[[str], None], *, tours: int = TOURS, echauffement: int = ECHAUFFEMENT) -> list[Ligne]:
    produit, nu = Gestionnaire(nu=False), Gestionnaire(nu=True)
    lignes = []
    for rang, page in enumerate(pages()):
        dire(page.nom)
        nues.JUMELLES[rang] = page
        temoins = temoins_de(page.personne)

        def ouvrir(page=page, temoins=temoins) -> tuple[int, bytes]:
            if page.oublier:
                page.oublier()
            return produit.ouvrir(page.adresse, temoins)

        def ouvrir_la_nue(rang=rang) -> tuple[int, bytes]:
            return nu.ouvrir(f"/{rang}/")

        statut, corps = ouvrir()
        if statut != 200:
            raise RuntimeError(f"{page.nom} : {page.adresse} répond {statut}.")
        instructions = compter_les_instructions(ouvrir)
        trop = [f"{instructions} instructions SQL"] if instructions > INSTRUCTIONS_AU_PLUS else []
        releves = Chronometre().alterner(
            {"produit": ouvrir, "nu": ouvrir_la_nue}, tours=tours, echauffement=echauffement
        )
        lignes.append(
            ligne(
                page.nom,
                releves,
                vise=page.rapport_vise,
                instructions=instructions,
                memoire=memoire_prise(ouvrir),
                manques=trop,
                plus={"ko": len(corps) // 1000},
            )
        )
    return lignes
