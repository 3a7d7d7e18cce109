"""Le domaine d'un entretien se répète de sa candidature : une académie compte ses entretiens sans lire les autres.

La colonne d'abord, sans récrire la table : la version d'avant sert encore. Les deux suivantes la remplissent et la lient.
"""

import django.db.models.deletion
from django.db import migrations, models

# La base écrit le domaine elle-même : aucun service ne peut l'oublier, ni une version d'avant qui sert encore.
REPETER = """
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


class Migration(migrations.Migration):
    dependencies = [
        ("candidatures", "0002_cles_composees"),
        ("entretiens", "0008_creneaux_libres"),
    ]

    operations = [
        migrations.AddField(
            "entretien",
            "domaine",
            models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="referentiel.domaine",
            ),
        ),
        migrations.RunSQL(REPETER, NE_PLUS_REPETER),
    ]
