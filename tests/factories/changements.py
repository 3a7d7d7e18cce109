"""Un collège, un lycée, de vrais entretiens : ce qui change après l'inscription passe par les services."""

from datetime import datetime

from candidatures.models import Candidature, DemandeDeTransfert, Eleve
from candidatures.services import demander_un_transfert
from courriers.expedition import Expediteur
from courriers.services import faire_partir_un_lot
from entretiens.models import Entretien
from referentiel.models import Etablissement
from tests.factories.entretiens import convoquer, ouvrir_un_creneau, placer
from tests.factories.inscriptions import Monde
from tests.factories.referentiel import EtablissementFactory

INE = "012345678AB"


def planifier(monde: Monde, candidature: Candidature, heure: int = 9) -> Entretien:
    return placer(candidature, ouvrir_un_creneau(candidature.accueil, heure, le=monde.le), le=monde.le)


def convoquee(monde: Monde, candidature: Candidature, heure: int = 9) -> Entretien:
    """Entretien dont la convocation est partie pour de vrai ; l'heure du monde passe le délai de rappel."""
    entretien = planifier(monde, candidature, heure)
    envoi = convoquer(entretien, le=monde.le)
    monde.le = envoi.part_le
    partir(monde.le)
    candidature.refresh_from_db()
    entretien.refresh_from_db()
    return entretien


def partir(le: datetime) -> None:
    """Fait partir ce qui est dû, par le vrai chemin."""
    with Expediteur() as expediteur:
        faire_partir_un_lot(expediteur, le=le, au_plus=1000)


def ailleurs(**champs: object) -> Etablissement:
    return EtablissementFactory(**{"nom": "Collège Victor-Hugo", "commune": "Ivry-sur-Seine"} | champs)


def demande_de_transfert(monde: Monde, eleve: Eleve, demandeur: Etablissement) -> DemandeDeTransfert:
    if not eleve.ine:
        eleve.ine = INE
        eleve.save(update_fields=["ine"])
    return demander_un_transfert(ine=eleve.ine, etablissement=demandeur, campagne=monde.campagne, par=None, le=monde.le)
