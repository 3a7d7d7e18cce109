"""Noter qu'une convocation a été remise à l'élève."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner_plusieurs
from entretiens.models import Convocation
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def marquer_remises(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    convocations: Iterable[Convocation],
    par: Personne | None,
    le: datetime,
) -> int:
    """Note que des convocations ont été remises aux élèves ; rend leur nombre, sans compter celles qui l'étaient.

    Lève `Refus` si l'une d'elles a été remplacée ou annulée.
    """
    exiger_periode(campagne, Nature.FERMETURE, etablissement_id=etablissement.pk, le=le)
    cles = [convocation.pk for convocation in convocations]
    if not cles:
        raise Refus("Sélectionnez au moins un élève.")
    lignes = list(
        Convocation.objects.select_for_update(of=("self",))
        .de_l_origine(campagne, etablissement.pk)
        .select_related("entretien__candidature")
        .filter(pk__in=cles)
        .order_by("pk")
    )
    en_vigueur = set(Convocation.objects.en_vigueur().parties(le).filter(pk__in=cles).values_list("pk", flat=True))
    if any(ligne.pk not in en_vigueur or ligne.est_annulee for ligne in lignes):
        raise Refus("Cette convocation a été remplacée. Imprimez la nouvelle.")
    a_noter = [ligne for ligne in lignes if ligne.remise_le is None]
    Convocation.objects.filter(pk__in=[ligne.pk for ligne in a_noter]).update(remise_le=le)
    phrases = [(ligne.entretien.candidature, "Convocation remise à l’élève.") for ligne in a_noter]
    consigner_plusieurs(phrases=phrases, fait="convocation_remise", par=par, le=le)
    return len(a_noter)
