"""Demander, préparer, relancer, effacer un travail long (R32, écran C5)."""

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from celery import current_app
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import QuerySet

from comptes.models import Personne
from comptes.services import consigner
from courriers.services import attendre_les_oublis
from referentiel.models import Campagne, Etablissement, Travail
from referentiel.rules.refus import Refus
from referentiel.services.verrous import prendre_si_libre
from referentiel.travaux import Livraison, fabrique_de

GARDE = timedelta(hours=24)
DOSSIER = "travaux"
TEMPS_DE_PRENDRE_LE_VERROU = timedelta(seconds=30)
ESPACE_DES_VERROUS = 7_200_000_000
TACHE = "referentiel.tasks.preparer_les_travaux"
PAS_DU_SUIVI = 0.5
# Disque plein, quota atteint, fichier trop gros pour le disque.
SANS_PLACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
PLUS_DE_PLACE = "il n’y a plus de place sur le disque du serveur. Prévenez le SAIO, puis relancez la préparation."
EN_ATTENTE = {Travail.Etat.EN_FILE, Travail.Etat.EN_COURS}

journal = logging.getLogger(__name__)


class SuiviEnBase:
    """Où en est un travail, écrit en base au plus deux fois par seconde."""

    def __init__(self, travail: Travail) -> None:
        self.travail = travail
        self._ecrit_a = 0.0

    def avancer(self, de: int = 1) -> None:
        self.travail.fait = min(self.travail.fait + de, self.travail.total)
        if monotonic() - self._ecrit_a > PAS_DU_SUIVI:
            self.noter()

    def refuser(self, nom: str, raison: str) -> None:
        """Note ce qui n'a pas pu être préparé, sans arrêter le reste."""
        self.travail.erreurs.append({"nom": nom, "raison": raison})
        self.avancer()

    def noter(self) -> None:
        self._ecrit_a = monotonic()
        self.travail.save(update_fields=["fait", "erreurs"])


@transaction.atomic
def demander_un_travail(
    *,
    nature: str,
    titre: str,
    demande: dict[str, Any],
    total: int,
    campagne: Campagne,
    etablissement: Etablissement | None,
    cote: str,
    par: Personne,
    le: datetime,
) -> Travail:
    """Met en file un travail de `nature`, déclarée dans `referentiel.travaux` ; `total` compte ses documents.

    `cote` dit de quel espace il est demandé : le fichier ne se lit que de ce côté (R37).

    Le même travail, demandé deux fois par la même personne alors qu'il attend encore, n'est préparé qu'une fois.
    Lève `Refus` s'il n'y a rien à préparer.
    """
    if not total:
        raise Refus("Il n’y a rien à préparer.")
    fabrique_de(nature)
    # L'oubli d'un élève efface chaque travail qui peut l'avoir lu : celui-ci en est, ou lira ce qui reste.
    attendre_les_oublis()
    demande = {**demande, "cote": cote}
    deja = Travail.objects.filter(
        nature=nature, demande=demande, campagne=campagne, etablissement=etablissement, par=par, etat__in=EN_ATTENTE
    ).first()
    if deja:
        return deja
    travail = Travail.objects.create(
        nature=nature,
        titre=titre,
        demande=demande,
        total=total,
        academie=campagne.academie,
        campagne=campagne,
        etablissement=etablissement,
        par=par,
        demande_le=le,
    )
    consigner(objet=travail, fait="travail", phrase=f"Demandé\u00a0: {titre}."[:300], par=par, le=le)
    transaction.on_commit(_reveiller_l_atelier, robust=True)
    return travail


@transaction.atomic
def relancer_le_travail(*, travail: Travail, le: datetime) -> None:
    """Remet en file un travail arrêté. Lève `Refus` s'il ne l'est pas."""
    ligne = Travail.objects.select_for_update(of=("self",)).get(pk=travail.pk)
    if ligne.etat != Travail.Etat.ARRETE:
        raise Refus("Seul un travail arrêté se relance.")
    ligne.etat, ligne.fait, ligne.erreurs, ligne.demande_le = Travail.Etat.EN_FILE, 0, [], le
    ligne.fini_le = ligne.expire_le = None
    ligne.save(update_fields=["etat", "fait", "erreurs", "demande_le", "fini_le", "expire_le"])
    transaction.on_commit(_reveiller_l_atelier, robust=True)


def preparer_le_prochain_travail(maintenant: Callable[[], datetime]) -> bool:
    """Prépare le plus ancien travail en file ; faux s'il n'y en a pas."""
    travail = _reserver(maintenant())
    if travail is None:
        return False
    with _sous_verrou(travail.pk):
        try:
            _preparer(travail, maintenant)
        except Exception as panne:
            journal.exception("Le travail %s s'est arrêté.", travail.code)
            _effacer_l_ebauche(travail)
            _dire_la_panne(travail, panne)
            _arreter(Travail.objects.filter(pk=travail.pk), maintenant())
    return True


