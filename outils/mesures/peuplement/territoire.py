"""Une académie : sa campagne ouverte, ses établissements, leurs chefs, leur offre et leurs jurys."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import islice
from math import ceil
from random import Random

from comptes.models import Personne
from entretiens.models import Jury
from passpro.demonstration.decors import CRETEIL
from passpro.demonstration.personnages import NOMS
from referentiel.models import Academie, Accueil, Campagne, Domaine, Etablissement, Formation, Offre, Rattachement
from referentiel.rules.dates import a_paris
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import Modalite
from referentiel.services import creer_campagne, garnir_le_catalogue, ouvrir_la_campagne

CANDIDATURES_PAR_LYCEE = 650
ELEVES_PAR_COLLEGE = 90
DOMAINES_PAR_LYCEE = 3
# Sur dix élèves, le nombre de domaines de chacun.
DOMAINES_PAR_ELEVE = (1, 1, 1, 1, 1, 2, 2, 2, 3, 3)
PREMIER_UAI = 9_900_000


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


def poser(hasard: Random, rang: int, candidatures: int, jour: date) -> Territoire:
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
    return Personne(courriel=courriel, prenom="Dominique", nom="Mesure", civilite="Mme", password="!")  # noqa: S106 - ne connecte pas


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
