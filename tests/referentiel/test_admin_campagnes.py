"""Campagnes, calendrier, règles et matrice dans l'administration : ce qui passe, ce qui est refusé (R1, R3, R5, R6)."""

from datetime import date

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse

from comptes.models import Trace
from referentiel.models import Campagne, CaseDeMatrice
from referentiel.rules.calendrier import LIBELLES, Nature
from referentiel.services import clore_la_campagne, ouvrir_la_campagne
from tests.factories.administration import (
    EN_JANVIER,
    ligne_de,
    regles_de,
    saisie_de,
    un_saio,
    une_autre_academie,
    une_campagne,
)
from tests.factories.referentiel import CampagneFactory, DomaineFactory, EtablissementFactory

pytestmark = pytest.mark.django_db
LISTE = "admin:referentiel_campagne_changelist"


def fiche(campagne: Campagne) -> str:
    return reverse("admin:referentiel_campagne_change", args=[campagne.pk])


def fiche_des_regles(campagne: Campagne) -> str:
    return reverse("admin:referentiel_jeuderegles_change", args=[regles_de(campagne).pk])


@pytest.fixture
def saio(connecter):
    return connecter(un_saio())


# Créer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cle", ["creteil-2017", "creteil-2020", "creteil-2025", "paris-2022"])
def test_une_campagne_nait_d_un_prereglage_avec_regles_et_matrice(cle, saio, django_user_model):
    academie = django_user_model.objects.get().rattachements.get().academie
    saisie = {"academie": academie.pk, "annee": 2027, "intitule": "Campagne 2027", "modele": cle}
    reponse = saio.post(reverse("admin:referentiel_campagne_add"), saisie, follow=True)
    campagne = Campagne.objects.get()
    assert reponse.redirect_chain[-1][0] == reverse("admin:referentiel_campagne_verifications", args=[campagne.pk])
    assert campagne.etat == Campagne.Etat.PREPARATION
    assert set(campagne.regles.matrice) == campagne.regles.couples_attendus
    assert campagne.domaines.count() == 29
    faits = Trace.objects.de(campagne).order_by("pk")
    assert [trace.fait for trace in faits] == ["creation", "catalogue"]
    assert {trace.auteur_nom for trace in faits} == {django_user_model.objects.get().nom_affiche}


def test_un_intitule_deja_pris_se_dit_dans_le_formulaire_et_garde_la_saisie(saio):
    campagne = une_campagne()
    saisie = {
        "academie": campagne.academie.pk,
        "annee": 2028,
        "intitule": campagne.intitule,
        "modele": f"campagne-{campagne.pk}",
    }
    page = saio.post(reverse("admin:referentiel_campagne_add"), saisie).content.decode()
    assert "Cette académie a déjà une campagne de ce nom." in page
    assert 'value="2028"' in page
    assert Campagne.objects.count() == 1


def test_dupliquer_reprend_regles_et_dates_portees_a_l_annee(saio):
    campagne = une_campagne()
    saisie = {
        "academie": campagne.academie.pk,
        "annee": 2028,
        "intitule": "Campagne 2028",
        "modele": f"campagne-{campagne.pk}",
    }
    saio.post(reverse("admin:referentiel_campagne_add"), saisie)
    copie = Campagne.objects.get(intitule="Campagne 2028")
    assert copie.calendrier.bornes(Nature.INSCRIPTION).fin == date(2028, 4, 30)
    assert copie.regles.matrice == campagne.regles.matrice


def test_on_ne_cree_pas_pour_une_autre_academie(saio):
    saisie = {"academie": une_autre_academie().pk, "annee": 2027, "intitule": "Intruse", "modele": "paris-2022"}
    page = saio.post(reverse("admin:referentiel_campagne_add"), saisie)
    assert page.status_code == 200
    assert not Campagne.objects.exists()


