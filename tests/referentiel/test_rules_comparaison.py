"""Comparer ce qui est à ce qu'un fichier demande (R9)."""

import operator

import pytest

from referentiel.models import Formation
from referentiel.rules import annuaire, catalogue_importe
from referentiel.rules.comparaison import Ecart, Fiche, Plan, comparer, est_une_copie_appauvrie


def pareil(champ, avant, apres):
    return operator.eq(avant, apres)


def fiche(nom, attache="", **champs):
    return Fiche(("chose", nom), nom, champs, attache=attache)


def test_le_plan_range_chaque_fiche_une_fois():
    plan = comparer(
        [fiche("pareille", a=1), fiche("changee", a=1, b=2), fiche("partie"), fiche("tenue", "On y tient.")],
        [fiche("pareille", a=1), fiche("changee", a=3), fiche("neuve", a=1)],
        pareil=pareil,
        genres_retires=["chose"],
    )
    assert [f.libelle for f in plan.ajouts] == ["neuve"]
    assert [(c.fiche.libelle, c.ecarts) for c in plan.modifications] == [("changee", (Ecart("a", 1, 3),))]
    assert [f.libelle for f in plan.retraits] == ["partie"]
    assert [f.libelle for f in plan.gardes] == ["tenue"]
    assert (plan.inchanges, plan.nombre) == (1, 3)


def test_rien_ne_se_retire_sans_le_demander():
    assert comparer([fiche("partie")], [], pareil=pareil).nombre == 0


@pytest.mark.parametrize(
    ("groupes", "nombre"), [([], 0), (["ajouts"], 1), (["retraits", "inconnu"], 1), (["ajouts", "retraits"], 2)]
)
def test_un_plan_se_reduit_aux_groupes_choisis(groupes, nombre):
    plan = comparer([fiche("partie")], [fiche("neuve")], pareil=pareil, genres_retires=["chose"])
    assert plan.reduit_a(groupes).nombre == nombre


def test_l_empreinte_ne_depend_que_de_l_effet():
    un = comparer([], [fiche("neuve", a=1)], pareil=pareil)
    assert un.empreinte == Plan(ajouts=un.ajouts, inchanges=9, remarques=("note",)).empreinte
    assert un.empreinte != comparer([], [fiche("neuve", a=2)], pareil=pareil).empreinte
    assert un.empreinte != Plan().empreinte


@pytest.mark.parametrize(
    ("avant", "apres", "appauvrie"),
    [
        ("87 rue du Vieux Rû", "87 RUE DU VIEUX RU", True),
        ("L’Haÿ-les-Roses", "L'Hay les Roses", True),
        ("Ecole", "École", False),
        ("ECOLE", "Ecole", False),
        ("Rue de l’École", "Rue du Lac", False),
        ("même", "même", True),
    ],
)
def test_une_copie_appauvrie_n_apporte_rien(avant, apres, appauvrie):
    assert est_une_copie_appauvrie(avant, apres) is appauvrie


def test_les_types_du_tableau_sont_ceux_du_catalogue():
    assert dict(Formation.Type.choices) == catalogue_importe.LIBELLES_DES_TYPES


@pytest.mark.parametrize(
    ("dit", "type_"),
    [
        ("1CAP2", "cap"),
        ("1CAP2A", "cap_agricole"),
        ("2NDPRO", "2de_pro"),
        ("2DEPRO", "2de_pro"),
        ("2de Pro", "2de_pro"),
        ("2DPROA", "2de_pro_agricole"),
        ("2DE PROA", "2de_pro_agricole"),
        ("2de professionnelle agricole", "2de_pro_agricole"),
        ("cap", "cap"),
    ],
)
def test_un_type_se_lit_en_clair_ou_en_code(dit, type_):
    assert catalogue_importe.lire_le_type(dit) == type_


@pytest.mark.parametrize(
    ("departement", "uai", "attendu"),
    [
        ("77", "0930001A", "077"),
        (93, "", "093"),
        ("2a", "", "02A"),
        ("Seine-et-Marne", "0770001A", "077"),
        (None, "0940001A", "094"),
    ],
)
def test_un_departement_retrouve_ses_zeros(departement, uai, attendu):
    assert annuaire.le_departement({"departement": departement}, uai) == attendu


@pytest.mark.parametrize(
    ("dit", "attendu"),
    [("160566060", "01 60 56 60 60"), ("01.60.56.60.60", "01 60 56 60 60"), ("+33 1 60", "+33 1 60")],
)
def test_un_telephone_retrouve_son_zero(dit, attendu):
    assert annuaire.lire_le_telephone(dit) == attendu
