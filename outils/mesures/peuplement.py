"""Des campagnes entières, inventées d'après une graine et écrites par COPY : de quoi mesurer à toutes les tailles.

Une académie compte au plus `CANDIDATURES_PAR_ACADEMIE` candidatures ; au-delà, il y en a plusieurs. Un collège garde
une centaine d'élèves et un lycée quelques centaines de candidats, quelle que soit la taille : ce qui grandit est ce qui
les entoure. Les établissements sont inventés, à des codes UAI que personne ne porte.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count, islice
from math import ceil
from random import Random
from typing import Any

from django.db import connection, transaction
from django.db.models import Field, Model

from avis.models import AvisAccueil, CompteRendu
from candidatures.models import Candidature, Classe, Eleve, FormationDemandee
from candidatures.rules import Etat, cle_d_un_eleve
from comptes.models import Personne
from entretiens.models import Convocation, Creneau, Entretien, Envoi, Jury, Seance
from entretiens.rules.etats import EtatEntretien
from passpro.demonstration.decors import CRETEIL
from passpro.demonstration.personnages import NOMS, PRENOMS
from referentiel.models import Academie, Accueil, Campagne, Domaine, Etablissement, Formation, Offre, Rattachement
from referentiel.rules.dates import a_paris, est_ouvre
from referentiel.rules.identifiants import ALPHABET_DES_CODES, LONGUEUR_DES_CODES, cle_de_recherche
from referentiel.rules.jeu import Avis, Modalite
from referentiel.services import creer_campagne, garnir_le_catalogue, ouvrir_la_campagne

CANDIDATURES_PAR_ACADEMIE = 33_000
CANDIDATURES_PAR_LYCEE = 650
ELEVES_PAR_COLLEGE = 90
CLASSES = ("3e A", "3e B", "3e C", "3e D")
DOMAINES_PAR_LYCEE = 3
LYCEES_PROCHES = 6
# Sur dix élèves, le nombre de domaines de chacun.
DOMAINES_PAR_ELEVE = (1, 1, 1, 1, 1, 2, 2, 2, 3, 3)
FORMATIONS_PAR_DOMAINE = (1, 1, 1, 2, 2, 3)
PAR_JOUR = 18
ENTRETIEN = timedelta(minutes=20)
DEBUTS = (time(9), time(13, 30))
# Une candidature est d'un groupe, et les entretiens du groupe tombent dans ces jours, comptés d'aujourd'hui.
PASSE, A_VENIR, EN_ATTENTE = "passé", "à venir", "en attente"
GROUPES = (PASSE,) * 6 + (A_VENIR,) * 2 + (EN_ATTENTE,) * 2
JOURS = {PASSE: (-50, -1), A_VENIR: (3, 28)}
COMMENTAIRE = "A visité l’atelier, connaît le métier et a préparé ses questions avec la psychologue."
TEXTE = "L’élève a montré un intérêt réel pour le domaine ; nous lui conseillons de revoir le lycée en mini-stage."
PREMIER_UAI = 9_900_000
PREMIER_INE = 800_000_000
MULTIPLICATEUR = 387_420_489_001


def code(numero: int) -> str:
    """Un code public différent pour chaque numéro, d'apparence aussi peu ordonnée qu'un code tiré au hasard."""
    base = len(ALPHABET_DES_CODES)
    reste, lettres = numero * MULTIPLICATEUR % base**LONGUEUR_DES_CODES, []
    for _ in range(LONGUEUR_DES_CODES):
        reste, rang = divmod(reste, base)
        lettres.append(ALPHABET_DES_CODES[rang])
    return "".join(lettres)


@dataclass(slots=True)
class Lycee:
    etablissement: Etablissement
    accueils: list[Accueil]


@dataclass(slots=True)
class Territoire:
    """Une académie posée : ce que la copie de ses candidatures demande."""

    campagne: Campagne
    colleges: list[Etablissement]
    lycees: list[Lycee]
    chefs: dict[int, int]
    formations: dict[int, list[int]]
    jurys: dict[int, int]

    @property
    def accueils(self) -> list[Accueil]:
        return [accueil for lycee in self.lycees for accueil in lycee.accueils]


@dataclass(slots=True)
class Copie:
    """Les lignes de chaque table, écrites ensemble par COPY ; les clés viennent d'ici."""

    lignes: dict[type[Model], list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    cles: dict[type[Model], Iterator[int]] = field(default_factory=lambda: defaultdict(lambda: count(1)))
    codes: Iterator[int] = field(default_factory=count)
    ecrites: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def ajouter(self, modele: type[Model], **valeurs: Any) -> int:
        """Ajoute une ligne ; les champs tus prennent leur valeur par défaut. Rend sa clé."""
        cle = next(self.cles[modele])
        defauts = _defauts(modele)
        self.lignes[modele].append(tuple((defauts | {"id": cle} | valeurs).values()))
        return cle

    def code(self) -> str:
        return code(next(self.codes))

    def ecrire(self) -> None:
        with connection.cursor() as curseur:
            for modele, lignes in self.lignes.items():
                table, colonnes = modele._meta.db_table, ", ".join(_defauts(modele))
                with curseur.copy(f"COPY {table} ({colonnes}) FROM STDIN") as copie:
                    for ligne in lignes:
                        copie.write_row(ligne)
                self.ecrites[table] += len(lignes)
        self.lignes.clear()

    def remettre_les_sequences(self) -> None:
        with connection.cursor() as curseur:
            for modele in self.cles:
                table = modele._meta.db_table
                curseur.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
                )


