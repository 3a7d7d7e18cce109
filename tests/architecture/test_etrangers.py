"""L'objet d'un autre n'existe pas : chaque page, chaque verbe, et chaque filtre ôté tour à tour (R37, T1, T2)."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from candidatures.models import CandidatureQuerySet, EleveQuerySet
from entretiens.models import ConvocationQuerySet, CreneauQuerySet, EntretienQuerySet, SeanceQuerySet
from entretiens.models.propositions import PropositionQuerySet
from pilotage.selectors.taches import comptes
from referentiel.models.travaux import TravailQuerySet
from referentiel.permissions import Cote, Perimetre, perimetre_de
from tests.architecture import etrangers
from tests.architecture.etrangers import (
    ABSENT,
    CLE_ABSENTE,
    ECRITURES,
    LECTURES,
    UAI_ABSENT,
    Essai,
    corps_de,
    essais_d_objets,
    essais_de_lieux,
    fuites,
    lecture_qui_fuit,
    listes_de_l_intrus,
    marques,
    neutre,
    requetes_comptees,
)
from tests.architecture.test_acces import Entrees, ecritures_relevees, sans_suite
from tests.factories.pilotage import Scene

REFUS = {404, 405}


@pytest.fixture
def intrus(scene, connecter) -> Entrees:
    """Le chef d'un autre collège, celui d'un autre lycée, le SAIO d'une autre académie ; un navigateur par demande."""
    places = {
        "autre_origine": scene.autre_origine,
        "autre_accueil": scene.autre_accueil,
        "saio_d_ailleurs": etrangers.saio_d_ailleurs(),
    }
    clients = {qui: connecter(place.personne) for qui, place in places.items()}
    return Entrees(clients)


def reponses(client: Client, verbe: str, adresse: str) -> tuple[int, bytes, list[str], int]:
    """Statut, corps, tables écrites et nombre de requêtes d'une demande ; la base redevient ce qu'elle était."""
    with sans_suite(), ecritures_relevees() as ecrites, requetes_comptees() as requetes:
        reponse = getattr(client, verbe)(adresse)
        corps = corps_de(reponse)
    return reponse.status_code, corps, ecrites, len(requetes)


def comparer(essai: Essai, intrus: Entrees, traitres: list[bytes], *propres: object) -> list[str]:
    """Ce qui distingue l'objet d'un autre d'un objet absent, verbe par verbe, et ce qui fuit ou s'écrit."""
    ecarts = []
    for verbe in (*LECTURES, *ECRITURES):
        statut, corps, ecrites, requetes = reponses(intrus[essai.qui], verbe, essai.etrangere)
        ecarts += [f"{verbe} {fuite}" for fuite in fuites(corps, traitres)]
        ecarts += [f"{verbe} écrit dans {table}" for table in ecrites]
        if statut not in REFUS:
            ecarts.append(f"{verbe} répond {statut}")
        if verbe in {"get", "post"}:
            autre_statut, autre_corps, _, autres_requetes = reponses(intrus[essai.qui], verbe, essai.absente)
            if (statut, neutre(corps, *propres)) != (autre_statut, neutre(autre_corps, *propres)):
                ecarts.append(f"{verbe} répond {statut} et, pour un objet absent, {autre_statut}, ou un autre corps")
            if requetes != autres_requetes:
                ecarts.append(f"{verbe} fait {requetes} requêtes et, pour un objet absent, {autres_requetes}")
    return [f"{essai} : {ecart}" for ecart in ecarts]


def test_l_objet_d_un_autre_repond_comme_un_objet_absent(scene, lieux, intrus):
    """Chaque page qui désigne un objet, chaque verbe : même statut, même corps, autant de requêtes, rien d'écrit."""
    traitres, ecarts, essayes = marques(scene), [], 0
    for essai in essais_d_objets(scene, lieux):
        essayes += 1
        propres = [*lieux.arguments(essai.page).values(), ABSENT, CLE_ABSENTE, UAI_ABSENT]
        ecarts += comparer(essai, intrus, traitres, *propres)
    assert essayes > 80
    assert not ecarts, "\n".join(ecarts)


def test_l_etablissement_d_un_autre_repond_comme_un_etablissement_absent(scene, lieux, intrus):
    traitres, ecarts, essayes = marques(scene), [], 0
    for essai in essais_de_lieux(lieux):
        essayes += 1
        for verbe in ("get", "post"):
            statut, corps, ecrites, _ = reponses(intrus[essai.qui], verbe, essai.etrangere)
            autre_statut, autre_corps, _, _ = reponses(intrus[essai.qui], verbe, essai.absente)
            propres = (scene.college.segment, scene.lycee.segment, UAI_ABSENT)
            if (statut, neutre(corps, *propres)) != (autre_statut, neutre(autre_corps, *propres)) or ecrites:
                ecarts.append(f"{essai} : {verbe} {statut}, {autre_statut}, écrit {ecrites}")
            ecarts += [f"{essai} : {verbe} {fuite}" for fuite in fuites(corps, traitres)]
    assert essayes > 120
    assert not ecarts, "\n".join(ecarts)


