"""Crée, ou remet d'aplomb, le rôle sous lequel l'application se connecte à la base (T21).

    MOT_DE_PASSE_DE_L_APPLICATION=… gerer roles_de_la_base
    gerer roles_de_la_base --role passpro_application --simuler

Se lance sous le rôle propriétaire, après chaque `migrate`. Le rôle de l'application lit et écrit tout ce que les pages
demandent ; de l'historique, du journal et de leurs sceaux, il ne fait que lire et ajouter. Il ne crée ni ne change
aucune table. Le mot de passe vient de l'environnement : une ligne de commande se lit dans la liste des processus.
"""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from psycopg import sql

from comptes.models import Evenement, Sceau, Trace

ROLE = "passpro_application"
VARIABLE = "MOT_DE_PASSE_DE_L_APPLICATION"
INALTERABLES = tuple(modele._meta.db_table for modele in (Trace, Evenement, Sceau))
EN_LECTURE = ("django_migrations",)
# Elles s'exécutent sous le propriétaire : une base rendue d'une sauvegarde les aurait ouvertes à tous.
SOUS_LE_PROPRIETAIRE = ("comptes_arreter_le_registre", "comptes_purger_le_journal", "comptes_anonymiser_les_traces")


class Command(BaseCommand):
    help = "Crée ou remet d'aplomb le rôle de la base sous lequel l'application se connecte."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", default=ROLE, help=f"Nom du rôle ({ROLE}).")
        parser.add_argument("--simuler", action="store_true", help="Montre les ordres sans les donner.")

    def handle(self, *args: Any, role: str, simuler: bool, **options: Any) -> None:
        mot_de_passe = os.environ.get(VARIABLE, "")
        if simuler:
            for ordre in ordres(role, connection.settings_dict["NAME"], "…" if mot_de_passe else ""):
                self.stdout.write(f"{ordre.as_string(None)};")
            return
        with transaction.atomic(), connection.cursor() as curseur:
            if not _existe(curseur, role):
                curseur.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
            for ordre in ordres(role, connection.settings_dict["NAME"], mot_de_passe):
                curseur.execute(ordre)
        self.stdout.write(f"Le rôle {role} lit et écrit l'application ; l'historique, il ne fait qu'y ajouter.")


def _existe(curseur: Any, role: str) -> bool:
    curseur.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    return curseur.fetchone() is not None


def ordres(role: str, base: str, mot_de_passe: str) -> Iterator[sql.Composed]:
    """Ce que peut le rôle, et rien de plus ; les mêmes ordres, donnés deux fois, donnent le même état."""
    qui = sql.Identifier(role)
    yield sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS").format(qui)
    if mot_de_passe:
        yield sql.SQL("ALTER ROLE {} PASSWORD {}").format(qui, sql.Literal(mot_de_passe))
    yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(base), qui)
    yield sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {}").format(qui)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(qui)
    yield sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(qui)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(qui)
    for table in INALTERABLES:
        yield sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), qui)
    for table in EN_LECTURE:
        yield sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), qui)
    for fonction in SOUS_LE_PROPRIETAIRE:
        yield sql.SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC").format(sql.Identifier(fonction))
    yield sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(qui)
