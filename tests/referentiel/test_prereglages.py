"""Les préréglages, comparés à une table écrite à part ; le catalogue, les établissements, les vacances (R2, R6, R7)."""

from datetime import date

import pytest

from referentiel.models import Formation
from referentiel.prereglages import (
    catalogue,
    etablissements,
    mots_a_rappeler,
    noms_des_prereglages,
    prereglage,
    transposer,
    vacances,
)
from referentiel.rules.calendrier import Bornes, Calendrier, Nature, incoherences
from referentiel.rules.identifiants import pourquoi_pas_un_uai
from referentiel.rules.jeu import Affichage, Avis, Lettre, Niveau, Resultat, couples_attendus, defauts_de_matrice
from referentiel.rules.mots import mots_ecartes

AVIS = {
    "F": Avis.FAVORABLE,
    "AF": Avis.ASSEZ_FAVORABLE,
    "R": Avis.RESERVE,
    "NSP": Avis.NE_SE_PRONONCE_PAS,
    "absent": Avis.ABSENT,
}
RESULTATS = {
    "TF": Resultat.TRES_FAVORABLE,
    "F": Resultat.FAVORABLE,
    "AF": Resultat.ASSEZ_FAVORABLE,
    "PF": Resultat.PEU_FAVORABLE,
    "R": Resultat.RESERVE,
    "inc": Resultat.INCOMPLET,
}

# En ligne l'avis d'origine, en colonne celui d'accueil.
CRETEIL = """
            F     AF    R     NSP   absent
    F       TF    F     AF    F     inc
    AF      F     AF    PF    AF    inc
    R       AF    PF    R     R     inc
    absent  inc   inc   inc   inc   inc
"""
PARIS = """
            F        R     absent
    F       F:2500   R:0   inc
    AF      F:2500   R:0   inc
    R       F:2500   R:0   inc
    absent  F:2500   R:0   inc
"""


def lire(table: str) -> dict[tuple[Avis, Avis], tuple[Resultat, int | None]]:
    entete, *lignes = [ligne.split() for ligne in table.strip().splitlines()]
    croisements = {}
    for origine, *cases in lignes:
        for accueil, case in zip(entete, cases, strict=True):
            resultat, _, points = case.partition(":")
            croisements[AVIS[origine], AVIS[accueil]] = (RESULTATS[resultat], int(points) if points else None)
    return croisements


TABLES = {"creteil-2017": CRETEIL, "creteil-2020": CRETEIL, "creteil-2025": CRETEIL, "paris-2022": PARIS}


@pytest.mark.parametrize("cle", TABLES)
def test_chaque_croisement_donne_ce_que_dit_le_document(cle):
    cases = prereglage(cle).matrice
    assert {(case.origine, case.accueil): (case.resultat, case.points) for case in cases} == lire(TABLES[cle])
    assert len(cases) == len(lire(TABLES[cle]))


@pytest.mark.parametrize("cle", TABLES)
def test_chaque_matrice_est_totale_pour_ses_echelles(cle):
    regles = prereglage(cle).regles
    attendus = couples_attendus(
        map(Avis, regles["echelle_origine"]),
        map(Avis, regles["echelle_accueil"]),
        ne_se_prononce_pas=regles["ne_se_prononce_pas"],
    )
    assert defauts_de_matrice(prereglage(cle).matrice, attendus) == []


def test_les_quatre_prereglages_sont_la():
    assert set(noms_des_prereglages()) == set(TABLES)
    with pytest.raises(KeyError):
        prereglage("../catalogue")


@pytest.mark.parametrize(
    ("cle", "affichage", "lettre", "upe2a_lycee"),
    [
        ("creteil-2017", Affichage.AVEC_BONUS, Lettre.OBLIGATOIRE, True),
        ("creteil-2020", Affichage.INDICATIF, Lettre.FACULTATIVE, False),
        ("creteil-2025", Affichage.INDICATIF, Lettre.FACULTATIVE, False),
        ("paris-2022", Affichage.AVEC_BONUS, Lettre.OBLIGATOIRE, False),
    ],
)
def test_les_regles_sont_celles_des_documents(cle, affichage, lettre, upe2a_lycee):
    regles = prereglage(cle).regles
    assert regles["affichage"] == affichage
    assert regles["lettre"] == lettre
    assert (Niveau.UPE2A_LYCEE in regles["niveaux_admis"]) is upe2a_lycee
    assert Niveau.LYCEE not in regles["niveaux_admis"]


def test_le_calendrier_de_2017():
    assert prereglage("creteil-2017").calendrier.periodes == {
        Nature.INFORMATION: Bornes(None, date(2017, 1, 29)),
        Nature.INSCRIPTION: Bornes(date(2017, 1, 30), date(2017, 5, 5)),
        Nature.PLANIFICATION: Bornes(date(2017, 2, 20), date(2017, 5, 16)),
        Nature.ENTRETIENS: Bornes(date(2017, 2, 20), date(2017, 5, 16)),
        Nature.SAISIE_AVIS_ACCUEIL: Bornes(date(2017, 2, 20), date(2017, 5, 19)),
        Nature.VISUALISATION: Bornes(date(2017, 5, 9), date(2017, 5, 19)),
        Nature.VOEUX_AFFELNET: Bornes(date(2017, 5, 9), date(2017, 5, 19)),
        Nature.FERMETURE: Bornes(None, date(2017, 5, 19)),
    }


