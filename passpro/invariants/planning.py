"""Séances, créneaux, entretiens (R22 à R24, R26b)."""

from passpro.invariants.recherche import Invariant

PLANNING = (
    Invariant(
        "eleve_a_deux_endroits",
        "Un élève n’a pas deux entretiens en vigueur qui se chevauchent, quels que soient les lycées.",
        """
        SELECT a.code FROM entretiens_entretien a
        JOIN entretiens_entretien b ON b.eleve_id = a.eleve_id AND b.id > a.id AND b.periode && a.periode
        WHERE a.etat IN ('prevu', 'tenu', 'absent') AND b.etat IN ('prevu', 'tenu', 'absent')
        """,
    ),
    Invariant(
        "creneau_trop_rempli",
        "Un créneau ne reçoit pas plus d’élèves que de places.",
        """
        SELECT c.code FROM entretiens_creneau c
        JOIN entretiens_entretien e ON e.creneau_id = c.id AND e.etat IN ('prevu', 'tenu', 'absent')
        GROUP BY c.id HAVING count(*) > c.capacite
        """,
    ),
    Invariant(
        "places_mal_comptees",
        "Les places prises d’un créneau sont le nombre de ses entretiens en vigueur.",
        """
        SELECT c.code FROM entretiens_creneau c
        LEFT JOIN entretiens_entretien e ON e.creneau_id = c.id AND e.etat IN ('prevu', 'tenu', 'absent')
        GROUP BY c.id HAVING count(e.id) <> c.places_prises
        """,
    ),
    Invariant(
        "jury_en_deux_seances",
        "Un jury ne mène pas deux séances à la fois.",
        """
        SELECT a.code FROM entretiens_seance a
        JOIN entretiens_seance b ON b.jury_id = a.jury_id AND b.id > a.id AND b.periode && a.periode
        WHERE a.annulee_le IS NULL AND b.annulee_le IS NULL
        """,
    ),
    Invariant(
        "salle_prise_deux_fois",
        "Une salle d’un établissement ne reçoit pas deux séances à la fois.",
        """
        SELECT a.code FROM entretiens_seance a
        JOIN entretiens_seance b ON b.etablissement_id = a.etablissement_id AND b.salle = a.salle
            AND b.id > a.id AND b.periode && a.periode
        WHERE a.salle <> '' AND a.annulee_le IS NULL AND b.annulee_le IS NULL
        """,
    ),
    Invariant(
        "creneaux_qui_se_chevauchent",
        "Les créneaux d’une séance se suivent sans se chevaucher.",
        """
        SELECT a.code FROM entretiens_creneau a
        JOIN entretiens_creneau b ON b.seance_id = a.seance_id AND b.id > a.id AND b.periode && a.periode
        """,
    ),
    Invariant(
        "creneau_hors_de_sa_seance",
        "Un créneau est compris dans l’heure de sa séance.",
        """
        SELECT c.code FROM entretiens_creneau c JOIN entretiens_seance s ON s.id = c.seance_id
        WHERE NOT c.periode <@ s.periode
        """,
    ),
    Invariant(
        "seance_annulee_occupee",
        "Une séance annulée n’a plus ni place ni entretien en vigueur.",
        """
        SELECT s.code FROM entretiens_seance s JOIN entretiens_creneau c ON c.seance_id = s.id
        WHERE s.annulee_le IS NOT NULL AND (c.capacite > 0 OR c.places_prises > 0)
        """,
    ),
    Invariant(
        "heure_autre_que_celle_du_creneau",
        "L’heure d’un entretien est celle de son créneau.",
        """
        SELECT e.code FROM entretiens_entretien e JOIN entretiens_creneau c ON c.id = e.creneau_id
        WHERE e.periode <> c.periode
        """,
    ),
    Invariant(
        "entretien_un_dimanche",
        "Aucun entretien n’a lieu un dimanche.",
        """
        SELECT code FROM entretiens_entretien
        WHERE etat = 'prevu' AND extract(isodow FROM lower(periode) AT TIME ZONE 'Europe/Paris') = 7
        """,
    ),
    Invariant(
        "deux_entretiens_pour_une_candidature",
        "Une candidature n’a qu’un entretien en vigueur.",
        """
        SELECT c.code FROM candidatures_candidature c JOIN entretiens_entretien e ON e.candidature_id = c.id
        WHERE e.etat IN ('prevu', 'tenu', 'absent') GROUP BY c.id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "modalite_autre_que_celle_de_la_seance",
        "Un entretien à venir est de la modalité retenue pour sa candidature.",
        """
        SELECT e.code FROM entretiens_entretien e
        JOIN candidatures_candidature c ON c.id = e.candidature_id
        JOIN entretiens_creneau k ON k.id = e.creneau_id
        JOIN entretiens_seance s ON s.id = k.seance_id
        WHERE e.etat = 'prevu' AND c.modalite <> s.modalite
        """,
    ),
)
