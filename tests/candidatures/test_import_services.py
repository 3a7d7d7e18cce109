"""L'import d'élèves, du fichier à la base : ce qui est gardé, ajouté, changé, refusé, annulé (R13)."""

import json
from datetime import date, timedelta

import pytest

from candidatures.models import Classe, Eleve
from candidatures.services import ajouter_un_eleve, imports
from comptes.models import Trace
from referentiel.models import AliasUai
from referentiel.models.travaux import Importation
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.tableurs.lecture import FichierRefuse
from tests.factories.candidatures import EleveFactory
from tests.factories.imports import (
    ELEVES_COMPLETE,
    EXTRACTION_PERSONNALISEE,
    INE,
    PRONOTE,
    TITRES,
    des_eleves,
    eleve_xml,
    en_classeur,
    en_csv,
    en_zip,
    ine_invente,
    ligne_complete,
    siecle_xml,
)
from tests.factories.inscriptions import APRES_LA_CAMPAGNE, une_saisie

pytestmark = pytest.mark.django_db
DIALLO = ["DIALLO", "Yanis", "14/05/2012", INE, "3B"]
SANTOS = ["SANTOS", "Eva", "02/01/2012", "", "3A"]


def deposer(monde, contenu, nom="eleves.csv"):
    return imports.deposer_un_fichier(
        etablissement=monde.college, campagne=monde.campagne, contenu=contenu, nom=nom, par=monde.chef, le=monde.le
    )


def verifie(monde, *lignes, titres=TITRES):
    """Un import prêt à appliquer, colonnes choisies."""
    importation = deposer(monde, en_csv(titres, lignes))
    if importation.etat == Importation.Etat.COLONNES:
        importation = imports.choisir_les_colonnes(
            importation=importation, correspondance=importation.correspondance, le=monde.le
        )
    return importation


def plan(monde, importation, **options):
    return imports.plan_de_l_import(importation=importation, campagne=monde.campagne, **options)


def appliquer(monde, importation, **options):
    options.setdefault("empreinte", plan(monde, importation).empreinte)
    return imports.appliquer_l_import(
        importation=importation, campagne=monde.campagne, par=monde.chef, le=monde.le, **options
    )


def importer(monde, *lignes, **options):
    return appliquer(monde, verifie(monde, *lignes), **options)


def annuler(monde, importation):
    return imports.annuler_l_import(importation=importation, campagne=monde.campagne, par=monde.chef, le=monde.le)


# Ce qui est gardé


def test_une_extraction_de_siecle_ne_laisse_rien_d_inutile_en_base(monde):
    lignes = [ligne_complete(ine=INE, libelle_mef="3EME"), ligne_complete(nom="SANTOS", naissance="40998")]
    importation = deposer(monde, en_csv(ELEVES_COMPLETE, lignes, encodage="iso-8859-15"))
    assert importation.etat == Importation.Etat.COLONNES
    assert "secret" not in json.dumps(importation.lignes)
    assert importation.correspondance.keys() >= {"nom", "prenom", "naissance", "ine", "classe", "libelle_mef"}
    verifiee = imports.choisir_les_colonnes(
        importation=importation, correspondance=importation.correspondance, le=monde.le
    )
    assert [ligne.eleve.date_de_naissance for ligne in plan(monde, verifiee).ajouts] == [
        date(2012, 5, 14),
        date(2012, 3, 30),
    ]


def test_une_colonne_inconnue_n_attend_que_si_une_donnee_manque_puis_s_oublie(monde):
    titres = ["Nom", "Prénom", "Né(e) le", "Truc", "Nationalité"]
    importation = deposer(monde, en_csv(titres, [["DIALLO", "Yanis", "14/05/2012", "3B", "secret"]]))
    assert importation.lignes == [[2, {"0": "DIALLO", "1": "Yanis", "2": "14/05/2012", "3": "3B"}]]
    choix = {**importation.correspondance, "classe": 3}
    choisie = imports.choisir_les_colonnes(importation=importation, correspondance=choix, le=monde.le)
    assert choisie.etat == Importation.Etat.VERIFICATION
    complete = deposer(monde, en_csv([*TITRES, "Truc"], [[*DIALLO, "secret"]]))
    assert "secret" not in json.dumps(complete.lignes)


def test_des_colonnes_qui_ne_vont_pas_se_disent(monde):
    importation = deposer(monde, en_csv(["Nom", "Prénom", "Né(e) le", "Truc"], [["A", "B", "14/05/2012", "3B"]]))
    with pytest.raises(Refus, match="Choisissez une colonne pour «\u00a0Classe\u00a0»"):
        imports.choisir_les_colonnes(importation=importation, correspondance=importation.correspondance, le=monde.le)
    with pytest.raises(Refus, match="La colonne «\u00a0Nom\u00a0» est utilisée deux fois"):
        imports.choisir_les_colonnes(
            importation=importation, correspondance={**importation.correspondance, "classe": 0}, le=monde.le
        )


