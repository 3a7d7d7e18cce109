"""Les objets d'un autre : chaque page qui en désigne un, essayée par qui n'y a pas droit (R37, T1, T2).

Un intrus entre par chez lui – son établissement, son académie – et nomme l'objet d'un autre. Pour lui cet objet
n'existe pas : la page répond comme pour un objet qui n'existe nulle part.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.urls import reverse

from avis.models import CompteRendu
from candidatures.models import Eleve, FormationDemandee
from comptes.models import Personne
from referentiel.models import Academie, Rattachement
from tests.architecture.acces import TABLE, Lieux, Page
from tests.factories.pilotage import Scene
from tests.factories.referentiel import CampagneFactory, RattachementFactory

INTRUS = {"origine": "autre_origine", "accueil": "autre_accueil", "academie": "saio_d_ailleurs"}
# Les arguments qui désignent un objet ; les autres disent un jour, une tâche, un onglet.
OBJETS = {"code", "cle", "candidature", "demande", "classe", "slug"}
ABSENT = "absent22"
UAI_ABSENT = "0000000a"
CLE_ABSENTE = 2**40
# Ce qui change d'une demande à l'autre : le jeton, la minute où la page s'imprime, le temps qui reste à la session.
PASSAGER = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|csrf[^"]*"[A-Za-z0-9]{64}"|data-terme="[0-9]+"|'
    + "Édité le [^<]*".encode()
)
LECTURES = ("get", "head", "options")
ECRITURES = ("post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Essai:
    """Une page, l'adresse qui nomme l'objet d'un autre, et la même pour un objet qui n'existe pas."""

    page: Page
    qui: str
    etrangere: str
    absente: str

    def __str__(self) -> str:
        return f"{self.page.nom} par {self.qui}"


def saio_d_ailleurs() -> Rattachement:
    """Le SAIO d'une autre académie, dont la campagne est ouverte aussi."""
    academie = Academie.objects.create(code="ailleurs", nom="Ailleurs", departements=["078"])
    CampagneFactory(academie=academie)
    return RattachementFactory(saio=True, academie=academie, personne__is_staff=True)


def essais_d_objets(scene: Scene, lieux: Lieux) -> Iterator[Essai]:
    """Chaque page d'espace qui désigne un objet, vue de l'espace d'un intrus."""
    for page in TABLE:
        cote = _cote(page, lieux)
        objets = _objets(page, cote)
        if cote is None or not objets:
            continue
        etrangers = lieux.arguments(page)
        if cote != "academie":
            etrangers["uai"] = getattr(scene, INTRUS[cote]).etablissement.segment
        absents = etrangers | {nom: _absent(nom, etrangers[nom]) for nom in objets}
        yield Essai(page, INTRUS[cote], reverse(page.nom, kwargs=etrangers), reverse(page.nom, kwargs=absents))


def essais_de_lieux(lieux: Lieux) -> Iterator[Essai]:
    """Chaque page d'un établissement, demandée par qui est d'un autre ; à côté, un établissement qui n'existe pas."""
    for page in TABLE:
        cote = _cote(page, lieux)
        if cote in {"origine", "accueil"}:
            arguments = lieux.arguments(page)
            ailleurs = arguments | {"uai": UAI_ABSENT}
            yield Essai(page, INTRUS[cote], reverse(page.nom, kwargs=arguments), reverse(page.nom, kwargs=ailleurs))


def listes_de_l_intrus(scene: Scene, lieux: Lieux) -> Iterator[tuple[Page, str, str]]:
    """Les pages d'un espace qui ne désignent aucun objet, dans celui d'un intrus."""
    for page in TABLE:
        cote = _cote(page, lieux)
        if cote is None or _objets(page, cote) or page.envoi:
            continue
        arguments = lieux.arguments(page)
        if cote != "academie":
            arguments["uai"] = getattr(scene, INTRUS[cote]).etablissement.segment
        yield page, INTRUS[cote], reverse(page.nom, kwargs=arguments)


def marques(scene: Scene) -> list[bytes]:
    """Ce qui trahit un élève, un texte ou une personne des établissements de la scène."""
    equipe = Personne.objects.filter(rattachements__etablissement__in=[scene.college, scene.lycee])
    lues = {
        *Eleve.objects.values_list("nom", flat=True),
        *(nom.upper() for nom in Eleve.objects.values_list("nom", flat=True)),
        *Eleve.objects.values_list("ine", flat=True),
        *FormationDemandee.objects.values_list("commentaire", flat=True),
        *CompteRendu.objects.values_list("texte", flat=True),
        *equipe.values_list("courriel", flat=True),
    }
    return sorted(marque.encode() for marque in lues if len(marque) > 3)


def fuites(contenu: bytes, traitres: list[bytes]) -> list[str]:
    return [f"dit « {marque.decode()[:40]} »" for marque in traitres if marque in contenu]


def corps_de(reponse: Any) -> bytes:
    return b"".join(reponse.streaming_content) if reponse.streaming else reponse.content


def neutre(contenu: bytes, *propres: Any) -> bytes:
    """Le corps, sans ce qui passe ni ce que l'adresse dit elle-même."""
    sans_jeton = PASSAGER.sub(b"", contenu)
    for valeur in sorted({str(propre) for propre in propres}, key=len, reverse=True):
        sans_jeton = sans_jeton.replace(valeur.encode(), b"~")
    return sans_jeton


@contextmanager
def requetes_comptees() -> Iterator[list[str]]:
    """Les requêtes du bloc."""
    faites: list[str] = []

    def compter(execute, sql, params, many, context):
        faites.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(compter):
        yield faites


def lecture_qui_fuit(essai: Essai, clients: Any, traitres: list[bytes]) -> list[str]:
    """Ce que la seule lecture de l'objet d'un autre laisse voir."""
    reponse = clients[essai.qui].get(essai.etrangere)
    defauts = [] if reponse.status_code in {404, 405} else [f"répond {reponse.status_code}"]
    return [f"{essai} {defaut}" for defaut in [*defauts, *fuites(corps_de(reponse), traitres)]]


def _cote(page: Page, lieux: Lieux) -> str | None:
    premier = reverse(page.nom, kwargs=lieux.arguments(page)).split("/")[1]
    return premier if premier in INTRUS else None


def _objets(page: Page, cote: str | None) -> set[str]:
    propres = {"uai"} if cote == "academie" else set()
    return (OBJETS | propres) & set(page.arguments)


def _absent(nom: str, valeur: Any) -> Any:
    if isinstance(valeur, int):
        return CLE_ABSENTE
    return UAI_ABSENT if nom == "uai" else ABSENT
