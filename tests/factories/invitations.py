"""Des invitations, posées par le service, et le lien que leur courriel porte."""

import re
from datetime import datetime
from itertools import count

from courriers.models import Courriel
from referentiel.models import Invitation, Rattachement
from referentiel.services.invitations import PlaceProposee, inviter

_rang = count()


def une_invitation(
    chef: Rattachement, *, le: datetime, courriel: str = "", role: str = Rattachement.Role.GESTIONNAIRE
) -> Invitation:
    """Une invitation dans l'équipe de ce chef d'établissement, de son côté."""
    place = PlaceProposee(role, "Secrétariat", chef.etablissement, origine=chef.origine, accueil=chef.accueil)
    adresse = courriel or f"invitee{next(_rang)}@creteil.example"
    return inviter(courriel=adresse, place=place, par=chef.personne, le=le)


def lien_de_l_invitation(invitation: Invitation) -> str:
    """Le lien du dernier courriel envoyé à l'adresse invitée."""
    courriel = Courriel.objects.filter(nature="invitation", destinataire=invitation.courriel).latest("pk")
    return re.search(r"https?://[^/\s]+(/invitation/\S+)", courriel.texte)[1]
