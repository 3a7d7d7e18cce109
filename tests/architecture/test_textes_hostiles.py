"""Une base dont chaque texte porte une charge, et toutes les pages qui les montrent (T12, T16, R41).

La charge est à la fois une formule et une balise : aucune page ne l'exécute, aucun fichier ne la calcule.
"""

import csv
import io
import mimetypes
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pikepdf
import pytest
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar
from playwright.sync_api import Browser
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from candidatures.lectures import slug_de_la_classe
from candidatures.models import Eleve
from referentiel import exports
from referentiel.models import Annonce, Derogation, MotARappeler, Vacances
from referentiel.rules.calendrier import Nature
from referentiel.services.travaux import preparer_le_prochain_travail
from tests.architecture.acces import PERSONNES, TABLE, Lieux
from tests.conftest import _dans
from tests.factories.charges import charger
from tests.factories.pilotage import Scene

CHARGE = "=1+1\"'><svg/onload=pirate()>"
# Ce qu'en garde le plus court des champs.
DEBUT = CHARGE[:18]
LECTEURS = ("anonyme", "chef_origine", "chef_accueil", "observateur", "saio")
ADMINISTRATION = "saio"
# Son fichier n'est qu'un en-tête : celui d'un vrai travail se lit plus bas.
SANS_CONTENU = "referentiel:travail_fichier"
PDF, XLSX, CSV, ICS = "application/pdf", "spreadsheetml.sheet", "text/csv", "text/calendar"
# Ce que le navigateur note avant tout script de la page.
GUET = """
window.vu = [];
window.pirate = () => window.vu.push("exécuté");
document.addEventListener("securitypolicyviolation", (e) => window.vu.push(e.violatedDirective + " " + e.blockedURI));
"""
RELEVE = """() => window.vu.concat(
    [...document.querySelectorAll("[onload],[onclick],[onerror],[onfocus]")].map((e) => e.outerHTML.slice(0, 80)))"""


@dataclass(frozen=True, slots=True)
class Reponse:
    """Ce que le site a répondu à une personne."""

    page: str
    chemin: str
    statut: int
    entetes: dict[str, str]
    contenu: bytes

    @property
    def genre(self) -> str:
        return self.entetes.get("Content-Type", "")

    @property
    def est_une_page(self) -> bool:
        return self.genre.startswith("text/html")


@pytest.fixture
def chargee(scene, lieux) -> Lieux:
    """La scène de la table d'accès et ses voisines, chaque texte libre chargé."""
    demain = scene.le + timedelta(days=1)
    scene.deplacee(heure=13)
    scene.non_distribuee(heure=15)
    scene.a_relire()
    commun: dict[str, Any] = {"campagne": scene.campagne}
    Annonce.objects.create(**commun, titre="A", texte="B", du=scene.le, au=demain, importante=True)
    Derogation.objects.create(
        **commun, etablissement=scene.college, nature=Nature.INSCRIPTION, jusqu_au=demain.date(), motif="C"
    )
    MotARappeler.objects.create(**commun, mot="D", famille="E")
    Vacances.objects.create(**commun, libelle="F", debut=demain.date(), fin=demain.date())
    scene.lycee.alias.create(uai="0931609U", libelle="G")
    champs = charger(CHARGE)
    assert {"candidatures.Eleve.nom", "avis.CompteRendu.texte", "comptes.Trace.phrase"} <= champs
    lieux.valeurs["classe"] = slug_de_la_classe(Eleve.objects.get(code=lieux.valeurs["eleve"]).classe)
    return lieux


def lire(client: Client, page: str, chemin: str) -> Reponse:
    reponse = client.get(chemin)
    contenu = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    return Reponse(page, chemin, reponse.status_code, dict(reponse.headers), contenu)


def tout_lire(scene: Scene, lieux: Lieux, connecter) -> Iterator[Reponse]:
    """Chaque page de la table pour chaque sorte de lecteur, l'administration, les exports demandés à l'atelier."""
    clients = {qui: Client() if qui == "anonyme" else connecter(getattr(scene, qui).personne) for qui in LECTEURS}
    for page in TABLE:
        for qui, statut in zip(PERSONNES, page.statuts, strict=True):
            if (
                qui in LECTEURS
                and not page.envoi
                and page.nom != SANS_CONTENU
                and (statut == 200 or qui == LECTEURS[0])
            ):
                yield lire(clients[qui], page.nom, reverse(page.nom, kwargs=lieux.arguments(page)))
    for page, chemin in pages_de_l_administration():
        yield lire(clients[ADMINISTRATION], page, chemin)
    for cote, qui, etablissement in (
        ("origine", "chef_origine", scene.college),
        ("accueil", "chef_accueil", scene.lycee),
    ):
        for export in exports.exports_de(exports.Cote(cote)):
            demande = clients[qui].post(
                reverse(f"referentiel:exports_{cote}", args=[etablissement.segment]), {"export": export.nature}
            )
            assert preparer_le_prochain_travail(timezone.now)
            yield lire(clients[qui], export.nature, f"{demande.url}fichier/")


