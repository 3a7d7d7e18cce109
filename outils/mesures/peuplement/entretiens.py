"""Les entretiens d'une académie : séances, créneaux, convocations, comptes-rendus."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from avis.models import AvisAccueil, CompteRendu
from candidatures.rules import Etat
from entretiens.models import Convocation, Creneau, Entretien, Envoi, Seance
from entretiens.rules.etats import EtatEntretien
from outils.mesures.peuplement.copie import Copie
from outils.mesures.peuplement.territoire import Territoire
from referentiel.models import Accueil
from referentiel.rules.dates import a_paris, est_ouvre
from referentiel.rules.jeu import Avis, Modalite

PAR_JOUR = 18
ENTRETIEN = timedelta(minutes=20)
DEBUTS = (time(9), time(13, 30))
# Une candidature est d'un groupe, et les entretiens du groupe tombent dans ces jours, comptés d'aujourd'hui.
PASSE, A_VENIR, EN_ATTENTE = "passé", "à venir", "en attente"
JOURS = {PASSE: (-50, -1), A_VENIR: (3, 28)}
TEXTE = "L’élève a montré un intérêt réel pour le domaine ; nous lui conseillons de revoir le lycée en mini-stage."
Place = tuple[int, int, str]


@dataclass(slots=True)
class Entretiens:
    """Les créneaux de chaque accueil, ouverts à mesure qu'ils servent, et ce qui s'y est tenu."""

    hasard: Random
    territoire: Territoire
    copie: Copie
    jour: date
    places: dict[tuple[int, str, int], Iterator[Place]] = field(default_factory=dict)
    envois: dict[tuple[int, str], int] = field(default_factory=dict)

    def instant(self, jours: int, heure: int = 10) -> datetime:
        return a_paris(self.jour + timedelta(days=jours), time(heure))

    def un_avis(self) -> str:
        return self.hasard.choices((Avis.FAVORABLE, Avis.ASSEZ_FAVORABLE, Avis.RESERVE), (55, 32, 13))[0].value

    def une_place(self, accueil: Accueil, groupe: str, numero: int) -> Place | None:
        """La prochaine place du groupe : chaque domaine d'un élève a ses jours, pour que rien ne se chevauche."""
        if groupe == EN_ATTENTE:
            return None
        cle = (accueil.pk, groupe, numero)
        if cle not in self.places:
            self.places[cle] = self._ouvrir(accueil, groupe, numero)
        return next(self.places[cle], None)

    def _ouvrir(self, accueil: Accueil, groupe: str, numero: int) -> Iterator[Place]:
        """Les places d'un accueil, jour après jour ; un jour ne s'ouvre que s'il sert."""
        du, au = JOURS[groupe]
        jours = [self.jour + timedelta(days=n) for n in range(du, au + 1)]
        for jour in [jour for jour in jours if est_ouvre(jour)][numero::3]:
            for debut in DEBUTS:
                yield from self._une_demi_journee(accueil, a_paris(jour, debut))

    def _une_demi_journee(self, accueil: Accueil, debut: datetime) -> Iterator[Place]:
        par_demi_journee = PAR_JOUR // len(DEBUTS)
        seance = self.copie.ajouter(
            Seance,
            code=self.copie.code(),
            accueil_id=accueil.pk,
            etablissement_id=accueil.etablissement_id,
            jury_id=self.territoire.jurys[accueil.pk],
            salle=f"Salle {accueil.pk}",
            periode=_intervalle(debut, debut + par_demi_journee * ENTRETIEN),
            modalite=Modalite.INDIVIDUEL.value,
        )
        pris: list[int] = []
        for rang in range(par_demi_journee):
            periode = _intervalle(debut + rang * ENTRETIEN, debut + (rang + 1) * ENTRETIEN)
            creneau = self.copie.ajouter(
                Creneau, code=self.copie.code(), seance_id=seance, periode=periode, places_prises=1
            )
            pris.append(creneau)
            yield creneau, seance, periode

    def un_entretien(
        self,
        candidature: int,
        eleve: int,
        accueil: Accueil,
        groupe: str,
        place: Place,
        etat: Etat,
    ) -> None:
        creneau, _, periode = place
        etats = {Etat.CONVOQUEE: EtatEntretien.PREVU, Etat.ABSENTE: EtatEntretien.ABSENT}
        entretien = self.copie.ajouter(
            Entretien,
            code=self.copie.code(),
            candidature_id=candidature,
            eleve_id=eleve,
            domaine_id=accueil.domaine_id,
            creneau_id=creneau,
            periode=periode,
            etat=etats.get(etat, EtatEntretien.TENU).value,
            sequence=1,
            cree_le=self.instant(-55 if groupe == PASSE else -10),
        )
        self.copie.ajouter(
            Convocation,
            code=self.copie.code(),
            entretien_id=entretien,
            envoi_id=self._un_envoi(accueil, groupe),
            sequence=1,
            periode=periode,
            lieu="Lycée, 1 rue des Écoles, 99000 Commune",
            remise_le=self.instant(-52) if groupe == PASSE else None,
        )

    def _un_envoi(self, accueil: Accueil, groupe: str) -> int:
        cle = (accueil.pk, groupe)
        if cle not in self.envois:
            le = self.instant(-54 if groupe == PASSE else -9)
            self.envois[cle] = self.copie.ajouter(
                Envoi,
                code=self.copie.code(),
                etablissement_id=accueil.etablissement_id,
                campagne_id=self.territoire.campagne.pk,
                par_id=self.territoire.chefs[accueil.etablissement_id],
                le=le,
                part_le=le + timedelta(minutes=10),
            )
        return self.envois[cle]

    def un_compte_rendu(self, candidature: int, par: int, etat: Etat, demandees: Iterable[int]) -> None:
        if etat is not Etat.RENDUE:
            return
        compte_rendu = self.copie.ajouter(
            CompteRendu,
            candidature_id=candidature,
            texte=TEXTE,
            etat="transmis",
            version=1,
            redige_par_id=par,
            redige_le=self.instant(-1),
            transmis_par_id=par,
            transmis_le=self.instant(-1, 11),
        )
        for demandee in demandees:
            self.copie.ajouter(
                AvisAccueil, compte_rendu_id=compte_rendu, formation_demandee_id=demandee, valeur=self.un_avis()
            )


def _intervalle(debut: datetime, fin: datetime) -> str:
    return f"[{debut.isoformat()},{fin.isoformat()})"