_CONNUS: dict[type[Model], dict[str, Any]] = {}


def _defauts(modele: type[Model]) -> dict[str, Any]:
    """Colonnes d'un modèle et leur valeur par défaut ; celles qui se calculent sont toujours données."""
    if modele not in _CONNUS:
        _CONNUS[modele] = {
            champ.attname: None if champ.primary_key else _valeur_par_defaut(champ)
            for champ in modele._meta.concrete_fields
        }
    return _CONNUS[modele]


def _valeur_par_defaut(champ: Field) -> Any:
    """Rien pour un champ qui se tire au hasard ou se calcule : `ajouter` le reçoit toujours."""
    return None if champ.has_default() and callable(champ.default) else champ.get_default()


def peupler(candidatures: int, graine: int, dire: Callable[[str], None] = print) -> dict[str, int]:
    """Remplit une base vide de `candidatures` candidatures ; rend le nombre de lignes de chaque table copiée."""
    hasard, jour = Random(graine), date.today()  # noqa: DTZ011, S311 - le jour de cette machine, et un tirage à refaire
    copie = Copie()
    academies = max(1, round(candidatures / CANDIDATURES_PAR_ACADEMIE))
    for rang in range(academies):
        voulues = candidatures // academies + (rang < candidatures % academies)
        with transaction.atomic():
            territoire = _poser(hasard, rang, voulues, jour)
            with connection.cursor() as curseur:
                # Ni clé étrangère ni déclencheur ligne à ligne ; les contraintes, elles, sont tenues.
                curseur.execute("SET LOCAL session_replication_role = replica")
            _Academie(hasard, territoire, copie, jour).remplir(voulues)
            copie.ecrire()
        dire(f"  académie {rang + 1} sur {academies} : {voulues} candidatures")
    copie.remettre_les_sequences()
    connection.ensure_connection()
    with connection.cursor() as curseur:
        curseur.execute("VACUUM ANALYZE")
    return dict(copie.ecrites)


