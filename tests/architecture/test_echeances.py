"""Chaque écriture d'une campagne demande au calendrier, à l'instant où elle écrit (R1, R4, F3).

Un service est refusé à l'instant exact de la clôture, accepté une microseconde avant, refusé avant l'ouverture, refusé
dans une campagne close. Un service public qui n'est dans aucune des tables d'`echeances.py` fait échouer le premier
test.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import FunctionType, ModuleType
from typing import Any

import pytest

import avis.services
import candidatures.services
import entretiens.services
from referentiel.models import Campagne, JeuDeRegles, Periode
from referentiel.rules.ouverture import ACTES, Geste
from referentiel.rules.refus import PeriodeClose
from referentiel.services import accorder_une_derogation, clore_la_campagne
from tests.architecture.echeances import A_LA_LECTURE, CLOTURE, HORS_CALENDRIER, JOUR, SOIR, TABLE
from tests.architecture.test_acces import ecritures_relevees
from tests.factories.inscriptions import une_saisie
from tests.factories.referentiel import EtablissementFactory

PAQUETS = (candidatures.services, entretiens.services, avis.services)

# Tous les services sont là ------------------------------------------------------------------------------------


def services_qui_ecrivent() -> Iterator[tuple[ModuleType, str, FunctionType]]:
    """Services publics de la maison : ceux qui disent qui écrit (`par`), et ce qui écrit de soi-même."""
    for paquet in PAQUETS:
        for nom in paquet.__all__:
            service = getattr(paquet, nom)
            if inspect.isfunction(service) and (
                "par" in inspect.signature(service).parameters or nom in HORS_CALENDRIER
            ):
                yield paquet, nom, service


def test_chaque_service_qui_ecrit_a_sa_ligne():
    connus = set(TABLE) | A_LA_LECTURE | set(HORS_CALENDRIER)
    inconnus = {nom for _, nom, _ in services_qui_ecrivent()} - connus
    assert not inconnus, f"Donnez une ligne à : {', '.join(sorted(inconnus))}"


def test_chaque_geste_d_un_etablissement_a_son_service():
    a_la_lecture = {Geste.AVISER_UN_AJOUT, Geste.REPONDRE_A_UN_TRANSFERT}
    couverts = {geste for geste, _ in TABLE.values()} | a_la_lecture
    assert {geste for geste, acte in ACTES.items() if acte.cote != "academie"} == couverts


@pytest.mark.parametrize("nom", sorted(A_LA_LECTURE))
def test_un_service_sans_mise_en_scene_demande_au_calendrier(nom):
    existants = {service_nom: service for _, service_nom, service in services_qui_ecrivent()}
    assert nom in existants, "Ce service n'existe plus : retirez-le de la liste."
    assert _demande_au_calendrier(existants[nom], set())


def _demande_au_calendrier(fonction: Any, vues: set[str]) -> bool:
    """Vrai si la fonction, ou une fonction de la maison qu'elle appelle, appelle une garde du calendrier."""
    fonction = inspect.unwrap(fonction)
    if fonction.__qualname__ in vues:
        return False
    vues.add(fonction.__qualname__)
    if fonction.__name__ in {"exiger_periode", "exiger_une_des_periodes"}:
        return True
    arbre = ast.parse(inspect.getsource(fonction).lstrip())
    appelees = {
        noeud.func.id for noeud in ast.walk(arbre) if isinstance(noeud, ast.Call) and isinstance(noeud.func, ast.Name)
    }
    suivantes = (fonction.__globals__.get(appelee) for appelee in appelees)
    return any(inspect.isfunction(suivante) and _demande_au_calendrier(suivante, vues) for suivante in suivantes)


# Avant, pendant, après ----------------------------------------------------------------------------------------


@pytest.fixture(params=sorted(TABLE))
def service(request, scene) -> Callable[[Any], Any]:
    """Un service prêt à écrire, et la campagne où il écrit ; son geste, et l'établissement qui agit."""
    geste, preparer = TABLE[request.param]
    fonction = next(fonction for _, nom, fonction in services_qui_ecrivent() if nom == request.param)
    arguments = preparer(scene)
    cote = ACTES[geste].cote
    agit = scene.college if cote == "origine" else scene.lycee
    par = scene.chef_origine.personne if cote == "origine" else scene.chef_accueil.personne

    def ecrire(le):
        return fonction(**_relire(arguments), par=par, le=le)

    ecrire.geste, ecrire.etablissement = geste, agit
    return ecrire


