"""Le calendrier d'une campagne : ce qui est ouvert, jusqu'à quand, et comment le dire (R2, R3, R4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from referentiel.rules.dates import INSECABLE, JOURS, debut_du_jour, dire_jour, fin_du_jour, jour_de, jours_feries


class Nature(StrEnum):
    """Périodes d'une campagne, dans l'ordre où elles sont montrées."""

    INFORMATION = "information"
    INSCRIPTION = "inscription"
    PLANIFICATION = "planification"
    ENTRETIENS = "entretiens"
    CONVOCATIONS = "convocations"
    SAISIE_AVIS_ACCUEIL = "saisie_avis_accueil"
    VISUALISATION = "visualisation"
    VOEUX_AFFELNET = "voeux_affelnet"
    FERMETURE = "fermeture"


LIBELLES: dict[Nature, str] = {
    Nature.INFORMATION: "Information",
    Nature.INSCRIPTION: "Inscription des élèves",
    Nature.PLANIFICATION: "Planification des entretiens",
    Nature.ENTRETIENS: "Entretiens",
    Nature.CONVOCATIONS: "Envoi des convocations",
    Nature.SAISIE_AVIS_ACCUEIL: "Saisie des avis d’accueil",
    Nature.VISUALISATION: "Visualisation des avis",
    Nature.VOEUX_AFFELNET: "Saisie des vœux dans Affelnet-Lycée",
    Nature.FERMETURE: "Fermeture",
}

SUJETS: dict[Nature, tuple[str, str, str]] = {
    Nature.INFORMATION: ("l’information", "ouverte", "close"),
    Nature.INSCRIPTION: ("inscriptions", "ouvertes", "closes"),
    Nature.PLANIFICATION: ("planification", "ouverte", "close"),
    Nature.ENTRETIENS: ("entretiens", "en cours", "terminés"),
    Nature.CONVOCATIONS: ("envoi des convocations", "ouvert", "clos"),
    Nature.SAISIE_AVIS_ACCUEIL: ("saisie des avis d’accueil", "ouverte", "close"),
    Nature.VISUALISATION: ("visualisation des avis", "ouverte", "close"),
    Nature.VOEUX_AFFELNET: ("saisie des vœux dans Affelnet-Lycée", "ouverte", "close"),
    Nature.FERMETURE: ("campagne", "ouverte", "close"),
}


@dataclass(frozen=True, slots=True)
class Bornes:
    """Jours d'une période, tous deux compris ; une borne absente n'arrête rien de ce côté."""

    debut: date | None = None
    fin: date | None = None

    def ouvre_a(self) -> datetime | None:
        return debut_du_jour(self.debut) if self.debut else None

    def clot_a(self) -> datetime | None:
        """Instant exclu de la clôture : le jour de fin compte jusqu'à 23 h 59 min 59,999 s (R2)."""
        return fin_du_jour(self.fin) if self.fin else None


@dataclass(frozen=True, slots=True)
class Calendrier:
    """Les périodes d'une campagne ; une période absente prend les bornes de la campagne entière."""

    periodes: dict[Nature, Bornes] = field(default_factory=dict)

    def bornes(self, nature: Nature) -> Bornes:
        propres = self.periodes.get(nature, Bornes())
        return Bornes(propres.debut or self.premier_jour(), propres.fin or self.dernier_jour())

    def premier_jour(self) -> date | None:
        return min((bornes.debut for bornes in self.periodes.values() if bornes.debut), default=None)

    def dernier_jour(self) -> date | None:
        fermeture = self.periodes.get(Nature.FERMETURE)
        if fermeture and fermeture.fin:
            return fermeture.fin
        return max((bornes.fin for bornes in self.periodes.values() if bornes.fin), default=None)


def est_ouverte(bornes: Bornes, le: datetime, *, grace: timedelta = timedelta(0)) -> bool:
    """Vrai si l'instant `le` est dans `bornes`, le délai de grâce compris à la fin."""
    ouvre, clot = bornes.ouvre_a(), bornes.clot_a()
    return (ouvre is None or le >= ouvre) and (clot is None or le < clot + grace)


def pourquoi_pas(
    calendrier: Calendrier,
    nature: Nature,
    le: datetime,
    *,
    derogation: date | None = None,
    grace: timedelta = timedelta(0),
) -> str | None:
    """Raison pour laquelle `nature` n'est pas ouverte à l'instant `le`, ou `None` (R4).

    `derogation` est le dernier jour accordé à l'établissement, s'il en a un.
    """
    bornes = calendrier.bornes(nature)
    if derogation and bornes.fin and derogation > bornes.fin:
        bornes = Bornes(bornes.debut, derogation)
    if est_ouverte(bornes, le, grace=grace):
        return None
    ouvre = bornes.ouvre_a()
    if ouvre and le < ouvre and bornes.debut:
        return f"{LIBELLES[nature]}\u00a0: ouverture le {dire_jour(bornes.debut)}."
    assert bornes.fin is not None
    return f"{LIBELLES[nature]}\u00a0: la date limite était le {dire_jour(bornes.fin)} à 23{INSECABLE}h{INSECABLE}59."


