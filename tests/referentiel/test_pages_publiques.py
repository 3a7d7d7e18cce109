"""Le catalogue et le calendrier, sans connexion (R8, R9, écrans P2, P3, P6)."""

import pytest
from django.test import Client
from django.urls import reverse

from referentiel.models import Campagne
from tests.factories.administration import une_autre_academie
from tests.factories.referentiel import (
    AccueilFactory,
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
)

pytestmark = pytest.mark.django_db
CATALOGUE, CALENDRIER = "/formations/", "/calendrier/"


@pytest.fixture
def offres():
    """Une pâtisserie individuelle à Sevran, une coiffure hors Passpro à Melun, un commerce sans accueil à Créteil."""
    campagne = CampagneFactory()
    cuisine = DomaineFactory(campagne=campagne, nom="Hôtellerie-restauration")
    vente = DomaineFactory(campagne=campagne, nom="Vente")
    sevran = EtablissementFactory(lycee=True, nom="Lycée Blaise-Cendrars", commune="Sevran", departement="093")
    melun = EtablissementFactory(lycee=True, commune="Melun", departement="077")
    creteil = EtablissementFactory(lycee=True, commune="Créteil", departement="094")
    AccueilFactory(domaine=cuisine, etablissement=sevran, modalite="au_choix")
    patisserie = FormationFactory(domaine=cuisine, libelle="Pâtissier")
    OffreFactory(formation=patisserie, etablissement=sevran)
    OffreFactory(
        formation=FormationFactory(domaine=cuisine, libelle="Chocolatier", type="2de_pro"),
        etablissement=melun,
        hors_passpro=True,
        presentation="Portes ouvertes le 6 mars.",
    )
    OffreFactory(formation=FormationFactory(domaine=vente, libelle="Commerce"), etablissement=creteil)
    return campagne


def lire(adresse: str, **requete) -> str:
    reponse = Client().get(adresse, requete)
    assert reponse.status_code == 200
    return reponse.content.decode()


def test_les_adresses_sont_celles_du_plan():
    assert reverse("referentiel:catalogue") == CATALOGUE
    assert reverse("referentiel:calendrier") == CALENDRIER
    assert reverse("referentiel:formation", args=["cap-cuisine"]) == "/formations/cap-cuisine/"


def test_chaque_offre_dit_comment_on_s_y_presente(offres):
    page = lire(CATALOGUE)
    assert "3 résultats" in page
    for mot in ("Individuel et collectif", "Hors Passpro", "Entretien dans un autre établissement"):
        assert f"{mot}</span>" in page
    assert "Contactez-le directement." in page


@pytest.mark.parametrize(
    ("requete", "trouvees"),
    [
        ({"q": "patissiers"}, ["Pâtissier"]),
        ({"q": "PÂTISSIER sevran"}, ["Pâtissier"]),
        ({"q": "cendrars"}, ["Pâtissier"]),
        ({"q": "hotellerie"}, ["Chocolatier", "Pâtissier"]),
        ({"q": "sevran melun"}, []),
        ({"domaine": "vente"}, ["Commerce"]),
        ({"departement": ["077", "094"]}, ["Chocolatier", "Commerce"]),
        ({"type": "2de_pro"}, ["Chocolatier"]),
        ({"modalite": "hors_passpro"}, ["Chocolatier"]),
        ({"modalite": "individuel"}, ["Pâtissier"]),
        ({"modalite": ["collectif", "ailleurs"]}, ["Commerce", "Pâtissier"]),
        ({"modalite": "collectif", "type": "2de_pro"}, []),
        ({"ville": "melun"}, ["Chocolatier"]),
        ({"ville": "creteil", "departement": "094"}, ["Commerce"]),
        ({"q": "pâtissier de sevran"}, ["Pâtissier"]),
        ({"type": "2de_pro", "departement": "093"}, []),
    ],
)
def test_les_filtres_se_croisent(offres, requete, trouvees):
    lignes = Client().get(CATALOGUE, requete).context["lignes"]
    assert [ligne.formation.libelle for ligne in lignes] == trouvees


@pytest.mark.parametrize(
    "requete",
    [
        {"domaine": "inconnu"},
        {"ville": "nulle-part", "etablissement": "0000000x", "par": "hasard"},
        {"departement": "974"},
        {"type": "x", "modalite": "y"},
        {"page": "9999"},
        {"page": "abc"},
        {"page": "-1"},
        {"q": "%' OR 1=1 --"},
        {"q": "x" * 5000},
        {"academie": "Créteil"},
    ],
)
def test_une_requete_farfelue_ne_fait_jamais_echouer_la_page(offres, requete):
    assert Client().get(CATALOGUE, requete).status_code == 200


