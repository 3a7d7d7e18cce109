"""Les derniers PDF rendus se reprennent, puis s'oublient (R40)."""

import pytest

from courriers.imprimes import PERSONNE, Imprime
from courriers.reemploi import PdfRecents
from courriers.signals import document_rendu

pytestmark = pytest.mark.usefixtures("gabarits_d_essai")


@pytest.fixture
def rendus():
    notes = []

    def noter(sender, **_):
        notes.append(sender)

    document_rendu.connect(noter)
    yield notes
    document_rendu.disconnect(noter)


def imprime(texte: str) -> Imprime:
    return Imprime("essai.pdf", "courriels/essai.html", {"texte": texte}, PERSONNE)


def test_le_meme_contenu_se_reprend_un_autre_se_rend(rendus):
    recents = PdfRecents(1_000_000)
    premier = recents.rendre(imprime("un"))
    assert recents.rendre(imprime("un")) is premier
    assert recents.rendre(imprime("deux")) != premier
    assert len(rendus) == 2


def test_oublie_un_contenu_se_rend_de_nouveau(rendus):
    recents = PdfRecents(1_000_000)
    recents.rendre(imprime("un"))
    recents.oublier()
    recents.rendre(imprime("un"))
    assert len(rendus) == 2


def test_le_plus_ancien_s_efface_quand_la_place_manque(rendus):
    place = len(PdfRecents(0).rendre(imprime("un")))
    recents = PdfRecents(int(2.5 * place))
    for texte in ("un", "deux", "un", "trois", "un", "deux"):
        recents.rendre(imprime(texte))
    assert len(rendus) == 1 + 4
