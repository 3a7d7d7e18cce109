"""Importer, exporter et retrouver le catalogue (R7, R8, R9, écran S6)."""

from datetime import datetime

import pytest

from comptes.models import Trace
from referentiel.models import Accueil, Formation, Importation, Offre
from referentiel.rules.comparaison import Groupe
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import Refus
from referentiel.services.import_catalogue import lignes_du_catalogue
from referentiel.services.importations import (
    abandonner,
    appliquer,
    comparer_l_importation,
    deposer,
    purger_les_importations_perimees,
)
from referentiel.tableurs.ecriture import Feuille, en_csv, en_xlsx
from referentiel.tableurs.lecture import lire, lire_le_texte
from tests.factories.candidatures import CandidatureFactory
from tests.factories.referentiel import (
    AccueilFactory,
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
    PersonneFactory,
)

LE = datetime(2027, 3, 15, 10, 0, tzinfo=PARIS)
TOUT = [groupe.value for groupe in Groupe]

pytestmark = pytest.mark.django_db


@pytest.fixture
def campagne():
    return CampagneFactory()


@pytest.fixture
def saio():
    return PersonneFactory()


@pytest.fixture
def lycee():
    return EtablissementFactory(lycee=True, nom="Lycée Marcel-Pagnol")


def deposer_le_texte(campagne, par, texte):
    return deposer(
        nature=Importation.Nature.CATALOGUE,
        academie=campagne.academie,
        campagne=campagne,
        tableau=lire_le_texte(texte),
        nom_du_fichier="offres.csv",
        par=par,
        le=LE,
    )


def deposer_le_fichier(campagne, par, octets):
    return deposer(
        nature=Importation.Nature.CATALOGUE,
        academie=campagne.academie,
        campagne=campagne,
        tableau=lire(octets),
        nom_du_fichier="offres.xlsx",
        par=par,
        le=LE,
    )


def appliquer_tout(importation, par, groupes=TOUT):
    empreinte = comparer_l_importation(importation).empreinte
    return appliquer(importation=importation, groupes=groupes, empreinte=empreinte, par=par, le=LE)


def fautes(importation):
    return [f"Ligne {faute.ligne} : {faute.phrase}" for faute in comparer_l_importation(importation).fautes]


def photo(campagne):
    return lignes_du_catalogue(campagne)[1]


def un_catalogue(campagne, lycee):
    """De chaque sorte d'objet, de quoi éprouver l'aller et retour."""
    bois = DomaineFactory(campagne=campagne, nom="Métiers du bois", modalite=Modalite.COLLECTIF)
    hotel = DomaineFactory(campagne=campagne, nom="Hôtellerie-restauration")
    ailleurs = EtablissementFactory(lycee=True)
    cuisine = FormationFactory(domaine=hotel, libelle="Cuisine", mef="24122113210", mots_cles="=chef, brigade")
    OffreFactory(formation=cuisine, etablissement=lycee)
    OffreFactory(formation=cuisine, etablissement=ailleurs, hors_passpro=True, presentation="JPO le 12 mars")
    OffreFactory(formation=cuisine, etablissement=EtablissementFactory(lycee=True))
    AccueilFactory(domaine=hotel, etablissement=lycee, lieu="Bâtiment B", contact_courriel="hotel@lycee.example")
    AccueilFactory(domaine=bois, etablissement=ailleurs, modalite=Modalite.AU_CHOIX)
    FormationFactory(
        domaine=bois,
        type=Formation.Type.SECONDE_PRO_AGRICOLE,
        libelle="Forêt",
        precision="Famille",
        onisep="https://onisep.example/foret",
        presentation="Sur\ndeux lignes",
        metiers="Bûcheron",
        a_verifier="MEF",
    )
    DomaineFactory(campagne=campagne, nom="Vide", modalite=Modalite.AU_CHOIX)
    return cuisine


@pytest.mark.parametrize("ecrire", [en_csv, en_xlsx], ids=["csv", "xlsx"])
def test_l_export_se_reimporte_sans_difference(campagne, saio, lycee, ecrire):
    un_catalogue(campagne, lycee)
    octets = ecrire(Feuille("Offres", *lignes_du_catalogue(campagne)))
    plan = comparer_l_importation(deposer_le_fichier(campagne, saio, octets))
    assert (plan.nombre, plan.fautes, plan.remarques) == (0, (), ())
    assert plan.inchanges == 3 + 2 + 2 + 3


