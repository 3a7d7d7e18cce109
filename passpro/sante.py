"""L'état de l'installation : le processus répond (`/sante/`), il peut servir (`/sante/prete/`)."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from comptes.adresses import vient_de
from courriers.models import Courriel, Document
from passpro.celery import app
from referentiel.models import Battement

journal = logging.getLogger(__name__)
ATTENTE = 2
CETTE_MACHINE = ("127.0.0.0/8", "::1")
# Un courriel dû attend au plus le balayage suivant ; au-delà, plus personne ne les envoie.
RETARD_D_UN_COURRIEL = timedelta(minutes=15)
SILENCE_DE_L_HORLOGE = timedelta(minutes=5)
FILE_DES_COURRIELS = "courriers"


def _base() -> None:
    with connection.cursor() as curseur:
        curseur.execute("SELECT 1")


def _courtier() -> None:
    with app.connection_for_write(connect_timeout=ATTENTE) as courtier:
        courtier.ensure_connection(max_retries=1, interval_start=0, timeout=ATTENTE)


@cache
def _migrations_du_code() -> frozenset[tuple[str, str]]:
    """Ce que le code de ce processus attend de la base : il ne change pas tant qu'il vit."""
    return frozenset(MigrationLoader(None).graph.nodes)


def _migrations() -> None:
    """Tout est noté dans la base, ou l'on refait le graphe, qui seul sait ce qu'une migration en remplace."""
    if _migrations_du_code() <= set(MigrationRecorder(connection).migration_qs.values_list("app", "name")):
        return
    executeur = MigrationExecutor(connection)
    attendues = executeur.migration_plan(executeur.loader.graph.leaf_nodes())
    if attendues:
        raise RuntimeError(f"{len(attendues)} migrations à appliquer")


def _fichiers() -> None:
    """Le service commun qui range les documents préparés répond ; leur dossier, sur un disque, s'ouvre en écriture."""
    if eprouver := getattr(default_storage, "eprouver", None):
        eprouver()
        return
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=settings.MEDIA_ROOT, prefix=".sante-") as essai:
        essai.write(b"1")


def _documents() -> None:
    """Le serveur web lit ce que l'atelier des impressions range."""
    if Document.objects.perdus().exists():
        raise RuntimeError("le serveur web ne trouve pas les documents que l'atelier des impressions a rangés")


def _envois() -> None:
    """L'âge du plus ancien courriel dû dit si les convocations partent ; la vie d'un processus ne le dit pas."""
    retard = timezone.now() - RETARD_D_UN_COURRIEL
    if Courriel.objects.dus(retard).exists():
        raise RuntimeError("des courriels dus attendent depuis plus de quinze minutes")


def _horloge() -> None:
    """L'horloge et l'atelier des courriels vivent : l'une demande, l'autre note, chaque minute."""
    recent = timezone.now() - SILENCE_DE_L_HORLOGE
    if not Battement.objects.filter(file=FILE_DES_COURRIELS, le__gte=recent).exists():
        raise RuntimeError("l'horloge ne bat plus")


# Sans elles, aucune page ne se sert.
POUR_SERVIR: dict[str, Callable[[], None]] = {"base": _base, "migrations": _migrations}
# Une page se sert encore, mais il faut y aller voir. Le courtier et le rangement sont communs à toutes les machines :
# les exiger pour servir les retirerait toutes à la fois, alors que rien ne se perd sans eux.
A_SURVEILLER: dict[str, Callable[[], None]] = {
    "courtier": _courtier,
    "fichiers": _fichiers,
    "documents": _documents,
    "envois": _envois,
    "horloge": _horloge,
}


@require_safe
@never_cache
def sante(request: HttpRequest) -> JsonResponse:
    """Le processus répond : rien d'autre n'est lu, une panne de la base ne le fait pas redémarrer."""
    return JsonResponse({"etat": "bon"})


@require_safe
@never_cache
def prete(request: HttpRequest) -> JsonResponse:
    """Répond 200 si les pages peuvent se servir, 503 sinon.

    Une sonde déclarée, ou qui vient de cette machine, lit ce qui ne va pas ; les autres, seulement si cela va. Le
    détail reste au journal.
    """
    servir = {nom: _etat(nom, verification) for nom, verification in POUR_SERVIR.items()}
    tout_va = all(etat == "bon" for etat in servir.values())
    dit: dict[str, str] = {"etat": "bon" if tout_va else "en panne"}
    if _est_une_sonde(request):
        dit |= servir | {nom: _etat(nom, verification) for nom, verification in A_SURVEILLER.items()}
    return JsonResponse(dit, status=200 if tout_va else 503)


def _est_une_sonde(request: HttpRequest) -> bool:
    """Derrière un mandataire, toute requête semble locale : l'adresse est celle qu'il a vue."""
    transmise = "HTTP_X_FORWARDED_FOR" in request.META and not settings.NOMBRE_DE_MANDATAIRES
    return vient_de(request, settings.SONDES) or (not transmise and vient_de(request, CETTE_MACHINE))


def _etat(nom: str, verification: Callable[[], None]) -> str:
    try:
        verification()
    except Exception:
        journal.exception("Santé : %s en panne.", nom)
        return "en panne"
    return "bon"
