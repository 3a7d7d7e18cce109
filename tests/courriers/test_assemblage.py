"""Assembler des PDF : un seul fichier, toujours balisé, chaque document sur sa feuille (R32)."""

import page
import pytest
from pypdf import PdfReader

from courriers.assemblage import Assemblage
from courriers.pdf import Moteur


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
    with Assemblage("Fiches de 3e B") as assemblage:
        for contenu in documents:
            assemblage.ajouter(contenu, **options)
        fichier = tmp_path / "ensemble.pdf"
        assemblage.enregistrer(fichier)
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
