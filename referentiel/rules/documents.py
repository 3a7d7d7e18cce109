"""Les documents que donnent les pages ; qui emporte ceux qui nomment quelqu'un s'inscrit au journal (R40)."""

# Par nom d'adresse ; vide pour un document sans nom d'élève.
DOCUMENTS: dict[str, str] = {
    "avis:export_affelnet": "Export des bonus vers Affelnet-Lycée",
    "avis:fiche_pdf": "Fiche récapitulative",
    "avis:trame_pdf": "Trame d’entretien",
    "candidatures:dossier_pdf": "Dossier de candidature",
    "candidatures:import_erreurs": "Erreurs d’un import d’élèves",
    "candidatures:import_modele": "",
    "candidatures:lettre_pdf": "Lettre de préparation",
    "conservation:emporter": "Données d’un élève, pour les lui remettre",
    "entretiens:agenda": "Agenda des entretiens",
    "entretiens:convocation_ics": "Convocation, pour un agenda",
    "entretiens:convocation_pdf": "Convocation",
    "entretiens:emargement": "Feuille d’émargement",
    "entretiens:emargement_du_jour": "Feuilles d’émargement du jour",
    "entretiens:feuilles_pdf": "Feuilles du jour",
    "entretiens:imprimer": "Convocations",
    "pilotage:bilan_accueil_xlsx": "",
    "pilotage:bilan_origine_xlsx": "",
    "pilotage:tableau": "",
    "referentiel:exporter_catalogue": "",
    "referentiel:journal_xlsx": "Journal de sécurité",
    "referentiel:sauvegarde_catalogue": "",
}
AUTRE_DOCUMENT = "Document"


def document_a_noter(adresse: str) -> str:
    """Comment le journal nomme le document que donne cette adresse ; vide s'il ne porte aucun nom.

    Une adresse que personne n'a rangée ici se note quand même.
    """
    return DOCUMENTS.get(adresse, AUTRE_DOCUMENT)
