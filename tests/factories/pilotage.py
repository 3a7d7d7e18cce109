"""Une campagne où chaque tâche de « À faire » a au moins une ligne."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from avis.models import CompteRendu, ExportAffelnet, Fiche, Relance, SaisieGroupee
from avis.rules import EtatCompteRendu
from avis.services import enregistrer_des_absences, relancer
from candidatures.models import Candidature, DemandeDeCreneau, DemandeDeTransfert, Eleve
from candidatures.rules import Etat
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens import services
from entretiens.models import Convocation, Entretien, Proposition, Seance
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Accueil, Campagne, DemandeDAcces, Etablissement, Formation, JeuDeRegles, Rattachement
from referentiel.models.codes import nouveau_code
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import PARIS, jour_de
from referentiel.rules.jeu import Affichage, Modalite, Resultat
from tests.factories.avis import candidature_rendue, entretien_pour
from tests.factories.candidatures import CandidatureFactory, EleveFactory
from tests.factories.entretiens import convoquer, ouvrir, ouvrir_un_creneau, placer
from tests.factories.preinscriptions import envoyee
from tests.factories.referentiel import (
    PERIODES,
    AccueilFactory,
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    RattachementFactory,
)

# Un lundi de mars 2027 ; les convocations partent jusqu'au mercredi 24 : l'alerte des dix jours est en cours.
MAINTENANT = datetime(2027, 3, 15, 10, 0, tzinfo=PARIS)
FIN_DES_CONVOCATIONS = datetime(2027, 3, 24, tzinfo=PARIS).date()
DIX_JOURS_AVANT = MAINTENANT - timedelta(days=10)


def _campagne() -> Campagne:
    debut = PERIODES[Nature.CONVOCATIONS][0]
    campagne = CampagneFactory(calendrier={Nature.CONVOCATIONS: (debut, FIN_DES_CONVOCATIONS)})
    return Campagne.objects.avec_regles().get(pk=campagne.pk)


@dataclass
class Scene:
    """Un collège et un lycée, chacun avec un chef et un gestionnaire ; deux autres établissements ; l'académie."""

    campagne: Campagne = field(default_factory=_campagne)
    le: datetime = MAINTENANT

    def __post_init__(self) -> None:
        self.college: Etablissement = EtablissementFactory()
        self.lycee: Etablissement = EtablissementFactory(lycee=True)
        self.chef_origine: Rattachement = RattachementFactory(etablissement=self.college)
        self.gestionnaire_origine = RattachementFactory(gestionnaire=True, etablissement=self.college)
        self.autre_origine = RattachementFactory()
        self.chef_accueil = RattachementFactory(a_l_accueil=True, etablissement=self.lycee)
        self.gestionnaire_accueil = RattachementFactory(gestionnaire=True, a_l_accueil=True, etablissement=self.lycee)
        self.autre_accueil = RattachementFactory(a_l_accueil=True)
        self.observateur = RattachementFactory(observation=True)
        self.saio = RattachementFactory(saio=True, personne__is_staff=True)

    def accueil(self, **champs: object) -> Accueil:
        return AccueilFactory(domaine=DomaineFactory(campagne=self.campagne), etablissement=self.lycee, **champs)

    def eleve(self, **champs: object) -> Eleve:
        return EleveFactory(**{"campagne": self.campagne, "etablissement": self.college} | champs)

    def candidature(self, etat: Etat = Etat.INSCRITE, **champs: object) -> Candidature:
        eleve = champs.pop("eleve", None) or self.eleve()
        accueil = champs.pop("accueil", None) or self.accueil()
        return CandidatureFactory(eleve=eleve, accueil=accueil, etat=etat, **champs)

    def avec_entretien(
        self, etat: Etat, *, debut: datetime, presence: EtatEntretien = EtatEntretien.PREVU, **champs: object
    ) -> Candidature:
        candidature = self.candidature(etat, **champs)
        entretien_pour(candidature, debut=debut, etat=presence)
        return candidature

    def autre_formation(self, candidature: Candidature) -> Formation:
        """Une autre formation du domaine."""
        return FormationFactory(domaine=candidature.domaine)

    def rendue(self, **champs: object) -> Candidature:
        """Candidature dont le compte-rendu est transmis, par le service."""
        return candidature_rendue(
            eleve=champs.pop("eleve", None) or self.eleve(),
            accueil=self.accueil(),
            par=self.chef_accueil.personne,
            **champs,
        )

    def planifiee(self, *, le: datetime | None = None, heure: int = 9) -> Entretien:
        """Entretien placé sur un vrai créneau de la semaine suivante, par le service."""
        quand = le or self.le
        candidature = self.candidature(inscrite_le=DIX_JOURS_AVANT)
        return placer(candidature, ouvrir_un_creneau(candidature.accueil, heure, le=quand), le=quand)

    def place_liberee(self) -> Entretien:
        """Entretien annulé à replanifier : son créneau est libre, l'élève attend."""
        entretien = self.planifiee(heure=14)
        services.liberer(entretien=entretien, replanifier=True, par=None, le=self.le)
        return entretien

    def proposition(self) -> Proposition:
        """Proposition en préparation pour un élève et un créneau, par le service."""
        candidature = self.candidature()
        ouvrir_un_creneau(candidature.accueil, 16, le=self.le)
        return services.proposer_un_planning(
            etablissement=self.lycee,
            campagne=self.campagne,
            accueils=[candidature.accueil],
            options=services.Options(),
            par=self.chef_accueil.personne,
            le=self.le,
        )

    def convoquee(self, heure: int = 9) -> Entretien:
        """Entretien dont la convocation est partie il y a deux jours."""
        avant = self.le - timedelta(days=2)
        entretien = self.planifiee(le=avant, heure=heure)
        convoquer(entretien, le=avant)
        return entretien

    def seance_a_preparer(self) -> Seance:
        """Séance collective de la semaine suivante, où un élève est inscrit."""
        accueil = self.accueil(modalite=Modalite.COLLECTIF)
        debut = jour_de(self.le + timedelta(days=3))
        [creneau] = ouvrir(
            accueil, collective=True, capacite=30, du=debut, au=debut, de=time(14), a=time(15, 30), le=self.le
        )
        placer(self.candidature(accueil=accueil, modalite=""), creneau, le=self.le)
        return creneau.seance

    def deplacee(self, heure: int = 11) -> Entretien:
        """Entretien déplacé depuis que sa convocation est partie."""
        entretien = self.convoquee(heure)
        Courriel.objects.filter(convocations__entretien=entretien).update(
            etat=EtatCourriel.ENVOYE, envoye_le=self.le - timedelta(days=1)
        )
        ailleurs = ouvrir_un_creneau(entretien.candidature.accueil, heure + 1, le=self.le - timedelta(hours=2))
        services.deplacer(entretien=entretien, creneau=ailleurs, par=None, le=self.le - timedelta(hours=1))
        return entretien

    def non_distribuee(self, heure: int = 15) -> Courriel:
        """Courriel d'une convocation, refusé par l'adresse."""
        entretien = self.convoquee(heure)
        courriel = Courriel.objects.filter(convocations__entretien=entretien).order_by("pk").first()
        courriel.etat, courriel.derniere_erreur = EtatCourriel.ABANDONNE, "550 Boîte inconnue"
        courriel.uai = self.lycee.uai
        courriel.save()
        return courriel

    def sans_adresse(self, heure: int = 16) -> Convocation:
        """Convocation confirmée quand ni l'établissement d'origine ni une personne référente n'avait d'adresse."""
        avant = self.le - timedelta(days=2)
        messagerie = self.college.messagerie
        Etablissement.objects.filter(pk=self.college.pk).update(messagerie="")
        candidature = self.candidature(
            eleve=self.eleve(referent_courriel="", etablissement=Etablissement.objects.get(pk=self.college.pk))
        )
        entretien = placer(candidature, ouvrir_un_creneau(candidature.accueil, heure, le=avant), le=avant)
        convoquer(entretien, le=avant)
        Etablissement.objects.filter(pk=self.college.pk).update(messagerie=messagerie)
        return entretien.convocations.get()

    def a_relire(self) -> CompteRendu:
        candidature = self.avec_entretien(Etat.REALISEE, debut=self.le - timedelta(days=1), presence=EtatEntretien.TENU)
        return CompteRendu.objects.create(
            candidature=candidature,
            texte="À relire.",
            etat=EtatCompteRendu.A_RELIRE,
            redige_par=self.gestionnaire_accueil.personne,
            redige_le=self.le,
            soumis_par=self.gestionnaire_accueil.personne,
            soumis_le=self.le,
        )

    def absences_groupees(self) -> SaisieGroupee:
        """Une absence enregistrée par la saisie groupée, il y a une minute."""
        candidature = self.avec_entretien(Etat.CONVOQUEE, debut=self.le - timedelta(days=1))
        return enregistrer_des_absences(
            entretiens=list(candidature.entretiens.all()),
            etablissement=self.lycee,
            campagne=self.campagne,
            par=self.chef_accueil.personne,
            le=self.le - timedelta(minutes=1),
        )

    def en_retard(self, **champs: object) -> Candidature:
        """Entretien tenu il y a dix jours, dont le compte-rendu n'est pas transmis."""
        return self.avec_entretien(Etat.REALISEE, debut=DIX_JOURS_AVANT, presence=EtatEntretien.TENU, **champs)

    def relance(self) -> Relance:
        """Relance du lycée pour un compte-rendu en retard, par le service ; elle part dans dix minutes."""
        self.en_retard()
        [relance] = relancer(
            envoi=nouveau_code(),
            motif=Relance.Motif.COMPTES_RENDUS,
            uai=[self.lycee.uai],
            campagne=self.campagne,
            par=self.saio.personne,
            le=self.le,
        )
        return relance

    def fiche_depassee(self) -> Fiche:
        """Fiche remise avant l'arrivée d'un compte-rendu."""
        candidature = self.rendue()
        remise = candidature.compte_rendu.transmis_le - timedelta(days=1)
        return Fiche.objects.create(eleve=candidature.eleve, empreinte="a" * 64, remise_le=remise)

    def donner_un_bonus(self, points: int = 100) -> None:
        """La campagne donne un bonus dans Affelnet-Lycée, le même pour chaque avis final."""
        JeuDeRegles.objects.filter(campagne=self.campagne).update(affichage=Affichage.AVEC_BONUS)
        self.campagne.regles.cases.exclude(resultat=Resultat.INCOMPLET).update(points=points)

    def export_fait(self) -> ExportAffelnet:
        return ExportAffelnet.objects.create(
            campagne=self.campagne,
            par=self.saio.personne,
            le=self.le,
            contenu=b"INE;Points\r\n",
            lignes=0,
            empreinte="a" * 64,
        )

    def transfert_demande(self, eleve: Eleve | None = None) -> DemandeDeTransfert:
        """Un autre établissement demande un élève d'ici."""
        return DemandeDeTransfert.objects.create(
            eleve=eleve or self.eleve(), demandeur=EtablissementFactory(), demandee_le=self.le
        )

    def acces_demande(self, lieu: Etablissement) -> DemandeDAcces:
        """Une personne que le portail reconnaît demande une place dans `lieu`."""
        return DemandeDAcces.objects.create(
            etablissement=lieu,
            emetteur="arena",
            sujet=f"sujet-{lieu.pk}",
            courriel=f"karim{lieu.pk}@ac-creteil.example",
            prenom="Karim",
            nom="Haddad",
            fonction="Secrétaire",
            demandee_le=self.le,
        )

    def creneau_demande(self) -> DemandeDeCreneau:
        """Un autre créneau demandé pour une candidature inscrite."""
        return DemandeDeCreneau.objects.create(
            candidature=self.candidature(),
            motif=DemandeDeCreneau.Motif.STAGE,
            par=self.chef_origine.personne,
            demandee_le=self.le,
        )

    def tout(self) -> "Scene":
        """Toutes les situations, deux de chaque quand c'est simple."""
        self.donner_un_bonus()
        hier, demain = self.le - timedelta(days=1), self.le + timedelta(days=1)
        for _ in range(2):
            self.avec_entretien(Etat.CONVOQUEE, debut=hier)
            self.avec_entretien(Etat.CONVOQUEE, debut=demain)
            self.candidature(Etat.ABSENTE)
            self.candidature(Etat.BROUILLON, inscrite_le=None)
            self.candidature()
            self.candidature(eleve=self.eleve(referent_courriel="", referent_nom=""))
            self.avec_entretien(Etat.REALISEE, debut=DIX_JOURS_AVANT, presence=EtatEntretien.TENU)
            self.avec_entretien(Etat.REALISEE, debut=hier, presence=EtatEntretien.TENU)
            self.rendue()
            self.fiche_depassee()
            self.a_relire()
        self.planifiee(heure=9)
        self.convoquee(heure=10)
        self.deplacee(heure=11)
        self.non_distribuee(heure=15)
        self.sans_adresse(heure=16)
        self.place_liberee()
        self.seance_a_preparer()
        self.eleve()
        self.transfert_demande()
        self.creneau_demande()
        envoyee(self.campagne, self.le)
        self.lycee.telephone = ""
        self.lycee.save()
        Accueil.objects.filter(etablissement=self.lycee).update(contact_courriel="ddfpt@lycee.example")
        self.accueil()
        ailleurs = AccueilFactory(domaine=DomaineFactory(campagne=self.campagne))
        self.candidature(eleve=self.eleve(), accueil=ailleurs)
        for lieu in (self.college, self.lycee, ailleurs.etablissement):
            self.acces_demande(lieu)
        return self