def phrase_d_echeance(nature: Nature, fin: date, le: datetime) -> str:
    """Phrase qui dit ce qu'il reste de `nature` jusqu'au jour `fin` compris (écran 1.4)."""
    sujet, ouvert, clos = SUJETS[nature]
    reste = (fin - jour_de(le)).days
    jour = dire_jour(fin, annee=False)
    if reste > 60:
        return f"{sujet} {ouvert} jusqu’au {dire_jour(fin)}"
    if reste >= 15:
        return f"{sujet} {ouvert}, il reste {reste // 7}{INSECABLE}semaines (jusqu’au {jour})"
    if reste >= 2:
        return f"{sujet} {ouvert}, il reste {reste}{INSECABLE}jours (jusqu’au {jour})"
    if reste == 1:
        return f"{sujet}{INSECABLE}: dernier jour demain, {jour}"
    if reste == 0:
        return f"{sujet}{INSECABLE}: dernier jour aujourd’hui, clôture à 23{INSECABLE}h{INSECABLE}59"
    return f"{sujet} {clos} depuis le {jour}"


def incoherences(calendrier: Calendrier) -> list[str]:
    """Contradictions du calendrier, chacune avec ses deux dates (R3) ; liste vide s'il tient."""
    return [*_fins_avant_debuts(calendrier), *_ordres_renverses(calendrier)]


def _fins_avant_debuts(calendrier: Calendrier) -> list[str]:
    return [
        f"{LIBELLES[nature]}\u00a0: la fin ({dire_jour(bornes.fin)}) précède le début ({dire_jour(bornes.debut)})."
        for nature, bornes in calendrier.periodes.items()
        if bornes.debut and bornes.fin and bornes.fin < bornes.debut
    ]


# Ce qui doit précéder, ce qui doit suivre, et ce qui se dit quand l'ordre est renversé : {a} et {b} sont leurs dates.
ORDRES: tuple[tuple[tuple[Nature, str], tuple[Nature, str], str], ...] = (
    (
        (Nature.INSCRIPTION, "fin"),
        (Nature.ENTRETIENS, "fin"),
        "Les entretiens se terminent le {b}, avant la fin des inscriptions le {a}.",
    ),
    (
        (Nature.INSCRIPTION, "debut"),
        (Nature.ENTRETIENS, "debut"),
        "Les entretiens commencent le {b}, avant les inscriptions le {a}.",
    ),
    (
        (Nature.INSCRIPTION, "fin"),
        (Nature.PLANIFICATION, "fin"),
        "La planification se termine le {b}, avant la fin des inscriptions le {a}.",
    ),
    (
        (Nature.INSCRIPTION, "fin"),
        (Nature.CONVOCATIONS, "fin"),
        "L’envoi des convocations se termine le {b}, avant la fin des inscriptions le {a}.",
    ),
    (
        (Nature.PLANIFICATION, "debut"),
        (Nature.ENTRETIENS, "fin"),
        "Les entretiens se terminent le {b}, avant la planification le {a}.",
    ),
    (
        (Nature.PLANIFICATION, "debut"),
        (Nature.CONVOCATIONS, "fin"),
        "L’envoi des convocations se termine le {b}, avant la planification le {a}.",
    ),
    (
        (Nature.CONVOCATIONS, "fin"),
        (Nature.ENTRETIENS, "fin"),
        "Les entretiens se terminent le {b}, avant l’envoi des convocations le {a}.",
    ),
    (
        (Nature.ENTRETIENS, "fin"),
        (Nature.SAISIE_AVIS_ACCUEIL, "fin"),
        "La saisie des avis d’accueil se termine le {b}, avant les entretiens le {a}.",
    ),
    (
        (Nature.VISUALISATION, "debut"),
        (Nature.VOEUX_AFFELNET, "fin"),
        "La saisie des vœux dans Affelnet-Lycée se termine le {b}, avant la visualisation des avis le {a}.",
    ),
)


def premier_entretien_possible(calendrier: Calendrier) -> date | None:
    """Jour avant lequel aucun entretien n'a pu se tenir : l'ouverture des entretiens, sinon des inscriptions."""
    ouvertures = (calendrier.periodes.get(nature, Bornes()).debut for nature in (Nature.ENTRETIENS, Nature.INSCRIPTION))
    return next(filter(None, ouvertures), None)


