"""La vie de la campagne : trois vagues d'inscriptions, dont deux ont déjà eu leurs entretiens."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from math import ceil
from random import Random
from typing import Any

from django.db.models import Model, QuerySet

from avis.services.comptes_rendus import enregistrer_le_brouillon, transmettre
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import Etat
from candidatures.services.avis import saisir_l_avis
from candidatures.services.inscriptions import inscrire
from candidatures.services.retraits import annuler, desister
from courriers.expedition import Expediteur
from courriers.models import Courriel
from courriers.services import faire_partir_un_lot
from entretiens.models import Creneau, Entretien
from entretiens.rules.etats import EtatEntretien
from entretiens.rules.series import Poste, Serie
from entretiens.services.convocations import confirmer
from entretiens.services.placement import placer_plusieurs
from entretiens.services.presences import saisir_les_presences
from entretiens.services.seances import creer_la_serie
from passpro.demonstration.decors import A_VENIR, EN_ATTENTE, RECENTE, Vague
from passpro.demonstration.monde import Monde
from passpro.demonstration.partage import COEURS, partager
from passpro.demonstration.personnages import commentaire, compte_rendu
from referentiel.models import Accueil, Etablissement, Formation
from referentiel.rules.dates import a_paris, est_ouvre, jour_de
from referentiel.rules.jeu import Avis, Modalite

DOMAINES_PAR_ELEVE = (0, 1, 2, 3)
POIDS_DES_DOMAINES = (17, 35, 28, 20)
DUREE = timedelta(minutes=20)
PART_AVIS_FAVORABLE = {Avis.FAVORABLE: 55, Avis.ASSEZ_FAVORABLE: 32, Avis.RESERVE: 13}
# Sur cent candidatures : par rang, pour qu'une petite campagne en ait aussi.
RANGS_DES_DESISTEMENTS = frozenset({4, 37, 70})
RANG_DE_L_ANNULATION = 12
LOT = 100_000
Placement = tuple[Candidature, Creneau]


class FacteurDePapier(Expediteur):
    """Tient pour partis les courriels d'avant aujourd'hui : leurs destinataires n'existent pas."""

    def __init__(self, le: datetime) -> None:
        self.le = le

    def expedier(self, courriel: Courriel, *, avant_de_confier: Callable[[], None]) -> None:
        """Rien ne quitte la machine."""

    def maintenant(self) -> datetime:
        return self.le


