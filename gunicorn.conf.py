"""Réglages du serveur web, les mêmes partout : image de production, démonstration, épreuves et tests.

Mesurés par `bin/eprouver-soir` (docs/mesures-soir.md).
"""

import gc
import os
from pathlib import Path
from typing import Any

# Un processus de plus que de cœurs : une page est surtout du calcul, et l'un calcule quand un autre attend la base. Un
# seul fil chacun : à plusieurs, ils se disputent l'interpréteur, et la même page coûte moitié plus.
worker_class = "gthread"
workers = int(os.environ.get("PROCESSUS_WEB", "3"))
threads = int(os.environ.get("FILS_WEB", "1"))
# Le reste attend dans la file que les processus partagent : le premier libre le prend, et la mort de l'un ne coupe que
# le peu qu'il avait pris.
worker_connections = 3 * threads
# Une connexion à la base par fil, au plus (passpro.machines).
os.environ.setdefault("CONNEXIONS_PAR_PROCESSUS", str(threads))
# Chargée une fois, avant de se partager : un processus tué est remplacé aussitôt, sans rien relire ni recalculer.
preload_app = True
# Sur une machine trop occupée, un processus lent n'est pas un processus mort.
timeout = 60
# Moins que ce que l'orchestrateur accorde (docker-compose.yml) : les requêtes en cours finissent.
graceful_timeout = 50
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - un battement, pas une donnée


def when_ready(server: Any) -> None:
    """Tout se charge une fois, et ne se ramasse plus : la mémoire reste partagée, le ramasse-miettes passe vite."""
    from passpro.prechargement import precharger

    precharger()
    gc.collect()
    gc.freeze()