# Calendrier ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nature", "champ", "jour", "phrases"),
    [
        (
            "inscription",
            "fin",
            "01/01/2027",
            ["la fin (vendredi 1er\u00a0janvier 2027) précède le début (mercredi 27\u00a0janvier 2027)"],
        ),
        (
            "entretiens",
            "fin",
            "01/04/2027",
            [
                "Les entretiens se terminent le jeudi 1er\u00a0avril 2027",
                "fin des inscriptions le vendredi 30\u00a0avril 2027",
            ],
        ),
        (
            "visualisation",
            "debut",
            "02/01/2027",
            ["La visualisation des avis ouvre le samedi 2\u00a0janvier 2027", "le mercredi 27\u00a0janvier 2027"],
        ),
        (
            "fermeture",
            "fin",
            "10/05/2027",
            ["après la fermeture le lundi 10\u00a0mai 2027"],
        ),
    ],
)
def test_un_calendrier_qui_se_contredit_est_refuse_les_deux_dates_nommees(saio, nature, champ, jour, phrases):
    campagne = une_campagne()
    saisie = saisie_de(saio, fiche(campagne))
    saisie[f"{ligne_de(saisie, 'periodes', nature=nature)}-{champ}"] = jour
    page = saio.post(fiche(campagne), saisie)
    assert page.status_code == 200
    for phrase in phrases:
        assert phrase in page.content.decode()
    assert jour in page.content.decode()
    assert not Trace.objects.de(campagne).filter(fait="modification").exists()


def test_une_date_changee_est_consignee_avant_et_apres(saio):
    campagne = une_campagne()
    saisie = saisie_de(saio, fiche(campagne))
    saisie[f"{ligne_de(saisie, 'periodes', nature='fermeture')}-fin"] = "31/05/2027"
    reponse = saio.post(fiche(campagne), saisie, follow=True)
    assert reponse.redirect_chain[-1][0] == reverse(LISTE)
    trace = Trace.objects.de(campagne).get(fait="modification")
    assert trace.avant == {"Fermeture – au (inclus)": "mardi 25 mai 2027"}
    assert trace.apres == {"Fermeture – au (inclus)": "lundi 31 mai 2027"}


def test_une_cloture_un_jour_ferie_passe_avec_un_avertissement(saio):
    campagne = une_campagne()
    saisie = saisie_de(saio, fiche(campagne))
    saisie[f"{ligne_de(saisie, 'periodes', nature='convocations')}-fin"] = "17/05/2027"
    page = saio.post(fiche(campagne), saisie, follow=True).content.decode()
    assert "le lundi 17\u00a0mai 2027 est férié (lundi de Pentecôte)" in page
    assert campagne.periodes.get(nature="convocations").fin == date(2027, 5, 17)


def test_une_periode_ne_prend_pas_le_nom_d_une_autre(saio):
    campagne = une_campagne()
    saisie = saisie_de(saio, fiche(campagne))
    une, autre = (ligne_de(saisie, "periodes", nature=n) for n in ("planification", "visualisation"))
    saisie[f"{une}-nature"], saisie[f"{autre}-nature"] = "visualisation", "planification"
    assert saio.post(fiche(campagne), saisie).status_code == 302
    assert campagne.periodes.get(nature="planification").fin == date(2027, 4, 30)


def test_les_neuf_periodes_sont_toujours_la_et_une_absente_se_remplit(saio):
    campagne = une_campagne("creteil-2020")
    assert not campagne.periodes.filter(nature="voeux_affelnet").exists()
    page = saio.get(fiche(campagne)).content.decode()
    assert page.count('type="hidden" name="periodes-') - 4 >= len(Nature)
    for libelle in LIBELLES.values():
        assert f'aria-label="{libelle}, du"' in page
    saisie = saisie_de(saio, fiche(campagne))
    saisie[f"{ligne_de(saisie, 'periodes', nature='voeux_affelnet')}-fin"] = "20/05/2027"
    assert saio.post(fiche(campagne), saisie).status_code == 302
    assert campagne.periodes.get(nature="voeux_affelnet").fin == date(2027, 5, 20)
    assert campagne.periodes.count() == len(Nature)


