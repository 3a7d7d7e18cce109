"""Les comptes-rendus à l'écran : liste, saisie, transmission, conflit (A11, A12)."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from avis.models import CompteRendu
from avis.services import enregistrer_le_brouillon
from candidatures.rules import Etat
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Campagne, MotARappeler
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Avis, Modalite
from tests.factories.avis import JEUDI, TEXTE, avis_pour, candidature_entendue, candidature_rendue, entretien_pour
from tests.factories.candidatures import CandidatureFactory
from tests.factories.referentiel import AccueilFactory, FormationFactory, PersonneFactory, RattachementFactory

pytestmark = pytest.mark.django_db

# Le lendemain de l'échéance des entretiens de jeudi.
MARDI = datetime(2027, 3, 16, 10, 0, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def mardi(monkeypatch):
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: MARDI)


@pytest.fixture
def accueil():
    return AccueilFactory(domaine__nom="Hôtellerie-restauration")


@pytest.fixture
def chef(accueil):
    return RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne


@pytest.fixture
def gestionnaire(accueil):
    return RattachementFactory(a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement).personne


def liste(accueil, **parametres):
    return reverse("avis:comptes_rendus", args=[accueil.etablissement.segment], query=parametres)


def page(candidature):
    return reverse("avis:compte_rendu", args=[candidature.accueil.etablissement.segment, candidature.code])


def saisie(candidature, geste, *, texte=TEXTE, avis="favorable", version=0, **champs):
    codes = candidature.formations_demandees.maintenues().values_list("code", flat=True)
    return {"texte": texte, "version": version, "geste": geste, **{f"avis_{c}": avis for c in codes}, **champs}


def texte_de(reponse) -> str:
    return " ".join(reponse.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").split())


class TestListe:
    def test_met_le_premier_du_d_abord_et_dit_le_retard(self, accueil, chef, connecter):
        recent = candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(days=4))
        ancien = candidature_entendue(accueil=accueil)
        texte = texte_de(connecter(chef).get(liste(accueil)))
        assert texte.index(ancien.eleve.nom_affiche) < texte.index(recent.eleve.nom_affiche)
        assert "lundi 15 mars" in texte
        assert "en retard de 1 jour" in texte
        assert "2 comptes-rendus" in texte

    @pytest.mark.parametrize(
        ("etat", "attendus"),
        [
            ("", {"retard", "a_saisir", "brouillon", "a_relire"}),
            ("retard", {"retard"}),
            ("a-saisir", {"a_saisir"}),
            ("brouillon", {"brouillon"}),
            ("a-relire", {"a_relire"}),
            ("transmis", {"transmis"}),
            ("inconnu", {"retard", "a_saisir", "brouillon", "a_relire"}),
        ],
    )
    def test_se_filtre_par_etat(self, accueil, chef, connecter, etat, attendus):
        vendredi = JEUDI + timedelta(days=4)
        lot = {
            nom: candidature_entendue(accueil=accueil, debut=debut + timedelta(hours=rang), eleve__nom=nom)
            for rang, (nom, debut) in enumerate(
                [
                    ("retard", JEUDI),
                    ("a_saisir", vendredi),
                    ("brouillon", vendredi),
                    ("a_relire", vendredi),
                ]
            )
        }
        for nom in ("brouillon", "a_relire"):
            enregistrer_le_brouillon(
                candidature=lot[nom], texte="", avis={}, version=0, par=chef, le=MARDI, a_relire=nom == "a_relire"
            )
        candidature_rendue(
            accueil=accueil, debut=vendredi + timedelta(hours=8), eleve__nom="transmis", par=chef, le=MARDI
        )
        texte = texte_de(connecter(chef).get(liste(accueil, etat=etat)))
        for nom in ("retard", "a_saisir", "brouillon", "a_relire", "transmis"):
            assert (f"{nom.upper()} Yanis" in texte) is (nom in attendus), nom

    def test_dit_merci_quand_tout_est_transmis(self, accueil, chef, connecter):
        candidature_rendue(accueil=accueil, par=chef)
        assert "Tous les comptes-rendus sont transmis. Merci." in texte_de(connecter(chef).get(liste(accueil)))

    def test_marque_ce_qui_a_ete_transmis_en_retard(self, accueil, chef, connecter):
        candidature_rendue(accueil=accueil, par=chef, le=MARDI)
        assert "le mar. 16 mars, en retard" in texte_de(connecter(chef).get(liste(accueil, etat="transmis")))

    def test_se_cherche_sans_accent(self, accueil, chef, connecter):
        candidature_entendue(accueil=accueil, eleve__nom="Lefèvre")
        candidature_entendue(accueil=accueil, eleve__nom="Autre", debut=JEUDI + timedelta(hours=1))
        texte = texte_de(connecter(chef).get(liste(accueil, q="lefevre")))
        assert "LEFÈVRE" in texte
        assert "AUTRE" not in texte

    def test_tait_les_seances_collectives_les_absences_et_les_autres_lycees(self, accueil, chef, connecter):
        collective = CandidatureFactory(accueil=accueil, etat=Etat.SEANCE_SUIVIE, modalite=Modalite.COLLECTIF)
        entretien_pour(collective, modalite=Modalite.COLLECTIF)
        absente = CandidatureFactory(accueil=accueil, etat=Etat.ABSENTE)
        entretien_pour(absente, etat=EtatEntretien.ABSENT, debut=JEUDI + timedelta(hours=1))
        ailleurs = candidature_entendue(accueil__domaine__campagne=accueil.domaine.campagne)
        texte = texte_de(connecter(chef).get(liste(accueil)))
        for candidature in (collective, absente, ailleurs):
            assert candidature.eleve.nom_affiche not in texte

    def test_se_lit_en_autant_de_requetes_pour_trente_que_pour_un(self, accueil, chef, connecter):
        client = connecter(chef)
        client.get(liste(accueil))
        nombres = []
        for combien in (1, 29):
            for n in range(combien):
                candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(hours=combien + n))
            with CaptureQueriesContext(connection) as requetes:
                assert client.get(liste(accueil)).status_code == 200
            nombres.append(len(requetes))
        assert nombres[0] == nombres[1] <= 12

    def test_page_par_soixante(self, accueil, chef, connecter):
        for n in range(62):
            candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(hours=n), avis="")
        client = connecter(chef)
        assert client.get(liste(accueil)).content.decode().count('<th scope="row"') == 60
        assert client.get(liste(accueil, page=2)).content.decode().count('<th scope="row"') == 2
        assert client.get(liste(accueil, tout=1)).content.decode().count('<th scope="row"') == 62


class TestPortes:
    def test_l_etablissement_d_un_autre_n_existe_pas(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        autre = RattachementFactory(a_l_accueil=True)
        client = connecter(autre.personne)
        assert client.get(page(candidature)).status_code == 404
        assert client.get(liste(accueil)).status_code == 404
        chez_lui = reverse("avis:compte_rendu", args=[autre.etablissement.segment, candidature.code])
        assert client.get(chez_lui).status_code == 404

    def test_l_origine_n_y_entre_pas(self, accueil, connecter):
        candidature = candidature_entendue(accueil=accueil)
        origine = RattachementFactory(etablissement=candidature.eleve.etablissement).personne
        assert connecter(origine).get(page(candidature)).status_code == 404

    def test_un_gestionnaire_redige_mais_ne_transmet_pas(self, accueil, gestionnaire, connecter):
        candidature = candidature_entendue(accueil=accueil)
        client = connecter(gestionnaire)
        affichee = texte_de(client.get(page(candidature)))
        assert "Envoyer à la relecture" in affichee
        assert "Transmettre et passer au suivant" not in affichee
        for geste in ("transmettre", "suivant", "corriger"):
            assert client.post(page(candidature), saisie(candidature, geste)).status_code == 403
        assert not CompteRendu.objects.exists()
        assert client.post(page(candidature), saisie(candidature, "relire")).status_code == 302
        assert CompteRendu.objects.get().etat == "a_relire"

    def test_un_gestionnaire_designe_transmet(self, accueil, connecter):
        designe = RattachementFactory(
            a_l_accueil=True,
            gestionnaire=True,
            etablissement=accueil.etablissement,
            valide_les_comptes_rendus=True,
        ).personne
        candidature = candidature_entendue(accueil=accueil)
        assert connecter(designe).post(page(candidature), saisie(candidature, "transmettre")).status_code == 302
        assert CompteRendu.objects.get().est_transmis


class TestLecture:
    def test_montre_l_avis_d_origine_quand_il_est_complet(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil, formations=2)
        seconde = candidature.formations_demandees.last()
        seconde.commentaire = ""
        seconde.avis = "reserve"
        seconde.save()
        texte = texte_de(connecter(chef).get(page(candidature)))
        assert "Stage réussi, vrai projet." in texte
        assert texte.count("En cours de saisie par l’établissement d’origine.") == 1
        assert "fr-badge--yellow-moutarde" not in texte

    def test_rappelle_l_echeance_les_themes_et_les_bulletins(self, accueil, chef, connecter):
        texte = texte_de(connecter(chef).get(page(candidature_entendue(accueil=accueil))))
        assert "À transmettre au plus tard le <strong>lundi 15 mars</strong> – en retard de 1 jour" in texte
        assert "Thèmes de la lettre de préparation" in texte
        assert "les bulletins scolaires ne doivent en aucun cas être demandés" in texte

    def test_tait_l_ine_et_la_naissance(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil, eleve__ine="120890177FA")
        contenu = texte_de(connecter(chef).get(page(candidature)))
        assert "120890177FA" not in contenu
        assert "2012" not in contenu

    @pytest.mark.parametrize(
        ("etat", "entretien", "phrase"),
        [
            (Etat.INSCRITE, None, "L’entretien n’est pas encore planifié."),
            (Etat.ABSENTE, {"etat": EtatEntretien.ABSENT}, "ne s’est pas présenté à l’entretien du jeudi 11 mars"),
            (Etat.SEANCE_SUIVIE, {"modalite": Modalite.COLLECTIF}, "Les séances collectives ne donnent pas lieu"),
            (
                Etat.CONVOQUEE,
                {"etat": EtatEntretien.PREVU, "debut": MARDI + timedelta(days=1)},
                "L’entretien n’a pas encore eu lieu.",
            ),
        ],
    )
    def test_dit_pourquoi_il_n_y_a_rien_a_saisir(self, accueil, chef, connecter, etat, entretien, phrase):
        candidature = CandidatureFactory(accueil=accueil, etat=etat)
        if entretien:
            entretien_pour(candidature, **entretien)
        texte = texte_de(connecter(chef).get(page(candidature)))
        assert phrase in texte
        assert "<textarea" not in texte

    def test_demande_la_presence_quand_elle_manque(self, accueil, chef, connecter):
        candidature = CandidatureFactory(accueil=accueil, etat=Etat.CONVOQUEE)
        entretien_pour(candidature, etat=EtatEntretien.PREVU)
        client = connecter(chef)
        assert "L’élève s’est présenté à l’entretien" in texte_de(client.get(page(candidature)))
        assert "Présence à saisir" in texte_de(client.get(liste(accueil)))


class TestSaisie:
    def test_transmettre_mene_au_suivant(self, accueil, chef, connecter):
        premiere = candidature_entendue(accueil=accueil, eleve__prenom="Inès")
        suivante = candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(hours=1))
        reponse = connecter(chef).post(page(premiere), saisie(premiere, "suivant"), follow=True)
        assert reponse.redirect_chain == [(page(suivante), 302)]
        assert "compte-rendu de Inès transmis à l’établissement d’origine" in texte_de(reponse)

    def test_le_dernier_transmis_ramene_a_la_liste(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        assert connecter(chef).post(page(candidature), saisie(candidature, "suivant")).url == liste(accueil)

    def test_ce_qui_manque_se_dit_et_rien_n_est_perdu(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        client = connecter(chef)
        sans_texte = texte_de(client.post(page(candidature), saisie(candidature, "transmettre", texte="")))
        assert "Rédigez le compte-rendu avant de le transmettre." in sans_texte
        sans_avis = texte_de(client.post(page(candidature), saisie(candidature, "transmettre", avis="")))
        assert "Choisissez un avis pour CAP" in sans_avis
        assert TEXTE in sans_avis
        assert not CompteRendu.objects.exists()

    def test_sans_la_presence_rien_ne_se_transmet_et_rien_n_est_perdu(self, accueil, chef, connecter):
        candidature = CandidatureFactory(accueil=accueil, etat=Etat.CONVOQUEE)
        entretien_pour(candidature, etat=EtatEntretien.PREVU)
        client = connecter(chef)
        for geste in ("transmettre", "relire"):
            texte = texte_de(client.post(page(candidature), saisie(candidature, geste)))
            assert "Dites si l’élève s’est présenté à l’entretien." in texte
            assert TEXTE in texte
        assert not CompteRendu.objects.exists()

    def test_la_presence_et_le_compte_rendu_s_envoient_ensemble(self, accueil, chef, connecter):
        candidature = CandidatureFactory(accueil=accueil, etat=Etat.CONVOQUEE)
        entretien = entretien_pour(candidature, etat=EtatEntretien.PREVU)
        connecter(chef).post(page(candidature), saisie(candidature, "transmettre", presence="oui"))
        candidature.refresh_from_db()
        entretien.refresh_from_db()
        assert (candidature.etat, entretien.etat) == (Etat.RENDUE, EtatEntretien.TENU)

    def test_non_enregistre_l_absence_garde_le_texte_et_passe_au_suivant(self, accueil, chef, connecter):
        candidature = CandidatureFactory(accueil=accueil, etat=Etat.CONVOQUEE)
        entretien = entretien_pour(candidature, etat=EtatEntretien.PREVU)
        suivante = candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(hours=1))
        client = connecter(chef)
        reponse = client.post(page(candidature), saisie(candidature, "suivant", presence="non", avis=""))
        assert reponse.url == page(suivante)
        entretien.refresh_from_db()
        assert entretien.etat == EtatEntretien.ABSENT
        assert CompteRendu.objects.get().etat == "brouillon"
        absente = texte_de(client.get(page(candidature)))
        assert "ne s’est pas présenté" in absente
        client.post(page(candidature), {"geste": "presence", "version": 1})
        entretien.refresh_from_db()
        assert entretien.etat == EtatEntretien.TENU
        assert TEXTE in texte_de(client.get(page(candidature)))

    def test_le_suivant_reste_dans_la_liste_filtree(self, accueil, chef, connecter):
        """« 2 sur 3 » compte la liste telle qu'elle est filtrée, et l'envoi y reste."""
        noms = [("Alpha", 0), ("Autre", 1), ("Alphand", 2), ("Alphonse", 3)]
        premiere, _, deuxieme, troisieme = [
            candidature_entendue(accueil=accueil, eleve__nom=nom, debut=JEUDI + timedelta(hours=rang))
            for nom, rang in noms
        ]
        client = connecter(chef)
        affichee = texte_de(client.get(f"{page(deuxieme)}?q=alph"))
        assert "2 sur 3" in affichee
        assert f"{page(troisieme)}?q=alph" in affichee
        assert f"{page(premiere)}?q=alph" in affichee
        assert client.post(f"{page(deuxieme)}?q=alph", saisie(deuxieme, "suivant")).url == f"{page(troisieme)}?q=alph"
        assert client.post(f"{page(troisieme)}?q=alph", saisie(troisieme, "suivant")).url == f"{page(premiere)}?q=alph"
        fin = client.post(f"{page(premiere)}?q=alph", saisie(premiere, "suivant")).url
        assert fin == liste(accueil, q="alph")

    def test_le_meme_envoi_repete_n_a_qu_un_effet(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        client = connecter(chef)
        for _ in range(2):
            assert client.post(page(candidature), saisie(candidature, "transmettre")).status_code == 302
        assert CompteRendu.objects.get().version == 1

    def test_un_ajout_fait_par_erreur_se_retire(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        autre = FormationFactory(domaine=accueil.domaine)
        client = connecter(chef)
        client.post(
            page(candidature), saisie(candidature, "ajouter", formation_ajoutee=autre.pk, avis_ajoute="reserve")
        )
        ajoutee = candidature.formations_demandees.get(formation=autre)
        champs = saisie(candidature, "suivant", version=1, retirer=ajoutee.code, texte="Une suite")
        assert client.post(page(candidature), champs).status_code == 302
        assert not candidature.formations_demandees.filter(formation=autre).exists()
        assert CompteRendu.objects.get().texte == "Une suite"

    def test_la_page_d_une_autre_personne_ne_s_envoie_pas(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        reponse = connecter(chef).post(page(candidature), saisie(candidature, "transmettre", personne="autre"))
        assert "au nom d’une autre personne" in texte_de(reponse)
        assert TEXTE in texte_de(reponse)
        assert not CompteRendu.objects.exists()

    def test_la_trame_est_un_pdf_sans_avis_d_origine(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        adresse = reverse("avis:trame_pdf", args=[accueil.etablissement.segment, candidature.code])
        pdf = PdfReader(BytesIO(connecter(chef).get(adresse).content))
        assert len(pdf.pages) == 1
        assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
        texte = " ".join(pdf.pages[0].extract_text().split())
        assert candidature.eleve.nom.upper() in texte
        assert "Ne se prononce pas" in texte
        assert "Stage réussi" not in texte

    def test_les_retours_a_la_ligne_comptent_pour_un(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        texte = "\r\n".join(["abcdefghi"] * 200)
        assert connecter(chef).post(page(candidature), saisie(candidature, "brouillon", texte=texte)).status_code == 302
        assert len(CompteRendu.objects.get().texte) == 1999

    def test_un_brouillon_incomplet_se_garde(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        reponse = connecter(chef).post(page(candidature), saisie(candidature, "brouillon", avis=""), follow=True)
        assert "brouillon enregistré à 10 h 00" in texte_de(reponse)
        assert CompteRendu.objects.get().texte == TEXTE

    def test_une_formation_choisie_s_ajoute_avec_son_avis(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        autre = FormationFactory(domaine=accueil.domaine)
        champs = saisie(candidature, "transmettre", formation_ajoutee=autre.pk, avis_ajoute="reserve")
        assert connecter(chef).post(page(candidature), champs).status_code == 302
        avis = dict(CompteRendu.objects.get().avis.values_list("formation_demandee__formation", "valeur"))
        assert avis[autre.pk] == Avis.RESERVE
        assert len(avis) == 2

    def test_une_formation_ajoutee_sans_avis_ne_part_pas(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        autre = FormationFactory(domaine=accueil.domaine)
        client = connecter(chef)
        assert "Choisissez un avis pour" in texte_de(
            client.post(page(candidature), saisie(candidature, "transmettre", formation_ajoutee=autre.pk))
        )
        assert "Choisissez la formation" in texte_de(
            client.post(page(candidature), saisie(candidature, "brouillon", avis_ajoute="reserve"))
        )
        assert candidature.formations_demandees.count() == 1

    def test_une_formation_d_un_autre_domaine_se_refuse(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        etrangere = FormationFactory(domaine__campagne=accueil.domaine.campagne)
        champs = saisie(candidature, "brouillon", formation_ajoutee=etrangere.pk)
        assert connecter(chef).post(page(candidature), champs).status_code == 200
        assert candidature.formations_demandees.count() == 1

    def test_une_correction_se_transmet(self, accueil, chef, connecter):
        candidature = candidature_rendue(accueil=accueil, par=chef)
        client = connecter(chef)
        affichee = texte_de(client.get(page(candidature)))
        assert "déjà transmis le 12 mars à 9 h 00" in affichee
        assert "Transmettre la correction" in affichee
        client.post(page(candidature), saisie(candidature, "corriger", texte="Corrigé.", version=1))
        assert CompteRendu.objects.get().texte == "Corrigé."

    def test_les_mots_ecartes_avertissent_sans_empecher(self, accueil, chef, connecter):
        MotARappeler.objects.create(campagne=accueil.domaine.campagne, mot="bulletin", famille="résultats")
        candidature = candidature_entendue(accueil=accueil)
        reponse = connecter(chef).post(
            page(candidature), saisie(candidature, "transmettre", texte="Ses bulletins sont bons."), follow=True
        )
        assert "« bulletin »" in texte_de(reponse)
        assert CompteRendu.objects.get().est_transmis

    def test_un_texte_copie_et_un_reserve_sans_conseil_avertissent(self, accueil, chef, connecter):
        candidature_rendue(accueil=accueil, par=chef, texte="Copie")
        candidature = candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(hours=1))
        reponse = connecter(chef).post(
            page(candidature), saisie(candidature, "transmettre", texte="Copie", avis="reserve"), follow=True
        )
        assert "identique à celui d’un autre élève" in texte_de(reponse)
        assert "un avis réservé s’accompagne d’un conseil" in texte_de(reponse)


class TestConflit:
    def test_montre_les_deux_versions_et_reprend_la_mienne(self, accueil, chef, connecter):
        candidature = candidature_entendue(accueil=accueil)
        enregistrer_le_brouillon(
            candidature=candidature,
            texte="Le texte de la collègue",
            avis=avis_pour(candidature, Avis.RESERVE),
            version=0,
            par=PersonneFactory(nom="Benoît"),
            le=MARDI,
        )
        client = connecter(chef)
        reponse = client.post(page(candidature), saisie(candidature, "transmettre", texte="Le mien"))
        texte = texte_de(reponse)
        assert reponse.status_code == 409
        assert "Mme Benoît a modifié ce compte-rendu" in texte
        assert "Le texte de la collègue" in texte
        assert "Réservé" in texte
        assert 'name="texte" value="Le mien"' in texte
        assert 'name="version" value="1"' in texte
        client.post(page(candidature), saisie(candidature, "transmettre", texte="Le mien", version=1))
        assert CompteRendu.objects.get().texte == "Le mien"


def test_hors_periode_la_page_rend_ce_qui_etait_saisi(accueil, chef, connecter, monkeypatch):
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: datetime(2027, 5, 26, 8, 0, tzinfo=PARIS))
    candidature = candidature_entendue(accueil=accueil)
    reponse = connecter(chef).post(page(candidature), saisie(candidature, "transmettre"))
    assert TEXTE in texte_de(reponse)
    assert "mardi 25 mai 2027" in texte_de(reponse)
    assert not CompteRendu.objects.exists()


def test_une_campagne_close_se_lit_et_ne_s_ecrit_pas(accueil, chef, connecter):
    candidature = candidature_entendue(accueil=accueil)
    Campagne.objects.update(etat=Campagne.Etat.CLOSE)
    client = connecter(chef)
    assert client.get(page(candidature)).status_code == 200
    client.post(page(candidature), saisie(candidature, "brouillon"))
    assert not CompteRendu.objects.exists()
