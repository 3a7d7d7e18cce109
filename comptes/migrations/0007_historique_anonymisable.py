"""L'historique ne se modifie ni ne s'efface ; le terme de sa conservation lui retire ce qui nomme quelqu'un (R39, R40).

Un seul chemin le permet : la fonction `comptes_anonymiser_les_traces`. Elle s'exécute sous le propriétaire de la base
(SECURITY DEFINER) : le rôle de l'application n'a besoin d'aucun droit de modifier la table. Le déclencheur vérifie
encore qu'elle ne fait que retirer : le fait, l'objet et la date restent, les valeurs ne peuvent que disparaître.
"""

from django.db import migrations, models

PERMETTRE = """
CREATE OR REPLACE FUNCTION comptes_trace_inalterable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND current_setting('passpro.anonymisation', true) = 'on'
        AND (NEW.id, NEW.objet_type, NEW.objet_id, NEW.fait, NEW.le)
            IS NOT DISTINCT FROM (OLD.id, OLD.objet_type, OLD.objet_id, OLD.fait, OLD.le)
        AND NEW.phrase = 'Détail effacé : la durée de conservation est passée.'
        AND NEW.auteur_id IS NULL AND NEW.auteur_nom = ''
        AND NEW.signature = OLD.signature AND OLD.signature_effacee = '' AND NEW.signature_effacee <> ''
        AND OLD.avant @> NEW.avant AND OLD.apres @> NEW.apres
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'L''historique ne se modifie pas et ne s''efface pas.' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION comptes_anonymiser_les_traces(cles bigint[], signatures text[]) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path FROM CURRENT SET passpro.anonymisation = 'on'
AS $$
    UPDATE comptes_trace SET
        phrase = 'Détail effacé : la durée de conservation est passée.',
        auteur_id = NULL,
        auteur_nom = '',
        avant = CASE WHEN avant ? 'etat' THEN jsonb_build_object('etat', avant -> 'etat') ELSE '{}' END,
        apres = CASE WHEN apres ? 'etat' THEN jsonb_build_object('etat', apres -> 'etat') ELSE '{}' END,
        signature_effacee = nouvelle.signature
    FROM unnest(cles, signatures) AS nouvelle (cle, signature)
    WHERE id = nouvelle.cle AND comptes_trace.signature_effacee = ''
$$;

REVOKE EXECUTE ON FUNCTION comptes_anonymiser_les_traces(bigint[], text[]) FROM PUBLIC;
"""

INTERDIRE = """
DROP FUNCTION comptes_anonymiser_les_traces(bigint[], text[]);
CREATE OR REPLACE FUNCTION comptes_trace_inalterable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'L''historique ne se modifie pas et ne s''efface pas.' USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("comptes", "0006_identites_des_guichets")]

    operations = [
        migrations.AddField(
            model_name="trace",
            name="signature_effacee",
            field=models.CharField(
                blank=True, editable=False, max_length=64, verbose_name="signature après effacement"
            ),
        ),
        migrations.RunSQL(PERMETTRE, INTERDIRE),
    ]
