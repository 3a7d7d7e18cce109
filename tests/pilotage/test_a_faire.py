"""« À faire » : chaque nombre est celui des lignes de la liste qu'il ouvre (écran 2)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidatures.rules import Etat
from entretiens.rules.etats import EtatEntretien
from pilotage.selectors.taches import ACADEMIE, ACCUEIL, ORIGINE
from pilotage.views.phrases import dire_l_avancement
from referentiel.models import Campagne, Rattachement
from referentiel.rules.dates import dire_jour, jour_de
from referentiel.rules.jeu import echeance_du_compte_rendu
from tests.factories.pilotage import Scene
from tests.factories.referentiel import EtablissementFactory, RattachementFactory

LIGNE_DE_TACHE = re.compile(
    r'<li class="pp-todo__ligne">\s*<span class="pp-todo__nombre" aria-hidden="true">(\d+)</span>.*?href="([^"]+)"',
    re.S,
)
LIGNE_DE_TABLEAU = re.compile(r"<tr(?: role=\"row\")?>\s*(?:<td[^>]*pp-table__case.*?</td>\s*)?<th scope=\"row\"", re.S)


def taches_montrees(client, adresse: str) -> list[tuple[int, str]]:
    page = client.get(f"{adresse}?toutes").content.decode()
    return [(int(nombre), url.replace("&amp;", "&")) for nombre, url in LIGNE_DE_TACHE.findall(page)]


def lignes_de(client, url: str) -> int:
    reponse = client.get(url)
    assert reponse.status_code == 200, url
    return len(LIGNE_DE_TABLEAU.findall(reponse.content.decode()))


@pytest.mark.parametrize(
    "role", ["chef_origine", "gestionnaire_origine", "chef_accueil", "gestionnaire_accueil", "saio"]
)
def test_chaque_nombre_est_celui_des_lignes_de_la_liste_qu_il_ouvre(scene, connecter, role):
    scene.tout()
    client = connecter(getattr(scene, role).personne)
    montrees = taches_montrees(client, accueil_de(scene, role))
    assert montrees
    for nombre, url in montrees:
        assert lignes_de(client, url) == nombre, url


def accueil_de(scene: Scene, role: str) -> str:
    if role == "saio":
        return reverse("pilotage:academie")
    cote = role.split("_")[1]
    etablissement = scene.college if cote == "origine" else scene.lycee
    return reverse(f"pilotage:a_faire_{cote}", args=[etablissement.segment])


@pytest.mark.parametrize(("role", "taches"), [("chef_origine", ORIGINE), ("chef_accueil", ACCUEIL), ("saio", ACADEMIE)])
def test_la_scene_donne_au_moins_une_ligne_a_chaque_tache(scene, connecter, role, taches):
    scene.tout()
    montrees = taches_montrees(connecter(getattr(scene, role).personne), accueil_de(scene, role))
    assert len(montrees) == len(taches)


def test_choisir_un_espace_dit_combien_de_taches_y_attendent(scene, connecter, django_assert_max_num_queries):
    """Le nombre de la page C2 est celui des lignes de chaque « À faire », lu d'un coup."""
    scene.tout()
    chef = scene.chef_origine.personne
    Rattachement.objects.create(personne=chef, etablissement=scene.lycee, role="chef", accueil=True)
    RattachementFactory(personne=chef, etablissement=EtablissementFactory())
    client = connecter(chef)
    client.get("/espaces/")
    with django_assert_max_num_queries(12):
        page = client.get("/espaces/").content.decode()
    for role in ("chef_origine", "chef_accueil"):
        adresse = accueil_de(scene, role)
        nombre = len(taches_montrees(client, adresse))
        assert nombre > 8
        [dit] = re.findall(rf'href="{adresse}">[^<]*</a>([^<]*)</li>', page)
        assert dit == f" – {nombre}&nbsp;tâches"
    assert page.count("&nbsp;tâche") == 2


def test_le_saio_ne_voit_que_les_demandes_d_acces_sans_chef_pour_y_repondre(scene, connecter):
    sans_chef = EtablissementFactory()
    for lieu in (scene.college, sans_chef):
        scene.acces_demande(lieu)
    page = connecter(scene.saio.personne).get(reverse("pilotage:tache_academie", args=["demandes-d-acces"]))
    assert sans_chef.nom in page.content.decode()
    assert scene.college.nom_et_commune not in page.content.decode()
    adresse = reverse("pilotage:tache_origine", args=[scene.college.segment, "demandes-d-acces"])
    assert "Karim Haddad" in connecter(scene.chef_origine.personne).get(adresse).content.decode()
    assert connecter(scene.gestionnaire_origine.personne).get(adresse).status_code == 404


def test_le_gestionnaire_ne_voit_pas_les_taches_du_chef(scene, connecter):
    scene.tout()
    page = connecter(scene.gestionnaire_origine.personne).get(accueil_de(scene, "gestionnaire_origine"))
    assert "entretien déjà passé" not in page.content.decode()
    adresse = reverse("pilotage:tache_origine", args=[scene.college.segment, "avis-manquants"])
    assert connecter(scene.gestionnaire_origine.personne).get(adresse).status_code == 404
    assert connecter(scene.chef_origine.personne).get(adresse).status_code == 200


