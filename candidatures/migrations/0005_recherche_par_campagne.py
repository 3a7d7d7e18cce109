from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("candidatures", "0004_pre_inscriptions"),
    ]

    operations = [
        BtreeGinExtension(),
        migrations.AddIndex(
            model_name="eleve",
            index=GinIndex(
                fields=["campagne", "cle"], name="eleve_recherche_de_campagne", opclasses=["int8_ops", "gin_trgm_ops"]
            ),
        ),
        migrations.RemoveIndex(model_name="eleve", name="eleve_recherche"),
    ]
