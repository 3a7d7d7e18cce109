"""La version du catalogue d'une campagne : un nombre qui change dès qu'une ligne qu'il montre change.

Chaque écriture d'une ligne, quelle qu'en soit la voie, en fait pour PostgreSQL une ligne nouvelle, à une autre place
(`ctid`) et par une autre transaction (`xmin`). Leur empreinte dit donc si le catalogue est encore celui d'avant, sans
lire ce qu'il dit, ni compteur que chaque service aurait à tenir.
"""

from decimal import Decimal

from django.db import connection

from courriers.requetes_preparees import requetes_preparees
from referentiel.models import Campagne

# Les domaines, même sans offre : on les choisit. Les établissements de l'académie, même sans offre : la silhouette de
# la carte en vient ; ceux des offres, d'où qu'ils soient.
LIGNES_MONTREES = """
    SELECT sum(hash_record_extended(ligne, 0)) FROM (
        SELECT 1, domaine.ctid, domaine.xmin, NULL::tid, NULL::xid, NULL::tid, NULL::xid
          FROM referentiel_domaine domaine
         WHERE domaine.campagne_id = %(campagne)s
        UNION ALL
        SELECT 2, accueil.ctid, accueil.xmin, NULL, NULL, NULL, NULL
          FROM referentiel_domaine domaine
          JOIN referentiel_accueil accueil ON accueil.domaine_id = domaine.id
         WHERE domaine.campagne_id = %(campagne)s
        UNION ALL
        SELECT 3, offre.ctid, offre.xmin, formation.ctid, formation.xmin, lieu.ctid, lieu.xmin
          FROM referentiel_domaine domaine
          JOIN referentiel_formation formation ON formation.domaine_id = domaine.id
          JOIN referentiel_offre offre ON offre.formation_id = formation.id
          JOIN referentiel_etablissement lieu ON lieu.id = offre.etablissement_id
         WHERE domaine.campagne_id = %(campagne)s
        UNION ALL
        SELECT 4, lieu.ctid, lieu.xmin, NULL, NULL, NULL, NULL
          FROM referentiel_etablissement lieu
         WHERE lieu.academie_id = %(academie)s
    ) ligne
"""


def version_du_catalogue(campagne: Campagne) -> Decimal | None:
    """`None` : rien à montrer."""
    with requetes_preparees(), connection.cursor() as curseur:
        curseur.execute(LIGNES_MONTREES, {"campagne": campagne.pk, "academie": campagne.academie_id})
        [(version,)] = curseur.fetchall()
    return version
