"""Changer soi-même son adresse : une preuve, un lien à la nouvelle, un mot à l'ancienne (R38, T6, T7, T9)."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from comptes.federation.models import IdentiteFederee
from comptes.models import Trace
from comptes.preuve import PREUVE
from comptes.services import adresse as services
from courriers.models import Courriel
from tests.factories.referentiel import MOT_DE_PASSE, PersonneFactory

PAGE, NOUVELLE = "/compte/adresse/", "claire.nouvelle@passpro.example"
LIEN = re.compile(r"https?://[^/\s]+(/compte/adresse/\S+)")


@pytest.fixture
def personne(db):
    return PersonneFactory(courriel="claire.petit@passpro.example", mot_de_passe=MOT_DE_PASSE)


@pytest.fixture
def client(connecter, personne):
    return connecter(personne)


def demander(client, adresse: str = NOUVELLE) -> str:
    """La page qui suit la demande."""
    return client.post(PAGE, {"courriel": adresse}, follow=True).content.decode()


def lien_recu(adresse: str = NOUVELLE) -> str:
    return LIEN.search(Courriel.objects.filter(destinataire=adresse).latest("pk").texte)[1]


def adresse_de(personne) -> str:
    personne.refresh_from_db()
    return personne.courriel


def test_la_nouvelle_adresse_se_confirme_et_l_ancienne_le_sait(client, personne):
    ancienne = personne.courriel
    assert f"Ouvrez le lien envoyé à {NOUVELLE}" in demander(client, NOUVELLE.upper())
    assert adresse_de(personne) == ancienne
    lien = lien_recu()
    assert f"Utiliser l’adresse {NOUVELLE}" in client.get(lien).content.decode()
    assert adresse_de(personne) == ancienne
    assert f"L’adresse de votre compte est {NOUVELLE}." in client.post(lien, follow=True).content.decode()
    assert adresse_de(personne) == NOUVELLE
    prevenue = list(Courriel.objects.filter(destinataire=ancienne).order_by("pk").values_list("texte", flat=True))
    assert "Un changement d’adresse est demandé" in prevenue[0]
    assert f"L’adresse de votre compte est désormais {NOUVELLE}." in prevenue[1]
    trace = Trace.objects.de(personne).get(fait="adresse")
    assert (trace.avant, trace.apres) == ({"courriel": ancienne}, {"courriel": NOUVELLE})
    assert "Ce lien ne vaut plus" in client.post(lien, follow=True).content.decode()


def test_sans_preuve_recente_rien_ne_part(client, personne):
    session = client.session
    session[PREUVE] -= 3600
    session.save()
    assert client.get(PAGE).url.startswith("/compte/preuve/")
    page = client.post(PAGE, {"courriel": NOUVELLE}).content.decode()
    assert f'name="courriel" value="{NOUVELLE}"' in page
    assert not Courriel.objects.exists()
    client.post(PAGE, {"courriel": NOUVELLE, "preuve_secret": MOT_DE_PASSE})
    assert lien_recu()


def test_une_adresse_deja_prise_recoit_la_meme_reponse_et_rien_d_autre(client, personne):
    autre = PersonneFactory()
    assert demander(client, autre.courriel).replace(autre.courriel, NOUVELLE).count(NOUVELLE) == 1
    assert not Courriel.objects.filter(destinataire=autre.courriel).exists()


def test_une_adresse_prise_entre_la_demande_et_le_lien_reste_a_l_autre(client, personne):
    demander(client)
    lien, ancienne = lien_recu(), personne.courriel
    PersonneFactory(courriel=NOUVELLE)
    assert "Ce lien ne vaut plus" in client.post(lien, follow=True).content.decode()
    assert adresse_de(personne) == ancienne


def test_le_lien_d_un_autre_echu_ou_forge_ne_change_rien(client, personne, connecter, monkeypatch):
    demander(client)
    lien, ancienne = lien_recu(), personne.courriel
    intrus = PersonneFactory()
    assert "Ce lien ne vaut plus" in connecter(intrus).post(lien, follow=True).content.decode()
    assert adresse_de(intrus) != NOUVELLE
    forge = signing.dumps([personne.pk, ancienne, NOUVELLE], salt="un autre sel")
    pas_une_liste = signing.dumps("x", salt=services.SEL)
    for jeton in (forge, pas_une_liste, "invente"):
        assert "Ce lien ne vaut plus" in client.post(f"{PAGE}{jeton}/", follow=True).content.decode()
    monkeypatch.setattr(services, "DUREE_DU_LIEN", -timedelta(seconds=1))
    assert "Ce lien ne vaut plus" in client.post(lien, follow=True).content.decode()
    assert adresse_de(personne) == ancienne


@pytest.mark.parametrize(
    ("adresse", "phrase"),
    [
        ("claire.petit@passpro.example", "C’est déjà l’adresse de votre compte."),
        ("pas une adresse", "Indiquez une adresse complète"),
        ("a@b.example\r\nBcc: x@y.example", "Indiquez une adresse complète"),
        ("", "Indiquez la nouvelle adresse."),
    ],
    ids=["la même", "pas une adresse", "deux", "vide"],
)
def test_une_adresse_qui_ne_va_pas_recoit_une_phrase(client, personne, adresse, phrase):
    assert phrase in demander(client, adresse)
    assert not Courriel.objects.exists()


def test_trois_demandes_par_quart_d_heure(client, personne):
    for _ in range(3):
        demander(client)
    avant = Courriel.objects.count()
    assert "Trop de demandes." in demander(client)
    assert Courriel.objects.count() == avant


def test_une_adresse_qui_vient_d_un_guichet_s_y_change(client, personne):
    IdentiteFederee.objects.create(personne=personne, emetteur="arena", sujet="cpetit", liee_le=timezone.now())
    assert "c’est là qu’elle se change" in client.get(PAGE).content.decode()
    demander(client)
    assert not Courriel.objects.exists()
    assert "Changer d’adresse" not in client.get("/compte/").content.decode()
