"""Ce que Prometheus relève : une adresse fermée, des comptes réunis, rien qui nomme une personne."""

import os
import re
import signal
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from courriers.imprimes import PERSONNE
from courriers.models import Courriel
from courriers.pdf import Moteur, RenduImpossible
from courriers.rules import EtatCourriel, prochain_essai
from courriers.services.documents import demander_le_document
from passpro.celery import app
from passpro.mesures.releve import RELEVES
from referentiel.models import Travail
from referentiel.services.controles import noter_le_battement
from tests.atelier import attendre, serveurs_ouverts
from tests.factories.pilotage import Scene
from tests.factories.referentiel import CampagneFactory
from tests.factories.travaux import TravailFactory

JETON = "jeton-d-essai"
ADRESSE = "/mesures/"
PORTEUR = {"Authorization": f"Bearer {JETON}"}
Cle = tuple[str, frozenset[tuple[str, str]]]


def lire(texte: str) -> dict[Cle, float]:
    """Chaque valeur, sous son nom et ses étiquettes."""
    return {
        (valeur.name, frozenset(valeur.labels.items())): valeur.value
        for famille in text_string_to_metric_families(texte)
        for valeur in famille.samples
    }


def cle(nom: str, **etiquettes: str) -> Cle:
    return f"passpro_{nom}", frozenset(etiquettes.items())


@pytest.fixture
def relever(client, db, settings):
    settings.MESURES_JETON = JETON

    def _relever() -> dict[Cle, float]:
        reponse = client.get(ADRESSE, headers=PORTEUR)
        assert reponse.status_code == 200
        return lire(reponse.content.decode())

    return _relever


class TestPorte:
    @pytest.mark.parametrize("entete", ["", "Bearer ", "Bearer faux", JETON, f"Basic {JETON}", f"Bearer {JETON}x"])
    @pytest.mark.parametrize("jeton", ["", JETON])
    def test_sans_le_jeton_la_page_n_existe_pas(self, client, db, settings, jeton, entete):
        settings.MESURES_JETON = jeton
        absente = client.get("/nulle-part/")
        fermee = client.get(ADRESSE, headers={"Authorization": entete})
        assert (fermee.status_code, fermee.content) == (absente.status_code, absente.content)

    def test_elle_ne_recoit_rien(self, client, db, settings):
        settings.MESURES_JETON = JETON
        assert client.post(ADRESSE, headers=PORTEUR).status_code == 404

    @pytest.mark.parametrize(("origine", "statut"), [("10.1.2.3", 200), ("127.0.0.1", 404), ("198.51.100.7", 404)])
    def test_un_reseau_declare_la_lit_sans_jeton(self, client, db, settings, origine, statut):
        settings.MESURES_RESEAUX = ["10.0.0.0/8"]
        assert client.get(ADRESSE, REMOTE_ADDR=origine).status_code == statut


class TestBase:
    def test_l_age_du_courriel_compte_depuis_le_premier_essai(self, relever):
        maintenant = timezone.now()
        du_depuis = {"convocation": timedelta(minutes=20), "invitation": timedelta(hours=2)}
        for nature, age in du_depuis.items():
            un_du(nature, maintenant - age)
        un_du("convocation", maintenant + timedelta(hours=3), cle="plus tard")
        essaye = un_du("modification", maintenant - timedelta(minutes=40), cle="essayé")
        for tentatives in range(1, 7):
            essaye.tentatives = tentatives
            essaye.prochain_essai_le = prochain_essai(tentatives, essaye.prochain_essai_le)
        essaye.save()
        lues = relever()
        assert lues[cle("courriel_attente_secondes", nature="convocation")] == pytest.approx(2400, abs=60)
        assert lues[cle("courriel_attente_secondes", nature="courriel")] == pytest.approx(7200, abs=60)
        assert (lues[cle("courriels", etat="du")], lues[cle("courriels", etat="plus_tard")]) == (3, 1)
        Courriel.objects.update(etat=EtatCourriel.RAPPELE)
        assert relever()[cle("courriel_attente_secondes", nature="courriel")] == 0

    def test_les_files_et_les_ateliers(self, relever):
        il_y_a = timezone.now() - timedelta(minutes=10)
        campagne = CampagneFactory()
        TravailFactory(campagne=campagne, etat=Travail.Etat.EN_FILE, demande_le=il_y_a)
        TravailFactory(campagne=campagne, etat=Travail.Etat.EN_COURS)
        demander_le_document(html="<p>fiche</p>", eleves=PERSONNE, le=il_y_a)
        noter_le_battement(file="documents", le=il_y_a)
        lues = relever()
        assert (lues[cle("travaux", etat="en_file")], lues[cle("travaux", etat="en_cours")]) == (1, 1)
        assert lues[cle("travail_attente_secondes")] == pytest.approx(600, abs=60)
        assert lues[cle("impressions")] == 1
        assert lues[cle("impression_attente_secondes")] == pytest.approx(600, abs=60)
        assert lues[cle("battement_age_secondes", file="documents")] == pytest.approx(600, abs=60)
        assert lues[cle("base_repond")] == 1
        assert lues[cle("base_connexions", etat="active")] >= 1
        assert lues[cle("base_connexions_permises")] >= 100

    def test_une_requete_par_sujet(self, relever):
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            relever()
        assert len(requetes) == len(RELEVES)


