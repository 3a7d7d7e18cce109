"""Le calendrier : ce qui est ouvert, ce qui reste, ce qui se contredit (R2, R3, R4, écran 1.4)."""

from datetime import date, datetime, timedelta

import pytest

from referentiel.rules.calendrier import (
    LIBELLES,
    Bornes,
    Calendrier,
    Nature,
    dates_manquantes,
    est_ouverte,
    incoherences,
    phrase_d_echeance,
    pourquoi_pas,
    raccourcis,
    remarques,
)
from referentiel.rules.dates import PARIS, debut_du_jour, fin_du_jour

DEBUT, FIN = date(2027, 3, 1), date(2027, 3, 28)  # la fin est le jour du passage à l'heure d'été
MILLIEME = timedelta(milliseconds=1)


def calendrier(**periodes) -> Calendrier:
    return Calendrier({Nature(nature): Bornes(*bornes) for nature, bornes in periodes.items()})


TOUT = Calendrier({nature: Bornes(DEBUT, FIN) for nature in Nature})


@pytest.mark.parametrize("nature", Nature)
@pytest.mark.parametrize(
    ("instant", "ouverte"),
    [
        (debut_du_jour(DEBUT) - MILLIEME, False),
        (debut_du_jour(DEBUT), True),
        (fin_du_jour(FIN) - MILLIEME, True),
        (fin_du_jour(FIN), False),
    ],
)
def test_chaque_periode_ouvre_au_premier_instant_et_clot_apres_la_derniere_milliseconde(nature, instant, ouverte):
    assert (pourquoi_pas(TOUT, nature, instant) is None) is ouverte


@pytest.mark.parametrize("nature", Nature)
def test_la_raison_nomme_l_etape_et_sa_date(nature):
    avant = pourquoi_pas(TOUT, nature, debut_du_jour(DEBUT) - MILLIEME)
    apres = pourquoi_pas(TOUT, nature, fin_du_jour(FIN))
    assert avant == f"{LIBELLES[nature]}\u00a0: ouverture le lundi 1er\u00a0mars 2027."
    assert apres.startswith(f"{LIBELLES[nature]}\u00a0: la date limite était le dimanche 28\u00a0mars 2027 à 23")


def test_une_periode_absente_suit_la_campagne_entiere():
    campagne = calendrier(inscription=(DEBUT, date(2027, 3, 10)), fermeture=(None, FIN))
    assert campagne.bornes(Nature.VISUALISATION) == Bornes(DEBUT, FIN)
    assert campagne.bornes(Nature.FERMETURE) == Bornes(DEBUT, FIN)


def test_sans_date_rien_n_est_ferme():
    assert pourquoi_pas(Calendrier(), Nature.INSCRIPTION, datetime(1990, 1, 1, tzinfo=PARIS)) is None


def test_une_derogation_prolonge_jusqu_a_sa_derniere_milliseconde():
    jusqu_au = date(2027, 4, 2)
    assert pourquoi_pas(TOUT, Nature.INSCRIPTION, fin_du_jour(jusqu_au) - MILLIEME, derogation=jusqu_au) is None
    raison = pourquoi_pas(TOUT, Nature.INSCRIPTION, fin_du_jour(jusqu_au), derogation=jusqu_au)
    assert "vendredi 2\u00a0avril 2027" in raison


def test_une_derogation_ne_raccourcit_ni_n_avance_rien():
    plus_tot = date(2027, 3, 10)
    assert pourquoi_pas(TOUT, Nature.INSCRIPTION, fin_du_jour(FIN) - MILLIEME, derogation=plus_tot) is None
    assert pourquoi_pas(TOUT, Nature.INSCRIPTION, debut_du_jour(DEBUT) - MILLIEME, derogation=FIN) is not None


def test_la_grace_compte_a_la_fin_seulement():
    bornes, grace = Bornes(DEBUT, FIN), timedelta(minutes=10)
    assert est_ouverte(bornes, fin_du_jour(FIN) + grace - MILLIEME, grace=grace)
    assert not est_ouverte(bornes, fin_du_jour(FIN) + grace, grace=grace)
    assert not est_ouverte(bornes, debut_du_jour(DEBUT) - MILLIEME, grace=grace)


