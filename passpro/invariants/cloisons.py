"""Ce qui relie deux objets les relie du même côté de la cloison : campagne, domaine, établissement (R15, R37)."""

from passpro.invariants.recherche import Invariant

CLOISONS = (
    Invariant(
        "candidature_d_une_autre_campagne",
        "Un élève ne candidate que dans sa campagne.",
        """
        SELECT c.code FROM candidatures_candidature c
        JOIN candidatures_eleve e ON e.id = c.eleve_id
        JOIN referentiel_domaine d ON d.id = c.domaine_id
        WHERE e.campagne_id <> d.campagne_id
        """,
    ),
    Invariant(
        "candidature_d_un_autre_domaine",
        "Le domaine d’une candidature est celui de l’accueil à qui elle s’adresse.",
        """
        SELECT c.code FROM candidatures_candidature c JOIN referentiel_accueil a ON a.id = c.accueil_id
        WHERE c.domaine_id <> a.domaine_id
        """,
    ),
    Invariant(
        "formation_d_un_autre_domaine",
        "Une formation demandée est du domaine de sa candidature.",
        """
        SELECT f.code FROM candidatures_formationdemandee f
        JOIN candidatures_candidature c ON c.id = f.candidature_id
        JOIN referentiel_formation o ON o.id = f.formation_id
        WHERE f.domaine_id <> c.domaine_id OR f.domaine_id <> o.domaine_id
        """,
    ),
    Invariant(
        "entretien_d_un_autre_eleve",
        "L’élève d’un entretien est celui de sa candidature.",
        """
        SELECT e.code FROM entretiens_entretien e JOIN candidatures_candidature c ON c.id = e.candidature_id
        WHERE e.eleve_id <> c.eleve_id
        """,
    ),
    Invariant(
        "entretien_chez_un_autre_accueil",
        "Un entretien en vigueur est sur un créneau de l’accueil de sa candidature.",
        """
        SELECT e.code FROM entretiens_entretien e
        JOIN candidatures_candidature c ON c.id = e.candidature_id
        JOIN entretiens_creneau k ON k.id = e.creneau_id
        JOIN entretiens_seance s ON s.id = k.seance_id
        WHERE e.etat IN ('prevu', 'tenu') AND s.accueil_id <> c.accueil_id
        """,
    ),
    Invariant(
        "seance_d_un_autre_etablissement",
        "L’établissement d’une séance est celui de son accueil.",
        """
        SELECT s.code FROM entretiens_seance s JOIN referentiel_accueil a ON a.id = s.accueil_id
        WHERE s.etablissement_id <> a.etablissement_id
        """,
    ),
    Invariant(
        "jury_d_un_autre_etablissement",
        "Le jury d’une séance est de son établissement.",
        """
        SELECT s.code FROM entretiens_seance s JOIN entretiens_jury j ON j.id = s.jury_id
        WHERE j.etablissement_id <> s.etablissement_id
        """,
    ),
    Invariant(
        "envoi_d_un_autre_etablissement",
        "Une convocation part de l’établissement qui reçoit l’entretien.",
        """
        SELECT v.code FROM entretiens_convocation v
        JOIN entretiens_envoi n ON n.id = v.envoi_id
        JOIN entretiens_entretien e ON e.id = v.entretien_id
        JOIN entretiens_creneau k ON k.id = e.creneau_id
        JOIN entretiens_seance s ON s.id = k.seance_id
        WHERE n.etablissement_id <> s.etablissement_id
        """,
    ),
    Invariant(
        "avis_d_une_autre_candidature",
        "Un avis d’accueil porte sur une formation de la candidature de son compte-rendu.",
        """
        SELECT f.code FROM avis_avisaccueil a
        JOIN avis_compterendu r ON r.id = a.compte_rendu_id
        JOIN candidatures_formationdemandee f ON f.id = a.formation_demandee_id
        WHERE f.candidature_id <> r.candidature_id
        """,
    ),
    Invariant(
        "proposition_d_un_autre_etablissement",
        "Une proposition de planning ne place que les candidatures de son établissement, sur ses créneaux.",
        """
        SELECT p.code FROM entretiens_lignedeproposition l
        JOIN entretiens_proposition p ON p.id = l.proposition_id AND p.etat = 'preparee'
        JOIN entretiens_creneau k ON k.id = l.creneau_id
        JOIN entretiens_seance s ON s.id = k.seance_id
        WHERE s.etablissement_id <> p.etablissement_id
        """,
    ),
    Invariant(
        "saisie_groupee_d_un_autre_etablissement",
        "Une saisie groupée ne porte que sur des candidatures de sa campagne.",
        """
        SELECT g.code FROM avis_lignegroupee l
        JOIN avis_saisiegroupee g ON g.id = l.saisie_id
        JOIN candidatures_candidature c ON c.id = l.candidature_id
        JOIN referentiel_domaine d ON d.id = c.domaine_id
        WHERE d.campagne_id <> g.campagne_id
        """,
    ),
    Invariant(
        "place_au_mauvais_endroit",
        "Un chef ou un gestionnaire a un établissement, le SAIO et l’observation une académie, jamais les deux.",
        """
        SELECT id FROM referentiel_rattachement
        WHERE (etablissement_id IS NULL) = (academie_id IS NULL)
            OR (role IN ('chef', 'gestionnaire')) <> (etablissement_id IS NOT NULL)
        """,
    ),
    Invariant(
        "second_facteur_sans_application",
        "Qui a un second facteur a une application confirmée, et une seule\u00a0; qui n’en a pas n’en a aucune.",
        """
        SELECT p.id FROM comptes_personne p
        LEFT JOIN otp_totp_totpdevice a ON a.user_id = p.id AND a.confirmed
        GROUP BY p.id
        HAVING count(a.id) <> CASE WHEN p.second_facteur_le IS NULL THEN 0 ELSE 1 END
        """,
    ),
)
