"""Vérifier, raccourcir, clore, effacer une campagne dans l'administration ; close, elle ne bouge plus (R1, S7)."""

from datetime import date

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from candidatures.models import Candidature
from candidatures.rules import Etat
from comptes.models import Trace
from referentiel.admin.socle import GestionDuReferentiel
from referentiel.models import Accueil, Annonce, Campagne, Formation
from referentiel.rules.calendrier import Nature
from referentiel.services import clore_la_campagne, garnir_le_catalogue
from tests.factories.administration import EN_JANVIER, ligne_de, regles_de, saisie_de, un_saio, une_campagne
from tests.factories.candidatures import EN_MARS, CandidatureFactory, EleveFactory
from tests.factories.referentiel import (
    AccueilFactory,
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
    meme_close,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]


@pytest.fixture
def en_mars(monkeypatch):
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: EN_MARS)


def fiche(campagne: Campagne, page: str = "change") -> str:
    return reverse(f"admin:referentiel_campagne_{page}", args=[campagne.pk])


@pytest.fixture
def saio(connecter):
    return connecter(un_saio())


@pytest.fixture
def campagne():
    """Ouverte, avec deux inscriptions brouillons et une inscription."""
    accueil = AccueilFactory()
    for etat in (Etat.BROUILLON, Etat.BROUILLON, Etat.INSCRITE):
        candidature = CandidatureFactory(accueil=accueil)
        Candidature.objects.filter(pk=candidature.pk).update(etat=etat)
    return accueil.domaine.campagne


def avec_fin(saio, campagne: Campagne, nature: str, jour: str) -> dict[str, str]:
    saisie = saisie_de(saio, fiche(campagne))
    saisie[f"{ligne_de(saisie, 'periodes', nature=nature)}-fin"] = jour
    return saisie


# Raccourcir ---------------------------------------------------------------------------------------------------


def test_raccourcir_une_periode_dit_d_abord_ce_qui_ne_pourra_plus_se_faire(saio, campagne):
    saisie = avec_fin(saio, campagne, "inscription", "02/04/2027") | {"intitule": "Nouvel intitulé", "_continue": "x"}
    page = saio.post(fiche(campagne), saisie)
    contenu = page.content.decode()
    assert page.status_code == 200
    assert "2\u00a0inscriptions brouillons ne pourront plus être terminées." in contenu
    assert "fin le vendredi 2\u00a0avril 2027 au lieu du vendredi 30\u00a0avril 2027" in contenu
    assert campagne.periodes.get(nature="inscription").fin == date(2027, 4, 30)
    assert not Trace.objects.de(campagne).filter(fait="modification").exists()
    gardee = dict(page.context["saisie"])
    assert gardee["intitule"] == "Nouvel intitulé"
    assert saio.post(fiche(campagne), gardee | {"_confirmer": "x"}).status_code == 302
    assert campagne.periodes.get(nature="inscription").fin == date(2027, 4, 2)


def test_revenir_au_calendrier_garde_la_saisie_sans_l_enregistrer(saio, campagne):
    page = saio.post(fiche(campagne), avec_fin(saio, campagne, "inscription", "02/04/2027"))
    retour = saio.post(fiche(campagne), dict(page.context["saisie"]) | {"_revoir": "x"}).content.decode()
    assert 'value="02/04/2027"' in retour
    assert "errornote" not in retour
    assert campagne.periodes.get(nature="inscription").fin == date(2027, 4, 30)


def test_fermer_plus_tot_touche_aussi_les_periodes_sans_fin(saio, campagne):
    campagne.periodes.filter(nature="voeux_affelnet").update(fin=None)
    page = saio.post(fiche(campagne), avec_fin(saio, campagne, "fermeture", "26/05/2027"))
    assert any("vœux" in periode for periode in page.context["periodes"])


@pytest.mark.parametrize(("nature", "jour"), [("inscription", "07/05/2027"), ("fermeture", "31/05/2027")])
def test_allonger_s_enregistre_sans_question(saio, campagne, nature, jour):
    assert saio.post(fiche(campagne), avec_fin(saio, campagne, nature, jour)).status_code == 302


def test_une_preparation_se_raccourcit_sans_question(saio):
    campagne = une_campagne()
    assert saio.post(fiche(campagne), avec_fin(saio, campagne, "inscription", "02/04/2027")).status_code == 302


# Clore et effacer ---------------------------------------------------------------------------------------------


def test_clore_dit_ce_qui_est_inacheve(saio, campagne):
    page = saio.get(fiche(campagne, "clore")).content.decode()
    assert "2\u00a0inscriptions brouillons ne pourront plus être terminées." in page
    assert "1\u00a0candidature n’a pas encore d’entretien" in page
    saio.post(fiche(campagne, "clore"))
    campagne.refresh_from_db()
    assert campagne.etat == Campagne.Etat.CLOSE


