"""Les guichets se déclarent en entier, ou pas du tout (R38)."""

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from comptes.federation.reglages import lire_arena, lire_les_fournisseurs, sorties

ARENA = {
    "ARENA_MANDATAIRES": "10.0.0.7,2001:db8::/64",
    "ARENA_SECRETS": "s" * 32,
    "FIM_ACADEMIES": "creteil,paris",
    "FIM_APPLICATION": "passpro",
    "FIM_GROUPES_SAIO": "PASSPRO-SAIO=creteil",
}
PROCONNECT = {
    "PROCONNECT_EMETTEUR": "https://idp.example/api/v2",
    "PROCONNECT_CLIENT": "client",
    "PROCONNECT_SECRET": "secret",
    "PROCONNECT_URL_AUTORISATION": "https://idp.example/api/v2/authorize",
    "PROCONNECT_URL_JETON": "https://idp.example/api/v2/token",
    "PROCONNECT_URL_IDENTITE": "https://idp.example/api/v2/userinfo",
    "PROCONNECT_URL_CLES": "https://idp.example/api/v2/jwks",
    "PROCONNECT_URL_FIN": "https://idp.example/api/v2/session/end",
    "PROCONNECT_FOURNISSEURS_ADMIS": "idp-de-l-academie",
}


def env(variables: dict[str, str]) -> environ.Env:
    lecteur = environ.Env()
    lecteur.ENVIRON = variables
    return lecteur


def arena(variables, *, production=True):
    return lire_arena(env(variables), production=production)


def fournisseurs(variables, *, production=True):
    return lire_les_fournisseurs(env(variables), production=production)


def test_proconnect_sans_fournisseur_admis_arrete_la_production():
    ouvert = PROCONNECT | {"PROCONNECT_FOURNISSEURS_ADMIS": ""}
    with pytest.raises(ImproperlyConfigured, match="PROCONNECT_FOURNISSEURS_ADMIS"):
        fournisseurs(ouvert)
    assert fournisseurs(ouvert, production=False)["proconnect"].fournisseurs_admis == ()
    assert fournisseurs(PROCONNECT)["proconnect"].fournisseurs_admis == ("idp-de-l-academie",)
    de_l_academie = {nom.replace("PROCONNECT", "OIDC"): valeur for nom, valeur in ouvert.items()}
    assert fournisseurs(de_l_academie)["oidc"].fournisseurs_admis == ()


def test_rien_de_declare_rien_d_ouvert():
    assert arena({}) is None
    assert fournisseurs({"FIM_ACADEMIES": "creteil", "ARENA_SECRETS": ""}) == {}


def test_un_portail_entier_se_lit():
    lu = arena(ARENA | {"ARENA_RETOURS": "Portail.example", "ARENA_A_CHAQUE_REQUETE": "1"})
    assert [str(reseau) for reseau in lu.mandataires] == ["10.0.0.7/32", "2001:db8::/64"]
    assert (lu.places.academies, dict(lu.places.groupes_saio)) == (("creteil", "paris"), {"PASSPRO-SAIO": "creteil"})
    assert (lu.retours, lu.a_chaque_requete, lu.second_facteur) == (("portail.example",), True, False)
    assert sorties(lu, {}) == ["https://portail.example"]


@pytest.mark.parametrize(
    "ecart",
    [
        {"ARENA_MANDATAIRES": ""},
        {"ARENA_SECRETS": ""},
        {"FIM_ACADEMIES": ""},
        {"ARENA_SECRETS": "s" * 31},
        {"ARENA_SECRETS": f"{'s' * 32},court"},
        {"ARENA_SECRETS": ",".join("s" * 32 for _ in range(3))},
        {"ARENA_MANDATAIRES": "portail.example"},
        {"ARENA_MANDATAIRES": "10.0.0.7/24"},
        {"ARENA_PORTAIL": "http://portail.example/"},
        {"ARENA_ENTETE_DU_SECRET": "X_Secret"},
        {"FIM_GROUPES_SAIO": "PASSPRO-SAIO=versailles"},
    ],
    ids=repr,
)
def test_un_portail_a_moitie_declare_arrete_la_production(ecart):
    with pytest.raises(ImproperlyConfigured):
        arena(ARENA | ecart)


def test_un_seul_reglage_du_portail_suffit_a_demander_les_autres():
    with pytest.raises(ImproperlyConfigured, match="tous les trois"):
        arena({"ARENA_RETOURS": "portail.example"})


def test_hors_production_un_secret_court_convient():
    assert arena(ARENA | {"ARENA_SECRETS": "court"}, production=False).secrets == ("court",)


def test_proconnect_se_lit_avec_ses_portees_une_a_une():
    lu = fournisseurs(PROCONNECT)["proconnect"]
    assert lu.portees == "openid email given_name usual_name uid siret idp_id"
    assert (lu.nom, lu.identite_signee, lu.places) == ("ProConnect", True, None)
    assert sorties(None, {"proconnect": lu}) == ["https://idp.example"]


@pytest.mark.parametrize("manque", [cle for cle in PROCONNECT if cle != "PROCONNECT_URL_FIN"])
def test_un_fournisseur_a_moitie_declare_arrete_la_production_et_dit_ce_qui_manque(manque):
    with pytest.raises(ImproperlyConfigured, match=manque):
        fournisseurs({cle: valeur for cle, valeur in PROCONNECT.items() if cle != manque})


@pytest.mark.parametrize(
    "ecart",
    [
        {"PROCONNECT_URL_JETON": "http://idp.example/token"},
        {"PROCONNECT_URL_FIN": "http://idp.example/fin"},
        {"PROCONNECT_ALGORITHME": "HS256"},
        {"PROCONNECT_ALGORITHME": "none"},
        {"PROCONNECT_ATTRIBUTS_FIM": "1"},
    ],
    ids=repr,
)
def test_un_fournisseur_mal_declare_arrete_la_production(ecart):
    with pytest.raises(ImproperlyConfigured):
        fournisseurs(PROCONNECT | ecart)


def test_le_fournisseur_d_une_academie_donne_les_places_de_ses_attributs():
    variables = {nom.replace("PROCONNECT_", "OIDC_"): valeur for nom, valeur in PROCONNECT.items()}
    lu = fournisseurs(variables | {"OIDC_ATTRIBUTS_FIM": "1", "FIM_ACADEMIES": "creteil"})["oidc"]
    assert lu.places.academies == ("creteil",)
    assert not lu.identite_signee
