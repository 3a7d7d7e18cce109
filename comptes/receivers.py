"""À l'ouverture d'une session : depuis quand, sur quel appareil, et ce qu'elle vient de prouver (T5, T7)."""

from time import time
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from comptes.preuve import PREUVE
from comptes.rules import dire_l_appareil
from comptes.sessions import APPAREIL, DEBUT, VU


@receiver(user_logged_in, dispatch_uid="comptes.dater_la_session")
def dater_la_session(sender: Any, request: HttpRequest, **suite: Any) -> None:
    maintenant = int(time())
    session = request.session
    session[DEBUT] = session[VU] = session[PREUVE] = maintenant
    session[APPAREIL] = dire_l_appareil(request.META.get("HTTP_USER_AGENT", ""))
