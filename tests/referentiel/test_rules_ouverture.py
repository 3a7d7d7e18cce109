"""« Peut-on le faire maintenant ? » : bornes, changements d'heure, grâce, dérogation, phrases (R1, R4, F3)."""

from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from pilotage.rules import ligne_de_campagne
from referentiel.rules.calendrier import Bornes, Calendrier, Nature
from referentiel.rules.dates import PARIS, debut_du_jour, fin_du_jour
from referentiel.rules.ouverture import ACTES, TITRES, Geste, Ouverture, dire_la_limite, dire_le_possible

UNE = timedelta(microseconds=1)
CALENDRIER = Calendrier(
    {
        Nature.INFORMATION: Bornes(date(2027, 1, 11), None),
        Nature.INSCRIPTION: Bornes(date(2027, 1, 25), date(2027, 4, 30)),
        Nature.PLANIFICATION: Bornes(date(2027, 2, 1), date(2027, 5, 14)),
        Nature.ENTRETIENS: Bornes(date(2027, 2, 8), date(2027, 5, 18)),
        Nature.FERMETURE: Bornes(None, date(2027, 5, 28)),
    }
)
UTC = ZoneInfo("UTC")


def le(instant: datetime, calendrier: Calendrier = CALENDRIER, **autres) -> Ouverture:
    return Ouverture(calendrier, instant, **autres)


def jusqu_au(fin: date, *, debut: date = date(2026, 9, 1)) -> Calendrier:
    return Calendrier({Nature.INSCRIPTION: Bornes(debut, fin)})


