"""Le croisement des deux avis, les échéances, les départs de courriel (R6, R27, R31)."""

from datetime import date, datetime, timedelta

import pytest

from avis.rules import (
    croiser,
    dernier_jour_en_retard,
    dire_le_croisement,
    donne_un_retour,
    est_en_retard,
    jours_de_retard,
    l_accueil_decide_seul,
    pourquoi_pas_cet_avis,
    pourquoi_pas_transmettre,
    prochain_matin,
)
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import (
    LIBELLES_AVIS,
    LIBELLES_RESULTATS,
    Avis,
    Case,
    Modalite,
    Resultat,
    couples_attendus,
    echeance_du_compte_rendu,
)
from referentiel.rules.mots import mots_ecartes, phrase_de_rappel
from tests.factories.referentiel import resultat_de_2017

F, AF, R, NSPP, ABSENT = (
    Avis.FAVORABLE,
    Avis.ASSEZ_FAVORABLE,
    Avis.RESERVE,
    Avis.NE_SE_PRONONCE_PAS,
    Avis.ABSENT,
)
COUPLES = sorted(couples_attendus([F, AF, R], [F, AF, R], ne_se_prononce_pas=True))
MATRICE = {couple: Case(*couple, resultat_de_2017(*couple)) for couple in COUPLES}

# Créteil 2017, recopié du document case par case.
DOCUMENT = {
    (F, F): Resultat.TRES_FAVORABLE,
    (F, AF): Resultat.FAVORABLE,
    (AF, F): Resultat.FAVORABLE,
    (AF, AF): Resultat.ASSEZ_FAVORABLE,
    (F, R): Resultat.ASSEZ_FAVORABLE,
    (R, F): Resultat.ASSEZ_FAVORABLE,
    (AF, R): Resultat.PEU_FAVORABLE,
    (R, AF): Resultat.PEU_FAVORABLE,
    (R, R): Resultat.RESERVE,
    (F, NSPP): Resultat.FAVORABLE,
    (AF, NSPP): Resultat.ASSEZ_FAVORABLE,
    (R, NSPP): Resultat.RESERVE,
}


@pytest.mark.parametrize(("origine", "accueil"), COUPLES)
def test_chaque_couple_donne_le_resultat_du_document(origine, accueil):
    case = croiser(MATRICE, None if origine is ABSENT else origine, None if accueil is ABSENT else accueil)
    assert (case.origine, case.accueil) == (origine, accueil)
    assert case.resultat == DOCUMENT.get((origine, accueil), Resultat.INCOMPLET)


def test_le_croisement_couvre_les_vingt_couples():
    assert len(COUPLES) == 20


CRETEIL_2020 = {couple: Case(*couple, resultat_de_2017(*couple)) for couple in COUPLES}
PARIS_2022 = {
    (origine, accueil): Case(origine, accueil, *donne)
    for origine in (F, AF, R, ABSENT)
    for accueil, donne in {
        F: (Resultat.FAVORABLE, 2500),
        R: (Resultat.RESERVE, 0),
        ABSENT: (Resultat.INCOMPLET, None),
    }.items()
}
LE_3, LE_12 = date(2027, 3, 3), date(2027, 3, 12)


def expliquer(matrice, origine, accueil) -> str:
    dates = {
        "origine_le": LE_3 if origine is not ABSENT else None,
        "accueil_le": LE_12 if accueil is not ABSENT else None,
    }
    phrase = dire_le_croisement(matrice[origine, accueil], **dates, seul=l_accueil_decide_seul(matrice, accueil))
    return phrase.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("matrice", "origine", "accueil", "phrase"),
    [
        (
            CRETEIL_2020,
            F,
            AF,
            "Avis d’origine favorable (3 mars 2027) et avis d’accueil assez favorable (12 mars 2027) "
            "donnent « favorable ».",
        ),
        (
            CRETEIL_2020,
            AF,
            NSPP,
            "L’établissement d’accueil ne se prononce pas (12 mars 2027). "
            "Avis d’origine assez favorable (3 mars 2027) : le résultat est « assez favorable ».",
        ),
        (CRETEIL_2020, F, ABSENT, "Il manque l’avis d’accueil. Avis d’origine favorable (3 mars 2027)."),
        (CRETEIL_2020, ABSENT, R, "Il manque l’avis d’origine. Avis d’accueil réservé (12 mars 2027)."),
        (CRETEIL_2020, ABSENT, ABSENT, "Il manque les deux avis."),
        (
            PARIS_2022,
            R,
            F,
            "Avis d’accueil favorable (12 mars 2027). Il décide seul : « favorable ». "
            "Avis d’origine réservé (3 mars 2027).",
        ),
        (
            PARIS_2022,
            ABSENT,
            R,
            "Avis d’accueil réservé (12 mars 2027). Il décide seul : « réservé ». Pas d’avis d’origine.",
        ),
        (PARIS_2022, F, ABSENT, "Il manque l’avis d’accueil. Avis d’origine favorable (3 mars 2027)."),
    ],
    ids=["croisés", "accueil muet", "sans accueil", "sans origine", "sans rien", "Paris", "Paris seul", "Paris attend"],
)
def test_l_avis_final_dit_d_ou_il_vient(matrice, origine, accueil, phrase):
    assert expliquer(matrice, origine, accueil) == phrase


