"""Une campagne pleine de mots que rien d'autre n'emploie, puis close, puis échue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from django.core.files.base import ContentFile

from avis.models import ExportAffelnet
from avis.services import corriger, enregistrer_le_brouillon, renvoyer_au_jury
from candidatures.models import Classe, DemandeDeCreneau, Eleve
from candidatures.rules import Etat
from candidatures.services import (
    ajouter_un_eleve,
    desister,
    inscrire,
    modifier_un_eleve,
    saisir_l_avis,
    supprimer_un_eleve,
)
from candidatures.services import imports as imports_d_eleves
from comptes.services import consigner
from conservation.models import Avertissement
from conservation.services import faire_ce_qui_est_du
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Accueil, Campagne, Derogation
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import PARIS, jour_de
from referentiel.services import clore_la_campagne
from tests.factories.avis import avis_pour
from tests.factories.candidatures import EleveFactory
from tests.factories.imports import TITRES, en_csv
from tests.factories.inscriptions import une_saisie
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.preinscriptions import acceptee
from tests.factories.referentiel import OffreFactory
from tests.factories.travaux import TravailFactory

# Aucun autre mot de la base, des gabarits ni du code ne les contient.
NOM, PRENOM, REFERENT, INE = "Zorvelek", "Quilbrun", "Trafoldin", "9175300"
COMMENTAIRE, COMPTE_RENDU, CLASSE, MOTIF = "mirgouzant", "plovistre", "3e Xylqua", "brandozel"
CONTACT, NAISSANCE = "kestrupin", "2011-07-13"
DISTINCTIFS = (NOM, PRENOM, REFERENT, INE, COMMENTAIRE, COMPTE_RENDU, "xylqua", MOTIF, CONTACT, NAISSANCE)

CLOTURE = datetime(2027, 5, 31, 18, 0, tzinfo=PARIS)
NUIT = timedelta(days=1)
rangs = count(1)


@dataclass
class Horloge:
    le: datetime = MAINTENANT


class SceneNommee(Scene):
    """La scène de toutes les situations, où chaque élève porte des mots distinctifs."""

    def eleve(self, **champs: object) -> Eleve:
        rang = next(rangs)
        siens = {
            "campagne": self.campagne,
            "etablissement": self.college,
            "nom": f"{NOM}{rang}",
            "prenom": f"{PRENOM}{rang}",
            "ine": f"{INE}{rang % 900:03d}Q",
            "date_de_naissance": datetime.fromisoformat(NAISSANCE).date(),
            "classe": CLASSE,
            "referent_nom": f"Mme {REFERENT}",
            "referent_courriel": f"{REFERENT.lower()}{rang}@creteil.example",
        }
        return EleveFactory(**siens | champs)


def campagne_nommee() -> SceneNommee:
    """Toutes les situations de la scène, et par les services ce qu'elle pose d'ordinaire à la main."""
    scene = SceneNommee().tout()
    _un_dossier_par_les_services(scene)
    _un_compte_rendu_corrige(scene)
    _ce_qui_entre_et_sort(scene)
    return scene


def _un_dossier_par_les_services(scene: SceneNommee) -> None:
    par, le = scene.chef_origine.personne, scene.le
    campagne = Campagne.objects.avec_regles().get(pk=scene.campagne.pk)
    commun = {"campagne": campagne, "etablissement": scene.college, "par": par, "le": le}
    saisie = une_saisie(
        nom=f"{NOM}a", prenom=f"{PRENOM}a", ine=f"{INE}999K", classe=CLASSE, referent_nom=f"M. {REFERENT}"
    )
    eleve = ajouter_un_eleve(saisie=saisie, **commun)
    modifier_un_eleve(eleve=eleve, saisie=une_saisie(nom=f"{NOM}b", prenom=f"{PRENOM}b"), par=par, le=le)
    accueil = scene.accueil()
    formation = OffreFactory(formation__domaine=accueil.domaine, etablissement=scene.lycee).formation
    [candidature] = inscrire(eleve=eleve, choix=[(accueil, [formation])], par=par, le=le)
    demande = candidature.formations_demandees.get()
    commentaire = f"Un élève {COMMENTAIRE} et curieux du métier."
    saisir_l_avis(formation_demandee=demande, avis="favorable", commentaire=commentaire, version=0, par=par, le=le)
    desister(candidature=candidature, motif=f"Départ {MOTIF}", par=par, le=le)
    efface = ajouter_un_eleve(saisie=une_saisie(nom=f"{NOM}z", prenom=f"{PRENOM}z"), **commun)
    supprimer_un_eleve(eleve=efface, par=par, le=le)
    Classe.objects.create(
        campagne=campagne,
        etablissement=scene.college,
        nom=CLASSE,
        referent_nom=f"Mme {REFERENT}",
        referent_courriel=f"{REFERENT.lower()}@creteil.example",
    )


def _un_compte_rendu_corrige(scene: SceneNommee) -> None:
    par, le = scene.chef_accueil.personne, scene.le
    rendue = scene.rendue(texte=f"Yanis, {COMPTE_RENDU}, connaît déjà bien le métier.")
    rendue.formations_demandees.update(commentaire=f"Élève {COMMENTAIRE}")
    texte = f"Un projet {COMPTE_RENDU}, à confirmer par un mini-stage, dit {NOM}."
    corriger(candidature=rendue, texte=texte, avis=avis_pour(rendue), version=1, par=par, le=le)
    a_relire = scene.avec_entretien(Etat.REALISEE, debut=le - NUIT, presence=EtatEntretien.TENU)
    commun = {"candidature": a_relire, "par": par, "le": le}
    enregistrer_le_brouillon(texte=f"Ébauche {COMPTE_RENDU}", avis={}, version=0, a_relire=True, **commun)
    renvoyer_au_jury(message=f"Revoir {MOTIF}", **commun)


def _ce_qui_entre_et_sort(scene: SceneNommee) -> None:
    par, le = scene.chef_origine.personne, scene.le
    campagne = Campagne.objects.avec_regles().get(pk=scene.campagne.pk)
    acceptee(campagne, le, scene.saio.personne, courriel=f"{CONTACT}@cfa.example", nom=f"{NOM}p", prenom=f"{PRENOM}p")
    lignes = [[f"{NOM}i", f"{PRENOM}i", "14/05/2012", "", CLASSE], [f"{NOM}j", "?", "14/05/2012", "", ""]]
    imports_d_eleves.deposer_un_fichier(
        etablissement=scene.college, campagne=campagne, contenu=en_csv(TITRES, lignes), nom=f"{NOM}.csv", par=par, le=le
    )
    TravailFactory(
        campagne=campagne,
        etablissement=scene.college,
        titre=f"Fiches de la {CLASSE}",
        fichier=ContentFile(f"%PDF-1.7 {NOM}".encode(), name=f"{NOM}.pdf"),
        erreurs=[{"nom": NOM, "raison": "Texte trop long"}],
        expire_le=CLOTURE + timedelta(days=4000),
    )
    ExportAffelnet.objects.create(
        campagne=campagne, par=par, le=le, contenu=f"{INE}001Q;100\r\n".encode(), lignes=1, empreinte="b" * 64
    )
    DemandeDeCreneau.objects.create(
        candidature=scene.candidature(),
        motif=DemandeDeCreneau.Motif.AUTRE,
        message=f"Visite {MOTIF}",
        reponse=MOTIF,
        par=par,
        demandee_le=le,
    )
    Derogation.objects.create(
        campagne=campagne,
        etablissement=scene.college,
        nature=Nature.INSCRIPTION,
        jusqu_au=jour_de(CLOTURE),
        motif=MOTIF,
    )
    Accueil.objects.filter(domaine__campagne=campagne).update(contact_nom=f"M. {REFERENT}")
    consigner(objet=scene.college, fait="consultation", phrase=f"Motif : {MOTIF}", par=par, le=le)


def clore(scene: Scene, horloge: Horloge) -> Campagne:
    horloge.le = CLOTURE
    campagne = Campagne.objects.avec_regles().get(pk=scene.campagne.pk)
    return clore_la_campagne(campagne=campagne, par=scene.saio.personne, le=CLOTURE)


def echoir(campagne: Campagne, horloge: Horloge) -> datetime:
    """Avertit le SAIO, puis rend la première nuit où l'anonymisation est due."""
    horloge.le = CLOTURE + timedelta(days=340)
    assert faire_ce_qui_est_du(le=horloge.le) == []
    assert Avertissement.objects.filter(campagne=campagne).count() == 1
    horloge.le = CLOTURE + timedelta(days=372)
    return horloge.le
