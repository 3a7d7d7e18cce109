"""Ce qu'un compte-rendu lit de sa candidature, à chaque page et à chaque enregistrement : des lectures préparées."""

from typing import Any

from django.db.models import BigIntegerField, CharField, QuerySet

from avis.models import CompteRendu
from candidatures.models import Candidature, FormationDemandee
from comptes.lectures_preparees import LecturePreparee, Parametre
from entretiens.models import Entretien
from referentiel.models import Campagne


def candidature_adressee(campagne: Campagne, etablissement_id: int, code: str) -> Candidature | None:
    """La candidature de ce code, si elle est adressée à cet établissement, avec son élève."""
    lues = ADRESSEES.lire(campagne=campagne.pk, etablissement=etablissement_id, code=code)
    return next(iter(lues), None)


def demandes_de(candidature: Candidature) -> list[FormationDemandee]:
    """Formations que la candidature demande encore, avec l'avis d'accueil de chacune."""
    return _rattacher(DEMANDES.lire(candidature=candidature.pk), candidature)


def entretien_de(candidature: Candidature) -> Entretien | None:
    """L'entretien prévu, tenu ou manqué de la candidature, sur son créneau."""
    return next(iter(_rattacher(ENTRETIENS.lire(candidature=candidature.pk), candidature)), None)


def compte_rendu_de(candidature: Candidature) -> CompteRendu | None:
    """Le compte-rendu de la candidature, et qui y a mis la main."""
    return next(iter(COMPTES_RENDUS.lire(candidature=candidature.pk)), None)


def _rattacher(lues: list[Any], candidature: Candidature) -> list[Any]:
    for lue in lues:
        lue.candidature = candidature
    return lues


def _adressees() -> QuerySet[Candidature]:
    cles = (Parametre(nom, BigIntegerField()) for nom in ("campagne", "etablissement"))
    return Candidature.objects.de_l_accueil(*cles).avec_eleve().filter(code=Parametre("code", CharField()))


def _de_la_candidature(lecture: QuerySet) -> QuerySet:
    return lecture.filter(candidature=Parametre("candidature", BigIntegerField()))


ADRESSEES = LecturePreparee(_adressees)
DEMANDES = LecturePreparee(
    lambda: _de_la_candidature(FormationDemandee.objects.maintenues().select_related("formation", "avis_accueil"))
)
ENTRETIENS = LecturePreparee(
    lambda: _de_la_candidature(Entretien.objects.en_vigueur().select_related("creneau__seance__jury"))[:1]
)
COMPTES_RENDUS = LecturePreparee(
    lambda: _de_la_candidature(
        CompteRendu.objects.select_related("redige_par", "transmis_par", "soumis_par", "renvoye_par")
    )
)