@pytest.mark.parametrize("requete", [{"q": "\x00"}, {"academie": "\x00creteil"}])
def test_un_caractere_nul_est_une_requete_mal_formee(offres, requete):
    assert Client().get(CATALOGUE, requete).status_code == 400


def test_un_filtre_se_retire(offres):
    actifs = Client().get(CATALOGUE, {"q": "melun", "type": ["2de_pro", "cap"]}).context["actifs"]
    assert [filtre["libelle"] for filtre in actifs] == ["«\u00a0melun\u00a0»", "2de professionnelle", "CAP"]
    sans_le_texte = next(filtre["url"] for filtre in actifs if "melun" in filtre["libelle"])
    assert Client().get(sans_le_texte).context["actifs"][0]["libelle"] == "2de professionnelle"
    assert "melun" not in sans_le_texte
    assert "type=cap" in sans_le_texte


def test_rien_ne_correspond_se_dit(offres):
    page = lire(CATALOGUE, q="astronaute")
    assert "Aucune formation ne correspond à votre recherche." in page


def test_le_texte_cherche_est_echappe(offres):
    assert "<script>alert" not in lire(CATALOGUE, q="<script>alert(1)</script>")


def test_les_resultats_vont_par_soixante(offres):
    formation = FormationFactory(domaine=offres.domaines.first())
    for _ in range(61):
        OffreFactory(formation=formation)
    assert len(Client().get(CATALOGUE).context["lignes"]) == 60
    assert len(Client().get(CATALOGUE, {"page": 2}).context["lignes"]) == 4


def test_une_fiche_montre_ou_passer_un_entretien(offres):
    page = lire("/formations/2de-professionnelle-chocolatier/")
    assert "<h1>2de professionnelle Chocolatier</h1>" in page
    assert "Portes ouvertes le 6 mars." in page
    assert "Aucun établissement ne propose d’entretien pour cette formation cette année." in page
    assert page.count("<h1") == 1


def test_une_formation_inconnue_ou_d_ailleurs_n_existe_pas(offres):
    assert Client().get("/formations/cap-inconnu/").status_code == 404
    ailleurs = CampagneFactory(academie=une_autre_academie())
    FormationFactory(domaine=DomaineFactory(campagne=ailleurs), libelle="Parfumeur")
    assert Client().get("/formations/cap-parfumeur/", {"academie": "creteil"}).status_code == 404
    assert Client().get("/formations/cap-parfumeur/", {"academie": "paris"}).status_code == 200


def test_l_academie_se_choisit_dans_l_adresse(offres):
    CampagneFactory(academie=une_autre_academie(), intitule="Campagne de Paris")
    assert "Campagne de Paris" in lire(CALENDRIER, academie="paris")
    assert offres.intitule in lire(CALENDRIER, academie="creteil")


def test_une_campagne_en_preparation_ne_se_montre_pas():
    CampagneFactory(etat=Campagne.Etat.PREPARATION, intitule="Secrète")
    for adresse in (CATALOGUE, CALENDRIER):
        page = lire(adresse)
        assert "Aucune campagne n’est ouverte pour le moment." in page
        assert "Secrète" not in page
    assert Client().get("/formations/cap-x/").status_code == 404


def test_une_campagne_close_se_montre_a_defaut_d_ouverte():
    CampagneFactory(etat=Campagne.Etat.CLOSE, intitule="Campagne passée")
    assert "Campagne passée" in lire(CALENDRIER)
    CampagneFactory(intitule="Campagne ouverte")
    assert "Campagne ouverte" in lire(CALENDRIER)


def test_le_calendrier_est_une_liste_dans_l_ordre_des_dates(offres):
    page = lire(CALENDRIER).replace("\u00a0", " ")
    etapes = ["Information", "Inscription des élèves", "Planification des entretiens", "Fermeture"]
    rangs = [page.index(f"<strong>{etape}</strong>") for etape in etapes]
    assert rangs == sorted(rangs)
    assert "Du lundi 25 janvier 2027 au vendredi 30 avril 2027" in page
    assert "Jusqu’au vendredi 28 mai 2027" in page
    assert "À partir du lundi 11 janvier 2027" in page
    assert page.count("<h1") == 1


def test_les_pages_publiques_ne_montrent_aucun_eleve_ni_contact_de_personne(offres):
    lycee = offres.domaines.get(nom="Hôtellerie-restauration").accueils.get().etablissement
    lycee.chef = "Mme Introuvable"
    lycee.save()
    assert "Introuvable" not in lire(CATALOGUE) + lire("/formations/cap-patissier/")
