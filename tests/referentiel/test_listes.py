"""Pages, filtres et étiquettes des listes."""

from django.test import RequestFactory

from comptes.contraintes import _phrases
from referentiel.listes import PAR_PAGE, adresse, etiquettes, paginer

LIGNES = list(range(2 * PAR_PAGE + 1))


def demande(**filtres: str):
    return RequestFactory().get("/liste/", filtres)


def test_une_liste_se_lit_soixante_lignes_a_la_fois_en_gardant_ses_filtres():
    page, pagination = paginer(demande(q="diallo", page="2"), LIGNES)
    assert list(page) == LIGNES[PAR_PAGE : 2 * PAR_PAGE]
    assert pagination["precedent_url"] == "/liste/?q=diallo&page=1"
    assert pagination["suivant_url"] == "/liste/?q=diallo&page=3"
    assert [(page["numero"], page["courante"]) for page in pagination["pages"]] == [(1, False), (2, True), (3, False)]


def test_une_liste_se_deplie_en_entier_si_elle_le_permet():
    _, pagination = paginer(demande(page="2"), LIGNES)
    assert pagination["tout_url"] == "/liste/?tout=1"
    depliee, pagination = paginer(demande(tout="1"), LIGNES)
    assert list(depliee) == LIGNES
    assert pagination["tout_url"] == ""
    page, pagination = paginer(demande(tout="1"), LIGNES, en_entier=False)
    assert list(page) == LIGNES[:PAR_PAGE]
    assert pagination["tout_url"] == ""


def test_une_page_farfelue_est_la_plus_proche():
    assert paginer(demande(page="zéro"), LIGNES)[0].number == 1
    assert paginer(demande(page="9999"), LIGNES)[0].number == 3


def test_le_total_connu_n_est_pas_recompte():
    class SansCompte(list):
        def __len__(self):
            raise AssertionError("La liste a été comptée.")

    _, pagination = paginer(demande(), SansCompte(LIGNES), len(LIGNES))
    assert pagination["total"] == len(LIGNES)


def test_une_etiquette_change_l_etat_et_revient_a_la_premiere_page():
    choix = etiquettes(
        demande(etat="absents", page="3", q="x"), "absents", [(None, "Tous", 9), ("absents", "Absents", 2)]
    )
    assert [(e["url"], e["courante"], e["nombre"]) for e in choix] == [
        ("/liste/?q=x", False, 9),
        ("/liste/?q=x&etat=absents", True, 2),
    ]


def test_une_valeur_vide_retire_son_filtre():
    assert adresse(demande(q="x"), q="") == "/liste/"


def test_une_contrainte_sans_phrase_ne_montre_pas_son_nom():
    assert [phrase for phrase in _phrases().values() if "%(name)s" in phrase] == []
