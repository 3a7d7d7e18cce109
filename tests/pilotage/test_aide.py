"""L'aide de chaque rôle, et le chemin qui y mène depuis chaque écran (P9)."""

import re

import pytest
from django.urls import get_resolver, reverse

from candidatures.services.imports import GARDE_D_UN_BROUILLON
from candidatures.services.preinscriptions import DUREE_DU_LIEN, GARDE_DE_LA_SAISIE
from passpro.navigation import AIDES_DES_ECRANS
from pilotage.views.aide import AIDES
from referentiel.rules.calendrier import LIBELLES, Nature
from referentiel.rules.dates import dire_jour
from referentiel.services.travaux import GARDE
from tests.architecture.test_acces import pages_du_site
from tests.factories.referentiel import AcademieFactory, CampagneFactory


def page_d_aide(client, role: str) -> str:
    return client.get(reverse("pilotage:aide_du_role", args=[role])).content.decode()


@pytest.mark.parametrize("role", AIDES)
def test_chaque_role_a_ses_questions_son_calendrier_et_a_qui_s_adresser(client, db, role):
    academie = AcademieFactory(contact_courriel="saio@creteil.example", contact_telephone="01 99 00 10 00")
    campagne = CampagneFactory(academie=academie)
    page = page_d_aide(client, role)
    questions = re.findall(r'<h2 id="([\w-]+)"', page)
    assert len([une for une in questions if une not in {"calendrier", "regles", "contact"}]) >= 6
    for nature in AIDES[role].etapes:
        if fin := campagne.calendrier.bornes(nature).fin:
            assert LIBELLES[nature] in page
            assert dire_jour(fin) in page
    assert "saio@creteil.example" in page
    assert reverse("pilotage:aide_du_role", args=[role]) in client.get(reverse("pilotage:aide")).content.decode()


def test_le_jury_lit_ce_qu_il_ne_demande_pas(client, db):
    page = page_d_aide(client, "jury")
    assert [n for n in "123456" if f">{n}. " in page] == list("123456")
    assert "bulletins, notes, appréciations, situation familiale, nationalité, santé" in page


def test_un_role_ne_lit_que_ses_etapes(client, db):
    CampagneFactory()
    page = page_d_aide(client, "jury")
    assert LIBELLES[Nature.ENTRETIENS] in page
    assert LIBELLES[Nature.INSCRIPTION] not in page


def test_chaque_ecran_mene_a_une_question_qui_existe(client, db):
    connus = set(pages_du_site(get_resolver().url_patterns))
    pages = {role: page_d_aide(client, role) for role in AIDES}
    for ecran, cible in AIDES_DES_ECRANS.items():
        role, _, question = cible.partition("#")
        assert ecran in connus, ecran
        assert f'id="{question}"' in pages[role], cible


def test_le_bouton_aide_mene_a_la_question_de_l_ecran(scene, connecter):
    page = connecter(scene.chef_origine.personne).get(reverse("candidatures:avis", args=[scene.college.segment]))
    assert f'href="{reverse("pilotage:aide_du_role", args=["origine"])}#avis"' in page.content.decode()


def test_les_durees_dites_sont_celles_des_services(client, db, settings):
    CampagneFactory(regles__conservation=7)
    page = client.get(reverse("pilotage:donnees_personnelles")).content.decode()
    assert "7\u00a0mois après la clôture" in page
    assert f"{GARDE_D_UN_BROUILLON.total_seconds() // 3600:.0f}\u00a0heures" in page
    assert f"{GARDE.total_seconds() // 3600:.0f}\u00a0heures" in page
    assert f"{GARDE_DE_LA_SAISIE.days}\u00a0jours" in page
    assert f"{DUREE_DU_LIEN.days}\u00a0jours" in page
    assert f"{settings.CONSERVATION_DES_COURRIELS.days}\u00a0jours" in page
