"""Le journal de sécurité, les signatures de l'historique, et les sceaux qui les tiennent (R39, R40, T21)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import comptes.models

# L'effacement n'est permis qu'à la fonction de purge, qui le dit par ce réglage le temps de son appel.
PROTEGER = """
CREATE FUNCTION comptes_ligne_inalterable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('passpro.purge_du_journal', true) = 'oui' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'L''historique ne se modifie pas et ne s''efface pas.' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER comptes_evenement_inalterable BEFORE UPDATE OR DELETE ON comptes_evenement
    FOR EACH ROW EXECUTE FUNCTION comptes_ligne_inalterable();
CREATE TRIGGER comptes_sceau_inalterable BEFORE UPDATE OR DELETE ON comptes_sceau
    FOR EACH ROW EXECUTE FUNCTION comptes_ligne_inalterable();
CREATE TRIGGER comptes_trace_inalterable_en_bloc BEFORE TRUNCATE ON comptes_trace
    FOR EACH STATEMENT EXECUTE FUNCTION comptes_ligne_inalterable();
CREATE TRIGGER comptes_evenement_inalterable_en_bloc BEFORE TRUNCATE ON comptes_evenement
    FOR EACH STATEMENT EXECUTE FUNCTION comptes_ligne_inalterable();
CREATE TRIGGER comptes_sceau_inalterable_en_bloc BEFORE TRUNCATE ON comptes_sceau
    FOR EACH STATEMENT EXECUTE FUNCTION comptes_ligne_inalterable();

-- Attend la fin des écritures en cours, et rend la dernière ligne du registre : aucune plus petite ne peut plus venir.
CREATE FUNCTION comptes_arreter_le_registre(registre text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '5s' AS $$
DECLARE
    derniere bigint;
BEGIN
    IF registre NOT IN ('comptes_trace', 'comptes_evenement') THEN
        RAISE EXCEPTION 'Registre inconnu : %', registre;
    END IF;
    EXECUTE format('LOCK TABLE %I IN SHARE MODE', registre);
    EXECUTE format('SELECT max(id) FROM %I', registre) INTO derniere;
    RETURN derniere;
END $$;

-- Le rôle de l'application n'efface rien du journal : il appelle cette fonction, qui garde toujours 180 jours.
CREATE FUNCTION comptes_purger_le_journal(borne bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET passpro.purge_du_journal = 'oui' AS $$
DECLARE
    effacees bigint;
BEGIN
    DELETE FROM comptes_evenement WHERE id <= borne AND le < now() - interval '180 days';
    GET DIAGNOSTICS effacees = ROW_COUNT;
    RETURN effacees;
END $$;

REVOKE EXECUTE ON FUNCTION comptes_arreter_le_registre(text), comptes_purger_le_journal(bigint) FROM PUBLIC;
"""

LEVER = """
DROP FUNCTION comptes_purger_le_journal(bigint);
DROP FUNCTION comptes_arreter_le_registre(text);
DROP TRIGGER comptes_trace_inalterable_en_bloc ON comptes_trace;
DROP TRIGGER comptes_evenement_inalterable_en_bloc ON comptes_evenement;
DROP TRIGGER comptes_sceau_inalterable_en_bloc ON comptes_sceau;
DROP TRIGGER comptes_evenement_inalterable ON comptes_evenement;
DROP TRIGGER comptes_sceau_inalterable ON comptes_sceau;
DROP FUNCTION comptes_ligne_inalterable();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("comptes", "0004_sessions_et_limites"),
    ]

    operations = [
        migrations.AddField(
            model_name="trace",
            name="signature",
            field=models.CharField(blank=True, editable=False, max_length=64, verbose_name="signature"),
        ),
        migrations.CreateModel(
            name="Sceau",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("signature", models.CharField(blank=True, editable=False, max_length=64, verbose_name="signature")),
                ("registre", models.CharField(max_length=60, verbose_name="registre")),
                ("apres", models.BigIntegerField(verbose_name="après la ligne")),
                ("jusqu_a", models.BigIntegerField(verbose_name="jusqu’à la ligne")),
                ("nombre", models.BigIntegerField(verbose_name="nombre de lignes")),
                ("empreinte", models.CharField(max_length=64, verbose_name="empreinte")),
                ("le", models.DateTimeField(verbose_name="le")),
            ],
            options={
                "verbose_name": "sceau",
                "verbose_name_plural": "sceaux",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("registre", "apres"),
                        name="sceau_une_suite",
                        violation_error_message="Cette partie du registre est déjà scellée.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("jusqu_a__gt", models.F("apres"))),
                        name="sceau_avance",
                        violation_error_message="Un sceau couvre au moins une ligne.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evenement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("signature", models.CharField(blank=True, editable=False, max_length=64, verbose_name="signature")),
                (
                    "nature",
                    models.CharField(choices=comptes.models.natures_d_evenement, max_length=20, verbose_name="nature"),
                ),
                ("le", models.DateTimeField(verbose_name="le")),
                ("personne_nom", models.CharField(blank=True, max_length=200, verbose_name="nom de la personne")),
                ("adresse", models.CharField(blank=True, max_length=45, verbose_name="adresse réseau tronquée")),
                ("uai", models.CharField(blank=True, max_length=8, verbose_name="établissement")),
                ("objet_type", models.CharField(blank=True, max_length=60, verbose_name="type d’objet")),
                ("objet_id", models.BigIntegerField(blank=True, null=True, verbose_name="objet")),
                ("phrase", models.CharField(max_length=300, verbose_name="phrase")),
                ("details", models.JSONField(blank=True, default=dict, verbose_name="détails")),
                ("cle", models.CharField(blank=True, max_length=120, null=True, unique=True, verbose_name="clé")),
                (
                    "personne",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="personne",
                    ),
                ),
            ],
            options={
                "verbose_name": "événement",
                "verbose_name_plural": "journal de sécurité",
                "indexes": [
                    models.Index(fields=["-le", "-id"], name="evenement_par_date"),
                    models.Index(fields=["personne", "-le"], name="evenement_par_personne"),
                    models.Index(fields=["objet_type", "objet_id", "-le"], name="evenement_par_objet"),
                    models.Index(fields=["uai", "-le"], name="evenement_par_lieu"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("objet_id__isnull", True), ("objet_type", "")),
                            models.Q(models.Q(("objet_type", ""), _negated=True), ("objet_id__isnull", False)),
                            _connector="OR",
                        ),
                        name="evenement_objet_entier",
                        violation_error_message="Un événement désigne un objet par son type et sa clé, ou n’en désigne aucun.",
                    )
                ],
            },
        ),
        migrations.RunSQL(PROTEGER, LEVER),
    ]