def test_une_preparation_s_efface_apres_confirmation(saio):
    campagne = une_campagne()
    garnir_le_catalogue(campagne=campagne, par=None, le=EN_JANVIER)
    assert "Effacer la préparation" in saio.get(fiche(campagne, "effacer")).content.decode()
    assert Campagne.objects.exists()
    saio.post(fiche(campagne, "effacer"))
    assert not Campagne.objects.exists()
    assert Trace.objects.filter(fait="effacement").exists()


def test_une_preparation_qui_a_des_eleves_ne_s_efface_pas(saio):
    campagne = une_campagne()
    EleveFactory(campagne=campagne)
    page = saio.post(fiche(campagne, "effacer"), follow=True).content.decode()
    assert "Cette campagne a déjà des élèves\u00a0: elle ne s’efface plus." in page
    assert Campagne.objects.exists()


def test_une_campagne_ouverte_ne_s_efface_pas(saio, campagne):
    page = saio.post(fiche(campagne, "effacer"), follow=True).content.decode()
    assert "Seule une campagne en préparation s’efface" in page
    assert Campagne.objects.exists()


# La base fige une campagne close ------------------------------------------------------------------------------


@pytest.fixture
def close():
    campagne = CampagneFactory()
    campagne.vacances.create(libelle="Hiver", debut=date(2027, 2, 6), fin=date(2027, 2, 21))
    campagne.mots_a_rappeler.create(mot="bulletin", famille="résultats")
    campagne.derogations.create(
        etablissement=EtablissementFactory(), nature="inscription", jusqu_au=date(2027, 5, 3), motif="Incendie"
    )
    formation = FormationFactory(domaine__campagne=campagne)
    OffreFactory(formation=formation)
    AccueilFactory(domaine=formation.domaine)
    return clore_la_campagne(campagne=campagne, par=None, le=EN_JANVIER)


def les_objets_de(campagne: Campagne) -> list:
    regles = regles_de(campagne)
    domaine = campagne.domaines.get()
    formation = domaine.formations.get()
    return [
        campagne,
        campagne.periodes.first(),
        campagne.vacances.get(),
        campagne.mots_a_rappeler.get(),
        campagne.derogations.get(),
        regles,
        regles.cases.first(),
        domaine,
        formation,
        formation.offres.get(),
        domaine.accueils.get(),
    ]


def test_rien_d_une_campagne_close_ne_s_ecrit_meme_sans_passer_par_l_application(close):
    for objet in les_objets_de(close):
        for geste in (objet.save, type(objet)._base_manager.filter(pk=objet.pk).delete):
            with pytest.raises(IntegrityError, match="Cette campagne est close"), transaction.atomic():
                geste()


def test_rien_n_entre_dans_une_campagne_close(close):
    for creer in (
        lambda: close.vacances.create(libelle="Été", debut=date(2027, 7, 1), fin=date(2027, 8, 1)),
        lambda: close.domaines.create(nom="Nouveau"),
        lambda: Accueil.objects.create(domaine=close.domaines.get(), etablissement=EtablissementFactory()),
        lambda: DomaineFactory.build(campagne=close).save(),
    ):
        with pytest.raises(IntegrityError, match="Cette campagne est close"), transaction.atomic():
            creer()


def test_une_ligne_ne_passe_pas_d_une_campagne_close_a_une_autre(close):
    ailleurs = DomaineFactory(campagne=CampagneFactory())
    formation = Formation.objects.get(domaine__campagne=close)
    with pytest.raises(IntegrityError), transaction.atomic():
        Formation.objects.filter(pk=formation.pk).update(domaine=ailleurs)
    with pytest.raises(IntegrityError), transaction.atomic():
        Formation.objects.filter(pk=FormationFactory(domaine=ailleurs).pk).update(domaine=formation.domaine)


def test_une_campagne_close_ne_se_rouvre_pas(close):
    with pytest.raises(IntegrityError), transaction.atomic():
        Campagne.objects.filter(pk=close.pk).update(etat=Campagne.Etat.OUVERTE)


def test_la_purge_reste_possible_le_temps_d_une_transaction(close):
    with meme_close():
        close.derogations.all().delete()
    with connection.cursor() as curseur, pytest.raises(IntegrityError), transaction.atomic():
        curseur.execute("DELETE FROM referentiel_motarappeler")


