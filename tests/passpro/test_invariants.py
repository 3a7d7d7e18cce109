"""Les états impossibles : chaque invariant se voit contredit, et ce qu'il trouve se dit (F12)."""

import pytest
from django.db import connection, transaction

from passpro.invariants import INVARIANTS
from tests.factories.garnie import garnir_la_base
from tests.factories.pilotage import MAINTENANT
from tests.invariants import etats_impossibles

NOMS = [invariant.nom for invariant in INVARIANTS]
APRES_LE_DELAI = MAINTENANT.replace(minute=30)
CETTE_NUIT = MAINTENANT.replace(hour=3, minute=5)
COLLECTIF = "UPDATE entretiens_seance SET modalite = 'collectif'"


def double(table: str, *changements: str, ou: str = "true") -> str:
    """Copie une ligne de `table` sous une autre clé, avec ces changements."""
    suite = " ".join(f"ligne.{changement};" for changement in changements)
    return f"""
        DO $$ DECLARE ligne {table}%ROWTYPE; BEGIN
            SELECT * INTO STRICT ligne FROM {table} WHERE {ou} ORDER BY id LIMIT 1;
            ligne.id := 900000; {suite}
            INSERT INTO {table} VALUES (ligne.*);
        END $$
    """  # noqa: S608 - les tables et les champs sont écrits plus bas