def test_l_export_garnit_a_l_identique_un_catalogue_vide(campagne, saio, lycee):
    un_catalogue(campagne, lycee)
    octets = en_xlsx(Feuille("Offres", *lignes_du_catalogue(campagne)))
    autre = CampagneFactory(annee=2028, etat="preparation", academie=campagne.academie)
    appliquer_tout(deposer_le_fichier(autre, saio, octets), saio)
    assert photo(autre) == photo(campagne)


def test_la_sauvegarde_d_avant_import_ramene_le_catalogue_d_avant(campagne, saio, lycee):
    un_catalogue(campagne, lycee)
    avant = photo(campagne)
    faite = appliquer_tout(
        deposer_le_texte(campagne, saio, "Domaine;Type;Formation;UAI\nVide;CAP;Nouveauté;" + lycee.uai), saio
    )
    assert photo(campagne) != avant
    gardee = faite.rapport["sauvegarde"]
    octets = en_xlsx(Feuille("Offres", gardee["entetes"], gardee["lignes"]))
    appliquer_tout(deposer_le_fichier(campagne, saio, octets), saio)
    assert photo(campagne) == avant


def test_le_meme_fichier_deux_fois_ne_change_rien_la_seconde(campagne, saio, lycee):
    texte = f"Domaine;Type;Formation;MEF;UAI;Modalité\nBois;1CAP2;Menuisier;2412342321;{lycee.uai};Séance collective\n"
    faite = appliquer_tout(deposer_le_texte(campagne, saio, texte), saio)
    assert (faite.rapport["ajoutes"], faite.lignes, faite.etat) == (4, [], Importation.Etat.APPLIQUEE)
    assert Accueil.objects.get().modalite == Modalite.COLLECTIF
    assert comparer_l_importation(deposer_le_texte(campagne, saio, texte)).nombre == 0


@pytest.mark.parametrize(
    ("domaine", "type_", "libelle", "mef"),
    [
        ("hotellerie restauration", "1CAP2", "CUISINE", "2412211321"),
        (" HÔTELLERIE-RESTAURATION ", "cap", "cuisine", "24122113210"),
        ("Hôtellerie-restauration", "CAP", "CAP Cuisine", "24122113211"),
    ],
)
def test_un_nom_connu_est_reconnu_sans_egard_a_son_ecriture(campagne, saio, domaine, type_, libelle, mef):
    FormationFactory(
        domaine__campagne=campagne, domaine__nom="Hôtellerie-restauration", libelle="Cuisine", mef="2412211321"
    )
    texte = f"Domaine;Type;Formation;MEF\n{domaine};{type_};{libelle};{mef}\n"
    assert comparer_l_importation(deposer_le_texte(campagne, saio, texte)).nombre == 0


def test_chaque_erreur_nomme_sa_ligne_et_son_remede(campagne, saio, lycee):
    un_catalogue(campagne, lycee)
    texte = (
        "Domaine;Type;Formation;MEF;UAI;Modalité;Hors Passpro;Courriel\n"
        "Hotelerie;CAP;Cuisine;;;;;\n"
        ";CAP;Cuisine;;;;;\n"
        "Vide;BTS;Cuisine;;;;;\n"
        "Vide;CAP;Un;12;;;;\n"
        "Vide;CAP;Deux;;0940001Z;;;\n"
        "Vide;CAP;Deux;;0949999Z;;;\n"
        f"Vide;CAP;Deux;;{lycee.uai};parfois;;\n"
        f"Vide;CAP;Deux;;{lycee.uai};;peut-être;\n"
        f"Vide;CAP;Deux;;{lycee.uai};;;pas un courriel\n"
        f"Vide;CAP;Trois;;{lycee.uai};;;\n"
        f"Vide;CAP;Trois;;{lycee.uai.lower()};;;\n"
        f"Vide;CAP;Quatre;;{lycee.uai};Séance collective;;\n"
        f"Vide;CAP;Cinq;;{lycee.uai};Entretien individuel;;\n"
    )
    importation = deposer_le_texte(campagne, saio, texte)
    dites = fautes(importation)
    assert dites[0].startswith(
        "Ligne 2 : domaine «\u00a0Hotelerie\u00a0» inconnu. Vouliez-vous dire «\u00a0Hôtellerie-restauration\u00a0»"
    )
    assert dites[1] == "Ligne 3 : le domaine manque."
    assert "type «\u00a0BTS\u00a0» inconnu" in dites[2]
    assert "10 ou 11 chiffres" in dites[3]
    assert "attendue" in dites[4] or "inconnu" in dites[4]
    assert len(dites) == 11
    with pytest.raises(Refus, match="tant qu’il reste des erreurs"):
        appliquer_tout(importation, saio)
    assert not Formation.objects.filter(libelle="Un").exists()


