"""Verrouiller une pré-inscription, et refuser ce que son état ou le calendrier ne permet pas."""

from datetime import datetime

from candidatures.models import PreInscription
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode

SANS_ETABLISSEMENT = 0


def verrouiller(preinscription: PreInscription) -> PreInscription:
    """Prend la demande, avec tout ce que les services lisent de sa campagne."""
    return (
        PreInscription.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campagne__regles", "campagne__academie")
        .prefetch_related("campagne__periodes")
        .get(pk=preinscription.pk)
    )


def verrouiller_la_saisie(preinscription: PreInscription, le: datetime) -> PreInscription:
    """Prend une demande en saisie. Lève `Refus` si elle est envoyée ou périmée, `PeriodeClose` hors délai."""
    ligne = verrouiller(preinscription)
    if not ligne.est_en_saisie:
        raise Refus("Cette demande est déjà envoyée.")
    exiger_que_la_saisie_soit_ouverte(ligne, le)
    return ligne


def exiger_que_la_saisie_soit_ouverte(ligne: PreInscription, le: datetime) -> None:
    """Une saisie suit le calendrier des inscriptions ; un complément, la date que donne son courriel."""
    nature = Nature.FERMETURE if ligne.etat == PreInscription.Etat.A_COMPLETER else Nature.INSCRIPTION
    exiger_periode(ligne.campagne, nature, etablissement_id=SANS_ETABLISSEMENT, le=le)
    if ligne.expire_le <= le:
        raise Refus("Cette saisie n’est plus gardée. Commencez une nouvelle pré-inscription.")


def exiger_une_adresse_confirmee(ligne: PreInscription) -> None:
    """Lève `Refus` tant que l'adresse n'est pas confirmée."""
    if ligne.confirmee_le is None:
        raise Refus("Confirmez d’abord votre courriel.")
