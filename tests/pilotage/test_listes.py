"""Les listes et les dossiers : qui lit quoi, et en combien de requêtes (écrans O2, O5, O8, A2, A3)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidatures.models import FormationDemandee
from candidatures.rules import Etat
from comptes.models import Evenement
from comptes.services import consigner
from courriers.models import Courriel
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Publication
from tests.factories.avis import TEXTE, donner_l_avis_d_origine
from tests.factories.pilotage import Scene
from tests.factories.referentiel import RattachementFactory
from tests.modeles import modeles_batis

COMMENTAIRE = "Stage réussi, vrai projet."


def page(client, nom: str, *arguments: str, **filtres: str):
    return client.get(reverse(nom, args=arguments), filtres)


def texte(reponse) -> str:
    assert reponse.status_code == 200
    return reponse.content.decode()


@pytest.fixture
def origine(scene, connecter):
    return connecter(scene.chef_origine.personne)


@pytest.fixture
def accueil(scene, connecter):
    return connecter(scene.chef_accueil.personne)


def fermer_les_avis(scene: Scene) -> None:
    """Les avis d'accueil ne se voient plus qu'à la visualisation, qui n'a pas commencé."""
    scene.campagne.regles.publication = Publication.VISUALISATION
    scene.campagne.regles.save()
    scene.campagne.periodes.filter(nature=Nature.VISUALISATION).update(debut=date(2027, 5, 9))


class TestEleves:
    def test_les_eleves_sont_groupes_par_classe_avec_leurs_nombres(self, scene, origine):
        scene.candidature(eleve=scene.eleve(classe="3e A"))
        scene.eleve(classe="3e A")
        scene.eleve(classe="3e B")
        liste = texte(page(origine, "pilotage:eleves", scene.college.segment))
        assert "3e A – 2 élèves, 1 inscrit" in liste
        assert "3e B – 1 élève, aucun inscrit" in liste

    def test_la_recherche_ignore_accents_et_casse(self, scene, origine):
        scene.eleve(nom="Lefèvre", prenom="Élodie")
        scene.eleve(nom="Martin", prenom="Zoé")
        liste = texte(page(origine, "pilotage:eleves", scene.college.segment, q="elodie LEFEVRE"))
        assert "LEFÈVRE Élodie" in liste
        assert "MARTIN" not in liste

    @pytest.mark.parametrize("filtre", ["", "non-inscrits", "a-completer", "en-attente", "convoques", "rendus"])
    def test_chaque_etiquette_montre_autant_d_eleves_qu_elle_dit(self, scene, origine, filtre):
        scene.tout()
        reponse = page(origine, "pilotage:eleves", scene.college.segment, etat=filtre)
        courante = next(e for e in reponse.context["etiquettes"] if e["courante"])
        lignes = sum(len(classe.eleves) for classe in reponse.context["classes"])
        assert lignes == courante["nombre"] > 0

    @pytest.mark.parametrize("recherche", ["", "el LEF", "lefèvre %", "_", "\\", "inconnu"])
    def test_les_etiquettes_comptent_ce_que_la_recherche_garde(self, scene, origine, recherche):
        for nom, classe in (("Lefèvre", "3e A"), ("Lefebvre", "3e A"), ("Lefèvre", "3e B")):
            scene.candidature(eleve=scene.eleve(nom=nom, prenom="Élodie", classe=classe))
        adresse = (scene.college.segment,)
        reponse = page(origine, "pilotage:eleves", *adresse, classe="3e A", q=recherche)
        for etiquette in reponse.context["etiquettes"]:
            montree = origine.get(etiquette["url"])
            lignes = sum(len(classe.eleves) for classe in montree.context["classes"])
            assert lignes == etiquette["nombre"], etiquette["libelle"]

    def test_un_filtre_inconnu_montre_tout(self, scene, origine):
        scene.eleve()
        assert page(origine, "pilotage:eleves", scene.college.segment, etat="xyz", classe="").context["total"] == 1

    def test_les_eleves_des_autres_n_y_sont_pas(self, scene, origine):
        scene.eleve(etablissement=scene.autre_origine.etablissement, nom="Invisible")
        assert "INVISIBLE" not in texte(page(origine, "pilotage:eleves", scene.college.segment))

    def test_soixante_eleves_par_page(self, scene, origine):
        for _ in range(61):
            scene.eleve()
        reponse = page(origine, "pilotage:eleves", scene.college.segment)
        assert sum(len(classe.eleves) for classe in reponse.context["classes"]) == 60
        assert "Tout afficher (61)" in texte(reponse)

    def test_un_creneau_reserve_reste_secret_jusqu_a_l_envoi(self, scene, origine):
        entretien = scene.planifiee()
        eleve = entretien.candidature.eleve
        for adresse in (
            reverse("pilotage:eleves", args=[scene.college.segment]),
            reverse("pilotage:eleve", args=[scene.college.segment, eleve.code]),
            reverse("pilotage:candidature_origine", args=[scene.college.segment, entretien.candidature.code]),
        ):
            lu = texte(origine.get(adresse))
            assert "25\xa0mars" not in lu
            assert "25 mars" not in lu
            assert "jeu. 25" not in lu


