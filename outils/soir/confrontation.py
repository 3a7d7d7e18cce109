"""Le livre confronté à la base : chaque enregistrement su y est-il ? `python -m outils.soir.confrontation <livre>`."""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import django

from outils.soir.livre import Fait, Quoi, lire


def confronter(faits: Iterable[Fait]) -> dict[str, Any]:
    """Nombre d'enregistrements sus et retrouvés, et ceux qui manquent.

    Un avis se cherche dans l'historique, qui les garde tous, et le dernier dans sa ligne ; un brouillon, par sa
    version, et le dernier par son texte. Un envoi resté sans réponse a pu être reçu : il n'est pas exigé, seulement
    permis à la place du dernier su.
    """
    par_nature: dict[Quoi, list[Fait]] = defaultdict(list)
    for fait in faits:
        par_nature[fait.quoi].append(fait)
    manquent = [
        f"{fait.quoi} {fait.code} : « {fait.ecrit} »"
        for quoi, du_genre in par_nature.items()
        for fait in _CHERCHER[quoi](du_genre)
    ]
    sus = {quoi.value: sum(fait.su for fait in du_genre) for quoi, du_genre in par_nature.items()}
    return {"sus": sus, "total": sum(sus.values()), "manquent": manquent}


def _avis(faits: list[Fait]) -> Iterator[Fait]:
    from candidatures.models import FormationDemandee
    from comptes.models import Trace

    demandes = FormationDemandee.objects.filter(code__in={fait.code for fait in faits})
    lignes = {
        code: (candidature, texte)
        for code, candidature, texte in demandes.values_list("code", "candidature_id", "commentaire")
    }
    traces = Trace.objects.filter(fait="avis_d_origine").values_list("objet_id", "apres")
    consignes = {(objet, apres.get("commentaire")) for objet, apres in traces}
    for fait in faits:
        if fait.su and (lignes.get(fait.code, (0, ""))[0], fait.ecrit) not in consignes:
            yield fait
    encore = [fait for fait in faits if fait.code in lignes]
    yield from _derniers_absents(encore, lambda code: lignes[code][1])


def _brouillons(faits: list[Fait]) -> Iterator[Fait]:
    from avis.models import CompteRendu

    lus = CompteRendu.objects.filter(candidature__code__in={fait.code for fait in faits})
    gardes = {
        code: (texte, version, etat)
        for code, texte, version, etat in lus.values_list("candidature__code", "texte", "version", "etat")
    }
    for fait in faits:
        if fait.su and (fait.code not in gardes or gardes[fait.code][1] < fait.version):
            yield fait
    encore = [fait for fait in faits if gardes.get(fait.code, ("", 0, ""))[2] == "brouillon"]
    yield from _derniers_absents(encore, lambda code: gardes[code][0])


def _derniers_absents(faits: list[Fait], actuel: Callable[[str], str]) -> Iterator[Fait]:
    """Le dernier su de chaque objet, s'il n'est plus ce qui est écrit et qu'aucun envoi sans réponse ne l'explique."""
    derniers: dict[str, Fait] = {}
    permis: dict[str, set[str]] = defaultdict(set)
    for fait in faits:
        if fait.su and fait.version >= derniers.get(fait.code, fait).version:
            derniers[fait.code] = fait
        permis[fait.code].add("" if fait.su else fait.ecrit)
    return (
        dernier
        for code, dernier in derniers.items()
        if (lu := actuel(code)) != dernier.ecrit and lu not in permis[code]
    )


def _transmissions(faits: list[Fait]) -> Iterator[Fait]:
    from avis.models import CompteRendu

    transmis = CompteRendu.objects.filter(etat="transmis", candidature__code__in={fait.code for fait in faits})
    return _absents(faits, set(transmis.values_list("candidature__code", "texte")))


def _eleves(faits: list[Fait]) -> Iterator[Fait]:
    from candidatures.models import Eleve

    return _absents(faits, set(Eleve.objects.filter(nom__startswith="Dusoir").values_list("code", "nom")))


def _choix(faits: list[Fait]) -> Iterator[Fait]:
    from candidatures.models import FormationDemandee

    demandes = FormationDemandee.objects.filter(candidature__eleve__code__in={fait.code for fait in faits})
    choisies = demandes.values_list("candidature__eleve__code", "formation_id")
    return _absents(faits, {(code, str(formation)) for code, formation in choisies})


def _inscriptions(faits: list[Fait]) -> Iterator[Fait]:
    from candidatures.models import Candidature

    inscrites = Candidature.objects.filter(etat="inscrite", eleve__code__in={fait.code for fait in faits})
    return _absents(faits, {(code, "") for code in inscrites.values_list("eleve__code", flat=True)})


def _absents(faits: list[Fait], gardes: set[tuple[str, str]]) -> Iterator[Fait]:
    return (fait for fait in faits if fait.su and (fait.code, fait.ecrit) not in gardes)


_CHERCHER: dict[Quoi, Callable[[list[Fait]], Iterator[Fait]]] = {
    Quoi.AVIS: _avis,
    Quoi.BROUILLON: _brouillons,
    Quoi.TRANSMISSION: _transmissions,
    Quoi.ELEVE: _eleves,
    Quoi.CHOIX: _choix,
    Quoi.INSCRIPTION: _inscriptions,
}


def main() -> None:
    """Point d'entrée, sur la base de DATABASE_URL ; ajoute les états impossibles et les courriels."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("livre", type=Path)
    choix = options.parse_args()
    django.setup()
    from django.utils import timezone

    from courriers.models import Courriel
    from passpro.invariants import INVARIANTS, chercher_les_ecarts, dire_les_ecarts

    dus = Courriel.objects.filter(prochain_essai_le__lte=timezone.now()).defer("texte", "html")
    courriels = {courriel.message_id: courriel.etat for courriel in dus}
    ecarts = dire_les_ecarts(chercher_les_ecarts(INVARIANTS))
    print(json.dumps(confronter(lire(choix.livre)) | {"ecarts": ecarts, "courriels": courriels}))


if __name__ == "__main__":
    main()
