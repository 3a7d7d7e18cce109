"""La base refuse de modifier ou d'effacer une ligne d'historique (R39)."""

from django.db import migrations

REFUSER = """
CREATE FUNCTION comptes_trace_inalterable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'L''historique ne se modifie pas et ne s''efface pas.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER comptes_trace_inalterable BEFORE UPDATE OR DELETE ON comptes_trace
    FOR EACH ROW EXECUTE FUNCTION comptes_trace_inalterable();
"""

PERMETTRE = """
DROP TRIGGER comptes_trace_inalterable ON comptes_trace;
DROP FUNCTION comptes_trace_inalterable();
"""


class Migration(migrations.Migration):
    dependencies = [("comptes", "0001_personnes_et_historique")]

    operations = [migrations.RunSQL(REFUSER, PERMETTRE)]
