"""Ce qu'un établissement emporte : colonnes fixes, embargo, traces, nombre de requêtes (R30, R37, R39, R41, O17)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidatures.rules import Etat
from comptes.models import Trace
from pilotage.exports import EXPORTS
from referentiel.exports import exports_de
from referentiel.models import JeuDeRegles, Travail
from referentiel.permissions import Cote
from referentiel.rules.jeu import Publication
from referentiel.services.travaux import preparer_le_prochain_travail
from referentiel.tableurs.lecture import lire


@pytest.fixture(autouse=True)
def fichiers(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def demander(client, etablissement, nature, cote="origine"):
    return client.post(reverse(f"referentiel:exports_{cote}", args=[etablissement.segment]), {"export": nature})


def preparer(client, etablissement, nature, cote="origine"):
    """Demande l'export, le fait préparer, le télécharge ; rend ses lignes, par en-tête."""
    reponse = demander(client, etablissement, nature, cote)
    assert preparer_le_prochain_travail(timezone.now)
    travail = Travail.objects.latest("pk")
    assert travail.etat == Travail.Etat.PRET
    assert reponse.url == reverse("referentiel:travail", args=[travail.code])
    fichier = client.get(reverse("referentiel:travail_fichier", args=[travail.code]))
    tableau = lire(b"".join(fichier.streaming_content), travail.nom_du_fichier)
    return [dict(zip(tableau.entetes, ligne.cellules, strict=True)) for ligne in tableau.lignes]


@pytest.fixture
def origine(scene, connecter):
    return connecter(scene.chef_origine.personne)


@pytest.fixture
def accueil(scene, connecter):
    return connecter(scene.chef_accueil.personne)


class TestOrigine:
    def test_les_eleves_y_sont_une_ligne_par_candidature_et_une_sans(self, scene, origine):
        candidature = scene.candidature(eleve=scene.eleve(nom="Abadie", ine="120890177FA"))
        scene.eleve(nom="Zola")
        lignes = preparer(origine, scene.college, "export_eleves")
        assert [(ligne["Nom"], ligne["Domaine"]) for ligne in lignes] == [
            ("Abadie", candidature.domaine.nom),
            ("Zola", ""),
        ]
        assert lignes[0]["INE"] == "120890177FA"
        assert lignes[0]["UAI d’accueil"] == scene.lycee.uai

    def test_l_export_tait_un_avis_pas_encore_publie_et_la_formation_ajoutee(self, scene, origine):
        scene.rendue()
        [avant] = preparer(origine, scene.college, "export_avis")
        assert avant["Avis d’accueil"]
        JeuDeRegles.objects.filter(campagne=scene.campagne).update(publication=Publication.VISUALISATION)
        scene.campagne.periodes.filter(nature="visualisation").update(debut=scene.le.date() + timedelta(days=1))
        [sous_embargo] = preparer(origine, scene.college, "export_avis")
        assert sous_embargo["Avis d’accueil"] == sous_embargo["Avis final"] == ""
        assert sous_embargo["Avis d’origine"] == avant["Avis d’origine"]

    def test_un_entretien_n_y_est_qu_une_fois_convoque(self, scene, origine):
        demain = scene.le + timedelta(days=1)
        scene.avec_entretien(Etat.PLANIFIEE, debut=demain)
        convoque = scene.avec_entretien(Etat.CONVOQUEE, debut=demain)
        lignes = preparer(origine, scene.college, "export_entretiens")
        assert [ligne["Nom"] for ligne in lignes] == [convoque.eleve.nom]

    def test_un_texte_qui_se_lirait_comme_une_formule_reste_un_texte(self, scene, origine):
        scene.eleve(nom="=1+1", prenom="@Yanis")
        [ligne] = preparer(origine, scene.college, "export_eleves")
        assert (ligne["Nom"], ligne["Prénom"]) == ("=1+1", "@Yanis")

    def test_un_eleve_d_ailleurs_n_y_est_pas(self, scene, origine):
        scene.candidature()
        scene.eleve(etablissement=scene.autre_origine.etablissement, nom="Secret")
        assert "Secret" not in {ligne["Nom"] for ligne in preparer(origine, scene.college, "export_eleves")}


