"""Le choix, par établissement, de relire les comptes-rendus avant leur transmission."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("referentiel", "0006_offre_tenue_par_l_accueil"),
    ]

    operations = [
        migrations.AddField(
            model_name="etablissement",
            name="relit_les_comptes_rendus",
            field=models.BooleanField(
                default=False,
                help_text="Côté accueil\xa0: personne ne transmet seul ce qu’il a rédigé, sauf le chef d’établissement.",
                verbose_name="le chef d’établissement relit les comptes-rendus",
            ),
        ),
    ]
