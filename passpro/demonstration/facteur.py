"""Le facteur de la démonstration : il note les départs d'avant aujourd'hui, et n'envoie rien."""

from collections.abc import Callable
from datetime import datetime

from courriers.expedition import Expediteur
from courriers.models import Courriel

LOT = 100_000


class FacteurDePapier(Expediteur):
    """Tient pour partis les courriels d'avant aujourd'hui : leurs destinataires n'existent pas."""

    def __init__(self, le: datetime) -> None:
        self.le = le

    def expedier(self, courriel: Courriel, *, avant_de_confier: Callable[[], None]) -> None:
        """Rien ne quitte la machine."""

    def maintenant(self) -> datetime:
        return self.le