def test_les_colonnes_choisies_servent_au_fichier_suivant_de_meme_forme(monde):
    titres = ["Nom", "Prénom", "Né(e) le", "Truc"]
    premier = deposer(monde, en_csv(titres, [["DIALLO", "Yanis", "14/05/2012", "3B"]]))
    imports.choisir_les_colonnes(
        importation=premier, correspondance={**premier.correspondance, "classe": 3}, le=monde.le
    )
    appliquer(monde, Importation.objects.get(pk=premier.pk))
    suivant = deposer(monde, en_csv(titres, [["SANTOS", "Eva", "14/05/2012", "3A"]]))
    assert suivant.etat == Importation.Etat.VERIFICATION
    assert suivant.correspondance["classe"] == 3


def test_une_ligne_d_eleve_a_la_place_des_titres_est_lue_comme_les_autres(monde):
    colle = "\t".join(DIALLO) + "\n" + "\t".join(SANTOS)
    importation = imports.deposer_des_cellules(
        etablissement=monde.college, campagne=monde.campagne, texte=colle, par=monde.chef, le=monde.le
    )
    assert importation.entetes == ["Colonne A", "Colonne B", "Colonne C", "Colonne D", "Colonne E"]
    assert [cases["0"] for _, cases in importation.lignes] == ["DIALLO", "SANTOS"]
    choix = {"nom": 0, "prenom": 1, "naissance": 2, "ine": 3, "classe": 4}
    imports.choisir_les_colonnes(importation=importation, correspondance=choix, le=monde.le)
    assert len(plan(monde, Importation.objects.get()).ajouts) == 2


def test_un_nouveau_depot_efface_le_brouillon_de_la_meme_personne(monde):
    premier = verifie(monde, DIALLO)
    deposer(monde, en_csv(TITRES, [SANTOS]))
    premier.refresh_from_db()
    assert (premier.etat, premier.lignes) == (Importation.Etat.ABANDONNEE, [])


# Ce que disent les fichiers


def test_un_export_xml_de_siecle_va_droit_a_la_verification(monde):
    xml = siecle_xml(
        monde.college.uai.lower(),
        [
            eleve_xml(1, NOM_DE_FAMILLE="LEBŒUF", PRENOM="Zoé"),
            eleve_xml(2, DATE_SORTIE="12/01/2027"),
            eleve_xml(3, CODE_MEF="10010012110", CODE_STRUCTURE="6A"),
            eleve_xml(4, ID_NATIONAL="", CODE_STRUCTURE=""),
        ],
    )
    importation = deposer(monde, en_zip(xml), "ExportXML_ElevesSansAdresses.zip")
    assert importation.etat == Importation.Etat.VERIFICATION
    assert "secret" not in json.dumps(importation.lignes)
    lu = plan(monde, importation)
    assert [(ligne.eleve.nom, ligne.eleve.prenom, ligne.eleve.classe) for ligne in lu.ajouts] == [
        ("LEBŒUF", "Zoé", "3B")
    ]
    assert lu.ajouts[0].eleve.mef == "10310019110"
    assert lu.ecartes == {"partis": 1, "6e": 1}
    assert [(erreur.numero, erreur.probleme) for erreur in lu.erreurs] == [(4, "Classe manquante")]


def test_l_export_d_un_autre_etablissement_est_refuse_celui_d_un_alias_accepte(monde):
    with pytest.raises(FichierRefuse, match="celui de l’établissement 0940126B"):
        deposer(monde, siecle_xml("0940126B", [eleve_xml()]))
    AliasUai.objects.create(etablissement=monde.college, uai="0940126B")
    assert deposer(monde, siecle_xml("0940126B", [eleve_xml()])).lignes


def test_une_liste_de_pronote_avec_le_nom_dans_une_seule_case(monde):
    lignes = [["DE LA TOUR Jean-Marc", "14/05/2012", "", "3e B", ""], ["d'ALMEIDA Inès", "02/01/2012", "", "3e A", ""]]
    importation = deposer(monde, en_csv(PRONOTE, lignes, separateur="\t", encodage="cp1252"))
    imports.choisir_les_colonnes(importation=importation, correspondance=importation.correspondance, le=monde.le)
    appliquer(monde, Importation.objects.get())
    assert list(Eleve.objects.order_by("nom").values_list("nom", "prenom")) == [
        ("DE LA TOUR", "Jean-Marc"),
        ("d'ALMEIDA", "Inès"),
    ]


