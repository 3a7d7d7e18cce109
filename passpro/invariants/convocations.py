"""Convocations et courriels : ce qui est annoncé, ce qui est parti (R25)."""

from passpro.invariants.recherche import Invariant

CONVOCATIONS = (
    Invariant(
        "convoquee_sans_convocation",
        "Une candidature convoquée a, pour l’heure de son entretien, une convocation en vigueur.",
        """
        SELECT c.code FROM candidatures_candidature c
        JOIN entretiens_entretien e ON e.candidature_id = c.id AND e.etat = 'prevu'
        WHERE c.etat = 'convoquee' AND NOT EXISTS (
            SELECT 1 FROM entretiens_convocation v JOIN entretiens_envoi n ON n.id = v.envoi_id
            WHERE v.entretien_id = e.id AND v.sequence = e.sequence AND n.rappele_le IS NULL
            AND v.nature <> 'annulation' AND v.periode = e.periode)
        """,
    ),
    Invariant(
        "version_annoncee_absente",
        "La version annoncée d’un entretien existe, et son envoi n’est pas rappelé.",
        """
        SELECT e.code FROM entretiens_entretien e
        WHERE e.sequence > 0 AND NOT EXISTS (
            SELECT 1 FROM entretiens_convocation v JOIN entretiens_envoi n ON n.id = v.envoi_id
            WHERE v.entretien_id = e.id AND v.sequence = e.sequence AND n.rappele_le IS NULL)
        """,
    ),
    Invariant(
        "version_en_double",
        "Deux versions d’une convocation n’ont pas le même numéro.",
        """
        SELECT min(code) FROM entretiens_convocation GROUP BY entretien_id, sequence HAVING count(*) > 1
        """,
    ),
    Invariant(
        "annulation_d_un_entretien_maintenu",
        "Un entretien prévu n’est pas annoncé comme annulé.",
        """
        SELECT e.code FROM entretiens_entretien e
        JOIN entretiens_convocation v ON v.entretien_id = e.id AND v.sequence = e.sequence
        JOIN entretiens_envoi n ON n.id = v.envoi_id AND n.rappele_le IS NULL
        WHERE e.etat = 'prevu' AND v.nature = 'annulation'
        """,
    ),
    Invariant(
        "annule_sans_le_dire",
        "Un entretien annulé dont la convocation est partie est annoncé comme annulé.",
        """
        SELECT e.code FROM entretiens_entretien e
        JOIN entretiens_convocation v ON v.entretien_id = e.id AND v.sequence = e.sequence
        WHERE e.etat = 'annule' AND v.nature <> 'annulation' AND EXISTS (
            SELECT 1 FROM entretiens_convocation_courriels l JOIN courriers_courriel m ON m.id = l.courriel_id
            WHERE l.convocation_id = v.id AND m.etat = 'envoye')
        """,
    ),
    Invariant(
        "convoque_apres_son_annulation",
        "Aucune convocation n’attend de partir pour un entretien annulé.",
        """
        SELECT DISTINCT e.code FROM entretiens_entretien e
        JOIN entretiens_convocation v ON v.entretien_id = e.id AND v.nature <> 'annulation'
        JOIN entretiens_convocation_courriels l ON l.convocation_id = v.id
        JOIN courriers_courriel m ON m.id = l.courriel_id
        WHERE e.etat = 'annule' AND m.etat = 'a_envoyer' AND m.prochain_essai_le < now() - interval '1 hour'
        """,
    ),
    Invariant(
        "courriel_de_convocation_sans_convocation",
        "Un courriel de convocation porte au moins une convocation.",
        """
        SELECT m.id FROM courriers_courriel m
        WHERE m.cle LIKE 'convocations:%' AND m.efface_le IS NULL AND NOT EXISTS (
            SELECT 1 FROM entretiens_convocation_courriels l WHERE l.courriel_id = m.id)
        """,
    ),
    Invariant(
        "envoye_sans_date",
        "Un courriel envoyé, et lui seul, porte la date de son envoi.",
        """
        SELECT id FROM courriers_courriel WHERE (etat = 'envoye') <> (envoye_le IS NOT NULL)
        """,
    ),
    Invariant(
        "envoye_sans_essai",
        "Un courriel envoyé ou abandonné a été tenté.",
        """
        SELECT id FROM courriers_courriel WHERE etat IN ('envoye', 'en_cours') AND tentatives = 0
        """,
    ),
    Invariant(
        "deux_destinataires",
        "Un courriel a un seul destinataire.",
        """
        SELECT id FROM courriers_courriel WHERE destinataire ~ '[[:space:],;<>]'
        """,
    ),
    Invariant(
        "contenu_garde_apres_son_terme",
        "Un courriel dont le contenu est supprimé n’en garde rien, et ne part plus.",
        """
        SELECT id FROM courriers_courriel WHERE efface_le IS NOT NULL
        AND (texte <> '' OR html <> '' OR pieces <> '[]'::jsonb OR etat IN ('a_envoyer', 'en_cours'))
        """,
    ),
)
