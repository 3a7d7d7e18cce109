"""Sceller l'historique et le journal, et vérifier que rien n'y a changé (R39, T21)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from comptes.models import Evenement, LigneInalterable, Sceau, Trace
from comptes.services.journal import Nature, duree_du_journal, journaliser
from comptes.signatures import est_authentique, est_signe, signer

journal = logging.getLogger(__name__)
REGISTRES: dict[str, type[LigneInalterable]] = {modele._meta.db_table: modele for modele in (Trace, Evenement)}
DITES_AU_PLUS = 20
VERROU_DES_SCEAUX = 71_267 << 40


@dataclass(slots=True)
class Verification:
    """Ce qu'une vérification a lu, et chaque faute : le registre, la ligne, ce qui ne va pas."""

    lues: int = 0
    sceaux: int = 0
    fautes: list[str] = field(default_factory=list)

    @property
    def phrase(self) -> str:
        if not self.fautes:
            return f"{self.lues} lignes et {self.sceaux} sceaux vérifiés\u00a0: rien n’a été changé."
        return f"{self.lues} lignes vérifiées\u00a0: {len(self.fautes)} anomalie(s). {self.fautes[0]}"


@transaction.atomic
def sceller(*, le: datetime) -> int:
    """Pose un sceau sur ce que chaque registre a de nouveau ; rend le nombre de sceaux posés.

    La base attend la fin des écritures en cours avant de dire jusqu'où le registre est complet : aucune ligne ne peut
    plus s'y glisser. Deux poses qui se croisent n'en font qu'une.
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU_DES_SCEAUX])
    return sum(_sceller(registre, le) for registre in REGISTRES)


def _sceller(registre: str, le: datetime) -> int:
    with connection.cursor() as curseur:
        curseur.execute("SELECT comptes_arreter_le_registre(%s)", [registre])
        jusqu_a = curseur.fetchone()[0] or 0
    dernier = Sceau.objects.filter(registre=registre).order_by("-jusqu_a").first()
    apres = dernier.jusqu_a if dernier else 0
    if jusqu_a <= apres:
        return 0
    nombre, empreinte = _empreinte(registre, apres, jusqu_a)
    chaine = signer([registre, apres, jusqu_a, nombre, empreinte, dernier.empreinte if dernier else ""])
    journal.info("Sceau de %s, lignes %d à %d : %s", registre, apres + 1, jusqu_a, chaine)
    Sceau.objects.create(registre=registre, apres=apres, jusqu_a=jusqu_a, nombre=nombre, empreinte=chaine, le=le)
    return 1


def _empreinte(registre: str, apres: int, jusqu_a: int) -> tuple[int, str]:
    """Nombre de lignes entre deux clés, et empreinte de leurs clés et de leurs signatures."""
    calcul, nombre = sha256(), 0
    lignes = REGISTRES[registre]._default_manager.filter(pk__gt=apres, pk__lte=jusqu_a).order_by("pk")
    for cle, signature in lignes.values_list("pk", "signature").iterator(chunk_size=5000):
        calcul.update(f"{cle}:{signature}\n".encode())
        nombre += 1
    return nombre, calcul.hexdigest()


def verifier(*, le: datetime) -> Verification:
    """Relit chaque ligne et chaque sceau ; n'écrit rien."""
    verification = Verification()
    for registre, modele in REGISTRES.items():
        verification.fautes += _lignes_changees(registre, modele, verification)
        verification.fautes += _sceaux_rompus(registre, le, verification)
    return verification


def sceller_et_verifier(*, le: datetime) -> Verification:
    """Le passage de la nuit : vérifie, inscrit le résultat au journal une fois par jour, puis scelle."""
    verification = verifier(le=le)
    journaliser(
        nature=Nature.VERIFICATION,
        phrase=verification.phrase,
        le=le,
        details={"fautes": verification.fautes[:DITES_AU_PLUS]},
        une_fois=f"verification:{le:%Y-%m-%d}:{len(verification.fautes)}",
    )
    sceller(le=le)
    return verification


def _lignes_changees(registre: str, modele: type[LigneInalterable], verification: Verification) -> Iterator[str]:
    """Une ligne sans signature date d'avant elles ; après la première signée, il n'y en a plus."""
    signees = False
    for ligne in modele._default_manager.order_by("pk").iterator(chunk_size=2000):
        verification.lues += 1
        if not ligne.signature and not signees:
            continue
        signees = True
        if not est_authentique(ligne):
            yield f"{registre}, ligne {ligne.pk}\u00a0: changée depuis son écriture."


def _sceaux_rompus(registre: str, le: datetime, verification: Verification) -> Iterator[str]:
    """Chaque sceau prolonge le précédent et compte les mêmes lignes, hormis celles que la durée a purgées."""
    precedent, fin = "", 0
    for sceau in Sceau.objects.filter(registre=registre).order_by("jusqu_a"):
        verification.sceaux += 1
        if not est_authentique(sceau):
            yield f"{registre}, ligne {sceau.jusqu_a}\u00a0: un sceau a changé depuis sa pose."
        elif sceau.apres != fin:
            yield f"{registre}, ligne {fin + 1}\u00a0: un sceau manque."
        elif not _est_purgee(sceau, le):
            contenu: list[Any] = [
                registre,
                sceau.apres,
                sceau.jusqu_a,
                *_empreinte(registre, sceau.apres, sceau.jusqu_a),
            ]
            if not est_signe([*contenu, precedent], sceau.empreinte):
                yield f"{registre}, lignes {sceau.apres + 1} à {sceau.jusqu_a}\u00a0: ajoutées ou effacées après coup."
        precedent, fin = sceau.empreinte, sceau.jusqu_a


def _est_purgee(sceau: Sceau, le: datetime) -> bool:
    return sceau.registre == Evenement._meta.db_table and sceau.le < le - duree_du_journal()