def un_du(nature: str, le, cle: str = "") -> Courriel:
    return Courriel.objects.create(
        cle=cle or nature, nature=nature, destinataire="ce@creteil.example", poste_le=le, prochain_essai_le=le
    )


class TestCompteurs:
    def test_une_requete_se_compte_sous_le_nom_de_sa_vue_et_rien_n_y_nomme_personne(self, relever, connecter):
        scene = Scene()
        eleve = scene.candidature(eleve=scene.eleve(nom="Abadie")).eleve
        page = reverse("pilotage:eleve", args=[scene.college.segment, eleve.code])
        lu, perdu = (
            cle("requetes_total", vue="pilotage:eleve", classe="2xx"),
            cle("requetes_total", vue="inconnue", classe="4xx"),
        )
        avant = relever()
        connecter(scene.chef_origine.personne).get(page)
        connecter(scene.chef_origine.personne).get(f"/nulle-part/{eleve.code}/?nom=Abadie")
        apres = relever()
        assert apres[lu] - avant.get(lu, 0) == apres[perdu] - avant.get(perdu, 0) == 1
        duree = ("passpro_requete_secondes_bucket", frozenset({("vue", "pilotage:eleve"), ("le", "+Inf")}))
        assert apres[duree] - avant.get(duree, 0) == 1
        # Ce qu'une autre épreuve a fait compter avant elle, dans le même processus, ne la regarde pas.
        nouvelles = apres.keys() - avant.keys()
        assert {valeur for _, lues in nouvelles for _, valeur in lues if not est_sans_danger(valeur)} == set()

    def test_un_rendu_se_mesure_reussi_ou_non(self, relever, monkeypatch):
        avant = relever()
        moteur = Moteur()
        moteur.rendre("<html lang='fr'><title>t</title><p>p</p></html>")
        monkeypatch.setattr("courriers.pdf.DELAI", 0)
        with pytest.raises(RenduImpossible):
            moteur.rendre("<p>p</p>")
        apres = relever()
        for issue in ("reussi", "echec"):
            compte = cle("document_secondes_count", issue=issue)
            assert apres[compte] - avant.get(compte, 0) == 1

    def test_une_tache_se_compte_par_son_issue(self, relever):
        app.loader.import_default_modules()
        app.tasks["passpro.tasks.battre_l_horloge"].apply(["courriers"])
        app.tasks["passpro.tasks.battre_l_horloge"].apply([])
        lues = relever()
        for issue in ("reussie", "autre"):
            assert lues[cle("taches_total", tache="passpro.tasks.battre_l_horloge", issue=issue)] >= 1


def est_sans_danger(etiquette: str) -> bool:
    """Une vue, une tâche, un nombre, ou un mot de nos listes fermées : jamais ce qu'une requête a porté."""
    vue = etiquette in noms_des_vues() or etiquette.startswith("admin:")
    return vue or etiquette in app.tasks or bool(re.fullmatch(r"[\d.]+|\+Inf|\dxx|[a-z_ ()]+", etiquette))


def noms_des_vues() -> set[str]:
    resolveur = get_resolver()
    racine = {nom for nom in resolveur.reverse_dict if isinstance(nom, str)}
    espaces = resolveur.namespace_dict.items()
    return racine | {
        f"{espace}:{nom}" for espace, (_, sous) in espaces for nom in sous.reverse_dict if isinstance(nom, str)
    }


@pytest.mark.pannes
@pytest.mark.django_db(transaction=True)
def test_deux_processus_reunissent_leurs_comptes_meme_quand_l_un_est_tue(tmp_path):
    """Chaque requête est comptée une fois, quel que soit le processus qui relève ; qui remplace un mort continue."""
    dossier = tmp_path / "mesures"
    reglages = {"MESURES_JETON": JETON, "DOSSIER_DES_MESURES": str(dossier), "CONNEXIONS_PAR_PROCESSUS": "2"}
    sante = cle("requetes_total", vue="sante", classe="2xx")
    faites = 0
    with serveurs_ouverts(processus=2, **reglages) as serveurs:
        base = f"http://127.0.0.1:{serveurs.port}"

        def demander(adresse: str) -> str:
            with urlopen(Request(base + adresse, headers=PORTEUR), timeout=90) as reponse:  # noqa: S310 - cette machine
                return reponse.read().decode()

        def servies_par_deux() -> bool:
            nonlocal faites
            demander("/sante/")
            faites += 1
            return len(comptes_de(dossier)) == 2

        assert attendre(servies_par_deux, au_plus=90)
        demander("/")
        assert {lire(demander(ADRESSE))[sante] for _ in range(6)} == {faites}
        ancien, _ = serveurs.ouvriers()
        os.kill(ancien, signal.SIGKILL)
        assert attendre(lambda: len(serveurs.ouvriers()) == 2 and ancien not in serveurs.ouvriers(), au_plus=90)
        for _ in range(20):
            servies_par_deux()
        lues = lire(demander(ADRESSE))
    assert lues[sante] == faites
    assert len(comptes_de(dossier)) == 2
    assert lues[cle("reserve_demandes_total", issue="demandee")] >= 1
    assert lues[cle("reserve_demandes_total", issue="refusee")] == 0
    assert 1 <= lues[cle("reserve_connexions", etat="ouverte")] <= 4


def comptes_de(dossier: Path) -> list[Path]:
    return list(dossier.glob("counter_*.db"))
