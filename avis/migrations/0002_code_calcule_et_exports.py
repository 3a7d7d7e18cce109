"""Le code d'une fiche se calcule ; une ligne dit qu'une version a été remise. Un export se désigne par un code."""

from django.db import migrations, models

import referentiel.models.codes


def oublier_les_versions_jamais_remises(apps, editeur):
    """Elles ne disaient qu'un code, tiré à la lecture : il n'y a rien d'autre à garder."""
    apps.get_model("avis", "Fiche").objects.filter(remise_le__isnull=True).delete()


def donner_un_code_a_chaque_export(apps, editeur):
    for export in apps.get_model("avis", "ExportAffelnet").objects.all():
        export.code = referentiel.models.codes.nouveau_code()
        export.save(update_fields=["code"])


class Migration(migrations.Migration):
    dependencies = [
        ("avis", "0001_comptes_rendus_et_fiches"),
    ]

    operations = [
        migrations.RunPython(oublier_les_versions_jamais_remises, migrations.RunPython.noop),
        migrations.AlterModelOptions(
            name="fiche",
            options={
                "ordering": ["-remise_le", "-pk"],
                "verbose_name": "fiche récapitulative",
                "verbose_name_plural": "fiches récapitulatives",
            },
        ),
        migrations.RemoveConstraint(model_name="fiche", name="fiche_version_unique"),
        migrations.AddConstraint(
            model_name="fiche",
            constraint=models.UniqueConstraint(
                fields=["eleve", "empreinte"],
                name="fiche_version_unique",
                violation_error_message="Cette version de la fiche est déjà remise.",
            ),
        ),
        migrations.RemoveField(model_name="fiche", name="code"),
        migrations.RemoveField(model_name="fiche", name="etablie_le"),
        migrations.AlterField(
            model_name="fiche", name="remise_le", field=models.DateTimeField(verbose_name="remise le")
        ),
        migrations.AlterModelOptions(
            name="exportaffelnet",
            options={
                "ordering": ["-le", "-pk"],
                "verbose_name": "export AFFELNET",
                "verbose_name_plural": "exports AFFELNET",
            },
        ),
        migrations.AddField(
            model_name="exportaffelnet",
            name="ecartees",
            field=models.PositiveIntegerField(default=0, verbose_name="formations écartées"),
        ),
        migrations.AddField(
            model_name="exportaffelnet",
            name="code",
            field=models.CharField(default="", editable=False, max_length=8),
            preserve_default=False,
        ),
        migrations.RunPython(donner_un_code_a_chaque_export, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="exportaffelnet",
            name="code",
            field=models.CharField(
                default=referentiel.models.codes.nouveau_code, editable=False, max_length=8, unique=True
            ),
        ),
    ]
