"""Les feuilles d'une journée et d'une séance : celle du jury, avec la place de ses notes, et l'émargement (5.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from django.conf import settings
from django.db import models

from candidatures.nommes import nommes
from courriers.imprimes import Imprime, Nommes
from entretiens.lectures import entre
from entretiens.models import Creneau, Entretien, Seance
from entretiens.rules.dire import dire_la_salle
from referentiel.models import Etablissement
from referentiel.rules.dates import dire_heure, dire_jour, jour_de
from referentiel.rules.identifiants import cle_de_recherche

LIGNES_EN_PLUS = 3


class Par(StrEnum):
    """Ce qui fait une feuille : ceux qui reçoivent, ou l'endroit."""

    JURY = "jury"
    LIEU = "lieu"


@dataclass(frozen=True, slots=True)
class Feuille:
    """Les créneaux d'un jury, ou d'un lieu, un jour donné."""

    titre: str
    creneaux: list[Creneau]

    @property
    def eleves(self) -> int:
        return sum(creneau.places_prises for creneau in self.creneaux)


@dataclass(frozen=True, slots=True)
class Emargement:
    """Ce qu'une feuille d'émargement dit : ni avis, ni date de naissance, ni formation (5.4)."""

    collective: bool
    domaine: str
    jour: str
    horaires: str
    lieu: str
    animation: str
    lignes: list[Entretien]


def creneaux_a_imprimer(creneaux: models.QuerySet[Creneau], jour: date) -> list[Creneau]:
    """Créneaux du jour, avec les élèves et leurs formations."""
    entretiens = Entretien.objects.en_vigueur().avec_eleve().order_by("candidature__eleve__cle")
    return list(
        entre(creneaux, jour, jour)
        .select_related("seance__jury", "seance__accueil__domaine", "seance__accueil__etablissement")
        .prefetch_related(None)
        .prefetch_related(models.Prefetch("entretiens", queryset=entretiens, to_attr="occupants"))
        .order_by("periode", "pk")
    )


def feuilles_du_jour(creneaux: Iterable[Creneau], par: Par) -> list[Feuille]:
    """Une feuille par jury, ou par lieu ; ce qui n'a ni l'un ni l'autre prend le nom de l'autre."""
    ranges = sorted(creneaux, key=lambda creneau: _rang_alphabetique(_nom(creneau.seance, par)))
    return [
        Feuille(titre, sorted(groupe, key=lambda creneau: creneau.periode.lower))
        for titre, groupe in groupby(ranges, key=lambda creneau: _nom(creneau.seance, par))
    ]


def journee_imprimee(etablissement: Etablissement, jour: date, feuilles: Sequence[Feuille]) -> Imprime:
    """Une page ou plus par feuille, avec une colonne pour les notes."""
    contexte = {"etablissement": etablissement, "jour": jour, "feuilles": feuilles, "droits": _droits()}
    eleves = _eleves(occupant for feuille in feuilles for creneau in feuille.creneaux for occupant in creneau.occupants)
    return Imprime(f"passpro-journee-{jour.isoformat()}.pdf", "documents/journee.html", contexte, eleves)


def emargements(creneaux: Iterable[Creneau]) -> list[Emargement]:
    """Une feuille par séance collective, une par jury pour les entretiens individuels ; les lignes dans l'ordre."""
    occupes = [creneau for creneau in creneaux if creneau.occupants or creneau.seance.est_collective]
    collectives = [[creneau] for creneau in occupes if creneau.seance.est_collective]
    individuels = [creneau for creneau in occupes if not creneau.seance.est_collective]
    par_jury = [feuille.creneaux for feuille in feuilles_du_jour(individuels, Par.JURY)]
    return [_emargement(groupe) for groupe in (*par_jury, *collectives)]


def emargement_imprime(etablissement: Etablissement, feuilles: Sequence[Emargement], jour: date) -> Imprime:
    """Feuilles d'émargement, vingt-cinq lignes par page, trois lignes vides à la fin."""
    contexte = {"etablissement": etablissement, "feuilles": feuilles, "en_plus": range(LIGNES_EN_PLUS)}
    eleves = _eleves(ligne for feuille in feuilles for ligne in feuille.lignes)
    return Imprime(f"passpro-emargement-{jour.isoformat()}.pdf", "documents/emargement.html", contexte, eleves)


def _eleves(entretiens: Iterable[Entretien]) -> Nommes:
    return nommes(entretien.candidature.eleve for entretien in entretiens)


def _emargement(creneaux: Sequence[Creneau]) -> Emargement:
    premier, dernier = creneaux[0], creneaux[-1]
    seance = premier.seance
    domaines = dict.fromkeys(creneau.seance.accueil.domaine.nom for creneau in creneaux)
    jury = seance.jury
    return Emargement(
        collective=seance.est_collective,
        domaine=", ".join(domaines),
        jour=dire_jour(jour_de(premier.periode.lower)),
        horaires=f"de {dire_heure(premier.periode.lower)} à {dire_heure(dernier.periode.upper)}",
        lieu=", ".join(filter(None, [dire_la_salle(seance.salle), seance.accueil.lieu_complet])),
        animation=" – ".join(filter(None, [jury.nom, jury.membres])) if jury else "",
        lignes=[occupant for creneau in creneaux for occupant in creneau.occupants],
    )


def _nom(seance: Seance, par: Par) -> str:
    jury, salle = seance.jury.nom if seance.jury else "", seance.salle
    choix = (jury, salle) if par is Par.JURY else (salle, jury)
    return next(filter(None, choix), "Sans jury ni salle")


def _rang_alphabetique(nom: str) -> tuple[str, str]:
    """Deux noms qui ne diffèrent que par un accent ne se mêlent pas."""
    return cle_de_recherche(nom), nom


def _droits() -> str:
    return settings.ADRESSE_PUBLIQUE.partition("://")[2] + "/donnees-personnelles"