def test_deux_lignes_qui_se_contredisent_sont_une_erreur_qui_les_nomme_toutes_deux(campagne, saio):
    texte = "Domaine;Type;Formation;Précision\nBois;CAP;Menuisier;Fabricant\nBois;CAP;menuisier;Installateur\n"
    assert fautes(deposer_le_texte(campagne, saio, texte)) == [
        "Ligne 3 : Précision «\u00a0Installateur\u00a0» contredit la ligne 2, qui dit «\u00a0Fabricant\u00a0» "
        "pour CAP Menuisier."
    ]


@pytest.fixture
def demandee(campagne, lycee):
    """Une candidature chez un lycée, pour une formation qu'il propose."""
    accueil = AccueilFactory(
        domaine=DomaineFactory(campagne=campagne, nom="Hôtellerie-restauration"), etablissement=lycee
    )
    candidature = CandidatureFactory(accueil=accueil)
    OffreFactory(formation=candidature.formations_demandees.get().formation, etablissement=lycee)
    return candidature


def test_une_offre_demandee_ne_se_retire_pas_et_la_raison_est_dite(campagne, saio, lycee, demandee):
    formation = demandee.formations_demandees.get().formation
    OffreFactory(formation=formation, etablissement=EtablissementFactory(lycee=True))
    importation = deposer_le_texte(campagne, saio, f"Domaine;Type;Formation;UAI\nNouveau;CAP;Essai;{lycee.uai}\n")
    gardes = {fiche.libelle: fiche.attache for fiche in comparer_l_importation(importation).gardes}
    assert gardes == {
        f"{formation.intitule} – {lycee.nom_et_commune}": "1 candidature sur cette offre\u00a0: elle reste.",
        str(demandee.accueil): "1 candidature sur cet accueil\u00a0: il reste.",
        formation.intitule: "1 candidature demande cette formation\u00a0: elle reste.",
        "Hôtellerie-restauration": "Des candidatures, des séances ou des accueils en dépendent\u00a0: il reste.",
    }
    faite = appliquer_tout(importation, saio)
    assert faite.rapport["retires"] == 1
    assert Offre.objects.get(formation=formation).etablissement == lycee


def test_une_offre_demandee_ne_passe_pas_hors_passpro(campagne, saio, demandee):
    entetes, lignes = lignes_du_catalogue(campagne)
    for ligne in lignes:
        ligne[entetes.index("Hors Passpro")] = "oui"
    importation = deposer_le_fichier(campagne, saio, en_csv(Feuille("Offres", entetes, lignes)))
    assert fautes(importation) == [
        "Ligne 2 : 1 candidature sur cette offre\u00a0: elle reste. Elle ne peut pas passer hors Passpro."
    ]


def test_seuls_les_groupes_choisis_s_appliquent(campagne, saio, lycee):
    un_catalogue(campagne, lycee)
    texte = "Domaine;Type;Formation;Mots-clés\nHôtellerie-restauration;CAP;Cuisine;toque\nVide;CAP;Neuve;\n"
    importation = deposer_le_texte(campagne, saio, texte)
    faite = appliquer_tout(importation, saio, groupes=["modifications"])
    assert (faite.rapport["modifies"], faite.rapport["ajoutes"], faite.rapport["retires"]) == (1, 0, 0)
    assert faite.rapport["non_appliques"] == 2  # CAP Neuve, et 2de Forêt que le fichier ne dit plus
    cuisine = Formation.objects.get(libelle="Cuisine")
    assert (cuisine.mots_cles, "toque" in cuisine.recherche) == ("toque", True)
    assert Formation.objects.filter(libelle="Forêt").exists()
    assert not Formation.objects.filter(libelle="Neuve").exists()
    trace = Trace.objects.get(objet_type="referentiel.formation", objet_id=cuisine.pk)
    assert (trace.avant, trace.apres) == ({"mots_cles": "=chef, brigade"}, {"mots_cles": "toque"})


