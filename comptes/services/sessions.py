"""Fermer des sessions (R38, T5)."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from comptes.models import Personne, Session
from comptes.services.historique import consigner


@transaction.atomic
def fermer_les_autres_sessions(*, personne: Personne, sauf: str | None, par: Personne, le: datetime) -> int:
    """Ferme les sessions ouvertes de `personne`, hormis celle de clé `sauf` ; rend leur nombre (R38)."""
    autres = Session.objects.ouvertes(personne, le).exclude(session_key=sauf)
    return _fermer(autres, personne, "Autres sessions fermées.", par, le)


@transaction.atomic
def fermer_une_session(*, personne: Personne, code: str, par: Personne, le: datetime) -> bool:
    """Ferme la session de `personne` que désigne `code` ; rend faux si elle n'était plus ouverte (R38)."""
    cle = next((une.session_key for une in Session.objects.ouvertes(personne, le) if une.code == code), None)
    visee = Session.objects.filter(session_key=cle)
    return bool(_fermer(visee, personne, "Une session fermée.", par, le))


@transaction.atomic
def oublier_les_sessions_echues(*, le: datetime) -> int:
    """Efface les sessions qui ne s'ouvrent plus ; rend leur nombre."""
    return Session.objects.filter(expire_date__lte=le).delete()[0]


def _fermer(sessions: QuerySet[Session], personne: Personne, phrase: str, par: Personne, le: datetime) -> int:
    fermees = sessions.delete()[0]
    if fermees:
        consigner(objet=personne, fait="sessions_fermees", phrase=phrase, par=par, le=le, apres={"fermees": fermees})
    return fermees