# Phrases de l'écran 1.4 ---------------------------------------------------------------------------------------

ECHEANCE = date(2026, 4, 30)


@pytest.mark.parametrize(
    ("reste", "phrase"),
    [
        (61, "inscriptions ouvertes jusqu’au jeudi 30 avril 2026"),
        (60, "inscriptions ouvertes, il reste 8 semaines (jusqu’au jeudi 30 avril)"),
        (28, "inscriptions ouvertes, il reste 4 semaines (jusqu’au jeudi 30 avril)"),
        (15, "inscriptions ouvertes, il reste 2 semaines (jusqu’au jeudi 30 avril)"),
        (14, "inscriptions ouvertes, il reste 14 jours (jusqu’au jeudi 30 avril)"),
        (2, "inscriptions ouvertes, il reste 2 jours (jusqu’au jeudi 30 avril)"),
        (1, "inscriptions : dernier jour demain, jeudi 30 avril"),
        (0, "inscriptions : dernier jour aujourd’hui, clôture à 23 h 59"),
        (-1, "inscriptions closes depuis le jeudi 30 avril"),
    ],
)
@pytest.mark.parametrize("heure", [0, 12, 23])
def test_ce_qui_reste_se_dit_en_mots(reste, phrase, heure):
    jour = ECHEANCE - timedelta(days=reste)
    instant = datetime(jour.year, jour.month, jour.day, heure, 59, tzinfo=PARIS)
    assert phrase_d_echeance(Nature.INSCRIPTION, ECHEANCE, instant).replace("\u00a0", " ") == phrase


@pytest.mark.parametrize("nature", Nature)
def test_chaque_nature_a_ses_phrases(nature):
    for reste in (100, 30, 5, 1, 0, -3):
        jour = ECHEANCE - timedelta(days=reste)
        instant = datetime(jour.year, jour.month, jour.day, 9, tzinfo=PARIS)
        assert phrase_d_echeance(nature, ECHEANCE, instant)


# Contradictions -----------------------------------------------------------------------------------------------

A, B = date(2027, 4, 1), date(2027, 4, 2)


@pytest.mark.parametrize("nature", Nature)
def test_une_fin_avant_son_debut_est_nommee(nature):
    phrases = incoherences(Calendrier({nature: Bornes(B, A)}))
    attendu = (
        f"{LIBELLES[nature]}\u00a0: la fin (jeudi 1er\u00a0avril 2027) précède le début (vendredi 2\u00a0avril 2027)."
    )
    assert attendu in phrases
    assert incoherences(Calendrier({nature: Bornes(A, A)})) == []


@pytest.mark.parametrize(
    ("a", "b", "phrase"),
    [
        (("inscription", "fin"), ("entretiens", "fin"), "Les entretiens se terminent le {b}, avant la fin des"),
        (("inscription", "debut"), ("entretiens", "debut"), "Les entretiens commencent le {b}, avant les inscriptions"),
        (
            ("entretiens", "debut"),
            ("visualisation", "debut"),
            "La visualisation des avis ouvre le {b}, avant le premier",
        ),
        (("planification", "debut"), ("entretiens", "fin"), "Les entretiens se terminent le {b}, avant la planif"),
        (("entretiens", "fin"), ("saisie_avis_accueil", "fin"), "La saisie des avis d’accueil se termine le {b}"),
        (("convocations", "fin"), ("entretiens", "fin"), "Les entretiens se terminent le {b}, avant l’envoi"),
        (("inscription", "fin"), ("planification", "fin"), "La planification se termine le {b}, avant la fin des insc"),
        (("inscription", "fin"), ("convocations", "fin"), "L’envoi des convocations se termine le {b}, avant la fin"),
        (("planification", "debut"), ("convocations", "fin"), "L’envoi des convocations se termine le {b}, avant la p"),
        (("visualisation", "debut"), ("voeux_affelnet", "fin"), "La saisie des vœux dans Affelnet-Lycée se termine"),
        (("inscription", "debut"), ("visualisation", "debut"), "La visualisation des avis ouvre le {b}, avant le prem"),
        *(
            (
                (nature.value, "debut"),
                ("fermeture", "fin"),
                f"{LIBELLES[nature]}\u00a0: ouverture le {{a}}, après la ferm",
            )
            for nature in Nature
            if nature is not Nature.FERMETURE
        ),
        *(
            ((nature.value, "fin"), ("fermeture", "fin"), f"{LIBELLES[nature]}\u00a0: fin le {{a}}, après la fermeture")
            for nature in Nature
            if nature is not Nature.FERMETURE
        ),
    ],
)
def test_un_ordre_renverse_nomme_les_deux_dates_et_le_bon_ordre_passe(a, b, phrase):
    def pose(premier: date, second: date) -> Calendrier:
        return Calendrier({Nature(a[0]): Bornes(**{a[1]: premier}), Nature(b[0]): Bornes(**{b[1]: second})})

    dits = {"a": "vendredi 2\u00a0avril 2027", "b": "jeudi 1er\u00a0avril 2027"}
    fautes = incoherences(pose(B, A))
    assert len(fautes) == 1
    assert phrase.format(**dits) in fautes[0]
    assert all(dit in fautes[0] for dit in dits.values())
    assert incoherences(pose(A, A)) == []
    assert incoherences(pose(A, B)) == []