class TestDossier:
    def test_l_ine_est_masque_et_la_naissance_lue(self, scene, origine):
        eleve = scene.eleve(ine="123456789AB")
        lu = texte(page(origine, "pilotage:eleve", scene.college.segment, eleve.code))
        assert "123456789AB" not in lu
        assert "•••••••89AB" in lu
        assert "14 mai 2012" in " ".join(lu.split())

    def test_le_dossier_d_un_autre_college_n_existe_pas(self, scene, connecter):
        eleve = scene.eleve()
        etranger = connecter(scene.autre_origine.personne)
        assert page(etranger, "pilotage:eleve", scene.college.segment, eleve.code).status_code == 404
        uai = scene.autre_origine.etablissement.segment
        assert page(etranger, "pilotage:eleve", uai, eleve.code).status_code == 404

    def test_l_historique_montre_l_eleve_et_ses_candidatures(self, scene, origine):
        candidature = scene.candidature()
        par = scene.chef_origine.personne
        for objet, phrase in ((candidature, "Inscription à l’essai."), (candidature.eleve, "Élève ajouté.")):
            consigner(objet=objet, fait="essai", phrase=phrase, par=par, le=scene.le)
        lu = texte(page(origine, "pilotage:eleve", scene.college.segment, candidature.eleve.code))
        assert "Inscription à l’essai." in lu
        assert "Élève ajouté." in lu


