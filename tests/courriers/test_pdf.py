"""Le moteur de PDF : balisé, borné en temps et en mémoire, sans rien lire hors du projet."""

import base64
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from pypdf import PdfReader

from courriers import pdf, trames
from courriers.pdf import Moteur, RenduImpossible

# Une image PNG d'un seul point.
POINT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PAGE = '<html lang="fr"><head><title>Essai</title></head><body><h1>Élève</h1>{}</body></html>'


@pytest.fixture
def moteur():
    moteur = Moteur()
    yield moteur
    moteur.arreter()


@pytest.fixture
def httpserver_compteur():
    """Un serveur local qui servirait l'image, et note chaque visite."""
    visites = []

    class Visites(BaseHTTPRequestHandler):
        def do_GET(self):
            visites.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(POINT)

        def log_message(self, *_):
            """Rien à dire."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Visites) as serveur:
        Thread(target=serveur.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serveur.server_port}", visites
        serveur.shutdown()


def images_de(contenu: bytes) -> int:
    return sum(len(page.images) for page in PdfReader(BytesIO(contenu)).pages)


def texte_de(contenu: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(contenu)).pages)


def test_un_document_est_un_pdf_balise_titre_en_francais(moteur):
    document = PdfReader(BytesIO(moteur.rendre(PAGE.format("<p>Bonjour</p>"))))
    catalogue = document.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "fr"
    assert document.metadata.title == "Essai"


def test_le_moteur_sert_plusieurs_documents_puis_se_remplace(moteur, monkeypatch):
    monkeypatch.setattr(pdf, "DOCUMENTS_PAR_MOTEUR", 2)
    processus = []
    for n in range(3):
        assert f"document {n}" in texte_de(moteur.rendre(PAGE.format(f"<p>document {n}</p>")))
        processus.append(moteur.processus.pid)
    assert processus[0] == processus[1] != processus[2]


def test_une_image_du_projet_est_lue(moteur, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "STATIQUES", tmp_path)
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "documents.css").touch()
    (tmp_path / "point.png").write_bytes(POINT)
    assert images_de(moteur.rendre(PAGE.format('<img alt="x" src="point.png">'))) == 1


@pytest.mark.parametrize(
    "piege",
    [
        '<img alt="x" src="{hors}/point.png">',
        '<img alt="x" src="../../../../../../..{chemin}/point.png">',
        '<a rel="attachment" href="{hors}/point.png">pièce</a>',
        '<img alt="x" src="{http}/point.png">',
        "<style>p {{ background: url({http}/point.png) }}</style><p>fond</p>",
        '<img alt="x" src="{redirige}">',
    ],
)
def test_rien_n_est_lu_hors_du_projet(moteur, tmp_path, httpserver_compteur, piege):
    (tmp_path / "point.png").write_bytes(POINT)
    adresse, visites = httpserver_compteur
    corps = piege.format(hors=tmp_path.as_uri(), chemin=tmp_path, http=adresse, redirige=f"{adresse}/?a=file:///etc")
    document = moteur.rendre(PAGE.format(corps))
    assert images_de(document) == 0
    assert PdfReader(BytesIO(document)).attachments == {}
    assert visites == []


def test_un_rendu_trop_long_est_abandonne_et_le_suivant_passe(moteur, monkeypatch):
    monkeypatch.setattr(pdf, "DELAI", 0.05)
    with pytest.raises(RenduImpossible):
        moteur.rendre(PAGE.format("<p>long</p>" * 5000))
    monkeypatch.setattr(pdf, "DELAI", 10)
    assert "court" in texte_de(moteur.rendre(PAGE.format("<p>court</p>")))


def test_un_lot_garde_l_ordre_et_dit_ce_qui_n_a_pas_pu_etre_rendu(monkeypatch, settings):
    """Deux moteurs à la fois ; un rendu impossible prend la place de son document."""
    settings.MOTEURS_PAR_LOT = 2
    rendre = Moteur.rendre

    def fragile(self, html):
        if "lettre 3" in html:
            raise RenduImpossible("Trop long.")
        return rendre(self, html)

    monkeypatch.setattr(Moteur, "rendre", fragile)
    monkeypatch.setattr(
        pdf, "render_to_string", lambda gabarit, contexte: PAGE.format(f"<p>lettre {contexte['n']}</p>")
    )
    rendus = list(pdf.rendre_en_lot("essai.html", ((n, {"n": n}) for n in range(6))))
    assert [n for n, _ in rendus] == list(range(6))
    assert isinstance(rendus[3][1], RenduImpossible)
    assert [f"lettre {n}" in texte_de(document) for n, document in rendus if n != 3] == [True] * 5


def moteurs_ouverts() -> int:
    """Combien de processus de rendu ce processus-ci a laissés ouverts."""
    enfants = [pid for tache in Path("/proc/self/task").iterdir() for pid in (tache / "children").read_text().split()]
    return sum(b"courriers.moteur_pdf" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in enfants)


def test_un_lot_abandonne_en_route_ne_laisse_aucun_moteur(monkeypatch, settings):
    """Qui cesse de lire laisse des rendus en attente : aucun ne rouvre un moteur déjà arrêté."""
    settings.MOTEURS_PAR_LOT = 2
    monkeypatch.setattr(pdf, "render_to_string", lambda gabarit, contexte: PAGE.format("<p>lettre</p>"))
    avant = moteurs_ouverts()
    lot = pdf.rendre_en_lot("essai.html", ((n, {}) for n in range(8)))
    next(lot)
    lot.close()
    assert moteurs_ouverts() == avant


def test_une_reponse_coupee_n_est_pas_un_document():
    assert trames.lire(BytesIO(trames.LONGUEUR.pack(10) + b"%PDF")) is None
    assert trames.lire(BytesIO(trames.LONGUEUR.pack(4) + b"%PDF")) == b"%PDF"
