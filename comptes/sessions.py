"""Les sessions de Passpro : celles de Django, en base, qui savent à qui elles sont et depuis quand (T5)."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as SessionEnBase

DEBUT = "debut_de_session"
VU = "vu_a"
APPAREIL = "appareil"


class SessionStore(SessionEnBase):
    """Recopie dans des colonnes ce que la liste des sessions montre : rien n'est écrit de plus."""

    @classmethod
    def get_model_class(cls) -> type:
        from comptes.models import Session

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        ligne = super().create_model_instance(data)
        ligne.personne_id = data.get(SESSION_KEY)
        ligne.ouverte_le, ligne.vue_le = _instant(data.get(DEBUT)), _instant(data.get(VU))
        ligne.appareil = data.get(APPAREIL, "")
        return ligne


def _instant(secondes: int | None) -> datetime | None:
    return datetime.fromtimestamp(secondes, tz=UTC) if secondes else None
