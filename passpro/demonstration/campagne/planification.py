"""Le planning et les convocations : ouvrir, répartir, placer, convoquer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from math import ceil

from candidatures.models import Candidature
from candidatures.rules import Etat
from candidatures.services.retraits import desister
from courriers.services import faire_partir_un_lot
from entretiens.models import Creneau, Entretien
from entretiens.rules.series import Poste, Serie
from entretiens.services.convocations import confirmer
from entretiens.services.placement import placer_plusieurs
from entretiens.services.seances import creer_la_serie
from passpro.demonstration.campagne.deroulement import Deroulement
from passpro.demonstration.decors import A_VENIR, Vague
from passpro.demonstration.facteur import LOT, FacteurDePapier
from passpro.demonstration.partage import COEURS, partager
from referentiel.models import Accueil, Etablissement
from referentiel.rules.dates import est_ouvre
from referentiel.rules.jeu import Modalite

DUREE = timedelta(minutes=20)
Placement = tuple[Candidature, Creneau]


class Planification(Deroulement):
    """Chaque lycée ouvre ses créneaux, place les siens et les convoque."""

    def _planifier(self, vague: Vague) -> None:
        """Chaque lycée ouvre ses créneaux ; les élèves se répartissent ; chaque lycée place les siens et convoque."""
        le = self.instant(vague.planification)
        partager(partial(self._ouvrir_les_creneaux, vague, le), self.monde.lycees)
        placements = self._repartir(vague)
        partager(partial(self._placer_et_convoquer, vague, placements, le), self.monde.lycees)
        self._faire_partir(le + timedelta(hours=2))
        if vague is A_VENIR:
            self._desister_apres_la_convocation()
            self._laisser_partir_les_derniers()

    def _a_planifier(self) -> dict[int, list[Candidature]]:
        """Candidatures qui attendent un entretien, par clé d'accueil."""
        attente = self._candidatures().filter(etat=Etat.INSCRITE).select_related("eleve", "accueil").order_by("pk")
        par_accueil: dict[int, list[Candidature]] = defaultdict(list)
        for candidature in attente:
            par_accueil[candidature.accueil_id].append(candidature)
        return par_accueil

    def _ouvrir_les_creneaux(self, vague: Vague, le: datetime, lycees: Sequence[Etablissement]) -> None:
        attente = self._a_planifier()
        for accueil in (accueil for accueil in self.monde.accueils if accueil.etablissement in lycees):
            if candidatures := attente[accueil.pk]:
                self._tirer_pour(accueil)
                self._ouvrir_des_creneaux(accueil, len(candidatures), vague, le)

    def _ouvrir_des_creneaux(self, accueil: Accueil, eleves: int, vague: Vague, le: datetime) -> None:
        collective = accueil.modalite == Modalite.COLLECTIF
        jours = [self.jour + timedelta(days=n) for n in range(vague.entretiens[0], vague.entretiens[1] + 1)]
        travailles = [jour for jour in jours if est_ouvre(jour) and not self._en_vacances(jour)]
        voulus = 1 if collective else min(ceil(eleves * 1.2 / 18), len(travailles))
        depart = self.hasard.randint(0, len(travailles) - voulus)
        retenus = travailles[depart : depart + voulus]
        creer_la_serie(
            accueil=accueil,
            serie=self._serie(accueil, retenus[0], retenus[-1], eleves, collective),
            par=self.monde.chefs[accueil.etablissement_id],
            le=le,
        )

    def _serie(self, accueil: Accueil, du: date, au: date, eleves: int, collective: bool) -> Serie:
        jury = self.monde.jurys[accueil.pk]
        poste = Poste(jury=jury.pk, nom=jury.nom, salle=f"Salle {100 + accueil.pk % 300}")
        return Serie(
            du=du,
            au=au,
            jours=frozenset(range(5)),
            de=time(14) if collective else time(9),
            a=time(15, 30) if collective else time(16, 30),
            duree=timedelta(minutes=90) if collective else DUREE,
            pause=None if collective else (time(12), time(13, 30)),
            postes=(poste,),
            capacite=eleves + 4 if collective else 1,
            collective=collective,
        )

    def _en_vacances(self, jour: date) -> bool:
        return any(vacances.contient(jour) for vacances in self.monde.vacances)

    def _repartir(self, vague: Vague) -> dict[int, list[Placement]]:
        """Donne à chaque élève la première place où il est libre ; les derniers attendent. Par clé d'établissement."""
        creneaux: dict[int, list[Creneau]] = defaultdict(list)
        premier = self.instant(vague.entretiens[0], 0)
        libres = Creneau.objects.filter(seance__accueil__in=self.monde.accueils, periode__startswith__gte=premier)
        for creneau in libres.select_related("seance").order_by("periode", "pk"):
            creneaux[creneau.seance.accueil_id].append(creneau)
        placements: dict[int, list[Placement]] = defaultdict(list)
        attente = self._a_planifier()
        for accueil in self.monde.accueils:
            placements[accueil.etablissement_id] += self._placer(attente[accueil.pk], creneaux[accueil.pk])
        return placements

    def _placer(self, candidatures: Iterable[Candidature], creneaux: Sequence[Creneau]) -> Iterator[Placement]:
        marge = timedelta(minutes=self.monde.campagne.regles.marge_de_trajet)
        places = {creneau.pk: creneau.places_libres for creneau in creneaux}
        for candidature in candidatures:
            agenda = self.monde.agendas[candidature.eleve_id]
            for creneau in creneaux:
                debut, fin = creneau.periode.lower - marge, creneau.periode.upper + marge
                if places[creneau.pk] and all(autre.upper <= debut or autre.lower >= fin for autre in agenda):
                    places[creneau.pk] -= 1
                    agenda.append(creneau.periode)
                    yield candidature, creneau
                    break

    def _placer_et_convoquer(
        self,
        vague: Vague,
        placements: dict[int, list[Placement]],
        le: datetime,
        lycees: Iterable[Etablissement],
    ) -> None:
        for lycee in lycees:
            if siens := placements[lycee.pk]:
                placer_plusieurs(placements=siens, par=self.monde.chefs[lycee.pk], le=le)
            self._convoquer(vague, lycee, le + timedelta(hours=1))

    def _convoquer(self, vague: Vague, lycee: Etablissement, le: datetime) -> None:
        """Annonce les entretiens d’un lycée ; parmi ceux à venir, les derniers, un au moins, restent à envoyer."""
        prevus = list(self._a_annoncer(lycee, le))
        retenue = ceil(len(prevus) / 12) if vague is A_VENIR else 0
        if annonces := prevus[: len(prevus) - retenue]:
            self._confirmer(lycee, annonces, le)

    def _faire_partir(self, le: datetime) -> None:
        """Tient pour partis les courriels dus, chaque cœur prenant ceux que l'autre n'a pas réservés."""
        partager(lambda _: faire_partir_un_lot(FacteurDePapier(le), le=le, au_plus=LOT), range(COEURS))

    def _desister_apres_la_convocation(self) -> None:
        """Un élève convoqué sur cinquante renonce : son créneau se libère, une annulation est annoncée."""
        le = self.instant(-2)
        convoquees = self._candidatures().filter(etat=Etat.CONVOQUEE)
        a_venir = Entretien.objects.prevus().filter(periode__startswith__gt=le, candidature__in=convoquees)
        for entretien in a_venir.select_related("candidature__eleve").order_by("pk"):
            if self.hasard.random() < 0.02:
                par = self.monde.chefs[entretien.candidature.eleve.etablissement_id]
                desister(candidature=entretien.candidature, motif="Départ de l’établissement", par=par, le=le)
        self._faire_partir(le)

    def _laisser_partir_les_derniers(self) -> None:
        """Deux lycées confirment à l'instant la moitié de ce qui leur reste : ces courriels partiront pour de vrai."""
        for lycee in self.monde.lycees[:2]:
            derniers = list(self._a_annoncer(lycee, self.maintenant))
            if a_confirmer := derniers[: ceil(len(derniers) / 2)]:
                self._confirmer(lycee, a_confirmer, self.maintenant)

    def _confirmer(self, lycee: Etablissement, entretiens: list[Entretien], le: datetime) -> None:
        chef = self.monde.chefs[lycee.pk]
        confirmer(etablissement=lycee, campagne=self.monde.campagne, entretiens=entretiens, par=chef, le=le)

    def _a_annoncer(self, lycee: Etablissement, le: datetime) -> Iterable[Entretien]:
        return (
            Entretien.objects.avec_lieu()
            .prevus()
            .filter(candidature__accueil__etablissement=lycee, sequence=0, periode__startswith__gt=le)
            .select_related("candidature__eleve")
            .order_by("periode", "pk")
        )