def test_enregistrer_sans_rien_changer_ne_cree_aucune_periode(saio):
    campagne = une_campagne("paris-2022")
    assert saio.post(fiche(campagne), saisie_de(saio, fiche(campagne))).status_code == 302
    assert not campagne.periodes.exists()


def test_la_frise_se_dessine_et_se_lit(saio):
    page = saio.get(fiche(une_campagne())).content.decode()
    assert 'role="img" aria-label="Frise de 8\u00a0périodes, du mercredi 27\u00a0janvier 2027' in page
    assert "Vacances de printemps\u00a0: du samedi 3\u00a0avril 2027" in page
    assert "lundi de Pentecôte\u00a0: lundi 17\u00a0mai 2027" in page
    assert f"<strong>{LIBELLES[Nature.INSCRIPTION]}</strong>&nbsp;: du mercredi 27\u00a0janvier 2027" in page


def test_une_date_exigee_ne_se_retire_pas_d_une_campagne_ouverte(saio):
    campagne = ouvrir_la_campagne(campagne=une_campagne(), par=None, le=EN_JANVIER)
    saisie = saisie_de(saio, fiche(campagne))
    del saisie[f"{ligne_de(saisie, 'periodes', nature='inscription')}-fin"]
    page = saio.post(fiche(campagne), saisie).content.decode()
    assert "Inscription des élèves\u00a0: la date de fin manque au calendrier." in page


# Règles et matrice --------------------------------------------------------------------------------------------


def case_de(origine: str, accueil: str, champ: str = "resultat") -> str:
    return f"case-{origine}-{accueil}-{champ}"


def test_une_case_vide_est_refusee_le_couple_nomme(saio):
    campagne = une_campagne()
    saisie = saisie_de(saio, fiche_des_regles(campagne)) | {case_de("reserve", "favorable"): ""}
    page = saio.post(fiche_des_regles(campagne), saisie)
    assert page.status_code == 200
    attendu = "Résultat manquant pour avis d’origine «\u00a0réservé\u00a0» et avis d’accueil «\u00a0favorable\u00a0»."
    assert attendu in page.content.decode()
    assert regles_de(campagne).cases.count() == 20


def test_un_resultat_inconnu_est_refuse(saio):
    campagne = une_campagne()
    saisie = saisie_de(saio, fiche_des_regles(campagne)) | {case_de("reserve", "favorable"): "excellent"}
    assert saio.post(fiche_des_regles(campagne), saisie).status_code == 200
    assert regles_de(campagne).cases.get(avis_origine="reserve", avis_accueil="favorable").resultat == "assez_favorable"


def test_reduire_l_echelle_reduit_la_matrice(saio):
    campagne = une_campagne()
    saisie = saisie_de(saio, fiche_des_regles(campagne)) | {"echelle_accueil": ["favorable", "reserve"]}
    assert saio.post(fiche_des_regles(campagne), saisie).status_code == 302
    regles = regles_de(campagne)
    assert regles.cases.count() == 16
    assert set(regles.matrice) == regles.couples_attendus


def test_elargir_l_echelle_demande_les_cases_nouvelles(saio):
    campagne = une_campagne("paris-2022")
    saisie = saisie_de(saio, fiche_des_regles(campagne)) | {
        "echelle_accueil": ["favorable", "assez_favorable", "reserve"]
    }
    page = saio.post(fiche_des_regles(campagne), saisie).content.decode()
    couple = "avis d’origine «\u00a0favorable\u00a0» et avis d’accueil «\u00a0assez favorable\u00a0»"
    assert f"Résultat manquant pour {couple}." in page
    assert f'name="{case_de("favorable", "assez_favorable")}"' in page
    nouvelles = {case_de(o, "assez_favorable"): "favorable" for o in ("favorable", "assez_favorable", "reserve")}
    nouvelles[case_de("absent", "assez_favorable")] = "incomplet"
    assert saio.post(fiche_des_regles(campagne), saisie | nouvelles).status_code == 302
    assert regles_de(campagne).cases.count() == 16