class TestCandidatureDeLOrigine:
    def test_un_compte_rendu_publie_se_lit_avec_l_avis_final(self, scene, origine):
        candidature = scene.rendue()
        lu = texte(page(origine, "pilotage:candidature_origine", scene.college.segment, candidature.code))
        assert TEXTE in lu
        assert "Très favorable" in lu
        assert "Compte-rendu transmis" in lu

    def test_avant_la_visualisation_rien_n_en_parait(self, scene, origine):
        candidature = scene.rendue()
        ajoutee = FormationDemandee.objects.get(candidature=candidature)
        fermer_les_avis(scene)
        FormationDemandee.objects.create(
            candidature=candidature,
            domaine=candidature.domaine,
            formation=scene.autre_formation(candidature),
            ajoutee_a_l_entretien=True,
        )
        for adresse in (
            reverse("pilotage:candidature_origine", args=[scene.college.segment, candidature.code]),
            reverse("pilotage:eleve", args=[scene.college.segment, candidature.eleve.code]),
            reverse("pilotage:eleves", args=[scene.college.segment]),
            reverse("pilotage:a_faire_origine", args=[scene.college.segment]),
        ):
            lu = texte(origine.get(adresse))
            assert TEXTE not in lu
            assert "Très favorable" not in lu
            assert "transmis" not in lu
            assert "ajoutée à l’entretien" not in lu
            assert "Formation ajoutée" not in lu
        rendus = page(origine, "pilotage:eleves", scene.college.segment, etat="rendus")
        assert rendus.context["total"] == 0
        assert ajoutee.avis_accueil.valeur == "favorable"

    def test_l_etat_de_chaque_courriel_se_lit(self, scene, origine):
        courriel = scene.non_distribuee()
        candidature = courriel.convocations.get().entretien.candidature
        lu = texte(page(origine, "pilotage:candidature_origine", scene.college.segment, candidature.code))
        assert "Non distribué" in lu
        assert "Cette adresse n’existe pas." in lu
        for autre in Courriel.objects.filter(convocations__entretien__candidature=candidature):
            assert autre.destinataire in lu

    def test_le_desistement_ne_se_propose_plus_apres_l_entretien(self, scene, origine):
        tenue = scene.avec_entretien(Etat.REALISEE, debut=scene.le - timedelta(days=1), presence=EtatEntretien.TENU)
        attend = scene.candidature()
        for candidature, propose in ((tenue, False), (attend, True)):
            lu = texte(page(origine, "pilotage:candidature_origine", scene.college.segment, candidature.code))
            assert ("Enregistrer un désistement" in lu) is propose

    def test_la_candidature_d_un_autre_college_n_existe_pas(self, scene, connecter):
        candidature = scene.candidature()
        etranger = connecter(scene.autre_origine.personne)
        uai = scene.autre_origine.etablissement.segment
        assert page(etranger, "pilotage:candidature_origine", uai, candidature.code).status_code == 404


class TestCandidats:
    @pytest.mark.parametrize("filtre", ["", "a-planifier", "convoques", "a-transmettre", "rendus", "absences"])
    def test_chaque_etiquette_montre_autant_de_candidats_qu_elle_dit(self, scene, accueil, filtre):
        scene.tout()
        reponse = page(accueil, "pilotage:candidats", scene.lycee.segment, etat=filtre)
        courante = next(e for e in reponse.context["etiquettes"] if e["courante"])
        assert len(reponse.context["candidats"]) == courante["nombre"] > 0

    def test_domaine_origine_et_nom_filtrent(self, scene, accueil):
        candidature = scene.candidature(eleve=scene.eleve(nom="Ébène"))
        scene.candidature()
        for filtres in (
            {"domaine": candidature.domaine.slug},
            {"q": "ebene"},
            {"domaine": candidature.domaine.slug, "origine": scene.college.segment},
        ):
            reponse = page(accueil, "pilotage:candidats", scene.lycee.segment, **filtres)
            attendue = reverse("pilotage:candidature_accueil", args=[scene.lycee.segment, candidature.code])
            assert [ligne.url for ligne in reponse.context["candidats"]] == [attendue]
        vide = page(accueil, "pilotage:candidats", scene.lycee.segment, origine=scene.lycee.segment)
        assert "Aucun élève ne correspond aux filtres." in texte(vide)

    def test_les_valeurs_des_avis_ne_sont_pas_dans_la_liste(self, scene, accueil):
        donner_l_avis_d_origine(scene.candidature(), "reserve", COMMENTAIRE)
        lu = texte(page(accueil, "pilotage:candidats", scene.lycee.segment))
        assert "Saisis" in lu
        assert "Réservé" not in lu
        assert COMMENTAIRE not in lu

    def test_les_nombres_d_un_domaine(self, scene, accueil):
        entretien = scene.planifiee()
        recu = entretien.candidature.accueil
        scene.candidature(accueil=recu)
        [domaine] = page(accueil, "pilotage:candidats", scene.lycee.segment).context["domaines"]
        assert (domaine.inscrits, domaine.a_planifier, domaine.places_libres, domaine.places_manquantes) == (2, 1, 0, 1)

    def test_brouillons_et_autres_etablissements_n_y_sont_pas(self, scene, accueil, connecter):
        scene.candidature(Etat.BROUILLON, inscrite_le=None, eleve=scene.eleve(nom="Brouillon"))
        assert "BROUILLON" not in texte(page(accueil, "pilotage:candidats", scene.lycee.segment))
        etranger = connecter(scene.autre_accueil.personne)
        assert page(etranger, "pilotage:candidats", scene.lycee.segment).status_code == 404

    def test_sans_candidat_la_page_dit_jusqu_a_quand_on_inscrit(self, scene, accueil):
        lu = texte(page(accueil, "pilotage:candidats", scene.lycee.segment))
        assert "Aucun élève n’est inscrit chez vous pour le moment." in lu
        assert "Inscriptions ouvertes" in lu


