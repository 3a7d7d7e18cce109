"""Élèves, candidatures, formations demandées : ce que leur état promet (R1, R12, R14 à R16, R18)."""

from passpro.invariants.recherche import Invariant

CANDIDATURES = (
    Invariant(
        "deux_candidatures_dans_un_domaine",
        "Un élève n’a qu’une candidature active par domaine.",
        """
        SELECT min(code) FROM candidatures_candidature WHERE etat NOT IN ('desistee', 'annulee')
        GROUP BY eleve_id, domaine_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "ine_en_double",
        "Un INE n’est inscrit qu’une fois dans une campagne.",
        """
        SELECT min(code) FROM candidatures_eleve WHERE ine <> '' GROUP BY campagne_id, ine HAVING count(*) > 1
        """,
    ),
    Invariant(
        "candidature_sans_formation",
        "Une candidature active demande au moins une formation.",
        """
        SELECT c.code FROM candidatures_candidature c
        WHERE c.etat NOT IN ('brouillon', 'a_valider', 'desistee', 'annulee') AND NOT EXISTS (
            SELECT 1 FROM candidatures_formationdemandee f WHERE f.candidature_id = c.id AND f.desistee_le IS NULL)
        """,
    ),
    Invariant(
        "formation_demandee_deux_fois",
        "Une candidature ne demande pas deux fois la même formation.",
        """
        SELECT min(code) FROM candidatures_formationdemandee WHERE desistee_le IS NULL
        GROUP BY candidature_id, formation_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "inscrite_sans_date",
        "Une candidature inscrite porte la date de son inscription.",
        """
        SELECT code FROM candidatures_candidature
        WHERE etat NOT IN ('brouillon', 'a_valider', 'desistee', 'annulee') AND inscrite_le IS NULL
        """,
    ),
    Invariant(
        "planifiee_sans_entretien",
        "Une candidature planifiée ou convoquée a un entretien prévu.",
        """
        SELECT c.code FROM candidatures_candidature c
        WHERE c.etat IN ('planifiee', 'convoquee') AND NOT EXISTS (
            SELECT 1 FROM entretiens_entretien e WHERE e.candidature_id = c.id AND e.etat = 'prevu')
        """,
    ),
    Invariant(
        "presence_sans_entretien",
        "Une présence ou une absence notée est celle d’un entretien.",
        """
        SELECT c.code FROM candidatures_candidature c
        WHERE c.etat IN ('realisee', 'rendue', 'seance_suivie', 'absente') AND NOT EXISTS (
            SELECT 1 FROM entretiens_entretien e WHERE e.candidature_id = c.id
            AND e.etat = CASE c.etat WHEN 'absente' THEN 'absent' ELSE 'tenu' END)
        """,
    ),
    Invariant(
        "entretien_prevu_sans_candidature_planifiee",
        "Un entretien prévu est celui d’une candidature planifiée ou convoquée.",
        """
        SELECT e.code FROM entretiens_entretien e JOIN candidatures_candidature c ON c.id = e.candidature_id
        WHERE e.etat = 'prevu' AND c.etat NOT IN ('planifiee', 'convoquee')
        """,
    ),
    Invariant(
        "avis_d_origine_sans_auteur",
        "Un avis d’origine porte sa date et son auteur.",
        """
        SELECT code FROM candidatures_formationdemandee
        WHERE (avis <> '' OR commentaire <> '') AND (avis_le IS NULL OR avis_par_id IS NULL)
        """,
    ),
    Invariant(
        "avis_d_origine_hors_de_l_echelle",
        "Un avis d’origine est de l’échelle de sa campagne.",
        """
        SELECT f.code FROM candidatures_formationdemandee f
        JOIN referentiel_domaine d ON d.id = f.domaine_id
        JOIN referentiel_jeuderegles r ON r.campagne_id = d.campagne_id
        WHERE f.avis <> '' AND NOT f.avis = ANY (r.echelle_origine)
        """,
    ),
    Invariant(
        "deux_campagnes_ouvertes",
        "Une académie n’a qu’une campagne ouverte.",
        """
        SELECT academie_id FROM referentiel_campagne WHERE etat = 'ouverte'
        GROUP BY academie_id HAVING count(*) > 1
        """,
    ),
)
