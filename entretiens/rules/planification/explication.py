"""Dire le planning : pourquoi cette place, et pourquoi un élève n'en a pas, sans rien dire d'un autre lycée (R25b)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from entretiens.rules.dire import dire_la_duree
from entretiens.rules.placement import se_genent
from entretiens.rules.planification.chemins import atteintes
from entretiens.rules.planification.modeles import Laisse, Motif, Place, Placement, Reglages
from entretiens.rules.planification.plateau import MARGE_ROMPUE, Guichet, Plateau, demi_journee, numeros
from entretiens.rules.planification.remarques import remarques
from referentiel.rules.dates import INSECABLE
from referentiel.rules.jeu import Modalite

SEULE_PLACE = "Seule place possible pour cet élève."
EN_GROUPE = "Avec d’autres élèves de son établissement."
PLACE_LIBRE = "À une heure où l’élève est disponible."

AUCUNE_PLACE = "Aucune place libre dans ce domaine d’ici la fin des entretiens."
INDISPONIBLE = "L’élève n’est disponible à l’heure d’aucune place libre."
AUCUNE_DE_CETTE_MODALITE: dict[Modalite, str] = {
    Modalite.INDIVIDUEL: "Aucune place libre en entretien individuel.",
    Modalite.COLLECTIF: "Aucune place libre en séance collective.",
}


# Ceux qui ont une place ---------------------------------------------------------------------------------------


def expliquer(plateau: Plateau, rang: int) -> Placement:
    """Le placement d'un candidat, avec sa raison et ses remarques."""
    candidat, place = plateau.candidats[rang], plateau.place(rang)
    autres = list(plateau.autres_entretiens(rang))
    return Placement(
        candidat=candidat.cle,
        place=place.cle,
        pourquoi=_pourquoi(plateau, rang, place),
        remarques=tuple(remarques(place.occupation, autres, plateau.reglages, loin=candidat.loin)),
        marge_rompue=plateau.gene_de(rang) == MARGE_ROMPUE,
    )


def _pourquoi(plateau: Plateau, rang: int, place: Place) -> str:
    if plateau.tenables(rang).bit_count() == 1:
        return SEULE_PLACE
    if plateau.reglages.regrouper and _viennent_ensemble(plateau, rang, place):
        return EN_GROUPE
    return PLACE_LIBRE


def _viennent_ensemble(plateau: Plateau, rang: int, place: Place) -> bool:
    """Vrai si d'autres élèves de son établissement viennent la même demi-journée."""
    demi, candidat = demi_journee(place.debut), plateau.candidats[rang]
    les_siens = sum(
        1
        for autre in plateau.autres_entretiens(rang)
        if autre.etablissement == place.etablissement and demi_journee(autre.debut) == demi
    )
    return plateau.presents[place.etablissement, demi, candidat.origine] - 1 > les_siens


# Ceux qui n'en ont pas ----------------------------------------------------------------------------------------


