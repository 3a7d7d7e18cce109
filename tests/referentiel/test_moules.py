"""Les moules : ce qui y varie s'échappe, et rien de ce qu'on y met ne se relit."""

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from referentiel.moules import Moule, repere

GABARIT = '<a href="{{ url }}" width="100%">{{ nom }}, %(nom)s{% if est_libre %} – libre{% endif %}</a>'
HOSTILE = "\"'><b>%(url)s %s %% {{ nom }} \\1"


@pytest.mark.parametrize("est_libre", [True, False])
@pytest.mark.parametrize(
    "nom",
    ["Diallo", HOSTILE, repere("url"), mark_safe("<b>&</b>"), 12, ""],
    ids=["un nom", "hostile", "un repère", "déjà rendu", "un nombre", "rien"],
)
def test_un_moule_rempli_est_ce_que_le_gabarit_rendrait(est_libre, nom):
    valeurs, reperes = {"url": HOSTILE, "nom": nom}, {"url": repere("url"), "nom": repere("nom")}
    gabarit = engines.all()[0].from_string(GABARIT)
    moule = Moule(gabarit.render({**reperes, "est_libre": est_libre}))
    for _ in range(2):
        assert moule.remplir(**valeurs) == gabarit.render({**valeurs, "est_libre": est_libre})


def test_un_moule_se_prend_d_un_gabarit_dans_un_cas():
    moule = Moule.du_gabarit("composants/badge.html", {"classe": "fr-badge--info"}, varient=["libelle"])
    attendu = render_to_string("composants/badge.html", {"classe": "fr-badge--info", "libelle": HOSTILE})
    assert moule.remplir(libelle=HOSTILE) == attendu != moule.remplir(libelle="À venir")


def test_un_moule_rempli_se_met_dans_un_autre_sans_s_echapper_deux_fois():
    dedans = Moule(f"<b>{repere('nom')}</b>").remplir(nom="<i>")
    assert Moule(f"<p>{repere('ligne')}</p>").remplir(ligne=dedans) == "<p><b>&lt;i&gt;</b></p>"


def test_une_valeur_oubliee_ne_montre_pas_de_repere():
    with pytest.raises(KeyError, match="nom"):
        Moule(repere("nom")).remplir(autre="")
