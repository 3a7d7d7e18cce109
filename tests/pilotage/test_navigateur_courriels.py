"""Du lycée qui lit un échec au SAIO qui renvoie, dans un vrai navigateur, avec et sans script (écrans A14, S10)."""

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Envoi
from referentiel.models import Etablissement
from tests.accessibilite import defauts_de
from tests.factories.pilotage import MAINTENANT, Scene

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]

VUES = ((1366, "light"), (320, "dark"))


@pytest.fixture
def scene(transactional_db, monkeypatch) -> Scene:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    with transaction.atomic():
        scene = Scene()
        scene.non_distribuee()
        scene.sans_adresse()
        for _ in range(3):
            scene.candidature()
    Courriel.objects.filter(etat=EtatCourriel.ABANDONNE).update(uai=scene.college.uai)
    return scene


@pytest.fixture
def entrer(chromium, live_server, connecter):
    def _entrer(personne, *, script=True):
        contexte = chromium.new_context(base_url=live_server.url, java_script_enabled=script, locale="fr-FR")
        session = connecter(personne).cookies[settings.SESSION_COOKIE_NAME].value
        contexte.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url, "httpOnly": True}]
        )
        return contexte.new_page()

    return _entrer


def controler(page, adresse: str) -> None:
    for largeur, theme in VUES:
        page.set_viewport_size({"width": largeur, "height": 768})
        page.emulate_media(color_scheme=theme)
        page.goto(adresse)
        assert defauts_de(page) == [], f"{adresse} à {largeur} px, {theme}"


def test_un_echec_se_lit_se_corrige_et_se_renvoie(scene, entrer):
    courriel = Courriel.objects.get(etat=EtatCourriel.ABANDONNE)
    envoi = Envoi.objects.get(convocations__courriels=courriel)
    lycee = entrer(scene.chef_accueil.personne)
    controler(lycee, reverse("pilotage:a_faire_accueil", args=[scene.lycee.segment]))
    controler(lycee, reverse("entretiens:envois", args=[scene.lycee.segment]))
    controler(lycee, reverse("entretiens:envoi", args=[scene.lycee.segment, envoi.code]))
    assert lycee.get_by_text("Cette adresse n’existe pas.").is_visible()
    college = entrer(scene.chef_origine.personne)
    controler(college, reverse("entretiens:adresses", args=[scene.college.segment]))
    controler(college, reverse("comptes:notifications"))
    saio = entrer(scene.saio.personne)
    for nom, args in (
        ("pilotage:academie", []),
        ("pilotage:attentes", []),
        ("referentiel:courriels", []),
        ("referentiel:courriel", [courriel.pk]),
        ("referentiel:renvoyer_ailleurs", [courriel.pk]),
        ("referentiel:renvoyer_les_courriels", []),
    ):
        controler(saio, reverse(nom, args=args))
    Etablissement.objects.filter(pk=scene.college.pk).update(messagerie="ce.nouvelle@creteil.example")
    sans_script = entrer(scene.saio.personne, script=False)
    sans_script.goto(reverse("referentiel:courriels"))
    sans_script.get_by_label("État").select_option(label="Non distribué")
    sans_script.get_by_role("button", name="Filtrer").click()
    sans_script.get_by_role("link", name=courriel.destinataire).click()
    sans_script.get_by_role("link", name="Renvoyer à une autre adresse").click()
    assert sans_script.get_by_label("Autre adresse").input_value() == "ce.nouvelle@creteil.example"
    sans_script.get_by_label("Motif").fill("Nouvelle messagerie")
    sans_script.get_by_role("button", name="Renvoyer").click()
    sans_script.get_by_text("Courriel remis en file pour ce.nouvelle@creteil.example.").wait_for()
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.A_ENVOYER