def pages_de_l_administration() -> Iterator[tuple[str, str]]:
    for modele in admin.site._registry:
        nom = f"admin:{modele._meta.app_label}_{modele._meta.model_name}"
        yield f"{nom}_changelist", reverse(f"{nom}_changelist")
        if objet := modele._default_manager.order_by("pk").first():
            yield f"{nom}_change", reverse(f"{nom}_change", args=[objet.pk])
            yield f"{nom}_history", reverse(f"{nom}_history", args=[objet.pk])


# Ce que chaque sorte de fichier ne doit pas porter --------------------------------------------------------------


def defauts_des_entetes(lue: Reponse) -> list[str]:
    politique = lue.entetes.get("Content-Security-Policy", "")
    attendus = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"}
    return [
        *(f"{nom} : {lue.entetes.get(nom)}" for nom, valeur in attendus.items() if lue.entetes.get(nom) != valeur),
        *([] if "default-src 'self'" in politique and "unsafe" not in politique else [f"politique {politique!r}"]),
        *([] if lue.est_une_page or lue.statut != 200 else defauts_de_remise(lue)),
    ]


def defauts_de_remise(lue: Reponse) -> list[str]:
    """Un fichier se télécharge, sous un nom simple ; un PDF peut aussi se lire dans la page, un JSON n'a pas de nom."""
    if lue.genre.startswith("application/json"):
        return []
    remise = lue.entetes.get("Content-Disposition", "")
    permis = "attachment|inline" if lue.genre == PDF else "attachment"
    simple = re.fullmatch(rf'({permis}); filename="[\w.-]+"', remise, re.ASCII)
    return [] if simple else [f"remis {remise!r} en {lue.genre}"]


