"""Une ligne de journal, en mots ou en JSON : elle ne garde que ce qu'on sait sans danger.

Nos propres messages sont écrits pour le journal : des codes et des nombres. Ceux des bibliothèques peuvent porter ce
qu'une personne a saisi (une adresse, le texte d'une erreur de la base) : on n'en garde que le modèle de phrase et les
nombres. D'une exception, on garde sa classe et son chemin dans le code, jamais son texte ni la valeur des variables.
"""

import logging
import traceback
from copy import copy
from pathlib import Path
from typing import Any

from django.conf import settings
from pythonjsonlogger.json import JsonFormatter

from passpro.journaux.contexte import reference_en_cours

NOTRES = frozenset(
    {
        "passpro",
        "pilotage",
        "conservation",
        "avis",
        "entretiens",
        "candidatures",
        "referentiel",
        "comptes",
        "courriers",
        "outils",
    }
)
# Ce que disent les lanceurs d'eux-mêmes : quel processus démarre, s'arrête, réveille quelle tâche.
LANCEURS = ("gunicorn.error", "celery.apps", "celery.beat", "celery.worker.consumer", "celery.redirected", "kombu")
# D'une tâche : son nom, son numéro, sa durée.
CLES_SURES = frozenset({"name", "id", "runtime"})
RETENU = "…"


class _Sures(dict):
    def __missing__(self, cle: str) -> str:
        return RETENU


def sans_donnees(record: logging.LogRecord) -> logging.LogRecord:
    """Une copie de la ligne, dont le message ne porte que ce qu'on sait sans danger."""
    ligne = copy(record)
    ligne.msg, ligne.args = _message(record), ()
    ligne.exc_text, ligne.stack_info = None, None
    ligne.reference = getattr(record, "reference", "") or reference_en_cours()
    return ligne


def dire_l_exception(erreur: BaseException | None) -> str:
    """« IntegrityError (candidatures/services/eleves.py:118 ajouter_un_eleve < …) », causes comprises."""
    dites = []
    while erreur is not None and len(dites) < 5:
        lieux = traceback.extract_tb(erreur.__traceback__)
        chemin = [_dire_le_lieu(lieu) for rang, lieu in enumerate(lieux) if _est_a_nous(lieu) or rang == len(lieux) - 1]
        dites.append(f"{type(erreur).__module__}.{type(erreur).__qualname__} ({' > '.join(chemin)})")
        erreur = erreur.__cause__ or erreur.__context__
    return " ; causée par ".join(dites)


def _est_a_nous(lieu: traceback.FrameSummary) -> bool:
    return lieu.filename.startswith(str(settings.BASE_DIR)) and "site-packages" not in lieu.filename


def _dire_le_lieu(lieu: traceback.FrameSummary) -> str:
    fichier = Path(lieu.filename)
    court = fichier.relative_to(settings.BASE_DIR) if _est_a_nous(lieu) else fichier.name
    return f"{court}:{lieu.lineno} {lieu.name}"


def _message(record: logging.LogRecord) -> str:
    modele = str(record.msg)
    if record.name.split(".")[0] in NOTRES:
        return record.getMessage()
    if record.levelno <= logging.INFO and record.name.startswith(LANCEURS) and not isinstance(record.args, dict):
        return record.getMessage()
    if isinstance(record.args, dict):
        sures = {cle: valeur for cle, valeur in record.args.items() if cle in CLES_SURES}
        return _remplir(modele, _Sures(sures))
    if not record.args:
        return RETENU
    return _remplir(modele, tuple(_sure(valeur) for valeur in record.args))


def _sure(valeur: Any) -> Any:
    return valeur if isinstance(valeur, int | float) else RETENU


def _remplir(modele: str, valeurs: Any) -> str:
    try:
        return modele % valeurs
    except (TypeError, ValueError):
        return RETENU


class EnLigne(logging.Formatter):
    """Une ligne lisible, pour la démonstration et les tests ; une seule, même avec une erreur."""

    def format(self, record: logging.LogRecord) -> str:
        return " – ".join(super().format(sans_donnees(record)).splitlines())

    def formatException(self, ei: Any) -> str:  # noqa: N802 - le nom est celui de la bibliothèque standard
        return dire_l_exception(ei[1])


class EnJson(JsonFormatter):
    """Un objet JSON par ligne, pour qui rassemble les journaux en production."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(sans_donnees(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - le nom est celui de la bibliothèque standard
        return dire_l_exception(ei[1])
