"""Les sessions de Passpro : celles de Django, en base, qui savent à qui elles sont et depuis quand (T5)."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as SessionEnBase
from django.db.models import CharField, DateTimeField, QuerySet
from django.utils import timezone

from comptes.lectures_preparees import LecturePreparee, Parametre

DEBUT = "debut_de_session"
VU = "vu_a"
APPAREIL = "appareil"


class SessionStore(SessionEnBase):
    """Recopie dans des colonnes ce que la liste des sessions montre : rien n'est écrit de plus.

    `personne_lue` est celle de la ligne, lue avec elle : c'est `comptes.middleware.PersonneConnectee` qui la vérifie.
    """

    personne_lue: Any = None

    @classmethod
    def get_model_class(cls) -> type:
        from comptes.models import Session

        return Session

    def _get_session_from_db(self) -> Any:
        lues = SESSIONS.lire(cle=self.session_key, le=timezone.now())
        if not lues:
            self._session_key = None
            return None
        self.personne_lue = lues[0].personne
        return lues[0]

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        ligne = super().create_model_instance(data)
        ligne.personne_id = data.get(SESSION_KEY)
        ligne.ouverte_le, ligne.vue_le = _instant(data.get(DEBUT)), _instant(data.get(VU))
        ligne.appareil = data.get(APPAREIL, "")
        return ligne


def _sessions() -> QuerySet:
    return (
        SessionStore.get_model_class()
        .objects.select_related("personne")
        .filter(session_key=Parametre("cle", CharField()), expire_date__gt=Parametre("le", DateTimeField()))
    )


SESSIONS = LecturePreparee(_sessions)


def _instant(secondes: int | None) -> datetime | None:
    return datetime.fromtimestamp(secondes, tz=UTC) if secondes else None