def _relire(arguments: dict[str, Any]) -> dict[str, Any]:
    """Les mêmes arguments, avec la campagne telle qu'elle est en base à cet instant."""
    relus = {}
    for nom, valeur in arguments.items():
        relus[nom] = _neuf(valeur)
    return relus


def _neuf(valeur: Any) -> Any:
    if isinstance(valeur, Campagne):
        return Campagne.objects.avec_regles().get(pk=valeur.pk)
    if isinstance(valeur, list):
        return [_neuf(element) for element in valeur]
    if isinstance(valeur, dict):
        return {_neuf(cle): element for cle, element in valeur.items()}
    if isinstance(valeur, tuple):
        return tuple(_neuf(element) for element in valeur)
    if isinstance(valeur, candidatures.services.SaisieAvis):
        return candidatures.services.SaisieAvis(
            _neuf(valeur.formation_demandee), valeur.avis, valeur.commentaire, valeur.version
        )
    if hasattr(valeur, "_meta"):
        return type(valeur).objects.get(pk=valeur.pk)
    return valeur


def regler(campagne: Campagne, geste: Geste, **bornes: Any) -> None:
    natures = ACTES[geste].natures
    for nature in natures:
        Periode.objects.update_or_create(campagne=campagne, nature=nature, defaults=bornes)


def refuse(ecrire: Callable[[Any], Any], le) -> PeriodeClose:
    with ecritures_relevees() as ecrites, pytest.raises(PeriodeClose) as refus:
        ecrire(le)
    assert not ecrites, f"a écrit dans {', '.join(ecrites)}"
    return refus.value


def test_une_ecriture_tient_jusqu_a_la_derniere_microseconde_et_pas_apres(service, scene):
    regler(scene.campagne, service.geste, debut=JOUR - timedelta(days=20), fin=JOUR)
    refus = refuse(service, CLOTURE)
    assert "lundi 15\u00a0mars 2027 à 23\u00a0h\u00a059" in str(refus)
    service(SOIR)


def test_une_ecriture_avant_l_ouverture_est_refusee(service, scene):
    Periode.objects.filter(campagne=scene.campagne, debut__lte=JOUR).update(debut=JOUR + timedelta(days=1))
    regler(scene.campagne, service.geste, debut=JOUR + timedelta(days=1), fin=JOUR + timedelta(days=60))
    assert refuse(service, SOIR).reponse.pas_encore


def test_une_campagne_close_refuse_toute_ecriture(service, scene):
    clore_la_campagne(campagne=scene.campagne, par=None, le=scene.le)
    assert "consultation seule" in str(refuse(service, SOIR))


def test_un_delai_accorde_vaut_pour_cet_etablissement_et_pour_lui_seul(service, scene):
    regler(scene.campagne, service.geste, debut=JOUR - timedelta(days=20), fin=JOUR - timedelta(days=1))
    derniere = ACTES[service.geste].natures[-1]
    ailleurs = EtablissementFactory()
    commun = {"nature": derniere, "jusqu_au": JOUR, "motif": "Travaux", "par": None, "le": scene.le}
    campagne = Campagne.objects.avec_regles().get(pk=scene.campagne.pk)
    accorder_une_derogation(campagne=campagne, etablissement=ailleurs, **commun)
    refuse(service, SOIR)
    accorder_une_derogation(campagne=campagne, etablissement=service.etablissement, **commun)
    assert "lundi 15\u00a0mars 2027" in str(refuse(service, CLOTURE)), "le délai accordé finit aussi"
    service(SOIR)


def test_la_grace_compte_et_finit(scene):
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(grace=10)
    regler(scene.campagne, Geste.AJOUTER_UN_ELEVE, debut=JOUR - timedelta(days=20), fin=JOUR)

    def ajouter(le, nom):
        campagne = Campagne.objects.avec_regles().get(pk=scene.campagne.pk)
        candidatures.services.ajouter_un_eleve(
            etablissement=scene.college, campagne=campagne, saisie=une_saisie(nom=nom), par=None, le=le
        )

    grace = timedelta(minutes=10)
    ajouter(CLOTURE + grace - timedelta(microseconds=1), "Dans la grâce")
    with pytest.raises(PeriodeClose):
        ajouter(CLOTURE + grace, "Après la grâce")
