"""Les papiers de l'élève : dossier de candidature et lettre de préparation, vierges ou préremplis (R20).

Ce que disent la page et le PDF ; l'application ne garde jamais les réponses à la lettre.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from candidatures.models import Candidature, Eleve, FormationDemandee
from referentiel.models import Campagne, Etablissement, Formation
from referentiel.rules.jeu import LIBELLES_AVIS, Avis, Lettre

FORMATIONS_PAR_PAGE = 5
TYPES_DE_CAP = {Formation.Type.CAP, Formation.Type.CAP_AGRICOLE}


@dataclass(frozen=True, slots=True)
class Demande:
    """Une ligne du dossier : la formation, le lieu souhaité, ce que dit l'établissement d'origine."""

    est_un_cap: bool | None = None
    specialite: str = ""
    lieu: str = ""
    avis: str = ""
    commentaire: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """Le dossier de candidature ; sans élève, il est vierge."""

    annee: int
    echelle: tuple[str, ...]
    demandes: tuple[Demande, ...]
    eleve: Eleve | None = None

    @property
    def etablissement(self) -> Etablissement | None:
        return self.eleve.etablissement if self.eleve else None


@dataclass(frozen=True, slots=True)
class LettreDePreparation:
    """La lettre guidée d'une formation ; sans élève ni formation, elle est vierge."""

    annee: int
    obligatoire: bool
    formation: str = ""
    nom: str = ""
    prenom: str = ""
    classe: str = ""
    date_de_naissance: date | None = field(default=None)


def dossier_vierge(campagne: Campagne) -> Dossier:
    return Dossier(campagne.annee, _echelle(campagne), (Demande(),) * FORMATIONS_PAR_PAGE)


def dossier_de(campagne: Campagne, eleve: Eleve, candidatures: Iterable[Candidature]) -> Dossier:
    """Dossier prérempli d'un élève, d'après ses candidatures lues par `avec_eleve().avec_formations()`."""
    demandes = tuple(
        _demande(candidature, demandee)
        for candidature in candidatures
        for demandee in candidature.formations_maintenues
        if not demandee.ajoutee_a_l_entretien
    )
    lignes_vides = (Demande(),) * (-len(demandes) % FORMATIONS_PAR_PAGE or (0 if demandes else FORMATIONS_PAR_PAGE))
    return Dossier(campagne.annee, _echelle(campagne), demandes + lignes_vides, eleve)


def lettre_vierge(campagne: Campagne) -> LettreDePreparation:
    return LettreDePreparation(campagne.annee, _est_obligatoire(campagne))


def lettre_de(campagne: Campagne, eleve: Eleve, formation: Formation) -> LettreDePreparation:
    return LettreDePreparation(
        campagne.annee,
        _est_obligatoire(campagne),
        formation.intitule,
        eleve.nom.upper(),
        eleve.prenom,
        eleve.classe,
        eleve.date_de_naissance,
    )


def _demande(candidature: Candidature, demandee: FormationDemandee) -> Demande:
    formation = demandee.formation
    return Demande(
        est_un_cap=formation.type in TYPES_DE_CAP,
        specialite=formation.libelle,
        lieu=candidature.accueil.etablissement.nom_et_commune,
        avis=LIBELLES_AVIS[Avis(demandee.avis)] if demandee.avis else "",
        commentaire=demandee.commentaire,
    )


def _echelle(campagne: Campagne) -> tuple[str, ...]:
    valeurs: Sequence[str] = campagne.regles.echelle_origine
    return tuple(LIBELLES_AVIS[Avis(valeur)] for valeur in valeurs)


def _est_obligatoire(campagne: Campagne) -> bool:
    return campagne.regles.lettre == Lettre.OBLIGATOIRE
