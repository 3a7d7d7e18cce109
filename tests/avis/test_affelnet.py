"""Affelnet : la suite notée par classe, ce qui reste à saisir, l'export du SAIO (R33, R34, T16, T19)."""

import hashlib
from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from avis.exports import preparer_l_export
from avis.models import ExportAffelnet, SuiteAffelnet
from avis.services import confirmer_le_choix, exporter_vers_affelnet, noter_le_voeu
from candidatures.models import FormationDemandee
from comptes.models import Trace
from comptes.preuve import PREUVE
from pilotage.selectors.taches import ORIGINE, Ou, la_tache
from referentiel.models import Campagne, CaseDeMatrice, Formation, JeuDeRegles, Periode
from referentiel.permissions import perimetre_de
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Affichage, Avis, Publication
from referentiel.rules.refus import Refus
from referentiel.services import clore_la_campagne
from tests.factories.administration import un_saio, une_autre_academie
from tests.factories.avis import candidature_rendue
from tests.factories.pilotage import Scene
from tests.factories.referentiel import CampagneFactory

pytestmark = pytest.mark.django_db

EN_MAI = datetime(2027, 5, 4, 12, 0, tzinfo=PARIS)
APRES = datetime(2027, 5, 26, 0, 0, tzinfo=PARIS)


@pytest.fixture
def a_l_instant(monkeypatch):
    def _regler(le):
        monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: le)

    _regler(EN_MAI)
    return _regler


@pytest.fixture
def scene(a_l_instant) -> Scene:
    scene = Scene()
    scene.donner_un_bonus()
    return scene


@pytest.fixture
def chef(scene, connecter):
    return connecter(scene.chef_origine.personne)


