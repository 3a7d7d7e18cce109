"""Une commande de manage.py, avec l'environnement et les services de la démonstration."""

import signal
import subprocess
import sys

from outils import environnement, services
from outils.emplacements import RACINE
from outils.postgresql import PostgresqlIndisponible
from outils.valkey import ValkeyIndisponible


def main() -> int:
    """Lance la commande reçue en argument et renvoie son code de sortie."""
    reglages = environnement.preparer()
    try:
        with services.ouverts():
            return _lancer(reglages)
    except (PostgresqlIndisponible, ValkeyIndisponible) as erreur:
        print(erreur, file=sys.stderr)
        return 1


def _lancer(reglages: dict[str, str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    commande = subprocess.Popen(
        [sys.executable, RACINE / "manage.py", *sys.argv[1:]],
        env=reglages,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    signal.signal(signal.SIGTERM, lambda *_: commande.terminate())
    return commande.wait()


if __name__ == "__main__":
    sys.exit(main())
