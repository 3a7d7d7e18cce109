"""La relecture d'un compte-rendu, et les saisies de plusieurs élèves d'un seul geste."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import referentiel.models.codes

# Qui a rédigé un compte-rendu déjà à relire est qui l'a soumis.
SOUMETTRE = """
UPDATE avis_compterendu SET soumis_par_id = redige_par_id, soumis_le = redige_le WHERE etat = 'a_relire';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("avis", "0003_relances"),
        ("candidatures", "0004_pre_inscriptions"),
        ("referentiel", "0007_relecture_des_comptes_rendus"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LigneGroupee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("avant", models.JSONField(default=dict, verbose_name="avant")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version du compte-rendu")),
            ],
            options={
                "verbose_name": "ligne d’une saisie groupée",
                "verbose_name_plural": "lignes d’une saisie groupée",
            },
        ),
        migrations.CreateModel(
            name="SaisieGroupee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        default=referentiel.models.codes.nouveau_code, editable=False, max_length=8, unique=True
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[("absences", "Absences enregistrées"), ("sans_avis", "Ne se prononce pas")],
                        max_length=10,
                        verbose_name="nature",
                    ),
                ),
                ("le", models.DateTimeField(verbose_name="le")),
                ("annulee_le", models.DateTimeField(blank=True, null=True, verbose_name="annulée le")),
            ],
            options={
                "verbose_name": "saisie groupée",
                "verbose_name_plural": "saisies groupées",
                "ordering": ["-le", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="compterendu",
            name="renvoi",
            field=models.TextField(blank=True, max_length=600, verbose_name="message de la relecture"),
        ),
        migrations.AddField(
            model_name="compterendu",
            name="renvoye_le",
            field=models.DateTimeField(blank=True, null=True, verbose_name="renvoyé le"),
        ),
        migrations.AddField(
            model_name="compterendu",
            name="renvoye_par",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="renvoyé par",
            ),
        ),
        migrations.AddField(
            model_name="compterendu",
            name="soumis_le",
            field=models.DateTimeField(blank=True, null=True, verbose_name="envoyé à la relecture le"),
        ),
        migrations.AddField(
            model_name="compterendu",
            name="soumis_par",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="envoyé à la relecture par",
            ),
        ),
        migrations.RunSQL(SOUMETTRE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="compterendu",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("etat", "a_relire"), _negated=True),
                    models.Q(("soumis_le__isnull", False), ("soumis_par__isnull", False)),
                    _connector="OR",
                ),
                name="compte_rendu_a_relire_soumis",
                violation_error_message="Un compte-rendu à relire dit qui l’a soumis, et quand.",
            ),
        ),
        migrations.AddConstraint(
            model_name="compterendu",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("renvoi", ""),
                    models.Q(("renvoye_le__isnull", False), ("renvoye_par__isnull", False)),
                    _connector="OR",
                ),
                name="compte_rendu_renvoi_signe",
                violation_error_message="Un compte-rendu renvoyé dit par qui, et quand.",
            ),
        ),
        migrations.AddConstraint(
            model_name="compterendu",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.LessThanOrEqual(
                    django.db.models.functions.text.Length("renvoi"), 600
                ),
                name="compte_rendu_renvoi_longueur",
                violation_error_message="Le message compte 600 caractères au plus.",
            ),
        ),
        migrations.AddField(
            model_name="lignegroupee",
            name="candidature",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="candidatures.candidature"
            ),
        ),
        migrations.AddField(
            model_name="saisiegroupee",
            name="annulee_par",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="saisiegroupee",
            name="campagne",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="referentiel.campagne"
            ),
        ),
        migrations.AddField(
            model_name="saisiegroupee",
            name="etablissement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="referentiel.etablissement"
            ),
        ),
        migrations.AddField(
            model_name="saisiegroupee",
            name="par",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="lignegroupee",
            name="saisie",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lignes", to="avis.saisiegroupee"
            ),
        ),
        migrations.AddConstraint(
            model_name="saisiegroupee",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("annulee_le__isnull", True), ("annulee_par__isnull", True)),
                    models.Q(("annulee_le__isnull", False), ("annulee_par__isnull", False)),
                    _connector="OR",
                ),
                name="saisie_groupee_annulation_entiere",
                violation_error_message="Une saisie annulée dit par qui, et quand.",
            ),
        ),
        migrations.AddConstraint(
            model_name="lignegroupee",
            constraint=models.UniqueConstraint(
                fields=("saisie", "candidature"),
                name="saisie_groupee_une_fois_par_candidature",
                violation_error_message="Cette candidature est déjà dans la saisie.",
            ),
        ),
    ]
