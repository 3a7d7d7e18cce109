"""Les fiches de plusieurs élèves en un seul fichier, préparé par l'atelier (R32, écrans O14 et C5)."""

import io
import resource
from datetime import timedelta
from pathlib import Path

import page
import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from avis.services import marquer_comme_remises
from candidatures.models import Eleve
from referentiel.models import Travail
from referentiel.rules.refus import Refus
from referentiel.services.travaux import (
    arreter_les_travaux_abandonnes,
    demander_un_travail,
    effacer_les_travaux_perimes,
    preparer_le_prochain_travail,
    relancer_le_travail,
)
from referentiel.travaux import Livraison, declarer
from tests.atelier import atelier_ouvert, attendre
from tests.factories.avis import LENDEMAIN, candidature_rendue
from tests.factories.candidatures import EleveFactory
from tests.factories.referentiel import AccueilFactory, CampagneFactory, EtablissementFactory, RattachementFactory


@pytest.fixture
def campagne():
    with transaction.atomic():
        return CampagneFactory()


@pytest.fixture
def college(campagne):
    return EtablissementFactory(academie=campagne.academie, nom="Collège Jean-Moulin")


@pytest.fixture
def chef(college):
    return RattachementFactory(etablissement=college, role="chef", origine=True).personne


def eleve_rendu(campagne, college, nom, classe="3e B"):
    eleve = EleveFactory(campagne=campagne, etablissement=college, nom=nom, classe=classe)
    candidature_rendue(eleve=eleve, accueil=AccueilFactory(domaine__campagne=campagne))
    return eleve


def demander(campagne, college, chef, eleves, **options):
    codes = [eleve.code for eleve in eleves]
    return demander_un_travail(
        nature="fiches",
        titre="Fiches récapitulatives de 3e B",
        demande={"eleves": codes, **options},
        total=len(codes),
        campagne=campagne,
        etablissement=college,
        cote="origine",
        par=chef,
        le=LENDEMAIN,
    )


def contenu_de(travail) -> bytes:
    with travail.fichier.open("rb") as fichier:
        return fichier.read()


@pytest.mark.django_db
class TestPreparation:
    def test_les_fiches_se_suivent_par_nom_dans_un_seul_pdf_balise(self, campagne, college, chef):
        eleves = [eleve_rendu(campagne, college, nom) for nom in ("Zola", "Abadie")]
        travail = demander(campagne, college, chef, eleves)
        assert preparer_le_prochain_travail(timezone.now)
        travail.refresh_from_db()
        assert (travail.etat, travail.fait, travail.erreurs) == (Travail.Etat.PRET, 2, [])
        document = contenu_de(travail)
        textes = [feuille.extract_text() for feuille in PdfReader(io.BytesIO(document)).pages]
        assert "ABADIE" in textes[0]
        assert "ZOLA" in textes[-1]
        assert travail.pages == len(textes)
        assert page.validate_pdf_bytes(document, profile="ua1").is_compliant

    def test_un_eleve_d_un_autre_etablissement_n_y_entre_pas(self, campagne, college, chef):
        autre = EtablissementFactory(academie=campagne.academie)
        siens, d_ailleurs = eleve_rendu(campagne, college, "Abadie"), eleve_rendu(campagne, autre, "Secret")
        travail = demander(campagne, college, chef, [siens, d_ailleurs])
        preparer_le_prochain_travail(timezone.now)
        travail.refresh_from_db()
        textes = "".join(feuille.extract_text() for feuille in PdfReader(io.BytesIO(contenu_de(travail))).pages)
        assert "SECRET" not in textes

    def test_un_eleve_sans_candidature_est_nomme_les_autres_sont_prets(self, campagne, college, chef):
        rendu = eleve_rendu(campagne, college, "Abadie")
        sans = EleveFactory(campagne=campagne, etablissement=college, nom="Bruni", prenom="Léa", classe="3e B")
        travail = demander(campagne, college, chef, [rendu, sans])
        preparer_le_prochain_travail(timezone.now)
        travail.refresh_from_db()
        assert [erreur["nom"] for erreur in travail.erreurs] == ["BRUNI Léa"]
        assert travail.etat == Travail.Etat.PRET

    def test_le_meme_lot_demande_deux_fois_n_est_prepare_qu_une(self, campagne, college, chef):
        eleves = [eleve_rendu(campagne, college, "Abadie")]
        assert demander(campagne, college, chef, eleves) == demander(campagne, college, chef, eleves)

    def test_un_lot_vide_est_refuse(self, campagne, college, chef):
        with pytest.raises(Refus, match="rien à préparer"):
            demander(campagne, college, chef, [])

    def test_un_fichier_s_efface_apres_vingt_quatre_heures(self, campagne, college, chef):
        travail = demander(campagne, college, chef, [eleve_rendu(campagne, college, "Abadie")])
        preparer_le_prochain_travail(timezone.now)
        travail.refresh_from_db()
        nom = travail.fichier.name
        assert effacer_les_travaux_perimes(le=travail.expire_le - timedelta(seconds=1)) == 0
        assert default_storage.exists(nom)
        assert effacer_les_travaux_perimes(le=travail.expire_le) == 1
        assert not default_storage.exists(nom)

    def test_une_fabrique_qui_tombe_laisse_un_travail_arrete_que_l_on_relance(self, campagne, college, chef):
        essais = []

        def fragile(travail, fichier, suivi):
            essais.append(travail.pk)
            if len(essais) == 1:
                raise OSError("plus de place")
            fichier.write_bytes(b"contenu")
            return Livraison("liste.csv", "text/csv")

        declarer("fragile", fragile)
        travail = demander_un_travail(
            nature="fragile",
            titre="Liste",
            demande={},
            total=1,
            campagne=campagne,
            etablissement=college,
            cote="origine",
            par=chef,
            le=timezone.now(),
        )
        preparer_le_prochain_travail(timezone.now)
        travail.refresh_from_db()
        assert travail.etat == Travail.Etat.ARRETE
        relancer_le_travail(travail=travail, le=timezone.now())
        preparer_le_prochain_travail(timezone.now)
        travail.refresh_from_db()
        assert travail.etat == Travail.Etat.PRET


