"""Les écrans de l'import : quatre étapes, leurs phrases, leurs refus, leurs renvois (écran O3)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from candidatures.models import DemandeDeTransfert, Eleve
from candidatures.services import imports
from referentiel.models.travaux import Importation
from referentiel.tableurs.lecture import lire
from tests.candidatures.test_import_services import DIALLO, SANTOS, deposer, importer, plan, verifie
from tests.candidatures.test_views_inscription import adresse
from tests.factories.candidatures import EleveFactory
from tests.factories.imports import INE, TITRES, des_eleves, en_classeur, en_csv, ine_invente
from tests.factories.inscriptions import APRES_LA_CAMPAGNE
from tests.factories.referentiel import RattachementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]


@pytest.fixture
def client(monde, connecter):
    return connecter(monde.gestionnaire)


def envoyer(client, monde, contenu=None, *, nom="eleves.csv", cellules=""):
    saisie = {"cellules": cellules}
    if contenu is not None:
        saisie["fichier"] = SimpleUploadedFile(nom, contenu)
    return client.post(adresse(monde, "import_fichier"), saisie)


def ecran(client, monde, nom, importation) -> str:
    return client.get(adresse(monde, f"import_{nom}", code=importation.code)).content.decode()


def test_d_un_fichier_au_resultat(monde, client):
    page = client.get(adresse(monde, "import_fichier")).content.decode()
    assert "Télécharger un modèle (Excel)" in page
    reponse = envoyer(client, monde, en_csv(TITRES, [DIALLO, SANTOS]))
    importation = Importation.objects.get()
    assert reponse.url == adresse(monde, "import_colonnes", code=importation.code)
    page = client.get(reponse.url).content.decode()
    assert "DIALLO, SANTOS" in page
    reponse = client.post(reponse.url, importation.correspondance)
    assert reponse.url == adresse(monde, "import_verification", code=importation.code)
    page = client.get(reponse.url)
    assert "2 élèves à ajouter." in page.content.decode()
    assert "Importer 2 élèves" in page.content.decode()
    reponse = client.post(reponse.url, {"empreinte": page.context["plan"].empreinte})
    page = client.get(reponse.url).content.decode()
    assert "2 élèves ajoutés." in page
    assert "Classes créées&nbsp;: 3A, 3B." in page
    assert Eleve.objects.count() == 2


def test_des_cellules_collees_valent_un_fichier(monde, client):
    cellules = "\n".join("\t".join(ligne) for ligne in (TITRES, DIALLO))
    assert envoyer(client, monde, cellules=cellules).status_code == 302
    assert Importation.objects.get().nom_du_fichier == "Cellules collées"


def test_un_depot_vide_ou_double_est_dit(monde, client):
    assert "Choisissez un fichier, ou collez des cellules." in envoyer(client, monde).content.decode()
    page = envoyer(client, monde, en_csv(TITRES, [DIALLO]), cellules="Nom;Prénom").content.decode()
    assert "pas les deux" in page
    assert "Nom;Prénom" in page
    assert not Importation.objects.exists()


def test_une_colonne_a_choisir_montre_ce_qu_elle_contient(monde, client):
    importation = deposer(monde, en_csv(["Nom", "Prénom", "Né(e) le", "Truc"], [["A", "B", "14/05/2012", "3e B"]]))
    url = adresse(monde, "import_colonnes", code=importation.code)
    assert "Truc\u00a0: 3e B" in client.get(url).content.decode()
    page = client.post(url, {"nom": "0", "prenom": "0", "naissance": "2"}).content.decode()
    assert "Choisissez une colonne pour «\u00a0Classe\u00a0»." in page
    assert "La colonne «\u00a0Nom\u00a0» est utilisée deux fois." in page
    assert client.post(url, {"nom": "0", "prenom": "1", "naissance": "2", "classe": "3"}).status_code == 302


def test_la_verification_montre_les_erreurs_d_abord_puis_ce_qui_change(monde, client):
    monde.eleve(nom="Diallo", ine=INE)
    monde.eleve(nom="Absent")
    importation = verifie(monde, DIALLO, SANTOS, ["PETIT", "?", "14/05/2012", "", "3A"], ["SOW", "Awa", "1", "", "6A"])
    page = ecran(client, monde, "verification", importation)
    assert "1 élève à ajouter, 1 à mettre à jour, 1 ligne en erreur." in page
    assert "Laissés de côté\u00a0: 1 élève de 6e." in page
    assert page.index("Prénom manquant") < page.index("3e B → 3B") < page.index("SANTOS Eva")
    assert "1 élève n’est plus dans le fichier. Il reste dans Passpro." in page
    assert "Importer les lignes correctes et ignorer l’erreur" in page


def test_sans_la_case_une_erreur_arrete_tout_et_ce_qui_est_coche_reste(monde, client):
    monde.eleve(nom="Diallo", ine=ine_invente(7), classe="3B")
    importation = verifie(monde, DIALLO, ["PETIT", "?", "14/05/2012", "", "3A"])
    url = adresse(monde, "import_verification", code=importation.code)
    envoi = {"empreinte": plan(monde, importation).empreinte, "confirme": "2"}
    page = client.post(url, envoi).content.decode()
    assert "rien n’est importé" in page
    assert 'value="2" checked' in page
    assert Eleve.objects.count() == 1
    assert client.post(url, envoi | {"ignorer": "1"}).status_code == 302
    assert Eleve.objects.count() == 2


def test_un_eleve_d_un_autre_etablissement_se_demande_en_transfert(monde, client):
    ailleurs = EleveFactory(campagne=monde.campagne, ine=INE, nom="Secret")
    importation = verifie(monde, DIALLO)
    page = ecran(client, monde, "verification", importation)
    assert "Demander son transfert" in page
    for secret in (ailleurs.etablissement.nom, "SECRET", ailleurs.code):
        assert secret not in page
    url = adresse(monde, "import_verification", code=importation.code)
    client.post(url, {"transfert": "2"})
    assert DemandeDeTransfert.objects.get().demandeur == monde.college
    assert client.post(url, {"transfert": "3"}).status_code == 404


def test_les_erreurs_et_le_modele_se_telechargent(monde, client):
    importation = verifie(monde, ["PETIT", "?", "14/05/2012", "", "3A"])
    erreurs = lire(client.get(adresse(monde, "import_erreurs", code=importation.code)).content)
    assert erreurs.entetes == ("Ligne", "Élève", "Problème", "Comment corriger")
    assert erreurs.lignes[0].cellules[:3] == (2, "PETIT ?", "Prénom manquant")
    modele = client.get(adresse(monde, "import_modele"))
    assert modele["Content-Type"].startswith("application/vnd.openxmlformats")
    assert "ne contient aucune ligne" in envoyer(client, monde, modele.content, nom="modele.xlsx").content.decode()


def test_annuler_un_import_se_confirme(monde, client):
    importation = importer(monde, DIALLO)
    assert "Annuler cet import" in ecran(client, monde, "resultat", importation)
    assert "L’élève ajouté est retiré." in ecran(client, monde, "annuler", importation)
    client.post(adresse(monde, "import_annuler", code=importation.code))
    assert not Eleve.objects.exists()
    assert "cet import a été annulé" in ecran(client, monde, "resultat", importation)


def test_un_import_dont_un_eleve_est_inscrit_ne_propose_plus_d_annuler(monde, client):
    importation = importer(monde, DIALLO)
    monde.inscrit(Eleve.objects.get())
    assert "Annuler cet import" not in ecran(client, monde, "resultat", importation)
    assert client.get(adresse(monde, "import_annuler", code=importation.code)).status_code == 302
    client.post(adresse(monde, "import_annuler", code=importation.code))
    assert Eleve.objects.count() == 1


def test_chaque_adresse_mene_a_l_etape_ou_en_est_l_import(monde, client):
    importation = deposer(monde, en_csv(TITRES, [DIALLO]))
    for nom in ("verification", "resultat", "annuler"):
        reponse = client.get(adresse(monde, f"import_{nom}", code=importation.code))
        assert reponse.url == adresse(monde, "import_colonnes", code=importation.code)
    importation = importer(monde, DIALLO)
    for nom in ("colonnes", "verification"):
        reponse = client.get(adresse(monde, f"import_{nom}", code=importation.code))
        assert reponse.url == adresse(monde, "import_resultat", code=importation.code)


def test_un_import_abandonne_ou_perime_ramene_au_depot(monde, client):
    importation = verifie(monde, DIALLO)
    reponse = client.post(adresse(monde, "import_abandonner", code=importation.code))
    assert reponse.url == reverse("pilotage:eleves", kwargs={"uai": monde.uai})
    assert client.get(adresse(monde, "import_verification", code=importation.code)).url == adresse(
        monde, "import_fichier"
    )
    perime = verifie(monde, DIALLO)
    Importation.objects.filter(pk=perime.pk).update(expire_le=monde.le)
    assert client.get(adresse(monde, "import_verification", code=perime.code)).url == adresse(monde, "import_fichier")


def test_l_import_d_un_autre_etablissement_n_existe_pas(monde, connecter):
    importation = verifie(monde, DIALLO)
    autre = RattachementFactory()
    chez_lui = {"uai": autre.etablissement.segment, "code": importation.code}
    client = connecter(autre.personne)
    for nom in ("colonnes", "verification", "resultat", "annuler", "erreurs"):
        assert client.get(reverse(f"candidatures:import_{nom}", kwargs=chez_lui)).status_code == 404
        assert client.get(adresse(monde, f"import_{nom}", code=importation.code)).status_code == 404
    assert client.post(reverse("candidatures:import_abandonner", kwargs=chez_lui)).status_code == 404


def test_apres_la_campagne_l_import_est_clos(monde, client):
    importation = verifie(monde, DIALLO)
    monde.le = APRES_LA_CAMPAGNE
    for url in (adresse(monde, "import_fichier"), adresse(monde, "import_verification", code=importation.code)):
        client.post(url, {"cellules": "Nom;Prénom\nA;B"})
    assert Importation.objects.count() == 1
    assert not Eleve.objects.exists()


def test_la_verification_de_mille_lignes_reste_courte_et_a_requetes_constantes(
    monde, client, django_assert_max_num_queries
):
    tailles = []
    for nombre in (1, 1_000):
        importation = verifie_un_classeur(monde, nombre)
        with django_assert_max_num_queries(12):
            tailles.append(len(ecran(client, monde, "verification", importation)))
    assert tailles[1] < 200_000


def verifie_un_classeur(monde, nombre):
    importation = deposer(monde, en_classeur(TITRES, des_eleves(nombre)), "x.xlsx")
    if importation.etat == Importation.Etat.COLONNES:
        importation = imports.choisir_les_colonnes(
            importation=importation, correspondance=importation.correspondance, le=monde.le
        )
    return importation
