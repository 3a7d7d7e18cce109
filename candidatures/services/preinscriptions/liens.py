"""Les liens personnels par lesquels on suit une demande sans compte."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from candidatures.emails import preinscription as emails
from candidatures.models import Eleve, LienPersonnel, PreInscription
from candidatures.services.preinscriptions.gardes import verrouiller
from candidatures.services.preinscriptions.limites import limiter
from comptes.jetons import empreinte_du_jeton, nouveau_jeton
from comptes.models import Personne
from comptes.services import consigner
from referentiel.rules.refus import Refus

DUREE_DU_LIEN = timedelta(days=90)


@transaction.atomic
def redemander_un_lien(*, lien: LienPersonnel, reseau: str, le: datetime) -> None:
    """Poste un nouveau lien de suivi à l'adresse confirmée, pour qui tient un lien échu. Lève `TropDeDemandes`."""
    limiter("lien", reseau=reseau, courriel=lien.preinscription.courriel, le=le)
    emails.envoyer_un_lien(lien.preinscription, jeton=ouvrir_un_lien(preinscription=lien.preinscription, le=le), le=le)


@transaction.atomic
def revoquer_les_liens(*, preinscription: PreInscription, par: Personne, le: datetime) -> int:
    """Coupe l'accès par lien à une demande ; rend le nombre de liens révoqués."""
    nombre = preinscription.liens.valides(le).update(revoque_le=le)
    if nombre:
        phrase = f"Liens personnels révoqués\u00a0: {nombre}."
        consigner(objet=preinscription, fait="liens_revoques", phrase=phrase, par=par, le=le)
    return nombre


@transaction.atomic
def renvoyer_un_lien(*, preinscription: PreInscription, par: Personne, le: datetime) -> None:
    """Poste un nouveau lien de suivi à l'adresse confirmée, et à elle seule. Lève `Refus` si la demande est refusée."""
    ligne = verrouiller(preinscription)
    if ligne.etat == PreInscription.Etat.REFUSEE or not ligne.reference:
        raise Refus("Cette demande n’a pas de suivi.")
    emails.envoyer_un_lien(ligne, jeton=ouvrir_un_lien(preinscription=ligne, le=le), le=le)
    consigner(objet=ligne, fait="lien_envoye", phrase="Nouveau lien de suivi envoyé.", par=par, le=le)


def ouvrir_un_lien(*, preinscription: PreInscription, le: datetime) -> str:
    """Crée un lien personnel de quatre-vingt-dix jours ; rend son jeton, que la base ne connaît pas."""
    return next(iter(_ouvrir_des_liens([preinscription], le).values()))


@transaction.atomic
def liens_de_suivi(*, eleves: Iterable[Eleve], courriel: str, le: datetime) -> dict[int, str]:
    """Un lien personnel neuf par élève pré-inscrit à cette adresse confirmée, par clé d'élève, en deux requêtes."""
    suivies = PreInscription.objects.suivies().filter(eleve__in=list(eleves), courriel__iexact=courriel)
    demandes = list(suivies.order_by("pk"))
    jetons = _ouvrir_des_liens(demandes, le) if demandes else {}
    return {demande.eleve_id: emails.lien_de_suivi(jetons[demande.pk]) for demande in demandes}


def suivi_du_demandeur(*, eleve: Eleve, le: datetime) -> tuple[str, str]:
    """L'adresse confirmée et un lien personnel neuf, pour l'élève d'un établissement sans messagerie (R21).

    Deux textes vides si l'établissement a une messagerie, ou si l'élève n'a pas été pré-inscrit.
    """
    if eleve.etablissement.messagerie.strip():
        return "", ""
    adresse = courriels_confirmes([eleve.pk]).get(eleve.pk, "")
    return (adresse, liens_de_suivi(eleves=[eleve], courriel=adresse, le=le)[eleve.pk]) if adresse else ("", "")


def courriels_confirmes(eleves: Iterable[int]) -> dict[int, str]:
    """L'adresse confirmée par laquelle chaque élève a été pré-inscrit, par clé d'élève, en une requête."""
    suivies = PreInscription.objects.suivies().filter(eleve__in=set(eleves))
    return dict(suivies.order_by("pk").values_list("eleve", "courriel"))


def _ouvrir_des_liens(preinscriptions: Iterable[PreInscription], le: datetime) -> dict[int, str]:
    jetons = {preinscription.pk: nouveau_jeton() for preinscription in preinscriptions}
    LienPersonnel.objects.bulk_create(
        LienPersonnel(preinscription_id=cle, empreinte=empreinte_du_jeton(jeton), expire_le=le + DUREE_DU_LIEN)
        for cle, jeton in jetons.items()
    )
    return jetons