def texte_de(reponse) -> str:
    return " ".join(reponse.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").split())


def page(scene, **filtres) -> str:
    requete = "&".join(f"{nom}={valeur}" for nom, valeur in filtres.items())
    return reverse("avis:affelnet", args=[scene.college.segment]) + (f"?{requete}" if requete else "")


def rendue(scene, nom="Diallo", classe="3e B", **champs) -> FormationDemandee:
    eleve = scene.eleve(nom=nom, classe=classe, **({"ine": champs.pop("ine")} if "ine" in champs else {}))
    return scene.rendue(eleve=eleve, **champs).formations_demandees.get()


def envoi(*lignes: tuple[FormationDemandee, str, str]) -> dict[str, list[str] | str]:
    """Un envoi de la page : pour chaque ligne, les cases vues puis les cases cochées (« 10 » : confirmé, pas saisi)."""
    champs: dict[str, list[str] | str] = {"ligne": [demande.code for demande, _, _ in lignes]}
    for demande, vues, cochees in lignes:
        champs[f"vu-{demande.code}"] = vues
        for nom, cochee in zip(("confirme", "voeu"), cochees, strict=True):
            if cochee == "1":
                champs[f"{nom}-{demande.code}"] = "on"
    return champs


def etat_de(demande) -> str:
    suite = SuiteAffelnet.objects.filter(formation_demandee=demande).first()
    return f"{int(bool(suite and suite.confirmee_le))}{int(bool(suite and suite.voeu_saisi_le))}"


class TestParClasse:
    def test_une_page_et_un_envoi_pour_toute_la_classe(self, scene, chef):
        une, deux, trois = (rendue(scene, nom) for nom in ("Abadie", "Bruni", "Cesari"))
        vue = texte_de(chef.get(page(scene, classe="3e B")))
        assert "3 formations dont l’avis est rendu" in vue
        assert "bonus de 100 points" in vue
        reponse = chef.post(page(scene), envoi((une, "00", "11"), (deux, "00", "10"), (trois, "00", "00")), follow=True)
        assert "3 changements enregistrés." in texte_de(reponse)
        assert [etat_de(demande) for demande in (une, deux, trois)] == ["11", "10", "00"]

    def test_les_classes_et_les_etats_filtrent(self, scene, chef):
        une, _ = rendue(scene, "Abadie", "3e A"), rendue(scene, "Bruni", "3e B")
        chef.post(page(scene), envoi((une, "00", "11")))
        assert "BRUNI" not in texte_de(chef.get(page(scene, classe="3e A")))
        a_saisir = texte_de(chef.get(page(scene, etat="a-saisir")))
        saisis = texte_de(chef.get(page(scene, etat="saisi")))
        assert ("ABADIE" in a_saisir, "BRUNI" in a_saisir) == (False, True)
        assert ("ABADIE" in saisis, "BRUNI" in saisis) == (True, False)

    def test_deux_personnes_sur_une_classe_ne_se_defont_rien(self, scene, chef, connecter):
        """La première avait ouvert la page avant que la seconde n'enregistre (R42)."""
        une, deux = rendue(scene, "Abadie"), rendue(scene, "Bruni")
        autre = scene.gestionnaire_origine
        autre.saisit_les_avis = True
        autre.save()
        connecter(autre.personne).post(page(scene), envoi((une, "00", "11"), (deux, "00", "00")))
        chef.post(page(scene), envoi((une, "00", "00"), (deux, "00", "10")))
        assert (etat_de(une), etat_de(deux)) == ("11", "10")
        le = SuiteAffelnet.objects.get(formation_demandee=une).confirmee_le
        chef.post(page(scene), envoi((une, "00", "10")))
        assert SuiteAffelnet.objects.get(formation_demandee=une).confirmee_le == le
        assert Trace.objects.de(une.candidature).filter(fait="confirmation").count() == 1

    def test_une_ligne_refusee_garde_ses_cases_et_laisse_passer_les_autres(self, scene, chef):
        une, deux = rendue(scene, "Abadie"), rendue(scene, "Bruni")
        reponse = chef.post(page(scene), envoi((une, "00", "01"), (deux, "00", "11")))
        texte = texte_de(reponse)
        assert reponse.status_code == 200
        assert "Notez d’abord la confirmation de la famille." in texte
        assert f'name="voeu-{une.code}" checked' in texte
        assert (etat_de(une), etat_de(deux)) == ("00", "11")

    def test_une_formation_d_ailleurs_n_existe_pas(self, scene, chef):
        leur = scene.eleve(etablissement=scene.autre_origine.etablissement)
        ailleurs = candidature_rendue(eleve=leur, accueil=scene.accueil())
        demande = ailleurs.formations_demandees.get()
        assert chef.post(page(scene), envoi((demande, "00", "11"))).status_code == 302
        assert chef.post(page(scene), {"ligne": ["\x41" * 9, "²", ""]}).status_code == 302
        assert etat_de(demande) == "00"

    def test_apres_la_date_ce_qui_etait_coche_se_recopie_et_rien_ne_s_ecrit(self, scene, connecter, a_l_instant):
        demande = rendue(scene)
        a_l_instant(APRES)
        chef = connecter(scene.chef_origine.personne)
        reponse = chef.post(page(scene), envoi((demande, "00", "11")))
        assert "La saisie des vœux dans Affelnet-Lycée est close" in texte_de(reponse)
        assert etat_de(demande) == "00"
        assert "Enregistrer la suite donnée" not in texte_de(chef.get(page(scene)))

    def test_demande_le_droit_de_saisir_les_avis(self, scene, connecter):
        demande = rendue(scene)
        client = connecter(scene.gestionnaire_origine.personne)
        assert client.post(page(scene), envoi((demande, "00", "11"))).status_code == 403
        assert "Enregistrer la suite donnée" not in texte_de(client.get(page(scene)))

    def test_rien_ne_s_y_lit_avant_la_visualisation(self, scene, chef, a_l_instant):
        JeuDeRegles.objects.update(publication=Publication.VISUALISATION)
        Periode.objects.filter(nature=Nature.VISUALISATION).update(debut=date(2027, 5, 10))
        demande = rendue(scene)
        assert "DIALLO" not in texte_de(chef.get(page(scene)))
        chef.post(page(scene), envoi((demande, "00", "11")))
        assert etat_de(demande) == "00"
        assert nombre_de_la_tache(scene) == 0

    def test_une_page_reste_assez_courte_pour_s_envoyer_entiere(self, scene, chef):
        scene.rendue(eleve=scene.eleve(), formations=61)
        affichee = chef.get(page(scene, tout=1))
        codes = [ligne.demande.code for ligne in affichee.context["lignes"]]
        coches = {f"{case}-{code}": "on" for case in ("confirme", "voeu") for code in codes}
        chef.post(page(scene), {"ligne": codes, **{f"vu-{code}": "00" for code in codes}, **coches})
        assert SuiteAffelnet.objects.filter(voeu_saisi_le__isnull=False).count() == len(codes) == 60

    def test_trente_lignes_en_autant_de_requetes_qu_une(self, scene, chef):
        nombres = []
        for combien in (1, 29):
            for rang in range(combien):
                rendue(scene, f"Nom{combien}{rang}")
            chef.get(page(scene))
            with CaptureQueriesContext(connection) as requetes:
                chef.get(page(scene))
            nombres.append(len(requetes))
        assert nombres[0] == nombres[1] <= 12


def nombre_de_la_tache(scene, le=EN_MAI) -> int:
    campagne = Campagne.objects.avec_regles().get(pk=scene.campagne.pk)
    [place] = perimetre_de(scene.chef_origine.personne.pk).places
    tache = la_tache(ORIGINE, "voeux-a-saisir", place)
    return tache.lignes(Ou(campagne, scene.college.pk, place, le)).count()


class TestVoeuxASaisir:
    def test_compte_ce_qui_perdrait_son_bonus_et_rien_d_autre(self, scene, chef):
        confirme, saisi, rien = (rendue(scene, nom) for nom in ("Abadie", "Bruni", "Cesari"))
        nul = rendue(scene, "Dumas", accueil_avis=Avis.RESERVE, avis="reserve")
        CaseDeMatrice.objects.filter(avis_origine="reserve", avis_accueil="reserve").update(points=0)
        incomplet = rendue(scene, "Ernst", avis="")
        chef.post(page(scene), envoi((confirme, "00", "10"), (saisi, "00", "11")))
        liste = texte_de(chef.get(page(scene, etat="a-saisir")))
        noms = {demande: demande.candidature.eleve.nom.upper() for demande in (confirme, saisi, rien, nul, incomplet)}
        assert {demande for demande, nom in noms.items() if f">{nom} " in liste} == {confirme, rien}
        assert nombre_de_la_tache(scene) == 2
        a_faire = texte_de(chef.get(reverse("pilotage:a_faire_origine", args=[scene.college.segment])))
        assert "avis rendus, vœux non saisis" in a_faire
        assert "Jusqu’au 25 mai" in a_faire

    def test_se_tait_apres_la_date_et_sans_bonus(self, scene):
        rendue(scene)
        assert nombre_de_la_tache(scene) == 1
        assert nombre_de_la_tache(scene, APRES) == 0
        JeuDeRegles.objects.update(affichage=Affichage.INDICATIF)
        assert nombre_de_la_tache(scene) == 0


class TestExport:
    def suivre(self, scene, demande, *, saisi=True):
        chef = scene.chef_origine.personne
        confirmer_le_choix(formation_demandee=demande, par=chef, le=EN_MAI)
        if saisi:
            noter_le_voeu(formation_demandee=demande, par=chef, le=EN_MAI)
        return demande

    def exporter(self, scene, le=APRES) -> ExportAffelnet:
        campagne = Campagne.objects.get(pk=scene.campagne.pk)
        return exporter_vers_affelnet(campagne=campagne, par=scene.saio.personne, le=le)[0]

    def test_porte_les_colonnes_d_affelnet_et_le_bonus_qui_tient(self, scene):
        demande = self.suivre(scene, rendue(scene, ine="120890177FA"))
        demande.formation.mef = "24725214310"
        demande.formation.save()
        contenu = bytes(self.exporter(scene).contenu).decode("utf-8-sig")
        assert contenu.splitlines() == [
            '"INE";"Code UAI étab. origine";"Code MEF";"Libellé formation";"Avis final";"Points"',
            f'"120890177FA";"{scene.college.uai}";"24725214310";"{demande.formation.intitule}";"Très favorable";"100"',
        ]

    def test_compte_a_part_ce_qui_n_a_pas_son_bonus(self, scene, connecter):
        self.suivre(scene, rendue(scene, "Retenu", ine="120890177FA"))
        self.suivre(scene, rendue(scene, "Confirme", ine="120890178FB"), saisi=False)
        rendue(scene, "Tu", ine="120890179FC")
        rendue(scene, "Incomplet", ine="120890180FD", avis="")
        self.suivre(scene, rendue(scene, "Sansine", ine=""))
        preparation = preparer_l_export(Campagne.objects.get(pk=scene.campagne.pk))
        assert len(preparation.lignes) == 1
        assert dict(preparation.ecarts_dits) == {
            "élève sans INE": 1,
            "choix non confirmé par la famille": 1,
            "choix confirmé, vœu non noté comme saisi": 1,
            "avis final incomplet": 1,
        }
        texte = texte_de(connecter(scene.saio.personne).get(reverse("avis:affelnet_academie")))
        assert "1 ligne dans le fichier" in texte
        assert "SANSINE" in texte
        assert "Formations sans MEF" in texte
        assert "TU " not in texte
        assert self.exporter(scene).ecartees == 4

    def test_se_retelecharge_octet_pour_octet_meme_apres_un_changement(self, scene, connecter):
        demande = self.suivre(scene, rendue(scene, ine="120890177FA"))
        saio = connecter(scene.saio.personne)
        assert "1 ligne exportée" in texte_de(saio.post(reverse("avis:affelnet_academie"), follow=True))
        export = ExportAffelnet.objects.get()
        noter_le_voeu(formation_demandee=demande, par=scene.chef_origine.personne, le=EN_MAI, saisi=False)
        reponse = saio.get(reverse("avis:export_affelnet", args=[export.code]))
        assert hashlib.sha256(reponse.content).hexdigest() == export.empreinte
        assert b"120890177FA" in reponse.content
        assert export.empreinte in texte_de(saio.get(reverse("avis:affelnet_academie")))
        session = saio.session
        session[PREUVE] -= 3600
        session.save()
        redemande = saio.get(reverse("avis:export_affelnet", args=[export.code]))
        assert redemande.url.startswith(reverse("comptes:preuve"))
        trace = Trace.objects.de(scene.campagne).get(fait="export_affelnet")
        assert trace.phrase.endswith(f": 1 ligne, empreinte {export.empreinte[:12]}")
        assert trace.auteur == scene.saio.personne

    def test_le_meme_contenu_demande_deux_fois_n_est_exporte_qu_une(self, scene, connecter):
        self.suivre(scene, rendue(scene, ine="120890177FA"))
        saio = connecter(scene.saio.personne)
        for _ in range(2):
            reponse = saio.post(reverse("avis:affelnet_academie"), follow=True)
        assert "c’est le même fichier" in texte_de(reponse)
        assert ExportAffelnet.objects.count() == 1

    def test_un_texte_de_formule_sort_comme_du_texte(self, scene):
        demande = self.suivre(scene, rendue(scene, ine="120890177FA"))
        Formation.objects.filter(pk=demande.formation_id).update(mef="=1+1")
        assert '"\'=1+1"' in bytes(self.exporter(scene).contenu).decode("utf-8-sig")

    @pytest.mark.parametrize(
        ("empecher", "raison"),
        [
            (lambda s: JeuDeRegles.objects.update(affichage=Affichage.INDICATIF), "aucun bonus"),
            (lambda s: clore_la_campagne(campagne=s.campagne, par=None, le=APRES), "n’est pas ouverte"),
            (lambda s: SuiteAffelnet.objects.all().delete(), "Aucun bonus à exporter"),
        ],
        ids=["sans bonus", "campagne close", "sans ligne"],
    )
    def test_se_refuse_avec_une_phrase(self, scene, empecher, raison):
        self.suivre(scene, rendue(scene, ine="120890177FA"))
        empecher(scene)
        with pytest.raises(Refus, match=raison):
            self.exporter(scene)
        assert not ExportAffelnet.objects.exists()

    def test_n_est_a_personne_d_autre_que_le_saio_de_l_academie(self, scene, connecter):
        self.suivre(scene, rendue(scene, ine="120890177FA"))
        export = self.exporter(scene)
        adresse = reverse("avis:export_affelnet", args=[export.code])
        assert connecter(scene.observateur.personne).get(adresse).status_code == 403
        CampagneFactory(academie=une_autre_academie())
        assert connecter(un_saio(une_autre_academie())).get(adresse).status_code == 404