def test_aucune_page_de_l_administration_n_ecrit_dans_une_campagne_close(saio, close):
    close_ = {objet._meta.model: objet for objet in les_objets_de(close)}
    pages = {
        modele: page
        for modele, page in admin.site._registry.items()
        if isinstance(page, GestionDuReferentiel) and page.chemin_campagne is not None
    }
    assert {modele for modele in pages if modele is not Annonce} <= set(close_)
    for modele in set(pages) & set(close_):
        nom = f"{modele._meta.app_label}_{modele._meta.model_name}"
        adresse = reverse(f"admin:{nom}_change", args=[close_[modele].pk])
        page = saio.get(adresse)
        assert page.status_code == 200, nom
        assert 'type="submit" value="Enregistrer' not in page.content.decode(), nom
        assert saio.post(adresse, {}).status_code == 403, nom
        assert saio.post(reverse(f"admin:{nom}_delete", args=[close_[modele].pk]), {"post": "yes"}).status_code == 403
    for geste in ("ouvrir", "clore", "effacer"):
        assert saio.post(fiche(close, geste)).status_code == 403
    for action, modele in (("marquer_verifies", "accueil"), ("marquer_verifiees", "formation")):
        lot = {"action": action, "_selected_action": [close_[apps.get_model("referentiel", modele)].pk]}
        saio.post(reverse(f"admin:referentiel_{modele}_changelist"), lot | {"_confirmer": "1"})
    assert Accueil.objects.get(domaine__campagne=close).verifie_le is None


# Ce qui reste à vérifier --------------------------------------------------------------------------------------


def test_la_page_separe_ce_qui_bloque_et_mene_la_ou_tout_se_corrige(saio):
    campagne = une_campagne("creteil-2017")
    garnir_le_catalogue(campagne=campagne, par=None, le=EN_JANVIER)
    accueil = AccueilFactory(domaine=campagne.domaines.first(), etablissement__messagerie="")
    page = saio.get(fiche(campagne, "verifications")).content.decode()
    assert "Empêche d’ouvrir (12)" in page
    assert "Formations à vérifier (25)" in page
    assert "Accueils à vérifier pour cette année (1)" in page
    assert "Établissements sans messagerie (1)" in page
    for nom, objet in (("jeuderegles", regles_de(campagne)), ("accueil", accueil), ("campagne", campagne)):
        assert f'href="{reverse(f"admin:referentiel_{nom}_change", args=[objet.pk])}"' in page
    filtre = f"?domaine__campagne__id__exact={campagne.pk}&verifie_le__isempty=1"
    liste = reverse("admin:referentiel_accueil_changelist") + filtre
    assert liste.replace("&", "&amp;") in page
    assert saio.get(liste).context["cl"].result_count == 1


def test_la_page_coute_autant_avec_un_accueil_qu_avec_dix(saio, django_assert_max_num_queries):
    campagne = une_campagne()
    for _ in range(10):
        AccueilFactory(domaine__campagne=campagne)
    with django_assert_max_num_queries(30):
        saio.get(fiche(campagne, "verifications"))


@pytest.mark.parametrize("modele", ["formation", "accueil"])
def test_marquer_comme_verifie_demande_confirmation(saio, modele):
    campagne = une_campagne()
    accueil = AccueilFactory(domaine__campagne=campagne)
    formation = FormationFactory(domaine=accueil.domaine, a_verifier="MEF changé")
    cle, action = {
        "formation": (formation.pk, "marquer_verifiees"),
        "accueil": (accueil.pk, "marquer_verifies"),
    }[modele]
    liste = reverse(f"admin:referentiel_{modele}_changelist")
    lot = {"action": action, "_selected_action": [cle]}
    assert "Marquer comme vérifié" in saio.post(liste, lot).content.decode()
    formation.refresh_from_db()
    accueil.refresh_from_db()
    assert (formation.a_verifier, accueil.verifie_le) == ("MEF changé", None)
    saio.post(liste, lot | {"_confirmer": "1"})
    formation.refresh_from_db()
    accueil.refresh_from_db()
    assert (formation.a_verifier == "") is (modele == "formation")
    assert (accueil.verifie_le is not None) is (modele == "accueil")


def test_une_campagne_creee_d_apres_la_precedente_en_reprend_le_catalogue(saio):
    ancienne = CampagneFactory(intitule="Passpro 2027")
    formation = FormationFactory(domaine__campagne=ancienne, mef="2473340431")
    AccueilFactory(domaine=formation.domaine, consignes="Tenue de cuisine", verifie_le=EN_JANVIER)
    OffreFactory(formation=formation, hors_passpro=True, presentation="Portes ouvertes le 6 mars")
    propose = saio.get(reverse("admin:referentiel_campagne_add")).context["adminform"].form.initial
    assert (propose["annee"], propose["intitule"]) == (2028, "Passpro 2028")
    saio.post(reverse("admin:referentiel_campagne_add"), propose)
    nouvelle = Campagne.objects.get(intitule="Passpro 2028")
    accueil = Accueil.objects.get(domaine__campagne=nouvelle)
    assert (accueil.consignes, accueil.verifie_le) == ("Tenue de cuisine", None)
    copie = Formation.objects.get(domaine__campagne=nouvelle)
    assert (copie.mef, copie.slug, copie.recherche) == (formation.mef, formation.slug, formation.recherche)
    assert copie.offres.get().presentation == "Portes ouvertes le 6 mars"
    assert nouvelle.calendrier.bornes(Nature.INSCRIPTION).fin == date(2028, 4, 30)
    assert Formation.objects.filter(domaine__campagne=ancienne).count() == 1