def _poser(hasard: Random, rang: int, candidatures: int, jour: date) -> Territoire:
    """L'académie, sa campagne ouverte, ses établissements, leurs chefs, leur offre et leurs jurys."""
    nom = f"Mesure {rang + 1:02d}"
    le = a_paris(jour - timedelta(days=75), time(9))
    academie = Academie.objects.create(code=f"mesure-{rang + 1:02d}", nom=nom, departements=[f"{900 + rang}"])
    saio = _personne(f"saio.{rang}@mesure.example")
    saio.save()
    Rattachement.objects.create(personne=saio, role="saio", academie=academie)
    campagne = creer_campagne(
        academie=academie,
        annee=jour.year + (jour.month > 7),
        intitule=f"Campagne {nom}",
        prereglage=CRETEIL.prereglage,
        par=saio,
        le=le,
        calendrier=CRETEIL.calendrier(jour),
    )
    garnir_le_catalogue(campagne=campagne, par=saio, le=le)
    nombre_de_lycees = max(4, ceil(candidatures / CANDIDATURES_PAR_LYCEE))
    eleves = candidatures / (sum(DOMAINES_PAR_ELEVE) / len(DOMAINES_PAR_ELEVE))
    nombre_de_colleges = max(4, ceil(eleves / ELEVES_PAR_COLLEGE))
    etablissements = _etablissements(hasard, academie, rang, nombre_de_colleges, nombre_de_lycees)
    colleges, lieux = etablissements[:nombre_de_colleges], etablissements[nombre_de_colleges:]
    chefs = _chefs(etablissements)
    lycees, jurys = _offre(hasard, campagne, lieux)
    ouvrir_la_campagne(campagne=campagne, par=saio, le=le)
    formations: dict[int, list[int]] = defaultdict(list)
    for formation in Formation.objects.filter(domaine__campagne=campagne).order_by("pk"):
        formations[formation.domaine_id].append(formation.pk)
    return Territoire(Campagne.objects.get(pk=campagne.pk), colleges, lycees, chefs, formations, jurys)


def _personne(courriel: str) -> Personne:
    return Personne(courriel=courriel, prenom="Dominique", nom="Mesure", civilite="Mme", password="!")  # noqa: S106


def _etablissements(hasard: Random, academie: Academie, rang: int, colleges: int, lycees: int) -> list[Etablissement]:
    genres = ["Collège"] * colleges + ["LP"] * lycees
    premier = PREMIER_UAI - rang * 2_000
    nouveaux = [
        Etablissement(
            uai=f"{premier - numero:07d}A",
            nom=f"{'Collège' if genre == 'Collège' else 'Lycée professionnel'} {hasard.choice(NOMS)} {numero}",
            type=genre,
            academie=academie,
            departement=academie.departements[0],
            adresse=f"{numero} rue des Écoles",
            code_postal="99000",
            commune=f"Commune {numero % 60}",
            latitude=48 + hasard.random(),
            longitude=2 + hasard.random(),
            telephone="01 99 00 00 00",
            messagerie=f"etablissement-{rang}-{numero}@mesure.example",
            chef="Mme Mesure",
        )
        for numero, genre in enumerate(genres)
    ]
    for nouveau in nouveaux:
        nouveau.recherche = cle_de_recherche(nouveau.nom, nouveau.commune, nouveau.uai)
    return Etablissement.objects.bulk_create(nouveaux)


def _chefs(etablissements: Sequence[Etablissement]) -> dict[int, int]:
    """Un chef par établissement, par clé d'établissement."""
    personnes = Personne.objects.bulk_create(
        _personne(f"chef.{lieu.segment}@mesure.example") for lieu in etablissements
    )
    Rattachement.objects.bulk_create(
        Rattachement(
            personne=personne,
            role="chef",
            etablissement=lieu,
            origine=lieu.type == "Collège",
            accueil=lieu.type != "Collège",
        )
        for personne, lieu in zip(personnes, etablissements, strict=True)
    )
    return {lieu.pk: personne.pk for personne, lieu in zip(personnes, etablissements, strict=True)}


def _offre(hasard: Random, campagne: Campagne, lieux: Sequence[Etablissement]) -> tuple[list[Lycee], dict[int, int]]:
    """Chaque domaine dans plusieurs lycées, chaque lycée avec plusieurs domaines, un jury par accueil."""
    domaines = list(Domaine.objects.filter(campagne=campagne).prefetch_related("formations"))
    tour = iter(hasard.choices(domaines, k=DOMAINES_PAR_LYCEE * len(lieux) * 4))
    accueils, offres = [], []
    for lieu in lieux:
        choisis = list(islice({domaine.pk: domaine for domaine in islice(tour, 8)}.values(), DOMAINES_PAR_LYCEE))
        accueils += [
            Accueil(domaine=domaine, etablissement=lieu, modalite=Modalite.INDIVIDUEL, contact_telephone=lieu.telephone)
            for domaine in choisis
        ]
        offres += [Offre(formation=f, etablissement=lieu) for domaine in choisis for f in domaine.formations.all()]
    accueils = Accueil.objects.bulk_create(accueils)
    Offre.objects.bulk_create(offres)
    jurys = Jury.objects.bulk_create(
        Jury(etablissement=accueil.etablissement, nom=f"Jury {accueil.domaine.nom}"[:60]) for accueil in accueils
    )
    par_lieu: dict[int, list[Accueil]] = defaultdict(list)
    for accueil in accueils:
        par_lieu[accueil.etablissement_id].append(accueil)
    lycees = [Lycee(lieu, par_lieu[lieu.pk]) for lieu in lieux]
    return lycees, {accueil.pk: jury.pk for accueil, jury in zip(accueils, jurys, strict=True)}


