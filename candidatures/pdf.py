"""Les papiers de l'élève, à imprimer (R20)."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.text import slugify

from candidatures.models import Eleve
from candidatures.nommes import nommes
from candidatures.papiers import Dossier, LettreDePreparation
from courriers.imprimes import Imprime
from referentiel.models import Campagne
from referentiel.rules.preparation import QUESTIONS_DE_LA_LETTRE


def dossier_imprime(dossier: Dossier) -> Imprime:
    contexte = {"dossiers": [dossier], "droits": _droits()}
    return _imprimer("dossier", "documents/dossiers.html", contexte, dossier.eleve)


def lettres_imprimees(lettres: Sequence[LettreDePreparation], eleve: Eleve | None = None) -> Imprime:
    """Une lettre par formation, deux pages chacune ; sans élève, elle est vierge."""
    contexte = {"lettres": lettres, "questions": QUESTIONS_DE_LA_LETTRE, "droits": _droits()}
    return _imprimer("lettre", "documents/lettres.html", contexte, eleve)


def guide_imprime(campagne: Campagne) -> Imprime:
    contexte = {"questions": QUESTIONS_DE_LA_LETTRE, "lettre": campagne.regles.lettre}
    return _imprimer("guide", "documents/guide.html", contexte, None)


def _imprimer(papier: str, gabarit: str, contexte: dict[str, Any], eleve: Eleve | None) -> Imprime:
    return Imprime(nom_du_papier(papier, eleve), gabarit, contexte, nommes([eleve] if eleve else []))


def nom_du_papier(papier: str, eleve: Eleve | None = None) -> str:
    """« passpro-dossier-3e-b-diallo-y.pdf », ou « passpro-dossier.pdf » s'il est vierge."""
    de = slugify(f"{eleve.classe} {eleve.nom} {eleve.prenom[:1]}") if eleve else ""
    return "-".join(part for part in ("passpro", papier, de) if part) + ".pdf"


def _droits() -> str:
    return settings.ADRESSE_PUBLIQUE.partition("://")[2] + "/donnees-personnelles/"
