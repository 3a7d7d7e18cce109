"""Le domaine des entretiens d'avant, par lots : chacun se valide seul, personne n'attend la table (0009).

Arrêtée, elle reprend où elle en était.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LOT = 1_000
REMPLIR = """
UPDATE entretiens_entretien SET domaine_id = NULL
WHERE id IN (SELECT id FROM entretiens_entretien WHERE domaine_id IS NULL AND id > %s AND id <= %s)
"""


def remplir(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Le déclencheur écrit le domaine à la place de ce vide."""
    with schema_editor.connection.cursor() as curseur:
        curseur.execute("SELECT coalesce(max(id), 0) FROM entretiens_entretien")
        for apres in range(0, curseur.fetchone()[0], LOT):
            curseur.execute(REMPLIR, [apres, apres + LOT])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("entretiens", "0009_comptes_d_une_academie")]

    operations = [migrations.RunPython(remplir, migrations.RunPython.noop)]
