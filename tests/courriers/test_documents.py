"""Un document demandé se rend à l'atelier, une fois ; gardé, il se donne aussitôt à qui en a le droit (F6, F9, T10)."""

import os
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from avis.models import CompteRendu
from candidatures.models import Eleve
from conservation.services.eleves import effacer_un_eleve
from courriers import imprimes, pdf
from courriers.imprimes import PERSONNE, empreinte_de
from courriers.models import Document
from courriers.models.documents import RENDUS_PERDUS, SILENCE_DE_L_ATELIER
from courriers.services import demander_le_document, effacer_les_documents_perimes, rendre_le_prochain_document
from courriers.services.documents import GARDE, GARDE_D_UN_REFUS, GARDE_EN_FILE
from tests.atelier import attendre
from tests.factories.documents import DocumentFactory
from tests.factories.pilotage import Scene

pytestmark = pytest.mark.django_db
HTML = '<html lang="fr"><head><title>Essai</title></head><body><h1>Essai</h1></body></html>'


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def fiche(scene) -> str:
    return reverse("avis:fiche_pdf", args=[scene.college.segment, scene.rendue().eleve.code])


@pytest.fixture
def college(scene, connecter):
    """La cheffe du collège, dont le client montre la page d'attente au lieu d'attendre."""
    client = connecter(scene.chef_origine.personne)
    client.attend_les_documents = False
    return client


def rendre_tout() -> int:
    rendus = 0
    while rendre_le_prochain_document(timezone.now):
        rendus += 1
    return rendus


def fichiers() -> list[str]:
    return default_storage.listdir("documents")[1] if default_storage.exists("documents") else []


def demander(html: str = HTML) -> Document:
    return demander_le_document(html=html, eleves=PERSONNE, le=timezone.now())


