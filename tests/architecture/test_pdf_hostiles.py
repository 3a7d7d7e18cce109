"""Des textes hostiles dans chaque document : aucune lecture, aucune pièce jointe, dix secondes au plus (T15, F9)."""

import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from avis.models import CompteRendu
from candidatures.lectures import slug_de_la_classe
from candidatures.models import Eleve, FormationDemandee
from tests.architecture.acces import PERSONNES, TABLE
from tests.factories.charges import charger

pytestmark = pytest.mark.django_db
LECTEURS = ("anonyme", "chef_origine", "chef_accueil", "saio")
LONGUEUR_MAXIMALE = 2000
# Les applications dont un texte peut atteindre un document.
DES_DOCUMENTS = ("avis", "candidatures", "entretiens", "referentiel")
SECRET = "7f3d9b-secret-de-la-machine"


@pytest.fixture
def guet() -> Iterator[tuple[str, list[str]]]:
    """Un serveur local, et les visites qu'il a reçues."""
    visites: list[str] = []

    class Visites(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visites.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Rien à dire."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Visites) as serveur:
        Thread(target=serveur.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serveur.server_port}", visites
        serveur.shutdown()


def pieges(adresse: str, fichier: Path) -> str:
    """Du plus court au plus long : un champ court garde les premiers."""
    return (
        f"<img src={adresse}>"
        f"<img src={fichier.as_uri()}>"
        f"<link rel=attachment href={fichier.as_uri()}>"
        f"<style>@import '{adresse}/a';body{{background:url({adresse}/b)}}</style>"
        f"<iframe src={adresse}/c></iframe><object data={adresse}/d></object><embed src={fichier.as_uri()}>"
        f"<svg><image href={adresse}/e></svg><script src={adresse}/f></script>"
        f"{{{{ settings.SECRET_KEY }}}}{{% include '{fichier}' %}}"
    )


def test_aucun_document_ne_lit_ni_ne_joint_rien(scene, lieux, connecter, guet, tmp_path, settings):
    adresse, visites = guet
    fichier = tmp_path / "secret.txt"
    fichier.write_text(SECRET)
    charger(pieges(adresse, fichier))
    lieux.valeurs["classe"] = slug_de_la_classe(Eleve.objects.get(code=lieux.valeurs["eleve"]).classe)
    documents = list(tous_les_pdf(scene, lieux, connecter))
    assert len(documents) >= 10
    for page, contenu in documents:
        with pikepdf.open(io.BytesIO(contenu)) as pdf:
            assert list(pdf.attachments) == [], page
            liens = [
                str(annotation.A.URI)
                for feuille in pdf.pages
                for annotation in feuille.get("/Annots", [])
                if "/A" in annotation and "/URI" in annotation.A
            ]
            assert [lien for lien in liens if not lien.startswith("http://127.0.0.1:8000/")] == [], page
        texte = "".join(feuille.extract_text() for feuille in PdfReader(io.BytesIO(contenu)).pages)
        assert SECRET not in texte, page
        assert settings.SECRET_KEY not in texte, page
    assert visites == []


def tous_les_pdf(scene, lieux, connecter) -> Iterator[tuple[str, bytes]]:
    """Chaque page de la table qui répond un PDF, à une personne qui peut l'ouvrir."""
    clients = {qui: Client() if qui == "anonyme" else connecter(getattr(scene, qui).personne) for qui in LECTEURS}
    for page in TABLE:
        permis = [qui for qui, statut in zip(PERSONNES, page.statuts, strict=True) if statut == 200 and qui in LECTEURS]
        if permis and not page.envoi and ("pdf" in page.nom or "emargement" in page.nom):
            reponse = clients[permis[0]].get(reverse(page.nom, kwargs=lieux.arguments(page)))
            assert reponse["Content-Type"] == "application/pdf", page.nom
            yield page.nom, reponse.content


TEXTES = {
    "des émoticônes": "😀",
    "des signes combinés": "Z" + "\u0321\u0335\u0489\u0302" * 4,
    "de droite à gauche": "\u202eשלום عليكم ",
    "un mot sans fin": "W",
    "des chevrons": "<<>>&",
}


@pytest.mark.parametrize("cas", TEXTES)
def test_un_texte_hostile_de_toute_sa_longueur_se_rend_en_dix_secondes_ou_se_refuse(scene, connecter, cas):
    """Le moteur est tué après dix secondes : la fiche sort, ou une phrase le dit."""
    candidature = scene.rendue()
    long = (TEXTES[cas] * LONGUEUR_MAXIMALE)[:LONGUEUR_MAXIMALE]
    CompteRendu.objects.filter(candidature=candidature).update(texte=long)
    FormationDemandee.objects.filter(candidature=candidature).update(commentaire=long[:600])
    Eleve.objects.filter(pk=candidature.eleve_id).update(nom=long[:80], prenom=long[:80], classe=long[:30])
    adresse = reverse("avis:fiche_pdf", args=[scene.college.segment, candidature.eleve.code])
    reponse = connecter(scene.chef_origine.personne).get(adresse, follow=True)
    assert reponse.status_code == 200
    if reponse["Content-Type"] == "application/pdf":
        assert PdfReader(io.BytesIO(reponse.content)).pages
    else:
        assert "Ce document n’a pas pu être préparé." in reponse.content.decode()


def test_tout_texte_a_une_longueur_que_la_base_tient():
    """Deux mille caractères au plus : ni `bulk_create`, ni `update`, ni l'administration n'y échappent.

    Une clé que la base calcule est bornée par les textes dont elle vient.
    """
    with connection.cursor() as curseur:
        curseur.execute(
            """
            SELECT c.table_name || '.' || c.column_name
              FROM information_schema.columns c
             WHERE c.table_schema = current_schema()
               AND split_part(c.table_name, '_', 1) = ANY(%s)
               AND c.is_generated = 'NEVER'
               AND (c.data_type = 'text' OR c.character_maximum_length > %s)
               AND NOT EXISTS (
                   SELECT 1 FROM pg_constraint k
                    WHERE k.conrelid = quote_ident(c.table_name)::regclass AND k.contype = 'c'
                      AND pg_get_constraintdef(k.oid) ~ ('length\\(.*' || c.column_name || '.*<= '))
            """,
            [list(DES_DOCUMENTS), LONGUEUR_MAXIMALE],
        )
        assert [ligne for (ligne,) in curseur.fetchall()] == []
