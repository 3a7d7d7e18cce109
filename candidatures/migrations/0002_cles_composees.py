"""Des clés composées tiennent ensemble ce qui est répété : domaine de l'accueil, de la candidature, de la formation."""

from django.db import migrations

LIER = """
ALTER TABLE candidatures_candidature
    ADD CONSTRAINT candidature_domaine_de_l_accueil FOREIGN KEY (accueil_id, domaine_id)
    REFERENCES referentiel_accueil (id, domaine_id);
ALTER TABLE candidatures_formationdemandee
    ADD CONSTRAINT formation_demandee_domaine_de_la_candidature FOREIGN KEY (candidature_id, domaine_id)
    REFERENCES candidatures_candidature (id, domaine_id) ON DELETE CASCADE,
    ADD CONSTRAINT formation_demandee_domaine_de_la_formation FOREIGN KEY (formation_id, domaine_id)
    REFERENCES referentiel_formation (id, domaine_id);
"""

DELIER = """
ALTER TABLE candidatures_formationdemandee
    DROP CONSTRAINT formation_demandee_domaine_de_la_formation,
    DROP CONSTRAINT formation_demandee_domaine_de_la_candidature;
ALTER TABLE candidatures_candidature DROP CONSTRAINT candidature_domaine_de_l_accueil;
"""


class Migration(migrations.Migration):
    dependencies = [("candidatures", "0001_eleves_et_candidatures")]

    operations = [migrations.RunSQL(LIER, DELIER)]