class TestPage:
    def test_le_document_se_prepare_puis_se_donne_et_reste_donne(self, fiche, college):
        attente = college.get(fiche)
        assert attente.status_code == 202
        texte = attente.content.decode()
        assert "Votre document se prépare" in texte
        assert "C’est le prochain de la file" in texte
        assert "no-store" in attente["Cache-Control"]
        assert rendre_tout() == 1
        donnes = [college.get(fiche) for _ in range(2)]
        assert [reponse["Content-Type"] for reponse in donnes] == ["application/pdf"] * 2
        assert donnes[0].content == donnes[1].content
        assert PdfReader(BytesIO(donnes[0].content)).pages
        assert rendre_tout() == 0

    def test_demande_par_plusieurs_il_se_rend_une_fois(self, fiche, college, scene, connecter):
        autre = connecter(scene.gestionnaire_origine.personne)
        autre.attend_les_documents = False
        assert [client.get(fiche).status_code for client in (college, autre, college)] == [202] * 3
        assert rendre_tout() == 1
        assert [client.get(fiche).status_code for client in (college, autre)] == [200] * 2

    def test_la_page_dit_combien_passent_avant_et_l_adresse_qui_le_redit_ne_dit_que_cela(self, fiche, college, client):
        DocumentFactory.create_batch(2, demande_le=timezone.now() - timedelta(seconds=5))
        assert "2 documents passent avant le vôtre." in college.get(fiche).content.decode()
        document = Document.objects.latest("pk")
        adresse = reverse("courriers:document", args=[document.cle])
        attendu = {"phrase": "2 documents passent avant le vôtre.", "fini": False, "arretee": False, "dans": 1}
        assert client.get(adresse).json() == attendu
        Document.objects.exclude(pk=document.pk).delete()
        rendre_tout()
        assert client.get(adresse).json()["fini"] is True
        assert client.get(reverse("courriers:document", args=["f" * 64])).status_code == 404

    def test_un_document_prepare_n_ouvre_rien_a_qui_n_en_a_pas_le_droit(self, fiche, college, scene, connecter):
        college.get(fiche)
        rendre_tout()
        assert college.get(fiche).status_code == 200
        assert connecter(scene.chef_accueil.personne).get(fiche).status_code == 404

    def test_un_papier_public_qui_se_prepare_ou_se_refuse_n_est_garde_par_aucun_cache(self, scene, client, monkeypatch):
        adresse = reverse("candidatures:document_pdf", args=["guide"])
        client.attend_les_documents = False
        attente = client.get(adresse)
        monkeypatch.setattr(pdf, "DELAI", 0)
        rendre_tout()
        refus = client.get(adresse)
        assert [attente.status_code, refus.status_code] == [202, 302]
        for reponse in (attente, refus):
            assert "no-store" in reponse["Cache-Control"]
            assert "public" not in reponse["Cache-Control"]
        assert "Ce document n’a pas pu être préparé." in client.get(refus.url).content.decode()

    def test_un_head_ne_demande_rien(self, fiche, college):
        reponse = college.head(fiche)
        assert (reponse.status_code, reponse["Content-Type"]) == (200, "application/pdf")
        assert not Document.objects.exists()

    def test_un_autre_contenu_est_un_autre_document(self, fiche, college):
        college.get(fiche)
        rendre_tout()
        CompteRendu.objects.update(texte="Un texte corrigé depuis, qui doit se lire.")
        assert college.get(fiche).status_code == 202
        rendre_tout()
        texte = PdfReader(BytesIO(college.get(fiche).content)).pages[0].extract_text()
        assert "corrigé depuis" in " ".join(texte.split())

    def test_sans_atelier_la_page_le_dit_et_cesse_d_attendre(self, fiche, college):
        college.get(fiche)
        il_y_a = timezone.now() - SILENCE_DE_L_ATELIER - timedelta(seconds=1)
        Document.objects.update(demande_le=il_y_a)
        texte = college.get(fiche).content.decode()
        assert "La préparation des documents est arrêtée" in texte
        assert "data-document=" not in texte
        DocumentFactory(etat="pret", html="", fichier="documents/x.pdf", fini_le=timezone.now())
        assert "data-document=" in college.get(fiche).content.decode()

    def test_un_rendu_trop_long_se_refuse_sans_se_retenter_aussitot(self, fiche, college, monkeypatch):
        monkeypatch.setattr(pdf, "DELAI", 0)
        college.get(fiche)
        assert rendre_tout() == 1
        for _ in range(2):
            assert "Ce document n’a pas pu être préparé." in college.get(fiche, follow=True).content.decode()
        assert rendre_tout() == 0
        Document.objects.update(expire_le=timezone.now() - timedelta(seconds=1))
        assert college.get(fiche).status_code == 202

    def test_une_base_rendue_sans_ses_fichiers_rend_de_nouveau(self, fiche, college):
        college.get(fiche)
        rendre_tout()
        for nom in fichiers():
            default_storage.delete(f"documents/{nom}")
        assert college.get(fiche).status_code == 202
        rendre_tout()
        assert college.get(fiche).status_code == 200

    def test_un_atelier_qui_range_ailleurs_finit_par_le_dire(self, fiche, college, client, tmp_path, settings, caplog):
        """Le serveur web et l'atelier n'ont pas le même dossier : le document ne revient pas en file pour toujours."""
        vu_du_web, vu_de_l_atelier = str(tmp_path / "web"), str(tmp_path / "atelier")
        statuts, rendus = [], []
        for _ in range(RENDUS_PERDUS + 2):
            settings.MEDIA_ROOT = vu_du_web
            statuts.append(college.get(fiche).status_code)
            settings.MEDIA_ROOT = vu_de_l_atelier
            rendus.append(rendre_tout())
        settings.MEDIA_ROOT = vu_du_web
        assert (statuts, rendus) == ([202] * 3 + [302], [1] * 3 + [0])
        assert "Ce document n’a pas pu être préparé." in college.get(fiche, follow=True).content.decode()
        assert client.get("/sante/prete/").json()["documents"] == "en panne"
        perdu = [ligne for ligne in caplog.records if ligne.name == "courriers.services.documents"]
        assert [(ligne.levelname, ligne.args) for ligne in perdu] == [("ERROR", (Document.objects.get().pk,))]
        Document.objects.update(expire_le=timezone.now() - timedelta(seconds=1))
        assert [college.get(fiche).status_code, rendre_tout(), college.get(fiche).status_code] == [202, 1, 200]


