"""Entretiens tenus, comptes-rendus transmis : les situations où naissent les avis d'accueil."""

from datetime import datetime, timedelta

from avis.services import transmettre
from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens.models import Creneau, Entretien, Seance
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Rattachement
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Avis
from tests.factories.candidatures import CandidatureFactory
from tests.factories.referentiel import RattachementFactory

# Un jeudi : le compte-rendu est dû dimanche, donc lundi 15 mars.
JEUDI = datetime(2027, 3, 11, 14, 30, tzinfo=PARIS)
LENDEMAIN = datetime(2027, 3, 12, 9, 0, tzinfo=PARIS)
TEXTE = "Yanis connaît déjà bien le métier. Une journée portes ouvertes l’aidera à choisir."


def entretien_pour(
    candidature: Candidature,
    *,
    debut: datetime = JEUDI,
    etat: EtatEntretien = EtatEntretien.TENU,
    modalite: str = "individuel",
) -> Entretien:
    """Pose un entretien de vingt minutes sur un créneau à lui."""
    periode = (debut, debut + timedelta(minutes=20))
    seance = Seance.objects.create(
        accueil=candidature.accueil,
        etablissement=candidature.accueil.etablissement,
        modalite=modalite,
        periode=periode,
    )
    creneau = Creneau.objects.create(seance=seance, periode=periode)
    entretien = Entretien.objects.create(
        candidature=candidature, eleve=candidature.eleve, creneau=creneau, periode=periode, etat=etat
    )
    return Entretien.objects.get(pk=entretien.pk)


def candidature_entendue(*, debut: datetime = JEUDI, formations: int = 1, avis: str = "favorable", **champs):
    """Candidature dont l'entretien individuel est tenu, avec l'avis d'origine de chaque formation."""
    candidature = CandidatureFactory(etat=Etat.REALISEE, formations=formations, **champs)
    entretien_pour(candidature, debut=debut)
    if avis:
        donner_l_avis_d_origine(candidature, avis)
    return candidature


def donner_l_avis_d_origine(
    candidature: Candidature, avis: str, commentaire: str = "Stage réussi, vrai projet."
) -> None:
    auteur = RattachementFactory().personne
    candidature.formations_demandees.update(
        avis=avis, commentaire=commentaire, avis_par=auteur, avis_le=datetime(2027, 3, 3, 10, 12, tzinfo=PARIS)
    )


def avis_pour(candidature: Candidature, valeur: Avis = Avis.FAVORABLE) -> dict[int, Avis | None]:
    return dict.fromkeys(candidature.formations_demandees.maintenues().values_list("pk", flat=True), valeur)


def candidature_rendue(*, texte: str = TEXTE, accueil_avis: Avis = Avis.FAVORABLE, le=LENDEMAIN, par=None, **champs):
    """Candidature dont le compte-rendu est transmis par le service."""
    candidature = candidature_entendue(**champs)
    transmettre(
        candidature=candidature,
        texte=texte,
        avis=avis_pour(candidature, accueil_avis),
        version=0,
        par=par or RattachementFactory(a_l_accueil=True).personne,
        le=le,
    )
    candidature.refresh_from_db()
    return candidature


def chef_de(etablissement, **champs) -> Rattachement:
    return RattachementFactory(etablissement=etablissement, **champs)
