"""Changer un entretien de créneau (R25)."""

from datetime import datetime

from django.db import transaction

from candidatures.services import accorder_les_creneaux
from comptes.models import Personne
from comptes.services import consigner
from entretiens.lectures import occupations
from entretiens.models import Creneau, Entretien
from entretiens.services.convocations import annoncer_le_deplacement
from entretiens.services.placement.pose import prendre_la_modalite
from entretiens.services.placement.raisons import (
    VIENT_D_ETRE_PRIS,
    exiger_la_planification,
    pourquoi_pas_ce_creneau,
    pourquoi_pas_l_eleve,
    pourquoi_pas_une_place_tenue,
)
from entretiens.services.placement.verrous import (
    verrouiller_l_entretien,
    verrouiller_les_candidatures,
    verrouiller_les_creneaux,
    verrouiller_les_eleves,
)
from entretiens.tenues import tenues_de
from referentiel.rules.dates import dire_instant
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites


@transaction.atomic
def deplacer(
    *, entretien: Entretien, creneau: Creneau, motif: str = "", par: Personne | None, le: datetime
) -> Entretien:
    """Change un entretien de créneau avant qu'il ait lieu ; ce qui était annoncé est remplacé (R25).

    Si la convocation est partie, une convocation modifiée nomme l'ancienne heure ; si elle attendait son départ,
    elle est refaite. Lève `PeriodeClose` ou `Refus` comme `placer`.
    """
    prises = occupations(verrouiller_les_eleves([entretien.eleve_id]), sauf=entretien.pk)
    candidature = verrouiller_les_candidatures([entretien.candidature_id])[entretien.candidature_id]
    ligne = verrouiller_l_entretien(entretien, le)
    exiger_la_planification(candidature.accueil, le)
    if ligne.creneau_id == creneau.pk:
        raise Refus("L’entretien est déjà sur ce créneau.")
    nouveau = verrouiller_les_creneaux([ligne.creneau_id, creneau.pk]).get(creneau.pk)
    libres = nouveau.places_libres if nouveau else 0
    raison = (
        pourquoi_pas_ce_creneau(nouveau, candidature, libres, le)
        or pourquoi_pas_une_place_tenue(nouveau, {creneau.pk: libres}, tenues_de([creneau], le=le))
        or pourquoi_pas_l_eleve(nouveau, candidature, prises)
    )
    if raison or nouveau is None:
        raise Refus(raison or VIENT_D_ETRE_PRIS)
    avant, etait_annonce = ligne.periode, ligne.sequence > 0
    ligne.creneau, ligne.periode = nouveau, nouveau.periode
    with contraintes_dites():
        ligne.save(update_fields=["creneau", "periode"])
    prendre_la_modalite([(candidature, nouveau)])
    suite = f" Motif : {motif.strip()}" if motif.strip() else ""
    consigner(
        objet=candidature,
        fait="entretien_deplace" if etait_annonce else "planification",
        phrase=f"Entretien déplacé du {dire_instant(avant.lower)} au {dire_instant(nouveau.periode.lower)}.{suite}"[
            :300
        ],
        par=par,
        le=le,
        avant={"debut": avant.lower.isoformat()},
        apres={"debut": nouveau.periode.lower.isoformat()},
    )
    accorder_les_creneaux(candidatures=[candidature], par=par, le=le)
    annoncer_le_deplacement(entretien=ligne, par=par, le=le)
    return ligne
