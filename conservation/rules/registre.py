"""Le registre des traitements : chaque champ qui garde une donnée personnelle y est, avec sa raison et sa durée (R40).

Une seule déclaration : la page du SAIO, la page publique et les tests la lisent. Un champ nouveau qui n'est ni ici, ni
dans `NON_PERSONNELS`, fait échouer les tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Duree(StrEnum):
    """Combien de temps ; les pages y mettent les nombres réglés."""

    CAMPAGNE = "campagne"
    COURRIEL = "courriel"
    FICHIER = "fichier"
    IMPORT = "import"
    SAISIE = "saisie"
    COMPTE = "compte"
    JOURNAL = "journal"
    SESSION = "session"
    FONCTION = "fonction"


@dataclass(frozen=True, slots=True)
class Traitement:
    """Une catégorie de données : de qui, lesquelles, pour quoi, qui les lit, combien de temps, dans quels champs."""

    titre: str
    personnes: str
    donnees: str
    finalite: str
    lecteurs: str
    duree: Duree
    champs: Mapping[str, str]


ELEVES = "Élèves de niveau 3e"
REGISTRE: tuple[Traitement, ...] = (
    Traitement(
        titre="Identité et scolarité",
        personnes=ELEVES,
        donnees="Nom, prénom, date de naissance, identifiant national élève (INE), classe, niveau, établissement.",
        finalite="Inscrire l’élève une seule fois, le convoquer, établir sa fiche récapitulative.",
        lecteurs="Son établissement d’origine et le SAIO. L’établissement d’accueil lit le nom, la classe, le niveau, "
        "jamais l’INE\u00a0; la date de naissance à la demande, et c’est noté.",
        duree=Duree.CAMPAGNE,
        champs={
            "candidatures.Eleve": "code ine nom prenom date_de_naissance classe niveau mef cle",
            "candidatures.DemandeDeTransfert": "code etat",
            "avis.ExportAffelnet": "contenu empreinte",
        },
    ),
    Traitement(
        titre="Candidatures, avis et comptes-rendus",
        personnes=ELEVES,
        donnees="Formations demandées, avis et commentaires de l’établissement d’origine, compte-rendu et avis de "
        "l’établissement d’accueil, motif d’un désistement, fiches remises.",
        finalite="Préparer l’entretien, transmettre avis et conseils à l’élève et à sa famille.",
        lecteurs="L’établissement d’origine, l’établissement d’accueil auquel la candidature est adressée, le "
        "SAIO\u00a0; "
        "l’élève et sa famille par la fiche.",
        duree=Duree.CAMPAGNE,
        champs={
            "candidatures.Candidature": "code modalite etat motif etat_avant_retrait",
            "candidatures.FormationDemandee": "code avis commentaire",
            "avis.CompteRendu": "texte etat renvoi",
            "avis.AvisAccueil": "valeur",
            "avis.LigneGroupee": "avant",
            "avis.Fiche": "empreinte",
        },
    ),
    Traitement(
        titre="Entretiens, convocations et présence",
        personnes=ELEVES,
        donnees="Jour, heure et lieu de l’entretien, présence, demandes d’un autre créneau.",
        finalite="Convoquer chaque élève, sans deux entretiens en même temps.",
        lecteurs="L’établissement d’origine, l’établissement d’accueil, le SAIO.",
        duree=Duree.CAMPAGNE,
        champs={
            "entretiens.Entretien": "code etat",
            "entretiens.Convocation": "code nature lieu",
            "entretiens.LigneDeProposition": "pourquoi raison remarques",
            "candidatures.DemandeDeCreneau": "code motif message etat reponse",
        },
    ),
    Traitement(
        titre="Personnes référentes",
        personnes="Adultes qui suivent un élève dans son établissement",
        donnees="Nom et courriel professionnel.",
        finalite="Leur adresser les convocations et les changements.",
        lecteurs="L’établissement d’origine, l’établissement d’accueil, le SAIO.",
        duree=Duree.CAMPAGNE,
        champs={
            "candidatures.Eleve": "referent_nom referent_courriel",
            "candidatures.Classe": "nom referent_nom referent_courriel",
        },
    ),
    Traitement(
        titre="Pré-inscriptions",
        personnes="Élèves et contacts des établissements sans accès à l’application",
        donnees="Ce que saisit le demandeur\u00a0: établissement, contact, élève, formations, avis et commentaires.",
        finalite="Inscrire ces élèves après l’accord du SAIO.",
        lecteurs="Le SAIO\u00a0; le demandeur par un lien personnel.",
        duree=Duree.SAISIE,
        champs={
            "candidatures.PreInscription": "code reference etat courriel saisie message motif jeton_empreinte "
            "code_empreinte lien_empreinte",
            "candidatures.LienPersonnel": "empreinte",
            "candidatures.PassagePublic": "empreinte",
        },
    ),
    Traitement(
        titre="Courriels envoyés",
        personnes="Élèves nommés, destinataires",
        donnees="Destinataire, sujet, texte, pièces jointes, suite de l’envoi.",
        finalite="Prouver qu’une convocation est partie, corriger une adresse refusée.",
        lecteurs="Le SAIO\u00a0; les établissements pour leurs propres envois.",
        duree=Duree.COURRIEL,
        champs={
            "courriers.Courriel": "cle nature uai destinataire sujet texte html pieces etat derniere_erreur",
            "courriers.Etape": "nature destinataire detail",
        },
    ),
    Traitement(
        titre="Fichiers déposés",
        personnes=ELEVES,
        donnees="Colonnes utiles d’un fichier d’élèves. Le fichier n’est pas gardé.",
        finalite="Ajouter une classe sans ressaisie.",
        lecteurs="La personne qui dépose le fichier.",
        duree=Duree.IMPORT,
        champs={"referentiel.Importation": "nom_du_fichier entetes correspondance lignes rapport"},
    ),
    Traitement(
        titre="Documents et exports préparés",
        personnes=ELEVES,
        donnees="Fiches, convocations et tableaux préparés à la demande.",
        finalite="Imprimer ou emporter les documents d’une classe.",
        lecteurs="L’établissement ou le SAIO qui les demande.",
        duree=Duree.FICHIER,
        champs={
            "referentiel.Travail": "titre demande erreurs fichier nom_du_fichier",
            "courriers.Document": "cle html eleves fichier",
        },
    ),
    Traitement(
        titre="Historique des dossiers",
        personnes="Élèves, personnels",
        donnees="Qui a fait quoi, quand, valeurs d’avant et d’après.",
        finalite="Répondre de chaque changement.",
        lecteurs="Ceux qui lisent le dossier.",
        duree=Duree.CAMPAGNE,
        champs={
            "comptes.Trace": "signature objet_type fait phrase auteur_nom avant apres signature_effacee",
            "admin.LogEntry": "object_id object_repr change_message",
        },
    ),
    Traitement(
        titre="Comptes des personnels",
        personnes="Personnels des établissements et de l’académie",
        donnees="Nom, prénom, civilité, courriel professionnel, fonction, établissement, mot de passe chiffré, second "
        "facteur.",
        finalite="Ouvrir à chacun les seules données de sa fonction.",
        lecteurs="La personne, son chef d’établissement, le SAIO.",
        duree=Duree.COMPTE,
        champs={
            "comptes.Personne": "password courriel prenom nom civilite",
            "comptes.IdentiteFederee": "emetteur sujet",
            "referentiel.Rattachement": "role fonction departement guichet",
            "referentiel.Invitation": "code courriel role fonction departement empreinte",
            "referentiel.DemandeDAcces": "code emetteur sujet courriel prenom nom fonction message etat motif",
            "otp_totp.TOTPDevice": "name key",
            "otp_static.StaticDevice": "name",
            "otp_static.StaticToken": "token",
        },
    ),
    Traitement(
        titre="Connexions et consultations",
        personnes="Personnels",
        donnees="Dates de connexion, adresse réseau tronquée, dossiers consultés, documents emportés.",
        finalite="Protéger les comptes, savoir qui a lu un dossier.",
        lecteurs="Le SAIO\u00a0; le chef d’établissement pour le sien.",
        duree=Duree.JOURNAL,
        champs={
            "comptes.Evenement": "signature nature personne_nom adresse uai objet_type phrase details cle",
            "comptes.Sceau": "signature registre empreinte",
            "axes.AccessFailureLog": "user_agent ip_address username http_accept path_info",
            "axes.AccessAttempt": "user_agent ip_address username http_accept path_info get_data post_data",
            "axes.AccessLog": "user_agent ip_address username http_accept path_info session_hash",
        },
    ),
    Traitement(
        titre="Sessions ouvertes",
        personnes="Personnels",
        donnees="Appareil et navigateur, heure d’ouverture.",
        finalite="Rester connecté le temps d’un travail, fermer une session oubliée.",
        lecteurs="La personne.",
        duree=Duree.SESSION,
        champs={"comptes.Session": "session_key session_data appareil", "comptes.Tentative": "empreinte"},
    ),
    Traitement(
        titre="Contacts professionnels",
        personnes="Chefs d’établissement, contacts d’accueil, membres de jurys",
        donnees="Nom, téléphone et courriel professionnels\u00a0; motifs écrits par le SAIO.",
        finalite="Joindre un établissement, tenir les jurys.",
        lecteurs="Public pour les contacts d’accueil\u00a0; les établissements et le SAIO pour le reste.",
        duree=Duree.FONCTION,
        champs={
            "referentiel.Etablissement": "telephone messagerie chef",
            "referentiel.Academie": "contact_courriel contact_telephone",
            "referentiel.Accueil": "contact_nom contact_telephone contact_courriel consignes",
            "referentiel.Derogation": "motif",
            "entretiens.Jury": "nom membres",
            "conservation.Report": "motif",
            "conservation.Effacement": "motif comptes courriels",
        },
    ),
)

# Ce qui décrit une campagne, un lieu, une formation ou un état de l'application, et personne.
NON_PERSONNELS: Mapping[str, str] = {
    "conservation.Report": "jusqu_au",
    "conservation.Avertissement": "terme nature",
    "conservation.Anonymisation": "terme etape cle comptes",
    "avis.SaisieGroupee": "code nature",
    "avis.ExportAffelnet": "code",
    "avis.Relance": "envoi motif depuis",
    "entretiens.Jury": "salle domaines",
    "entretiens.Salle": "nom",
    "entretiens.SerieDeCreneaux": "code reglages",
    "entretiens.Proposition": "code etat",
    "entretiens.Seance": "code modalite salle",
    "entretiens.Creneau": "code",
    "entretiens.Envoi": "code",
    "referentiel.Academie": "code nom departements",
    "referentiel.Etablissement": "uai nom type secteur contrat departement adresse code_postal commune portes_ouvertes "
    "recherche",
    "referentiel.AliasUai": "uai libelle",
    "referentiel.Campagne": "intitule etat",
    "referentiel.Periode": "nature debut fin",
    "referentiel.JeuDeRegles": "echelle_origine echelle_accueil affichage phrase_affelnet consignes lettre "
    "niveaux_admis mef_admis choix_de_la_modalite publication",
    "referentiel.CaseDeMatrice": "avis_origine avis_accueil resultat",
    "referentiel.Derogation": "nature jusqu_au",
    "referentiel.Vacances": "libelle debut fin",
    "referentiel.MotARappeler": "mot famille",
    "referentiel.Annonce": "titre texte publics departements",
    "referentiel.Domaine": "nom slug modalite",
    "referentiel.Formation": "type libelle precision mef onisep presentation metiers mots_cles a_verifier slug "
    "recherche",
    "referentiel.Accueil": "code modalite lieu acces",
    "referentiel.Offre": "presentation",
    "referentiel.Importation": "code nature etat",
    "referentiel.Travail": "code nature etat",
    "courriers.Document": "etat",
    "referentiel.Controle": "jour ecarts",
    "referentiel.Battement": "file",
    "auth.Permission": "name codename",
    "auth.Group": "name",
    "contenttypes.ContentType": "app_label model",
}


def champs_declares() -> dict[str, list[str]]:
    """« application.Modele.champ » : les titres des traitements qui le déclarent, ou « » s'il n'est pas personnel."""
    declares: dict[str, list[str]] = {}
    for titre, table in [*((t.titre, t.champs) for t in REGISTRE), ("", NON_PERSONNELS)]:
        for modele, noms in table.items():
            for nom in noms.split():
                declares.setdefault(f"{modele}.{nom}", []).append(titre)
    return declares


def dire_les_durees(*, mois: str, courriel: int, journal: int, inactivite: int) -> Mapping[Duree, str]:
    """Chaque durée en mots, avec les nombres réglés : `mois` par campagne, jours pour les courriels et le journal,
    heures d'inactivité pour les sessions."""
    return {
        Duree.CAMPAGNE: f"{mois} après la clôture de la campagne, puis anonymisées\u00a0; les chiffres restent.",
        Duree.COURRIEL: f"Texte et pièces\u00a0: {courriel} jours. Le reste, comme la campagne.",
        Duree.FICHIER: "24 heures.",
        Duree.IMPORT: "Effacées dès l’import fini, 24 heures au plus\u00a0; le compte rendu, comme la campagne.",
        Duree.SAISIE: f"Une saisie non envoyée\u00a0: 7 jours. Une demande envoyée\u00a0: {mois} après la clôture.",
        Duree.COMPTE: "Tant que la personne a une place\u00a0; le compte est ensuite fermé. Une invitation sans "
        "suite\u00a0: un an. Une demande d’accès\u00a0: trois mois après la réponse, un an sans réponse.",
        Duree.JOURNAL: f"{journal} jours.",
        Duree.SESSION: f"{inactivite} heures d’inactivité, douze heures au plus.",
        Duree.FONCTION: "Tant que la personne exerce cette fonction.",
    }
