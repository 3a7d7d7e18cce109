"""La table des accès : pour chaque page, ce que reçoit chaque sorte de personne (R36, R37).

Ajouter une page : une ligne à la table, avec la famille de ses statuts ; ses arguments prennent leurs valeurs
dans `Lieux.valeurs`. Une page qui n'y est pas fait échouer `test_chaque_page_est_dans_la_table`.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from candidatures.lectures import slug_de_la_classe
from candidatures.rules import Etat
from entretiens.rules import EtatEntretien
from tests.factories.pilotage import Scene

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
A_L_ACADEMIE: Statuts = (302, 404, 404, 404, 404, 404, 404, 200, 200)
AU_SAIO: Statuts = (302, 404, 404, 404, 404, 404, 404, 403, 200)


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
CONVOCATION = EO | {"code": "convocation"}
ENVOI = EA | {"code": "envoi"}

TABLE: tuple[Page, ...] = (
    Page("sante", A_TOUS),
    Page("pilotage:accueil", A_TOUS),
    Page("pilotage:aide", A_TOUS),
    Page("pilotage:mentions", A_TOUS),
    Page("pilotage:donnees_personnelles", A_TOUS),
    Page("pilotage:accessibilite", A_TOUS),
    Page("pilotage:plan_du_site", A_TOUS),
    Page("pilotage:contact", A_TOUS),
    Page("pilotage:a_faire_origine", A_L_ORIGINE, EO),
    Page("pilotage:tache_origine", A_L_ORIGINE, EO | {"tache": "tache_origine"}),
    Page("pilotage:eleves", A_L_ORIGINE, EO),
    Page("pilotage:eleve", A_L_ORIGINE, ELEVE),
    Page("pilotage:candidature_origine", A_L_ORIGINE, CANDIDATURE),
    Page("pilotage:a_faire_accueil", A_L_ACCUEIL, EA),
    Page("pilotage:tache_accueil", A_L_ACCUEIL, EA | {"tache": "tache_accueil"}),
    Page("pilotage:candidats", A_L_ACCUEIL, EA),
    Page("pilotage:candidature_accueil", A_L_ACCUEIL, CANDIDAT),
    Page("pilotage:academie", A_L_ACADEMIE),
    Page("pilotage:tache_academie", AU_SAIO, {"tache": "tache_academie"}),
    Page("comptes:connexion", (200, *(302,) * 8)),
    Page("comptes:deconnexion", (302,) * 9, envoi=True),
    Page("comptes:espaces", (302,) * 9),
    Page("comptes:compte", AUX_CONNECTES),
    Page("comptes:fermer_les_sessions", (302,) * 9, envoi=True),
    Page("courriers:boite", A_PERSONNE),
    Page("courriers:message", A_PERSONNE, {"nom": "message"}),
    Page("courriers:piece", A_PERSONNE, {"nom": "message", "rang": "rang"}),
    Page("referentiel:catalogue", A_TOUS),
    Page("referentiel:formation", A_TOUS, {"slug": "formation"}),
    Page("referentiel:calendrier", A_TOUS),
    Page("candidatures:eleve_ajouter", A_L_ORIGINE, EO),
    Page("candidatures:eleve_modifier", A_L_ORIGINE, ELEVE),
    Page("candidatures:inscription_formations", A_L_ORIGINE, ELEVE),
    Page("candidatures:inscription_avis", A_L_ORIGINE, ELEVE),
    Page("candidatures:inscription_recapitulatif", renvoie(A_L_ORIGINE), ELEVE),
    Page("candidatures:avis", A_L_ORIGINE, EO),
    Page("candidatures:avis_classe", A_L_ORIGINE, EO | {"classe": "classe"}),
    Page("candidatures:desistement", A_L_ORIGINE, CANDIDATURE),
    Page("entretiens:planning", A_L_ACCUEIL, EA),
    Page("entretiens:planning_semaine", A_L_ACCUEIL, EA | {"annee": "annee", "numero": "semaine"}),
    Page("entretiens:planning_jour", A_L_ACCUEIL, EA | {"jour": "jour"}),
    Page("entretiens:planning_liste", A_L_ACCUEIL, EA),
    Page("entretiens:placer", A_L_ACCUEIL, EA),
    Page("entretiens:creer_des_creneaux", A_L_ACCUEIL, EA),
    Page("entretiens:supprimer_des_creneaux", renvoie(A_L_ACCUEIL), EA),
    Page("entretiens:creneau", A_L_ACCUEIL, EA | {"code": "creneau"}),
    Page("entretiens:planifier", A_L_ACCUEIL, CANDIDAT),
    Page("entretiens:deplacer", A_L_ACCUEIL, PLANIFIE),
    Page("entretiens:annuler", A_L_ACCUEIL, PLANIFIE),
    Page("entretiens:envois", A_L_ACCUEIL, EA),
    Page("entretiens:verifier_l_envoi", A_L_ACCUEIL, EA),
    Page("entretiens:envoi", A_L_ACCUEIL, ENVOI),
    Page("entretiens:rappeler_l_envoi", renvoie(A_L_ACCUEIL), ENVOI, envoi=True),
    Page("entretiens:renvoyer", renvoie(A_L_ACCUEIL), ENVOI, envoi=True),
    Page("entretiens:presences", A_L_ACCUEIL, EA),
    Page("entretiens:jurys", A_L_ACCUEIL, EA),
    Page("entretiens:convocations", A_L_ORIGINE, EO),
    Page("entretiens:imprimer", renvoie(A_L_ORIGINE), EO),
    Page("entretiens:remises", A_L_ORIGINE, EO),
    Page("entretiens:convocation", A_L_ORIGINE, CONVOCATION),
    Page("entretiens:convocation_pdf", A_L_ORIGINE, CONVOCATION),
    Page("entretiens:convocation_ics", A_L_ORIGINE, CONVOCATION),
    Page("avis:comptes_rendus", A_L_ACCUEIL, EA),
    Page("avis:compte_rendu", A_L_ACCUEIL, EA | {"code": "tenue"}),
    Page("avis:fiches", A_L_ORIGINE, EO),
    Page("avis:fiche", A_L_ORIGINE, RENDUE),
    Page("avis:fiche_pdf", A_L_ORIGINE, RENDUE),
    Page("avis:remettre_la_fiche", renvoie(A_L_ORIGINE), RENDUE, envoi=True),
    Page("avis:suites_affelnet", renvoie(AU_CHEF_D_ORIGINE), RENDUE, envoi=True),
    Page("avis:verification", A_TOUS, {"code": "fiche"}),
)

# Une lecture n'écrit rien, sauf ici.
LECTURES_QUI_ECRIVENT: dict[str, str] = {
    "avis:fiche_pdf": "la première lecture du document établit la version dont il porte le code (R32)",
}


class Lieux:
    """Les objets que les pages ouvrent : ceux du collège et du lycée de la scène."""

    def __init__(self, scene: Scene) -> None:
        hier = scene.le - timedelta(days=1)
        inscrite = scene.candidature()
        tenue = scene.avec_entretien(Etat.REALISEE, debut=hier, presence=EtatEntretien.TENU)
        rendue = scene.rendue()
        planifiee = scene.planifiee(heure=9)
        convocation = scene.convoquee(heure=10).convocations.get()
        jour = planifiee.periode.lower.date()
        self.valeurs: dict[str, Any] = {
            "uai_origine": scene.college.segment,
            "uai_accueil": scene.lycee.segment,
            "eleve": inscrite.eleve.code,
            "eleve_rendu": rendue.eleve.code,
            "inscrite": inscrite.code,
            "tenue": tenue.code,
            "planifiee": planifiee.candidature.code,
            "creneau": planifiee.creneau.code,
            "convocation": convocation.code,
            "envoi": convocation.envoi.code,
            "fiche": scene.fiche_depassee().code,
            "classe": slug_de_la_classe(inscrite.eleve.classe),
            "formation": inscrite.formations_demandees.get().formation.slug,
            "annee": jour.isocalendar().year,
            "semaine": jour.isocalendar().week,
            "jour": jour,
            "tache_origine": "sans-referent",
            "tache_accueil": "a-planifier",
            "tache_academie": "sans-convocation",
            "message": "20270315T100000.000000-abcdef01",
            "rang": 1,
        }

    def arguments(self, page: Page) -> dict[str, Any]:
        return {nom: self.valeurs[valeur] for nom, valeur in page.arguments.items()}