class TestCandidatureDeLAccueil:
    def test_ni_ine_ni_date_de_naissance(self, scene, accueil):
        eleve = scene.eleve(ine="123456789AB", date_de_naissance=date(2011, 9, 23))
        candidature = scene.candidature(eleve=eleve)
        for adresse in (
            reverse("pilotage:candidature_accueil", args=[scene.lycee.segment, candidature.code]),
            reverse("pilotage:candidats", args=[scene.lycee.segment]),
            reverse("pilotage:a_faire_accueil", args=[scene.lycee.segment]),
        ):
            lu = texte(accueil.get(adresse))
            for secret in ("123456789AB", "89AB", "23/09/2011", "2011-09-23", "23 septembre 2011", "23\xa0septembre"):
                assert secret not in lu

    def test_l_identite_se_verifie_a_la_demande_et_c_est_note(self, scene, accueil, connecter):
        """La date de naissance pour l'accueil, l'INE pour l'origine, chacun sur un geste noté (R37, R40)."""
        eleve = scene.eleve(ine="123456789AB", date_de_naissance=date(2011, 9, 23))
        candidature = scene.candidature(eleve=eleve)
        dossier = page(accueil, "pilotage:candidature_accueil", scene.lycee.segment, candidature.code)
        adresse = reverse("pilotage:identite_du_candidat", args=[scene.lycee.segment, candidature.code])
        assert f'action="{adresse}"' in texte(dossier)
        assert accueil.get(adresse).status_code == 405
        lu = texte(accueil.post(adresse))
        assert "23\xa0septembre 2011" in lu or "23 septembre 2011" in lu
        assert "123456789AB" not in lu
        accueil.post(adresse)
        notees = [consulte.phrase for consulte in Evenement.objects.sur(eleve)]
        assert sorted(notees) == ["Date de naissance d’un élève affichée.", "Dossier d’un élève consulté."]
        origine = connecter(scene.chef_origine.personne)
        adresse_de_l_ine = reverse("pilotage:ine_de_l_eleve", args=[scene.college.segment, eleve.code])
        dossier = texte(page(origine, "pilotage:eleve", scene.college.segment, eleve.code))
        assert f'action="{adresse_de_l_ine}"' in dossier
        assert "123456789AB" in texte(origine.post(adresse_de_l_ine))
        assert Evenement.objects.sur(eleve).filter(phrase="INE d’un élève affiché.", uai=scene.college.uai).count() == 1

    @pytest.mark.parametrize(
        ("avis", "commentaire", "visible"),
        [("favorable", COMMENTAIRE, True), ("favorable", "", False), ("", COMMENTAIRE, False), ("", "", False)],
    )
    def test_l_avis_d_origine_ne_se_lit_qu_avec_son_commentaire(self, scene, accueil, avis, commentaire, visible):
        candidature = scene.candidature()
        donner_l_avis_d_origine(candidature, avis, commentaire)
        lu = texte(page(accueil, "pilotage:candidature_accueil", scene.lycee.segment, candidature.code))
        assert ("Favorable" in lu) is visible
        assert (COMMENTAIRE in lu) is visible
        assert ("En cours de saisie par l’établissement d’origine." in lu) is not visible

    def test_l_histoire_d_avant_l_arrivee_reste_a_l_autre_etablissement(self, scene, accueil):
        candidature = scene.candidature(inscrite_le=scene.le - timedelta(days=5))
        histoire = [
            ("creation", "Brouillon commencé.", 6),
            ("inscription", "Inscription au premier lycée.", 5),
            ("planification", "Entretien planifié chez l’autre.", 4),
            ("entretien_annule", "Entretien chez l’autre annulé.", 3),
            ("changement_d_accueil", "Nouvel établissement.", 3),
            ("avis_d_origine", "Avis saisi ensuite.", 2),
        ]
        for fait, phrase, jours in histoire:
            consigner(objet=candidature, fait=fait, phrase=phrase, par=None, le=scene.le - timedelta(days=jours))
        for adresse in (
            reverse("pilotage:candidature_accueil", args=[scene.lycee.segment, candidature.code]),
            reverse("pilotage:a_faire_accueil", args=[scene.lycee.segment]),
        ):
            lu = texte(accueil.get(adresse))
            for secret in ("Brouillon commencé.", "premier lycée", "chez l’autre"):
                assert secret not in lu
            assert "Nouvel établissement." in lu
            assert "Avis saisi ensuite." in lu

    def test_les_actions_suivent_la_situation(self, scene, accueil):
        hier = scene.le - timedelta(days=1)
        attendues = {
            "Planifier l’entretien": scene.candidature(),
            "Déplacer l’entretien": scene.planifiee().candidature,
            "Saisir la présence": scene.avec_entretien(Etat.CONVOQUEE, debut=hier),
            "Saisir le compte-rendu": scene.avec_entretien(Etat.REALISEE, debut=hier, presence=EtatEntretien.TENU),
        }
        for candidature in attendues.values():
            lu = texte(page(accueil, "pilotage:candidature_accueil", scene.lycee.segment, candidature.code))
            proposees = [libelle for libelle in attendues if f">{libelle}</a>" in lu]
            assert proposees == [libelle for libelle, autre in attendues.items() if autre == candidature]

    def test_la_candidature_d_un_autre_lycee_n_existe_pas(self, scene, connecter):
        candidature = scene.candidature()
        etranger = connecter(scene.autre_accueil.personne)
        uai = scene.autre_accueil.etablissement.segment
        assert page(etranger, "pilotage:candidature_accueil", uai, candidature.code).status_code == 404