def test_une_extraction_personnalisee_se_lit_sans_les_parents(monde):
    lignes = [["DIALLO", "Yanis", "14/05/2012", "3B", *["secret"] * 6]]
    importation = deposer(monde, en_csv(EXTRACTION_PERSONNALISEE, lignes, encodage="utf-8-sig"))
    assert importation.lignes == [[2, {"0": "DIALLO", "1": "Yanis", "2": "14/05/2012", "3": "3B"}]]


def test_un_classeur_donne_ses_dates_telles_quelles(monde):
    importation = deposer(monde, en_classeur(TITRES, [["DIALLO", "Yanis", date(2012, 5, 14), INE, "3B"]]), "x.xlsx")
    imports.choisir_les_colonnes(importation=importation, correspondance=importation.correspondance, le=monde.le)
    assert plan(monde, Importation.objects.get()).ajouts[0].eleve.date_de_naissance == date(2012, 5, 14)


# Appliquer


def test_appliquer_ajoute_les_eleves_et_efface_les_lignes(monde):
    importation = importer(monde, DIALLO, SANTOS)
    importation.refresh_from_db()
    assert (importation.etat, importation.lignes) == (Importation.Etat.APPLIQUEE, [])
    assert "DIALLO" not in json.dumps(importation.rapport)
    assert importation.rapport["classes"] == ["3A", "3B"]
    eleve = Eleve.objects.get(ine=INE)
    assert (eleve.nom, eleve.cle, eleve.classe, eleve.niveau) == ("DIALLO", "diallo yanis", "3B", "3e")
    trace = Trace.objects.de(eleve).get()
    assert (trace.fait, trace.avant, trace.apres["date_de_naissance"]) == ("import", {}, "2012-05-14")


def test_le_meme_fichier_deux_fois_ne_change_rien_la_seconde(monde, django_assert_num_queries):
    importer(monde, DIALLO, SANTOS)
    avant = list(Eleve.objects.order_by("pk").values())
    second = importer(monde, DIALLO, SANTOS)
    assert list(Eleve.objects.order_by("pk").values()) == avant
    assert Trace.objects.count() == 2
    assert (second.rapport["ajoutes"], second.rapport["mis_a_jour"], second.rapport["inchanges"]) == (0, 0, 2)


def test_une_mise_a_jour_dit_avant_et_apres_et_garde_la_personne_referente(monde):
    eleve = monde.eleve(nom="Diallo", ine=INE)
    lu = plan(monde, verifie(monde, DIALLO))
    assert [maj.changements for maj in lu.mises_a_jour] == [(("classe", "3e B", "3B"),)]
    importer(monde, DIALLO)
    eleve.refresh_from_db()
    assert (eleve.nom, eleve.classe, eleve.referent_nom) == ("Diallo", "3B", "Mme Petit")
    trace = Trace.objects.de(eleve).get()
    assert (trace.avant, trace.apres) == ({"classe": "3e B"}, {"classe": "3B"})


def test_un_eleve_sans_ine_est_reconnu_et_recoit_le_sien(monde):
    eleve = monde.eleve(nom="Diallo", classe="3B")
    importer(monde, DIALLO)
    eleve.refresh_from_db()
    assert eleve.ine == INE
    assert Eleve.objects.count() == 1


def test_un_nouvel_eleve_recoit_la_personne_referente_de_sa_classe(monde):
    Classe.objects.create(
        campagne=monde.campagne,
        etablissement=monde.college,
        nom="3B",
        referent_nom="M. Sow",
        referent_courriel="sow@creteil.example",
    )
    importer(monde, DIALLO, SANTOS)
    assert list(Eleve.objects.order_by("nom").values_list("referent_nom", flat=True)) == ["M. Sow", ""]


def test_rien_n_est_importe_tant_qu_il_reste_une_erreur_sauf_a_l_ignorer(monde):
    importation = verifie(monde, DIALLO, ["PETIT", "?", "02/01/2012", "", "3A"])
    with pytest.raises(Refus, match="Une ligne est en erreur"):
        appliquer(monde, importation)
    assert not Eleve.objects.exists()
    appliquee = appliquer(monde, importation, ignorer_les_erreurs=True)
    assert (appliquee.rapport["ajoutes"], appliquee.rapport["ignores"]) == (1, 1)


def test_un_ine_inscrit_ailleurs_est_dit_sans_dire_ou(monde):
    ailleurs = EleveFactory(campagne=monde.campagne, ine=INE)
    [erreur] = plan(monde, verifie(monde, DIALLO)).erreurs
    assert erreur.probleme == "Élève inscrit dans un autre établissement de l’académie"
    assert erreur.ailleurs == INE
    assert ailleurs.etablissement.nom not in f"{erreur.probleme}{erreur.remede}"


