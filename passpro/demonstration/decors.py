"""Les trois campagnes de la démonstration : ce qui les distingue l'une de l'autre."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from referentiel.rules.calendrier import Bornes, Calendrier, Nature
from referentiel.rules.jeu import Resultat


@dataclass(frozen=True, slots=True)
class Vague:
    """Des élèves inscrits ensemble ; les jours se comptent à partir du jour de la campagne."""

    inscription: tuple[int, int]
    planification: int
    entretiens: tuple[int, int]
    avis_saisis: float
    rendus: float

    @property
    def est_passee(self) -> bool:
        return self.entretiens[1] < 0


PASSEE = Vague((-60, -48), -46, (-40, -20), avis_saisis=0.97, rendus=0.97)
RECENTE = Vague((-44, -26), -24, (-18, -1), avis_saisis=0.94, rendus=0.7)
A_VENIR = Vague((-22, -9), -8, (3, 28), avis_saisis=0.7, rendus=0.0)
EN_ATTENTE = Vague((-7, -1), 0, (3, 28), avis_saisis=0.35, rendus=0.0)
VAGUES_EN_COURS = ((PASSEE, 18), (RECENTE, 14), (A_VENIR, 22), (EN_ATTENTE, 46))
MENEE_A_SON_TERME = Vague((-75, -62), -60, (-52, -38), avis_saisis=1.0, rendus=0.98)


@dataclass(frozen=True, slots=True)
class Decor:
    """Une campagne à faire vivre : son académie, ses règles, ce qu'il y faut de monde.

    `le_jour` est le jour où on la prend : aujourd'hui si rien n'est dit. `vagues` va de la vague à son poids.
    `annee` est donnée pour une campagne qui garde les dates de son préréglage, et qui sera close. `points` vient
    là où le préréglage laisse à la campagne le soin de les dire (R6). `premier_numero` commence les INE inventés.
    """

    academie: str
    intitule: str
    prereglage: str
    colleges: int
    lycees: int
    eleves: int
    eleves_des_comptes: int
    premier_numero: int = 0
    vagues: tuple[tuple[Vague, int], ...] = VAGUES_EN_COURS
    annee: int | None = None
    le_jour: date | None = None
    points: Mapping[Resultat, int] = field(default_factory=dict)
    periodes: Mapping[Nature, tuple[int, int]] = field(default_factory=dict)

    @property
    def est_une_archive(self) -> bool:
        return self.annee is not None

    def calendrier(self, jour: date) -> Calendrier | None:
        """Un calendrier cohérent dont toutes les étapes sont en cours le `jour` ; rien pour une archive."""
        if self.est_une_archive:
            return None
        bornes = {
            nature: Bornes(*(None if n is None else jour + timedelta(days=n) for n in jours))
            for nature, jours in (AUTOUR_D_AUJOURD_HUI | dict(self.periodes)).items()
        }
        return Calendrier(bornes)


AUTOUR_D_AUJOURD_HUI: dict[Nature, tuple[int | None, int]] = {
    Nature.INFORMATION: (-70, -61),
    Nature.INSCRIPTION: (-60, 25),
    Nature.PLANIFICATION: (-55, 40),
    Nature.ENTRETIENS: (-50, 45),
    Nature.CONVOCATIONS: (-55, 40),
    Nature.SAISIE_AVIS_ACCUEIL: (-50, 52),
    Nature.VISUALISATION: (-50, 60),
    Nature.VOEUX_AFFELNET: (46, 60),
    Nature.FERMETURE: (None, 62),
}
# Les points de 2017 sont une donnée de campagne : le document n'en donne aucun, ceux-ci sont inventés.
POINTS_DE_2017 = {
    Resultat.TRES_FAVORABLE: 400,
    Resultat.FAVORABLE: 300,
    Resultat.ASSEZ_FAVORABLE: 200,
    Resultat.PEU_FAVORABLE: 100,
    Resultat.RESERVE: 0,
}

CRETEIL_2017 = Decor(
    academie="creteil",
    intitule="Créteil, campagne 2017",
    prereglage="creteil-2017",
    colleges=6,
    lycees=10,
    eleves=72,
    eleves_des_comptes=16,
    premier_numero=5_000,
    vagues=((MENEE_A_SON_TERME, 1),),
    annee=2017,
    le_jour=date(2017, 5, 12),
    points=POINTS_DE_2017,
)
CRETEIL = Decor(
    academie="creteil",
    intitule="Campagne de démonstration",
    prereglage="creteil-2025",
    colleges=80,
    lycees=40,
    eleves=2_000,
    eleves_des_comptes=72,
)
PARIS = Decor(
    academie="paris",
    intitule="Paris, règles 2022-2023",
    prereglage="paris-2022",
    colleges=12,
    lycees=18,
    eleves=240,
    eleves_des_comptes=40,
    premier_numero=8_000,
    periodes={Nature.VOEUX_AFFELNET: (-5, 60)},
)
# Une académie n'a qu'une campagne ouverte (R1) : l'archive se vit et se clôt d'abord.
DECORS = (CRETEIL_2017, CRETEIL, PARIS)
