"""La feuille d'émargement d'une séance, une fois préparée (R26b)."""

from datetime import datetime

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner
from entretiens.models import Seance
from referentiel.rules.calendrier import Nature
from referentiel.services import exiger_periode


@transaction.atomic
def noter_l_emargement(*, seance: Seance, par: Personne | None, le: datetime) -> None:
    """Retient que la feuille d'émargement est imprimée : « À faire » ne la demande plus. Lève `PeriodeClose`."""
    ligne = Seance.objects.select_for_update(of=("self",)).get(pk=seance.pk)
    accueil = seance.accueil
    exiger_periode(
        accueil.domaine.campagne, Nature.SAISIE_AVIS_ACCUEIL, etablissement_id=accueil.etablissement_id, le=le
    )
    ligne.emargement_imprime_le = le
    ligne.save(update_fields=["emargement_imprime_le"])
    consigner(objet=ligne, fait="emargement_imprime", phrase="Feuille d’émargement imprimée.", par=par, le=le)
