"""La requête des comptes s'écrit une fois pour un jour et des règles ; ses nombres se relisent à chaque page."""

from datetime import timedelta

import pytest

from candidatures.rules import Etat
from pilotage.selectors.taches import ACADEMIE, ACCUEIL, ORIGINE, Ou, compter
from pilotage.selectors.taches.comptes import _ecrire, _Instant, lire_les_comptes
from referentiel.campagnes_lues import campagne_de
from referentiel.models import JeuDeRegles
from referentiel.permissions import perimetre_de
from referentiel.rules.dates import debut_du_jour, jour_de
from tests.factories.referentiel import EtablissementFactory

COTES = {"chef_origine": ORIGINE, "chef_accueil": ACCUEIL, "saio": ACADEMIE}


def ou_de(scene, role: str = "chef_origine", le=None, etablissement=None) -> Ou:
    (place,) = perimetre_de(getattr(scene, role).personne.pk).places
    campagne = campagne_de(scene.campagne.academie, le=scene.le)
    ou = etablissement or place.etablissement
    return Ou(campagne, ou.pk if ou else None, place, le or scene.le)


def nombres(ou: Ou, taches) -> dict[str, int]:
    lus = lire_les_comptes(taches, ou)
    return {tache.code: lus[f"compte_{rang}"][0] for rang, tache in enumerate(taches)}


@pytest.mark.parametrize("role", COTES)
@pytest.mark.parametrize("heures", [0, 5], ids=["maintenant", "plus-tard-le-meme-jour"])
def test_chaque_nombre_est_celui_de_sa_liste(scene, role, heures):
    scene.tout()
    nombres(ou_de(scene, role), COTES[role])
    ou = ou_de(scene, role, le=scene.le + timedelta(hours=heures))
    assert nombres(ou, COTES[role]) == {tache.code: tache.lignes(ou).count() for tache in COTES[role]}


def test_le_jour_suivant_se_lit_a_son_heure(scene):
    scene.tout()
    nombres(ou_de(scene, "chef_accueil"), ACCUEIL)
    ou = ou_de(scene, "chef_accueil", le=scene.le + timedelta(days=20))
    assert nombres(ou, ACCUEIL) == {tache.code: tache.lignes(ou).count() for tache in ACCUEIL}


def test_un_etablissement_ne_lit_jamais_les_nombres_d_un_autre(scene):
    scene.tout()
    assert any(nombres(ou_de(scene), ORIGINE).values())
    assert not any(nombres(ou_de(scene, etablissement=EtablissementFactory()), ORIGINE).values())


def test_un_nombre_change_avec_les_lignes_et_une_regle_des_qu_elle_change(scene):
    scene.en_retard()
    retards = [tache for tache in ACCUEIL if tache.code == "comptes-rendus-en-retard"]
    assert nombres(ou_de(scene, "chef_accueil"), retards) == {"comptes-rendus-en-retard": 1}
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(delai_compte_rendu=60)
    assert nombres(ou_de(scene, "chef_accueil"), retards) == {"comptes-rendus-en-retard": 0}


def test_compter_ne_coute_qu_une_instruction(scene, django_assert_num_queries):
    scene.candidature(Etat.ABSENTE)
    ou = ou_de(scene)
    compter(ORIGINE, ou)
    with django_assert_num_queries(1):
        assert [comptee.code for comptee in compter(ORIGINE, ou)]


def test_une_tache_qui_se_deciderait_a_une_heure_est_refusee(scene):
    instant = _Instant.de(scene.le)
    assert instant > debut_du_jour(jour_de(scene.le) - timedelta(days=1))
    with pytest.raises(TypeError, match="au jour près"):
        assert instant >= scene.le


def test_aucune_constante_ne_fige_l_instant_ni_l_etablissement(scene):
    for role, taches in COTES.items():
        sql = _ecrire(taches, ou_de(scene, role)).sql
        assert "2147480" not in sql, role
        assert scene.le.isoformat(sep=" ")[:19] not in sql, role
