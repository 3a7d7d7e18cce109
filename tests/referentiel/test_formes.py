"""Un morceau moulé est celui que son gabarit rend, quel que soit le texte ; aucun texte ne reste dans le moule."""

import pytest
from django.template.loader import render_to_string
from django.urls import set_script_prefix
from hypothesis import given
from hypothesis import strategies as st

from referentiel import formes
from referentiel.formes import mouler
from referentiel.moules import repere

FIL = "composants/fil.html"
MENU = "composants/menu_lateral.html"
PIED = "composants/_pied.html"
TEXTES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20) | st.sampled_from(["%s", "100 %", "<b>&'\""])
LIENS = st.lists(st.fixed_dictionaries({"libelle": TEXTES, "url": TEXTES, "courant": st.booleans()}), max_size=3)


@given(libelle=TEXTES, url=TEXTES | st.none())
def test_un_morceau_moule_est_celui_du_gabarit(libelle, url):
    contexte = {"libelle": libelle, "url": url}
    assert mouler(FIL, contexte) == render_to_string(FIL, contexte)


@given(titre=TEXTES, liens=LIENS)
def test_les_tables_et_les_suites_gardent_leur_forme(titre, liens):
    contexte = {"titre": titre, "liens": liens}
    assert mouler(MENU, contexte) == render_to_string(MENU, contexte)


def test_un_moule_sert_a_tous_les_textes_et_n_en_garde_aucun():
    mouler(FIL, {"libelle": "Mme Roux", "url": "/origine/0770001a/"})
    avant = formes._moule.cache_info()
    assert "Petit" in mouler(FIL, {"libelle": "M. Petit", "url": "/origine/0770002b/"})
    apres = formes._moule.cache_info()
    assert (apres.hits, apres.misses) == (avant.hits + 1, avant.misses)
    assert apres.maxsize == formes.MOULES_GARDES


def test_un_texte_ne_se_prend_pas_pour_un_repere():
    faux = repere("ab")
    assert mouler(FIL, {"libelle": faux, "url": "/la/"}).count(faux) == 1


def test_les_adresses_d_un_moule_sont_celles_du_detour():
    contexte = {"coquille": {"conformite": "conforme"}, "marque_etat": False}
    ici = mouler(PIED, contexte)
    set_script_prefix("/archives/2025/")
    try:
        assert 'href="/archives/2025/contact/"' in mouler(PIED, contexte)
    finally:
        set_script_prefix("/")
    assert mouler(PIED, contexte) == ici
    assert "/archives/" not in ici


@pytest.mark.parametrize("valeur", [12, object(), b"octets"], ids=["nombre", "objet", "octets"])
def test_ce_qui_n_est_ni_texte_ni_drapeau_est_refuse(valeur):
    with pytest.raises(TypeError, match="Ni texte ni drapeau"):
        mouler(FIL, {"libelle": valeur})
