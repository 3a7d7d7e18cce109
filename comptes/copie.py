"""Écrire beaucoup de lignes d'un coup : un COPY coûte trois fois moins qu'un INSERT de trois mille lignes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from psycopg.sql import SQL, Composable, Identifier

from courriers.requetes_preparees import requetes_preparees, sont_groupees

# Ce que psycopg écrit tel quel, dans une colonne qui n'est pas du JSON.
TELS_QUELS = (str, int, bool, type(None))


def inserer_en_bloc(objets: Sequence[models.Model]) -> None:
    """Insère, d'une commande, des objets d'un même modèle dont toutes les valeurs sont posées.

    Leur clé est laissée à la base s'ils n'en ont pas ; ils ne l'apprennent pas. Lève `IntegrityError` comme un INSERT,
    qui prend la place du COPY pour un seul objet ou entre des requêtes groupées.
    """
    if not objets:
        return
    modele = type(objets[0])
    champs = [champ for champ in modele._meta.concrete_fields if not (champ.primary_key and objets[0].pk is None)]
    ecrire = [_ecriture(champ) for champ in champs]
    lignes = ([ecriture(objet) for ecriture in ecrire] for objet in objets)
    if len(objets) == 1 or sont_groupees(connection.connection):
        _inserer(modele, champs, lignes)
    else:
        _copier(modele, champs, lignes)


def _copier(modele: type[models.Model], champs: Sequence[models.Field], lignes: Iterable[list[Any]]) -> None:
    colonnes: list[Composable] = [Identifier(str(champ.column)) for champ in champs]
    demande = SQL("COPY {} ({}) FROM STDIN").format(Identifier(modele._meta.db_table), SQL(", ").join(colonnes))
    with connection.wrap_database_errors, connection.cursor() as curseur, curseur.copy(demande) as copie:
        for ligne in lignes:
            copie.write_row(ligne)


def _inserer(modele: type[models.Model], champs: Sequence[models.Field], lignes: Iterable[list[Any]]) -> None:
    nommer = connection.ops.quote_name
    colonnes, places = ", ".join(nommer(champ.column) for champ in champs), ", ".join(["%s"] * len(champs))
    demande = f"INSERT INTO {nommer(modele._meta.db_table)} ({colonnes}) VALUES ({places})"  # noqa: S608 - des noms
    with requetes_preparees(), connection.cursor() as curseur:
        for ligne in lignes:
            curseur.execute(demande, ligne)


def _ecriture(champ: models.Field) -> Callable[[models.Model], Any]:
    """De quoi lire la valeur à écrire d'un objet, sans repasser par le champ pour ce qui s'écrit tel quel."""
    nom, base = champ.attname, connections[DEFAULT_DB_ALIAS]
    directs = () if isinstance(champ, models.JSONField) else TELS_QUELS

    def ecriture(objet: models.Model) -> Any:
        valeur = getattr(objet, nom)
        return valeur if type(valeur) in directs else champ.get_db_prep_save(valeur, base)

    return ecriture


def cles_reservees(modele: type[models.Model], nombre: int) -> list[int]:
    """Clés prises d'avance à la séquence de `modele`, pour des objets à insérer en bloc."""
    with connection.cursor() as curseur:
        # Le nom de la séquence se cherche une fois, pas une fois par clé.
        curseur.execute(
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass)) FROM generate_series(1, %s)",
            [modele._meta.db_table, modele._meta.pk.column, nombre],
        )
        return [cle for (cle,) in curseur.fetchall()]