class TestFile:
    def test_le_nom_du_fichier_ne_dit_rien_et_le_texte_ne_reste_pas(self):
        document = demander()
        rendre_tout()
        document.refresh_from_db()
        assert document.fichier.name == f"documents/{empreinte_de(HTML)}.pdf"
        assert (document.html, document.etat) == ("", Document.Etat.PRET)

    def test_une_autre_feuille_de_style_est_un_autre_document(self, tmp_path, monkeypatch):
        avant = empreinte_de(HTML)
        style = tmp_path / "documents.css"
        style.write_text("body { color: black }")
        monkeypatch.setattr(imprimes, "SOURCES", (style,))
        imprimes._version_du_rendu.cache_clear()
        try:
            assert empreinte_de(HTML) != avant
        finally:
            imprimes._version_du_rendu.cache_clear()

    def test_un_disque_plein_refuse_sans_bloquer_la_file(self, monkeypatch):
        def plein(*_):
            raise OSError(28, "No space left on device")

        documents = [demander(), demander(HTML.replace("Essai", "Autre"))]
        with monkeypatch.context() as remplacement:
            remplacement.setattr(FileSystemStorage, "_save", plein)
            assert rendre_le_prochain_document(timezone.now)
        rendre_tout()
        etats = [Document.objects.get(pk=document.pk).etat for document in documents]
        assert etats == [Document.Etat.REFUSE, Document.Etat.PRET]

    def test_rien_ne_se_garde_au_dela_de_son_delai(self, settings):
        maintenant = timezone.now()
        demander()
        rendre_tout()
        DocumentFactory(etat="refuse", html="", fini_le=maintenant, expire_le=maintenant + GARDE_D_UN_REFUS)
        DocumentFactory(expire_le=maintenant + GARDE_EN_FILE)
        assert effacer_les_documents_perimes(le=maintenant) == 0
        assert effacer_les_documents_perimes(le=maintenant + GARDE_EN_FILE) == 2
        assert len(fichiers()) == 1
        assert effacer_les_documents_perimes(le=timezone.now() + GARDE) == 1
        assert fichiers() == []

    def test_un_fichier_que_rien_ne_nomme_s_efface(self):
        chemin = default_storage.save("documents/oublie.pdf", ContentFile(b"%PDF"))
        effacer_les_documents_perimes(le=timezone.now())
        assert fichiers() == ["oublie.pdf"]
        hier = (timezone.now() - GARDE - timedelta(minutes=1)).timestamp()
        os.utime(default_storage.path(chemin), (hier, hier))
        effacer_les_documents_perimes(le=timezone.now())
        assert fichiers() == []


@pytest.mark.django_db(transaction=True)
def test_un_ouvrier_disparu_rend_sa_place_et_deux_ouvriers_ne_rendent_pas_le_meme():
    """La ligne reste verrouillée le temps du rendu : personne d'autre ne la prend, et sa chute la libère."""
    with transaction.atomic():
        demander()
    autre = connection.copy()
    try:
        autre.set_autocommit(False)
        with autre.cursor() as curseur:
            curseur.execute("SELECT pk FROM (SELECT id AS pk FROM courriers_document FOR UPDATE) prise")
        assert not rendre_le_prochain_document(timezone.now)
    finally:
        autre.close()
    # La base apprend la chute d'un ouvrier quand elle le peut.
    assert attendre(lambda: rendre_le_prochain_document(timezone.now), au_plus=60)
    assert Document.objects.get().etat == Document.Etat.PRET


def test_effacer_un_eleve_efface_ses_documents_et_eux_seuls(scene, fiche, college):
    autre = reverse("avis:fiche_pdf", args=[scene.college.segment, scene.rendue().eleve.code])
    for adresse in (fiche, autre):
        college.get(adresse)
    rendre_tout()
    eleve = Eleve.objects.get(code=fiche.split("/")[-1].removesuffix(".pdf"))
    effacer_un_eleve(eleve=eleve, motif="À sa demande", par=scene.saio.personne, le=timezone.now())
    gardes = list(Document.objects.values_list("eleves", flat=True))
    assert len(gardes) == len(fichiers()) == 1
    assert gardes != [[eleve.pk]]
