"""Accorder un délai à un établissement (R4)."""

from datetime import date, datetime

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Campagne, Derogation, Etablissement
from referentiel.rules.calendrier import LIBELLES, Nature
from referentiel.rules.dates import dire_jour
from referentiel.rules.refus import Refus
from referentiel.services.verrous import tenir_la_campagne


@transaction.atomic
def accorder_une_derogation(
    *,
    campagne: Campagne,
    etablissement: Etablissement,
    nature: Nature,
    jusqu_au: date,
    motif: str,
    par: Personne | None,
    le: datetime,
) -> Derogation:
    """Accorde à `etablissement` un délai sur la période `nature`, jusqu'au jour `jusqu_au` compris (R4).

    Une dérogation déjà accordée sur cette période est remplacée ; la même ne se consigne pas deux fois. Lève `Refus` si
    la campagne n'est pas ouverte, si le motif manque ou si le jour ne dépasse pas la fin de la période.
    """
    tenir_la_campagne(campagne.pk)
    campagne = Campagne.objects.avec_regles().get(pk=campagne.pk)
    if raison := pourquoi_pas_cette_derogation(campagne, nature, jusqu_au, motif):
        raise Refus(raison)
    siennes = campagne.derogations.filter(etablissement=etablissement, nature=nature)
    avant = _valeurs(siennes.select_for_update(of=("self",)).first())
    derogation, _ = campagne.derogations.update_or_create(
        etablissement=etablissement, nature=nature, defaults={"jusqu_au": jusqu_au, "motif": motif.strip()}
    )
    apres = _valeurs(derogation)
    if avant != apres:
        consigner(
            objet=derogation,
            fait="derogation",
            phrase=(
                f"Dérogation accordée à {etablissement.nom_et_commune}\u00a0: {LIBELLES[nature].lower()} "
                f"jusqu’au {dire_jour(jusqu_au)}."
            )[:300],
            par=par,
            le=le,
            avant=avant,
            apres=apres,
        )
    return derogation


def _valeurs(derogation: Derogation | None) -> dict[str, str]:
    """Ce qui s'en consigne, sous les noms qu'en montrent les pages."""
    if derogation is None:
        return {}
    return {"jusqu’au (inclus)": dire_jour(derogation.jusqu_au), "motif": derogation.motif}


def pourquoi_pas_cette_derogation(campagne: Campagne, nature: Nature, jusqu_au: date, motif: str) -> str | None:
    """Raison du refus d'une dérogation, ou `None` (R4)."""
    if not campagne.est_ouverte:
        return "Une dérogation s’accorde dans une campagne ouverte."
    if not motif.strip():
        return "Dites pourquoi cette dérogation est accordée."
    fin = campagne.calendrier.bornes(nature).fin
    if fin and jusqu_au <= fin:
        return f"La dérogation jusqu’au {dire_jour(jusqu_au)} ne dépasse pas la fin de la période, le {dire_jour(fin)}."
    return None
