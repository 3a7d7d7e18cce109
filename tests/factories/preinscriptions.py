"""Des pré-inscriptions à chaque étape, faites par les services ; le code et les liens se lisent dans les courriels."""

import re
from datetime import datetime, timedelta

from candidatures.models import PreInscription
from candidatures.services import preinscriptions as services
from courriers.models import Courriel
from entretiens.models import Convocation
from referentiel.models import Accueil, Campagne, Formation
from tests.factories.entretiens import convoquer, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, DomaineFactory, FormationFactory, OffreFactory

RESEAU = "203.0.113.7"
ADRESSE = "m.dupont@cfa-exemple.example"
COMMENTAIRE = "Projet réfléchi, stage réussi dans un restaurant."
ETABLISSEMENT = {
    "type": "cfa",
    "nom": "CFA des métiers de bouche",
    "uai": "",
    "ville": "Vitry-sur-Seine",
    "responsable": "M. Dupont",
    "fonction": "directeur",
    "telephone": "01 23 45 67 89",
    "raison": "",
}
ELEVE = {
    "nom": "Roux",
    "prenom": "Emma",
    "date_de_naissance": "2012-05-14",
    "ine": "",
    "classe": "3e prépa-métiers",
    "niveau": "3e",
    "referent_nom": "Mme Petit",
    "referent_courriel": "petit@cfa-exemple.example",
}


def dernier_courriel(adresse: str = ADRESSE) -> Courriel:
    return Courriel.objects.filter(destinataire=adresse).latest("pk")


def code_recu(adresse: str = ADRESSE) -> str:
    return "".join(re.search(r"code Passpro\s:\s(\d{3})\s(\d{3})", dernier_courriel(adresse).texte).groups())


def lien_recu(adresse: str = ADRESSE) -> str:
    """Adresse du lien du dernier courriel, sans le site."""
    return re.search(r"https?://[^/\s]+(/\S+)", dernier_courriel(adresse).texte)[1]


def domaine_ouvert(campagne: Campagne, nom: str = "Automobile") -> tuple[Accueil, Formation]:
    accueil = AccueilFactory(domaine=DomaineFactory(campagne=campagne, nom=nom))
    formation = FormationFactory(domaine=accueil.domaine, libelle="Cuisine")
    OffreFactory(formation=formation, etablissement=accueil.etablissement)
    return accueil, formation


def saisie(
    campagne: Campagne, le: datetime, *, choix: tuple[Accueil, Formation] | None = None, **champs: str
) -> tuple[PreInscription, str]:
    """Une saisie complète, adresse confirmée, prête à l'envoi ; `champs` remplacent ceux de l'élève ou de
    l'établissement. Rend la demande et son jeton."""
    jeton = services.commencer(campagne=campagne, reseau=RESEAU, le=le)
    demande = PreInscription.objects.latest("pk")
    etablissement = {cle: champs.get(cle, valeur) for cle, valeur in ETABLISSEMENT.items() if cle != "nom"}
    etablissement["nom"] = champs.get("etablissement", ETABLISSEMENT["nom"])
    courriel = champs.get("courriel", ADRESSE)
    services.donner_l_etablissement(
        preinscription=demande, demandeur=etablissement, courriel=courriel, jeton=jeton, reseau=RESEAU, le=le
    )
    services.confirmer_par_code(preinscription=demande, code=code_recu(courriel), le=le)
    accueil, formation = choix or domaine_ouvert(campagne, f"Automobile {demande.pk}")
    for etape, valeurs in (
        ("eleve", {cle: champs.get(cle, valeur) for cle, valeur in ELEVE.items()}),
        ("choix", [{"accueil": accueil.pk, "formations": [formation.pk]}]),
        ("avis", {str(formation.pk): {"avis": "favorable", "commentaire": COMMENTAIRE}}),
    ):
        services.garder(preinscription=demande, etape=etape, valeurs=valeurs, le=le)
    demande.refresh_from_db()
    return demande, jeton


def envoyee(campagne: Campagne, le: datetime, **champs) -> tuple[PreInscription, str]:
    demande, jeton = saisie(campagne, le, **champs)
    return services.envoyer(preinscription=demande, jeton=jeton, reseau=RESEAU, le=le), jeton


def acceptee(campagne: Campagne, le: datetime, par, uai: str = "0941234F", **champs) -> PreInscription:
    demande, _ = envoyee(campagne, le, **champs)
    services.accepter(preinscription=demande, uai=uai, par=par, le=le)
    demande.refresh_from_db()
    return demande


def pour_chaque_page(scene) -> dict[str, str]:
    """Ce que les pages de la pré-inscription ouvrent : une saisie prête, une demande reçue, une autre convoquée."""
    avant = scene.le - timedelta(days=2)
    _, brouillon = saisie(scene.campagne, avant, courriel="saisie@cfa.example")
    attend, envoye = envoyee(scene.campagne, avant, courriel="envoyee@cfa.example", nom="Lefevre")
    suivie = acceptee(scene.campagne, avant, scene.saio.personne, courriel="suivie@cfa.example", nom="Garnier")
    convocation = convoquee(suivie, avant)
    return {
        "jeton_de_saisie": brouillon,
        "jeton_envoye": envoye,
        "preinscription": attend.code,
        "jeton_de_suivi": services.ouvrir_un_lien(preinscription=suivie, le=avant),
        "convocation_suivie": convocation.code,
    }


def convoquee(demande: PreInscription, le: datetime, heure: int = 14) -> Convocation:
    """La convocation de l'élève d'une demande acceptée, confirmée à l'instant `le`."""
    candidature = demande.eleve.candidatures.get()
    entretien = placer(candidature, ouvrir_un_creneau(candidature.accueil, heure, le=le), le=le)
    return convoquer(entretien, le=le).convocations.get()
