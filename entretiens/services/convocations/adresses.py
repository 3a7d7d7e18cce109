"""À qui écrire une convocation (R25, écran 5.1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

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
    confirmes = confirmes_de(convocations)
    for convocation in convocations:
        origine = convocation.entretien.candidature.eleve.etablissement_id
        for adresse in adresses_de(convocation, confirmes):
            groupes[(origine, convocation.nature, adresse)].append(convocation)
    return [
        Destination(adresse, NatureConvocation(nature), tuple(groupe))
        for (_, nature, adresse), groupe in groupes.items()
    ]


def adresses_de(convocation: Convocation, confirmes: Mapping[int, str] | None = None) -> list[str]:
    """Messagerie de l'établissement d'origine, puis personne référente, celles qui sont de vraies adresses.

    Sans messagerie, un établissement pré-inscrit est joint à l'adresse qu'il a confirmée (R21). `confirmes` donne ces
    adresses par élève, quand elles sont déjà lues.
    """
    eleve = convocation.entretien.candidature.eleve
    if confirmes is None:
        confirmes = confirmes_de([convocation])
    messagerie = eleve.etablissement.messagerie.strip() or confirmes.get(eleve.pk, "")
    voulues = (messagerie.lower(), eleve.referent_courriel.strip().lower())
    return [adresse for adresse in dict.fromkeys(voulues) if est_une_adresse(adresse)]


def confirmes_de(convocations: Sequence[Convocation]) -> dict[int, str]:
    """Adresses confirmées des élèves dont l'établissement n'a pas de messagerie ; aucune requête s'ils en ont tous."""
    eleves = (convocation.entretien.candidature.eleve for convocation in convocations)
    sans_messagerie = {eleve.pk for eleve in eleves if not eleve.etablissement.messagerie.strip()}
    return courriels_confirmes(sans_messagerie) if sans_messagerie else {}


def adresses_possibles(convocations: Iterable[Convocation]) -> list[str]:
    """Adresses auxquelles des convocations peuvent être renvoyées toutes ensemble."""
    communes = [adresses_de(convocation) for convocation in convocations]
    return [adresse for adresse in communes[0] if all(adresse in autres for autres in communes)]