def test_mettre_la_grille_a_jour_redessine_sans_rien_enregistrer(saio):
    campagne = une_campagne()
    saisie = saisie_de(saio, fiche_des_regles(campagne)) | {"echelle_origine": ["favorable"], "phrase_affelnet": "Neuf"}
    page = saio.post(fiche_des_regles(campagne), saisie | {"_revoir": "Mettre la grille à jour"})
    contenu = page.content.decode()
    assert case_de("favorable", "reserve") in contenu
    assert case_de("reserve", "reserve") not in contenu
    assert 'value="Neuf"' in contenu
    assert "errornote" not in contenu
    assert regles_de(campagne).cases.count() == 20
    assert not Trace.objects.de(regles_de(campagne)).exists()


def test_l_apercu_dit_chaque_couple_et_des_dates(saio):
    page = saio.get(fiche_des_regles(une_campagne("paris-2022"))).content.decode()
    assert page.count("<li>Un élève ") == 12
    assert (
        "Un élève avec un avis réservé du collège et favorable du lycée\u00a0: favorable, 2\u00a0500\u00a0points."
        in page
    )
    assert "Un élève avec un avis favorable du collège et réservé du lycée\u00a0: réservé, 0\u00a0point." in page
    page = saio.get(fiche_des_regles(une_campagne(intitule="Autre"))).content.decode()
    assert (
        "Entretien le vendredi 5\u00a0février\u00a0: convocation envoyée au plus tard le dimanche 31\u00a0janvier, "
        "compte-rendu à transmettre au plus tard le lundi 8\u00a0février."
    ) in page


def test_des_points_changes_s_enregistrent_et_se_consignent(saio):
    campagne = une_campagne("creteil-2017")
    saisie = saisie_de(saio, fiche_des_regles(campagne)) | {case_de("favorable", "favorable", "points"): "300"}
    assert saio.post(fiche_des_regles(campagne), saisie).status_code == 302
    regles = regles_de(campagne)
    assert regles.cases.get(avis_origine="favorable", avis_accueil="favorable").points == 300
    trace = Trace.objects.de(regles).get()
    assert trace.apres == {"Favorable × Favorable – points": "300"}


@pytest.mark.parametrize("points", ["-1", "9" * 30, "deux", "1.5"])
def test_des_points_impossibles_sont_refuses(saio, points):
    campagne = une_campagne("creteil-2017")
    saisie = saisie_de(saio, fiche_des_regles(campagne)) | {case_de("favorable", "favorable", "points"): points}
    assert saio.post(fiche_des_regles(campagne), saisie).status_code == 200
    assert regles_de(campagne).cases.get(avis_origine="favorable", avis_accueil="favorable").points is None


def test_sans_bonus_les_points_s_effacent(saio):
    campagne = une_campagne("paris-2022")
    saisie = saisie_de(saio, fiche_des_regles(campagne)) | {"affichage": "indicatif"}
    assert saio.post(fiche_des_regles(campagne), saisie).status_code == 302
    assert not regles_de(campagne).cases.exclude(points=None).exists()


def test_deux_personnes_qui_reglent_la_meme_matrice(saio, connecter):
    campagne = une_campagne("creteil-2017")
    collegue = connecter(un_saio())
    la_mienne = saisie_de(saio, fiche_des_regles(campagne)) | {case_de("favorable", "favorable", "points"): "11"}
    la_sienne = saisie_de(collegue, fiche_des_regles(campagne)) | {case_de("favorable", "favorable", "points"): "22"}
    assert collegue.post(fiche_des_regles(campagne), la_sienne).status_code == 302
    contenu = saio.post(fiche_des_regles(campagne), la_mienne).content.decode()
    assert "Cette page a changé" in contenu
    assert "Favorable × Favorable – points\u00a0: 22" in contenu
    assert 'value="11"' in contenu


def test_la_base_refuse_seule_une_matrice_trouee():
    regles = regles_de(une_campagne())
    regles.cases.first().delete()
    with connection.cursor() as curseur, pytest.raises(IntegrityError, match="La matrice doit donner un résultat"):
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")


# Ouvrir, clore, lire ------------------------------------------------------------------------------------------


