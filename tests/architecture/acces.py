"""La table des accès : pour chaque page, ce que reçoit chaque sorte de personne (R36, R37).

Ajouter une page : une ligne à la table, avec la famille de ses statuts ; ses arguments prennent leurs valeurs
dans `Lieux.valeurs`. Une page qui n'y est pas fait échouer `test_chaque_page_est_dans_la_table`.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from candidatures.lectures import slug_de_la_classe
from candidatures.rules import Etat
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Campagne
from referentiel.rules.documents import DOCUMENTS
from tests.factories.acces import DemandeDAccesFactory
from tests.factories.documents import DocumentFactory
from tests.factories.importations import ImportationFactory
from tests.factories.imports import imports_de_chaque_etape
from tests.factories.invitations import une_invitation
from tests.factories.pilotage import Scene
from tests.factories.preinscriptions import pour_chaque_page
from tests.factories.referentiel import CampagneFactory, OffreFactory
from tests.factories.travaux import TravailFactory

PERSONNES = (
    "anonyme",
    "chef_origine",
    "gestionnaire_origine",
    "autre_origine",
    "chef_accueil",
    "gestionnaire_accueil",
    "autre_accueil",
    "observateur",
    "saio",
)
Statuts = tuple[int, ...]

A_TOUS: Statuts = (200,) * 9
A_PERSONNE: Statuts = (404,) * 9
AUX_CONNECTES: Statuts = (302, *(200,) * 8)
A_L_ORIGINE: Statuts = (302, 200, 200, 404, 404, 404, 404, 404, 404)
AU_CHEF_D_ORIGINE: Statuts = (302, 200, 403, 404, 404, 404, 404, 404, 404)
A_L_ACCUEIL: Statuts = (302, 404, 404, 404, 200, 200, 404, 404, 404)
AU_CHEF_D_ACCUEIL: Statuts = (302, 404, 404, 404, 200, 403, 404, 404, 404)
A_L_ACADEMIE: Statuts = (302, 404, 404, 404, 404, 404, 404, 200, 200)
AU_SAIO: Statuts = (302, 404, 404, 404, 404, 404, 404, 403, 200)
AU_DEMANDEUR: Statuts = (302, 200, *(404,) * 7)


def renvoie(statuts: Statuts) -> Statuts:
    """Même famille, quand la page répond par une redirection à qui peut l'ouvrir."""
    return tuple(302 if statut == 200 else statut for statut in statuts)


@dataclass(frozen=True, slots=True)
class Page:
    """Une ligne de la table.

    `arguments` nomme des valeurs de `Lieux` ; `envoi` dit qu'une page ne répond qu'aux envois.
    """

    nom: str
    statuts: Statuts
    arguments: dict[str, str] = field(default_factory=dict)
    envoi: bool = False


EO = {"uai": "uai_origine"}
EA = {"uai": "uai_accueil"}
ELEVE = EO | {"code": "eleve"}
CANDIDATURE = EO | {"code": "inscrite"}
RENDUE = EO | {"code": "eleve_rendu"}
CANDIDAT = EA | {"code": "inscrite"}
PLANIFIE = EA | {"code": "planifiee"}
TENUE = EA | {"code": "tenue"}
CONVOCATION = EO | {"code": "convocation"}
ENVOI = EA | {"code": "envoi"}
COURRIEL = {"cle": "courriel"}
INVITATION_O = {"code": "invitation_a_l_origine"}
INVITATION_A = {"code": "invitation_a_l_accueil"}
SEANCE = EA | {"code": "seance_collective"}
SAISIE = {"jeton": "jeton_de_saisie"}
ENVOYEE = {"jeton": "jeton_envoye"}
SUIVI = {"jeton": "jeton_de_suivi"}
SUIVI_CONVOCATION = SUIVI | {"code": "convocation_suivie"}
PREINSCRIPTION = {"code": "preinscription"}