def defauts_du_classeur(contenu: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
        feuilles = [nom for nom in archive.namelist() if nom.startswith("xl/worksheets/")]
        formules = [nom for nom in feuilles if b"<f>" in archive.read(nom) or b"<hyperlink" in archive.read(nom)]
        textes = archive.read("xl/sharedStrings.xml").decode() if "xl/sharedStrings.xml" in archive.namelist() else ""
    classeur = CalamineWorkbook.from_filelike(io.BytesIO(contenu))
    cases = [
        case for nom in classeur.sheet_names for ligne in classeur.get_sheet_by_name(nom).to_python() for case in ligne
    ]
    abimes = [case for case in map(str, cases) if "svg" in case and DEBUT not in case]
    return [*formules, *abimes, *([] if not textes or cases else ["vide"])]


def defauts_du_csv(contenu: bytes) -> list[str]:
    cases = [case for ligne in csv.reader(io.StringIO(contenu.decode("utf-8-sig")), delimiter=";") for case in ligne]
    return [case for case in cases if case.startswith(tuple("=+-@\t\r")) or ("svg" in case and DEBUT not in case)]


def defauts_du_pdf(contenu: bytes) -> list[str]:
    interdits = {"/EmbeddedFiles", "/JavaScript", "/Launch", "/SubmitForm", "/GoToR", "/ImportData"}
    with pikepdf.open(io.BytesIO(contenu)) as pdf:
        actes = {str(objet.get("/S", "")) for objet in pdf.objects if isinstance(objet, pikepdf.Dictionary)}
        return [*pdf.attachments, *sorted(actes & interdits)]


def defauts_de_l_agenda(contenu: bytes) -> list[str]:
    evenements = Calendar.from_ical(contenu.decode()).walk("VEVENT")
    return [nom for evenement in evenements for nom in evenement if nom in {"ATTENDEE", "ATTACH", "ORGANIZER"}]


EXAMENS = {PDF: defauts_du_pdf, XLSX: defauts_du_classeur, CSV: defauts_du_csv, ICS: defauts_de_l_agenda}


def defauts(lue: Reponse) -> list[str]:
    examen = next((examen for genre, examen in EXAMENS.items() if genre in lue.genre), None)
    return [
        *([f"statut {lue.statut}"] if lue.statut >= 500 else []),
        *defauts_des_entetes(lue),
        *(examen(lue.contenu) if examen and lue.statut == 200 else []),
    ]


@pytest.mark.navigateur
@pytest.mark.longue
def test_aucun_texte_ne_s_execute_ni_ne_se_calcule(scene, chargee, connecter, playwright_ouvert, navigateur_ouvert):
    """Une lecture de tout, puis les mêmes réponses, avec leurs en-têtes, dans un vrai navigateur."""
    lues = list(tout_lire(scene, chargee, connecter))
    assert [f"{lue.page} : {defaut}" for lue in lues for defaut in defauts(lue)] == []
    genres = {genre for lue in lues for genre in EXAMENS if genre in lue.genre and lue.statut == 200}
    assert genres == set(EXAMENS)
    pages = {lue.page: lue for lue in lues if lue.est_une_page and lue.statut == 200}
    assert sum(b"&lt;svg/onload=pirate()&gt;" in page.contenu for page in pages.values()) > 100
    with _dans(playwright_ouvert[1]):
        assert executions(navigateur_ouvert, list(pages.values())) == []


def executions(navigateur: Browser, pages: list[Reponse]) -> list[str]:
    """Ce que les pages ont exécuté, ce que leur politique a arrêté, les éléments qu'un texte y a ouverts."""
    vues: list[str] = []
    with redites() as (site, servie):
        contexte = navigateur.new_context()
        contexte.add_init_script(GUET)
        onglet = contexte.new_page()
        onglet.on("dialog", lambda boite: (vues.append(f"dialogue {boite.message}"), boite.dismiss()))
        for lue in pages:
            servie[:] = [lue]
            onglet.goto(site + lue.chemin, wait_until="load")
            vues += [f"{lue.page} : {vu}" for vu in onglet.evaluate(RELEVE)]
        contexte.close()
    return vues


@contextmanager
def redites() -> Iterator[tuple[str, list[Reponse]]]:
    """Un serveur local qui redit la réponse lue, avec ses en-têtes, et sert les fichiers du site."""
    servie: list[Reponse] = []

    class Redites(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            chemin = urlsplit(self.path).path
            fichier = finders.find(chemin.removeprefix("/statique/")) if chemin.startswith("/statique/") else None
            if self.headers.get("Sec-Fetch-Dest") == "document":
                self._dire(servie[0].statut, servie[0].contenu, servie[0].entetes)
            elif fichier:
                genre = mimetypes.guess_type(fichier)[0] or "application/octet-stream"
                self._dire(200, Path(fichier).read_bytes(), {"Content-Type": genre, "Cache-Control": "max-age=3600"})
            else:
                self._dire(404, b"", {})

        def _dire(self, statut: int, contenu: bytes, entetes: dict[str, str]) -> None:
            self.send_response(statut)
            for nom, valeur in (entetes | {"Content-Length": str(len(contenu))}).items():
                self.send_header(nom, valeur)
            self.end_headers()
            self.wfile.write(contenu)

        def log_message(self, *_: object) -> None:
            """Rien à dire."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Redites) as serveur:
        serveur.daemon_threads = True
        Thread(target=serveur.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serveur.server_port}", servie
        serveur.shutdown()


POLITIQUE = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'self'"}
FAUTIVES = {
    "une balise qui s’exécute": ({"Content-Type": "text/html"}, "<svg onload=pirate()></svg>", "exécuté"),
    "une balise que la politique arrête": (POLITIQUE, "<svg onload=pirate()></svg>", "script-src"),
    "une balise inerte": (POLITIQUE, "<p onclick=pirate()>a</p>", "onclick"),
    "un dialogue": ({"Content-Type": "text/html"}, "<script>alert(1)</script>", "dialogue 1"),
}


@pytest.mark.navigateur
def test_le_releve_des_executions_les_voit(playwright_ouvert, navigateur_ouvert):
    with _dans(playwright_ouvert[1]):
        for entetes, contenu, vu in FAUTIVES.values():
            fautive = Reponse("essai", "/essai/", 200, entetes, f"<!doctype html>{contenu}".encode())
            assert any(vu in releve for releve in executions(navigateur_ouvert, [fautive]))


def test_le_releve_des_fichiers_les_voit():
    assert defauts_du_csv("Nom\r\n=1+1\r\n".encode("utf-8-sig")) == ["=1+1"]
    sortie = io.BytesIO()
    with Workbook(sortie, {"in_memory": True}) as classeur:
        classeur.add_worksheet().write_formula(0, 0, "=1+1")
    assert defauts_du_classeur(sortie.getvalue()) == ["xl/worksheets/sheet1.xml"]
    joint = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.attachments["secret.txt"] = pikepdf.AttachedFileSpec(pdf, b"secret", filename="secret.txt")
        pdf.save(joint)
    assert defauts_du_pdf(joint.getvalue()) == ["secret.txt"]
    invite = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:v@ailleurs.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    assert defauts_de_l_agenda(invite.encode()) == ["ATTENDEE"]