def test_ouvrir_fige_les_regles_et_laisse_le_calendrier(saio):
    campagne = une_campagne()
    question = saio.get(f"{fiche(campagne).removesuffix('change/')}ouvrir/").content.decode()
    assert "Les règles et la matrice ne pourront plus changer" in question
    saio.post(f"{fiche(campagne).removesuffix('change/')}ouvrir/")
    campagne.refresh_from_db()
    assert campagne.est_ouverte
    regles = saio.get(fiche_des_regles(campagne))
    assert not regles.context["has_change_permission"]
    assert 'name="_save"' not in regles.content.decode()
    assert saio.post(fiche_des_regles(campagne), {"lettre": "obligatoire"}).status_code == 403
    assert 'name="_save"' in saio.get(fiche(campagne)).content.decode()


def test_une_campagne_sans_points_avec_bonus_ne_s_ouvre_pas(saio):
    campagne = une_campagne("creteil-2017")
    adresse = f"{fiche(campagne).removesuffix('change/')}ouvrir/"
    assert "Points manquants pour avis d’origine «\u00a0favorable\u00a0»" in saio.get(adresse).content.decode()
    page = saio.post(adresse, follow=True).content.decode()
    assert "Erreur\xa0: Points manquants" in page
    assert Campagne.objects.get().etat == Campagne.Etat.PREPARATION


def test_une_seconde_campagne_ne_s_ouvre_pas(saio):
    ouverte = CampagneFactory()
    campagne = une_campagne()
    page = saio.post(f"{fiche(campagne).removesuffix('change/')}ouvrir/", follow=True).content.decode()
    assert f"La campagne «\u00a0{ouverte.intitule}\u00a0» est encore ouverte." in page
    assert not Campagne.objects.get(pk=campagne.pk).est_ouverte


def test_tout_se_lit_et_rien_ne_s_ecrit_dans_une_campagne_close(saio):
    campagne = ouvrir_la_campagne(campagne=une_campagne(), par=None, le=EN_JANVIER)
    domaine = DomaineFactory(campagne=campagne)
    derogation = campagne.derogations.create(
        etablissement=EtablissementFactory(), nature="inscription", jusqu_au=date(2027, 5, 3), motif="Incendie"
    )
    mot = campagne.mots_a_rappeler.first()
    clore_la_campagne(campagne=campagne, par=None, le=EN_JANVIER)
    for nom, objet in (
        ("campagne", campagne),
        ("jeuderegles", regles_de(campagne)),
        ("domaine", domaine),
        ("derogation", derogation),
        ("motarappeler", mot),
    ):
        adresse = reverse(f"admin:referentiel_{nom}_change", args=[objet.pk])
        page = saio.get(adresse)
        assert page.status_code == 200, nom
        assert 'name="_save"' not in page.content.decode(), nom
        assert saio.post(adresse, {"intitule": "x"}).status_code == 403, nom
        effacer = reverse(f"admin:referentiel_{nom}_delete", args=[objet.pk])
        assert saio.post(effacer, {"post": "yes"}).status_code == 403, nom
        lot = {"action": "delete_selected", "_selected_action": [objet.pk], "post": "yes"}
        saio.post(reverse(f"admin:referentiel_{nom}_changelist"), lot)
        assert type(objet)._base_manager.filter(pk=objet.pk).exists(), nom


def test_on_n_ajoute_rien_a_une_campagne_close(saio):
    campagne = CampagneFactory(etat=Campagne.Etat.CLOSE)
    saisie = {"campagne": campagne.pk, "nom": "Nouveau", "modalite": "individuel"}
    vides = {"formations-TOTAL_FORMS": 0, "formations-INITIAL_FORMS": 0}
    page = saio.post(reverse("admin:referentiel_domaine_add"), saisie | vides)
    assert page.status_code == 200
    assert page.context["adminform"].errors["campagne"]
    assert not campagne.domaines.exists()


# Deux personnes à la fois -------------------------------------------------------------------------------------