TABLE: tuple[Page, ...] = (
    Page("sante", A_TOUS),
    Page("sante_prete", A_TOUS),
    # Fermée à tous, sauf au porteur du jeton (tests/passpro/test_mesures.py).
    Page("mesures", A_PERSONNE),
    Page("pilotage:accueil", A_TOUS),
    Page("pilotage:aide", A_TOUS),
    Page("pilotage:aide_du_role", A_TOUS, {"role": "role_d_aide"}),
    Page("pilotage:mentions", A_TOUS),
    Page("pilotage:donnees_personnelles", A_TOUS),
    Page("pilotage:accessibilite", A_TOUS),
    Page("pilotage:plan_du_site", A_TOUS),
    Page("pilotage:contact", A_TOUS),
    Page("pilotage:a_faire_origine", A_L_ORIGINE, EO),
    Page("pilotage:tache_origine", A_L_ORIGINE, EO | {"tache": "tache_origine"}),
    Page("pilotage:eleves", A_L_ORIGINE, EO),
    Page("pilotage:selection_d_eleves", renvoie(A_L_ORIGINE), EO, envoi=True),
    Page("pilotage:eleve", A_L_ORIGINE, ELEVE),
    Page("pilotage:historique_de_l_eleve", A_L_ORIGINE, ELEVE),
    Page("pilotage:ine_de_l_eleve", A_L_ORIGINE, ELEVE, envoi=True),
    Page("pilotage:candidature_origine", A_L_ORIGINE, CANDIDATURE),
    Page("pilotage:a_faire_accueil", A_L_ACCUEIL, EA),
    Page("pilotage:tache_accueil", A_L_ACCUEIL, EA | {"tache": "tache_accueil"}),
    Page("pilotage:candidats", A_L_ACCUEIL, EA),
    Page("pilotage:candidature_accueil", A_L_ACCUEIL, CANDIDAT),
    Page("pilotage:identite_du_candidat", A_L_ACCUEIL, CANDIDAT, envoi=True),
    Page("pilotage:academie", (302, 404, 404, 404, 404, 404, 404, 302, 200)),
    Page("pilotage:bilan_origine", AU_CHEF_D_ORIGINE, EO),
    Page("pilotage:bilan_origine_xlsx", AU_CHEF_D_ORIGINE, EO),
    Page("pilotage:bilan_accueil", AU_CHEF_D_ACCUEIL, EA),
    Page("pilotage:bilan_accueil_xlsx", AU_CHEF_D_ACCUEIL, EA),
    Page("pilotage:suivi", A_L_ACADEMIE),
    Page("pilotage:suivi_departements", A_L_ACADEMIE),
    Page("pilotage:suivi_domaines", A_L_ACADEMIE),
    Page("pilotage:suivi_etablissements", A_L_ACADEMIE),
    Page("pilotage:suivi_avis", A_L_ACADEMIE),
    Page("pilotage:suivi_bilan", A_L_ACADEMIE),
    Page("pilotage:tableau", A_L_ACADEMIE, {"tableau": "tableau"}),
    Page("avis:retards", A_L_ACADEMIE),
    Page("avis:relancer", renvoie(AU_SAIO)),
    Page("avis:envoi_de_relances", AU_SAIO, {"code": "relance"}),
    Page("avis:retenir_les_relances", renvoie(AU_SAIO), {"code": "relance"}, envoi=True),
    Page("avis:noms", AU_SAIO, {"cote": "cote", "uai": "uai_accueil", "liste": "liste"}),
    Page("pilotage:calendrier_academie", A_L_ACADEMIE),
    Page("pilotage:attentes", A_L_ACADEMIE),
    Page("conservation:accueil", AU_SAIO),
    Page("conservation:registre", AU_SAIO),
    Page("conservation:eleves", AU_SAIO),
    Page("conservation:eleve", AU_SAIO, {"code": "eleve"}),
    Page("conservation:emporter", AU_SAIO, {"code": "eleve"}, envoi=True),
    Page("conservation:rectifier", AU_SAIO, {"code": "eleve"}),
    Page("conservation:effacer", AU_SAIO, {"code": "eleve"}),
    Page("conservation:reporter", AU_SAIO, {"annee": "annee_close"}),
    Page("referentiel:courriels", AU_SAIO),
    Page("referentiel:courriel", AU_SAIO, COURRIEL),
    Page("referentiel:renvoyer_un_courriel", renvoie(AU_SAIO), COURRIEL, envoi=True),
    Page("referentiel:renvoyer_ailleurs", AU_SAIO, COURRIEL),
    Page("referentiel:renvoyer_les_courriels", AU_SAIO),
    Page("referentiel:journal", AU_SAIO),
    Page("referentiel:journal_xlsx", AU_SAIO),
    Page("referentiel:voir_un_espace", AU_SAIO),
    Page("referentiel:quitter_le_regard", renvoie(AU_SAIO), envoi=True),
    Page("referentiel:importer_etablissements", AU_SAIO),
    Page("referentiel:importer_catalogue", AU_SAIO),
    Page("referentiel:comparer_etablissements", AU_SAIO, {"code": "import_d_etablissements"}),
    Page("referentiel:comparer_catalogue", AU_SAIO, {"code": "import_du_catalogue"}),
    Page("referentiel:rapport_etablissements", AU_SAIO, {"code": "etablissements_importes"}),
    Page("referentiel:rapport_catalogue", AU_SAIO, {"code": "catalogue_importe"}),
    Page("referentiel:abandonner_etablissements", renvoie(AU_SAIO), {"code": "etablissements_importes"}, envoi=True),
    Page("referentiel:abandonner_catalogue", renvoie(AU_SAIO), {"code": "catalogue_importe"}, envoi=True),
    Page("referentiel:sauvegarde_catalogue", AU_SAIO, {"code": "catalogue_importe"}),
    Page("referentiel:exporter_catalogue", AU_SAIO),
    Page("pilotage:tache_academie", AU_SAIO, {"tache": "tache_academie"}),
    Page("referentiel:invitation", A_PERSONNE, {"jeton": "session"}),
    Page("referentiel:inviter_origine", AU_CHEF_D_ORIGINE, EO),
    Page("referentiel:renvoyer_une_invitation_origine", renvoie(AU_CHEF_D_ORIGINE), EO | INVITATION_O, envoi=True),
    Page("referentiel:retirer_une_invitation_origine", AU_CHEF_D_ORIGINE, EO | INVITATION_O),
    Page("referentiel:inviter_accueil", AU_CHEF_D_ACCUEIL, EA),
    Page("referentiel:renvoyer_une_invitation_accueil", renvoie(AU_CHEF_D_ACCUEIL), EA | INVITATION_A, envoi=True),
    Page("referentiel:retirer_une_invitation_accueil", AU_CHEF_D_ACCUEIL, EA | INVITATION_A),
    Page("referentiel:utilisateurs", AU_SAIO),
    Page("referentiel:utilisateur", AU_SAIO, {"cle": "personne"}),
    Page("referentiel:lien_de_mot_de_passe", renvoie(AU_SAIO), {"cle": "personne"}, envoi=True),
    Page("referentiel:reinitialiser_le_facteur", AU_SAIO, {"cle": "personne"}),
    Page("referentiel:invitations", AU_SAIO),
    Page("referentiel:inviter_dans_l_academie", AU_SAIO),
    Page("referentiel:inviter_une_liste", AU_SAIO),
    Page("referentiel:renvoyer_l_invitation", renvoie(AU_SAIO), INVITATION_O, envoi=True),
    Page("referentiel:retirer_l_invitation", AU_SAIO, INVITATION_O),
    Page("comptes:connexion", (200, *(302,) * 8)),
    Page("comptes:deconnexion", (302,) * 9, envoi=True),
    Page("comptes:espaces", (302,) * 9),
    Page("comptes:compte", AUX_CONNECTES),
    Page("comptes:notifications", AUX_CONNECTES),
    Page("comptes:changer_l_adresse", AUX_CONNECTES),
    Page("comptes:confirmer_l_adresse", (302,) * 9, {"jeton": "session"}),
    Page("comptes:securite", AUX_CONNECTES),
    Page("comptes:preuve", AUX_CONNECTES),
    Page("comptes:code", (302,) * 9),
    Page("comptes:second_facteur", AUX_CONNECTES),
    Page("comptes:renouveler_les_codes", (302,) * 9, envoi=True),
    Page("comptes:retirer_le_facteur", (302,) * 9),
    Page("comptes:changer_le_mot_de_passe", AUX_CONNECTES),
    Page("comptes:mot_de_passe_oublie", A_TOUS),
    Page("comptes:choisir_un_mot_de_passe", A_TOUS, {"uidb64": "rang", "token": "session"}),
    Page("comptes:fermer_les_sessions", (302,) * 9, envoi=True),
    Page("comptes:fermer_la_session", (302,) * 9, {"code": "session"}, envoi=True),
    Page("referentiel:arena", A_PERSONNE),
    Page("referentiel:depart_proconnect", A_PERSONNE),
    Page("referentiel:retour_proconnect", A_PERSONNE),
    Page("referentiel:depart_oidc", A_PERSONNE),
    Page("referentiel:retour_oidc", A_PERSONNE),
    Page("referentiel:pas_encore_ouvert", (302,) * 9),
    Page("referentiel:demandes_d_acces", AU_SAIO),
    Page("referentiel:demande_d_acces", AU_SAIO, {"code": "acces_demande"}),
    Page("referentiel:demande_d_acces_origine", AU_CHEF_D_ORIGINE, EO | {"code": "acces_demande"}),
    Page("referentiel:demande_d_acces_accueil", AU_CHEF_D_ACCUEIL, EA | {"code": "acces_demande_au_lycee"}),
    Page("courriers:document", A_TOUS, {"cle": "document_en_preparation"}),
    Page("courriers:boite", A_PERSONNE),
    Page("courriers:message", A_PERSONNE, {"nom": "message"}),
    Page("courriers:piece", A_PERSONNE, {"nom": "message", "rang": "rang"}),
    Page("candidatures:documents", A_TOUS),
    Page("candidatures:document", A_TOUS, {"papier": "papier"}),
    Page("candidatures:document_pdf", A_TOUS, {"papier": "papier"}),
    Page("candidatures:dossier_pdf", A_L_ORIGINE, ELEVE),
    Page("candidatures:lettre_pdf", A_L_ORIGINE, ELEVE | {"demande": "demande"}),
    Page("referentiel:travail", AU_DEMANDEUR, {"code": "travail"}),
    Page("referentiel:travail_avancement", AU_DEMANDEUR, {"code": "travail"}),
    Page("referentiel:travail_fichier", AU_DEMANDEUR, {"code": "travail"}),
    Page("referentiel:travail_relancer", renvoie(AU_DEMANDEUR), {"code": "travail"}, envoi=True),
    Page("referentiel:catalogue", A_TOUS),
    Page("referentiel:catalogue_xlsx", A_TOUS),
    Page("referentiel:catalogue_csv", A_TOUS),
    Page("referentiel:formation", A_TOUS, {"slug": "formation"}),
    Page("referentiel:offre", A_TOUS, {"slug": "formation", "uai": "uai_accueil"}),
    Page("referentiel:domaine", A_TOUS, {"slug": "domaine"}),
    Page("referentiel:etablissement", A_TOUS, {"uai": "uai_accueil"}),
    Page("referentiel:calendrier", A_TOUS),
    Page("referentiel:calendrier_ics", A_TOUS),
    Page("candidatures:classes", A_L_ORIGINE, EO),
    Page("candidatures:equipe_origine", A_L_ORIGINE, EO),
    Page("candidatures:droits_origine", AU_CHEF_D_ORIGINE, EO | {"cle": "place_d_origine"}),
    Page("candidatures:retirer_origine", AU_CHEF_D_ORIGINE, EO | {"cle": "place_d_origine"}),
    Page("candidatures:equipe_accueil", A_L_ACCUEIL, EA),
    Page("candidatures:droits_accueil", AU_CHEF_D_ACCUEIL, EA | {"cle": "place_d_accueil"}),
    Page("candidatures:retirer_accueil", AU_CHEF_D_ACCUEIL, EA | {"cle": "place_d_accueil"}),
    Page("candidatures:imprimer_les_dossiers", renvoie(A_L_ORIGINE), EO, envoi=True),
    Page("candidatures:imprimer_les_lettres", renvoie(A_L_ORIGINE), EO, envoi=True),
    Page("referentiel:coordonnees_origine", A_L_ORIGINE, EO),
    Page("referentiel:coordonnees_accueil", A_L_ACCUEIL, EA),
    Page("referentiel:exports_origine", A_L_ORIGINE, EO),
    Page("referentiel:exports_accueil", A_L_ACCUEIL, EA),
    Page("candidatures:eleve_ajouter", A_L_ORIGINE, EO),
    Page("candidatures:eleve_modifier", A_L_ORIGINE, ELEVE),
    Page("candidatures:import_fichier", A_L_ORIGINE, EO),
    Page("candidatures:import_modele", A_L_ORIGINE, EO),
    Page("candidatures:import_colonnes", A_L_ORIGINE, EO | {"code": "import_depose"}),
    Page("candidatures:import_verification", A_L_ORIGINE, EO | {"code": "import_verifie"}),
    Page("candidatures:import_erreurs", A_L_ORIGINE, EO | {"code": "import_verifie"}),
    Page("candidatures:import_resultat", A_L_ORIGINE, EO | {"code": "import_applique"}),
    Page("candidatures:import_abandonner", renvoie(A_L_ORIGINE), EO | {"code": "import_depose"}, envoi=True),
    Page("candidatures:import_annuler", A_L_ORIGINE, EO | {"code": "import_applique"}),
    Page("candidatures:eleve_supprimer", A_L_ORIGINE, ELEVE),
    Page("candidatures:referent", A_L_ORIGINE, EO),
    Page("candidatures:inscription", A_L_ORIGINE, EO),
    Page("candidatures:inscription_groupee", A_L_ORIGINE, EO),
    Page("candidatures:inscription_reprise", renvoie(A_L_ORIGINE), ELEVE),
    Page("candidatures:transferts", A_L_ORIGINE, EO),
    Page("candidatures:transfert", A_L_ORIGINE, EO | {"code": "transfert"}),
    Page("candidatures:annuler_pour_le_saio", AU_SAIO, {"code": "inscrite"}),
    Page("candidatures:transferts_academie", AU_SAIO),
    Page("candidatures:transfert_academie", AU_SAIO, {"code": "transfert"}),
    Page("candidatures:inscription_formations", A_L_ORIGINE, ELEVE),
    Page("candidatures:inscription_avis", A_L_ORIGINE, ELEVE),
    Page("candidatures:inscription_recapitulatif", renvoie(A_L_ORIGINE), ELEVE),
    Page("candidatures:avis", A_L_ORIGINE, EO),
    Page("candidatures:avis_classe", A_L_ORIGINE, EO | {"classe": "classe"}),
    Page("candidatures:avis_grille", A_L_ORIGINE, EO | {"classe": "classe"}),
    Page("candidatures:avis_eleve", A_L_ORIGINE, EO | {"classe": "classe", "code": "eleve"}),
    Page("candidatures:avis_ligne", A_L_ORIGINE, EO | {"code": "demande"}),
    Page("candidatures:desistement", A_L_ORIGINE, CANDIDATURE),
    Page("candidatures:desistement_annuler", renvoie(A_L_ORIGINE), CANDIDATURE, envoi=True),
    Page("candidatures:candidature_formations", A_L_ORIGINE, CANDIDATURE),
    Page("candidatures:candidature_accueil", A_L_ORIGINE, CANDIDATURE),
    Page("candidatures:autre_creneau", A_L_ORIGINE, CANDIDATURE),
    Page("entretiens:planning", A_L_ACCUEIL, EA),
    Page("entretiens:planning_semaine", A_L_ACCUEIL, EA | {"annee": "annee", "numero": "semaine"}),
    Page("entretiens:planning_jour", A_L_ACCUEIL, EA | {"jour": "jour"}),
    Page("entretiens:planning_liste", A_L_ACCUEIL, EA),
    Page("entretiens:proposer", A_L_ACCUEIL, EA),
    Page("entretiens:proposition", A_L_ACCUEIL, EA | {"code": "proposition"}),
    Page("entretiens:proposition_creneau", A_L_ACCUEIL, EA | {"code": "proposition", "candidature": "proposee"}),
    Page("entretiens:proposition_envoi", A_L_ACCUEIL, EA | {"code": "proposition"}),
    Page("entretiens:abandonner_la_proposition", A_L_ACCUEIL, EA | {"code": "proposition"}),
    Page("entretiens:imprimer_le_jour", A_L_ACCUEIL, EA | {"jour": "jour"}),
    Page("entretiens:feuilles_pdf", A_L_ACCUEIL, EA | {"jour": "jour"}),
    Page("entretiens:emargement_du_jour", A_L_ACCUEIL, EA | {"jour": "jour"}),
    Page("entretiens:agenda", A_L_ACCUEIL, EA),
    Page("entretiens:creer_une_seance", A_L_ACCUEIL, EA),
    Page("entretiens:seance", A_L_ACCUEIL, SEANCE),
    Page("entretiens:inscrire_a_la_seance", A_L_ACCUEIL, SEANCE),
    Page("entretiens:emargement", A_L_ACCUEIL, SEANCE),
    Page("entretiens:creer_des_creneaux", A_L_ACCUEIL, EA),
    Page("entretiens:annuler_la_journee", A_L_ACCUEIL, EA | {"jour": "jour"}),
    Page("entretiens:annuler_la_seance", A_L_ACCUEIL, EA | {"code": "seance"}),
    Page("entretiens:phrase_de_la_serie", A_L_ACCUEIL, EA),
    Page("entretiens:serie", A_L_ACCUEIL, EA | {"code": "serie"}),
    Page("entretiens:supprimer_des_creneaux", renvoie(A_L_ACCUEIL), EA),
    Page("entretiens:creneau", A_L_ACCUEIL, EA | {"code": "creneau"}),
    Page("entretiens:planifier", A_L_ACCUEIL, CANDIDAT),
    Page("entretiens:deplacer", A_L_ACCUEIL, PLANIFIE),
    Page("entretiens:annuler", A_L_ACCUEIL, PLANIFIE),
    Page("entretiens:annuler_la_candidature", A_L_ACCUEIL, CANDIDAT),
    Page("entretiens:demande_de_creneau", A_L_ACCUEIL, EA | {"code": "creneau_demande"}),
    Page("entretiens:envois", A_L_ACCUEIL, EA),
    Page("entretiens:verifier_l_envoi", A_L_ACCUEIL, EA),
    Page("entretiens:envoi", A_L_ACCUEIL, ENVOI),
    Page("entretiens:rappeler_l_envoi", renvoie(A_L_ACCUEIL), ENVOI, envoi=True),
    Page("entretiens:renvoyer", renvoie(A_L_ACCUEIL), ENVOI, envoi=True),
    Page("entretiens:demander_la_correction", renvoie(A_L_ACCUEIL), ENVOI | COURRIEL, envoi=True),
    Page("entretiens:presences", A_L_ACCUEIL, EA),
    Page("entretiens:presence", A_L_ACCUEIL, EA | {"code": "entretien"}),
    Page("entretiens:offre", A_L_ACCUEIL, EA),
    Page("entretiens:accueil", AU_CHEF_D_ACCUEIL, EA | {"code": "accueil"}),
    Page("entretiens:presentation", AU_CHEF_D_ACCUEIL, EA | {"slug": "hors_passpro"}),
    Page("entretiens:jurys", A_L_ACCUEIL, EA),
    Page("entretiens:salles", A_L_ACCUEIL, EA),
    Page("entretiens:consignes", A_L_ACCUEIL, EA),
    Page("entretiens:convocations", A_L_ORIGINE, EO),
    Page("entretiens:adresses", A_L_ORIGINE, EO),
    Page("entretiens:renvoyer_a_l_adresse", renvoie(A_L_ORIGINE), EO, envoi=True),
    Page("entretiens:imprimer", renvoie(A_L_ORIGINE), EO),
    Page("entretiens:remises", A_L_ORIGINE, EO),
    Page("entretiens:convocation", A_L_ORIGINE, CONVOCATION),
    Page("entretiens:convocation_pdf", A_L_ORIGINE, CONVOCATION),
    Page("entretiens:convocation_ics", A_L_ORIGINE, CONVOCATION),
    Page("avis:comptes_rendus", A_L_ACCUEIL, EA),
    Page("avis:compte_rendu", A_L_ACCUEIL, TENUE),
    Page("avis:brouillon", A_L_ACCUEIL, TENUE),
    Page("avis:trame_pdf", A_L_ACCUEIL, TENUE),
    Page("avis:groupe", renvoie(A_L_ACCUEIL), EA),
    Page("avis:annuler_la_saisie_groupee", renvoie(A_L_ACCUEIL), EA | {"code": "saisie_groupee"}, envoi=True),
    Page("avis:relecture", AU_CHEF_D_ACCUEIL, EA),
    Page("avis:fiches", A_L_ORIGINE, EO),
    Page("avis:fiche", A_L_ORIGINE, RENDUE),
    Page("avis:lot_de_fiches", A_L_ORIGINE, EO),
    Page("avis:fiche_pdf", A_L_ORIGINE, RENDUE),
    Page("avis:remettre_la_fiche", renvoie(A_L_ORIGINE), RENDUE, envoi=True),
    Page("avis:suites_affelnet", renvoie(AU_CHEF_D_ORIGINE), RENDUE, envoi=True),
    Page("avis:affelnet", A_L_ORIGINE, EO),
    Page("avis:affelnet_academie", AU_SAIO),
    Page("avis:essai_de_matrice", AU_SAIO),
    Page("avis:export_affelnet", AU_SAIO, {"code": "export"}),
    Page("avis:verification", A_TOUS, {"code": "fiche"}),
    Page("candidatures:pre_inscription", A_TOUS),
    Page("candidatures:pre_inscription_etablissement", A_TOUS, SAISIE),
    Page("candidatures:pre_inscription_verification", A_TOUS, SAISIE),
    Page("candidatures:pre_inscription_eleve", A_TOUS, SAISIE),
    Page("candidatures:pre_inscription_formations", A_TOUS, SAISIE),
    Page("candidatures:pre_inscription_avis", A_TOUS, SAISIE),
    Page("candidatures:pre_inscription_recapitulatif", A_TOUS, SAISIE),
    Page("candidatures:pre_inscription_envoyee", A_TOUS, ENVOYEE),
    Page("candidatures:pre_inscription_autre", renvoie(A_TOUS), ENVOYEE, envoi=True),
    Page("avis:suivi", A_TOUS, SUIVI),
    Page("avis:suivi_nouveau_lien", renvoie(A_TOUS), SUIVI, envoi=True),
    Page("avis:suivi_convocation", A_TOUS, SUIVI_CONVOCATION),
    Page("avis:suivi_convocation_pdf", A_TOUS, SUIVI_CONVOCATION),
    Page("avis:suivi_convocation_ics", A_TOUS, SUIVI_CONVOCATION),
    Page("avis:suivi_fiche", A_TOUS, SUIVI),
    Page("avis:suivi_fiche_pdf", A_TOUS, SUIVI),
    Page("candidatures:preinscriptions", AU_SAIO),
    Page("candidatures:preinscription_saio", AU_SAIO, PREINSCRIPTION),
    Page("candidatures:preinscription_refuser", AU_SAIO, PREINSCRIPTION),
    Page("candidatures:preinscription_revoquer", renvoie(AU_SAIO), PREINSCRIPTION, envoi=True),
    Page("candidatures:preinscription_lien", renvoie(AU_SAIO), PREINSCRIPTION, envoi=True),
)


