"""Le domaine d'un entretien se répète de sa candidature : une académie compte ses entretiens sans lire les autres."""

import django.db.models.deletion
from django.db import migrations, models

# La base écrit le domaine elle-même : aucun service ne peut l'oublier, ni une version d'avant qui sert encore.
REPETER = """
UPDATE entretiens_entretien t SET domaine_id = c.domaine_id
FROM candidatures_candidature c WHERE c.id = t.candidature_id;

CREATE FUNCTION entretiens_repeter_le_domaine() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.domaine_id := (SELECT domaine_id FROM candidatures_candidature WHERE id = NEW.candidature_id);
    RETURN NEW;
END $$;
CREATE TRIGGER entretiens_domaine BEFORE INSERT OR UPDATE OF candidature_id, domaine_id ON entretiens_entretien
    FOR EACH ROW EXECUTE FUNCTION entretiens_repeter_le_domaine();
"""

NE_PLUS_REPETER = """
DROP TRIGGER entretiens_domaine ON entretiens_entretien;
DROP FUNCTION entretiens_repeter_le_domaine();
"""

LIER = """
ALTER TABLE entretiens_entretien
    ADD CONSTRAINT entretien_domaine_de_la_candidature FOREIGN KEY (candidature_id, domaine_id)
    REFERENCES candidatures_candidature (id, domaine_id);
"""

DELIER = "ALTER TABLE entretiens_entretien DROP CONSTRAINT entretien_domaine_de_la_candidature;"


def _domaine(**options: bool) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="referentiel.domaine",
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("candidatures", "0002_cles_composees"),
        ("entretiens", "0008_creneaux_libres"),
    ]

    operations = [
        # Répéter le domaine de chaque entretien lit et récrit toute la table.
        migrations.RunSQL("SET LOCAL statement_timeout = 0", migrations.RunSQL.noop),
        migrations.AddField("entretien", "domaine", _domaine(null=True)),
        migrations.RunSQL(REPETER, NE_PLUS_REPETER),
        migrations.AlterField("entretien", "domaine", _domaine()),
        migrations.RunSQL(LIER, DELIER),
        migrations.AddIndex(
            "entretien",
            models.Index(fields=["domaine", "etat"], include=("candidature", "periode"), name="entretien_par_domaine"),
        ),
    ]
