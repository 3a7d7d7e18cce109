"""Ce qui reste à vérifier avant d'ouvrir une campagne, et où le corriger (écrans S7, S8)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Model, Q, QuerySet

from referentiel.models import Accueil, Campagne, Domaine, Etablissement, Formation
from referentiel.rules.calendrier import Bornes, dates_manquantes, incoherences, remarques
from referentiel.rules.jeu import Affichage, Case, Resultat, defauts_de_matrice, dire_couple

# Une rubrique qui a sa liste n'en montre que le début ; les autres montrent tout, ou presque.
LIGNES_AVEC_LISTE, LIGNES_SANS_LISTE = 6, 60


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une chose à corriger : ce qu'elle est, et l'objet dont la page la corrige."""

    texte: str
    objet: Model


@dataclass(frozen=True, slots=True)
class Rubrique:
    """Des choses de même sorte ; `filtre` retrouve la liste entière de `modele`."""

    titre: str
    pourquoi: str
    lignes: list[Ligne]
    total: int
    modele: type[Model] | None = None
    filtre: Mapping[str, Any] = field(default_factory=dict)

    @property
    def restantes(self) -> int:
        return self.total - len(self.lignes)


def ce_qui_bloque(campagne: Campagne) -> list[Rubrique]:
    """Ce qui empêche d'ouvrir `campagne`, rubrique par rubrique (R3, R6)."""
    calendrier, regles = campagne.calendrier, campagne.regles
    ouverte = Campagne.objects.filter(academie=campagne.academie, etat=Campagne.Etat.OUVERTE).exclude(pk=campagne.pk)
    cases = [case.en_case for case in regles.cases.all()]
    return _non_vides(
        [
            _objets(
                "Campagne déjà ouverte",
                "Une académie n’a qu’une campagne ouverte à la fois\u00a0: celle-ci se clôt d’abord.",
                ouverte,
                lambda autre: f"La campagne «\u00a0{autre.intitule}\u00a0» est encore ouverte.",
            ),
            _phrases(
                "Calendrier",
                "Complétez ou corrigez ces dates.",
                [*dates_manquantes(calendrier), *incoherences(calendrier)],
                campagne,
            ),
            _phrases(
                "Règles et matrice",
                "Chaque croisement de deux avis a un résultat, et des points s’ils comptent dans Affelnet-Lycée.",
                [*defauts_de_matrice(cases, regles.couples_attendus), *_sans_points(cases, regles.affichage)],
                regles,
            ),
        ]
    )


def a_verifier(campagne: Campagne) -> list[Rubrique]:
    """Ce qui n'empêche pas d'ouvrir et mérite un regard, rubrique par rubrique."""
    return _non_vides(
        [
            *_du_calendrier(campagne),
            *_du_catalogue(campagne),
            *_des_accueils(campagne),
            *_des_etablissements(campagne),
        ]
    )


def total(rubriques: Iterable[Rubrique]) -> int:
    return sum(rubrique.total for rubrique in rubriques)


def _sans_points(cases: list[Case], affichage: str) -> list[str]:
    if affichage != Affichage.AVEC_BONUS:
        return []
    return [
        f"Points manquants pour {dire_couple(case.origine, case.accueil)}."
        for case in cases
        if case.points is None and case.resultat is not Resultat.INCOMPLET
    ]


def _du_calendrier(campagne: Campagne) -> list[Rubrique]:
    conges = [(vacances.libelle, Bornes(vacances.debut, vacances.fin)) for vacances in campagne.vacances.all()]
    sans_conges = (
        [] if conges else ["Aucune vacance scolaire n’est saisie\u00a0: les entretiens n’en tiendront pas compte."]
    )
    return [
        _phrases(
            "Dates à regarder",
            "Ces dates sont permises\u00a0; les établissements seront fermés.",
            [*remarques(campagne.calendrier, conges), *sans_conges],
            campagne,
        ),
        _phrases(
            "Contact du SAIO",
            "Montré aux établissements qui ont besoin d’aide.",
            [] if campagne.academie.contact_courriel else ["Le courriel du SAIO manque."],
            campagne.academie,
        ),
    ]