def _campagne_close(scene: Scene) -> int:
    return CampagneFactory(academie=scene.campagne.academie, annee=2019, etat=Campagne.Etat.CLOSE).annee


# Les pages dont la lecture s'inscrit au journal de sécurité, et n'écrit rien d'autre (R40) : celles qui montrent le
# dossier d'un élève, celles qui donnent un document où l'on est nommé.
# Les demander met leur rendu en file : une ligne de cache, que personne ne lit et qui s'efface (T10).
RENDUES_PAR_L_ATELIER = frozenset(
    {
        "candidatures:document_pdf",
        "candidatures:dossier_pdf",
        "candidatures:lettre_pdf",
        "entretiens:feuilles_pdf",
        "entretiens:emargement_du_jour",
        "entretiens:emargement",
        "entretiens:convocation_pdf",
        "entretiens:imprimer",
        "avis:trame_pdf",
        "avis:fiche_pdf",
        "avis:suivi_convocation_pdf",
        "avis:suivi_fiche_pdf",
    }
)
LECTURES_NOTEES = frozenset(
    {
        "pilotage:eleve",
        "pilotage:historique_de_l_eleve",
        "pilotage:candidature_origine",
        "pilotage:candidature_accueil",
        "candidatures:eleve_modifier",
        "candidatures:avis_eleve",
        "candidatures:transfert",
        "candidatures:transfert_academie",
        "candidatures:annuler_pour_le_saio",
        "conservation:eleve",
        "conservation:rectifier",
        "conservation:effacer",
        "entretiens:convocation",
        "avis:compte_rendu",
        "avis:fiche",
        "referentiel:travail_fichier",
        *(adresse for adresse, quoi in DOCUMENTS.items() if quoi),
    }
)


