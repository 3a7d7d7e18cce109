"""La déclaration d'accessibilité : elle se calcule de l'audit, et ses nombres se recoupent (P10)."""

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from pilotage.accessibilite import JOUR_DE_L_AUDIT, MOYENS, THEMES, Audit, Etat, audit
from referentiel.rules.dates import dire_jour

CRITERES_PAR_THEME = [9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12]


def test_l_audit_porte_les_106_criteres_dans_l_ordre():
    attendus = [f"{theme}.{rang}" for theme, n in enumerate(CRITERES_PAR_THEME, 1) for rang in range(1, n + 1)]
    assert [critere.numero for critere in audit().criteres] == attendus
    assert len(attendus) == 106
    assert list(THEMES) == list(range(1, 14))


def test_chaque_critere_dit_comment_on_le_sait_et_chaque_defaut_ce_qu_il_reste_a_faire():
    for critere in audit().criteres:
        assert critere.moyen in MOYENS, critere.numero
        assert critere.objet, critere.numero
        assert critere.constat, critere.numero
        assert bool(critere.suite) == (critere.etat is Etat.NON_CONFORME), critere.numero


def test_les_nombres_de_la_page_se_recoupent(client, db):
    un = audit()
    assert un.conformes + un.non_conformes + un.non_applicables == 106
    page = client.get(reverse("pilotage:accessibilite")).content.decode()
    assert f"{un.conformes} sur {un.applicables}" in page
    assert f"{un.taux:.1f}".replace(".", ",") + "&nbsp;%" in page or f"{un.taux:.0f}&nbsp;%" in page
    for etat in Etat:
        assert len(re.findall(rf"État</span>{etat.libelle}<", page)) == un.comptes[etat]
    for defaut in un.defauts:
        assert defaut.suite in page
    assert dire_jour(JOUR_DE_L_AUDIT).split(" ", 1)[1].replace("\u00a0", " ") in page.replace("&nbsp;", " ")
    for phrase in ("audit interne", "aucun essai avec un lecteur d’écran", "Défenseur des droits"):
        assert phrase in page


def test_l_accueil_dit_l_etat_de_conformite_a_son_pied(client, db):
    pied = client.get("/").content.decode().partition("<footer")[2]
    assert f"Accessibilité&nbsp;: {audit().conformite}" in pied


def avec(*, conformes: int, defauts: int) -> Audit:
    un = audit().criteres[0]
    return Audit(
        tuple(
            replace(un, numero=f"1.{rang}", etat=etat)
            for rang, etat in enumerate([Etat.CONFORME] * conformes + [Etat.NON_CONFORME] * defauts)
        )
    )


@pytest.mark.parametrize(
    ("conformes", "defauts", "attendu"),
    [
        (10, 0, "totalement conforme"),
        (1999, 1, "partiellement conforme"),
        (5, 5, "partiellement conforme"),
        (499, 501, "non conforme"),
    ],
)
def test_l_etat_suit_le_taux(conformes, defauts, attendu):
    un = avec(conformes=conformes, defauts=defauts)
    assert un.conformite == attendu
    assert un.taux < 100 or not defauts, "un défaut ne s’arrondit jamais en cent pour cent"
