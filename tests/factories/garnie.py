"""Une base juste et garnie : de quoi relire des invariants, ou sauvegarder et rendre."""

from avis.models import Fiche, SuiteAffelnet
from candidatures.models import FormationDemandee
from candidatures.rules import Etat
from courriers.expedition import Expediteur
from courriers.services import faire_partir_un_lot
from entretiens import services
from entretiens.models import Creneau, Seance
from referentiel.models import Accueil
from tests.factories.entretiens import convoquer, ouvrir_un_creneau, placer
from tests.factories.pilotage import MAINTENANT, Scene

APRES_LE_DELAI = MAINTENANT.replace(minute=30)


def garnir_la_base() -> None:
    """Une campagne où chaque table que lisent les invariants a au moins une ligne juste."""
    scene = Scene()
    scene.eleve(ine="0123456789A")
    accueil = scene.accueil()
    entretien = placer(scene.candidature(accueil=accueil), _un_creneau_avec_jury(accueil), le=MAINTENANT)
    convoquer(entretien, le=MAINTENANT)
    with Expediteur() as expediteur:
        faire_partir_un_lot(expediteur, le=APRES_LE_DELAI, au_plus=10)
    scene.rendue(formations=1)
    scene.proposition()
    scene.absences_groupees()
    demande = FormationDemandee.objects.filter(candidature__etat=Etat.RENDUE).get()
    Fiche.objects.create(eleve=demande.candidature.eleve, empreinte="e" * 64, remise_le=MAINTENANT)
    SuiteAffelnet.objects.create(formation_demandee=demande, confirmee_le=MAINTENANT, voeu_saisi_le=MAINTENANT)


def _un_creneau_avec_jury(accueil: Accueil) -> Creneau:
    jury = services.creer_un_jury(
        etablissement=accueil.etablissement, nom="Jury 1", membres="", par=None, le=MAINTENANT
    )
    creneau = ouvrir_un_creneau(accueil, 10, le=MAINTENANT)
    Seance.objects.filter(pk=creneau.seance_id).update(jury=jury)
    return creneau