class Lieux:
    """Les objets que les pages ouvrent : ceux du collège et du lycée de la scène."""

    def __init__(self, scene: Scene) -> None:
        hier = scene.le - timedelta(days=1)
        inscrite = scene.candidature()
        tenue = scene.avec_entretien(Etat.REALISEE, debut=hier, presence=EtatEntretien.TENU)
        rendue = scene.rendue()
        planifiee = scene.planifiee(heure=9)
        convocation = scene.convoquee(heure=10).convocations.get()
        formation = OffreFactory(
            formation=inscrite.formations_demandees.get().formation, etablissement=scene.lycee
        ).formation
        proposition = scene.proposition()
        jour = planifiee.periode.lower.date()
        self.valeurs: dict[str, Any] = {
            "uai_origine": scene.college.segment,
            "uai_accueil": scene.lycee.segment,
            "accueil": inscrite.accueil.code,
            "acces_demande": DemandeDAccesFactory(etablissement=scene.college).code,
            "acces_demande_au_lycee": DemandeDAccesFactory(etablissement=scene.lycee).code,
            "hors_passpro": OffreFactory(
                formation__domaine=inscrite.domaine,
                etablissement=scene.lycee,
                hors_passpro=True,
                presentation="Portes ouvertes en mars.",
            ).formation.slug,
            "document_en_preparation": DocumentFactory().cle,
            "place_d_origine": scene.gestionnaire_origine.pk,
            "place_d_accueil": scene.gestionnaire_accueil.pk,
            "eleve": inscrite.eleve.code,
            **imports_de_chaque_etape(scene),
            **pour_chaque_page(scene),
            "eleve_rendu": rendue.eleve.code,
            "inscrite": inscrite.code,
            "transfert": scene.transfert_demande(eleve=inscrite.eleve).code,
            "creneau_demande": scene.creneau_demande().candidature.code,
            "demande": inscrite.formations_demandees.get().code,
            "tenue": tenue.code,
            "saisie_groupee": scene.absences_groupees().code,
            "planifiee": planifiee.candidature.code,
            "creneau": planifiee.creneau.code,
            "seance": planifiee.creneau.seance.code,
            "serie": planifiee.creneau.seance.serie.code,
            "entretien": planifiee.code,
            "seance_collective": scene.seance_a_preparer().code,
            "convocation": convocation.code,
            "envoi": convocation.envoi.code,
            "courriel": convocation.courriels.first().pk,
            "proposition": proposition.code,
            "proposee": proposition.lignes.get().candidature.code,
            "fiche": scene.fiche_depassee().code,
            "export": scene.export_fait().code,
            "annee_close": _campagne_close(scene),
            "papier": "lettre",
            "tableau": "departements",
            "cote": "accueil",
            "liste": "inscrits",
            "relance": scene.relance().envoi,
            "travail": TravailFactory(
                campagne=scene.campagne, etablissement=scene.college, par=scene.chef_origine.personne
            ).code,
            "classe": slug_de_la_classe(inscrite.eleve.classe),
            "formation": formation.slug,
            "domaine": formation.domaine.slug,
            "annee": jour.isocalendar().year,
            "semaine": jour.isocalendar().week,
            "jour": jour,
            "tache_origine": "sans-referent",
            "role_d_aide": "saio",
            "tache_accueil": "a-planifier",
            "tache_academie": "sans-convocation",
            "message": "20270315T100000.000000-abcdef01",
            "rang": 1,
            "session": "0" * 20,
            "personne": scene.chef_origine.personne.pk,
            "invitation_a_l_origine": une_invitation(scene.chef_origine, le=scene.le).code,
            "invitation_a_l_accueil": une_invitation(scene.chef_accueil, le=scene.le).code,
            "import_d_etablissements": ImportationFactory(academie=scene.campagne.academie).code,
            "import_du_catalogue": ImportationFactory(
                du_catalogue=True, academie=scene.campagne.academie, campagne=scene.campagne
            ).code,
            "etablissements_importes": ImportationFactory(appliquee=True, academie=scene.campagne.academie).code,
            "catalogue_importe": ImportationFactory(
                du_catalogue=True, appliquee=True, academie=scene.campagne.academie, campagne=scene.campagne
            ).code,
        }

    def arguments(self, page: Page) -> dict[str, Any]:
        return {nom: self.valeurs[valeur] for nom, valeur in page.arguments.items()}
