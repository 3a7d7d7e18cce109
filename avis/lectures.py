"""La fiche d'un élève telle qu'elle se lit : les avis, leur rencontre, le compte-rendu (R31, R32).

Une seule fonction lit les fiches de n élèves, en un nombre de requêtes qui ne dépend pas de n. Elle parle à
l'établissement d'origine : rien d'un compte-rendu qui ne lui est pas encore visible n'y entre (R30).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from avis.avis_final import AvisDate, AvisFinal, Matrice, avis_d_accueil, avis_d_origine, avis_final
from avis.codes import code_de_la_fiche
from avis.models import CompteRendu, avis_accueil_visibles
from avis.presentation import LIRE_LES_AVIS
from avis.rules import (
    LectureDeLAvisFinal,
    donne_un_retour,
    lecture_de_l_avis_final,
)
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import Etat
from entretiens.models import Entretien
from entretiens.rules.etats import OCCUPENT
from referentiel.models import Campagne, Formation
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_jour, jour_de
from referentiel.rules.jeu import (
    LIBELLES_AVIS,
    Affichage,
    Avis,
    Modalite,
    echeance_du_compte_rendu,
)

HORS_DE_LA_FICHE = frozenset({Etat.BROUILLON, Etat.A_VALIDER, Etat.DESISTEE, Etat.ANNULEE})
ATTENDENT = frozenset({Etat.INSCRITE, Etat.PLANIFIEE, Etat.CONVOQUEE, Etat.REALISEE, Etat.RENDUE})
SANS_RETOUR = "Ces séances ne donnent lieu ni à un compte-rendu ni à un avis."


@dataclass(frozen=True, slots=True)
class LigneDeFiche:
    """Une formation, ce que chaque établissement en a dit, et leur rencontre."""

    formation: str
    ajoutee: bool
    origine: AvisDate | None
    commentaire: str
    accueil: AvisDate | None
    final: AvisFinal | None
    code: str


@dataclass(frozen=True, slots=True)
class SectionDeFiche:
    """Un domaine : l'entretien, les avis, le compte-rendu."""

    domaine: str
    etablissement: str
    phrase: str
    attente: str
    lignes: tuple[LigneDeFiche, ...]
    montre_l_accueil: bool
    montre_le_final: bool
    compte_rendu: str
    rendu_le: date | None
    en_attente: bool

    @property
    def provenances(self) -> list[tuple[list[str], str]]:
        """Sur le papier, sous le tableau : d'où vient chaque avis final, les formations de même histoire ensemble.

        Les formations ne se nomment pas si toutes ont la même.
        """
        par_histoire: dict[str, list[str]] = {}
        for ligne in self.lignes:
            if ligne.final:
                par_histoire.setdefault(ligne.final.explication, []).append(ligne.formation)
        une_seule = len(par_histoire) == 1
        return [([] if une_seule else formations, histoire) for histoire, formations in par_histoire.items()]

    @property
    def a_des_commentaires(self) -> bool:
        return any(ligne.commentaire for ligne in self.lignes)


