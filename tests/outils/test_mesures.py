"""La commande des mesures, sur une base minuscule : ce qu'elle compare se fait, et ce qu'elle écrit se relit."""

import pytest

from outils.mesures import rapport
from outils.mesures.chronometre import Duree
from outils.mesures.lignes import Ligne, ligne
from outils.mesures.peuplement import peupler
from outils.mesures.sujets import courriels, imports, pages, planning


def rien(quoi: str) -> None:
    """Une mesure des tests se tait."""


@pytest.fixture
def territoire(transactional_db):
    """Une campagne entière, de quelques candidatures."""
    return peupler(60, 2027, dire=rien)


def test_chaque_sujet_se_mesure_sur_une_base_minuscule(territoire):
    """D'un bout à l'autre, sans regarder aucun temps."""
    lues = pages.mesurer(rien, tours=1, echauffement=0)
    assert len(lues) == 13
    assert all(une.instructions and not une.manques for une in lues)
    importees = imports.mesurer(rien, eleves=5, tours=1)
    assert [une.nom for une in importees] == ["5 élèves : contrôler et écrire", "5 élèves : lire le classeur, comparer"]
    toutes_faites, a_deux, composees = courriels.mesurer(rien, messages=3, tours=1, a_composer=1, tours_a_composer=1)
    assert toutes_faites.instructions < composees.instructions < 30
    assert a_deux.nom == "Une convocation, pièces déjà composées, 2 ouvriers"
    assert planning.mesurer(rien, tailles=[400], tours=1)[0].manques == []


def une_ligne(produit: float, *, vise: float | None = 2, **plus) -> Ligne:
    durees = {"produit": [Duree(produit, produit)] * 3, "nu": [Duree(0.01, 0.01)] * 3}
    return ligne("Une page", durees, vise=vise, plus={"ko": 12}, **plus)


def releve(taille: int, *lignes: Ligne) -> rapport.Releve:
    return rapport.Releve(taille, "29/11/2026", "2 cœurs", list(lignes))


def test_le_tableau_dit_le_rapport_et_la_croissance():
    texte = rapport.tableau([releve(100_000, une_ligne(0.03)), releve(10_000, une_ligne(0.015))])
    petite, grande = texte.splitlines()[2:]
    assert petite.startswith("| Une page | 10\u202f000 | 1,00 | 15,0 ± 0,00 | 10,0 ± 0,00 | 1,50 | 2,00 |")
    assert grande.startswith("| Une page | 100\u202f000 | 2,00 | 30,0 ± 0,00 | 10,0 ± 0,00 | 3,00 | 2,00 |")


def test_ce_qui_n_est_pas_tenu_se_dit():
    releves = [releve(10_000, une_ligne(0.015)), releve(100_000, une_ligne(0.03, manques=["14 instructions SQL"]))]
    ou = "Une page, 100\u202f000 candidatures"
    assert list(rapport.manques(releves)) == [
        f"{ou} : 3,00 fois le travail nu, 2,00 visé.",
        f"{ou} : 2,00 fois son coût à la plus petite taille, 1,50 visé.",
        f"{ou} : 14 instructions SQL.",
    ]
    assert list(rapport.manques([releve(10_000, une_ligne(0.05, vise=None))])) == []


def test_un_releve_garde_se_relit_et_prend_sa_place_dans_le_document(tmp_path):
    fichier = tmp_path / "pages-10000.json"
    rapport.garder([une_ligne(0.015)], fichier)
    relu = rapport.lire(fichier)
    assert (relu.taille, relu.lignes) == (10_000, [une_ligne(0.015)])
    document = "Avant\n<!-- pages -->\nancien\n<!-- fin de pages -->\naprès\n<!-- import -->\n<!-- fin de import -->\n"
    ecrit = rapport.remplacer(document, {"pages": [relu], "import": []})
    assert "ancien" not in ecrit
    assert "| Une page | 15,0 ± 0,00 |" in ecrit
    assert ecrit.endswith("<!-- fin de pages -->\naprès\n<!-- import -->\n<!-- fin de import -->\n")
    assert rapport.remplacer(ecrit, {"pages": [relu]}) == ecrit