@pytest.mark.parametrize(
    ("fin", "instant_exclu"),
    [
        (date(2027, 4, 30), datetime(2027, 4, 30, 22, tzinfo=UTC)),
        (date(2027, 1, 29), datetime(2027, 1, 29, 23, tzinfo=UTC)),
        # Passage à l'heure d'été : le 28 mars 2027 n'a que 23 heures.
        (date(2027, 3, 27), datetime(2027, 3, 27, 23, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 22, tzinfo=UTC)),
        # Retour à l'heure d'hiver : le 25 octobre 2026 en a 25.
        (date(2026, 10, 24), datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_le_dernier_jour_compte_jusqu_a_sa_derniere_microseconde_a_paris(fin, instant_exclu):
    calendrier = jusqu_au(fin)
    assert le(instant_exclu - UNE, calendrier).de(Nature.INSCRIPTION).ouverte
    assert le(instant_exclu - timedelta(seconds=1), calendrier).de(Nature.INSCRIPTION).ouverte
    refusee = le(instant_exclu, calendrier).de(Nature.INSCRIPTION)
    assert not refusee.ouverte
    assert refusee.clot_le == instant_exclu
    assert not le(instant_exclu + UNE, calendrier).de(Nature.INSCRIPTION).ouverte


def test_une_etape_ouvre_a_minuit_a_paris_et_pas_une_microseconde_avant():
    minuit = debut_du_jour(date(2027, 1, 25))
    avant = le(minuit - UNE).de(Nature.INSCRIPTION)
    assert (avant.ouverte, avant.pas_encore) == (False, True)
    assert avant.ouvre_le == minuit
    assert "ouverture le lundi 25" in avant.raison
    assert le(minuit).de(Nature.INSCRIPTION).ouverte


def test_la_grace_prolonge_la_fin_et_rien_d_autre():
    cloture, grace = fin_du_jour(date(2027, 4, 30)), timedelta(minutes=15)
    assert le(cloture + grace - UNE, grace=grace).de(Nature.INSCRIPTION).ouverte
    assert not le(cloture + grace, grace=grace).de(Nature.INSCRIPTION).ouverte
    assert not le(debut_du_jour(date(2027, 1, 25)) - UNE, grace=grace).de(Nature.INSCRIPTION).ouverte
    assert le(cloture, grace=grace).de(Nature.INSCRIPTION).clot_le == cloture


def test_une_derogation_vaut_pour_son_etape_jusqu_a_son_dernier_jour():
    accorde = {Nature.INSCRIPTION: date(2027, 5, 7)}
    apres, dernier = fin_du_jour(date(2027, 4, 30)), fin_du_jour(date(2027, 5, 7))
    reponse = le(apres, derogations=accorde).de(Nature.INSCRIPTION)
    assert reponse.ouverte
    assert reponse.derogation == date(2027, 5, 7)
    assert reponse.phrase.startswith(
        "Inscriptions\u00a0: délai accordé à votre établissement jusqu’au vendredi 7\u00a0mai 2027 inclus"
    )
    assert le(dernier - UNE, derogations=accorde).de(Nature.INSCRIPTION).ouverte
    close = le(dernier, derogations=accorde).de(Nature.INSCRIPTION)
    assert not close.ouverte
    assert "vendredi 7\u00a0mai 2027" in close.raison
    assert not le(apres, derogations={Nature.PLANIFICATION: date(2027, 6, 1)}).de(Nature.INSCRIPTION).ouverte


def test_une_derogation_plus_courte_que_le_calendrier_ne_retire_rien():
    reponse = le(debut_du_jour(date(2027, 4, 15)), derogations={Nature.INSCRIPTION: date(2027, 4, 1)}).de(
        Nature.INSCRIPTION
    )
    assert (reponse.ouverte, reponse.derogation) == (True, None)


@pytest.mark.parametrize("nature", Nature)
def test_une_campagne_qui_se_refuse_ferme_toutes_les_etapes(nature):
    reponse = le(debut_du_jour(date(2027, 3, 15)), refus="La campagne est close.").de(nature)
    assert (reponse.ouverte, reponse.raison) == (False, "La campagne est close.")


@pytest.mark.parametrize(
    ("geste", "jour"), list(product(Geste, [date(2027, 1, 1), date(2027, 1, 12), date(2027, 3, 1), date(2027, 6, 1)]))
)
def test_une_reponse_est_ouverte_sans_raison_ou_fermee_avec_une_raison(geste, jour):
    reponse = le(debut_du_jour(jour)).du(geste)
    assert reponse.ouverte == (reponse.raison == "")


def test_pendant_plusieurs_etapes_la_derniere_fermeture_compte():
    reponse = le(debut_du_jour(date(2027, 3, 1))).du(Geste.DESISTER)
    assert reponse.dernier_jour == date(2027, 5, 18)
    assert le(debut_du_jour(date(2027, 1, 1))).du(Geste.DESISTER).pas_encore
    assert "mardi 18" in le(debut_du_jour(date(2027, 6, 1))).du(Geste.DESISTER).raison


def test_l_echeance_dit_le_jour_l_heure_et_le_fuseau():
    reponse = le(debut_du_jour(date(2027, 3, 1))).du(Geste.INSCRIRE)
    assert reponse.echeance == "jusqu’au vendredi 30\u00a0avril 2027 inclus (23\u00a0h\u00a059, heure de Paris)"
    assert reponse.phrase == f"Inscriptions ouvertes {reponse.echeance}."


def test_les_titres_de_la_page_close():
    assert le(debut_du_jour(date(2027, 5, 1))).de(Nature.INSCRIPTION).titre == "Les inscriptions sont closes"
    assert (
        le(debut_du_jour(date(2027, 1, 1))).de(Nature.INSCRIPTION).titre
        == "Les inscriptions ne sont pas encore ouvertes"
    )
    assert set(TITRES) == set(Nature)


def test_la_limite_se_dit_sans_repeter_l_etape():
    close = le(debut_du_jour(date(2027, 5, 1))).de(Nature.INSCRIPTION)
    assert dire_la_limite(close) == "La date limite était le vendredi 30\u00a0avril 2027 à 23\u00a0h\u00a059."


def test_ce_qui_reste_possible_se_dit_en_une_phrase():
    permis = le(debut_du_jour(date(2027, 5, 20))).permis("origine")
    assert Geste.INSCRIRE not in permis
    assert Geste.REMETTRE_LES_FICHES in permis
    assert dire_le_possible([Geste.INSCRIRE]) == "Vous pouvez inscrire des élèves."
    assert dire_le_possible([Geste.INSCRIRE, Geste.DESISTER, Geste.SAISIR_LES_AVIS]) == (
        "Vous pouvez inscrire des élèves, enregistrer un désistement et saisir les avis."
    )
    assert dire_le_possible([]) == ""


def test_chaque_geste_a_son_acte():
    assert set(ACTES) == set(Geste)


def test_le_bandeau_dit_les_delais_accordes_qui_valent_encore():
    accorde = {Nature.INSCRIPTION: date(2027, 5, 7)}
    en_mai = datetime(2027, 5, 3, 10, tzinfo=PARIS)

    def ligne(instant: datetime) -> str:
        delais = le(instant, derogations=accorde).delais_en_cours()
        return ligne_de_campagne(CALENDRIER, "origine", annee=2027, ouverte=True, le=instant, delais=delais)

    assert ligne(en_mai).endswith("délai accordé à votre établissement jusqu’au vendredi 7\u00a0mai")
    assert "délai" not in ligne(datetime(2027, 5, 8, 0, 0, tzinfo=PARIS))
