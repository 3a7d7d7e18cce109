"""Chaque nom qui range une liste garde sa clé, que la base calcule : de petites tables, récrites une fois."""

from django.db import migrations, models

import comptes.ordre


class Migration(migrations.Migration):
    dependencies = [
        ("entretiens", "0011_domaines_tenus"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="jury",
            options={"ordering": ["cle"], "verbose_name": "jury", "verbose_name_plural": "jurys"},
        ),
        migrations.AlterModelOptions(
            name="salle",
            options={"ordering": ["cle"], "verbose_name": "salle", "verbose_name_plural": "salles"},
        ),
        migrations.AddField(
            model_name="jury",
            name="cle",
            field=models.GeneratedField(
                db_persist=True,
                expression=comptes.ordre.CleAlphabetique("nom"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="salle",
            name="cle",
            field=models.GeneratedField(
                db_persist=True,
                expression=comptes.ordre.CleAlphabetique("nom"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
    ]
