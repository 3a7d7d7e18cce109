"""Une ligne d'historique dit la campagne de son objet, qui peut disparaître avant elle (R40).

L'anonymisation d'une autre campagne l'effaçait avant son terme. Comme le fait, l'objet et la date, elle ne change plus.
"""

from django.db import migrations, models

TENIR = """
CREATE OR REPLACE FUNCTION comptes_trace_inalterable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND current_setting('passpro.anonymisation', true) = 'on'
        AND (NEW.id, NEW.objet_type, NEW.objet_id, NEW.fait, NEW.le{campagne_nouvelle})
            IS NOT DISTINCT FROM (OLD.id, OLD.objet_type, OLD.objet_id, OLD.fait, OLD.le{campagne_ancienne})
        AND NEW.phrase = 'Détail effacé : la durée de conservation est passée.'
        AND NEW.auteur_id IS NULL AND NEW.auteur_nom = ''
        AND NEW.signature = OLD.signature AND OLD.signature_effacee = '' AND NEW.signature_effacee <> ''
        AND OLD.avant @> NEW.avant AND OLD.apres @> NEW.apres
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'L''historique ne se modifie pas et ne s''efface pas.' USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("comptes", "0008_fonctions_sans_table_temporaire")]

    operations = [
        migrations.AddField(
            model_name="trace",
            name="campagne",
            field=models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="campagne"),
        ),
        migrations.RunSQL(
            TENIR.format(campagne_nouvelle=", NEW.campagne", campagne_ancienne=", OLD.campagne"),
            TENIR.format(campagne_nouvelle="", campagne_ancienne=""),
        ),
    ]
