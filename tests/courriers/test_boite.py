"""La boîte aux lettres de la démonstration : ce que le relais a reçu, et rien d'autre."""

from email.message import EmailMessage

import pytest
from django.urls import reverse

from outils.boite import Boite

HTML = "<p>Bonjour <script>alert(1)</script></p>"


@pytest.fixture
def boite(tmp_path, settings, db) -> Boite:
    dossier = tmp_path / "courriels"
    dossier.mkdir(mode=0o700)
    settings.BOITE_DE_DEMONSTRATION = str(dossier)
    return Boite(dossier)


def deposer(boite: Boite, sujet: str) -> str:
    """Dépose un message comme le relais ; rend son identifiant."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = sujet, "passpro@passpro.example", "ce@creteil.example"
    message["Date"] = "Mon, 15 Mar 2027 10:00:00 +0100"
    message.set_content("Bonjour, la convocation est jointe.")
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="convocation.pdf")
    return boite.ranger(message.as_bytes(), "passpro@passpro.example", ["ce@creteil.example"]).stem


def test_les_messages_se_lisent_le_plus_recent_d_abord(client, boite):
    deposer(boite, "Premier")
    deposer(boite, "Second")
    page = client.get(reverse("courriers:boite")).content.decode()
    assert "2 messages" in page
    assert page.index("Second") < page.index("Premier")


def test_un_message_montre_son_texte_et_sa_source_sans_l_executer(client, boite):
    page = client.get(reverse("courriers:message", args=[deposer(boite, "Convocation")])).content.decode()
    assert "la convocation est jointe" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_une_piece_jointe_se_telecharge_sans_s_afficher(client, boite):
    reponse = client.get(reverse("courriers:piece", args=[deposer(boite, "Convocation"), 1]))
    assert reponse.content == b"%PDF-1.7"
    assert reponse["Content-Disposition"] == 'attachment; filename="convocation.pdf"'
    assert reponse["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("nom", ["absent", "..", ".cache", "20270315T100000.000000-abcdef01"])
def test_un_message_inconnu_n_existe_pas(client, boite, nom):
    assert client.get(f"/demonstration/courriels/{nom}/").status_code == 404


def test_un_fichier_du_voisinage_ne_se_lit_pas(client, boite):
    (boite.dossier.parent / "secret.eml").write_text("Subject: secret\n\nsecret")
    for nom in ("%2e%2e%2fsecret", "..%2fsecret", "../secret"):
        assert client.get(f"/demonstration/courriels/{nom}/").status_code == 404


def test_une_piece_inconnue_n_existe_pas(client, boite):
    assert client.get(reverse("courriers:piece", args=[deposer(boite, "Convocation"), 2])).status_code == 404


def test_un_message_abime_se_lit_quand_meme(client, boite):
    (boite.dossier / "20270315T100000.000000-abcdef01.eml").write_bytes(b"\xff\xfe\x00pas un message")
    assert client.get(reverse("courriers:boite")).status_code == 200


def test_hors_demonstration_la_boite_n_existe_pas(client, db):
    assert client.get(reverse("courriers:boite")).status_code == 404


def test_une_boite_vide_le_dit(client, boite):
    assert "Aucun courriel reçu pour le moment." in client.get(reverse("courriers:boite")).content.decode()
