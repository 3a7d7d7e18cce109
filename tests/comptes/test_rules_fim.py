"""Les attributs de la fédération d'identités, et ce qui les rend suspects (R38, T4)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptes.rules.fim import (
    adresse_de_retour,
    attributs_des_entetes,
    attributs_des_revendications,
    identite,
    simple,
    valeurs,
)
from comptes.rules.identite import IdentiteRefusee, porte_un_second_facteur
from comptes.rules.mandataire import secret_reconnu, vient_de
from tests.factories.guichets import DELEGATION, ENTETES, RESEAU

JOUR = date(2027, 3, 15)
LONGUE = "0940001A$UAJ$PU$N$T3$CLG$340"


def lire(**entetes: str):
    return identite(attributs_des_entetes((ENTETES | entetes).items()), emetteur="arena")


def test_une_identite_se_lit_dans_les_en_tetes_du_portail():
    lue = lire(FrEduRneResp=f"{LONGUE},0940002B$UAJ$PU$N$T3$LP$320", FrEduFonctAdm="DIR", rne="0940003c")
    assert (lue.sujet, lue.courriel, lue.prenom, lue.nom) == (
        "cpetit",
        "claire.petit@ac-creteil.example",
        "Claire",
        "Petit",
    )
    assert lue.chef_de() == ("0940001A", "0940002B")
    assert lue.affectations == ("0940003C",)


@pytest.mark.parametrize(
    ("brut", "lues"),
    [
        ("a,b", ("a", "b")),
        (["a", "b"], ("a", "b")),
        (["a,b", "c"], ("a", "b", "c")),
        (" a , a ,b", ("a", "b")),
        ("X", ()),
        ("x,", ()),
        ("", ()),
        (None, ()),
        (["X", None, 3, "a"], ("a",)),
    ],
    ids=repr,
)
def test_une_valeur_est_un_texte_ou_une_liste_et_x_n_en_est_pas_une(brut, lues):
    assert valeurs(brut) == lues


@pytest.mark.parametrize("fonction", ["", "X", "ADM", "IEN1D", "DIRECTEUR", "NON DIR"])
def test_qui_n_est_pas_de_direction_ne_dirige_rien(fonction):
    assert lire(FrEduRneResp=LONGUE, FrEduFonctAdm=fonction).chef_de() == ()


@pytest.mark.parametrize("code", ["$UAJ", "0940001$UAJ", "09400011$UAJ", "../etc$UAJ", "0940001AA", "A9400010"])
def test_un_code_qui_n_a_pas_la_forme_d_un_uai_est_laisse(code):
    assert lire(FrEduRneResp=f"{code},{LONGUE}", FrEduFonctAdm="dir").chef_de() == ("0940001A",)


@pytest.mark.parametrize(
    "entetes",
    [
        [("ct-remote-user", "a"), ("Ct-Remote-User", "b")],
        [("ct-remote-user", "a"), ("ct_remote_user", "b")],
        [("ct_remote_user", "a")],
        [("ct-remote_user", "a")],
        [("ctremoteuser", "a")],
        [("FrEduRneResp", "a"), ("fredurneresp", "b")],
        [("FrEdu-RneResp", "a")],
        [("fr_edu_rne_resp", "a")],
    ],
    ids=lambda entetes: "+".join(nom for nom, _ in entetes),
)
def test_deux_graphies_d_un_meme_en_tete_ou_une_graphie_etrangere_sont_refusees(entetes):
    with pytest.raises(IdentiteRefusee):
        attributs_des_entetes(entetes)


def test_la_casse_d_un_en_tete_ne_compte_pas_et_les_autres_ne_sont_pas_lus():
    lus = attributs_des_entetes([("FREDURNERESP", "a"), ("employeeNumber", "17E1234567XYZ"), ("datenaissance", "1970")])
    assert lus == {"fredurneresp": "a"}


def test_deux_graphies_d_une_meme_revendication_sont_refusees():
    assert attributs_des_revendications({"FrEduRneResp": ["a"], "sub": "s"}) == {"fredurneresp": ["a"]}
    with pytest.raises(IdentiteRefusee):
        attributs_des_revendications({"FrEduRneResp": "a", "freduRneResp": "b"})


@pytest.mark.parametrize("nom", ["ct-remote-user", "ctemail", "ctln", "FrEduFonctAdm"])
def test_un_attribut_simple_ne_peut_pas_avoir_deux_valeurs(nom):
    """Un serveur joint d'une virgule deux en-têtes du même nom : celui du portail et celui d'un client."""
    with pytest.raises(IdentiteRefusee):
        lire(**{nom: f"{ENTETES.get(nom, 'DIR')},{ENTETES.get(nom, 'DIR')}"})


@pytest.mark.parametrize(
    "entetes",
    [
        {"ct-remote-user": ""},
        {"ct-remote-user": "X"},
        {"ct-remote-user": "a" * 300},
        {"ctemail": ""},
        {"ctemail": "X"},
        {"ctemail": "sans-arobase"},
        {"ctemail": "a@b@c.example"},
        {"ctemail": "claıre.petit@ac-creteil.example"},
        {"ctemail": "a@b.example\r\nBcc: x@y.example"},
        {"ctln": "Pe\x00tit"},
        {"FrEduRneResp": "9" * 9000},
    ],
    ids=lambda entetes: f"{next(iter(entetes.items()))!r}"[:40],
)
def test_de_quoi_douter_est_refuse(entetes):
    with pytest.raises(IdentiteRefusee):
        lire(**entetes)


def test_les_accents_arrivent_en_utf_8_ou_en_latin_1():
    utf8 = "Élodie".encode().decode("latin-1")
    assert lire(ctfn=utf8).prenom == lire(ctfn="Élodie").prenom == "Élodie"


class TestDelegations:
    def deleguee(self, texte, *, application="passpro", jour=JOUR):
        return lire(FrEduResDel=texte).deleguee_dans(application=application, jour=jour)

    def test_une_delegation_nomme_l_application_ses_dates_et_ses_etablissements(self):
        assert self.deleguee(DELEGATION) == ("0940001A", "0940002B")

    @pytest.mark.parametrize(
        ("texte", "vaut"),
        [
            (DELEGATION.replace("01/09/2026", "15/03/2027"), True),
            (DELEGATION.replace("31/08/2027", "15/03/2027"), True),
            (DELEGATION.replace("01/09/2026", "16/03/2027"), False),
            (DELEGATION.replace("31/08/2027", "14/03/2027"), False),
            (DELEGATION.replace("31/08/2027", "31/12/9999"), True),
            (DELEGATION.replace("31/08/2027", "2027-08-31"), False),
            (DELEGATION.replace("31/08/2027", ""), False),
            (DELEGATION.replace("passpro|", "autre|", 1), False),
            (DELEGATION.replace("passpro|", "passpro2|", 1), False),
            (DELEGATION.replace("passpro|", "PASSPRO|", 1), True),
            (DELEGATION.replace("FrEduRneResp", "FrEduRne"), False),
            (DELEGATION.rpartition("|")[0], False),
            ("passpro|passpro|passpro", False),
            ("|" * 40, False),
        ],
        ids=lambda valeur: str(valeur)[:60],
    )
    def test_elle_ne_vaut_que_lisible_pour_cette_application_et_ces_jours(self, texte, vaut):
        assert bool(self.deleguee(texte)) is vaut

    def test_sans_application_reglee_aucune_ne_vaut(self):
        assert self.deleguee(DELEGATION, application="") == ()
        assert self.deleguee(DELEGATION.replace("passpro|", "|", 1), application="") == ()

    def test_plusieurs_se_suivent_et_une_virgule_dans_le_delegant_ne_les_separe_pas(self):
        autre = DELEGATION.replace("0940001A", "0940009J").replace("M. Haddad", "uid=x,ou=personnels,dc=ac")
        assert self.deleguee(f"{DELEGATION},{autre}") == ("0940001A", "0940002B", "0940009J")
        liste = identite({"fredurESDEL".lower(): [DELEGATION, autre]}, emetteur="oidc", connue=CONNUE)
        assert liste.deleguee_dans(application="passpro", jour=JOUR) == ("0940001A", "0940002B", "0940009J")

    def test_une_delegation_echue_n_en_cache_pas_une_autre(self):
        echue = DELEGATION.replace("31/08/2027", "31/08/2026").replace("0940001A", "0940009J")
        assert self.deleguee(f"{echue},{DELEGATION}") == ("0940001A", "0940002B")


CONNUE = {"sujet": "s", "courriel": "a@b.example", "prenom": "A", "nom": "B"}


@given(st.text(alphabet="|,;$=X0940001A/ FrEduRneResp", max_size=200))
def test_aucun_texte_ne_fait_tomber_la_lecture(texte):
    lue = identite({"freduresdel": texte, "fredurneresp": texte}, emetteur="oidc", connue=CONNUE)
    assert isinstance(lue.uai_nommes(), tuple)


@given(st.one_of(st.none(), st.integers(), st.lists(st.integers()), st.dictionaries(st.text(), st.text())))
def test_une_valeur_qui_n_est_pas_un_texte_n_en_est_aucune(brut):
    assert simple(brut) == ""


@pytest.mark.parametrize(
    ("adresse", "suivie"),
    [
        ("https://portail.example/arena/", True),
        ("https://portail.example:443/arena/", True),
        ("https://PORTAIL.example/arena/", True),
        ("http://portail.example/arena/", False),
        ("https://portail.example.pirate.example/", False),
        ("https://pirate.example/?https://portail.example/", False),
        ("https://portail.example@pirate.example/", False),
        ("https://moi@portail.example/", False),
        ("https://pirate.example\\@portail.example/", False),
        ("https://portail.example:8443/", False),
        ("//portail.example/", False),
        ("javascript:alert(1)", False),
        ("https://[", False),
        ("X", False),
        ("", False),
    ],
    ids=repr,
)
def test_le_retour_ne_mene_que_chez_les_hotes_permis(adresse, suivie):
    assert bool(adresse_de_retour({"freduurlretour": adresse}, hotes=["portail.example"])) is suivie


@pytest.mark.parametrize(
    ("pair", "vient"),
    [
        ("10.0.0.7", True),
        ("::ffff:10.0.0.7", True),
        ("10.0.1.7", False),
        ("2001:db8::5", True),
        ("2001:db8:1::5", False),
        ("", False),
        ("10.0.0.7, 10.0.0.8", False),
        ("mandataire", False),
    ],
    ids=repr,
)
def test_seule_l_adresse_du_pair_declare_compte(pair, vient):
    assert vient_de(pair, RESEAU) is vient


@pytest.mark.parametrize(
    ("donne", "reconnu"),
    [("a" * 32, True), ("b" * 32, True), ("a" * 31, False), ("", False), ("é" * 32, False), ("\udc80", False)],
    ids=ascii,
)
def test_le_secret_est_l_un_des_deux_et_jamais_vide(donne, reconnu):
    assert secret_reconnu(donne, ["a" * 32, "b" * 32]) is reconnu
    assert not secret_reconnu(donne, [])
    assert not secret_reconnu("", [""])


@pytest.mark.parametrize(
    ("acr", "amr", "fait"),
    [
        ("eidas2", None, True),
        ("eidas1", ["pwd", "mfa"], True),
        ("eidas1", "mfa", True),
        ("eidas1", ["pwd"], False),
        (None, None, False),
        ({"eidas2": 1}, [["mfa"]], False),
    ],
    ids=repr,
)
def test_le_second_facteur_est_celui_que_le_reglage_admet(acr, amr, fait):
    assert porte_un_second_facteur(acr, amr, ("eidas2", "mfa")) is fait
    assert not porte_un_second_facteur(acr, amr, ())