@dataclass(slots=True)
class Campagne:
    """La campagne que l'on fait vivre, prise au `jour` ; rien ne s'y fait après `maintenant`."""

    hasard: Random
    monde: Monde
    vagues: Sequence[tuple[Vague, int]]
    eleves: dict[Etablissement, list[Eleve]]
    jour: date
    maintenant: datetime
    dire: Callable[[str], None]

    def vivre(self) -> None:
        par_vague: dict[Vague, list[Eleve]] = defaultdict(list)
        vagues, poids = zip(*self.vagues, strict=True)
        for eleve in (eleve for eleves in self.eleves.values() for eleve in eleves):
            par_vague[self.hasard.choices(vagues, weights=poids)[0]].append(eleve)
        for numero, vague in enumerate(vagues, start=1):
            self.dire(f"  vague {numero} sur {len(vagues)}\u00a0: {len(par_vague[vague])} élèves")
            partager(partial(self._inscrire, vague), par_vague[vague])
            self._retirer_quelques_uns(vague)
            if vague is not EN_ATTENTE:
                self._planifier(vague)
            if vague.est_passee:
                partager(partial(self._tenir_les_entretiens, vague), self.monde.lycees)

    def instant(self, jours: int, heure: int = 10, minute: int = 0) -> datetime:
        """Instant à l'heure de Paris, `jours` jours après aujourd'hui."""
        return a_paris(self.jour + timedelta(days=jours), time(heure, minute))

    def _candidatures(self) -> QuerySet[Candidature]:
        return Candidature.objects.filter(domaine__campagne=self.monde.campagne)

    def _tirer_pour(self, objet: Model) -> None:
        """Attache le hasard à l'objet : le monde est le même, quel que soit le processus qui s'en charge."""
        self.hasard = Random(f"{type(objet).__name__} {objet.pk}")  # noqa: S311

    # Inscriptions et avis d'origine

    def _inscrire(self, vague: Vague, eleves: Iterable[Eleve]) -> None:
        for eleve in eleves:
            self._tirer_pour(eleve)
            le = self.instant(self.hasard.randint(*vague.inscription), self.hasard.randint(8, 17))
            chef = self.monde.chefs[eleve.etablissement_id]
            if choix := self._choisir(eleve):
                brouillon = vague is EN_ATTENTE and self.hasard.random() < 0.2
                candidatures = inscrire(eleve=eleve, choix=choix, par=chef, le=le, en_brouillon=brouillon)
                self._donner_les_avis(candidatures, vague, le + timedelta(hours=1))

    def _choisir(self, eleve: Eleve) -> list[tuple[Accueil, list[Formation]]]:
        nombre = self.hasard.choices(DOMAINES_PAR_ELEVE, weights=POIDS_DES_DOMAINES)[0]
        par_domaine = self._accueils_par_domaine()
        choisis = self.hasard.sample(sorted(par_domaine), nombre)
        return [(self._un_accueil_proche(eleve, par_domaine[d]), self._des_formations(d)) for d in choisis]

    def _accueils_par_domaine(self) -> dict[int, list[Accueil]]:
        par_domaine: dict[int, list[Accueil]] = defaultdict(list)
        for accueil in self.monde.accueils:
            if self.monde.demandables[accueil.domaine_id]:
                par_domaine[accueil.domaine_id].append(accueil)
        return par_domaine

    def _un_accueil_proche(self, eleve: Eleve, accueils: Sequence[Accueil]) -> Accueil:
        college = eleve.etablissement
        proches = sorted(accueils, key=lambda accueil: _eloignement(college, accueil.etablissement))[:3]
        return self.hasard.choice(proches)

    def _des_formations(self, domaine: int) -> list[Formation]:
        formations = self.monde.demandables[domaine]
        return self.hasard.sample(formations, min(len(formations), self.hasard.choice((1, 1, 2, 3))))

    def _donner_les_avis(self, candidatures: Iterable[Candidature], vague: Vague, le: datetime) -> None:
        for candidature in candidatures:
            if self.hasard.random() > vague.avis_saisis:
                continue
            for demande in candidature.formations_maintenues:
                saisir_l_avis(
                    formation_demandee=demande,
                    avis=self._un_avis(),
                    commentaire=commentaire(self.hasard),
                    version=demande.version,
                    par=self.monde.chefs[candidature.eleve.etablissement_id],
                    le=le,
                )

    def _un_avis(self) -> Avis:
        return self._tirer_un_avis(self.monde.campagne.regles.echelle_origine)

    def _tirer_un_avis(self, echelle: Iterable[str]) -> Avis:
        parts = {avis: part for avis, part in PART_AVIS_FAVORABLE.items() if avis in echelle}
        return self.hasard.choices(list(parts), weights=list(parts.values()))[0]

    def _retirer_quelques_uns(self, vague: Vague) -> None:
        """Trois désistements et une annulation pour cent candidatures, avant la planification."""
        inscrites = self._candidatures().filter(etat=Etat.INSCRITE).select_related("eleve", "accueil")
        le = self.instant(vague.inscription[1], 18)
        concernees = inscrites.filter(inscrite_le__gte=self.instant(vague.inscription[0], 0)).order_by("pk")
        for rang, candidature in enumerate(concernees):
            if rang % 100 in RANGS_DES_DESISTEMENTS:
                par = self.monde.chefs[candidature.eleve.etablissement_id]
                desister(candidature=candidature, motif="L’élève renonce à ces formations", par=par, le=le)
            elif rang % 100 == RANG_DE_L_ANNULATION:
                annuler(candidature=candidature, motif="Erreur d’inscription", par=self.monde.saio, le=le)

    # Planification et convocations

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

    # Présences, comptes-rendus et avis d'accueil

    def _tenir_les_entretiens(self, vague: Vague, lycees: Iterable[Etablissement]) -> None:
        for lycee in lycees:
            self._tirer_pour(lycee)
            self._noter_les_presences(vague, lycee)
            self._rendre_compte(vague, lycee)

    def _noter_les_presences(self, vague: Vague, lycee: Etablissement) -> None:
        """Note les présences le soir même, jour par jour ; celles d'hier restent à saisir."""
        dernier_soir = self.instant(vague.entretiens[1] - (vague is RECENTE), 20)
        finis = Entretien.objects.prevus().finis(dernier_soir).filter(candidature__etat=Etat.CONVOQUEE)
        a_noter = (
            finis.filter(creneau__seance__etablissement=lycee, candidature__in=self._candidatures())
            .avec_lieu()
            .order_by("periode", "pk")
        )
        for jour, entretiens in groupby(a_noter, key=lambda entretien: jour_de(entretien.periode.lower)):
            presences = {entretien: self._presence() for entretien in entretiens}
            saisir_les_presences(presences=presences, par=self.monde.chefs[lycee.pk], le=a_paris(jour, time(18)))

    def _presence(self) -> EtatEntretien:
        etats = (EtatEntretien.TENU, EtatEntretien.ABSENT, EtatEntretien.EXCUSE)
        return self.hasard.choices(etats, weights=(93, 5, 2))[0]

    def _rendre_compte(self, vague: Vague, lycee: Etablissement) -> None:
        tenus = Entretien.objects.filter(
            creneau__seance__etablissement=lycee,
            etat=EtatEntretien.TENU,
            candidature__etat=Etat.REALISEE,
            candidature__domaine__campagne=self.monde.campagne,
            candidature__compte_rendu__isnull=True,
        ).select_related("candidature__accueil")
        for entretien in tenus.order_by("periode", "pk"):
            sort = self.hasard.random()
            if sort < vague.rendus:
                transmettre(**self._compte_rendu_de(entretien))
            elif sort < (1 + vague.rendus) / 2:
                enregistrer_le_brouillon(**self._compte_rendu_de(entretien))

    def _compte_rendu_de(self, entretien: Entretien) -> dict[str, Any]:
        candidature = entretien.candidature
        demandes = FormationDemandee.objects.maintenues().filter(candidature=candidature)
        soir = a_paris(jour_de(entretien.periode.lower) + timedelta(days=self.hasard.randint(0, 4)), time(19))
        return {
            "candidature": candidature,
            "texte": compte_rendu(self.hasard),
            "avis": {demande.pk: self._un_avis_d_accueil() for demande in demandes},
            "version": 0,
            "par": self.monde.chefs[candidature.accueil.etablissement_id],
            "le": min(soir, self.maintenant),
        }

    def _un_avis_d_accueil(self) -> Avis:
        regles = self.monde.campagne.regles
        if regles.ne_se_prononce_pas and self.hasard.random() < 0.03:
            return Avis.NE_SE_PRONONCE_PAS
        return self._tirer_un_avis(regles.echelle_accueil)


def _eloignement(college: Etablissement, lycee: Etablissement) -> float:
    """Carré de la distance en degrés : assez pour ranger des lycées d'une même académie."""
    return ((college.latitude or 0) - (lycee.latitude or 0)) ** 2 + (
        (college.longitude or 0) - (lycee.longitude or 0)
    ) ** 2