# Pour chaque invariant, l'écriture qui le contredit, contraintes et déclencheurs ôtés.
CASSER: dict[str, str] = {
    "eleve_a_deux_endroits": double("entretiens_entretien", "code := 'AUTRE'"),
    "creneau_trop_rempli": "UPDATE entretiens_creneau SET capacite = 0 WHERE places_prises > 0",
    "places_mal_comptees": "UPDATE entretiens_creneau SET places_prises = 3",
    "jury_en_deux_seances": double("entretiens_seance", "code := 'AUTRE'", ou="jury_id IS NOT NULL"),
    "salle_prise_deux_fois": double("entretiens_seance", "code := 'AUTRE'", "jury_id := NULL", ou="salle <> ''"),
    "creneaux_qui_se_chevauchent": double("entretiens_creneau", "code := 'AUTRE'"),
    "creneau_hors_de_sa_seance": "UPDATE entretiens_seance SET periode = tstzrange('2027-04-01', '2027-04-02')",
    "seance_annulee_occupee": "UPDATE entretiens_seance SET annulee_le = now()",
    "heure_autre_que_celle_du_creneau": (
        "UPDATE entretiens_entretien SET periode = tstzrange('2027-04-01 10:00+00', '2027-04-01 11:00+00')"
    ),
    "entretien_un_dimanche": (
        "UPDATE entretiens_entretien SET periode = tstzrange('2027-04-04 10:00+00', '2027-04-04 11:00+00')"
    ),
    "deux_entretiens_pour_une_candidature": double("entretiens_entretien", "code := 'AUTRE'"),
    "modalite_autre_que_celle_de_la_seance": COLLECTIF,
    "deux_candidatures_dans_un_domaine": double("candidatures_candidature", "code := 'AUTRE'"),
    "ine_en_double": double("candidatures_eleve", "code := 'AUTRE'", ou="ine <> ''"),
    "candidature_sans_formation": "UPDATE candidatures_formationdemandee SET desistee_le = now()",
    "formation_demandee_deux_fois": double("candidatures_formationdemandee", "code := 'AUTRE'"),
    "inscrite_sans_date": "UPDATE candidatures_candidature SET inscrite_le = NULL",
    "planifiee_sans_entretien": "UPDATE entretiens_entretien SET etat = 'annule' WHERE etat = 'prevu'",
    "presence_sans_entretien": "UPDATE entretiens_entretien SET etat = 'annule' WHERE etat = 'tenu'",
    "entretien_prevu_sans_candidature_planifiee": "UPDATE candidatures_candidature SET etat = 'desistee'",
    "avis_d_origine_sans_auteur": "UPDATE candidatures_formationdemandee SET avis_par_id = NULL",
    "avis_d_origine_hors_de_l_echelle": "UPDATE candidatures_formationdemandee SET avis = 'admirable' WHERE avis <> ''",
    "deux_campagnes_ouvertes": double("referentiel_campagne", "intitule := 'Une autre'"),
    "convoquee_sans_convocation": "UPDATE entretiens_envoi SET rappele_le = now()",
    "version_annoncee_absente": "UPDATE entretiens_entretien SET sequence = sequence + 7 WHERE sequence > 0",
    "version_en_double": double("entretiens_convocation", "code := 'AUTRE'"),
    "annulation_d_un_entretien_maintenu": "UPDATE entretiens_convocation SET nature = 'annulation'",
    "annule_sans_le_dire": "UPDATE entretiens_entretien SET etat = 'annule' WHERE sequence > 0",
    "convoque_apres_son_annulation": (
        "UPDATE courriers_courriel SET etat = 'a_envoyer', prochain_essai_le = now() - interval '2 hours';"
        "UPDATE entretiens_entretien SET etat = 'annule' WHERE sequence > 0"
    ),
    "courriel_de_convocation_sans_convocation": "DELETE FROM entretiens_convocation_courriels",
    "envoye_sans_date": "UPDATE courriers_courriel SET envoye_le = NULL WHERE etat = 'envoye'",
    "envoye_sans_essai": "UPDATE courriers_courriel SET tentatives = 0",
    "deux_destinataires": "UPDATE courriers_courriel SET destinataire = 'un@a.example, deux@b.example'",
    "contenu_garde_apres_son_terme": "UPDATE courriers_courriel SET efface_le = now()",
    "avis_d_accueil_en_collectif": COLLECTIF,
    "compte_rendu_sans_presence": "UPDATE entretiens_entretien SET etat = 'excuse' WHERE etat = 'tenu'",
    "rendue_sans_compte_rendu": "UPDATE avis_compterendu SET etat = 'brouillon'",
    "compte_rendu_incomplet": "UPDATE avis_compterendu SET texte = ''",
    "formation_sans_avis_rendu": "DELETE FROM avis_avisaccueil",
    "avis_d_accueil_hors_de_l_echelle": "UPDATE avis_avisaccueil SET valeur = 'admirable'",
    "avis_final_autre_que_la_matrice": "DELETE FROM referentiel_casedematrice WHERE avis_origine = 'favorable'",
    "matrice_incomplete": "DELETE FROM referentiel_casedematrice WHERE avis_origine = 'absent'",
    "fiche_en_double": double("avis_fiche"),
    "voeu_sans_confirmation": "UPDATE avis_suiteaffelnet SET confirmee_le = NULL",
    "convocations_apres_la_cloture": "UPDATE entretiens_envoi SET le = '2027-03-25 00:00+01'",
    "compte_rendu_apres_la_cloture": "UPDATE avis_compterendu SET transmis_le = '2027-05-26 00:00+02'",
    "avis_d_origine_apres_la_cloture": "UPDATE candidatures_formationdemandee SET avis_le = '2027-05-19 00:00+02'",
    "planification_apres_la_cloture": "UPDATE comptes_trace SET le = '2027-05-15 00:00+02'",
    "candidature_d_une_autre_campagne": "UPDATE candidatures_eleve SET campagne_id = -1",
    "candidature_d_un_autre_domaine": "UPDATE candidatures_candidature SET domaine_id = -1",
    "formation_d_un_autre_domaine": "UPDATE candidatures_formationdemandee SET domaine_id = -1",
    "entretien_d_un_autre_eleve": "UPDATE entretiens_entretien SET eleve_id = -1",
    "entretien_chez_un_autre_accueil": "UPDATE entretiens_seance SET accueil_id = -1",
    "seance_d_un_autre_etablissement": "UPDATE entretiens_seance SET etablissement_id = -1",
    "jury_d_un_autre_etablissement": "UPDATE entretiens_jury SET etablissement_id = -1",
    "envoi_d_un_autre_etablissement": "UPDATE entretiens_envoi SET etablissement_id = -1",
    "avis_d_une_autre_candidature": "UPDATE avis_compterendu SET candidature_id = -1",
    "proposition_d_un_autre_etablissement": "UPDATE entretiens_proposition SET etablissement_id = -1",
    "saisie_groupee_d_un_autre_etablissement": "UPDATE avis_saisiegroupee SET campagne_id = -1",
    "place_au_mauvais_endroit": "UPDATE referentiel_rattachement SET etablissement_id = NULL",
    "second_facteur_sans_application": "UPDATE comptes_personne SET second_facteur_le = now()",
}
OTER_LES_CONTRAINTES = """
    DO $$ DECLARE garde record; BEGIN
        FOR garde IN SELECT conrelid::regclass AS relation, conname AS nom FROM pg_constraint
            WHERE contype IN ('f', 'x', 'c', 'u') AND connamespace = 'public'::regnamespace ORDER BY contype = 'u'
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', garde.relation, garde.nom);
        END LOOP;
        FOR garde IN SELECT indexrelid::regclass AS nom FROM pg_index
            JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indisunique AND NOT indisprimary AND relnamespace = 'public'::regnamespace
        LOOP EXECUTE format('DROP INDEX %s', garde.nom); END LOOP;
    END $$;
    SET LOCAL session_replication_role = replica;
"""


@pytest.fixture(scope="module")
def base_sans_contraintes(django_db_setup, django_db_blocker):
    """La campagne garnie, une fois pour toutes, et plus rien dans la base qui retienne une écriture fausse."""
    with django_db_blocker.unblock(), transaction.atomic():
        garnir_la_base()
        assert etats_impossibles() == []
        with connection.cursor() as curseur:
            curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
            curseur.execute(OTER_LES_CONTRAINTES)
        yield
        transaction.set_rollback(True)


def test_chaque_invariant_a_de_quoi_etre_contredit():
    assert list(CASSER) == NOMS
    assert len(set(NOMS)) >= 25


@pytest.mark.parametrize("nom", NOMS)
def test_un_invariant_contredit_se_voit(base_sans_contraintes, nom):
    point = transaction.savepoint()
    try:
        with connection.cursor() as curseur:
            curseur.execute(CASSER[nom])
        assert any(phrase.startswith(f"{nom}\u00a0: ") for phrase in etats_impossibles())
    finally:
        transaction.savepoint_rollback(point)
