"""La fin d'une campagne : les fiches remises, les choix confirmés, les vœux saisis, puis la clôture (R1, R32, R33)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from avis.services import confirmer_le_choix, marquer_comme_remises, noter_le_voeu
from candidatures.models import Eleve, FormationDemandee
from courriers.services import faire_partir_un_lot
from passpro.demonstration.facteur import LOT, FacteurDePapier
from passpro.demonstration.monde import Monde
from referentiel.models import Etablissement
from referentiel.rules.dates import a_paris
from referentiel.rules.jeu import Affichage
from referentiel.services import clore_la_campagne

PART_CONFIRMEE, PART_SAISIE = 0.7, 0.9


def mener_a_son_terme(hasard: Random, monde: Monde, eleves: dict[Etablissement, list[Eleve]], *, jour: date) -> None:
    """Fait remettre les fiches au `jour`, suivre les vœux trois jours plus tard, puis clore au dernier jour."""
    for college, siens in eleves.items():
        par = monde.chefs[college.pk]
        marquer_comme_remises(campagne=monde.campagne, eleves=siens, par=par, le=a_paris(jour, time(16)))
    suivre_les_voeux(hasard, monde, le=a_paris(jour + timedelta(days=3), time(10)))
    dernier = monde.campagne.calendrier.dernier_jour()
    assert dernier is not None
    fin = a_paris(dernier, time(20))
    faire_partir_un_lot(FacteurDePapier(fin), le=fin, au_plus=LOT)
    clore_la_campagne(campagne=monde.campagne, par=monde.saio, le=fin)


def suivre_les_voeux(hasard: Random, monde: Monde, *, le: datetime) -> None:
    """Là où un bonus en dépend, la plupart des familles confirment, et presque tous ces vœux sont saisis (R33)."""
    if monde.campagne.regles.affichage != Affichage.AVEC_BONUS:
        return
    for demande in _rendues(monde):
        if hasard.random() < PART_CONFIRMEE:
            par = monde.chefs[demande.candidature.eleve.etablissement_id]
            confirmer_le_choix(formation_demandee=demande, par=par, le=le)
            if hasard.random() < PART_SAISIE:
                noter_le_voeu(formation_demandee=demande, par=par, le=le + timedelta(hours=2))


def _rendues(monde: Monde) -> Sequence[FormationDemandee]:
    demandes = FormationDemandee.objects.maintenues().filter(
        candidature__domaine__campagne=monde.campagne, avis_accueil__compte_rendu__transmis_le__isnull=False
    )
    return list(demandes.select_related("candidature__eleve", "formation").order_by("pk"))