class TestAccueil:
    def test_les_candidats_sans_ine_ni_date_de_naissance_ni_avis(self, scene, accueil):
        candidature = scene.candidature(eleve=scene.eleve(ine="120890177FA"))
        scene.candidature(Etat.BROUILLON, inscrite_le=None)
        [ligne] = preparer(accueil, scene.lycee, "export_candidats", "accueil")
        assert not {"INE", "Date de naissance", "Commentaire"} & ligne.keys()
        assert "120890177FA" not in map(str, ligne.values())
        assert ligne["Avis d’origine"] in {"Saisis", "En attente"}
        assert ligne["UAI d’origine"] == candidature.eleve.etablissement.uai

    def test_ses_entretiens_y_sont_des_qu_ils_sont_planifies(self, scene, accueil):
        scene.candidature()
        entretien = scene.planifiee(heure=9)
        [ligne] = preparer(accueil, scene.lycee, "export_entretiens_accueil", "accueil")
        assert ligne["Nom"] == entretien.eleve.nom

    def test_l_accueil_ne_demande_pas_un_export_de_l_origine(self, scene, accueil):
        scene.candidature()
        demander(accueil, scene.lycee, "export_eleves", "accueil")
        assert not Travail.objects.exists()


class TestPage:
    def test_chaque_cote_a_les_siens(self, scene, origine, accueil):
        assert [e.titre for e in exports_de(Cote.ORIGINE)] == [
            "Élèves et candidatures (Excel)",
            "Avis (Excel)",
            "Entretiens (Excel)",
        ]
        page = origine.get(reverse("referentiel:exports_origine", args=[scene.college.segment])).content.decode()
        assert "Supprimez-les après usage." in page
        assert "Aucun export récent." in page
        page = accueil.get(reverse("referentiel:exports_accueil", args=[scene.lycee.segment])).content.decode()
        assert "Candidats (Excel)" in page

    def test_la_demande_est_dans_l_historique_une_seule_fois(self, scene, origine):
        scene.candidature()
        for _ in range(2):
            demander(origine, scene.college, "export_eleves")
        trace = Trace.objects.de(scene.college).get(fait="export")
        assert trace.phrase == "Export demandé\u00a0: Élèves et candidatures."
        assert trace.auteur == scene.chef_origine.personne
        assert Travail.objects.count() == 1

    def test_un_fichier_pret_s_y_retrouve_pour_qui_l_a_demande(self, scene, origine, connecter):
        scene.candidature()
        preparer(origine, scene.college, "export_eleves")
        adresse = reverse("referentiel:exports_origine", args=[scene.college.segment])
        assert "Télécharger" in origine.get(adresse).content.decode()
        collegue = connecter(scene.gestionnaire_origine.personne)
        assert "Aucun export récent." in collegue.get(adresse).content.decode()

    def test_rien_a_exporter_se_dit(self, scene, origine):
        reponse = origine.post(
            reverse("referentiel:exports_origine", args=[scene.college.segment]), {"export": "export_avis"}, follow=True
        )
        assert "Il n’y a rien à préparer." in reponse.content.decode()
        assert not Trace.objects.filter(fait="export").exists()


@pytest.mark.parametrize(("export", "fabrique"), EXPORTS, ids=[export.nature for export, _ in EXPORTS])
def test_trente_eleves_ne_coutent_pas_plus_de_requetes_qu_un(scene, export, fabrique, tmp_path):
    class Muet:
        def avancer(self, de=1):
            pass

    etablissement = scene.college if export.cote is Cote.ORIGINE else scene.lycee
    travail = Travail(
        campagne=scene.campagne,
        etablissement=etablissement,
        academie=scene.campagne.academie,
        par=scene.chef_origine.personne,
        demande_le=scene.le,
    )
    accueil_commun = scene.accueil()

    def compter() -> int:
        with CaptureQueriesContext(connection) as requetes:
            fabrique(travail, tmp_path / "export.xlsx", Muet())
        return len(requetes)

    def un_de_plus() -> None:
        scene.avec_entretien(Etat.CONVOQUEE, debut=scene.le + timedelta(days=2), accueil=accueil_commun)

    un_de_plus()
    une = compter()
    for _ in range(12):
        un_de_plus()
    assert compter() == une
