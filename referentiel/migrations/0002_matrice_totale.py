"""La base refuse, à la fin de la transaction, une matrice à laquelle il manque un couple d'avis (R6)."""

from django.db import migrations

EXIGER = """
CREATE FUNCTION referentiel_matrice_totale() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    jeu referentiel_jeuderegles%ROWTYPE;
    defaut text;
BEGIN
    IF TG_TABLE_NAME = 'referentiel_jeuderegles' THEN
        SELECT * INTO jeu FROM referentiel_jeuderegles WHERE id = NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT * INTO jeu FROM referentiel_jeuderegles WHERE id = OLD.regles_id;
    ELSE
        SELECT * INTO jeu FROM referentiel_jeuderegles WHERE id = NEW.regles_id;
    END IF;
    IF jeu.id IS NULL THEN
        RETURN NULL;
    END IF;
    WITH attendus AS (
        SELECT o, a
        FROM unnest(jeu.echelle_origine || ARRAY['absent']::varchar[]) AS o,
             unnest(jeu.echelle_accueil || ARRAY['absent']::varchar[] || CASE WHEN jeu.ne_se_prononce_pas
                    THEN ARRAY['ne_se_prononce_pas']::varchar[] ELSE ARRAY[]::varchar[] END) AS a
    ), presents AS (
        SELECT avis_origine AS o, avis_accueil AS a FROM referentiel_casedematrice WHERE regles_id = jeu.id
    ), ecarts AS (
        (SELECT * FROM attendus EXCEPT SELECT * FROM presents)
        UNION ALL
        (SELECT * FROM presents EXCEPT SELECT * FROM attendus)
    )
    SELECT string_agg(o || ' × ' || a, ', ') INTO defaut FROM ecarts;
    IF defaut IS NOT NULL THEN
        RAISE EXCEPTION 'La matrice doit donner un résultat pour chaque couple : %', defaut
            USING ERRCODE = 'check_violation', CONSTRAINT = 'matrice_totale';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER matrice_totale_cases AFTER INSERT OR UPDATE OR DELETE ON referentiel_casedematrice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION referentiel_matrice_totale();
CREATE CONSTRAINT TRIGGER matrice_totale_regles AFTER INSERT OR UPDATE ON referentiel_jeuderegles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION referentiel_matrice_totale();
"""

OUBLIER = """
DROP TRIGGER matrice_totale_regles ON referentiel_jeuderegles;
DROP TRIGGER matrice_totale_cases ON referentiel_casedematrice;
DROP FUNCTION referentiel_matrice_totale();
"""


class Migration(migrations.Migration):
    dependencies = [("referentiel", "0001_etablissements_campagne_catalogue")]

    operations = [migrations.RunSQL(EXIGER, OUBLIER)]