def test_les_dates_exigees_manquent_une_par_une():
    assert len(dates_manquantes(Calendrier())) == 5
    complet = calendrier(inscription=(A, B), entretiens=(A, B), fermeture=(None, B))
    assert dates_manquantes(complet) == []
    assert dates_manquantes(calendrier(inscription=(A, None), entretiens=(A, B), fermeture=(None, B))) == [
        "Inscription des élèves\u00a0: la date de fin manque au calendrier."
    ]


@pytest.mark.parametrize(
    ("fin", "cause"),
    [
        (date(2027, 5, 17), "est férié (lundi de Pentecôte)"),
        (date(2027, 5, 15), "est un samedi"),
        (date(2027, 4, 6), "est pendant les vacances de printemps"),
        (date(2027, 5, 18), None),
    ],
)
def test_une_cloture_malcommode_se_remarque(fin, cause):
    conges = [("Vacances de printemps", Bornes(date(2027, 4, 3), date(2027, 4, 18)))]
    dites = remarques(calendrier(inscription=(A, fin)), conges)
    assert [cause in dite for dite in dites] == ([True] if cause else [])


# Raccourcir ---------------------------------------------------------------------------------------------------

LE = datetime(2027, 4, 1, 12, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("avant", "apres", "perd"),
    [
        ((date(2027, 3, 1), date(2027, 4, 30)), (date(2027, 3, 1), date(2027, 4, 29)), True),
        ((date(2027, 3, 1), None), (date(2027, 3, 1), date(2027, 4, 29)), True),
        ((date(2027, 3, 1), date(2027, 4, 30)), (date(2027, 3, 1), date(2027, 5, 1)), False),
        ((date(2027, 3, 1), date(2027, 4, 30)), (date(2027, 3, 1), date(2027, 4, 30)), False),
        ((date(2027, 3, 1), date(2027, 3, 31)), (date(2027, 3, 1), date(2027, 3, 30)), False),
        ((date(2027, 3, 1), date(2027, 4, 30)), (date(2027, 3, 15), date(2027, 4, 30)), False),
        ((date(2027, 3, 1), date(2027, 4, 30)), (date(2027, 4, 12), date(2027, 4, 30)), True),
        ((date(2027, 4, 12), date(2027, 4, 30)), (date(2027, 3, 1), date(2027, 4, 30)), False),
    ],
)
def test_ce_qui_perd_des_jours_a_venir(avant, apres, perd):
    trouves = raccourcis(calendrier(inscription=avant), calendrier(inscription=apres), LE)
    assert any(raccourci.nature is Nature.INSCRIPTION for raccourci in trouves) is perd
    assert all(raccourci.phrase.endswith("2027.") for raccourci in trouves)


def test_une_periode_sans_fin_perd_les_jours_que_la_fermeture_lui_prend():
    def ferme(jour: date) -> Calendrier:
        return calendrier(visualisation=(date(2027, 3, 1), None), fermeture=(None, jour))

    trouves = raccourcis(ferme(date(2027, 5, 25)), ferme(date(2027, 5, 20)), LE)
    assert Nature.VISUALISATION in {raccourci.nature for raccourci in trouves}