@dataclass(frozen=True, slots=True)
class FicheDeLEleve:
    """La fiche récapitulative d'un élève, tous domaines (R32). Ni INE, ni naissance, ni nom de jury."""

    eleve: Eleve
    annee: int
    sections: tuple[SectionDeFiche, ...]
    phrase_affelnet: str
    prochaine_etape: str
    lecture_finale: LectureDeLAvisFinal
    echelle: tuple[tuple[str, str], ...]

    @property
    def est_complete(self) -> bool:
        """Vrai si chaque domaine a son résultat : un compte-rendu, une absence ou une séance collective (R28, R29)."""
        return bool(self.sections) and not self.domaines_attendus

    @property
    def domaines_attendus(self) -> list[str]:
        return [section.domaine for section in self.sections if section.en_attente]

    @property
    def montre_le_final(self) -> bool:
        return any(section.montre_le_final for section in self.sections)

    @property
    def empreinte(self) -> str:
        """Empreinte du contenu : deux fiches de même empreinte disent la même chose (R32)."""
        eleve = self.eleve
        contenu = {
            "eleve": [eleve.nom, eleve.prenom, eleve.classe, eleve.etablissement.nom_et_commune],
            "annee": self.annee,
            "affelnet": [self.phrase_affelnet, self.prochaine_etape],
            "echelle": self.echelle,
            "sections": [asdict(section) for section in self.sections],
        }
        ecrit = json.dumps(contenu, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(ecrit.encode()).hexdigest()

    @property
    def code(self) -> str:
        """Code de cette version : le même tant que la fiche dit la même chose (R32)."""
        return code_de_la_fiche(self.eleve.code, self.empreinte)


def formations_ajoutables(candidature: Candidature) -> QuerySet[Formation]:
    """Formations du domaine que l'élève n'a pas demandées et que la campagne n'a pas mises hors Passpro (R8, R27)."""
    deja = FormationDemandee.objects.maintenues().filter(candidature=candidature).values("formation")
    du_domaine = Formation.objects.filter(domaine=candidature.domaine_id).exclude(pk__in=deja)
    return du_domaine.filter(Q(offres__isnull=True) | Q(offres__hors_passpro=False)).distinct()


def fiche_de(campagne: Campagne, eleve: Eleve, le: datetime) -> FicheDeLEleve:
    return fiches_des_eleves(campagne, [eleve], le)[0]


def fiches_des_eleves(campagne: Campagne, eleves: Iterable[Eleve], le: datetime) -> list[FicheDeLEleve]:
    """Fiches de `eleves`, dans leur ordre, en quatre requêtes au plus (règles et établissements déjà lus à part)."""
    eleves = list(eleves)
    par_eleve: dict[int, list[Candidature]] = {eleve.pk: [] for eleve in eleves}
    for candidature in _candidatures(campagne, par_eleve):
        par_eleve[candidature.eleve_id].append(candidature)
    matrice = campagne.regles.matrice
    prochaine_etape = _prochaine_etape(campagne)
    lecture_finale = lecture_de_l_avis_final(matrice, Affichage(campagne.regles.affichage))
    echelle = lire_l_echelle(campagne)
    return [
        FicheDeLEleve(
            eleve=eleve,
            annee=campagne.annee,
            sections=tuple(_section(campagne, matrice, candidature, le) for candidature in par_eleve[eleve.pk]),
            phrase_affelnet=campagne.regles.phrase_affelnet,
            prochaine_etape=prochaine_etape,
            lecture_finale=lecture_finale,
            echelle=echelle,
        )
        for eleve in eleves
    ]


def lire_l_echelle(campagne: Campagne) -> tuple[tuple[str, str], ...]:
    """Ce que veut dire chaque avis que la campagne permet, et lui seul, en mots pour la famille (R5)."""
    regles = campagne.regles
    permis = {*map(Avis, regles.echelle_origine), *regles.avis_d_accueil_possibles}
    return tuple((LIBELLES_AVIS[avis], phrase) for avis, phrase in LIRE_LES_AVIS.items() if avis in permis)


def _prochaine_etape(campagne: Campagne) -> str:
    """Les dates d'Affelnet, si la campagne les fixe ; avec un bonus, ce qu'il demande à la famille (R32, R33)."""
    voeux = campagne.calendrier.periodes.get(Nature.VOEUX_AFFELNET)
    if voeux is None or voeux.fin is None:
        return ""
    du = f"du {dire_jour(voeux.debut)} au" if voeux.debut else "jusqu’au"
    phrase = f"Vos vœux se saisissent dans Affelnet-Lycée {du} {dire_jour(voeux.fin)}, avec votre établissement."
    if campagne.regles.affichage == Affichage.AVEC_BONUS:
        phrase += " Le bonus compte seulement si votre famille confirme ce choix et si le vœu est saisi à temps."
    return phrase


def _candidatures(campagne: Campagne, eleves: Iterable[int]) -> Iterable[Candidature]:
    en_vigueur = Entretien.objects.filter(etat__in=OCCUPENT).select_related("creneau__seance")
    formations = FormationDemandee.objects.maintenues().select_related("formation", "avis_accueil")
    return (
        Candidature.objects.filter(eleve__in=list(eleves), domaine__campagne=campagne)
        .exclude(etat__in=HORS_DE_LA_FICHE)
        .select_related("domaine", "accueil__etablissement", "compte_rendu")
        .prefetch_related(
            Prefetch("formations_demandees", queryset=formations, to_attr="formations_maintenues"),
            Prefetch("entretiens", queryset=en_vigueur, to_attr="entretiens_en_vigueur"),
        )
        .order_by("domaine__cle", "pk")
    )


def _section(campagne: Campagne, matrice: Matrice, candidature: Candidature, le: datetime) -> SectionDeFiche:
    compte_rendu: CompteRendu | None = getattr(candidature, "compte_rendu", None)
    visible = avis_accueil_visibles(campagne, compte_rendu, le)
    individuel = donne_un_retour(Modalite(candidature.modalite or Modalite.INDIVIDUEL))
    rendu_le = jour_de(compte_rendu.rendu_le) if compte_rendu and visible and compte_rendu.rendu_le else None
    final = individuel and campagne.regles.montre_l_avis_final
    return SectionDeFiche(
        domaine=candidature.domaine.nom,
        etablissement=candidature.accueil.etablissement.nom_et_commune,
        phrase=_phrase(candidature, individuel),
        attente=_attente(campagne, candidature, individuel=individuel, visible=visible, le=le),
        lignes=tuple(
            _ligne(campagne, matrice if final else None, demande, rendu_le)
            for demande in candidature.formations_maintenues
            if visible or not demande.ajoutee_a_l_entretien
        ),
        montre_l_accueil=individuel,
        montre_le_final=final,
        compte_rendu=compte_rendu.texte if compte_rendu and visible else "",
        rendu_le=rendu_le,
        en_attente=not visible and Etat(candidature.etat) in ATTENDENT,
    )


def _ligne(
    campagne: Campagne, matrice: Matrice | None, demande: FormationDemandee, rendu_le: date | None
) -> LigneDeFiche:
    origine = avis_d_origine(demande)
    accueil = avis_d_accueil(demande, rendu_le) if rendu_le else None
    return LigneDeFiche(
        formation=demande.formation.intitule,
        ajoutee=demande.ajoutee_a_l_entretien,
        origine=origine,
        commentaire=demande.commentaire,
        accueil=accueil,
        final=avis_final(campagne, matrice, origine, accueil) if matrice else None,
        code=demande.code,
    )


def _phrase(candidature: Candidature, individuel: bool) -> str:
    jour = _jour_de_l_entretien(candidature)
    le_jour = f" du {dire_jour(jour)}" if jour else ""
    match Etat(candidature.etat):
        case Etat.ABSENTE:
            return f"Absence à {'l’entretien' if individuel else 'la séance d’information collective'}{le_jour}."
        case Etat.SEANCE_SUIVIE:
            return f"Séance d’information collective{le_jour}. {SANS_RETOUR}"
        case Etat.REALISEE | Etat.RENDUE:
            return f"Entretien{le_jour}."
    if individuel:
        return "Entretien non encore réalisé."
    return f"Séance d’information collective non encore réalisée. {SANS_RETOUR}"


def _attente(campagne: Campagne, candidature: Candidature, *, individuel: bool, visible: bool, le: datetime) -> str:
    """Ce qui est attendu après l'entretien ; la même phrase, transmis ou non, tant que rien n'est visible (R30)."""
    if visible or not individuel or Etat(candidature.etat) not in {Etat.REALISEE, Etat.RENDUE}:
        return ""
    ouverture = campagne.avis_d_accueil_visibles_des
    if ouverture and le < ouverture:
        return f"Les avis de l’établissement d’accueil seront connus à partir du {dire_jour(jour_de(ouverture))}."
    jour = _jour_de_l_entretien(candidature)
    if jour is None:
        return "Compte-rendu attendu."
    echeance = echeance_du_compte_rendu(jour, campagne.regles.delai_compte_rendu)
    return f"Compte-rendu attendu au plus tard le {dire_jour(echeance)}."


def _jour_de_l_entretien(candidature: Candidature) -> date | None:
    entretiens = candidature.entretiens_en_vigueur
    return jour_de(entretiens[0].periode.lower) if entretiens else None