def arreter_les_travaux_abandonnes(*, le: datetime) -> int:
    """Dit arrêtés les travaux dont l'ouvrier a disparu ; rend leur nombre."""
    arretes = 0
    en_cours_depuis = Travail.objects.filter(etat=Travail.Etat.EN_COURS, vu_le__lt=le - TEMPS_DE_PRENDRE_LE_VERROU)
    for cle in en_cours_depuis.values_list("pk", flat=True):
        with transaction.atomic():
            if prendre_si_libre(ESPACE_DES_VERROUS + cle):
                en_cours = Travail.objects.filter(pk=cle, etat=Travail.Etat.EN_COURS)
                arretes += _arreter(en_cours, le)
    return arretes


def effacer_les_travaux_perimes(*, le: datetime) -> int:
    """Efface les fichiers dont le délai est passé, et leur ligne ; rend leur nombre."""
    perimes = list(Travail.objects.filter(expire_le__lte=le))
    for travail in perimes:
        travail.fichier.delete(save=False)
        travail.delete()
    _effacer_les_fichiers_sans_travail(le)
    return len(perimes)


def _effacer_les_fichiers_sans_travail(le: datetime) -> None:
    """Un ouvrier tué entre le fichier et sa ligne laisse un document que plus rien ne nomme (R40, F11)."""
    try:
        _, noms = default_storage.listdir(DOSSIER)
    except FileNotFoundError:
        return
    chemins = {f"{DOSSIER}/{nom}" for nom in noms if nom}
    for chemin in chemins - set(Travail.objects.filter(fichier__in=chemins).values_list("fichier", flat=True)):
        if default_storage.get_modified_time(chemin) <= le - GARDE:
            default_storage.delete(chemin)


def _effacer_l_ebauche(travail: Travail) -> None:
    """Un disque plein laisse un document à moitié écrit, que sa ligne ne nomme pas encore."""
    try:
        _, noms = default_storage.listdir(DOSSIER)
    except FileNotFoundError:
        return
    garde = Travail.objects.filter(pk=travail.pk).values_list("fichier", flat=True).first()
    for chemin in (f"{DOSSIER}/{nom}" for nom in noms if nom.startswith(travail.code)):
        if chemin != garde:
            default_storage.delete(chemin)


def _dire_la_panne(travail: Travail, panne: Exception) -> None:
    """La page du travail dit pourquoi il s'est arrêté, quand le relancer plus tard suffit."""
    if isinstance(panne, OSError) and panne.errno in SANS_PLACE:
        erreurs = [{"nom": travail.titre[:160], "raison": PLUS_DE_PLACE}]
        Travail.objects.filter(pk=travail.pk).update(erreurs=erreurs, fait=0)


def _arreter(travaux: QuerySet[Travail], le: datetime) -> int:
    """Un travail arrêté nomme des élèves dans ses erreurs : il s'efface comme un travail prêt (R40)."""
    return travaux.update(etat=Travail.Etat.ARRETE, fini_le=le, expire_le=le + GARDE)


@transaction.atomic
def _reserver(le: datetime) -> Travail | None:
    en_file = Travail.objects.filter(etat=Travail.Etat.EN_FILE).order_by("demande_le", "pk")
    travail = (
        en_file.select_related("campagne__academie", "campagne__regles", "etablissement", "par")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    if travail:
        travail.etat, travail.vu_le = Travail.Etat.EN_COURS, le
        travail.save(update_fields=["etat", "vu_le"])
    return travail


def _preparer(travail: Travail, maintenant: Callable[[], datetime]) -> None:
    with TemporaryDirectory(prefix="passpro-") as dossier:
        fichier = Path(dossier) / "document"
        suivi = SuiviEnBase(travail)
        livraison = fabrique_de(travail.nature)(travail, fichier, suivi)
        suivi.noter()
        if len(travail.erreurs) >= travail.total:
            _arreter(Travail.objects.filter(pk=travail.pk), maintenant())
        else:
            _livrer(travail, fichier, livraison, maintenant())


@transaction.atomic
def _livrer(travail: Travail, fichier: Path, livraison: Livraison, le: datetime) -> None:
    """Rien à livrer si le travail vient d'être effacé : son document nomme peut-être l'élève qu'on oublie (R40)."""
    if not Travail.objects.select_for_update(of=("self",)).filter(pk=travail.pk).exists():
        return
    with fichier.open("rb") as octets:
        travail.fichier.save(f"{travail.code}{Path(livraison.nom).suffix}", File(octets), save=False)
    travail.etat = Travail.Etat.PRET
    travail.nom_du_fichier, travail.pages = livraison.nom, livraison.pages
    travail.taille = fichier.stat().st_size
    travail.fini_le, travail.expire_le = le, le + GARDE
    travail.save()


@contextmanager
def _sous_verrou(cle: int) -> Iterator[None]:
    """Tient le verrou consultatif du travail ; il se libère de lui-même si l'ouvrier disparaît."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_lock(%s)", [ESPACE_DES_VERROUS + cle])
    try:
        yield
    finally:
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_advisory_unlock(%s)", [ESPACE_DES_VERROUS + cle])


def _reveiller_l_atelier() -> None:
    """Coup de coude : le balayage périodique est la garantie, ceci donne la promptitude."""
    current_app.send_task(TACHE, retry=False, ignore_result=True)
