"""Les lectures que chaque page refait : les mêmes lignes que l'ORM, en peu d'instructions, sans rien garder."""

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.db.models import CharField
from django.test.utils import CaptureQueriesContext

from comptes.lectures_preparees import LecturePreparee, Parametre
from comptes.models import Personne, Session
from tests.colonnes import colonne_elargie
from tests.factories.referentiel import PersonneFactory


@pytest.fixture
def personne(db):
    return PersonneFactory(courriel="claire.petit@passpro.example", nom="100 % Petit")


@pytest.fixture
def par_nom():
    return LecturePreparee(
        lambda: Personne.objects.filter(nom=Parametre("nom", CharField())).exclude(prenom="100 %").order_by("pk")
    )


def preparees() -> int:
    with connection.cursor() as curseur:
        curseur.execute("SELECT count(*) FROM pg_prepared_statements")
        return curseur.fetchone()[0]


class TestLecture:
    def test_elle_rend_ce_que_rendrait_l_orm_a_chaque_valeur(self, personne, par_nom):
        autre = PersonneFactory(nom="Diallo")
        assert par_nom.lire(nom="100 % Petit") == [personne]
        assert par_nom.lire(nom="Diallo") == [autre]
        assert par_nom.lire(nom="'; DROP TABLE comptes_personne; --") == []

    def test_elle_ne_garde_rien_de_ce_qu_elle_a_lu(self, personne, par_nom):
        assert par_nom.lire(nom="100 % Petit")[0].is_active
        Personne.objects.update(is_active=False)
        assert not par_nom.lire(nom="100 % Petit")[0].is_active

    def test_la_base_ne_la_prepare_qu_une_fois_par_connexion(self, personne, par_nom):
        avant = preparees()
        par_nom.lire(nom="Diallo")
        par_nom.lire(nom="Martin")
        assert preparees() == avant + 1

    def test_les_autres_requetes_ne_sont_pas_preparees(self, personne):
        avant = preparees()
        assert Personne.objects.get(nom="100 % Petit") == personne
        assert preparees() == avant


class TestPersonneConnectee:
    def test_la_session_et_la_personne_se_lisent_ensemble(self, connecter, personne):
        client = connecter(personne)
        client.get("/compte/")
        with CaptureQueriesContext(connection) as requetes:
            assert client.get("/compte/").status_code == 200
        tables = ("comptes_session", "referentiel_rattachement", "comptes_identitefederee")
        assert [f'FROM "{table}"' in une["sql"] for table, une in zip(tables, requetes, strict=True)] == [True] * 3

    @pytest.mark.parametrize(
        ("cle", "valeur"),
        [(SESSION_KEY, "0"), (BACKEND_SESSION_KEY, "django.contrib.auth.backends.AllowAllUsersModelBackend")],
        ids=["autre-personne", "moteur-retire"],
    )
    def test_une_ligne_qui_contredit_la_session_n_ouvre_rien(self, connecter, personne, cle, valeur):
        client = connecter(personne)
        session = client.session
        session[cle] = valeur
        session.save()
        assert Session.objects.filter(pk=session.session_key).update(personne=personne) == 1
        assert client.get("/compte/").status_code == 302

    def test_un_mot_de_passe_change_ailleurs_ferme_la_session(self, connecter, personne):
        client = connecter(personne)
        assert client.get("/compte/").status_code == 200
        personne.set_password("un autre mot de passe")
        personne.save()
        assert client.get("/compte/").status_code == 302

    def test_une_session_ouverte_sous_l_ancien_secret_reste_ouverte(self, connecter, personne, settings):
        client = connecter(personne)
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "une-autre-cle" * 5
        assert client.get("/compte/").status_code == 200


@pytest.mark.django_db(transaction=True)
class TestMigration:
    def test_une_colonne_elargie_ailleurs_se_lit_encore(self, par_nom):
        personne = PersonneFactory(nom="Diallo")
        assert par_nom.lire(nom="Diallo") == [personne]
        with colonne_elargie("comptes_personne", "civilite", "varchar(3)", "varchar(9)"):
            assert par_nom.lire(nom="Diallo") == [personne]

    def test_elle_se_lit_encore_dans_une_transaction(self, par_nom):
        """Un plan refusé y perdrait tout : celui-ci ne dépend pas de la largeur d'un texte."""
        personne = PersonneFactory(nom="Diallo")
        assert par_nom.lire(nom="Diallo") == [personne]
        with colonne_elargie("comptes_personne", "civilite", "varchar(3)", "varchar(9)"), transaction.atomic():
            assert par_nom.lire(nom="Diallo") == [personne]
