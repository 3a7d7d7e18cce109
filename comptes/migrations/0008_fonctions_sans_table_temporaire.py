"""Les fonctions exécutées sous le propriétaire cherchent leurs tables dans `public`, et en dernier les temporaires.

Avec le chemin d'origine, une table temporaire du même nom passait devant : le rôle de l'application aurait pu leur faire
exécuter, sous le propriétaire, un déclencheur à lui (T21).
"""

from django.db import migrations

FONCTIONS = (
    "comptes_arreter_le_registre(text)",
    "comptes_purger_le_journal(bigint)",
    "comptes_anonymiser_les_traces(bigint[], text[])",
)


class Migration(migrations.Migration):
    dependencies = [("comptes", "0007_historique_anonymisable")]

    operations = [
        migrations.RunSQL(
            [f"ALTER FUNCTION {fonction} SET search_path = pg_catalog, public, pg_temp" for fonction in FONCTIONS],
            [f"ALTER FUNCTION {fonction} SET search_path FROM CURRENT" for fonction in FONCTIONS],
        )
    ]
