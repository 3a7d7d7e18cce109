"""Demander, rendre, effacer un document : l'atelier le rend, la page n'attend jamais (F6, F9, R40)."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import QuerySet

from courriers.imprimes import Nommes, empreinte_de
from courriers.models import Document
from courriers.pdf import RenduImpossible, rendre_le_html
from courriers.services.oublis import attendre_les_oublis

GARDE = timedelta(hours=24)
GARDE_EN_FILE = timedelta(hours=1)
# Le même texte referait attendre l'atelier dix secondes : il se retente un peu plus tard.
GARDE_D_UN_REFUS = timedelta(minutes=5)
DOSSIER = "documents"
TACHE = "courriers.tasks.rendre_les_documents"

journal = logging.getLogger(__name__)


class DocumentDepasse(Exception):
    """Un élève que ce document nomme vient d'être effacé : ce qui a été lu de lui ne doit pas se garder (R40)."""


def demander_le_document(*, html: str, eleves: Nommes, le: datetime) -> Document:
    """Le document que fait `html` : prêt, refusé, ou en file. Demandé cent fois à la fois, il ne se rend qu'une (F6).

    Lève `DocumentDepasse` si un élève nommé a été effacé depuis qu'il a été lu.
    """
    cle = empreinte_de(html)
    deja = Document.objects.valables(le).filter(cle=cle).first()
    return deja or _mettre_en_file(cle, html, eleves, le)


@transaction.atomic
def _mettre_en_file(cle: str, html: str, eleves: Nommes, le: datetime) -> Document:
    attendre_les_oublis()
    if not eleves.tiennent():
        raise DocumentDepasse
    oublier_les_documents(Document.objects.perimes(le).filter(cle=cle))
    Document.objects.bulk_create(
        [Document(cle=cle, html=html, eleves=sorted(eleves.cles), demande_le=le, expire_le=le + GARDE_EN_FILE)],
        ignore_conflicts=True,
    )
    transaction.on_commit(_reveiller_l_atelier, robust=True)
    return Document.objects.get(cle=cle)


@transaction.atomic
def rendre_le_prochain_document(maintenant: Callable[[], datetime]) -> bool:
    """Rend le plus ancien document en file ; faux s'il n'y en a pas.

    La ligne reste verrouillée le temps du rendu : l'ouvrier disparu, elle est de nouveau à prendre.
    """
    document = Document.objects.en_file().select_for_update(skip_locked=True).first()
    if document is None:
        return False
    _laisser_le_temps_au_moteur()
    _rendre(document, maintenant)
    return True


def _rendre(document: Document, maintenant: Callable[[], datetime]) -> None:
    try:
        octets = rendre_le_html(document.html)
        document.fichier.save(f"{document.cle}.pdf", ContentFile(octets), save=False)
    except RenduImpossible:
        document.etat, garde = Document.Etat.REFUSE, GARDE_D_UN_REFUS
    except Exception:
        # Un disque plein, par exemple : le demandeur l'apprend, et la file avance.
        journal.exception("Le document %s n'a pas pu être gardé.", document.pk)
        document.etat, document.fichier, garde = Document.Etat.REFUSE, "", GARDE_D_UN_REFUS
    else:
        document.etat, garde = Document.Etat.PRET, GARDE
    document.html, document.fini_le = "", maintenant()
    document.expire_le = document.fini_le + garde
    document.save(update_fields=["etat", "fichier", "html", "fini_le", "expire_le"])


@transaction.atomic
def rendre_de_nouveau(*, document: Document, html: str, le: datetime) -> Document:
    """Remet en file un document prêt dont le serveur web ne trouve pas le fichier ; le refuse s'il l'a trop perdu."""
    ligne = Document.objects.select_for_update().filter(pk=document.pk, fichier=document.fichier.name).first()
    if ligne is None or ligne.etat != Document.Etat.PRET:
        return ligne or document
    ligne.introuvable += 1
    ligne.fichier = ""
    if ligne.est_perdu:
        journal.error(
            "Le fichier du document %s manque après chaque rendu : le serveur web et l'atelier des impressions "
            "ne rangent pas au même endroit (docs/exploitation.md).",
            ligne.pk,
        )
        ligne.etat, ligne.fini_le, ligne.expire_le = Document.Etat.REFUSE, le, le + GARDE_D_UN_REFUS
    else:
        ligne.etat, ligne.html, ligne.fini_le = Document.Etat.EN_FILE, html, None
        ligne.demande_le, ligne.expire_le = le, le + GARDE_EN_FILE
        transaction.on_commit(_reveiller_l_atelier, robust=True)
    ligne.save()
    return ligne


@transaction.atomic
def oublier_les_documents(documents: QuerySet) -> int:
    """Efface ces documents et leurs fichiers ; rend leur nombre. Ce qui est redemandé se rend de nouveau."""
    oublies = list(documents.select_for_update())
    for document in oublies:
        if document.fichier:
            document.fichier.delete(save=False)
    Document.objects.filter(pk__in=[document.pk for document in oublies]).delete()
    return len(oublies)


def effacer_les_documents_perimes(*, le: datetime) -> int:
    """Efface les documents dont le délai est passé, et les fichiers que plus rien ne nomme ; rend leur nombre."""
    effaces = oublier_les_documents(Document.objects.perimes(le))
    _effacer_les_fichiers_oublies(le)
    return effaces


def _effacer_les_fichiers_oublies(le: datetime) -> None:
    """Un ouvrier tué entre le fichier et sa ligne laisse un document que plus rien ne nomme (F11)."""
    try:
        _, noms = default_storage.listdir(DOSSIER)
    except FileNotFoundError:
        return
    chemins = {f"{DOSSIER}/{nom}" for nom in noms if nom}
    for chemin in chemins - set(Document.objects.filter(fichier__in=chemins).values_list("fichier", flat=True)):
        if default_storage.get_modified_time(chemin) <= le - GARDE:
            default_storage.delete(chemin)


def _laisser_le_temps_au_moteur() -> None:
    """Lève la limite d'inactivité de cette transaction : sur une machine occupée, un moteur est long à s'ouvrir."""
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def _reveiller_l_atelier() -> None:
    """Coup de coude : le balayage périodique est la garantie, ceci donne la promptitude."""
    current_app.send_task(TACHE, retry=False, ignore_result=True)
