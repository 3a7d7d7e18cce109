"""À qui écrire une convocation (R25, écran 5.1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from candidatures.models import Eleve
from candidatures.services.preinscriptions import courriels_confirmes
from courriers.services import est_une_adresse
from entretiens.emails import Destination
from entretiens.models import Convocation
from entretiens.rules.etats import NatureConvocation


def destinations(convocations: Iterable[Convocation]) -> list[Destination]:
    """À qui écrire : chaque messagerie d'origine et chaque personne référente, sans doublon d'adresse (écran 5.1).

    Les adresses absentes ou fausses sont laissées.
    """
    groupes: dict[tuple[int, str, str], list[Convocation]] = defaultdict(list)
    convocations = list(convocations)
    adresses = adresses_par_eleve(_eleves(convocations))
    for convocation in convocations:
        eleve = convocation.entretien.candidature.eleve
        for adresse in adresses[eleve.pk]:
            groupes[(eleve.etablissement_id, convocation.nature, adresse)].append(convocation)
    return [
        Destination(adresse, NatureConvocation(nature), tuple(groupe))
        for (_, nature, adresse), groupe in groupes.items()
    ]


def adresses_par_eleve(eleves: Iterable[Eleve]) -> dict[int, list[str]]:
    """Par élève, la messagerie de son établissement puis sa personne référente, celles qui sont de vraies adresses.

    Sans messagerie, un établissement pré-inscrit est joint à l'adresse qu'il a confirmée (R21). Une requête au plus.
    """
    eleves = list(eleves)
    confirmes = confirmes_de(eleves)
    return {eleve.pk: _vraies_adresses(eleve, confirmes.get(eleve.pk, "")) for eleve in eleves}


def confirmes_de(eleves: Iterable[Eleve]) -> dict[int, str]:
    """Adresses confirmées des élèves dont l'établissement n'a pas de messagerie ; aucune requête s'ils en ont tous."""
    sans_messagerie = {eleve.pk for eleve in eleves if not eleve.etablissement.messagerie.strip()}
    return courriels_confirmes(sans_messagerie) if sans_messagerie else {}


def adresses_possibles(convocations: Sequence[Convocation]) -> list[str]:
    """Adresses auxquelles des convocations peuvent être renvoyées toutes ensemble."""
    premieres, *autres = adresses_par_eleve(_eleves(convocations)).values()
    return [adresse for adresse in premieres if all(adresse in celles for celles in autres)]


def _vraies_adresses(eleve: Eleve, confirmee: str) -> list[str]:
    messagerie = eleve.etablissement.messagerie.strip() or confirmee
    voulues = (messagerie.lower(), eleve.referent_courriel.strip().lower())
    return [adresse for adresse in dict.fromkeys(voulues) if est_une_adresse(adresse)]


def _eleves(convocations: Iterable[Convocation]) -> list[Eleve]:
    return [convocation.entretien.candidature.eleve for convocation in convocations]