def _ordres_renverses(calendrier: Calendrier) -> list[str]:
    def date_de(nature: Nature, borne: str) -> date | None:
        return getattr(calendrier.periodes.get(nature, Bornes()), borne)

    fermeture = date_de(Nature.FERMETURE, "fin")
    couples = [
        *((date_de(*avant), date_de(*apres), phrase) for avant, apres, phrase in ORDRES),
        (
            premier_entretien_possible(calendrier),
            date_de(Nature.VISUALISATION, "debut"),
            "La visualisation des avis ouvre le {b}, avant le premier entretien possible le {a}.",
        ),
        *(
            (bornes.fin, fermeture, LIBELLES[nature] + "\u00a0: fin le {a}, après la fermeture le {b}.")
            for nature, bornes in calendrier.periodes.items()
            if nature is not Nature.FERMETURE
        ),
        *(
            (bornes.debut, fermeture, LIBELLES[nature] + "\u00a0: ouverture le {a}, après la fermeture le {b}.")
            for nature, bornes in calendrier.periodes.items()
            if nature is not Nature.FERMETURE and not bornes.fin
        ),
    ]
    return [
        phrase.format(a=dire_jour(avant), b=dire_jour(apres))
        for avant, apres, phrase in couples
        if avant and apres and apres < avant
    ]


@dataclass(frozen=True, slots=True)
class Raccourci:
    """Une période qui n'est pas finie et à laquelle des jours sont retirés."""

    nature: Nature
    avant: Bornes
    apres: Bornes

    @property
    def phrase(self) -> str:
        """« Inscription des élèves : se terminera le … au lieu du … », ou son début s'il est retardé."""
        libelle = LIBELLES[self.nature]
        if self.apres.fin and self.apres.fin != self.avant.fin:
            ancienne = f" au lieu du {dire_jour(self.avant.fin)}" if self.avant.fin else ""
            return f"{libelle}\u00a0: fin le {dire_jour(self.apres.fin)}{ancienne}."
        assert self.apres.debut is not None
        ancien = f" au lieu du {dire_jour(self.avant.debut)}" if self.avant.debut else ""
        return f"{libelle}\u00a0: ouverture le {dire_jour(self.apres.debut)}{ancien}."


def raccourcis(avant: Calendrier, apres: Calendrier, le: datetime) -> list[Raccourci]:
    """Périodes en cours ou à venir qui perdent des jours en passant d'`avant` à `apres` (écran S7)."""
    changees = ((nature, avant.bornes(nature), apres.bornes(nature)) for nature in Nature)
    return [Raccourci(nature, a, b) for nature, a, b in changees if not _est_finie(a, le) and _perd_des_jours(a, b, le)]


def _est_finie(bornes: Bornes, le: datetime) -> bool:
    clot = bornes.clot_a()
    return clot is not None and le >= clot


def _perd_des_jours(avant: Bornes, apres: Bornes, le: datetime) -> bool:
    """Vrai si la fin est avancée, ou si le début est retardé au-delà de l'instant `le`."""
    ouvre = apres.ouvre_a()
    finit_plus_tot = apres.fin is not None and (avant.fin is None or apres.fin < avant.fin)
    ouvre_plus_tard = apres.debut is not None and (avant.debut is None or apres.debut > avant.debut)
    return finit_plus_tot or (ouvre_plus_tard and ouvre is not None and ouvre > le)


DATES_EXIGEES: dict[Nature, tuple[str, ...]] = {
    Nature.INSCRIPTION: ("debut", "fin"),
    Nature.ENTRETIENS: ("debut", "fin"),
    Nature.FERMETURE: ("fin",),
}


def dates_manquantes(calendrier: Calendrier) -> list[str]:
    """Dates sans lesquelles une campagne ne s'ouvre pas, une phrase par date (R2)."""
    return [
        f"{LIBELLES[nature]}\u00a0: la date de {'début' if borne == 'debut' else 'fin'} manque au calendrier."
        for nature, bornes in DATES_EXIGEES.items()
        for borne in bornes
        if getattr(calendrier.periodes.get(nature, Bornes()), borne) is None
    ]


def remarques(calendrier: Calendrier, vacances: Iterable[tuple[str, Bornes]] = ()) -> list[str]:
    """Clôtures permises mais malcommodes : week-end, jour férié, vacances (écran S7)."""
    conges = list(vacances)
    return [
        f"{LIBELLES[nature]}\u00a0: {raison}"
        for nature, bornes in calendrier.periodes.items()
        if bornes.fin and (raison := _pourquoi_malcommode(bornes.fin, conges))
    ]


def _dire_les_vacances(libelle: str) -> str:
    """« Vacances de printemps » se suit tel quel ; « Noël » se cite."""
    if libelle.lower().startswith("vacances"):
        return f"{libelle[0].lower()}{libelle[1:]}"
    return f"vacances («\u00a0{libelle}\u00a0»)"


def _pourquoi_malcommode(jour: date, vacances: list[tuple[str, Bornes]]) -> str | None:
    ferie = jours_feries(jour.year).get(jour)
    if ferie:
        cause = f"est férié ({ferie})"
    elif jour.weekday() >= 5:
        cause = f"est un {JOURS[jour.weekday()]}"
    else:
        libelles = (nom for nom, conge in vacances if conge.debut and conge.fin and conge.debut <= jour <= conge.fin)
        nom = next(libelles, None)
        cause = f"est pendant les {_dire_les_vacances(nom)}" if nom else ""
    suite = "La clôture reste possible, mais les établissements seront fermés."
    return f"le {dire_jour(jour)} {cause}. {suite}" if cause else None
