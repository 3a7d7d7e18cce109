"""Les gardes du planning dans la base (R23) : clés composées, et compteur des places prises d'un créneau."""

from django.db import migrations

GARDER = """
ALTER TABLE entretiens_seance
    ADD CONSTRAINT seance_etablissement_de_l_accueil FOREIGN KEY (accueil_id, etablissement_id)
    REFERENCES referentiel_accueil (id, etablissement_id);
ALTER TABLE entretiens_entretien
    ADD CONSTRAINT entretien_eleve_de_la_candidature FOREIGN KEY (candidature_id, eleve_id)
    REFERENCES candidatures_candidature (id, eleve_id),
    ADD CONSTRAINT entretien_heure_du_creneau FOREIGN KEY (creneau_id, periode)
    REFERENCES entretiens_creneau (id, periode) ON UPDATE CASCADE;

CREATE FUNCTION entretiens_compter_les_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.etat IN ('prevu', 'tenu', 'absent') THEN
        UPDATE entretiens_creneau SET places_prises = places_prises - 1 WHERE id = OLD.creneau_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.etat IN ('prevu', 'tenu', 'absent') THEN
        UPDATE entretiens_creneau SET places_prises = places_prises + 1 WHERE id = NEW.creneau_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entretiens_places AFTER INSERT OR DELETE OR UPDATE OF creneau_id, etat ON entretiens_entretien
    FOR EACH ROW EXECUTE FUNCTION entretiens_compter_les_places();
"""

RELACHER = """
DROP TRIGGER entretiens_places ON entretiens_entretien;
DROP FUNCTION entretiens_compter_les_places();
ALTER TABLE entretiens_entretien
    DROP CONSTRAINT entretien_heure_du_creneau,
    DROP CONSTRAINT entretien_eleve_de_la_candidature;
ALTER TABLE entretiens_seance DROP CONSTRAINT seance_etablissement_de_l_accueil;
"""


class Migration(migrations.Migration):
    dependencies = [("entretiens", "0001_seances_entretiens_convocations")]

    operations = [migrations.RunSQL(GARDER, RELACHER)]