def test_la_seconde_personne_apprend_ce_que_la_premiere_a_ecrit_et_garde_sa_saisie(saio, connecter):
    campagne = une_campagne()
    collegue = un_saio()
    ouverte_par_l_un = saisie_de(saio, fiche(campagne))
    autre = connecter(collegue)
    saisie = saisie_de(autre, fiche(campagne)) | {"intitule": "Campagne de Claire"}
    assert autre.post(fiche(campagne), saisie).status_code == 302
    ouverte_par_l_un["intitule"] = "Campagne de Paul"
    page = saio.post(fiche(campagne), ouverte_par_l_un)
    contenu = page.content.decode()
    assert page.status_code == 200
    assert f"Cette page a changé\xa0: {collegue.nom_affiche}" in contenu
    assert "intitulé\xa0: Campagne de Claire" in contenu
    assert 'value="Campagne de Paul"' in contenu
    ouverte_par_l_un["version"] = page.context["version"]
    assert saio.post(fiche(campagne), ouverte_par_l_un).status_code == 302
    campagne.refresh_from_db()
    assert campagne.intitule == "Campagne de Paul"


# Cloisonnement ------------------------------------------------------------------------------------------------


def test_la_campagne_d_une_autre_academie_n_existe_pas(saio):
    ailleurs = une_campagne("paris-2022", academie=une_autre_academie(), intitule="Campagne de Paris")
    assert "Campagne de Paris" not in saio.get(reverse(LISTE)).content.decode()
    assert saio.get(fiche(ailleurs)).status_code == 302
    assert saio.post(fiche(ailleurs), {"intitule": "Prise"}).status_code == 302
    assert saio.get(f"{fiche(ailleurs).removesuffix('change/')}clore/").status_code == 404
    assert saio.get(reverse("admin:referentiel_campagne_history", args=[ailleurs.pk])).status_code == 404
    ailleurs.refresh_from_db()
    assert ailleurs.intitule == "Campagne de Paris"
    assert CaseDeMatrice.objects.filter(regles__campagne=ailleurs).count() == 12


def test_l_administration_generale_voit_toutes_les_academies(connecter, django_user_model):
    une_campagne("paris-2022", academie=une_autre_academie(), intitule="Campagne de Paris")
    une_campagne()
    generale = django_user_model.objects.create_superuser("tout@passpro.example", prenom="A", nom="B")
    page = connecter(generale).get(reverse(LISTE)).content.decode()
    assert "Campagne de Paris" in page
    assert "Campagne 2027" in page


@pytest.mark.parametrize("annee", [0, 1, 1999, 2101, 32767])
def test_une_annee_impossible_est_refusee_sans_erreur_du_serveur(saio, django_user_model, annee):
    academie = django_user_model.objects.get().rattachements.get().academie
    saisie = {"academie": academie.pk, "annee": annee, "intitule": "Campagne", "modele": "creteil-2020"}
    assert saio.post(reverse("admin:referentiel_campagne_add"), saisie).status_code == 200
    assert not Campagne.objects.exists()


def test_une_date_hors_du_siecle_est_refusee(saio):
    """Le dernier jour que Python connaisse n'a pas de lendemain : aucune clôture ne s'y calcule."""
    campagne = une_campagne()
    saisie = saisie_de(saio, fiche(campagne))
    rang = next(nom for nom in saisie if str(saisie[nom]) == Nature.FERMETURE).split("-")[1]
    reponse = saio.post(fiche(campagne), saisie | {f"periodes-{rang}-fin": "31/12/9999"})
    assert reponse.status_code == 200
    assert "entre 2000 et 2100" in reponse.content.decode()


def test_le_saio_n_etend_pas_lui_meme_ses_departements(saio):
    """Ils bornent les courriels qu'il lit : seule l'administration générale les change (T3)."""
    academie = une_campagne().academie
    page = reverse("admin:referentiel_academie_change", args=[academie.pk])
    avant = list(academie.departements)
    saio.post(page, saisie_de(saio, page) | {"departements": "075,078"})
    academie.refresh_from_db()
    assert academie.departements == avant
