"""Trouver un élève de l'académie, de cette campagne ou d'une autre, par son INE ou son nom (R40).

Ces lectures sont préparées, celle des noms une par nombre de mots cherchés ; rien de ce qui est lu n'est gardé.
"""

import re
from functools import lru_cache

from django.db.models import BigIntegerField, CharField, QuerySet

from candidatures.models import Eleve
from comptes.lectures_preparees import LecturePreparee, Parametre
from referentiel.conditions_preparees import motifs_de, ressemble
from referentiel.models import Academie
from referentiel.rules.identifiants import mettre_au_propre

MONTRES = 20
# Onze signes dont un chiffre, que n'a aucun nom.
UN_INE = re.compile(r"(?=.*[0-9])[0-9A-Z]{11}")
LUS = (
    "code",
    "nom",
    "prenom",
    "classe",
    "etablissement__nom",
    "etablissement__commune",
    "campagne__annee",
)


def trouver(academie: Academie, cherche: str) -> list[Eleve]:
    """Les premiers élèves trouvés, et un de plus que ce qui se montre : la page dit s'il y en a d'autres."""
    ine = mettre_au_propre(cherche)
    # Chercher l'INE ou le nom d'une seule condition ferait lire tous les élèves de l'académie.
    par_ine = PAR_INE.lire(academie=academie.pk, ine=ine) if UN_INE.fullmatch(ine) else []
    return par_ine or _par_nom(academie, cherche)


def _par_nom(academie: Academie, cherche: str) -> list[Eleve]:
    motifs = {f"mot_{rang}": motif for rang, motif in enumerate(motifs_de(cherche))}
    return _lecture(len(motifs)).lire(academie=academie.pk, **motifs)


def _premiers(*conditions: object, **filtres: object) -> QuerySet[Eleve]:
    siens = Eleve.objects.filter(*conditions, campagne__academie=Parametre("academie", BigIntegerField()), **filtres)
    return (
        siens.select_related("etablissement", "campagne").only(*LUS).order_by("cle", "-campagne__annee")[: MONTRES + 1]
    )


@lru_cache(maxsize=32)
def _lecture(mots: int) -> LecturePreparee:
    """Chaque mot a sa condition : un tableau de mots se passerait de l'index."""
    return LecturePreparee(lambda: _premiers(*(ressemble("cle", f"mot_{rang}") for rang in range(mots))))


PAR_INE = LecturePreparee(lambda: _premiers(ine=Parametre("ine", CharField())))
