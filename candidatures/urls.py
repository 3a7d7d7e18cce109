"""Adresses des écrans de l'établissement d'origine tenus par les candidatures (écran 1.2)."""

from django.urls import path

from candidatures.views import (
    avis,
    avis_en_direct,
    candidature,
    classes,
    desistement,
    eleves,
    equipe,
    groupee,
    imports,
    inscription,
    lots,
    papiers,
    preinscription,
    preinscriptions_saio,
    transferts,
)

app_name = "candidatures"
ORIGINE = "origine/<str:uai>/"
ACCUEIL = "accueil/<str:uai>/"
ELEVE = f"{ORIGINE}eleves/<str:code>/"
IMPORT = f"{ORIGINE}eleves/import/<str:code>/"
CANDIDATURE = f"{ORIGINE}candidatures/<str:code>/"
PRE_INSCRIPTION = "pre-inscription/<str:jeton>/"
DEMANDE = "academie/pre-inscriptions/<str:code>/"

urlpatterns = [
    path(f"{ORIGINE}classes/", classes.classes, name="classes"),
    path(f"{ORIGINE}equipe/", equipe.equipe_origine, name="equipe_origine"),
    path(f"{ORIGINE}equipe/<int:cle>/droits/", equipe.droits_origine, name="droits_origine"),
    path(f"{ORIGINE}equipe/<int:cle>/retirer/", equipe.retirer_origine, name="retirer_origine"),
    path(f"{ACCUEIL}equipe/", equipe.equipe_accueil, name="equipe_accueil"),
    path(f"{ACCUEIL}equipe/<int:cle>/droits/", equipe.droits_accueil, name="droits_accueil"),
    path(f"{ACCUEIL}equipe/<int:cle>/retirer/", equipe.retirer_accueil, name="retirer_accueil"),
    path(f"{ORIGINE}eleves/dossiers/", lots.dossiers, name="imprimer_les_dossiers"),
    path(f"{ORIGINE}eleves/lettres/", lots.lettres, name="imprimer_les_lettres"),
    path(f"{ORIGINE}eleves/ajouter/", eleves.ajouter, name="eleve_ajouter"),
    path(f"{ORIGINE}eleves/referent/", groupee.referent, name="referent"),
    path(f"{ORIGINE}inscription/", inscription.rechercher, name="inscription"),
    path(f"{ORIGINE}inscription-groupee/", groupee.inscrire, name="inscription_groupee"),
    path(f"{ORIGINE}transferts/", transferts.transferts, name="transferts"),
    path(f"{ORIGINE}transferts/<str:code>/", transferts.transfert, name="transfert"),
    path("academie/transferts/", transferts.transferts_de_l_academie, name="transferts_academie"),
    path("academie/transferts/<str:code>/", transferts.transfert_de_l_academie, name="transfert_academie"),
    path(f"{ORIGINE}eleves/import/", imports.fichier, name="import_fichier"),
    path(f"{ORIGINE}eleves/import/modele.xlsx", imports.modele, name="import_modele"),
    path(f"{IMPORT}colonnes/", imports.colonnes, name="import_colonnes"),
    path(f"{IMPORT}verification/", imports.verification, name="import_verification"),
    path(f"{IMPORT}erreurs.xlsx", imports.erreurs, name="import_erreurs"),
    path(f"{IMPORT}resultat/", imports.resultat, name="import_resultat"),
    path(f"{IMPORT}abandonner/", imports.abandonner, name="import_abandonner"),
    path(f"{IMPORT}annuler/", imports.annuler, name="import_annuler"),
    path("documents/", papiers.documents, name="documents"),
    path("documents/<slug:papier>/", papiers.document, name="document"),
    path("documents/<slug:papier>.pdf", papiers.document_pdf, name="document_pdf"),
    path(f"{ELEVE}dossier.pdf", papiers.dossier, name="dossier_pdf"),
    path(f"{ELEVE}lettre/<str:demande>.pdf", papiers.lettre, name="lettre_pdf"),
    path(f"{ELEVE}modifier/", eleves.modifier, name="eleve_modifier"),
    path(f"{ELEVE}supprimer/", eleves.supprimer, name="eleve_supprimer"),
    path(f"{ELEVE}inscription/", inscription.reprendre, name="inscription_reprise"),
    path(f"{ELEVE}inscription/formations/", inscription.formations, name="inscription_formations"),
    path(f"{ELEVE}inscription/avis/", inscription.avis, name="inscription_avis"),
    path(f"{ELEVE}inscription/recapitulatif/", inscription.recapitulatif, name="inscription_recapitulatif"),
    path(f"{ORIGINE}avis/", avis.classes, name="avis"),
    path(f"{ORIGINE}avis/lignes/<str:code>/", avis_en_direct.ligne, name="avis_ligne"),
    path(f"{ORIGINE}avis/<slug:classe>/", avis.classe, name="avis_classe"),
    path(f"{ORIGINE}avis/<slug:classe>/grille/", avis.grille, name="avis_grille"),
    path(f"{ORIGINE}avis/<slug:classe>/eleves/<str:code>/", avis.eleve, name="avis_eleve"),
    path(f"{CANDIDATURE}desistement/", desistement.desister, name="desistement"),
    path(f"{CANDIDATURE}desistement/annuler/", candidature.annuler_le_desistement, name="desistement_annuler"),
    path(f"{CANDIDATURE}formations/", candidature.formations, name="candidature_formations"),
    path(f"{CANDIDATURE}etablissement/", candidature.accueil, name="candidature_accueil"),
    path(f"{CANDIDATURE}autre-creneau/", candidature.creneau, name="autre_creneau"),
    path("pre-inscription/", preinscription.introduction, name="pre_inscription"),
    path(f"{PRE_INSCRIPTION}etablissement/", preinscription.etablissement, name="pre_inscription_etablissement"),
    path(f"{PRE_INSCRIPTION}verification/", preinscription.verification, name="pre_inscription_verification"),
    path(f"{PRE_INSCRIPTION}eleve/", preinscription.eleve, name="pre_inscription_eleve"),
    path(f"{PRE_INSCRIPTION}formations/", preinscription.formations, name="pre_inscription_formations"),
    path(f"{PRE_INSCRIPTION}avis/", preinscription.avis, name="pre_inscription_avis"),
    path(f"{PRE_INSCRIPTION}recapitulatif/", preinscription.recapitulatif, name="pre_inscription_recapitulatif"),
    path(f"{PRE_INSCRIPTION}envoyee/", preinscription.envoyee, name="pre_inscription_envoyee"),
    path(f"{PRE_INSCRIPTION}autre-eleve/", preinscription.autre, name="pre_inscription_autre"),
    path("academie/pre-inscriptions/", preinscriptions_saio.preinscriptions, name="preinscriptions"),
    path(DEMANDE, preinscriptions_saio.preinscription, name="preinscription_saio"),
    path(f"{DEMANDE}refuser/", preinscriptions_saio.refuser, name="preinscription_refuser"),
    path(f"{DEMANDE}revoquer/", preinscriptions_saio.revoquer, name="preinscription_revoquer"),
    path(f"{DEMANDE}lien/", preinscriptions_saio.renvoyer_le_lien, name="preinscription_lien"),
]
