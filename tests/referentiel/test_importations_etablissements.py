"""Importer les établissements : annuaire, liste de l'académie, UAI des SEP (R9, R10)."""

from datetime import datetime

import pytest

from comptes.models import Trace
from referentiel import prereglages
from referentiel.models import AliasUai, Etablissement, Importation
from referentiel.rules.dates import PARIS
from referentiel.services import charger_etablissements, charger_les_academies
from referentiel.services.importations import appliquer, comparer_l_importation, deposer
from referentiel.tableurs.lecture import lire, lire_le_texte
from tests.factories.referentiel import PersonneFactory
from tests.referentiel.classeurs_d_essai import xlsx

LE = datetime(2027, 3, 15, 10, 0, tzinfo=PARIS)
# Quelques colonnes de l'annuaire de l'éducation, dans leur ordre et sous leurs noms.
ANNUAIRE = (
    "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;Adresse_1;Adresse_2;"
    "Code_postal;Code_commune;Nom_commune;Code_departement;Telephone;Mail;SIREN_SIRET;Type_contrat_prive;"
    "Libelle_academie;latitude;longitude;etat;libelle_nature;etablissement_mere\n"
)
LIGNES_DE_L_ANNUAIRE = (
    "0770934X;Lycée polyvalent Léonard de Vinci;Lycée;Public;2 bis rue Edouard Branly;;77000;77288;Melun;77;"
    "160566060;CE.0770934X@creteil.example;1,97709E+13;SANS OBJET;Créteil;48.55108679994959;2.659903143940967;OUVERT;"
    "LYCEE POLYVALENT;\n"
    "0770935Y;SEP du Lycée Léonard de Vinci;Lycée;Public;;;77000;77288;Melun;77;;;;;Créteil;;;OUVERT;"
    "SECTION ENSEIGNT PROFESSIONNEL;0770934X\n"
    "0750387N;Collège Béranger;Collège;Public;5 rue Béranger;;75003;75103;Paris;75;;;;;Paris;;;OUVERT;COLLEGE;\n"
    "0010001W;Collège du Lac;Collège;Public;;;1000;01053;Bourg;1;;;;;Lyon;;;OUVERT;COLLEGE;\n"
    "0770001H;École des Lilas;Ecole;Public;;;77000;77288;Melun;77;;;;;Créteil;;;OUVERT;ECOLE;\n"
)
LISTE = "uai,nom,type,secteur,contrat,adresse,code_postal,commune,code_departement,academie,latitude,longitude\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def creteil():
    return charger_les_academies()["creteil"]


@pytest.fixture
def saio():
    return PersonneFactory()


def deposer_le_tableau(academie, par, tableau):
    return deposer(
        nature=Importation.Nature.ETABLISSEMENTS,
        academie=academie,
        campagne=None,
        tableau=tableau,
        nom_du_fichier="liste.csv",
        par=par,
        le=LE,
    )


def deposer_le_texte(academie, par, texte):
    return deposer_le_tableau(academie, par, lire_le_texte(texte))


def appliquer_tout(importation, par):
    plan = comparer_l_importation(importation)
    groupes = ["ajouts", "modifications", "retraits"]
    return appliquer(importation=importation, groupes=groupes, empreinte=plan.empreinte, par=par, le=LE)


def liste_des_livres(academie):
    """Les établissements livrés, dans les colonnes d'une liste d'académie : capitales et apostrophes droites."""
    lignes = [
        (
            ligne["uai"], ligne["nom"].replace("’", "'"), ligne["type"], ligne["secteur"], ligne.get("contrat", ""),
            ligne.get("adresse", "").upper(), ligne["code_postal"].lstrip("0"), ligne["commune"],
            ligne["departement"].lstrip("0"), academie, ligne["latitude"] + 0.000004, ligne["longitude"],
        )
        for ligne in prereglages.etablissements(academie)
    ]  # fmt: skip
    return lire(xlsx(LISTE.strip().split(","), *lignes))


@pytest.mark.parametrize(("academie", "nombre"), [("creteil", 325), ("paris", 30), ("versailles", 66)])
def test_tous_les_etablissements_livres_s_importent_et_se_reimportent_sans_difference(saio, academie, nombre):
    chez_eux = charger_les_academies()[academie]
    faite = appliquer_tout(deposer_le_tableau(chez_eux, saio, liste_des_livres(academie)), saio)
    assert faite.rapport["ajoutes"] == nombre
    assert {e.uai: e.departement for e in chez_eux.etablissements.all()} == {
        ligne["uai"]: ligne["departement"] for ligne in prereglages.etablissements(academie)
    }
    plan = comparer_l_importation(deposer_le_tableau(chez_eux, saio, liste_des_livres(academie)))
    assert (plan.nombre, plan.inchanges, plan.fautes) == (0, nombre, ())


def test_une_liste_moins_soignee_ne_degrade_pas_ce_qui_est_connu(creteil, saio):
    charger_etablissements(academie=creteil, lignes=prereglages.etablissements("creteil"), par=None, le=LE)
    plan = comparer_l_importation(deposer_le_tableau(creteil, saio, liste_des_livres("creteil")))
    assert (plan.nombre, plan.inchanges) == (0, 325)


