"""Rappeler, remettre en file, renvoyer, noter un retour, effacer : ce qui arrive à un courriel posé (R25, R40)."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from courriers.models import Courriel, Etape
from courriers.rules import EtatCourriel, Retour
from courriers.services.depot import reveiller_l_atelier_une_fois_valide
from courriers.signals import courriel_abandonne, courriel_renvoye

FINIS = (EtatCourriel.ENVOYE, EtatCourriel.ABANDONNE, EtatCourriel.RAPPELE)
EFFACES_PAR_LOT = 1000
# Un domaine réservé : aucun message ne peut y partir.
ADRESSE_EFFACEE = "efface@passpro.invalid"


def rappeler(courriels: Iterable[Courriel], *, meme_incertains: bool = False) -> bool:
    """Rappelle des courriels pas encore partis ; tout ou rien. Rend faux si l'un est déjà parti.

    Un courriel peut-être déjà remis compte pour parti, sauf `meme_incertains` : l'appelant prévient alors quand même.
    """
    cles = [courriel.pk for courriel in courriels]
    with transaction.atomic():
        lignes = list(Courriel.objects.select_for_update(of=("self",)).filter(pk__in=cles).order_by("pk"))
        if any(ligne.etat != EtatCourriel.A_ENVOYER or (ligne.incertain and not meme_incertains) for ligne in lignes):
            return False
        Courriel.objects.filter(pk__in=cles).update(etat=EtatCourriel.RAPPELE)
    return True


@transaction.atomic
def remettre_en_file(*, cles: Iterable[str], part_le: datetime) -> int:
    """Fait repartir des courriels rappelés avant leur départ, redevenus justes ; rend leur nombre."""
    rappeles = Courriel.objects.filter(cle__in=list(cles), etat=EtatCourriel.RAPPELE)
    return rappeles.update(etat=EtatCourriel.A_ENVOYER, prochain_essai_le=part_le)


@transaction.atomic
def renvoyer(*, courriel: Courriel, destinataire: str, le: datetime) -> None:
    """Remet en file un courriel abandonné, à une adresse corrigée ou à la même.

    Les étages du dessus, prévenus dans la transaction, peuvent refuser : une convocation annulée ne repart pas. Une
    ligne tenue par l'atelier n'est jamais attendue. Lève `ValidationError` si l'adresse n'en est pas une, si le
    courriel n'est pas abandonné, si son contenu est supprimé ou s'il ne valait que le jour même.
    """
    validate_email(destinataire)
    ligne = Courriel.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=courriel.pk).first()
    if ligne is None or ligne.etat != EtatCourriel.ABANDONNE:
        raise ValidationError("Seul un courriel non distribué peut être renvoyé.")
    if ligne.efface_le:
        raise ValidationError("Le contenu de ce courriel est supprimé\u00a0: il ne peut plus être renvoyé.")
    if not ligne.peut_repartir:
        raise ValidationError("Un résumé quotidien ne se renvoie pas\u00a0: le suivant le remplace.")
    detail = "" if destinataire == ligne.destinataire else f"Auparavant\u00a0: {ligne.destinataire}"
    ligne.destinataire = destinataire
    ligne.etat = EtatCourriel.A_ENVOYER
    ligne.tentatives = 0
    ligne.prochain_essai_le = le
    ligne.save(update_fields=["destinataire", "etat", "tentatives", "prochain_essai_le"])
    Etape.objects.create(
        courriel=ligne, nature=Etape.Nature.RENVOI, le=le, destinataire=destinataire, detail=detail[:500]
    )
    courriel_renvoye.send(sender=Courriel, courriel=ligne, le=le)
    reveiller_l_atelier_une_fois_valide()


@transaction.atomic
def noter_le_retour(*, retour: Retour, le: datetime) -> Courriel | None:
    """Marque non distribué le courriel dont le message est revenu ; rend le courriel, ou `None` si rien ne change.

    Un retour déjà noté, d'un message renvoyé depuis ailleurs ou d'un message inconnu, ne change rien.
    """
    courriel = Courriel.objects.du_message(retour.identifiant)
    if courriel is None:
        return None
    ligne = Courriel.objects.select_for_update(of=("self",)).get(pk=courriel.pk)
    if ligne.etat != EtatCourriel.ENVOYE or ligne.message_id != retour.identifiant:
        return None
    commun = {"courriel": ligne, "destinataire": ligne.destinataire}
    Etape.objects.create(**commun, nature=Etape.Nature.ENVOI, le=ligne.envoye_le or le)
    Etape.objects.create(**commun, nature=Etape.Nature.RETOUR, le=le, detail=retour.raison[:500])
    ligne.etat, ligne.envoye_le, ligne.derniere_erreur = EtatCourriel.ABANDONNE, None, retour.raison[:500]
    ligne.save(update_fields=["etat", "envoye_le", "derniere_erreur"])
    courriel_abandonne.send(sender=Courriel, courriel=ligne, le=le)
    return ligne


@transaction.atomic
def effacer_les_contenus(*, le: datetime, apres: timedelta) -> int:
    """Supprime le texte et les pièces des courriels finis depuis plus de `apres` ; rend leur nombre (R40).

    La ligne reste : à qui, quand, avec quelle suite.
    """
    anciens = Courriel.objects.filter(etat__in=FINIS, efface_le__isnull=True, poste_le__lt=le - apres)
    cles = list(anciens.order_by("poste_le").values_list("pk", flat=True)[:EFFACES_PAR_LOT])
    effacables = Courriel.objects.filter(pk__in=cles, etat__in=FINIS, efface_le__isnull=True)
    return effacables.update(texte="", html="", pieces=[], efface_le=le)


@transaction.atomic
def anonymiser_les_courriels(*, cles: Collection[int], le: datetime) -> None:
    """Retire de ces courriels le destinataire, le sujet, le texte, les pièces et le parcours ; ce qui attendait encore
    ne part plus. La ligne reste, avec sa nature, ses dates et sa suite (R40)."""
    lignes = Courriel.objects.filter(pk__in=cles)
    lignes.exclude(etat__in=FINIS).update(etat=EtatCourriel.RAPPELE)
    lignes.update(
        cle=Concat(Value("anonyme:"), Cast("pk", CharField())),
        destinataire=ADRESSE_EFFACEE,
        sujet="",
        texte="",
        html="",
        pieces=[],
        derniere_erreur="",
        efface_le=le,
    )
    Etape.objects.filter(courriel__in=cles).delete()
