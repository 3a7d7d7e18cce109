"""Le courriel d'une invitation (écran 6.6)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from courriers.services import poster
from referentiel.detours import sans_detour
from referentiel.models import Etablissement, Invitation
from referentiel.rules.dates import dire_jour, jour_de
from referentiel.rules.noms import chez, depuis


def inviter(invitation: Invitation, *, jeton: str, le: datetime) -> None:
    """Le lien n'est que dans ce message : la base n'en garde que l'empreinte."""
    lieu = invitation.lieu
    etablissement = lieu if isinstance(lieu, Etablissement) else None
    academie = etablissement.academie if etablissement else invitation.academie
    assert academie is not None
    poster(
        cle=f"invitation:{invitation.pk}:{le.isoformat()}",
        nature="invitation",
        destinataire=invitation.courriel,
        sujet="Passpro\u00a0: votre accès "
        f"{chez(etablissement.nom) if etablissement else f'à l’{academie.nom_complet}'}",
        gabarit="courriels/invitation",
        contexte={
            "par": invitation.invitee_par.nom_affiche,
            "equipe": depuis(etablissement.nom) if etablissement else f"de l’{academie.nom_complet}",
            "fonction": invitation.libelle,
            "lien": settings.ADRESSE_PUBLIQUE + sans_detour(reverse("referentiel:invitation", args=[jeton])),
            "jusqu_au": dire_jour(jour_de(invitation.expire_le)),
            "academie": academie.nom_complet,
        },
        uai=etablissement.uai if etablissement else "",
        academie=academie.pk,
        le=le,
    )