class Raisons:
    """Pourquoi chacun de ceux qui restent n'a pas de place, le planning étant fait.

    `trop_tot` : les places libres que le préavis écarte.
    """

    def __init__(self, plateau: Plateau, trop_tot: Iterable[Place]) -> None:
        self.plateau = plateau
        self.trop_tot: dict[int, list[Place]] = defaultdict(list)
        self._attentes: dict[int, int] = {}
        for place in trop_tot:
            self.trop_tot[place.accueil].append(place)

    def dire(self, rang: int) -> Laisse:
        motif, raison = self._raison(rang)
        return Laisse(self.plateau.candidats[rang].cle, motif, raison)

    def _raison(self, rang: int) -> tuple[Motif, str]:
        candidat, guichet = self.plateau.candidats[rang], self.plateau.guichet_de(rang)
        if guichet is not None and guichet.pour(candidat.modalites):
            motif, raison = self._dans_ce_guichet(rang, guichet)
            return motif, raison + self._et_avant_le_preavis(rang)
        if self._avant_le_preavis(rang):
            jours = _jours_ouvres(self.plateau.reglages)
            return Motif.PREAVIS, f"Les seules places libres pour cet élève sont dans moins de {jours}."
        if guichet is not None and guichet.capacite:
            return Motif.MODALITE, AUCUNE_DE_CETTE_MODALITE[min(candidat.modalites)]
        return Motif.SANS_PLACE, AUCUNE_PLACE

    def _dans_ce_guichet(self, rang: int, guichet: Guichet) -> tuple[Motif, str]:
        """Il y a des places : l'élève n'y est pas disponible, ou elles manquent à tous ceux qu'elles servent."""
        if not self.plateau.tenables(rang):
            return self._pas_disponible(rang, guichet)
        disputees = list(numeros(atteintes(self.plateau, rang)))
        places = sum(guichet.places[numero].libres for numero in disputees)
        if places < guichet.capacite:
            return Motif.DISPUTEE, (
                f"{_compter(places + 1, 'élève')} ne peuvent venir qu’aux mêmes heures\u00a0: "
                f"il n’y a alors que {_compter(places, 'place')}."
            )
        manquent = self._attendent(self.plateau.candidats[rang].accueil)
        eleves = _compter(places + manquent, "élève")
        return Motif.COMPLET, (
            f"Il manque {_compter(manquent, 'place')}\u00a0: {eleves} pour {_compter(places, 'place')}."
        )

    def _pas_disponible(self, rang: int, guichet: Guichet) -> tuple[Motif, str]:
        """Aucune place ne lui va : à cause de la marge de trajet, ou d'autres entretiens aux mêmes heures."""
        offertes = numeros(guichet.pour(self.plateau.candidats[rang].modalites))
        if not self._tenables(rang, [guichet.places[numero] for numero in offertes]):
            return Motif.INDISPONIBLE, INDISPONIBLE
        marge = dire_la_duree(self.plateau.reglages.marge)
        return Motif.MARGE, f"Les places libres laissent moins de {marge} avant ou après un autre entretien Passpro."

    def _attendent(self, accueil: int) -> int:
        """Combien restent sans place dans cet accueil alors qu'ils pourraient en tenir une."""
        if accueil not in self._attentes:
            restes = self.plateau.sans_place(accueil)
            self._attentes[accueil] = sum(self.plateau.tenables(rang) != 0 for rang in restes)
        return self._attentes[accueil]

    def _et_avant_le_preavis(self, rang: int) -> str:
        nombre = sum(place.libres for place in self._avant_le_preavis(rang))
        if not nombre:
            return ""
        verbe = "sont libres" if nombre > 1 else "est libre"
        return f" {_compter(nombre, 'autre place')} {verbe} dans moins de {_jours_ouvres(self.plateau.reglages)}."

    def _avant_le_preavis(self, rang: int) -> list[Place]:
        """Les places que cet élève pourrait prendre si le préavis n'était pas tenu."""
        candidat, reglages = self.plateau.candidats[rang], self.plateau.reglages
        places = [p for p in self.trop_tot[candidat.accueil] if p.modalite in candidat.modalites]
        return self._tenables(rang, places, marge=timedelta(0) if reglages.rompre_la_marge else reglages.marge)

    def _tenables(self, rang: int, places: Iterable[Place], *, marge: timedelta = timedelta(0)) -> list[Place]:
        prises = list(self.plateau.autres_entretiens(rang))
        return [p for p in places if not any(se_genent(p.occupation, prise, marge=marge) for prise in prises)]


def _jours_ouvres(reglages: Reglages) -> str:
    return _compter(reglages.preavis, "jour ouvré")


def _compter(nombre: int, quoi: str) -> str:
    mots = quoi.split(" ")
    return f"{nombre}{INSECABLE}{' '.join(mot + 's' for mot in mots) if nombre > 1 else quoi}"
