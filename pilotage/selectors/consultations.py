"""Qui a lu le dossier d'un élève, ou emporté un document qui le nomme (R40)."""

from typing import Any

from candidatures.models import Eleve
from comptes.models import Evenement
from referentiel.models import Etablissement

CONSULTATIONS_AU_PLUS = 100
LECTURES = (Evenement.Nature.DOSSIER, Evenement.Nature.TELECHARGEMENT)


def consultations_de(eleve: Eleve) -> list[dict[str, Any]]:
    """Les cent dernières, la plus récente d'abord, pour `composants/frise.html` ; sans établissement, c'est le SAIO."""
    lues = list(Evenement.objects.sur(eleve).filter(nature__in=LECTURES)[:CONSULTATIONS_AU_PLUS])
    lieux = Etablissement.objects.filter(uai__in={lue.uai for lue in lues})
    noms = {lieu.uai: lieu.nom_et_commune for lieu in lieux}
    return [
        {
            "le": lue.le,
            "texte": lue.phrase,
            "auteur": f"– {lue.personne_nom}, {noms.get(lue.uai, lue.uai) or 'SAIO'}",
        }
        for lue in lues
    ]
