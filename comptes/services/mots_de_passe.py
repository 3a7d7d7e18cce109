"""Choisir, changer, retrouver un mot de passe (R38, T6)."""

from datetime import datetime

from axes.utils import reset as lever_l_attente
from django.db import transaction

from comptes import emails
from comptes.models import Personne, Session
from comptes.rules import Limite
from comptes.services.historique import consigner
from comptes.services.limites import TropDEssais, limiter
from courriers.services import reveiller_l_atelier_une_fois_valide

# Un collège de soixante personnes partage une adresse réseau ; une personne n'a qu'une messagerie.
DEMANDES_PAR_RESEAU = Limite("mot_de_passe_oublie:reseau", 60)
DEMANDES_PAR_COURRIEL = Limite("mot_de_passe_oublie:courriel", 3)


@transaction.atomic
def changer_le_mot_de_passe(
    *, personne: Personne, mot_de_passe: str, sauf: str | None, par: Personne, le: datetime
) -> Personne:
    """Pose le mot de passe choisi et ferme les sessions de la personne, hormis celle de clé `sauf` (R38, T5).

    Le mot de passe a été validé par le formulaire. La personne est prévenue ; ses essais manqués s'oublient.
    """
    ligne = Personne.objects.select_for_update(of=("self",)).get(pk=personne.pk)
    ligne.set_password(mot_de_passe)
    ligne.save(update_fields=["password"])
    Session.objects.filter(personne=ligne).exclude(session_key=sauf).delete()
    lever_l_attente(username=ligne.courriel)
    consigner(objet=ligne, fait="mot_de_passe", phrase="Mot de passe changé.", par=par, le=le)
    phrase = "Le mot de passe de votre compte vient d’être changé."
    emails.annoncer_un_changement(ligne, fait="mot_de_passe", phrase=phrase, le=le)
    return ligne


@transaction.atomic
def demander_un_nouveau_mot_de_passe(*, courriel: str, reseau: str, le: datetime) -> None:
    """Poste un lien à l'adresse, si elle est celle d'un compte actif ; ne dit jamais si elle l'est (T9).

    Lève `TropDEssais` quand l'adresse réseau en demande trop ; une messagerie déjà servie n'est pas servie davantage.
    """
    limiter(limite=DEMANDES_PAR_RESEAU, cle=reseau, le=le)
    try:
        limiter(limite=DEMANDES_PAR_COURRIEL, cle=courriel.casefold(), le=le)
    except TropDEssais:
        return
    personne = Personne.objects.filter(courriel__iexact=courriel, is_active=True).first()
    if personne:
        emails.envoyer_un_lien_de_mot_de_passe(personne, le=le)
    else:
        _faire_comme_si(courriel, le)


@transaction.atomic
def envoyer_un_lien(*, personne: Personne, par: Personne, le: datetime) -> None:
    """Le SAIO fait parvenir à la personne, et à elle seule, de quoi choisir son mot de passe (R38)."""
    emails.envoyer_un_lien_de_mot_de_passe(personne, le=le)
    consigner(objet=personne, fait="lien_envoye", phrase="Lien de mot de passe envoyé.", par=par, le=le)


def _faire_comme_si(courriel: str, le: datetime) -> None:
    """Le même travail, puis rien : la durée de la réponse ne dit pas non plus si l'adresse a un compte (T2)."""
    with transaction.atomic():
        emails.envoyer_un_lien_de_mot_de_passe(Personne(pk=0, courriel=courriel, nom="Personne"), le=le)
        transaction.set_rollback(True)
    reveiller_l_atelier_une_fois_valide()
