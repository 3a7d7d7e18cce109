"""Falsifier l'historique : la base refuse au rôle de l'application, et une ligne changée se voit (R39, T21)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from itertools import product

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from comptes.management.commands.roles_de_la_base import INALTERABLES, SOUS_LE_PROPRIETAIRE
from comptes.models import Evenement, Sceau, Trace
from comptes.services import consigner, consigner_plusieurs
from comptes.services.journal import Nature, journaliser
from comptes.services.sceaux import sceller, verifier
from comptes.tasks import verifier_l_historique
from tests.factories.referentiel import PersonneFactory

CHANGEMENT = "UPDATE comptes_trace SET {} = %s WHERE id = %s"
FALSIFICATIONS = (
    "UPDATE {} SET signature = ''",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "DROP TABLE {}",
)
ROLE = "passpro_essai_application"
LE = timezone.now()


def trois_lignes() -> list[Trace]:
    personne = PersonneFactory()
    phrases = [(personne, "Deuxième."), (personne, "Troisième.")]
    consigner(objet=personne, fait="essai", phrase="Première.", par=personne, le=LE, apres={"é": [1, "deux"]})
    consigner_plusieurs(phrases=phrases, fait="essai", par=None, le=LE)
    journaliser(nature=Nature.EXPORT, phrase="Un export.", le=LE)
    return list(Trace.objects.order_by("pk"))


def en_proprietaire(ordre: str, *valeurs: object) -> None:
    """Ce que ferait qui tient la base : les déclencheurs éteints."""
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL session_replication_role = replica")
        curseur.execute(ordre, valeurs)
        curseur.execute("SET LOCAL session_replication_role = origin")


def test_un_historique_intact_se_verifie_avant_et_apres_son_sceau(db):
    trois_lignes()
    assert not verifier(le=LE).fautes
    assert sceller(le=LE) == 2
    assert sceller(le=LE) == 0
    trois_lignes()
    assert sceller(le=LE) == 2
    verification = verifier(le=LE)
    assert not verification.fautes
    assert (verification.lues, verification.sceaux) == (Trace.objects.count() + Evenement.objects.count(), 4)


@pytest.mark.parametrize("scelle", [False, True], ids=["le jour même", "après le sceau"])
@pytest.mark.parametrize(
    ("colonne", "valeur"),
    [
        ("phrase", "Autre chose."),
        ("auteur_nom", "Quelqu'un d'autre"),
        ("le", LE - timedelta(seconds=1)),
        ("apres", '{"é": [1, "trois"]}'),
        ("objet_id", 0),
        ("signature", ""),
    ],
)
def test_une_ligne_changee_par_le_proprietaire_de_la_base_se_voit(db, colonne, valeur, scelle):
    derniere = trois_lignes()[-1]
    if scelle:
        sceller(le=LE)
    en_proprietaire(CHANGEMENT.format(colonne), valeur, derniere.pk)
    [faute, *_] = verifier(le=LE).fautes
    assert f"ligne {derniere.pk}" in faute


def test_une_ligne_effacee_ajoutee_ou_deplacee_apres_le_sceau_se_voit(db):
    lignes = trois_lignes()
    sceller(le=LE)
    en_proprietaire("DELETE FROM comptes_trace WHERE id = %s", lignes[1].pk)
    assert ["effacées" in faute for faute in verifier(le=LE).fautes] == [True]
    en_proprietaire("UPDATE comptes_trace SET id = %s WHERE id = %s", lignes[1].pk, lignes[2].pk)
    assert ["effacées" in faute for faute in verifier(le=LE).fautes] == [True]


def test_un_sceau_change_ou_ote_se_voit(db):
    for _ in range(3):
        trois_lignes()
        sceller(le=LE)
    milieu = Sceau.objects.filter(registre="comptes_trace").order_by("jusqu_a")[1]
    en_proprietaire("UPDATE comptes_sceau SET le = %s WHERE id = %s", LE - timedelta(days=900), milieu.pk)
    assert "un sceau a changé" in verifier(le=LE).fautes[0]
    en_proprietaire("DELETE FROM comptes_sceau WHERE id = %s", milieu.pk)
    assert "un sceau manque" in verifier(le=LE).fautes[0]


def test_la_commande_dit_la_faute_et_finit_en_echec(db):
    derniere = trois_lignes()[-1]
    sortie, erreurs = StringIO(), StringIO()
    call_command("verifier_l_historique", stdout=sortie, stderr=erreurs)
    assert "rien n’a été changé" in sortie.getvalue()
    en_proprietaire("UPDATE comptes_trace SET phrase = 'Autre.' WHERE id = %s", derniere.pk)
    with pytest.raises(SystemExit) as fin:
        call_command("verifier_l_historique", stdout=sortie, stderr=erreurs)
    assert fin.value.code == 1
    assert f"ligne {derniere.pk}" in erreurs.getvalue()


def test_le_passage_de_la_nuit_inscrit_son_resultat_une_fois_et_dit_la_faute(db, caplog):
    derniere = trois_lignes()[-1]
    verifier_l_historique()
    verifier_l_historique()
    assert Evenement.objects.filter(nature=Nature.VERIFICATION).count() == 1
    assert Sceau.objects.filter(registre="comptes_trace").count() == 1
    en_proprietaire("UPDATE comptes_trace SET phrase = 'Autre.' WHERE id = %s", derniere.pk)
    verifier_l_historique()
    assert f"ligne {derniere.pk}" in caplog.text
    assert "anomalie" in Evenement.objects.filter(nature=Nature.VERIFICATION).latest("pk").phrase


def test_les_signatures_d_avant_un_changement_de_cle_restent_reconnues(db, settings):
    trois_lignes()
    sceller(le=LE)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "une-autre-cle" * 5
    trois_lignes()
    sceller(le=LE)
    assert not verifier(le=LE).fautes
    settings.SECRET_KEY_FALLBACKS = []
    assert verifier(le=LE).fautes


@pytest.fixture
def role_de_l_application(transactional_db):
    """Le rôle que crée la commande, sur la base d'essai ; rend de quoi s'y connecter sous ce rôle."""
    nom = f"{ROLE}_{connection.settings_dict['NAME']}"
    call_command("roles_de_la_base", role=nom, stdout=StringIO())
    call_command("roles_de_la_base", role=nom, stdout=StringIO())
    parametres = {**connection.get_connection_params(), "user": nom}
    parametres.pop("context", None)
    parametres.pop("cursor_factory", None)
    yield parametres
    with connection.cursor() as curseur:
        curseur.execute(f"DROP OWNED BY {nom}; DROP ROLE {nom}")
        curseur.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")


def test_le_role_de_l_application_ajoute_a_l_historique_et_n_y_change_rien(role_de_l_application):
    trois_lignes()
    with psycopg.connect(**role_de_l_application, autocommit=True) as connexion:
        for table, ordre in product(INALTERABLES, FALSIFICATIONS):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connexion.execute(ordre.format(table))
        for ordre in ("SET session_replication_role = replica", "CREATE TABLE public.autre (x int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connexion.execute(ordre)
        connexion.execute("SET passpro.purge_du_journal = 'oui'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connexion.execute("DELETE FROM comptes_evenement")
        assert connexion.execute("SELECT comptes_purger_le_journal(%s)", [2**62]).fetchone() == (0,)
    assert Trace.objects.count() == 3


def test_une_table_temporaire_ne_detourne_pas_ce_qui_s_execute_sous_le_proprietaire(role_de_l_application):
    """Devant la vraie table, son déclencheur s'exécuterait sous le propriétaire de la base (T21)."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
        assert {nom for (nom,) in curseur.fetchall()} == set(SOUS_LE_PROPRIETAIRE)
        curseur.execute(
            "SELECT proname FROM pg_proc WHERE proname = ANY(%s) AND has_function_privilege('public', oid, 'EXECUTE')",
            [list(SOUS_LE_PROPRIETAIRE)],
        )
        assert curseur.fetchall() == []
    with psycopg.connect(**role_de_l_application) as connexion:
        connexion.execute("CREATE TEMPORARY TABLE comptes_evenement (id bigint, le timestamptz)")
        connexion.execute("INSERT INTO comptes_evenement VALUES (1, '2001-01-01')")
        connexion.execute("GRANT ALL ON comptes_evenement TO PUBLIC")
        assert connexion.execute("SELECT comptes_purger_le_journal(%s)", [2**62]).fetchone() == (0,)
        connexion.rollback()


@contextmanager
def sous_le_role(nom: str) -> Iterator[None]:
    """Fait de la connexion de l'application celle de ce rôle."""
    proprietaire = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = nom
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"] = proprietaire


def test_l_application_marche_sous_son_role(role_de_l_application):
    """Consigner, journaliser, sceller, vérifier, et les écritures ordinaires : rien ne demande davantage."""
    with sous_le_role(role_de_l_application["user"]):
        with connection.cursor() as curseur:
            curseur.execute("SELECT current_user")
            assert curseur.fetchone() == (role_de_l_application["user"],)
        trois_lignes()
        verifier_l_historique()
        assert not verifier(le=LE).fautes
        assert Sceau.objects.count() == 2
