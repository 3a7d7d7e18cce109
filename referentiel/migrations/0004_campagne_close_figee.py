"""La base refuse d'elle-même toute écriture dans une campagne close (R1).

Une campagne close se laisse encore anonymiser : `SET LOCAL passpro.purge = on` le dit, pour une transaction.
"""

from django.db import migrations

# Table, et requête qui rend la campagne de la ligne « ligne ».
TABLES = {
    "referentiel_periode": "SELECT ligne.campagne_id",
    "referentiel_vacances": "SELECT ligne.campagne_id",
    "referentiel_derogation": "SELECT ligne.campagne_id",
    "referentiel_motarappeler": "SELECT ligne.campagne_id",
    "referentiel_jeuderegles": "SELECT ligne.campagne_id",
    "referentiel_domaine": "SELECT ligne.campagne_id",
    "referentiel_casedematrice": "SELECT campagne_id FROM referentiel_jeuderegles WHERE id = ligne.regles_id",
    "referentiel_formation": "SELECT campagne_id FROM referentiel_domaine WHERE id = ligne.domaine_id",
    "referentiel_accueil": "SELECT campagne_id FROM referentiel_domaine WHERE id = ligne.domaine_id",
    "referentiel_offre": (
        "SELECT d.campagne_id FROM referentiel_formation f JOIN referentiel_domaine d ON d.id = f.domaine_id "
        "WHERE f.id = ligne.formation_id"
    ),
}

COMMUN = """
CREATE FUNCTION referentiel_exiger_non_close(campagne bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    etat_lu varchar;
BEGIN
    -- Le verrou attend une clôture en cours, et la voit.
    SELECT etat INTO etat_lu FROM referentiel_campagne WHERE id = campagne FOR SHARE;
    IF etat_lu = 'close' AND current_setting('passpro.purge', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'Cette campagne est close : plus rien n’y change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campagne_close_figee';
    END IF;
END $$;
CREATE FUNCTION referentiel_campagne_figee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM referentiel_exiger_non_close(OLD.id);
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER campagne_close_figee BEFORE UPDATE OR DELETE ON referentiel_campagne
    FOR EACH ROW EXECUTE FUNCTION referentiel_campagne_figee();
"""

DE_LA_CAMPAGNE = """
CREATE FUNCTION {table}_figee() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ligne {table}%ROWTYPE;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        ligne := OLD;
        PERFORM referentiel_exiger_non_close(({campagne}));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        ligne := NEW;
        PERFORM referentiel_exiger_non_close(({campagne}));
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER campagne_close_figee BEFORE INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_figee();
"""

POSER = COMMUN + "".join(DE_LA_CAMPAGNE.format(table=table, campagne=campagne) for table, campagne in TABLES.items())
RETIRER = (
    "".join(f"DROP TRIGGER campagne_close_figee ON {table};\nDROP FUNCTION {table}_figee();\n" for table in TABLES)
    + """
DROP TRIGGER campagne_close_figee ON referentiel_campagne;
DROP FUNCTION referentiel_campagne_figee();
DROP FUNCTION referentiel_exiger_non_close(bigint);
"""
)


class Migration(migrations.Migration):
    dependencies = [("referentiel", "0003_catalogue_vivant_annonces_et_travaux")]

    operations = [migrations.RunSQL(POSER, RETIRER)]