class TestAcademie:
    def test_l_observateur_lit_les_chiffres_de_son_departement_sans_nom(self, scene, connecter):
        scene.tout()
        ailleurs = RattachementFactory(observation=True, departement="077")
        ici, la_bas = (page(connecter(o.personne), "pilotage:suivi") for o in (scene.observateur, ailleurs))
        assert ici.context["chiffres"][0]["nombre"] > 0
        assert la_bas.context["vide"]
        assert "DIALLO" not in texte(ici)
        assert "À faire" not in texte(ici)
        for nom in ("pilotage:suivi_etablissements", "avis:retards"):
            ici, la_bas = (page(connecter(o.personne), nom) for o in (scene.observateur, ailleurs))
            assert scene.lycee.nom in texte(ici)
            assert scene.lycee.nom not in texte(la_bas)
            assert "DIALLO" not in texte(ici)
            assert "Relancer" not in texte(ici)
            assert "Dernière connexion" not in texte(ici)

    def test_les_listes_du_saio_ne_nomment_personne_et_menent_aux_noms_apres_confirmation(self, scene, connecter):
        scene.tout()
        observateur = connecter(scene.observateur.personne)
        assert page(observateur, "pilotage:tache_academie", "sans-convocation").status_code == 403
        saio = connecter(scene.saio.personne)
        for tache in ("sans-convocation", "convocations-sans-adresse", "comptes-rendus-en-retard"):
            reponse = page(saio, "pilotage:tache_academie", tache)
            assert "DIALLO" not in texte(reponse)
        reponse = page(saio, "pilotage:tache_academie", "sans-convocation")
        assert scene.lycee.nom in texte(reponse)
        assert "Afficher les noms de ces élèves\u00a0?" in texte(saio.get(reponse.context["lignes"][0].url))

    def test_le_suivi_ne_nomme_aucun_eleve(self, scene, connecter):
        scene.tout()
        for nom in ("academie", "suivi", "suivi_etablissements"):
            assert "DIALLO" not in texte(page(connecter(scene.saio.personne), f"pilotage:{nom}"))


