"""Ce que la page d'une proposition montre de chaque élève : son créneau, ses options, ce qu'il faut en savoir."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice

from candidatures.models import Candidature
from entretiens import services
from entretiens.lectures import convient, creneaux_libres_de, occupation
from entretiens.models import Creneau, LigneDeProposition, Proposition
from entretiens.rules.ajustements import AUTRE, ECHANGE, PLUS_TARD
from entretiens.rules.placement import Occupation, se_genent
from entretiens.rules.planification.modeles import Reglages
from entretiens.rules.planification.remarques import remarques
from entretiens.views.outils import marge_de
from referentiel.portes import Espace
from referentiel.rules.dates import dire_instant, jour_de

OPTIONS_AU_PLUS = 8
VOISINS_AU_PLUS = 5


@dataclass(frozen=True, slots=True)
class Option:
    valeur: str
    libelle: str


@dataclass(slots=True)
class LigneMontree:
    """Une ligne du tableau : sa liste d'options, celle que la proposition lui donne, celle qui est choisie."""

    ligne: LigneDeProposition
    options: list[Option]
    actuel: str
    choisi: str
    defaut: str
    remarques: list[str]

    @property
    def candidature(self) -> Candidature:
        return self.ligne.candidature

    @property
    def creneau(self) -> Creneau | None:
        return self.ligne.creneau


@dataclass(frozen=True, slots=True)
class Journee:
    jour: date
    lignes: list[LigneMontree]

    @property
    def cle(self) -> str:
        return self.jour.isoformat()