@pytest.mark.parametrize("matrice", [CRETEIL_2020, PARIS_2022], ids=["Créteil", "Paris"])
def test_chaque_case_dit_chaque_avis_donne_sa_date_et_son_resultat(matrice):
    for (origine, accueil), case in matrice.items():
        phrase = expliquer(matrice, origine, accueil)
        assert (f"{LIBELLES_AVIS[origine].lower()} (3 mars 2027)" in phrase) is (origine is not ABSENT)
        assert ("(12 mars 2027)" in phrase) is (accueil is not ABSENT)
        dit = f"« {LIBELLES_RESULTATS[case.resultat].lower()} »" in phrase
        assert dit is (case.resultat is not Resultat.INCOMPLET)


def test_croiser_refuse_une_matrice_trouee():
    with pytest.raises(KeyError):
        croiser({}, F, F)


@pytest.mark.parametrize(("modalite", "attendu"), [(Modalite.INDIVIDUEL, True), (Modalite.COLLECTIF, False)])
def test_seul_l_entretien_individuel_donne_un_retour(modalite, attendu):
    assert donne_un_retour(modalite) is attendu


@pytest.mark.parametrize("avis", [F, AF, R, NSPP])
@pytest.mark.parametrize("permis", [(F, AF, R), (F, AF, R, NSPP), (F, R)])
def test_un_avis_hors_de_l_echelle_se_refuse(avis, permis):
    assert (pourquoi_pas_cet_avis("CAP Cuisine", avis, permis) is None) is (avis in permis)


def test_chaque_defaut_d_un_envoi_se_nomme():
    defauts = pourquoi_pas_transmettre(" ", {"CAP Cuisine": F, "CAP Pâtissier": None}, [F, R, NSPP])
    assert defauts == [
        "Rédigez le compte-rendu avant de le transmettre.",
        "Choisissez un avis pour CAP Pâtissier, ou «\u00a0Ne se prononce pas\u00a0».",
    ]
    assert pourquoi_pas_transmettre("Texte", {"CAP Cuisine": None}, [F, R]) == ["Choisissez un avis pour CAP Cuisine."]


@pytest.mark.parametrize("delai", range(6))
@pytest.mark.parametrize("jour", [date(2027, 3, 1) + timedelta(days=n) for n in range(70)])
def test_le_jour_limite_dit_comme_chaque_echeance(delai, jour):
    """Comparer le jour de l'entretien au jour limite revient à comparer l'échéance à aujourd'hui."""
    le = datetime(2027, 4, 7, 15, 0, tzinfo=PARIS)
    en_retard = est_en_retard(jour, delai, transmis_le=None, le=le)
    assert en_retard is (jour <= dernier_jour_en_retard(delai, le))
    assert en_retard is (jours_de_retard(jour, delai, le) > 0)
    assert en_retard is (echeance_du_compte_rendu(jour, delai) < date(2027, 4, 7))


@pytest.mark.parametrize(
    ("le", "attendu"),
    [
        (datetime(2027, 3, 12, 6, 59, tzinfo=PARIS), datetime(2027, 3, 12, 7, tzinfo=PARIS)),
        (datetime(2027, 3, 12, 7, 0, tzinfo=PARIS), datetime(2027, 3, 12, 7, tzinfo=PARIS)),
        (datetime(2027, 3, 12, 7, 1, tzinfo=PARIS), datetime(2027, 3, 13, 7, tzinfo=PARIS)),
        (datetime(2027, 3, 27, 23, 0, tzinfo=PARIS), datetime(2027, 3, 28, 7, tzinfo=PARIS)),
    ],
)
def test_le_prochain_matin(le, attendu):
    assert prochain_matin(le) == attendu


@pytest.mark.parametrize(
    ("texte", "trouves"),
    [
        ("Ses BULLETINS sont bons", ["bulletin"]),
        ("Il a 14/20 en maths", ["/20"]),
        ("Rendez-vous à 9 h 20", []),
        ("Une élève motivée", []),
        ("bulletinier", []),
        ("Sa sante est fragile", ["santé"]),
    ],
)
def test_les_mots_ecartes_se_reconnaissent(texte, trouves):
    assert mots_ecartes(texte, ["bulletin", "/20", "santé"]) == trouves


def test_le_rappel_cite_les_mots():
    assert phrase_de_rappel([]) is None
    assert "«\u00a0bulletin\u00a0»" in (phrase_de_rappel(["bulletin"]) or "")