def test_les_soixante_seize_sep_livrees_s_importent_par_leur_propre_liste(creteil, saio):
    livres = prereglages.etablissements("creteil")
    charger_etablissements(
        academie=creteil, lignes=[{c: v for c, v in ligne.items() if c != "sep"} for ligne in livres], par=None, le=LE
    )
    seps = [(ligne["sep"], ligne["uai"], "Autre nom", "Autre ville") for ligne in livres if "sep" in ligne]
    tableau = lire(xlsx(("uai_sep", "uai_lycee_porteur", "nom_lycee", "commune"), *seps))
    faite = appliquer_tout(deposer_le_tableau(creteil, saio, tableau), saio)
    assert faite.rapport["ajoutes"] == len(seps) == AliasUai.objects.count() == 76
    assert not Etablissement.objects.filter(commune="Autre ville").exists()
    assert comparer_l_importation(deposer_le_tableau(creteil, saio, tableau)).nombre == 0


@pytest.mark.parametrize("encodage", ["utf-8-sig", "cp1252"])
def test_l_annuaire_de_l_education_se_lit_avec_ses_defauts(creteil, saio, encodage):
    importation = deposer_le_tableau(creteil, saio, lire((ANNUAIRE + LIGNES_DE_L_ANNUAIRE).encode(encodage)))
    plan = comparer_l_importation(importation)
    assert plan.fautes == ()
    assert plan.remarques == (
        "2 établissements d’autres académies, laissés de côté.",
        "1 établissement fermé ou sans élève de 3e, laissé de côté.",
    )
    appliquer_tout(importation, saio)
    lycee = Etablissement.objects.get()
    assert (lycee.uai, lycee.type, lycee.departement, lycee.code_postal) == ("0770934X", "LPO", "077", "77000")
    assert (lycee.telephone, lycee.messagerie, lycee.contrat) == ("01 60 56 60 60", "ce.0770934x@creteil.example", "")
    assert (lycee.latitude, lycee.longitude) == (48.55109, 2.6599)
    assert AliasUai.objects.get().etablissement == lycee


def test_un_alias_ne_modifie_rien_et_c_est_dit(creteil, saio):
    charger_etablissements(academie=creteil, lignes=prereglages.etablissements("creteil"), par=None, le=LE)
    plan = comparer_l_importation(deposer_le_texte(creteil, saio, "UAI;Nom\n0770935Y;Autre nom\n"))
    assert plan.nombre == 0
    assert plan.remarques == (
        "Ligne 2\u00a0: 0770935Y est un autre code de Lycée polyvalent Léonard de Vinci, Melun (0770934X). "
        "Rien n’est modifié.",
    )


def test_une_case_vide_ne_change_rien_et_un_absent_reste(creteil, saio):
    charger_etablissements(academie=creteil, lignes=prereglages.etablissements("creteil"), par=None, le=LE)
    importation = deposer_le_texte(creteil, saio, "UAI;Nom;Téléphone;Messagerie\n0770934x;;0160566060;\n")
    appliquer_tout(importation, saio)
    lycee = Etablissement.objects.get(uai="0770934X")
    assert (lycee.nom, lycee.telephone) == ("Lycée polyvalent Léonard de Vinci", "01 60 56 60 60")
    assert lycee.messagerie == "ce.0770934x@creteil.example"
    assert Etablissement.objects.count() == 325
    trace = Trace.objects.get(
        objet_type="referentiel.etablissement", objet_id=lycee.pk, fait="modification", auteur=saio
    )
    assert (trace.avant, trace.apres) == ({"telephone": ""}, {"telephone": "01 60 56 60 60"})


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("UAI;Nom\n0770934A;Lycée\n", "Ligne 2 : UAI «\u00a00770934A\u00a0». La lettre du code UAI ne correspond pas"),
        ("UAI;Nom\n12;Lycée\n", "Ligne 2 : UAI «\u00a012\u00a0». Un code UAI compte 7 chiffres"),
        ("UAI;Nom\n0770934X;Lycée\n", "Ligne 2 : 0770934X est nouveau, et il manque\u00a0: type, commune."),
        (
            "UAI;Nom;Type;Commune\n0770934X;Lycée;LP;Melun\n0770934 x;Lycée;LP;Melun\n",
            "Ligne 3 : l’établissement 0770934X figure déjà ligne 2.",
        ),
        (
            "UAI;Nom;Type;Commune;Messagerie\n0770934X;Lycée;LP;Melun;ce.arobase\n",
            "Ligne 2 : Messagerie «\u00a0ce.arobase\u00a0»\u00a0: ",
        ),
        ("uai_sep;uai_lycee_porteur\n0770935Y;0770934X\n", "Ligne 2 : l’établissement 0770934X est inconnu."),
        ("uai_sep;uai_lycee_porteur\n12;0770934X\n", "Ligne 2 : UAI de SEP «\u00a012\u00a0»."),
    ],
)
def test_chaque_erreur_nomme_sa_ligne(creteil, saio, texte, attendu):
    (faute,) = comparer_l_importation(deposer_le_texte(creteil, saio, texte)).fautes
    assert f"Ligne {faute.ligne} : {faute.phrase}".startswith(attendu)


@pytest.mark.parametrize("nombre", [5, 325])
def test_comparer_coute_le_meme_nombre_de_requetes(creteil, saio, nombre, django_assert_num_queries):
    livres = prereglages.etablissements("creteil")[:nombre]
    charger_etablissements(academie=creteil, lignes=livres, par=None, le=LE)
    importation = deposer_le_tableau(creteil, saio, liste_des_livres("creteil"))
    with django_assert_num_queries(3):
        comparer_l_importation(importation)
