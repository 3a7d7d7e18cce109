"""Qui essaie trop attend, et lui seul (T6)."""

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from comptes.adresses import adresse_du_client, reseau_du_client
from comptes.rules import ATTENTE, Limite, adresse_vue
from comptes.services import TropDEssais, limiter, noter_une_tentative
from comptes.views.espaces import ECHECS_PAR_RESEAU
from tests.factories.referentiel import MOT_DE_PASSE, PersonneFactory

COLLEGE, AILLEURS = "192.0.2.10", "198.51.100.7"


def essayer(courriel: str, mot_de_passe: str, adresse: str = COLLEGE, **entetes: str):
    saisie = {"username": courriel, "password": mot_de_passe}
    return Client().post("/connexion/", saisie, REMOTE_ADDR=adresse, **entetes).status_code


@pytest.mark.parametrize(
    ("transmises", "mandataires", "vue"),
    [
        ("", 0, "10.0.0.1"),
        ("203.0.113.9", 0, "10.0.0.1"),
        ("203.0.113.9", 1, "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", 1, "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("203.0.113.9", 2, "10.0.0.1"),
        ("inconnue", 1, "10.0.0.1"),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("::ffff:203.0.113.9", 1, "203.0.113.9"),
        ("fe80::1%eth0", 1, "fe80::1"),
    ],
    ids=[
        "direct",
        "mensonge",
        "un",
        "mensonge-et-un",
        "deux",
        "trop-court",
        "illisible",
        "ipv6",
        "ipv4-en-ipv6",
        "zone",
    ],
)
def test_seul_ce_qu_un_mandataire_declare_a_vu_fait_foi(transmises, mandataires, vue):
    assert adresse_vue("10.0.0.1", transmises, mandataires) == vue


def test_une_adresse_ipv6_compte_avec_tout_son_reseau(settings):
    settings.NOMBRE_DE_MANDATAIRES = 1
    usine = RequestFactory()
    requetes = [usine.get("/", HTTP_X_FORWARDED_FOR=f"2001:db8:1:2::{n}") for n in (1, 2)]
    assert {reseau_du_client(une) for une in requetes} == {"2001:db8:1:2::"}
    assert {adresse_du_client(une) for une in requetes} == {"2001:db8:1:2::1", "2001:db8:1:2::2"}


class TestParCompte:
    def test_le_compte_essaye_attend_a_cette_adresse_et_pas_les_autres(self, db):
        visee, voisine = (PersonneFactory(mot_de_passe=MOT_DE_PASSE) for _ in range(2))
        assert [essayer(visee.courriel, f"faux-{n}") for n in range(5)][-1] == 429
        assert essayer(visee.courriel, MOT_DE_PASSE) == 429
        assert essayer(voisine.courriel, MOT_DE_PASSE) == 302
        assert essayer(visee.courriel, MOT_DE_PASSE, AILLEURS) == 302

    def test_changer_l_en_tete_ne_donne_pas_d_autres_essais(self, db, settings):
        visee = PersonneFactory(mot_de_passe=MOT_DE_PASSE)
        for mandataires in (0, 1):
            settings.NOMBRE_DE_MANDATAIRES = mandataires
            vrai = "" if mandataires == 0 else ", 203.0.113.9"
            for n in range(5):
                essayer(visee.courriel, f"faux-{n}", HTTP_X_FORWARDED_FOR=f"1.2.3.{n}{vrai}")
            assert essayer(visee.courriel, MOT_DE_PASSE, HTTP_X_FORWARDED_FOR=f"1.2.3.9{vrai}") == 429

    def test_changer_d_adresse_dans_son_reseau_ipv6_ne_donne_pas_d_autres_essais(self, db):
        visee = PersonneFactory(mot_de_passe=MOT_DE_PASSE)
        for n in range(5):
            essayer(visee.courriel, f"faux-{n}", f"2001:db8:1:2::{n}")
        assert essayer(visee.courriel, MOT_DE_PASSE, "2001:db8:1:2::9") == 429
        assert essayer(visee.courriel, MOT_DE_PASSE, "2001:db8:1:3::9") == 302

    def test_deux_adresses_ipv4_ecrites_en_ipv6_ne_se_confondent_pas(self, db):
        visee = PersonneFactory(mot_de_passe=MOT_DE_PASSE)
        for n in range(5):
            essayer(visee.courriel, f"faux-{n}", f"::ffff:{COLLEGE}")
        assert essayer(visee.courriel, MOT_DE_PASSE, f"::ffff:{COLLEGE}") == 429
        assert essayer(visee.courriel, MOT_DE_PASSE, f"::ffff:{AILLEURS}") == 302


class TestParReseau:
    def test_un_college_de_soixante_personnes_qui_se_trompent_deux_fois_entre_encore(self, db):
        for _ in range(120):
            noter_une_tentative(limite=ECHECS_PAR_RESEAU, cle=COLLEGE, le=timezone.now())
        assert essayer(PersonneFactory(mot_de_passe=MOT_DE_PASSE).courriel, MOT_DE_PASSE) == 302

    def test_au_dela_l_adresse_attend_un_quart_d_heure_et_les_autres_entrent(self, db):
        personne = PersonneFactory(mot_de_passe=MOT_DE_PASSE)
        for _ in range(ECHECS_PAR_RESEAU.au_plus - 1):
            noter_une_tentative(limite=ECHECS_PAR_RESEAU, cle=COLLEGE, le=timezone.now())
        assert essayer("inconnue@passpro.example", "faux") == 200
        assert essayer(personne.courriel, MOT_DE_PASSE) == 429
        assert essayer(personne.courriel, MOT_DE_PASSE, AILLEURS) == 302


def test_une_limite_s_oublie_apres_l_attente(db):
    limite, le = Limite("essai", 2), timezone.now()
    for _ in range(2):
        limiter(limite=limite, cle="clé", le=le)
    with pytest.raises(TropDEssais, match="Patientez 15"):
        limiter(limite=limite, cle="clé", le=le)
    limiter(limite=limite, cle="autre", le=le)
    limiter(limite=limite, cle="clé", le=le + ATTENTE)
