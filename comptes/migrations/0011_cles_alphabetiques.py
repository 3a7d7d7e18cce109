"""Chaque nom qui range une liste garde sa clé, que la base calcule : de petites tables, récrites une fois."""

from django.db import migrations, models

import comptes.ordre


class Migration(migrations.Migration):
    dependencies = [
        ("comptes", "0010_traces_par_etat"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="personne",
            options={"ordering": ["cle"], "verbose_name": "personne", "verbose_name_plural": "personnes"},
        ),
        migrations.AddField(
            model_name="personne",
            name="cle",
            field=models.GeneratedField(
                db_persist=True,
                expression=comptes.ordre.CleAlphabetique("nom", "prenom"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
    ]
