"""Les composants de saisie : ce qui s'écrit d'un trait est ce que les gabarits de Django écriraient."""

from datetime import date

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from passpro.rendu import BALISES, LISTE, Rendu

HOSTILES = st.sampled_from(["", "100 %", "<b>&'\"", "2e B", mark_safe("<i>"), 12, 1.5, True, None]) | st.text(
    st.characters(blacklist_categories=["Cs"]), max_size=12
)
ATTRIBUTS = st.dictionaries(st.sampled_from(["class", "required", "data-x", "maxlength"]), HOSTILES | st.just(False))
CHOIX = st.lists(st.tuples(HOSTILES, HOSTILES), max_size=3)
GROUPES = st.lists(st.tuples(st.sampled_from(["Par ville", "<b>"]), CHOIX), max_size=2)
COMPOSANTS = [
    forms.TextInput,
    forms.HiddenInput,
    forms.NumberInput,
    forms.EmailInput,
    forms.DateInput,
    forms.URLInput,
    forms.Textarea,
    forms.CheckboxInput,
]


def rendus(composant, valeur, attributs):
    options = {"name": "un-nom", "value": valeur, "attrs": {"id": "id_nom"}}
    return [type(composant).render(composant, **options, renderer=un()) for un in (Rendu, TemplatesSetting)]


@pytest.mark.parametrize("classe", COMPOSANTS, ids=lambda classe: classe.__name__)
@given(valeur=HOSTILES | st.just(date(2027, 3, 1)), attributs=ATTRIBUTS)
def test_une_saisie_est_celle_du_gabarit(classe, valeur, attributs):
    ecrit, attendu = rendus(classe(attrs=attributs), valeur, attributs)
    assert ecrit == attendu


@pytest.mark.parametrize("classe", [forms.Select, forms.SelectMultiple, forms.RadioSelect], ids=lambda c: c.__name__)
@given(choix=CHOIX | GROUPES, valeur=HOSTILES, attributs=ATTRIBUTS)
def test_une_liste_est_celle_du_gabarit(classe, choix, valeur, attributs):
    ecrit, attendu = rendus(classe(attrs=attributs, choices=choix), valeur, attributs)
    assert ecrit == attendu


def test_les_gabarits_remplaces_sont_ceux_que_demandent_les_composants():
    assert {classe.template_name for classe in COMPOSANTS[:5]} <= BALISES
    assert forms.Select.template_name == LISTE


def test_une_option_d_une_autre_forme_garde_son_gabarit():
    class ParTitres(forms.Select):
        option_template_name = "django/forms/widgets/radio_option.html"

    ecrit, attendu = rendus(ParTitres(choices=[("a", "A")]), "a", {})
    assert ecrit == attendu
