"""Écrire au journal de sécurité, et n'en garder que ce que sa durée permet (R40, T21)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.crypto import salted_hmac

from comptes.acteur import acteur
from comptes.models import Evenement, Personne, Sceau
from comptes.signatures import signature_de

Nature = Evenement.Nature
PLANCHER = timedelta(days=180)


def journaliser(
    *,
    nature: Nature,
    phrase: str,
    le: datetime,
    par: Personne | None = None,
    uai: str = "",
    objet: models.Model | None = None,
    details: dict[str, Any] | None = None,
    une_fois: str | None = None,
) -> None:
    """Ajoute une ligne au journal de sécurité.

    `par` est la personne concernée ; sans elle, celle de la requête en cours. `phrase` et `details` ne portent ni nom
    d'élève ni texte saisi : l'élève est `objet`. `une_fois` nomme un fait qui ne s'écrit qu'une fois.
    """
    qui = acteur()
    personne = par or qui.personne
    evenement = Evenement(
        nature=nature,
        le=le,
        personne=personne,
        personne_nom=personne.nom_affiche if personne else "",
        adresse=qui.reseau,
        uai=uai,
        objet_type=objet._meta.label_lower if objet else "",
        objet_id=objet.pk if objet else None,
        phrase=phrase[:300],
        details=details or {},
        cle=une_fois,
    )
    evenement.signature = signature_de(evenement)
    Evenement.objects.bulk_create([evenement], ignore_conflicts=une_fois is not None)


def empreinte_de_l_identifiant(saisi: str) -> str:
    """Ce qui est gardé d'un identifiant refusé : de quoi retrouver une adresse connue, rien de ce qui fut tapé.

    Un mot de passe tapé à la place de l'adresse ne se garde donc pas.
    """
    propre = saisi.strip().casefold()
    return salted_hmac("comptes.identifiant", propre, algorithm="sha256").hexdigest()[:32]


@transaction.atomic
def purger_le_journal(*, le: datetime, apres: timedelta, pour_de_vrai: bool = True) -> int:
    """Efface du journal les lignes plus anciennes que `apres` ; rend leur nombre, ou celui qu'il y aurait (R40).

    Les lignes partent par parties scellées : celles qui restent se vérifient toujours. L'effacement lui-même est une
    fonction de la base, qui refuse tout ce qui a moins de 180 jours : le rôle de l'application n'efface rien (T21).
    """
    echus = Sceau.objects.filter(registre=Evenement._meta.db_table, le__lt=le - max(apres, PLANCHER))
    borne = echus.aggregate(borne=models.Max("jusqu_a"))["borne"]
    if borne is None:
        return 0
    if not pour_de_vrai:
        return Evenement.objects.filter(pk__lte=borne, le__lt=le - PLANCHER).count()
    with connection.cursor() as curseur:
        curseur.execute("SELECT comptes_purger_le_journal(%s)", [borne])
        return curseur.fetchone()[0]


def duree_du_journal() -> timedelta:
    """Temps pendant lequel le journal se garde : celui que règle l'installation, jamais moins que le plancher."""
    return max(settings.CONSERVATION_DU_JOURNAL, PLANCHER)
