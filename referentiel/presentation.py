"""Comment le calendrier et le catalogue se montrent."""

from dataclasses import dataclass
from datetime import date

from referentiel.rules.calendrier import LIBELLES, Bornes, Calendrier, Nature
from referentiel.rules.dates import dire_jour
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite

DEPARTEMENTS = {
    "075": "Paris (75)",
    "077": "Seine-et-Marne (77)",
    "078": "Yvelines (78)",
    "091": "Essonne (91)",
    "092": "Hauts-de-Seine (92)",
    "093": "Seine-Saint-Denis (93)",
    "094": "Val-de-Marne (94)",
    "095": "Val-d’Oise (95)",
}

# Ce que dit le catalogue de la façon de rencontrer un établissement.
HORS_PASSPRO = "hors_passpro"
AILLEURS = "ailleurs"
LIBELLES_DES_RENCONTRES: dict[str, str] = {
    **{modalite.value: libelle for modalite, libelle in LIBELLES_MODALITES.items()},
    HORS_PASSPRO: "Hors Passpro",
    AILLEURS: "Entretien dans un autre établissement",
}
CLASSES_DES_RENCONTRES: dict[str, str] = {
    Modalite.INDIVIDUEL.value: "fr-badge--blue-cumulus",
    Modalite.COLLECTIF.value: "fr-badge--green-emeraude",
    Modalite.AU_CHOIX.value: "fr-badge--purple-glycine",
    HORS_PASSPRO: "fr-badge--beige-gris-galet",
    AILLEURS: "",
}
# Ce que chaque filtre de modalité retient : « au choix » est des deux.
RENCONTRES_DES_FILTRES: dict[str, tuple[str, ...]] = {
    Modalite.INDIVIDUEL.value: (Modalite.INDIVIDUEL.value, Modalite.AU_CHOIX.value),
    Modalite.COLLECTIF.value: (Modalite.COLLECTIF.value, Modalite.AU_CHOIX.value),
    HORS_PASSPRO: (HORS_PASSPRO,),
    AILLEURS: (AILLEURS,),
}
_ENTRETIEN = (
    "Entretien individuel\u00a0: 20\u00a0minutes environ avec des enseignants de la formation. "
    "Vous recevrez ensuite un compte-rendu et un avis."
)
_SEANCE = (
    "Séance collective\u00a0: une présentation complète à plusieurs élèves. "
    "Elle ne donne lieu ni à un compte-rendu ni à un avis."
)
EXPLICATIONS_DES_RENCONTRES: dict[str, tuple[str, ...]] = {
    Modalite.INDIVIDUEL.value: (_ENTRETIEN,),
    Modalite.COLLECTIF.value: (_SEANCE,),
    Modalite.AU_CHOIX.value: ("L’établissement choisit, pour chaque élève, l’un ou l’autre.", _ENTRETIEN, _SEANCE),
    HORS_PASSPRO: (
        "Hors Passpro\u00a0: cet établissement présente ses formations autrement (journée portes ouvertes, "
        "mini-stage). Contactez-le directement.",
    ),
    AILLEURS: (
        "Cet établissement ne reçoit pas lui-même pour ce domaine\u00a0: l’entretien se passe dans un autre "
        "établissement, et il vaut pour tout le domaine.",
    ),
}

QUI: dict[Nature, str] = {
    Nature.INFORMATION: "Établissements d’origine",
    Nature.INSCRIPTION: "Établissements d’origine",
    Nature.PLANIFICATION: "Établissements d’accueil",
    Nature.ENTRETIENS: "Élèves et établissements d’accueil",
    Nature.CONVOCATIONS: "Établissements d’accueil",
    Nature.SAISIE_AVIS_ACCUEIL: "Établissements d’accueil",
    Nature.VISUALISATION: "Établissements d’origine",
    Nature.VOEUX_AFFELNET: "Établissements d’origine",
    Nature.FERMETURE: "Tous",
}


def nom_du_departement(code: str) -> str:
    return DEPARTEMENTS.get(code, code)


@dataclass(frozen=True, slots=True)
class Etape:
    """Une étape de la campagne, dite en mots."""

    libelle: str
    dates: str
    qui: str
    etat: str
    nature: Nature
    bornes: Bornes


def etapes_du_calendrier(calendrier: Calendrier, aujourd_hui: date) -> list[Etape]:
    """Les étapes datées, dans l'ordre où elles viennent."""
    datees = [(nature, bornes) for nature, bornes in calendrier.periodes.items() if bornes.debut or bornes.fin]
    rangs = {nature: rang for rang, nature in enumerate(Nature)}
    datees.sort(key=lambda etape: (etape[1].debut or etape[1].fin, etape[1].fin or date.max, rangs[etape[0]]))
    return [
        Etape(
            libelle=LIBELLES[nature],
            dates=dire_les_bornes(bornes),
            qui=QUI[nature],
            etat=_etat(nature, calendrier, aujourd_hui),
            nature=nature,
            bornes=bornes,
        )
        for nature, bornes in datees
    ]


def dire_les_bornes(bornes: Bornes) -> str:
    """« du lundi 25 janvier 2027 au vendredi 30 avril 2027 », « jusqu’au … », « à partir du … », « le … »."""
    if bornes.debut and bornes.fin:
        if bornes.debut == bornes.fin:
            return f"le {dire_jour(bornes.debut)}"
        return f"du {dire_jour(bornes.debut)} au {dire_jour(bornes.fin)}"
    if bornes.debut:
        return f"à partir du {dire_jour(bornes.debut)}"
    return f"jusqu’au {dire_jour(bornes.fin)}" if bornes.fin else "sans date"


def _etat(nature: Nature, calendrier: Calendrier, aujourd_hui: date) -> str:
    bornes = calendrier.bornes(nature)
    if nature is Nature.FERMETURE and calendrier.periodes[nature].debut is None:
        bornes = Bornes(bornes.fin, bornes.fin)  # la fermeture est un jour, non une période
    if bornes.fin and aujourd_hui > bornes.fin:
        return {Nature.ENTRETIENS: "terminés", Nature.CONVOCATIONS: "terminé"}.get(nature, "terminée")
    if bornes.debut and aujourd_hui < bornes.debut:
        return "à venir"
    return "en cours"
