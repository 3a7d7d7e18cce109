"""Les convocations d'un collège : sa liste, ses papiers, une campagne close (écrans O12 et O13)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens import services
from entretiens.models import Convocation, Entretien, Envoi
from referentiel.models import Campagne, Travail
from referentiel.services.travaux import preparer_le_prochain_travail
from tests.entretiens.pages import candidat, lien, messages
from tests.factories.candidatures import EN_MARS
from tests.factories.entretiens import convoquer, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory

pytestmark = pytest.mark.django_db

REQUETES_AU_PLUS = 12
PARTI = EN_MARS + timedelta(minutes=11)


@pytest.fixture
def convoques(accueil, college, horloge):
    entretiens = [
        placer(candidat(accueil, college, classe=classe, nom=nom), creneau)
        for (classe, nom), creneau in zip(
            [("3e B", "Diallo"), ("3e A", "Fofana"), ("3e B", "Abadie")], ouvrir(accueil), strict=True
        )
    ]
    convoquer(*entretiens)
    horloge(PARTI)
    return entretiens


def test_la_liste_des_convocations_se_filtre_par_etat_et_par_classe(convoques, college, origine):
    adresse = lien("convocations", college)
    assert "Imprimer les 3 convocations à remettre" in origine.get(adresse).content.decode()
    page = origine.get(adresse, {"classe": "3e B", "etat": "a-remettre"}).content.decode()
    assert "DIALLO" in page
    assert "FOFANA" not in page
    assert "2 convocations<" in page


def test_avant_la_premiere_convocation_la_page_dit_d_attendre(horloge, college, origine):
    AccueilFactory()
    assert "Aucune convocation pour le moment." in origine.get(lien("convocations", college)).content.decode()


def test_imprimer_donne_un_pdf_par_classe_puis_par_nom(convoques, college, origine):
    reponse = origine.get(lien("imprimer", college), {"a_remettre": "1"})
    assert reponse["Content-Type"] == "application/pdf"
    textes = [page.extract_text() for page in PdfReader(BytesIO(reponse.content)).pages]
    assert [next(nom for nom in ("FOFANA", "ABADIE", "DIALLO") if nom in texte) for texte in textes] == [
        "FOFANA",
        "ABADIE",
        "DIALLO",
    ]
    assert origine.get(lien("imprimer", college)).status_code == 302


def test_au_dela_de_vingt_les_convocations_se_preparent_a_l_atelier(convoques, college, origine, monkeypatch):
    monkeypatch.setattr("entretiens.views.origine.IMPRIMEES_AUSSITOT", 2)
    page = origine.get(lien("imprimer", college), {"a_remettre": "1"}).content.decode()
    assert "Préparer les 3 convocations" in page
    assert not Travail.objects.exists()
    codes = list(Convocation.objects.values_list("code", flat=True))
    reponse = origine.post(lien("imprimer", college), {"convocation": [*codes, "dune-autre"]})
    travail = Travail.objects.get()
    assert reponse.url == reverse("referentiel:travail", args=[travail.code])
    preparer_le_prochain_travail(lambda: PARTI)
    travail.refresh_from_db()
    assert (travail.etat, travail.pages, travail.fait) == (Travail.Etat.PRET, 3, 3)


def test_imprimer_une_classe_ne_donne_que_ses_convocations(convoques, college, origine):
    reponse = origine.get(lien("imprimer", college), {"a_remettre": "1", "classe": "3e B"})
    assert len(PdfReader(BytesIO(reponse.content)).pages) == 2


def test_la_confirmation_des_remises_ne_compte_pas_ses_requetes(convoques, college, origine):
    codes = list(Convocation.objects.values_list("code", flat=True))
    nombres = []
    for choisis in (codes[:1], codes):
        with CaptureQueriesContext(connection) as requetes:
            page = origine.get(lien("remises", college), {"convocation": choisis}).content.decode()
        assert page.count('name="convocation"') == len(choisis)
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= REQUETES_AU_PLUS


def test_marquer_comme_remises_demande_confirmation(convoques, college, origine):
    adresse = lien("remises", college)
    assert (
        "Marquer ces 3 convocations comme remises\u00a0?" in origine.get(adresse, {"a_remettre": "1"}).content.decode()
    )
    assert not Convocation.objects.filter(remise_le__isnull=False).exists()
    codes = list(Convocation.objects.values_list("code", flat=True))
    reponse = origine.post(adresse, {"convocation": codes}, follow=True)
    assert messages(reponse) == ["3 convocations marquées comme remises."]


def test_la_convocation_en_page_dit_la_meme_chose_que_le_pdf(convoques, college, origine):
    convocation = Convocation.objects.get(entretien=convoques[0])
    page = origine.get(lien("convocation", college, convocation.code)).content.decode()
    for phrase in (
        "Jeudi 25\u00a0mars 2027 à 9\u00a0h\u00a000",
        "Yanis DIALLO",
        "Mme Petit",
        "La cheffe d’établissement, Mme Martin",
    ):
        assert phrase in page
    assert page.count("<h1") == 1
    agenda = origine.get(lien("convocation_ics", college, convocation.code))
    assert agenda["Content-Type"] == "text/calendar"
    assert agenda["Content-Disposition"].endswith('.ics"')


def test_une_convocation_remplacee_renvoie_a_la_nouvelle(convoques, accueil, college, origine, horloge):
    ancienne = Convocation.objects.get(entretien=convoques[0])
    Courriel.objects.update(etat=EtatCourriel.ENVOYE, envoye_le=PARTI)
    services.deplacer(entretien=convoques[0], creneau=ouvrir_un_creneau(accueil, 14), par=None, le=PARTI)
    page = origine.get(lien("convocation", college, ancienne.code)).content.decode()
    assert "Imprimez la nouvelle." in page
    assert Convocation.objects.en_vigueur().get(entretien=convoques[0]).code in page


def test_une_campagne_close_se_lit_sans_s_ecrire(convoques, accueil, lycee, college, origine):
    Campagne.objects.update(etat=Campagne.Etat.CLOSE)
    assert lycee.get(lien("planning", accueil.etablissement)).status_code == 200
    assert origine.get(lien("convocations", college)).status_code == 200
    code = Convocation.objects.first().code
    page = origine.post(lien("remises", college), {"convocation": code}).content.decode()
    assert "consultation seule" in page
    assert not Convocation.objects.filter(remise_le__isnull=False).exists()


def test_lire_ne_change_rien(convoques, accueil, lycee, college, origine):
    avant = (Courriel.objects.count(), Entretien.objects.values_list("etat").count(), Convocation.objects.count())
    etablissement = accueil.etablissement
    for nom in ("rappeler_l_envoi", "renvoyer"):
        assert lycee.get(lien(nom, etablissement, Envoi.objects.get().code)).status_code == 405
    for adresse in (lien("remises", college) + "?a_remettre=1", lien("imprimer", college) + "?a_remettre=1"):
        assert origine.head(adresse).status_code == 200
    assert lycee.head(lien("annuler", etablissement, convoques[0].candidature.code)).status_code == 200
    apres = (Courriel.objects.count(), Entretien.objects.values_list("etat").count(), Convocation.objects.count())
    assert avant == apres
    assert not Convocation.objects.filter(remise_le__isnull=False).exists()
