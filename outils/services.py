"""Les services embarqués de la démonstration, ouverts le temps qu'on s'en serve."""

import contextlib
from collections.abc import Iterator

from outils.emplacements import VERROUS, Usage, chacun_son_tour
from outils.environnement import GRAPPE, VALKEY, est_embarque

USAGE = VERROUS / "demonstration.usage"
MISE_EN_ROUTE = VERROUS / "demonstration.mise-en-route"


@contextlib.contextmanager
def ouverts() -> Iterator[None]:
    """Tient PostgreSQL et Valkey ouverts pendant le bloc ; le dernier usager les ferme.

    Un service remplacé par une variable d'environnement n'est ni démarré, ni arrêté.
    Lève `PostgresqlIndisponible` ou `ValkeyIndisponible`.
    """
    usage = Usage(USAGE)
    try:
        _mettre_en_route()
        yield
    finally:
        VALKEY.arreter()
        if usage.est_le_dernier() and est_embarque("DATABASE_URL"):
            GRAPPE.arreter()
        usage.quitter()


def remettre_en_route() -> bool:
    """Relance ceux des services embarqués qui ne répondent plus ; dit s'il y en avait.

    Lève `PostgresqlIndisponible` ou `ValkeyIndisponible`.
    """
    base_tombee = est_embarque("DATABASE_URL") and not GRAPPE.repond()
    courtier_tombe = est_embarque("CELERY_BROKER_URL") and not VALKEY.repond()
    if base_tombee or courtier_tombe:
        _mettre_en_route()
    return base_tombee or courtier_tombe


def _mettre_en_route() -> None:
    with chacun_son_tour(MISE_EN_ROUTE):
        if est_embarque("DATABASE_URL"):
            GRAPPE.demarrer()
            GRAPPE.creer_la_base()
        if est_embarque("CELERY_BROKER_URL"):
            VALKEY.demarrer()
