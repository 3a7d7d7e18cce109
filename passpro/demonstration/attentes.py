"""Ce qui attend quelqu'un aujourd'hui, et que la vie de la campagne n'amène pas : chaque écran a de quoi se montrer."""

import re
from datetime import datetime, timedelta

from avis.lectures import formations_ajoutables
from avis.models import CompteRendu
from avis.rules import EtatCompteRendu
from avis.services import ajouter_une_formation, enregistrer_le_brouillon
from candidatures.models import Candidature, FormationDemandee, PreInscription
from candidatures.rules import Etat
from candidatures.services import preinscriptions
from comptes.models import Personne
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.rules.retours import Retour
from courriers.services import noter_le_retour
from entretiens.models import Convocation
from passpro.demonstration.monde import Monde
from referentiel.models import Etablissement
from referentiel.rules.jeu import Avis
from referentiel.services.equipe import choisir_la_relecture

CODE = re.compile(r"code Passpro\s:\s(\d{3})\s(\d{3})")
RESEAU = "192.0.2.7"
ADRESSE = "direction@cfa-metiers.example"
LYCEES = 4
DEMANDEUR = {
    "type": "cfa",
    "nom": "CFA des métiers de bouche",
    "uai": "",
    "ville": "Vitry-sur-Seine",
    "responsable": "Mme Aubin",
    "fonction": "directrice",
    "telephone": "01 99 00 20 00",
    "raison": "",
}
ELEVE = {
    "nom": "Kaplan",
    "prenom": "Élisa",
    "date_de_naissance": "2011-05-14",
    "ine": "",
    "classe": "3e prépa-métiers",
    "niveau": "3e",
    "referent_nom": "M. Vidal",
    "referent_courriel": "vidal@cfa-metiers.example",
}
COMPTE_RENDU = (
    "L’élève connaît la formation et ses débouchés. Il a posé des questions sur l’internat et sur les stages. "
    "Conseil\u00a0: venir à un mini-stage, puis comparer avec une formation voisine."
)
COMMENTAIRE = "Élisa a fait un stage dans cette voie. Elle sait dire ce qui lui plaît et pose des questions précises."


def faire_attendre(monde: Monde, *, maintenant: datetime) -> None:
    """Une pré-inscription à valider, une adresse refusée, des comptes-rendus à relire, des formations ajoutées."""
    _demander_une_preinscription(monde, maintenant - timedelta(days=4))
    for lycee in monde.lycees[:LYCEES]:
        _ajouter_une_formation(monde, lycee, maintenant)
        _refuser_une_adresse(monde, lycee, maintenant)
    _envoyer_a_la_relecture(monde, maintenant)


def _demander_une_preinscription(monde: Monde, le: datetime) -> None:
    """Un CFA, qui n'a pas ARENA, dépose une demande : son code est lu dans le courriel qu'il reçoit (R21)."""
    accueil = next(accueil for accueil in monde.accueils if monde.demandables[accueil.domaine_id])
    formation = monde.demandables[accueil.domaine_id][0]
    jeton = preinscriptions.commencer(campagne=monde.campagne, reseau=RESEAU, le=le)
    demande = PreInscription.objects.latest("pk")
    preinscriptions.donner_l_etablissement(
        preinscription=demande, demandeur=DEMANDEUR, courriel=ADRESSE, jeton=jeton, reseau=RESEAU, le=le
    )
    recu = CODE.search(Courriel.objects.filter(destinataire=ADRESSE).latest("pk").texte)
    if recu is None:
        raise LookupError("Le courriel du code de vérification ne porte pas de code.")
    preinscriptions.confirmer_par_code(preinscription=demande, code="".join(recu.groups()), le=le)
    for etape, valeurs in (
        ("eleve", ELEVE),
        ("choix", [{"accueil": accueil.pk, "formations": [formation.pk]}]),
        ("avis", {str(formation.pk): {"avis": Avis.FAVORABLE.value, "commentaire": COMMENTAIRE}}),
    ):
        preinscriptions.garder(preinscription=demande, etape=etape, valeurs=valeurs, le=le)
    demande.refresh_from_db()
    preinscriptions.envoyer(preinscription=demande, jeton=jeton, reseau=RESEAU, le=le)


def _ajouter_une_formation(monde: Monde, lycee: Etablissement, le: datetime) -> None:
    """À l'entretien, un élève a parlé d'une formation qu'il n'avait pas demandée (R27)."""
    transmis = CompteRendu.objects.filter(
        etat=EtatCompteRendu.TRANSMIS,
        candidature__accueil__etablissement=lycee,
        candidature__domaine__campagne=monde.campagne,
    )
    for compte_rendu in transmis.select_related("candidature__domaine").order_by("pk"):
        if formation := formations_ajoutables(compte_rendu.candidature).order_by("pk").first():
            ajouter_une_formation(
                candidature=compte_rendu.candidature,
                formation=formation,
                avis=Avis.FAVORABLE,
                par=monde.chefs[lycee.pk],
                le=le,
            )
            return


def _refuser_une_adresse(monde: Monde, lycee: Etablissement, le: datetime) -> None:
    """La messagerie d'une personne référente rend une convocation déjà partie (R25)."""
    siennes = Convocation.objects.filter(envoi__etablissement=lycee, envoi__campagne=monde.campagne)
    partis = Courriel.objects.filter(etat=EtatCourriel.ENVOYE, convocations__in=siennes).order_by("-poste_le", "pk")
    if courriel := partis.first():
        noter_le_retour(retour=Retour(courriel.message_id, "550 5.1.1 Adresse inconnue"), le=le)


def _envoyer_a_la_relecture(monde: Monde, le: datetime) -> None:
    """Un lycée où le chef relit : la moitié de ce qui y reste à transmettre l'attend (R30)."""
    a_rendre = Candidature.objects.filter(domaine__campagne=monde.campagne, etat=Etat.REALISEE).order_by("pk")
    for lycee in monde.lycees:
        siennes = list(a_rendre.filter(accueil__etablissement=lycee).select_related("compte_rendu"))
        if siennes:
            choisir_la_relecture(etablissement=lycee, relit=True, par=monde.chefs[lycee.pk], le=le)
            for candidature in siennes[: (len(siennes) + 1) // 2]:
                _soumettre(candidature, monde.chefs[lycee.pk], le)
            return


def _soumettre(candidature: Candidature, par: Personne, le: datetime) -> None:
    brouillon = getattr(candidature, "compte_rendu", None)
    demandes = FormationDemandee.objects.maintenues().filter(candidature=candidature)
    enregistrer_le_brouillon(
        candidature=candidature,
        texte=brouillon.texte if brouillon else COMPTE_RENDU,
        avis={demande.pk: Avis.FAVORABLE for demande in demandes},
        version=brouillon.version if brouillon else 0,
        par=par,
        le=le,
        a_relire=True,
    )