def test_une_recherche_ne_dit_rien_des_eleves_d_un_autre(scene, lieux, intrus):
    """Chercher un élève d'ailleurs rend la page que rend un nom qui n'existe pas : ni ligne, ni compte, ni temps."""
    eleve = scene.candidature().eleve
    traitres = marques(scene)
    connus = {"q": eleve.nom, "personne": eleve.nom, "classe": eleve.classe, "etablissement": scene.college.uai}
    inventes = {"q": "Zzqxv", "personne": "Zzqxv", "classe": "9e Z", "etablissement": UAI_ABSENT.upper()}
    propres = [*connus.values(), *inventes.values(), "3e+B", "9e+Z", "3e%20B", "9e%20Z"]
    ecarts = []
    for page, qui, adresse in listes_de_l_intrus(scene, lieux):
        with sans_suite(), requetes_comptees() as requetes:
            reponse = intrus[qui].get(adresse, connus)
            corps = corps_de(reponse)
        with sans_suite(), requetes_comptees() as autres_requetes:
            autre = corps_de(intrus[qui].get(adresse, inventes))
        reste = neutre(corps, *propres)
        ecarts += [f"{page.nom} : {fuite}" for fuite in fuites(reste, traitres)]
        if reponse.get("Content-Type", "").startswith("text/html"):
            ecarts += [f"{page.nom} : {ligne}" for ligne in lignes_qui_different(reste, neutre(autre, *propres))]
        if len(requetes) != len(autres_requetes):
            ecarts.append(f"{page.nom} : {len(requetes)} requêtes, {len(autres_requetes)} pour un nom inventé")
    assert not ecarts, "\n".join(ecarts)


def lignes_qui_different(une: bytes, autre: bytes) -> list[str]:
    return [ligne.decode().strip()[:200] for ligne in set(une.splitlines()) ^ set(autre.splitlines())]


# Chaque filtre du périmètre, et ce qui resterait si on l'ôtait : tout ce que la campagne contient.
def _de_la_campagne(chemin: str) -> Callable:
    return lambda self, campagne, etablissement_id: self.filter(**{chemin: campagne})


FILTRES: dict[str, tuple[type, str, Callable]] = {
    "élèves de l'origine": (EleveQuerySet, "de_l_origine", _de_la_campagne("campagne")),
    "candidatures de l'origine": (CandidatureQuerySet, "de_l_origine", _de_la_campagne("domaine__campagne")),
    "candidatures de l'accueil": (CandidatureQuerySet, "de_l_accueil", _de_la_campagne("domaine__campagne")),
    "convocations de l'origine": (ConvocationQuerySet, "de_l_origine", lambda self, campagne, cle: self.all()),
    "convocations de l'accueil": (ConvocationQuerySet, "de_l_accueil", lambda self, campagne, cle: self.all()),
    "entretiens de l'accueil": (EntretienQuerySet, "de_l_accueil", lambda self, campagne, cle: self.all()),
    "créneaux de l'accueil": (CreneauQuerySet, "de_l_accueil", lambda self, campagne, cle: self.all()),
    "séances de l'accueil": (SeanceQuerySet, "de_l_accueil", lambda self, campagne, cle: self.all()),
    "propositions de l'accueil": (PropositionQuerySet, "de_l_accueil", lambda self, campagne, cle: self.all()),
}


@pytest.mark.longue
def test_chaque_filtre_ote_fait_voir_une_fuite(scene, lieux, intrus, monkeypatch):
    """Le relevé des fuites sait les voir : sans l'un quelconque des filtres, il en trouve, ou un compte change."""
    scene.non_distribuee()
    traitres, essais = marques(scene), list(essais_d_objets(scene, lieux))
    a_faire, muets = accueils_des_intrus(scene, intrus), []
    for nom, (classe, methode, sans_filtre) in FILTRES.items():
        with monkeypatch.context() as remplacement:
            remplacement.setattr(classe, methode, sans_filtre)
            # La requête des tâches s'écrit une fois par processus : ici, sans le filtre.
            remplacement.setattr(comptes, "_lectures", {})
            fuit = any(lecture_qui_fuit(essai, intrus, traitres) for essai in essais)
            if not fuit and accueils_des_intrus(scene, intrus) == a_faire:
                muets.append(nom)
    assert not muets


def accueils_des_intrus(scene: Scene, intrus: Entrees) -> list[bytes]:
    """Ce que chaque intrus lit en arrivant chez lui : ses tâches et leurs comptes."""
    adresses = {
        "autre_origine": reverse("pilotage:a_faire_origine", args=[scene.autre_origine.etablissement.segment]),
        "autre_accueil": reverse("pilotage:a_faire_accueil", args=[scene.autre_accueil.etablissement.segment]),
    }
    return [neutre(corps_de(intrus[qui].get(adresse))) for qui, adresse in adresses.items()]


def test_chaque_filtre_du_perimetre_est_parmi_ceux_que_l_on_ote():
    """Un filtre nouveau, nommé comme les autres, s'éprouve aussi."""
    connus = {(classe, methode) for classe, methode, _ in FILTRES.values()}
    querysets = [EleveQuerySet, CandidatureQuerySet, ConvocationQuerySet, EntretienQuerySet, CreneauQuerySet]
    querysets += [SeanceQuerySet, PropositionQuerySet, TravailQuerySet]
    tous = {(c, m) for c in querysets for m in ("de_l_origine", "de_l_accueil") if m in vars(c)}
    assert tous == connus


def test_une_porte_qui_ne_regarderait_plus_la_place_se_verrait(scene, lieux, intrus, monkeypatch):
    """Sans la place, chaque page d'un établissement s'ouvrirait à qui est d'un autre."""

    def n_importe_quelle_place(self: Perimetre, uai: str, cote: Cote):
        chefs = {Cote.ORIGINE: scene.chef_origine, Cote.ACCUEIL: scene.chef_accueil}
        return perimetre_de(chefs[cote].personne_id).places[0]

    monkeypatch.setattr(Perimetre, "place", n_importe_quelle_place)
    traitres = marques(scene)
    essais = [essai for essai in essais_de_lieux(lieux) if not essai.page.envoi][:6]
    assert all(lecture_qui_fuit(essai, intrus, traitres) for essai in essais)