class Tableau:
    """Les lignes d'une proposition, et de quoi donner à chacune ses options sans requête de plus."""

    def __init__(
        self,
        espace: Espace,
        proposition: Proposition,
        lignes: Sequence[LigneDeProposition],
        prises: Mapping[int, Sequence[Occupation]],
    ) -> None:
        """`prises` : les occupations des élèves de ces lignes."""
        self.espace = espace
        self.marge = marge_de(espace)
        self.reglages = Reglages(
            le=espace.le,
            marge=self.marge,
            preavis=espace.campagne.regles.preavis,
            eviter_deux_heures=proposition.eviter_deux_heures,
        )
        self.lignes = sorted(lignes, key=_ordre)
        self.par_code = {ligne.candidature.code: ligne for ligne in lignes}
        self.libres = self._libres(proposition)
        self.prises = prises
        self.de_l_eleve: dict[int, list[LigneDeProposition]] = defaultdict(list)
        for ligne in self.lignes:
            self.de_l_eleve[ligne.candidature.eleve_id].append(ligne)
        self.du_jour = self._voisinage()

    def montrer(
        self, lignes: Iterable[LigneDeProposition], choisis: Mapping[str, str], defauts: Mapping[int, str]
    ) -> tuple[list[Journee], list[LigneMontree]]:
        """De `lignes`, une page de `self.lignes`, celles qui sont placées, jour par jour, puis les élèves sans créneau.

        `choisis` reprend ce qui vient d'être saisi.
        """
        montrees = [self._montrer(ligne, choisis, defauts) for ligne in lignes]
        placees = [montree for montree in montrees if montree.creneau]
        jours = [Journee(jour, list(groupe)) for jour, groupe in groupby(placees, key=_jour)]
        return jours, [montree for montree in montrees if not montree.creneau]

    def creneaux_de(self, ligne: LigneDeProposition) -> list[Creneau]:
        """Tous les créneaux libres où cet élève peut venir, les plus proches du sien d'abord."""
        return list(self._proches(ligne))

    def dire(self, defauts: Mapping[int, str]) -> list[str]:
        """Une phrase par défaut, avec le nom de l'élève s'il n'y est pas déjà."""
        noms = {ligne.candidature_id: str(ligne.candidature.eleve) for ligne in self.lignes}
        return services.dire_les_defauts(defauts, noms)

    @staticmethod
    def premiere(lignes: Iterable[LigneDeProposition], defauts: Mapping[int, str]) -> str:
        """Code de la première ligne à compléter : celle qui ne tient pas, sinon celle qui n'a pas de créneau."""
        lignes = list(lignes)
        fautives = (ligne for ligne in lignes if ligne.candidature_id in defauts)
        sans = (ligne for ligne in lignes if ligne.creneau is None)
        premiere = next(fautives, None) or next(sans, None)
        return premiere.candidature.code if premiere else ""

    def _montrer(
        self, ligne: LigneDeProposition, choisis: Mapping[str, str], defauts: Mapping[int, str]
    ) -> LigneMontree:
        options = list(self._options(ligne))
        actuel = ligne.creneau.code if ligne.creneau else PLUS_TARD
        choisi = choisis.get(ligne.candidature.code, actuel)
        if choisi not in {option.valeur for option in options}:
            voulu = self._creneau(choisi)
            options.insert(0, Option(choisi, dire_le_creneau(voulu) if voulu else "Créneau qui n’existe plus"))
        return LigneMontree(
            ligne, options, actuel, choisi, defauts.get(ligne.candidature_id, ""), list(self._remarques(ligne))
        )

    def _options(self, ligne: LigneDeProposition) -> Iterator[Option]:
        """Le créneau proposé, les plus proches qui sont libres, l'échange avec les voisins, un autre, plus tard."""
        echanges = list(self._echanges(ligne))
        fixes = (1 if ligne.creneau else 0) + len(echanges) + 2
        proches = list(islice(self._proches(ligne), min(VOISINS_AU_PLUS, OPTIONS_AU_PLUS - fixes)))
        retenus = sorted([*filter(None, [ligne.creneau]), *proches], key=_heure)
        yield from (Option(creneau.code, dire_le_creneau(creneau)) for creneau in retenus)
        for autre in echanges:
            quand = dire_le_creneau(autre.creneau)
            yield Option(f"{ECHANGE}{autre.candidature.code}", f"Échanger avec {autre.candidature.eleve} ({quand})")
        yield Option(AUTRE, "Autre créneau…")
        yield Option(PLUS_TARD, "Ne pas planifier maintenant")

    def _proches(self, ligne: LigneDeProposition) -> Iterator[Creneau]:
        libres = self.libres[ligne.candidature.accueil_id]
        if ligne.creneau:
            depart = ligne.creneau.periode.lower
            libres = sorted(libres, key=lambda creneau: abs(creneau.periode.lower - depart))
        return (creneau for creneau in libres if self._va_bien(ligne, creneau))

    def _va_bien(self, ligne: LigneDeProposition, creneau: Creneau) -> bool:
        """Vrai si l'élève peut venir à ce créneau, ses autres lignes de la proposition comprises (R23)."""
        if creneau.pk == ligne.creneau_id or not convient(creneau, ligne.candidature):
            return False
        ici = occupation(creneau)
        return not any(se_genent(ici, prise, marge=self.marge) for prise in self._pris(ligne))

    def _pris(self, ligne: LigneDeProposition) -> Iterable[Occupation]:
        yield from self.prises.get(ligne.candidature.eleve_id, ())
        for autre in self.de_l_eleve[ligne.candidature.eleve_id]:
            if autre is not ligne and autre.creneau:
                yield occupation(autre.creneau)

    def _echanges(self, ligne: LigneDeProposition) -> Iterator[LigneDeProposition]:
        """Les élèves juste avant et juste après, ce jour-là, si chacun peut venir à l'heure de l'autre."""
        if ligne.creneau is None:
            return
        voisins = self.du_jour[(ligne.candidature.accueil_id, jour_de(ligne.creneau.periode.lower))]
        rang = voisins.index(ligne)
        for autre in (*voisins[max(0, rang - 1) : rang], *voisins[rang + 1 : rang + 2]):
            if autre.creneau and self._va_bien(ligne, autre.creneau) and self._va_bien(autre, ligne.creneau):
                yield autre

    def _voisinage(self) -> dict[tuple[int, date], list[LigneDeProposition]]:
        voisins: dict[tuple[int, date], list[LigneDeProposition]] = defaultdict(list)
        for ligne in self.lignes:
            if ligne.creneau:
                voisins[(ligne.candidature.accueil_id, jour_de(ligne.creneau.periode.lower))].append(ligne)
        return voisins

    def _libres(self, proposition: Proposition) -> dict[int, list[Creneau]]:
        """Créneaux où il reste une place une fois la proposition servie, par accueil."""
        accueils = {ligne.candidature.accueil_id for ligne in self.lignes}
        servis = Counter(ligne.creneau_id for ligne in self.lignes)
        libres: dict[int, list[Creneau]] = defaultdict(list)
        self.places_libres = 0
        for creneau in creneaux_libres_de(accueils, self.espace.le, proposition=proposition):
            self.places_libres += creneau.places_libres
            if creneau.places_libres > servis[creneau.pk]:
                libres[creneau.seance.accueil_id].append(creneau)
        return libres

    def _creneau(self, code: str) -> Creneau | None:
        tous = (creneau for creneaux in self.libres.values() for creneau in creneaux)
        retenus = (ligne.creneau for ligne in self.lignes if ligne.creneau)
        return next((creneau for creneau in (*tous, *retenus) if creneau.code == code), None)

    def _remarques(self, ligne: LigneDeProposition) -> Iterator[str]:
        if ligne.remarques:
            yield ligne.remarques
        elif ligne.creneau:
            yield from remarques(occupation(ligne.creneau), self._pris(ligne), self.reglages)
        if ligne.creneau is None and not ligne.raison:
            yield "Son créneau a été supprimé : choisissez-en un autre, ou recalculez."


def dire_le_creneau(creneau: Creneau) -> str:
    """« jeudi 12 mars à 9 h 20, Jury 1 »."""
    jury = f", {creneau.seance.jury}" if creneau.seance.jury else ""
    return f"{dire_instant(creneau.periode.lower, annee=False)}{jury}"


def _ordre(ligne: LigneDeProposition) -> tuple[object, ...]:
    if ligne.creneau is None:
        return (True, ligne.candidature.eleve.cle, ligne.pk)
    return (False, *_heure(ligne.creneau), ligne.pk)


def _heure(creneau: Creneau) -> tuple[object, ...]:
    return (creneau.periode.lower, str(creneau.seance.jury or ""), creneau.pk)


def _jour(montree: LigneMontree) -> date | None:
    return jour_de(montree.creneau.periode.lower) if montree.creneau else None
