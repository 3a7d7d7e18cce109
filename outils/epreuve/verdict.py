"""Le registre confronté à ce que le relais a pris : perdues, doublées, annulées à tort, mal adressées (F2, R25)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from outils.epreuve.relais import Recu


@dataclass(frozen=True, slots=True)
class Verdict:
    """Ce qui est arrivé aux convocations.

    `doublees` : messages reçus une fois de trop, sous le même identifiant. `refaites` : convocations reçues dans deux
    messages différents, quand un élève retiré d'un message peut-être remis a fait refaire celui des autres.
    """

    convocations: int
    messages: int
    perdues: tuple[str, ...]
    doublees: int
    refaites: int
    sans_dementi: tuple[str, ...]
    mal_adressees: tuple[str, ...]
    inconnues: int
    ecarts: tuple[str, ...]

    def fautes(self, *, arrets: int, coupures: int) -> list[str]:
        """Ce qui ne devait pas arriver ; rien si l'épreuve est réussie."""
        trop = self.doublees + self.refaites - arrets - coupures
        return [
            *(f"perdue : {perdue}" for perdue in self.perdues),
            *(f"annulée sans démenti : {annulee}" for annulee in self.sans_dementi),
            *(f"mal adressée : {adresse}" for adresse in self.mal_adressees),
            *([f"{trop} doublons de plus que d’arrêts et de coupures"] if trop > 0 else []),
            *([f"{self.inconnues} messages d’identifiant inconnu"] if self.inconnues else []),
            *self.ecarts,
        ]


def juger(registre: Mapping[str, Any], recus: Sequence[Recu]) -> Verdict:
    """Confronte ce que la base dit avoir annoncé à ce que le relais a pris."""
    courriels = {courriel["message"]: courriel for courriel in registre["courriels"]}
    convocations = {convocation["id"]: convocation for convocation in registre["convocations"]}
    entretiens = {entretien["id"]: entretien for entretien in registre["entretiens"]}
    connus = [recu for recu in recus if recu.message in courriels]
    remises: dict[tuple[int, str], set[str]] = defaultdict(set)
    for recu in connus:
        for convocation in courriels[recu.message]["convocations"]:
            remises[convocation, recu.destinataire].add(recu.message)
    fois = Counter((recu.message, recu.destinataire) for recu in connus)
    return Verdict(
        convocations=len(convocations),
        messages=len(recus),
        perdues=tuple(_perdues(entretiens.values(), convocations.values(), remises)),
        doublees=sum(nombre - 1 for nombre in fois.values()),
        refaites=sum(len(messages) - 1 for messages in remises.values()),
        sans_dementi=tuple(_sans_dementi(entretiens, convocations, remises)),
        mal_adressees=tuple(_mal_adressees(connus, courriels, convocations, entretiens)),
        inconnues=len(recus) - len(connus),
        ecarts=tuple(registre["ecarts"]),
    )


def _perdues(entretiens: Iterable[Any], convocations: Iterable[Any], remises: Mapping[Any, Any]) -> Iterable[str]:
    """Entretiens prévus dont l'une des adresses n'a pas reçu la version en vigueur."""
    en_vigueur = {(c["entretien_id"], c["sequence"]): c["id"] for c in convocations}
    for entretien in entretiens:
        if entretien["etat"] != "prevu":
            continue
        version = en_vigueur.get((entretien["id"], entretien["sequence"]))
        for adresse in entretien["adresses"]:
            if version is None or not remises.get((version, adresse)):
                yield f"entretien {entretien['id']} à {adresse}"


def _sans_dementi(entretiens: Mapping[int, Any], convocations: Mapping[int, Any], remises: Mapping[Any, Any]):
    """Entretiens annulés dont une adresse a reçu la convocation sans recevoir l'annulation."""
    annonces, dementis = set(), set()
    for convocation, adresse in remises:
        lue = convocations[convocation]
        if entretiens[lue["entretien_id"]]["etat"] == "annule":
            (dementis if lue["nature"] == "annulation" else annonces).add((lue["entretien_id"], adresse))
    return (f"entretien {entretien} à {adresse}" for entretien, adresse in sorted(annonces - dementis))


def _mal_adressees(
    recus: Iterable[Recu], courriels: Mapping[str, Any], convocations: Mapping[int, Any], entretiens: Mapping[int, Any]
) -> Iterable[str]:
    for recu in recus:
        courriel = courriels[recu.message]
        concernes = (entretiens[convocations[cle]["entretien_id"]] for cle in courriel["convocations"])
        if recu.destinataire != courriel["destinataire"] or any(
            recu.destinataire not in entretien["adresses"] for entretien in concernes
        ):
            yield f"{recu.message} à {recu.destinataire}"
