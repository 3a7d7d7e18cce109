"""Assembler des PDF : un seul fichier, toujours balisé, chaque document sur sa feuille (R32)."""

import subprocess
import sys

import page
import pytest
from pikepdf import Pdf, PdfError
from pypdf import PdfReader

from courriers.assemblage import Assemblage
from courriers.pdf import Moteur

ASSEMBLER_ET_DIRE_LA_MEMOIRE = """
import resource, sys
from pathlib import Path
from courriers.assemblage import Assemblage
contenu = Path(sys.argv[1]).read_bytes()
with Assemblage("Fiches", Path(sys.argv[2])) as assemblage:
    for rang in range(1, 601):
        assemblage.ajouter(contenu, sur_une_nouvelle_feuille=True)
        if rang in (100, 600):
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.fixture(scope="module")
def moteur():
    moteur = Moteur()
    yield moteur
    moteur.arreter()


def document(moteur: Moteur, titre: str, lignes: int) -> bytes:
    corps = "".join(f"<tr><th scope='row'>{titre} {n}</th><td>texte</td></tr>" for n in range(lignes))
    return moteur.rendre(
        f"<!DOCTYPE html><html lang='fr'><head><title>{titre}</title></head><body><h1>{titre}</h1>"
        f"<p><a href='https://passpro.example/'>Lien</a></p><table><thead><tr><th scope='col'>Nom</th>"
        f"<th scope='col'>Valeur</th></tr></thead><tbody>{corps}</tbody></table></body></html>"
    )


def assembler(tmp_path, documents, **options):
    fichier = tmp_path / "ensemble.pdf"
    with Assemblage("Fiches de 3e B", fichier) as assemblage:
        for contenu in documents:
            assemblage.ajouter(contenu, **options)
    return fichier


def test_l_ensemble_reste_un_pdf_ua(moteur, tmp_path):
    fichier = assembler(
        tmp_path, [document(moteur, "Un", 3), document(moteur, "Deux", 60), document(moteur, "Trois", 1)]
    )
    rapport = page.validate_pdf_bytes(fichier.read_bytes(), profile="ua1")
    assert rapport.is_compliant, rapport


def test_les_textes_se_suivent_dans_l_ordre(moteur, tmp_path):
    fichier = assembler(tmp_path, [document(moteur, "Alpha", 1), document(moteur, "Beta", 1)])
    lu = PdfReader(fichier)
    assert ["Alpha" in lu.pages[0].extract_text(), "Beta" in lu.pages[1].extract_text()] == [True, True]
    assert lu.metadata.title == "Fiches de 3e B"


def test_chaque_page_designe_ses_propres_balises(moteur, tmp_path):
    fichier = assembler(tmp_path, [document(moteur, "Un", 60), document(moteur, "Deux", 60)])
    lu = PdfReader(fichier)
    numeros = [feuille["/StructParents"] for feuille in lu.pages]
    suites = lu.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    assert len(set(numeros)) == len(numeros)
    assert set(numeros) <= set(suites[::2])
    assert list(suites[::2]) == sorted(suites[::2])


def test_en_recto_verso_chaque_document_commence_au_recto(moteur, tmp_path):
    documents = [document(moteur, "Un", 1), document(moteur, "Deux", 1)]
    fichier = assembler(tmp_path, documents, sur_une_nouvelle_feuille=True)
    lu = PdfReader(fichier)
    assert [bool(feuille.extract_text().strip()) for feuille in lu.pages] == [True, False, True]
    assert page.validate_pdf_bytes(fichier.read_bytes(), profile="ua1").is_compliant


def test_un_texte_qui_ressemble_a_un_renvoi_reste_un_texte(moteur, tmp_path):
    """« 12 0 R » désigne un objet partout dans un PDF, sauf dans un texte."""
    fichier = assembler(tmp_path, [document(moteur, "Voir 3 0 R (a) \\) 4 0 R", 1)] * 2)
    lu = PdfReader(fichier)
    assert all("Voir 3 0 R (a) \\) 4 0 R" in feuille.extract_text() for feuille in lu.pages)
    assert page.validate_pdf_bytes(fichier.read_bytes(), profile="ua1").is_compliant


def test_une_panne_en_route_ne_laisse_pas_un_fichier_qui_se_dit_entier(moteur, tmp_path):
    with pytest.raises(PdfError):
        assembler(tmp_path, [document(moteur, "Un", 1), b"pas un PDF"])
    assert b"%%EOF" not in (tmp_path / "ensemble.pdf").read_bytes()


def test_six_cents_documents_ne_demandent_pas_plus_de_memoire_que_cent(moteur, tmp_path):
    modele, ensemble = tmp_path / "modele.pdf", tmp_path / "ensemble.pdf"
    modele.write_bytes(document(moteur, "Fiche", 20))
    commande = [sys.executable, "-c", ASSEMBLER_ET_DIRE_LA_MEMOIRE, modele, ensemble]
    apres_cent, apres_six_cents = map(int, subprocess.run(commande, check=True, stdout=subprocess.PIPE).stdout.split())
    assert apres_six_cents <= apres_cent * 1.1
    with Pdf.open(ensemble) as lu:
        assert len(lu.pages) == 2 * 600 - 1, "une feuille blanche entre deux fiches, au verso"
