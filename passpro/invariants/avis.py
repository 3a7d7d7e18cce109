"""Comptes-rendus, avis d'accueil, avis final, fiches (R6, R27 à R33)."""

from passpro.invariants.recherche import Invariant

AVIS = (
    Invariant(
        "avis_d_accueil_en_collectif",
        "Un entretien collectif ne donne ni compte-rendu ni avis d’accueil.",
        """
        SELECT DISTINCT c.code FROM candidatures_candidature c
        JOIN avis_compterendu r ON r.candidature_id = c.id
        JOIN entretiens_entretien e ON e.candidature_id = c.id AND e.etat = 'tenu'
        JOIN entretiens_creneau k ON k.id = e.creneau_id
        JOIN entretiens_seance s ON s.id = k.seance_id
        WHERE s.modalite = 'collectif'
            AND (r.etat = 'transmis' OR EXISTS (SELECT 1 FROM avis_avisaccueil a WHERE a.compte_rendu_id = r.id))
        """,
    ),
    Invariant(
        "compte_rendu_sans_presence",
        "Un compte-rendu transmis est celui d’un entretien tenu.",
        """
        SELECT c.code FROM candidatures_candidature c
        JOIN avis_compterendu r ON r.candidature_id = c.id AND r.etat = 'transmis'
        WHERE NOT EXISTS (
            SELECT 1 FROM entretiens_entretien e WHERE e.candidature_id = c.id AND e.etat = 'tenu')
        """,
    ),
    Invariant(
        "rendue_sans_compte_rendu",
        "Une candidature est rendue quand son compte-rendu est transmis, et alors seulement.",
        """
        SELECT c.code FROM candidatures_candidature c
        LEFT JOIN avis_compterendu r ON r.candidature_id = c.id AND r.etat = 'transmis'
        WHERE (c.etat = 'rendue') <> (r.id IS NOT NULL)
        """,
    ),
    Invariant(
        "compte_rendu_incomplet",
        "Un compte-rendu transmis a un texte, une date et un auteur.",
        """
        SELECT c.code FROM candidatures_candidature c JOIN avis_compterendu r ON r.candidature_id = c.id
        WHERE r.etat = 'transmis' AND (r.texte = '' OR r.transmis_le IS NULL OR r.transmis_par_id IS NULL)
        """,
    ),
    Invariant(
        "formation_sans_avis_rendu",
        "Un compte-rendu transmis donne un avis sur chaque formation maintenue.",
        """
        SELECT f.code FROM candidatures_formationdemandee f
        JOIN avis_compterendu r ON r.candidature_id = f.candidature_id AND r.etat = 'transmis'
        WHERE f.desistee_le IS NULL AND NOT EXISTS (
            SELECT 1 FROM avis_avisaccueil a WHERE a.formation_demandee_id = f.id AND a.compte_rendu_id = r.id)
        """,
    ),
    Invariant(
        "avis_d_accueil_hors_de_l_echelle",
        "Un avis d’accueil est de l’échelle de sa campagne.",
        """
        SELECT f.code FROM avis_avisaccueil a
        JOIN candidatures_formationdemandee f ON f.id = a.formation_demandee_id
        JOIN referentiel_domaine d ON d.id = f.domaine_id
        JOIN referentiel_jeuderegles r ON r.campagne_id = d.campagne_id
        WHERE NOT (a.valeur = ANY (r.echelle_accueil) OR (a.valeur = 'ne_se_prononce_pas' AND r.ne_se_prononce_pas))
        """,
    ),
    Invariant(
        "avis_final_autre_que_la_matrice",
        "Les deux avis d’une formation se croisent dans une case de la matrice, et une seule.",
        """
        SELECT f.code FROM candidatures_formationdemandee f
        JOIN avis_avisaccueil a ON a.formation_demandee_id = f.id
        JOIN avis_compterendu t ON t.id = a.compte_rendu_id AND t.etat = 'transmis'
        JOIN referentiel_domaine d ON d.id = f.domaine_id
        JOIN referentiel_jeuderegles r ON r.campagne_id = d.campagne_id
        WHERE (SELECT count(*) FROM referentiel_casedematrice m WHERE m.regles_id = r.id
            AND m.avis_accueil = a.valeur AND m.avis_origine = CASE f.avis WHEN '' THEN 'absent' ELSE f.avis END) <> 1
        """,
    ),
    Invariant(
        "matrice_incomplete",
        "La matrice d’une campagne ouverte ou close a une case par couple d’avis.",
        """
        SELECT r.campagne_id FROM referentiel_jeuderegles r
        JOIN referentiel_campagne p ON p.id = r.campagne_id AND p.etat <> 'preparation'
        WHERE (SELECT count(*) FROM referentiel_casedematrice m WHERE m.regles_id = r.id) <>
            (cardinality(r.echelle_origine) + 1)
            * (cardinality(r.echelle_accueil) + 1 + r.ne_se_prononce_pas::int)
        """,
    ),
    Invariant(
        "fiche_en_double",
        "Une version de la fiche d’un élève n’est remise qu’une fois\u00a0: la version en vigueur est la dernière.",
        """
        SELECT e.code FROM avis_fiche f JOIN candidatures_eleve e ON e.id = f.eleve_id
        GROUP BY e.id, f.empreinte HAVING count(*) > 1
        """,
    ),
    Invariant(
        "voeu_sans_confirmation",
        "Un vœu n’est noté comme saisi qu’après la confirmation de la famille.",
        """
        SELECT f.code FROM avis_suiteaffelnet s
        JOIN candidatures_formationdemandee f ON f.id = s.formation_demandee_id
        WHERE s.voeu_saisi_le IS NOT NULL AND s.confirmee_le IS NULL
        """,
    ),
)
