"""Chaque nom qui range une liste garde sa clé, que la base calcule : de petites tables, récrites une fois."""

from django.db import migrations, models

import comptes.ordre


class Migration(migrations.Migration):
    dependencies = [
        ("referentiel", "0015_battements_de_l_horloge"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="accueil",
            options={
                "ordering": ["domaine__cle", "etablissement__cle"],
                "verbose_name": "accueil",
                "verbose_name_plural": "accueils",
            },
        ),
        migrations.AlterModelOptions(
            name="domaine",
            options={"ordering": ["cle"], "verbose_name": "domaine", "verbose_name_plural": "domaines"},
        ),
        migrations.AlterModelOptions(
            name="etablissement",
            options={
                "ordering": ["cle", "cle_de_commune"],
                "verbose_name": "établissement",
                "verbose_name_plural": "établissements",
            },
        ),
        migrations.AlterModelOptions(
            name="formation",
            options={
                "ordering": ["domaine__cle", "type", "cle"],
                "verbose_name": "formation",
                "verbose_name_plural": "formations",
            },
        ),
        migrations.AlterModelOptions(
            name="offre",
            options={
                "ordering": ["formation", "etablissement__cle"],
                "verbose_name": "offre",
                "verbose_name_plural": "offres",
            },
        ),
        migrations.AddField(
            model_name="domaine",
            name="cle",
            field=models.GeneratedField(
                db_persist=True,
                expression=comptes.ordre.CleAlphabetique("nom"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="etablissement",
            name="cle",
            field=models.GeneratedField(
                db_persist=True,
                expression=comptes.ordre.CleAlphabetique("nom"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="etablissement",
            name="cle_de_commune",
            field=models.GeneratedField(
                db_persist=True,
                expression=comptes.ordre.CleAlphabetique("commune"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="formation",
            name="cle",
            field=models.GeneratedField(
                db_persist=True,
                expression=comptes.ordre.CleAlphabetique("libelle"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
    ]