def test_sans_colonne_uai_les_offres_et_les_accueils_ne_bougent_pas(campagne, saio, lycee):
    un_catalogue(campagne, lycee)
    plan = comparer_l_importation(deposer_le_texte(campagne, saio, "Domaine;Type;Formation\nVide;CAP;Neuve\n"))
    assert {fiche.genre for fiche in plan.retraits} <= {"formation", "domaine"}
    assert "CAP Cuisine" in {fiche.libelle for fiche in plan.gardes}


def test_un_etat_qui_a_change_depuis_la_comparaison_refuse_l_application(campagne, saio, lycee):
    cuisine = un_catalogue(campagne, lycee)
    importation = deposer_le_texte(campagne, saio, "Domaine;Type;Formation\nVide;CAP;Neuve\n")
    montree = comparer_l_importation(importation).empreinte
    Formation.objects.filter(libelle="Forêt").delete()
    with pytest.raises(Refus, match="ont changé depuis cette comparaison"):
        appliquer(importation=importation, groupes=TOUT, empreinte=montree, par=saio, le=LE)
    importation.refresh_from_db()
    assert (importation.etat, Offre.objects.filter(formation=cuisine).count()) == (Importation.Etat.VERIFICATION, 3)


def test_un_import_fini_ne_s_applique_plus(campagne, saio, lycee):
    importation = deposer_le_texte(campagne, saio, "Domaine;Type;Formation\nVide;CAP;Neuve\n")
    abandonner(importation=importation)
    importation.refresh_from_db()
    assert (importation.etat, importation.lignes) == (Importation.Etat.ABANDONNEE, [])
    with pytest.raises(Refus, match="déjà abandonné"):
        appliquer(importation=importation, groupes=TOUT, empreinte="", par=saio, le=LE)


def test_rien_de_choisi_se_refuse(campagne, saio):
    importation = deposer_le_texte(campagne, saio, "Domaine;Type;Formation\nVide;CAP;Neuve\n")
    with pytest.raises(Refus, match="au moins un groupe"):
        appliquer_tout(importation, saio, groupes=[])


def test_un_import_oublie_perd_ses_lignes_a_son_echeance(campagne, saio):
    importation = deposer_le_texte(campagne, saio, "Domaine;Type;Formation\nVide;CAP;Neuve\n")
    assert purger_les_importations_perimees(le=LE) == 0
    assert purger_les_importations_perimees(le=importation.expire_le) == 1
    importation.refresh_from_db()
    assert (importation.etat, importation.lignes) == (Importation.Etat.ABANDONNEE, [])


def test_le_catalogue_d_une_campagne_close_ne_s_importe_pas(saio):
    close = CampagneFactory(etat="close")
    with pytest.raises(Refus, match="close"):
        deposer_le_texte(close, saio, "Domaine;Type;Formation\nVide;CAP;Neuve\n")


@pytest.mark.parametrize(
    ("texte", "phrase"),
    [
        ("Domaine;Type\nVide;CAP\n", "Il manque la colonne «\u00a0Formation\u00a0»"),
        ("Nom;Classe\na;b\n", "Il manque les colonnes"),
        ("Domaine;Type;Formation;type\nVide;CAP;a;b\n", "figure deux fois"),
    ],
)
def test_une_colonne_qui_manque_ou_se_repete_est_dite(campagne, saio, texte, phrase):
    with pytest.raises(Refus, match=phrase):
        deposer_le_texte(campagne, saio, texte)


def test_une_formation_qui_ressemble_a_une_autre_est_remarquee(campagne, saio, lycee):
    un_catalogue(campagne, lycee)
    plan = comparer_l_importation(
        deposer_le_texte(campagne, saio, "Domaine;Type;Formation\nHôtellerie-restauration;CAP;Cuisne\n")
    )
    assert "Elle ressemble à «\u00a0Cuisine\u00a0»" in plan.remarques[0]


@pytest.mark.parametrize("nombre", [3, 300])
def test_comparer_coute_le_meme_nombre_de_requetes_quel_que_soit_le_nombre_de_lignes(
    campagne, saio, lycee, nombre, django_assert_max_num_queries
):
    un_catalogue(campagne, lycee)
    lignes = "".join(f"Vide;CAP;Formation {rang};{lycee.uai}\n" for rang in range(nombre))
    importation = deposer_le_texte(campagne, saio, "Domaine;Type;Formation;UAI\n" + lignes)
    with django_assert_max_num_queries(9):
        assert len(comparer_l_importation(importation).ajouts) == 2 * nombre + 1
