"""Ce qui s'est écrit après une clôture, sans délai accordé (R2, R4).

Une étape sans date de fin va jusqu'à la fermeture ; le dernier jour compte en entier, à l'heure de Paris, et la grâce
s'y ajoute.
"""

from passpro.invariants.recherche import Invariant


def _apres(nom: str, phrase: str, ecrits: str, *natures: str) -> Invariant:
    """Invariant sur ce qui s'écrit tant que l'une des étapes `natures` est ouverte.

    `ecrits` rend, pour chaque écriture : `code`, `le`, `campagne_id`, `etablissement_id`.
    """
    etapes = ", ".join(f"'{nature}'" for nature in natures)
    return Invariant(
        nom,
        phrase,
        f"""
        WITH ecrits AS ({ecrits}), fins AS (
            SELECT c.id AS campagne_id, g.nature, coalesce(
                (SELECT fin FROM referentiel_periode p WHERE p.campagne_id = c.id AND p.nature = g.nature),
                (SELECT fin FROM referentiel_periode p WHERE p.campagne_id = c.id AND p.nature = 'fermeture'),
                (SELECT max(fin) FROM referentiel_periode p WHERE p.campagne_id = c.id)) AS fin
            FROM referentiel_campagne c CROSS JOIN unnest(ARRAY[{etapes}]) AS g (nature)
        )
        SELECT w.code FROM ecrits w
        JOIN referentiel_jeuderegles r ON r.campagne_id = w.campagne_id
        WHERE w.le >= (
            SELECT max((greatest(f.fin, d.jusqu_au) + 1)::timestamp) AT TIME ZONE 'Europe/Paris'
            FROM fins f LEFT JOIN referentiel_derogation d ON d.campagne_id = f.campagne_id
                AND d.nature = f.nature AND d.etablissement_id = w.etablissement_id
            WHERE f.campagne_id = w.campagne_id
        ) + make_interval(mins => r.grace)
        """,  # noqa: S608 - ni nom ni valeur ne vient d'ailleurs que de ce module
    )


ECHEANCES = (
    _apres(
        "convocations_apres_la_cloture",
        "Aucun envoi de convocations n’est confirmé après la clôture, sauf délai accordé.",
        """
        SELECT n.code, n.le, n.campagne_id, n.etablissement_id FROM entretiens_envoi n WHERE EXISTS (
            SELECT 1 FROM entretiens_convocation v WHERE v.envoi_id = n.id AND v.nature = 'initiale')
        """,
        "convocations",
    ),
    _apres(
        "compte_rendu_apres_la_cloture",
        "Aucun compte-rendu n’est transmis après la clôture, sauf délai accordé.",
        """
        SELECT c.code, r.transmis_le AS le, d.campagne_id, a.etablissement_id FROM avis_compterendu r
        JOIN candidatures_candidature c ON c.id = r.candidature_id
        JOIN referentiel_domaine d ON d.id = c.domaine_id
        JOIN referentiel_accueil a ON a.id = c.accueil_id
        WHERE r.etat = 'transmis'
        """,
        "saisie_avis_accueil",
    ),
    _apres(
        "avis_d_origine_apres_la_cloture",
        "Aucun avis d’origine n’est saisi après la clôture, sauf délai accordé.",
        """
        SELECT f.code, f.avis_le AS le, d.campagne_id, e.etablissement_id FROM candidatures_formationdemandee f
        JOIN candidatures_candidature c ON c.id = f.candidature_id
        JOIN candidatures_eleve e ON e.id = c.eleve_id
        JOIN referentiel_domaine d ON d.id = c.domaine_id
        WHERE f.avis_le IS NOT NULL AND NOT f.ajoutee_a_l_entretien
        """,
        "inscription",
        "planification",
        "entretiens",
    ),
    _apres(
        "planification_apres_la_cloture",
        "Aucun entretien n’est planifié après la clôture, sauf délai accordé.",
        """
        SELECT e.code, t.le, d.campagne_id, s.etablissement_id FROM entretiens_entretien e
        JOIN candidatures_candidature c ON c.id = e.candidature_id
        JOIN referentiel_domaine d ON d.id = c.domaine_id
        JOIN entretiens_creneau k ON k.id = e.creneau_id
        JOIN entretiens_seance s ON s.id = k.seance_id
        JOIN comptes_trace t ON t.objet_type = 'candidatures.candidature' AND t.objet_id = c.id
            AND t.fait = 'planification'
        WHERE e.etat = 'prevu'
        """,
        "planification",
    ),
)