@pytest.mark.django_db
class TestPage:
    def test_la_selection_de_la_liste_mene_a_la_page_du_travail(self, campagne, college, chef, connecter):
        eleve = eleve_rendu(campagne, college, "Abadie")
        client = connecter(chef)
        reponse = client.post(
            reverse("avis:fiches", args=[college.segment]), {"action": "preparer", "eleve": [eleve.code]}
        )
        travail = Travail.objects.get()
        assert reponse.url == reverse("referentiel:travail", args=[travail.code])
        assert "En attente" in client.get(reponse.url).content.decode()
        preparer_le_prochain_travail(timezone.now)
        assert "Télécharger le fichier" in client.get(reponse.url).content.decode()
        fichier = client.get(reverse("referentiel:travail_fichier", args=[travail.code]))
        assert b"".join(fichier.streaming_content).startswith(b"%PDF")
        assert "passpro-1-fiche-recapitulative" in fichier["Content-Disposition"]

    def test_le_lot_ne_prend_que_les_fiches_a_remettre_de_la_classe(self, campagne, college, chef, connecter):
        voulue = eleve_rendu(campagne, college, "Abadie", classe="3e B")
        eleve_rendu(campagne, college, "Bruni", classe="3e A")
        remise = eleve_rendu(campagne, college, "Costa", classe="3e B")
        marquer_comme_remises(campagne=campagne, eleves=[remise], par=chef, le=LENDEMAIN + timedelta(hours=1))
        connecter(chef).post(
            reverse("avis:lot_de_fiches", args=[college.segment]),
            {"classes": ["3e B"], "seulement_a_remettre": "on", "recto_verso_demande": "on"},
        )
        assert Travail.objects.get().demande["eleves"] == [voulue.code]

    def test_le_travail_d_une_autre_personne_n_existe_pas(self, campagne, college, chef, connecter):
        travail = demander(campagne, college, chef, [eleve_rendu(campagne, college, "Abadie")])
        collegue = RattachementFactory(etablissement=college, role="gestionnaire", origine=True).personne
        for nom in ("travail", "travail_avancement", "travail_fichier"):
            adresse = reverse(f"referentiel:{nom}", args=[travail.code])
            assert connecter(collegue).get(adresse).status_code == 404

    def test_qui_a_perdu_sa_place_ne_lit_plus_son_travail(self, campagne, college, chef, connecter):
        travail = demander(campagne, college, chef, [eleve_rendu(campagne, college, "Abadie")])
        chef.rattachements.all().delete()
        assert connecter(chef).get(reverse("referentiel:travail", args=[travail.code])).status_code == 404


@pytest.mark.pannes
@pytest.mark.django_db(transaction=True)
def test_un_ouvrier_tue_laisse_un_travail_dit_arrete_puis_repris(campagne, college, chef, settings, monkeypatch):
    """L'ouvrier meurt au milieu du lot : rien n'est perdu ni à moitié livré, le travail se relance (F9)."""
    monkeypatch.setenv("DOSSIER_DES_FICHIERS", settings.MEDIA_ROOT)
    eleves = [eleve_rendu(campagne, college, f"Eleve{n:02d}") for n in range(12)]
    with atelier_ouvert("smtp://127.0.0.1:9") as atelier:
        travail = demander(campagne, college, chef, eleves)

        def avance():
            travail.refresh_from_db()
            return travail.etat == Travail.Etat.EN_COURS and travail.fait > 0

        assert attendre(avance, au_plus=60)
        atelier.tuer()
        travail.refresh_from_db()
        assert travail.etat == Travail.Etat.EN_COURS
        assert not travail.fichier
        plus_tard = timezone.now() + timedelta(minutes=1)
        assert attendre(lambda: arreter_les_travaux_abandonnes(le=plus_tard) == 1, au_plus=20)
        atelier.ouvrir()
        travail.refresh_from_db()
        relancer_le_travail(travail=travail, le=timezone.now())

        def pret():
            travail.refresh_from_db()
            return travail.etat == Travail.Etat.PRET

        assert attendre(pret, au_plus=60)
    assert travail.fait == Eleve.objects.count() == 12
    assert len(PdfReader(io.BytesIO(contenu_de(travail))).pages) >= 12


@pytest.mark.pannes
@pytest.mark.django_db(transaction=True)
def test_un_disque_plein_arrete_le_lot_sans_rien_laisser_a_moitie_ecrit(campagne, college, chef, settings):
    """La limite de taille des fichiers vaut un disque plein : le lot le dit, et se relance (F10)."""
    travail = demander(campagne, college, chef, [eleve_rendu(campagne, college, f"Eleve{n}") for n in range(2)])
    permis = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, permis[1]))
    try:
        preparer_le_prochain_travail(timezone.now)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, permis)
    travail.refresh_from_db()
    assert (travail.etat, travail.fichier.name) == (Travail.Etat.ARRETE, "")
    assert "plus de place sur le disque" in travail.erreurs[0]["raison"]
    assert not any(chemin.is_file() for chemin in Path(settings.MEDIA_ROOT).rglob("*"))
    relancer_le_travail(travail=travail, le=timezone.now())
    assert preparer_le_prochain_travail(timezone.now)
    travail.refresh_from_db()
    assert (travail.etat, travail.erreurs) == (Travail.Etat.PRET, [])