def test_les_comptes_rendus_disent_leur_retard_et_leur_echeance(scene, connecter):
    """Tâches 1, 8 et 9 de l'accueil : le retard du plus ancien, l'échéance de ce qui vient."""
    scene.en_retard()
    hier = scene.le - timedelta(days=1)
    scene.avec_entretien(Etat.REALISEE, debut=hier, presence=EtatEntretien.TENU)
    scene.a_relire()
    page = connecter(scene.chef_accueil.personne).get(accueil_de(scene, "chef_accueil")).content.decode()
    texte = " ".join(page.replace("\u00a0", " ").split())
    assert re.search(r"entretien du \w+ \d+ \w+ \(délai de 3 jours dépassé de \d+ jours?\)", texte)
    assert "Saisis par le jury, en attente de votre relecture." in texte
    due = echeance_du_compte_rendu(jour_de(hier), 3)
    assert texte.count(f"Jusqu’au {dire_jour(due, annee=False).split(' ', 1)[1]}".replace("\u00a0", " ")) >= 2


def test_une_tache_inconnue_n_existe_pas(scene, connecter):
    adresse = reverse("pilotage:tache_accueil", args=[scene.lycee.segment, "inventee"])
    assert connecter(scene.chef_accueil.personne).get(adresse).status_code == 404


def test_sans_tache_la_page_dit_la_prochaine_echeance(scene, connecter):
    page = connecter(scene.chef_accueil.personne).get(accueil_de(scene, "chef_accueil")).content.decode()
    assert "Rien à faire pour le moment." in page
    assert "Prochaine échéance\xa0: convocation de tous les inscrits le mercredi 24\xa0mars 2027." in page


def test_sans_eleve_la_page_montre_les_premiers_pas(scene, connecter):
    client = connecter(scene.chef_origine.personne)
    assert "Trois étapes pour commencer" in client.get(accueil_de(scene, "chef_origine")).content.decode()
    scene.eleve()
    page = client.get(accueil_de(scene, "chef_origine")).content.decode()
    assert "Trois étapes pour commencer" not in page
    assert "Rien à faire pour le moment." in page


def test_les_taches_d_un_etablissement_ignorent_les_autres(scene, connecter):
    scene.tout()
    for role, etablissement in (("autre_origine", "origine"), ("autre_accueil", "accueil")):
        rattachement: Rattachement = getattr(scene, role)
        adresse = reverse(f"pilotage:a_faire_{etablissement}", args=[rattachement.etablissement.segment])
        assert taches_montrees(connecter(rattachement.personne), adresse) == []


def test_l_avancement_dit_ses_nombres(scene, connecter):
    eleve = scene.eleve()
    scene.candidature(eleve=eleve)
    scene.candidature(Etat.PLANIFIEE, eleve=eleve)
    scene.candidature(Etat.REALISEE)
    page = connecter(scene.chef_accueil.personne).get(accueil_de(scene, "chef_accueil")).content.decode()
    assert "2 élèves inscrits chez vous\xa0: 1 entretien réalisé, 1 planifié, 1 à planifier." in page


def test_l_avancement_groupe_ses_milliers_par_trois():
    """Les nombres d'une académie s'écrivent comme ceux de la liste au-dessus (écran 2.3)."""
    nombres = {"eleves": 1517, "realises": 936, "planifies": 1670, "a_planifier": 1006, "absences": 0}
    assert dire_l_avancement(nombres, "inscrits")["phrase"].replace("\u00a0", " ") == (
        "1 517 élèves inscrits : 936 entretiens réalisés, 1 670 planifiés, 1 006 à planifier."
    )


@pytest.mark.parametrize("role", ["chef_origine", "chef_accueil", "saio"])
def test_une_page_de_taches_tient_en_douze_requetes_quel_que_soit_le_nombre(scene, connecter, role):
    scene.tout()
    client = connecter(getattr(scene, role).personne)
    client.get(accueil_de(scene, role))
    avec_peu = requetes(client, accueil_de(scene, role))
    for _ in range(30):
        scene.candidature()
        scene.candidature(Etat.ABSENTE)
    assert requetes(client, accueil_de(scene, role)) == avec_peu
    assert avec_peu <= 12


@pytest.mark.parametrize("tache", [tache.code for tache in ORIGINE])
def test_une_liste_de_tache_tient_en_douze_requetes(scene, connecter, tache):
    scene.tout()
    client = connecter(scene.chef_origine.personne)
    adresse = reverse("pilotage:tache_origine", args=[scene.college.segment, tache])
    client.get(adresse)
    assert requetes(client, adresse) <= 12


def requetes(client, adresse: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as releve:
        assert client.get(adresse).status_code == 200
    return len(releve)


def test_une_campagne_close_se_lit_encore(scene, connecter):
    scene.tout()
    Campagne.objects.filter(pk=scene.campagne.pk).update(etat=Campagne.Etat.CLOSE)
    page = connecter(scene.chef_origine.personne).get(accueil_de(scene, "chef_origine"))
    assert "close" in page.content.decode()
