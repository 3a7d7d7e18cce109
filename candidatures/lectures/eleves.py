"""L'élève d'un établissement, par son code : chaque page de son dossier commence par le lire."""

from django.db.models import CharField, QuerySet

from candidatures.models import Eleve
from comptes.lectures_preparees import LecturePreparee, Parametre, clef_temoin
from referentiel.models import Campagne, Etablissement

CAMPAGNE, ETABLISSEMENT = clef_temoin(0), clef_temoin(1)


def eleve_de_l_origine(campagne: Campagne, etablissement: Etablissement, code: str) -> Eleve | None:
    """Celui de ce code, s'il est de l'établissement dans cette campagne ; tous deux, déjà lus, lui sont rendus."""
    lus: list[Eleve] = PAR_CODE.lire(campagne=campagne.pk, etablissement=etablissement.pk, code=code)
    for eleve in lus:
        eleve.campagne, eleve.etablissement = campagne, etablissement
    return lus[0] if lus else None


def _par_code() -> QuerySet[Eleve]:
    return Eleve.objects.de_l_origine(CAMPAGNE, ETABLISSEMENT).filter(code=Parametre("code", CharField()))


PAR_CODE = LecturePreparee(_par_code, {"campagne": CAMPAGNE, "etablissement": ETABLISSEMENT})
