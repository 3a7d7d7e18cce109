"""Réglages du serveur web, les mêmes partout : image de production, démonstration, épreuves et tests."""

import os
from pathlib import Path

worker_class = "gthread"
workers = int(os.environ.get("PROCESSUS_WEB", "2"))
threads = int(os.environ.get("FILS_WEB", "4"))
# Ce qu'un arrêt laisse aux requêtes en cours pour finir.
graceful_timeout = 50
# Une connexion à la base par fil, au plus (passpro.machines).
os.environ.setdefault("CONNEXIONS_PAR_PROCESSUS", str(threads))
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - un battement, pas une donnée