PAGES = ["eleves", "eleve", "candidature_origine", "candidats", "candidature_accueil"]
DU_SAIO = ["pilotage:academie", "pilotage:suivi", "pilotage:suivi_etablissements", "avis:retards"]


@pytest.mark.parametrize("nom", [*PAGES, *DU_SAIO])
def test_chaque_page_tient_en_douze_requetes_pour_une_ligne_comme_pour_trente(scene, connecter, nom):
    candidature = scene.convoquee().candidature
    donner_l_avis_d_origine(candidature, "favorable")
    adresse = {
        "eleves": reverse("pilotage:eleves", args=[scene.college.segment]),
        "eleve": reverse("pilotage:eleve", args=[scene.college.segment, candidature.eleve.code]),
        "candidature_origine": reverse("pilotage:candidature_origine", args=[scene.college.segment, candidature.code]),
        "candidats": reverse("pilotage:candidats", args=[scene.lycee.segment]),
        "candidature_accueil": reverse("pilotage:candidature_accueil", args=[scene.lycee.segment, candidature.code]),
        **{page_du_saio: reverse(page_du_saio) for page_du_saio in DU_SAIO},
    }[nom]
    role = "saio" if nom in DU_SAIO else f"chef_{'origine' if nom in PAGES[:3] else 'accueil'}"
    client = connecter(getattr(scene, role).personne)
    client.get(adresse)
    avec_une = requetes(client, adresse)
    for _ in range(30):
        autre = scene.avec_entretien(
            Etat.REALISEE, debut=scene.le - timedelta(days=1), presence=EtatEntretien.TENU, formations=2
        )
        consigner(objet=autre, fait="essai", phrase="Essai.", par=None, le=scene.le)
        scene.candidature(eleve=candidature.eleve, formations=2)
    assert requetes(client, adresse) == avec_une
    assert avec_une <= 12


@pytest.mark.parametrize("nom", ["pilotage:eleves", "pilotage:candidats"])
def test_une_ligne_de_plus_ne_batit_aucun_modele_de_plus(scene, connecter, nom):
    """Une liste lit ses colonnes : bâtir les modèles de chaque ligne la rendait deux à trois fois plus chère."""
    place, etablissement = (
        (scene.chef_origine, scene.college) if nom == "pilotage:eleves" else (scene.chef_accueil, scene.lycee)
    )
    client, adresse = connecter(place.personne), reverse(nom, args=[etablissement.segment])
    scene.convoquee()
    client.get(adresse)
    with modeles_batis() as avec_une:
        client.get(adresse)
    for _ in range(3):
        scene.avec_entretien(
            Etat.REALISEE, debut=scene.le - timedelta(days=1), presence=EtatEntretien.TENU, formations=2
        )
    with modeles_batis() as avec_quatre:
        client.get(adresse)
    assert avec_quatre == avec_une


def requetes(client, adresse: str) -> int:
    with CaptureQueriesContext(connection) as releve:
        assert client.get(adresse).status_code == 200
    return len(releve)


def test_une_campagne_close_se_lit_encore(scene, origine):
    candidature = scene.candidature()
    Campagne.objects.filter(pk=scene.campagne.pk).update(etat=Campagne.Etat.CLOSE)
    assert page(origine, "pilotage:candidature_origine", scene.college.segment, candidature.code).status_code == 200