@dataclass(slots=True)
class _Academie:
    """Les élèves d'une académie et tout ce qui leur est arrivé."""

    hasard: Random
    territoire: Territoire
    copie: Copie
    jour: date
    places: dict[tuple[int, str, int], Iterator[tuple[int, int, str]]] = field(default_factory=dict)
    envois: dict[tuple[int, str], int] = field(default_factory=dict)

    def instant(self, jours: int, heure: int = 10) -> datetime:
        return a_paris(self.jour + timedelta(days=jours), time(heure))

    def remplir(self, candidatures: int) -> None:
        restent = candidatures
        accueils = self.territoire.accueils
        for college, rang in self._rangs_des_eleves():
            if restent <= 0:
                return
            eleve = self._un_eleve(college, rang)
            combien = min(restent, self.hasard.choice(DOMAINES_PAR_ELEVE))
            for numero, accueil in enumerate(self._accueils_de(college, accueils, combien)):
                self._une_candidature(college, eleve, accueil, numero)
                restent -= 1

    def _rangs_des_eleves(self) -> Iterator[tuple[Etablissement, int]]:
        for college in self.territoire.colleges:
            for nom in CLASSES:
                self.copie.ajouter(
                    Classe, campagne_id=self.territoire.campagne.pk, etablissement_id=college.pk, nom=nom
                )
        return ((college, rang) for rang in count() for college in self.territoire.colleges)

    def _accueils_de(self, college: Etablissement, accueils: Sequence[Accueil], combien: int) -> list[Accueil]:
        """Autant d'accueils, de domaines différents, parmi ceux des lycées proches du rang du collège."""
        depart = college.pk * DOMAINES_PAR_LYCEE % len(accueils)
        proches = [accueils[(depart + n) % len(accueils)] for n in range(LYCEES_PROCHES * DOMAINES_PAR_LYCEE)]
        self.hasard.shuffle(proches)
        par_domaine = {accueil.domaine_id: accueil for accueil in proches}
        return list(islice(par_domaine.values(), combien))

    def _un_eleve(self, college: Etablissement, rang: int) -> int:
        nom, prenom = self.hasard.choice(NOMS), self.hasard.choice(PRENOMS)
        numero = len(self.copie.lignes[Eleve]) + self.copie.ecrites[Eleve._meta.db_table]
        return self.copie.ajouter(
            Eleve,
            code=self.copie.code(),
            campagne_id=self.territoire.campagne.pk,
            etablissement_id=college.pk,
            ine=f"{PREMIER_INE + numero:09d}{'ABCDEFGHJK'[numero % 10]}A",
            nom=nom,
            prenom=prenom,
            date_de_naissance=date(self.jour.year - 14, 1 + rang % 12, 1 + rang % 28),
            classe=CLASSES[rang % len(CLASSES)],
            referent_nom="Mme Petit",
            referent_courriel=f"referent-{college.pk}@mesure.example",
            cle=cle_d_un_eleve(nom, prenom),
            cree_le=self.instant(-65),
        )

    def _une_candidature(self, college: Etablissement, eleve: int, accueil: Accueil, numero: int) -> None:
        groupe = self.hasard.choice(GROUPES)
        place = self._une_place(accueil, groupe, numero)
        if place is None:
            groupe = EN_ATTENTE
        etat = self._un_etat(groupe)
        inscrite_le = None if etat is Etat.BROUILLON else self.instant(-60 if groupe == PASSE else -20)
        cle = self.copie.ajouter(
            Candidature,
            code=self.copie.code(),
            eleve_id=eleve,
            accueil_id=accueil.pk,
            domaine_id=accueil.domaine_id,
            modalite=Modalite.INDIVIDUEL.value,
            etat=etat.value,
            inscrite_le=inscrite_le,
            modifiee_le=inscrite_le or self.instant(-5),
        )
        demandees = self._les_formations(cle, accueil, self.territoire.chefs[college.pk], etat)
        if place:
            self._un_entretien(cle, eleve, accueil, groupe, place, etat)
            self._un_compte_rendu(cle, self.territoire.chefs[accueil.etablissement_id], etat, demandees)

    def _un_etat(self, groupe: str) -> Etat:
        if groupe == PASSE:
            return self.hasard.choices((Etat.RENDUE, Etat.REALISEE, Etat.ABSENTE), (75, 17, 8))[0]
        if groupe == A_VENIR:
            return Etat.CONVOQUEE
        return self.hasard.choices((Etat.INSCRITE, Etat.BROUILLON), (80, 20))[0]

    def _les_formations(self, candidature: int, accueil: Accueil, par: int, etat: Etat) -> list[int]:
        formations = self.territoire.formations[accueil.domaine_id]
        combien = min(len(formations), self.hasard.choice(FORMATIONS_PAR_DOMAINE))
        return [
            self._une_formation(candidature, accueil.domaine_id, formation, par, etat)
            for formation in self.hasard.sample(formations, combien)
        ]

    def _une_formation(self, candidature: int, domaine: int, formation: int, par: int, etat: Etat) -> int:
        saisi = etat is Etat.RENDUE or (etat is not Etat.BROUILLON and self.hasard.random() < 0.7)
        avis = {
            "avis": self._un_avis(),
            "commentaire": COMMENTAIRE,
            "avis_par_id": par,
            "avis_le": self.instant(-55),
            "version": 1,
        }
        return self.copie.ajouter(
            FormationDemandee,
            code=self.copie.code(),
            candidature_id=candidature,
            formation_id=formation,
            domaine_id=domaine,
            **(avis if saisi else {}),
        )

    def _un_avis(self) -> str:
        return self.hasard.choices((Avis.FAVORABLE, Avis.ASSEZ_FAVORABLE, Avis.RESERVE), (55, 32, 13))[0].value

    # Créneaux et entretiens

    def _une_place(self, accueil: Accueil, groupe: str, numero: int) -> tuple[int, int, str] | None:
        """La prochaine place du groupe : chaque domaine d'un élève a ses jours, pour que rien ne se chevauche."""
        if groupe == EN_ATTENTE:
            return None
        cle = (accueil.pk, groupe, numero)
        if cle not in self.places:
            self.places[cle] = self._ouvrir(accueil, groupe, numero)
        return next(self.places[cle], None)

    def _ouvrir(self, accueil: Accueil, groupe: str, numero: int) -> Iterator[tuple[int, int, str]]:
        """Les places d'un accueil, jour après jour ; un jour ne s'ouvre que s'il sert."""
        du, au = JOURS[groupe]
        jours = [self.jour + timedelta(days=n) for n in range(du, au + 1)]
        for jour in [jour for jour in jours if est_ouvre(jour)][numero::3]:
            for debut in DEBUTS:
                yield from self._une_demi_journee(accueil, a_paris(jour, debut))

    def _une_demi_journee(self, accueil: Accueil, debut: datetime) -> Iterator[tuple[int, int, str]]:
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

    def _un_entretien(
        self,
        candidature: int,
        eleve: int,
        accueil: Accueil,
        groupe: str,
        place: tuple[int, int, str],
        etat: Etat,
    ) -> None:
        creneau, _, periode = place
        etats = {Etat.CONVOQUEE: EtatEntretien.PREVU, Etat.ABSENTE: EtatEntretien.ABSENT}
        entretien = self.copie.ajouter(
            Entretien,
            code=self.copie.code(),
            candidature_id=candidature,
            eleve_id=eleve,
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

    def _un_compte_rendu(self, candidature: int, par: int, etat: Etat, demandees: Iterable[int]) -> None:
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
                AvisAccueil, compte_rendu_id=compte_rendu, formation_demandee_id=demandee, valeur=self._un_avis()
            )


def _intervalle(debut: datetime, fin: datetime) -> str:
    return f"[{debut.isoformat()},{fin.isoformat()})"