def _du_catalogue(campagne: Campagne) -> list[Rubrique]:
    domaines = Domaine.objects.filter(campagne=campagne)
    formations = Formation.objects.filter(domaine__campagne=campagne).select_related("domaine")
    if not domaines.exists():
        vide = ["Le catalogue est vide\u00a0: aucun élève ne pourra être inscrit."]
        return [_phrases("Catalogue", "Reprenez celui d’une autre campagne, ou saisissez-le.", vide, campagne)]
    return [
        _objets(
            "Formations à vérifier",
            "Leur nom ou leur MEF a changé depuis 2020.",
            formations.exclude(a_verifier=""),
            lambda formation: f"{formation} – {formation.a_verifier}",
            {"domaine__campagne__id__exact": campagne.pk, "a_verifier__isempty": 0},
        ),
        _objets(
            "Domaines sans établissement d’accueil",
            "Personne n’y reçoit\u00a0: aucun élève ne pourra s’y inscrire.",
            domaines.annotate(nombre=Count("accueils")).filter(nombre=0),
            str,
        ),
        _objets(
            "Formations que personne ne propose",
            "Elles sont au catalogue sans aucun établissement.",
            formations.annotate(nombre=Count("offres")).filter(nombre=0),
            str,
        ),
    ]


def _des_accueils(campagne: Campagne) -> list[Rubrique]:
    accueils = Accueil.objects.de_la_campagne(campagne).select_related("domaine", "etablissement")
    return [
        _objets(
            "Accueils à vérifier pour cette année",
            "Repris tels quels\u00a0: l’établissement reçoit-il toujours, de la même façon\u00a0?",
            accueils.filter(verifie_le=None),
            str,
            {"domaine__campagne__id__exact": campagne.pk, "verifie_le__isempty": 1},
        ),
        _objets(
            "Accueils sans contact",
            "Ni téléphone ni courriel à écrire sur la convocation.",
            accueils.filter(contact_courriel="", contact_telephone="", etablissement__telephone=""),
            str,
        ),
    ]


def _des_etablissements(campagne: Campagne) -> list[Rubrique]:
    accueil = Etablissement.objects.filter(accueils__domaine__campagne=campagne).distinct()
    tous = Etablissement.objects.filter(Q(academie=campagne.academie) | Q(accueils__domaine__campagne=campagne))
    return [
        _objets(
            "Établissements d’accueil sans adresse",
            "La convocation dit où se rendre.",
            accueil.filter(Q(adresse="") | Q(code_postal="")),
            str,
        ),
        _objets(
            "Établissements sans messagerie",
            "Leurs convocations ne pourront pas partir.",
            tous.filter(messagerie="").distinct(),
            str,
            {"messagerie__isempty": 1},
        ),
    ]


def _phrases(titre: str, pourquoi: str, phrases: list[str], objet: Model) -> Rubrique:
    return Rubrique(titre, pourquoi, [Ligne(phrase, objet) for phrase in phrases], len(phrases))


def _objets(
    titre: str,
    pourquoi: str,
    objets: QuerySet,
    dire: Callable[[Any], str],
    filtre: Mapping[str, Any] | None = None,
) -> Rubrique:
    lus = list(objets)
    montrees = lus[: LIGNES_AVEC_LISTE if filtre else LIGNES_SANS_LISTE]
    lignes = [Ligne(dire(objet), objet) for objet in montrees]
    return Rubrique(titre, pourquoi, lignes, len(lus), objets.model, filtre or {})


def _non_vides(rubriques: list[Rubrique]) -> list[Rubrique]:
    return [rubrique for rubrique in rubriques if rubrique.total]
