"""Les dossiers et les lettres de plusieurs élèves en un seul fichier, préparé par l'atelier (R20, écran O2)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils.text import slugify

from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.papiers import dossier_de, lettre_de
from candidatures.pdf import dossier_imprime, lettres_imprimees
from courriers.assemblage import Assemblage
from courriers.imprimes import Imprime
from courriers.pdf import RenduImpossible, rendre
from referentiel.models import Travail
from referentiel.travaux import Livraison, Suivi

DOSSIERS = "dossiers"
LETTRES = "lettres"
LOT = 50
SANS_FORMATION = "Aucune formation demandée\u00a0: il n’y a pas de lettre à préparer."
# Un papier de l'élève, ou rien avec la raison.
Papier = tuple[Eleve, Imprime | None]


def preparer_les_dossiers(travail: Travail, fichier: Path, suivi: Suivi) -> Livraison:
    """Écrit les dossiers de candidature préremplis des élèves de la demande, par classe puis par nom."""
    return _assembler(travail, fichier, suivi, _dossiers(travail))


def preparer_les_lettres(travail: Travail, fichier: Path, suivi: Suivi) -> Livraison:
    """Écrit les lettres de préparation des mêmes élèves, une par formation demandée.

    Un élève sans formation est nommé, avec sa raison ; les autres ont leurs lettres.
    """
    return _assembler(travail, fichier, suivi, _lettres(travail))


def _assembler(travail: Travail, fichier: Path, suivi: Suivi, papiers: Iterator[Papier]) -> Livraison:
    with Assemblage(travail.titre, fichier) as assemblage:
        for eleve, imprime in papiers:
            if document := _document(eleve, imprime, suivi):
                assemblage.ajouter(document, sur_une_nouvelle_feuille=True)
                suivi.avancer()
        nom = f"passpro-{slugify(travail.titre)[:80]}-{travail.demande_le:%Y-%m-%d}.pdf"
        return Livraison(nom, "application/pdf", assemblage.pages)


def _document(eleve: Eleve, imprime: Imprime | None, suivi: Suivi) -> bytes | None:
    if imprime is None:
        suivi.refuser(eleve.nom_affiche, SANS_FORMATION)
        return None
    try:
        return rendre(imprime)
    except RenduImpossible as panne:
        suivi.refuser(eleve.nom_affiche, str(panne))
        return None


def _dossiers(travail: Travail) -> Iterator[Papier]:
    for eleves in _eleves(travail):
        candidatures = _candidatures(eleves)
        for eleve in eleves:
            yield eleve, dossier_imprime(dossier_de(travail.campagne, eleve, candidatures[eleve.pk]))


def _lettres(travail: Travail) -> Iterator[Papier]:
    for eleves in _eleves(travail):
        candidatures = _candidatures(eleves)
        for eleve in eleves:
            demandees = _demandees(candidatures[eleve.pk])
            lettres = [lettre_de(travail.campagne, eleve, demandee.formation) for demandee in demandees]
            yield eleve, lettres_imprimees(lettres, eleve) if lettres else None


def _eleves(travail: Travail) -> Iterator[Sequence[Eleve]]:
    """Élèves de la demande qui sont de l'établissement, par lots."""
    de_l_etablissement = Eleve.objects.de_l_origine(travail.campagne, travail.etablissement_id)
    demandes = de_l_etablissement.filter(code__in=travail.demande["eleves"])
    eleves = list(demandes.select_related("etablissement").order_by("classe", "cle", "pk"))
    return (eleves[debut : debut + LOT] for debut in range(0, len(eleves), LOT))


def _candidatures(eleves: Sequence[Eleve]) -> dict[int, list[Candidature]]:
    """Candidatures actives de ces élèves, en deux requêtes."""
    actives = Candidature.objects.actives().filter(eleve__in=eleves).avec_eleve().avec_formations()
    par_eleve: dict[int, list[Candidature]] = defaultdict(list)
    for candidature in actives.order_by("domaine__cle", "pk"):
        par_eleve[candidature.eleve_id].append(candidature)
    return par_eleve


def _demandees(candidatures: Sequence[Candidature]) -> list[FormationDemandee]:
    """Formations demandées à l'inscription : une lettre prépare un entretien à venir."""
    toutes = [demandee for candidature in candidatures for demandee in candidature.formations_maintenues]
    return [demandee for demandee in toutes if not demandee.ajoutee_a_l_entretien]
