"""Ce qu'un élève peut demander : les domaines, et qui y accueille, du plus proche au plus lointain."""

from collections import defaultdict
from dataclasses import dataclass, field

from candidatures.rules import dire_distance, distance
from referentiel.models import Accueil, Campagne, Domaine, Etablissement, Formation, Offre
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import Modalite

PREMIERS_HOTES = 4
DIRE_MODALITES = {
    Modalite.INDIVIDUEL: "entretien individuel",
    Modalite.COLLECTIF: "séance collective",
    Modalite.AU_CHOIX: "entretien individuel et séance collective, l’établissement d’accueil choisira",
}


@dataclass(frozen=True, slots=True)
class Hote:
    """Un établissement d'accueil, vu du collège."""

    accueil: Accueil
    distance: str
    propose: str

    @property
    def nom(self) -> str:
        """« Lycée professionnel Marcel-Pagnol, Vitry (94) »."""
        etablissement = self.accueil.etablissement
        return f"{etablissement.nom_et_commune} ({etablissement.departement.lstrip('0')})"

    @property
    def modalite(self) -> str:
        return DIRE_MODALITES[Modalite(self.accueil.modalite)]


@dataclass(frozen=True, slots=True)
class DomaineAuChoix:
    """Un domaine, ce qui peut s'y demander et qui y reçoit."""

    domaine: Domaine
    formations: list[Formation] = field(default_factory=list)
    hors_passpro: list[Formation] = field(default_factory=list)
    hotes: list[Hote] = field(default_factory=list)

    @property
    def est_collectif(self) -> bool:
        return bool(self.hotes) and all(hote.accueil.modalite == Modalite.COLLECTIF for hote in self.hotes)

    def contient(self, texte: str) -> bool:
        """Vrai si le domaine ou l'une de ses formations contient chaque mot de `texte`."""
        cle = cle_de_recherche(self.domaine.nom, *(f.intitule for f in [*self.formations, *self.hors_passpro]))
        return all(mot in cle for mot in cle_de_recherche(texte).split())


def domaines_au_choix(campagne: Campagne, etablissement: Etablissement) -> list[DomaineAuChoix]:
    """Domaines de la campagne avec leurs formations et leurs hôtes, du plus proche au plus lointain."""
    formations = Formation.objects.filter(domaine__campagne=campagne).select_related("domaine")
    demandables, proposees = _offres(campagne)
    par_domaine: dict[int, DomaineAuChoix] = {}
    for formation in formations.order_by("domaine__cle", "type", "cle"):
        choix = par_domaine.setdefault(formation.domaine_id, DomaineAuChoix(formation.domaine))
        if formation.pk in demandables:
            choix.formations.append(formation)
        elif formation.pk in proposees:
            choix.hors_passpro.append(formation)
    for accueil in Accueil.objects.de_la_campagne(campagne).select_related("etablissement", "domaine"):
        if choix := par_domaine.get(accueil.domaine_id):
            choix.hotes.append(_hote(accueil, choix, demandables, etablissement))
    for choix in par_domaine.values():
        choix.hotes.sort(key=lambda hote: _eloignement(hote.accueil, etablissement))
    proposes = [choix for choix in par_domaine.values() if choix.formations or choix.hors_passpro]
    return sorted(proposes, key=lambda choix: cle_de_recherche(choix.domaine.nom))


def _offres(campagne: Campagne) -> tuple[dict[int, set[int]], set[int]]:
    """Établissements qui proposent chaque formation demandable, et toutes les formations proposées."""
    demandables: dict[int, set[int]] = defaultdict(set)
    proposees = set()
    lignes = Offre.objects.filter(formation__domaine__campagne=campagne)
    for formation, etablissement, hors in lignes.values_list("formation_id", "etablissement_id", "hors_passpro"):
        proposees.add(formation)
        if not hors:
            demandables[formation].add(etablissement)
    return dict(demandables), proposees


def _hote(
    accueil: Accueil, choix: DomaineAuChoix, demandables: dict[int, set[int]], etablissement: Etablissement
) -> Hote:
    la = [f.intitule for f in choix.formations if accueil.etablissement_id in demandables[f.pk]]
    return Hote(accueil, dire_distance(_kilometres(accueil, etablissement)), ", ".join(la))


def _kilometres(accueil: Accueil, etablissement: Etablissement) -> float | None:
    return distance(etablissement.point, accueil.etablissement.point)


def _eloignement(accueil: Accueil, etablissement: Etablissement) -> tuple[float, str]:
    kilometres = _kilometres(accueil, etablissement)
    return (float("inf") if kilometres is None else kilometres), accueil.etablissement.nom


def hotes_du_domaine(campagne: Campagne, etablissement: Etablissement, domaine_id: int) -> list[Hote]:
    """Établissements qui reçoivent pour un domaine, du plus proche au plus lointain."""
    domaines = domaines_au_choix(campagne, etablissement)
    return next((choix.hotes for choix in domaines if choix.domaine.pk == domaine_id), [])
