"""Une académie compte ses candidatures dans l'index seul.

L'index se refait à côté de celui d'avant, puis prend son nom : personne n'attend, ni pour lire ni pour écrire. Chaque
commande se valide seule, et l'ensemble peut se refaire : ce qu'une coupure a laissé se jette d'abord.
"""

from django.db import migrations, models

JETER = "DROP INDEX CONCURRENTLY IF EXISTS candidature_par_domaine_a_venir;"
CREER = """
CREATE INDEX CONCURRENTLY candidature_par_domaine_a_venir ON candidatures_candidature (domaine_id, etat)
    INCLUDE (accueil_id, eleve_id, inscrite_le, id);
"""
CREER_CELUI_D_AVANT = """
CREATE INDEX CONCURRENTLY candidature_par_domaine_a_venir ON candidatures_candidature (domaine_id, etat)
    INCLUDE (accueil_id, eleve_id);
"""
RETIRER = "DROP INDEX CONCURRENTLY IF EXISTS candidature_par_domaine;"
NOMMER = "ALTER INDEX candidature_par_domaine_a_venir RENAME TO candidature_par_domaine;"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("candidatures", "0006_comptes_par_domaine"),
    ]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", "RESET statement_timeout"),
        migrations.SeparateDatabaseAndState(
            # En sens inverse, la même suite de gestes : elle se lit de bas en haut.
            database_operations=[
                migrations.RunSQL(JETER, NOMMER),
                migrations.RunSQL(CREER, RETIRER),
                migrations.RunSQL(RETIRER, CREER_CELUI_D_AVANT),
                migrations.RunSQL(NOMMER, JETER),
            ],
            state_operations=[
                migrations.RemoveIndex(model_name="candidature", name="candidature_par_domaine"),
                migrations.AddIndex(
                    model_name="candidature",
                    index=models.Index(
                        fields=["domaine", "etat"],
                        include=("accueil", "eleve", "inscrite_le", "id"),
                        name="candidature_par_domaine",
                    ),
                ),
            ],
        ),
        migrations.RunSQL("RESET statement_timeout", "SET statement_timeout = 0"),
    ]
