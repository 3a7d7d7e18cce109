"""Un message accepté puis revenu : l'avis de non-remise marque le courriel, et lui seul (R25)."""

import io
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from courriers.expedition import Expediteur
from courriers.models import Courriel, Etape
from courriers.rules import Cause, EtatCourriel, lire_le_retour
from courriers.services import effacer_les_contenus, faire_partir_un_lot, noter_le_retour, renvoyer
from tests.factories.courriers import un_courriel

pytestmark = pytest.mark.django_db(transaction=True)

AVIS = Path(__file__).parent / "retours"


def avis(nom: str, identifiant: str) -> bytes:
    return (AVIS / f"{nom}.eml").read_bytes().replace(b"IDENTIFIANT", identifiant.encode())


@pytest.fixture
def parti(messagerie) -> Courriel:
    courriel = un_courriel()
    with Expediteur() as expediteur:
        faire_partir_un_lot(expediteur, le=timezone.now(), au_plus=5)
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.ENVOYE
    return courriel


def recevoir(monkeypatch, brut: bytes) -> str:
    """Donne l'avis à la commande, comme le tube d'un serveur de messagerie ; rend ce qu'elle dit."""
    entree, sortie = io.TextIOWrapper(io.BytesIO(brut)), io.StringIO()
    monkeypatch.setattr(sys, "stdin", entree)
    call_command("noter_les_retours", stdout=sortie)
    return sortie.getvalue().strip()


def test_un_refus_qui_porte_un_octet_nul_n_arrete_pas_l_envoi(messagerie):
    messagerie.reponse = "550 5.1.1 Boîte\x00 inconnue"
    courriel = un_courriel()
    with Expediteur() as expediteur:
        faire_partir_un_lot(expediteur, le=timezone.now(), au_plus=5)
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.ABANDONNE


def test_un_avis_qui_porte_un_octet_nul_se_lit_quand_meme(parti, monkeypatch):
    """La base n'en admet pas : la commande tomberait, et le serveur renverrait un avis sur l'avis."""
    brut = avis("postfix", parti.message_id).replace(b"smtp; 550 5.1.1 ", b"smtp; 550 5.1.1 \x00\xff ")
    assert recevoir(monkeypatch, brut) == "1 courriel marqué non distribué."
    parti.refresh_from_db()
    assert parti.raison.cause is Cause.ADRESSE_INCONNUE


@pytest.mark.parametrize(
    ("nom", "cause"),
    [("postfix", Cause.ADRESSE_INCONNUE), ("exchange", Cause.BOITE_PLEINE)],
    ids=["postfix", "exchange"],
)
def test_un_avis_de_non_remise_marque_le_courriel_et_garde_son_parcours(parti, monkeypatch, nom, cause):
    envoye_le = parti.envoye_le
    assert recevoir(monkeypatch, avis(nom, parti.message_id)) == "1 courriel marqué non distribué."
    parti.refresh_from_db()
    assert (parti.etat, parti.raison.cause) == (EtatCourriel.ABANDONNE, cause)
    etapes = list(parti.etapes.values_list("nature", "le"))
    assert etapes[0] == (Etape.Nature.ENVOI, envoye_le)
    assert [nature for nature, _ in etapes] == [Etape.Nature.ENVOI, Etape.Nature.RETOUR]
    assert recevoir(monkeypatch, avis(nom, parti.message_id)) == "0 courriel marqué non distribué."
    assert parti.etapes.count() == 2


@pytest.mark.parametrize("nom", ["retard", "absence"])
def test_un_retard_ou_une_reponse_automatique_ne_dit_rien(parti, monkeypatch, nom):
    assert recevoir(monkeypatch, avis(nom, parti.message_id)).startswith("0 courriel")
    parti.refresh_from_db()
    assert parti.etat == EtatCourriel.ENVOYE


def test_un_avis_forge_ou_d_une_ancienne_adresse_ne_marque_rien(parti, monkeypatch):
    forge = parti.message_id.replace(parti.message_id.split("-")[2][:10], "0123456789")
    for identifiant in (forge, "<courriel-999999-0123456789@passpro.example>", "<autre@ailleurs.example>"):
        assert recevoir(monkeypatch, avis("postfix", identifiant)).startswith("0 courriel")
    ancien = parti.message_id
    noter_le_retour(retour=lire_le_retour(avis("postfix", ancien)), le=timezone.now())
    parti.refresh_from_db()
    renvoyer(courriel=parti, destinataire="ce.nouvelle@creteil.example", le=timezone.now())
    with Expediteur() as expediteur:
        faire_partir_un_lot(expediteur, le=timezone.now(), au_plus=5)
    assert recevoir(monkeypatch, avis("postfix", ancien)).startswith("0 courriel")
    parti.refresh_from_db()
    assert parti.etat == EtatCourriel.ENVOYE


def test_un_avis_illisible_ne_fait_pas_echouer_la_commande(parti, monkeypatch):
    entier = avis("postfix", parti.message_id)
    for brut in (b"", b"\xff\x00" * 500, entier[:400], parti.message_id.encode() * 3):
        assert recevoir(monkeypatch, brut).startswith("0 courriel")


def test_l_enveloppe_porte_l_adresse_des_retours_et_le_message_son_expediteur(messagerie, settings):
    settings.ADRESSE_DES_RETOURS = "retours@passpro.example"
    un_courriel()
    with Expediteur() as expediteur:
        faire_partir_un_lot(expediteur, le=timezone.now(), au_plus=5)
    assert messagerie.retours == ["retours@passpro.example"]
    [message] = messagerie.messages
    assert message["From"] == settings.DEFAULT_FROM_EMAIL


def test_le_contenu_s_efface_apres_sa_duree_et_ne_repart_plus(parti):
    duree, plus_tard = timedelta(days=365), timezone.now() + timedelta(days=366)
    attend = un_courriel("attend", part_le=plus_tard + timedelta(days=1))
    assert effacer_les_contenus(le=timezone.now(), apres=duree) == 0
    assert effacer_les_contenus(le=plus_tard, apres=duree) == 1
    assert effacer_les_contenus(le=plus_tard, apres=duree) == 0
    parti.refresh_from_db()
    assert (parti.texte, parti.html, parti.pieces, parti.efface_le) == ("", "", [], plus_tard)
    attend.refresh_from_db()
    assert attend.texte, "ce qui n'est pas parti garde son contenu"
    Courriel.objects.filter(pk=parti.pk).update(etat=EtatCourriel.ABANDONNE, envoye_le=None)
    with pytest.raises(ValidationError, match="supprimé"):
        renvoyer(courriel=parti, destinataire=parti.destinataire, le=plus_tard)
