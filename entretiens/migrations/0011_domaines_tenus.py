"""Le domaine répété est tenu égal à celui de la candidature, et s'indexe (0009, 0010)."""

import django.db.models.deletion
from django.db import migrations, models

INDEXER = """
CREATE INDEX IF NOT EXISTS entretien_par_domaine ON entretiens_entretien (domaine_id, etat)
    INCLUDE (candidature_id, periode);
"""
DESINDEXER = "DROP INDEX IF EXISTS entretien_par_domaine;"

# Sans vérifier d'abord : vérifier, ensuite, n'arrête ni lecture ni écriture.
LIER = """
ALTER TABLE entretiens_entretien DROP CONSTRAINT IF EXISTS entretien_domaine_de_la_candidature;
ALTER TABLE entretiens_entretien
    ADD CONSTRAINT entretien_domaine_de_la_candidature FOREIGN KEY (candidature_id, domaine_id)
    REFERENCES candidatures_candidature (id, domaine_id) NOT VALID;
"""
VERIFIER = "ALTER TABLE entretiens_entretien VALIDATE CONSTRAINT entretien_domaine_de_la_candidature;"
DELIER = "ALTER TABLE entretiens_entretien DROP CONSTRAINT IF EXISTS entretien_domaine_de_la_candidature;"


class Migration(migrations.Migration):
    # Chaque commande se valide seule, et peut se refaire : aucune ne tient la table pendant la suivante.
    atomic = False

    dependencies = [("entretiens", "0010_domaines_repetes")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(INDEXER, DESINDEXER)],
            state_operations=[
                migrations.AddIndex(
                    "entretien",
                    models.Index(
                        fields=["domaine", "etat"], include=("candidature", "periode"), name="entretien_par_domaine"
                    ),
                )
            ],
        ),
        migrations.RunSQL(LIER, DELIER),
        migrations.RunSQL(VERIFIER, migrations.RunSQL.noop),
        migrations.AlterField(
            "entretien",
            "domaine",
            models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="referentiel.domaine",
            ),
        ),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
