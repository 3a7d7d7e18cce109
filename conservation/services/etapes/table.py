"""Chaque table et ce qu'elle devient, dans l'ordre (R40, F11).

L'ordre compte : l'historique et les courriels se retrouvent par les lignes qu'ils nomment, ils passent donc d'abord ;
les documents préparés se font de ces lignes, ils passent après elles.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, QuerySet

from avis.models import CompteRendu, ExportAffelnet, Fiche, LigneGroupee
from candidatures.models import (
    Candidature,
    Classe,
    DemandeDeCreneau,
    DemandeDeTransfert,
    Eleve,
    FormationDemandee,
    LienPersonnel,
    PreInscription,
)
from candidatures.rules import NAISSANCE_EFFACEE, NOM_EFFACE, PRENOM_EFFACE, cle_d_un_eleve
from conservation.services.etapes.appartenances import CHEMINS
from conservation.services.etapes.courriels import courriels_de_la_campagne
from conservation.services.etapes.gestes import (
    EXPORT,
    Contexte,
    avec_un_autre_code,
    dans_une_campagne_close,
    ecrire,
    effacer_les_courriels,
    effacer_les_traces,
    en_annoncant_l_oubli,
    oublier_les_empreintes,
    remplacer_les_textes,
    sans_texte,
    supprimer,
    supprimer_les_documents,
    supprimer_les_travaux,
)
from conservation.services.etapes.historique import traces_de_l_eleve, traces_de_la_campagne
from courriers.models import Document
from entretiens.models import Convocation, Entretien, LigneDeProposition
from referentiel.models import Accueil, Campagne, Derogation, Importation, Travail

CLASSE = "N/A"


@dataclass(frozen=True, slots=True)
class Etape:
    """`nom` est écrit dans l'avancement ; `libelle` (singulier, pluriel) se lit au SAIO, vide s'il n'y aurait rien à y
    comprendre. `eleve` est absent quand la ligne n'est pas d'un élève.
    """

    nom: str
    libelle: tuple[str, str]
    campagne: Callable[[Campagne, datetime], QuerySet]
    geste: Callable[[QuerySet, Sequence[int], Contexte], None]
    eleve: Callable[[Eleve], QuerySet] | None = None


def _de_la_campagne(modele: type[Model]) -> Callable[[Campagne, datetime], QuerySet]:
    chemin, _ = CHEMINS[modele]
    return lambda campagne, close_le: modele._default_manager.filter(**{chemin: campagne})


def _de_l_eleve(modele: type[Model]) -> Callable[[Eleve], QuerySet] | None:
    _, chemin = CHEMINS[modele]
    return (lambda eleve: modele._default_manager.filter(**{chemin: eleve.pk})) if chemin else None


def _sur(modele: type[Model], nom: str, libelle: tuple[str, str], geste: Callable) -> Etape:
    return Etape(nom, libelle, _de_la_campagne(modele), geste, _de_l_eleve(modele))


ETAPES: tuple[Etape, ...] = (
    Etape(
        "historique",
        ("ligne d’historique", "lignes d’historique"),
        traces_de_la_campagne,
        effacer_les_traces,
        traces_de_l_eleve,
    ),
    Etape("courriels", ("courriel", "courriels"), courriels_de_la_campagne, effacer_les_courriels),
    Etape(
        "imports",
        ("import d’élèves", "imports d’élèves"),
        lambda campagne, close_le: Importation.objects.filter(campagne=campagne, nature=Importation.Nature.ELEVES),
        supprimer,
    ),
    _sur(ExportAffelnet, "exports", ("export vers Affelnet", "exports vers Affelnet"), ecrire(contenu=EXPORT)),
    _sur(LigneDeProposition, "propositions", ("", ""), supprimer),
    _sur(CompteRendu, "comptes_rendus", ("compte-rendu", "comptes-rendus"), remplacer_les_textes),
    _sur(LigneGroupee, "saisies_groupees", ("", ""), ecrire(avant={})),
    _sur(Fiche, "fiches", ("fiche remise", "fiches remises"), oublier_les_empreintes),
    _sur(Convocation, "convocations", ("convocation", "convocations"), avec_un_autre_code()),
    _sur(Entretien, "entretiens", ("entretien", "entretiens"), avec_un_autre_code()),
    _sur(
        DemandeDeCreneau,
        "demandes_de_creneau",
        ("", ""),
        avec_un_autre_code(message="", reponse=""),
    ),
    _sur(DemandeDeTransfert, "transferts", ("", ""), avec_un_autre_code()),
    _sur(
        FormationDemandee,
        "formations",
        ("avis et commentaire", "avis et commentaires"),
        avec_un_autre_code(commentaire=sans_texte("commentaire")),
    ),
    _sur(
        Candidature,
        "candidatures",
        ("candidature", "candidatures"),
        avec_un_autre_code(motif=sans_texte("motif")),
    ),
    _sur(LienPersonnel, "liens", ("", ""), supprimer),
    _sur(
        PreInscription,
        "preinscriptions",
        ("pré-inscription", "pré-inscriptions"),
        avec_un_autre_code(
            courriel="",
            saisie={},
            message="",
            jeton_empreinte=None,
            code_empreinte="",
            lien_empreinte="",
            essais_restants=0,
        ),
    ),
    _sur(Classe, "classes", ("classe", "classes"), supprimer),
    _sur(
        Eleve,
        "eleves",
        ("élève", "élèves"),
        en_annoncant_l_oubli(
            avec_un_autre_code(
                ine="",
                nom=NOM_EFFACE,
                prenom=PRENOM_EFFACE,
                date_de_naissance=NAISSANCE_EFFACEE,
                classe=CLASSE,
                mef="",
                referent_nom="",
                referent_courriel="",
                cle=cle_d_un_eleve(NOM_EFFACE, PRENOM_EFFACE),
            )
        ),
    ),
    _sur(Travail, "travaux", ("document préparé", "documents préparés"), supprimer_les_travaux),
    # Ce qui reste aux autres campagnes se rend de nouveau : un cache se vide sans dommage.
    Etape(
        "documents_rendus",
        ("", ""),
        lambda campagne, close_le: Document.objects.all(),
        supprimer_les_documents,
        lambda eleve: Document.objects.filter(eleves__contains=[eleve.pk]),
    ),
    _sur(
        Derogation,
        "derogations",
        ("", ""),
        dans_une_campagne_close(ecrire(motif=sans_texte("motif"))),
    ),
    _sur(
        Accueil,
        "contacts",
        ("contact d’accueil", "contacts d’accueil"),
        dans_une_campagne_close(ecrire(contact_nom="", contact_telephone="", contact_courriel="")),
    ),
)
