"""Libérer un créneau, ou le rendre à qui revient sur son désistement (R18, R19, R25, R26)."""

from datetime import datetime

from django.db import transaction

from candidatures.models import Candidature
from candidatures.rules import Etat, fin_du_repentir
from candidatures.services import accorder_les_creneaux, annuler, faire_passer
from comptes.models import Personne
from comptes.services import consigner
from entretiens.lectures import occupations
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from entretiens.services.convocations import annoncer_l_annulation, prevenir_le_saio, reprendre_l_annonce
from entretiens.services.placement.raisons import exiger_la_planification, pourquoi_pas_ce_creneau, pourquoi_pas_l_eleve
from entretiens.services.placement.verrous import (
    verrouiller_l_entretien,
    verrouiller_les_candidatures,
    verrouiller_les_creneaux,
    verrouiller_les_eleves,
)
from referentiel.rules.dates import dire_instant
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites


@transaction.atomic
def liberer(*, entretien: Entretien, replanifier: bool, motif: str = "", par: Personne | None, le: datetime) -> None:
    """Annule un entretien avant qu'il ait lieu et rend son créneau (R25, R26).

    `replanifier` remet la candidature à planifier ; sinon elle est annulée, ce qui demande un motif et prévient
    le SAIO et l'établissement d'origine. Lève `PeriodeClose` ou `Refus`.
    """
    verrouiller_les_eleves([entretien.eleve_id])
    candidature = verrouiller_les_candidatures([entretien.candidature_id])[entretien.candidature_id]
    ligne = verrouiller_l_entretien(entretien, le)
    exiger_la_planification(candidature.accueil, le)
    if not replanifier:
        annuler(candidature=candidature, motif=motif, par=par, le=le)
        prevenir_le_saio(entretien=ligne, le=le)
        return
    suite = f" Motif : {motif.strip()}" if motif.strip() else ""
    etait_annonce = ligne.sequence > 0
    _annuler(ligne, par, le)
    faire_passer(
        candidature=candidature,
        vers=Etat.INSCRITE,
        fait="entretien_annule" if etait_annonce else "planification",
        phrase=f"Entretien du {dire_instant(ligne.periode.lower)} annulé, à replanifier.{suite}"[:300],
        par=par,
        le=le,
    )
    accorder_les_creneaux(candidatures=[candidature], par=par, le=le)


@transaction.atomic
def retirer_l_entretien(*, candidature: Candidature, par: Personne | None, le: datetime) -> Entretien | None:
    """Annule l'entretien à venir d'une candidature retirée, et rend son créneau (R18, R19).

    Ne touche pas à l'état de la candidature, que l'appelant vient d'écrire. Une absence passée d'une candidature
    adressée ailleurs, ou à replanifier, devient « à reporter ». L'annulation d'un désistement attend le temps de se
    reprendre. Rend l'entretien touché, s'il y en a un.
    """
    entretiens = Entretien.objects.select_for_update(of=("self",)).avec_lieu().en_vigueur()
    ligne = entretiens.filter(candidature=candidature).first()
    if ligne is None or ligne.etat == EtatEntretien.TENU:
        return None
    if ligne.etat == EtatEntretien.PREVU:
        fait = "entretien_annule" if ligne.sequence else "planification"
        _annuler(ligne, par, le, part_le=_fin_du_repentir(candidature, ligne))
        phrase = f"Entretien du {dire_instant(ligne.periode.lower)} annulé, créneau libéré."
        consigner(objet=candidature, fait=fait, phrase=phrase, par=par, le=le)
    elif candidature.etat == Etat.INSCRITE:
        ligne.etat = EtatEntretien.EXCUSE
        ligne.save(update_fields=["etat"])
    return ligne


@transaction.atomic
def retablir_l_entretien(*, candidature: Candidature, par: Personne | None, le: datetime) -> Entretien | None:
    """Rend son créneau à une candidature dont le désistement est annulé, et rappelle ce qui l'annulait (écran 6.5).

    L'élève et sa candidature sont verrouillés par l'appelant. Lève `Refus` si le créneau est repris ou passé, ou si
    l'élève n'est plus disponible.
    """
    annules = Entretien.objects.select_for_update(of=("self",)).avec_lieu().filter(etat=EtatEntretien.ANNULE)
    ligne = annules.filter(candidature=candidature).order_by("-pk").first()
    if ligne is None:
        return None
    creneau = verrouiller_les_creneaux([ligne.creneau_id]).get(ligne.creneau_id)
    prises = occupations([candidature.eleve_id])
    raison = pourquoi_pas_ce_creneau(
        creneau, candidature, creneau.places_libres if creneau else 0, le
    ) or pourquoi_pas_l_eleve(creneau, candidature, prises)
    if raison:
        raise Refus(f"Le désistement ne peut plus être annulé. {raison.replace(' Choisissez-en un autre.', '')}")
    ligne.etat = EtatEntretien.PREVU
    with contraintes_dites():
        ligne.save(update_fields=["etat"])
    reprendre_l_annonce(entretien=ligne, par=par, le=le)
    return ligne


def _annuler(entretien: Entretien, par: Personne | None, le: datetime, *, part_le: datetime | None = None) -> None:
    entretien.etat = EtatEntretien.ANNULE
    entretien.save(update_fields=["etat"])
    annoncer_l_annulation(entretien=entretien, par=par, le=le, part_le=part_le)


def _fin_du_repentir(candidature: Candidature, entretien: Entretien) -> datetime | None:
    """Instant jusqu'auquel un désistement s'annule ; `None` pour tout autre retrait, qui s'annonce aussitôt."""
    if candidature.etat != Etat.DESISTEE:
        return None
    regles = entretien.creneau.seance.accueil.domaine.campagne.regles
    return fin_du_repentir(candidature.retiree_le, delai=regles.delai_de_rappel)