def test_un_homonyme_d_un_autre_ine_demande_confirmation(monde):
    monde.eleve(nom="Diallo", ine=ine_invente(7), classe="3B")
    importation = verifie(monde, DIALLO)
    [erreur] = plan(monde, importation).erreurs
    assert erreur.confirmable
    with pytest.raises(Refus):
        appliquer(monde, importation)
    appliquer(monde, importation, confirmes=[2])
    assert Eleve.objects.filter(cle="diallo yanis").count() == 2
    assert importer(monde, DIALLO).rapport["inchanges"] == 1


def test_ce_qui_a_change_depuis_l_affichage_se_revoit_avant_d_importer(monde):
    importation = verifie(monde, DIALLO)
    montree = plan(monde, importation).empreinte
    ajouter_un_eleve(
        etablissement=monde.college,
        campagne=monde.campagne,
        saisie=une_saisie(ine=INE),
        par=monde.chef,
        le=monde.le,
    )
    with pytest.raises(Refus, match="Vérifiez de nouveau"):
        appliquer(monde, importation, empreinte=montree)
    assert Eleve.objects.get().classe == "3e B"


def test_un_double_clic_n_a_qu_un_effet(monde):
    importation = verifie(monde, DIALLO)
    empreinte = plan(monde, importation).empreinte
    appliquer(monde, importation, empreinte=empreinte)
    assert appliquer(monde, importation, empreinte=empreinte).rapport["ajoutes"] == 1
    assert Eleve.objects.count() == 1


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_lignes(monde, django_assert_max_num_queries):
    importation = deposer(monde, en_classeur(TITRES, des_eleves(200)), "x.xlsx")
    imports.choisir_les_colonnes(importation=importation, correspondance=importation.correspondance, le=monde.le)
    importation.refresh_from_db()
    empreinte = plan(monde, importation).empreinte
    with django_assert_max_num_queries(16):
        appliquer(monde, importation, empreinte=empreinte)
    assert Eleve.objects.count() == 200


def test_le_calendrier_ferme_chaque_etape(monde):
    importation = verifie(monde, DIALLO)
    empreinte = plan(monde, importation).empreinte
    applique = importer(monde, SANTOS)
    Importation.objects.update(etat=Importation.Etat.VERIFICATION, expire_le=APRES_LA_CAMPAGNE + timedelta(days=1))
    monde.le = APRES_LA_CAMPAGNE
    for geste in (
        lambda: deposer(monde, en_csv(TITRES, [DIALLO])),
        lambda: appliquer(monde, importation, empreinte=empreinte),
        lambda: annuler(monde, applique),
    ):
        with pytest.raises(PeriodeClose):
            geste()
    assert Eleve.objects.get().nom == "SANTOS"


def test_un_import_expire_ne_s_applique_plus(monde):
    importation = verifie(monde, DIALLO)
    empreinte = plan(monde, importation).empreinte
    monde.le += timedelta(days=2)
    with pytest.raises(Refus, match="expiré"):
        appliquer(monde, importation, empreinte=empreinte)


# Annuler


def test_annuler_retire_les_ajouts_et_rend_les_valeurs_d_avant(monde):
    eleve = monde.eleve(nom="Diallo", classe="3B", date_de_naissance=date(2012, 5, 13), ine=INE)
    importation = importer(monde, DIALLO, SANTOS)
    eleve.refresh_from_db()
    assert eleve.date_de_naissance == date(2012, 5, 14)
    annuler(monde, importation)
    eleve.refresh_from_db()
    assert (eleve.date_de_naissance, eleve.referent_nom) == (date(2012, 5, 13), "Mme Petit")
    assert list(Eleve.objects.all()) == [eleve]
    assert {trace.fait for trace in Trace.objects.all()} == {"import", "import_annule"}
    annuler(monde, importation)
    assert Trace.objects.filter(fait="import_annule").count() == 2


def test_annuler_laisse_ce_que_quelqu_un_a_change_depuis(monde):
    eleve = monde.eleve(nom="Diallo", ine=INE)
    importation = importer(monde, DIALLO)
    Eleve.objects.filter(pk=eleve.pk).update(classe="3C")
    annuler(monde, importation)
    eleve.refresh_from_db()
    assert eleve.classe == "3C"


def test_un_import_dont_un_eleve_est_inscrit_ne_s_annule_plus(monde):
    importation = importer(monde, DIALLO)
    monde.inscrit(Eleve.objects.get())
    with pytest.raises(Refus, match="ont déjà une candidature"):
        annuler(monde, importation)
    assert Eleve.objects.count() == 1


def test_abandonner_efface_les_lignes_sans_toucher_aux_eleves(monde):
    importation = verifie(monde, DIALLO)
    imports.abandonner_l_import(importation=importation, le=monde.le)
    importation.refresh_from_db()
    assert (importation.etat, importation.lignes) == (Importation.Etat.ABANDONNEE, [])
    assert not Eleve.objects.exists()
