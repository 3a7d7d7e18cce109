"""Remettre la fiche récapitulative (R32). L'imprimer ou la lire n'écrit rien (T10)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from avis.lectures import FicheDeLEleve, fiches_des_eleves
from avis.models import CompteRendu, Fiche
from candidatures.models import Eleve
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def marquer_comme_remises(*, campagne: Campagne, eleves: Iterable[Eleve], par: Personne, le: datetime) -> int:
    """Note que la fiche en vigueur de chaque élève lui a été remise ; rend le nombre de fiches nouvellement remises.

    Une fiche déjà remise garde sa date. Lève `PeriodeClose` ou `Refus`.
    """
    eleves = list(eleves)
    if not eleves:
        raise Refus("Sélectionnez au moins un élève.")
    exiger_periode(campagne, Nature.FERMETURE, etablissement_id=eleves[0].etablissement_id, le=le)
    contenus = [contenu for contenu in fiches_des_eleves(campagne, eleves, le) if contenu.sections]
    return sum(_marquer(contenu, par=par, le=le) for contenu in contenus)


def _marquer(contenu: FicheDeLEleve, *, par: Personne, le: datetime) -> bool:
    fiche, nouvelle = Fiche.objects.get_or_create(
        eleve=contenu.eleve, empreinte=contenu.empreinte, defaults={"remise_le": le}
    )
    if not nouvelle and not _est_revenue(fiche):
        return False
    fiche.remise_le = le
    fiche.save(update_fields=["remise_le"])
    phrase = f"Fiche récapitulative remise (n°\u00a0{contenu.code})"
    consigner(objet=contenu.eleve, fait="fiche_remise", phrase=phrase, par=par, le=le)
    return True


def _est_revenue(fiche: Fiche) -> bool:
    """Vrai si un compte-rendu a changé depuis la remise, puis repris ses mots d'avant : la fiche se remet encore."""
    changes = Q(corrige_le__gt=fiche.remise_le) | Q(corrige_le__isnull=True, transmis_le__gt=fiche.remise_le)
    return CompteRendu.objects.transmis().filter(changes, candidature__eleve=fiche.eleve_id).exists()
