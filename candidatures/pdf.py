"""Les papiers de l'élève en PDF (R20)."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.text import slugify

from candidatures.models import Eleve
from candidatures.papiers import Dossier, LettreDePreparation
from courriers.pdf import rendre_document
from referentiel.models import Campagne
from referentiel.rules.preparation import QUESTIONS_DE_LA_LETTRE


def dossiers_en_pdf(dossiers: Sequence[Dossier]) -> bytes:
    """Un dossier par élève, chacun sur sa feuille. Lève `RenduImpossible`."""
    return rendre_document("documents/dossiers.html", {"dossiers": dossiers, "droits": _droits()})


def lettres_en_pdf(lettres: Sequence[LettreDePreparation]) -> bytes:
    """Une lettre par formation, deux pages chacune. Lève `RenduImpossible`."""
    contexte = {"lettres": lettres, "questions": QUESTIONS_DE_LA_LETTRE, "droits": _droits()}
    return rendre_document("documents/lettres.html", contexte)


def guide_en_pdf(campagne: Campagne) -> bytes:
    contexte = {"questions": QUESTIONS_DE_LA_LETTRE, "lettre": campagne.regles.lettre}
    return rendre_document("documents/guide.html", contexte)


def nom_du_papier(papier: str, eleve: Eleve | None = None) -> str:
    """« passpro-dossier-3e-b-diallo-y.pdf », ou « passpro-dossier.pdf » s'il est vierge."""
    de = slugify(f"{eleve.classe} {eleve.nom} {eleve.prenom[:1]}") if eleve else ""
    return "-".join(part for part in ("passpro", papier, de) if part) + ".pdf"


def _droits() -> str:
    return settings.ADRESSE_PUBLIQUE.partition("://")[2] + "/donnees-personnelles/"