def test_le_calendrier_de_2020():
    assert prereglage("creteil-2020").calendrier.periodes == {
        Nature.INFORMATION: Bornes(date(2020, 1, 27), None),
        Nature.INSCRIPTION: Bornes(date(2020, 1, 27), date(2020, 4, 30)),
        Nature.PLANIFICATION: Bornes(date(2020, 1, 27), date(2020, 4, 30)),
        Nature.CONVOCATIONS: Bornes(None, date(2020, 5, 15)),
        Nature.ENTRETIENS: Bornes(date(2020, 1, 27), date(2020, 5, 18)),
        Nature.SAISIE_AVIS_ACCUEIL: Bornes(date(2020, 1, 27), date(2020, 5, 25)),
        Nature.VISUALISATION: Bornes(date(2020, 1, 27), date(2020, 5, 25)),
        Nature.FERMETURE: Bornes(None, date(2020, 5, 25)),
    }


@pytest.mark.parametrize("cle", TABLES)
def test_aucun_calendrier_ne_se_contredit_meme_porte_a_une_autre_annee(cle):
    assert incoherences(prereglage(cle).calendrier) == []
    assert incoherences(prereglage(cle).calendrier_de(2028)) == []


def test_un_29_fevrier_se_porte_au_28():
    bissextile = Calendrier({Nature.INSCRIPTION: Bornes(date(2023, 12, 1), date(2024, 2, 29))})
    porte = transposer(bissextile, 2027).periodes[Nature.INSCRIPTION]
    assert porte == Bornes(date(2026, 12, 1), date(2027, 2, 28))


def test_le_catalogue_compte_29_domaines_et_57_formations():
    domaines = catalogue()
    formations = [(domaine["nom"], f["type"], f["libelle"]) for domaine in domaines for f in domaine["formations"]]
    assert len({domaine["nom"] for domaine in domaines}) == 29
    assert len(formations) == len(set(formations)) == 57
    assert {f[1] for f in formations} <= set(Formation.Type.values)


def test_la_modalite_suit_le_document_de_2020():
    modalites = {domaine["nom"]: domaine["modalite"] for domaine in catalogue()}
    collectifs = {nom for nom, modalite in modalites.items() if modalite == "collectif"}
    assert collectifs == {"Esthétique", "Petite enfance", "Santé et social"}
    assert [nom for nom, modalite in modalites.items() if modalite == "au_choix"] == ["Hôtellerie-restauration"]


def test_chaque_mef_connu_a_dix_chiffres_et_la_bonne_famille():
    mefs = {f["libelle"]: f["mef"] for domaine in catalogue() for f in domaine["formations"] if "mef" in f}
    assert all(len(mef) == 10 and mef.isdigit() for mef in mefs.values())
    assert mefs["Cuisine"] == "2412214621"
    assert mefs["Métiers de l’hôtellerie et restauration"] == "2473340431"
    debuts = {"cap": "241", "cap_agricole": "271", "2de_pro": "247", "2de_pro_agricole": "276"}
    for domaine in catalogue():
        for formation in domaine["formations"]:
            assert formation.get("mef", "").startswith(debuts[formation["type"]]) or "mef" not in formation


def test_les_etablissements_de_creteil_sont_reels_et_sans_adresse_de_personne():
    lignes = etablissements("creteil")
    lycees = [ligne for ligne in lignes if ligne["type"] in {"LP", "LPO"}]
    colleges = [ligne for ligne in lignes if ligne["type"] == "Collège"]
    assert len(lycees) >= 40
    assert len(colleges) >= 120
    assert {ligne["departement"] for ligne in colleges} == {"077", "093", "094"}
    assert len({ligne["uai"] for ligne in lignes}) == len(lignes)
    assert sum("sep" in ligne for ligne in lycees) == 76
    for ligne in lignes:
        assert pourquoi_pas_un_uai(ligne["uai"]) is None
        assert ligne["messagerie"] == f"ce.{ligne['uai'].lower()}@creteil.example"
        assert 48 < ligne["latitude"] < 49.2
        assert 2.2 < ligne["longitude"] < 3.6
        mots = ligne.get("adresse", "").split()
        assert not [mot for mot in mots if mot.isalpha() and mot.isupper() and len(mot) > 3], ligne["adresse"]


def test_les_vacances_de_la_zone_c_excluent_le_jour_de_la_rentree():
    assert [(conge["debut"], conge["fin"]) for conge in vacances(2027)] == [
        (date(2026, 10, 17), date(2026, 11, 1)),
        (date(2026, 12, 19), date(2027, 1, 3)),
        (date(2027, 2, 6), date(2027, 2, 21)),
        (date(2027, 4, 3), date(2027, 4, 18)),
    ]
    assert vacances(1999) == []


@pytest.mark.parametrize(
    "texte",
    ["ses bulletins sont bons", "une moyenne de 12", "12/20", "des absences", "sa santé", "sa famille", "son origine"],
)
def test_les_mots_livres_amenent_un_rappel(texte):
    assert mots_ecartes(texte, [mot for _, mot in mots_a_rappeler()])


def test_un_commentaire_ordinaire_n_amene_aucun_rappel():
    texte = "Élève motivé, il a visité deux lycées et sait décrire le métier de cuisinier. Très investi."
    assert mots_ecartes(texte, [mot for _, mot in mots_a_rappeler()]) == []
    mots = [mot for _, mot in mots_a_rappeler()]
    assert len(mots) == len(set(mots))
