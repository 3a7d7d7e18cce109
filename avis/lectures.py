"""La fiche d'un élève telle qu'elle se lit : les avis, leur rencontre, le compte-rendu (R31, R32).

Une seule fonction lit les fiches de n élèves, en un nombre de requêtes qui ne dépend pas de n. Elle parle à
l'établissement d'origine : rien d'un compte-rendu qui ne lui est pas encore visible n'y entre (R30).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from avis.codes import code_de_la_fiche
from avis.models import CompteRendu, avis_accueil_visibles
from avis.rules import LectureDeLAvisFinal, croiser, dire_les_points, donne_un_retour, lecture_de_l_avis_final
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.presentation import CLASSES_DES_AVIS
from candidatures.rules import Etat
from entretiens.models import Entretien
from entretiens.rules.etats import OCCUPENT
from referentiel.models import Campagne, Formation
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_jour, jour_de
from referentiel.rules.jeu import (
    LIBELLES_AVIS,
    LIBELLES_RESULTATS,
    Affichage,
    Avis,
    Case,
    Modalite,
    echeance_du_compte_rendu,
)

HORS_DE_LA_FICHE = frozenset({Etat.BROUILLON, Etat.A_VALIDER, Etat.DESISTEE, Etat.ANNULEE})
ATTENDENT = frozenset({Etat.INSCRITE, Etat.PLANIFIEE, Etat.CONVOQUEE, Etat.REALISEE, Etat.RENDUE})
SANS_RETOUR = "Ces séances ne donnent lieu ni à un compte-rendu ni à un avis."
Matrice = Mapping[tuple[Avis, Avis], Case]


@dataclass(frozen=True, slots=True)
class AvisDate:
    """Un avis et le jour où il a été donné."""

    valeur: Avis
    jour: date | None

    @property
    def libelle(self) -> str:
        return LIBELLES_AVIS[self.valeur]

    @property
    def classe(self) -> str:
        return CLASSES_DES_AVIS[self.valeur]


@dataclass(frozen=True, slots=True)
class AvisFinal:
    """Ce que donne la matrice, avec la ligne d'où il vient (R31)."""

    case: Case
    avec_bonus: bool

    @property
    def libelle(self) -> str:
        return LIBELLES_RESULTATS[self.case.resultat]

    @property
    def regle(self) -> str:
        """La ligne de la matrice : « favorable + assez favorable » ; vide s'il manque un des deux avis."""
        if Avis.ABSENT in (self.case.origine, self.case.accueil):
            return ""
        return f"{LIBELLES_AVIS[self.case.origine]} + {LIBELLES_AVIS[self.case.accueil]}".lower()

    @property
    def points(self) -> int | None:
        return self.case.points if self.avec_bonus else None

    @property
    def bonus(self) -> str:
        """« 2 500 points » ; vide sans bonus, ou tant que le résultat est incomplet."""
        return "" if self.points is None else dire_les_points(self.points)


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

    @property
    def sans_avis_d_origine(self) -> bool:
        return self.ajoutee and self.origine is None


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

    @property
    def est_complete(self) -> bool:
        return bool(self.sections) and not any(section.en_attente for section in self.sections)

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
    return [
        FicheDeLEleve(
            eleve=eleve,
            annee=campagne.annee,
            sections=tuple(_section(campagne, matrice, candidature, le) for candidature in par_eleve[eleve.pk]),
            phrase_affelnet=campagne.regles.phrase_affelnet,
            prochaine_etape=prochaine_etape,
            lecture_finale=lecture_finale,
        )
        for eleve in eleves
    ]


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
        .order_by("domaine__nom", "pk")
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
    avis_accueil = getattr(demande, "avis_accueil", None) if rendu_le else None
    origine = Avis(demande.avis) if demande.avis else None
    accueil = Avis(avis_accueil.valeur) if avis_accueil else None
    avec_bonus = campagne.regles.affichage == Affichage.AVEC_BONUS
    return LigneDeFiche(
        formation=demande.formation.intitule,
        ajoutee=demande.ajoutee_a_l_entretien,
        origine=AvisDate(origine, jour_de(demande.avis_le) if demande.avis_le else None) if origine else None,
        commentaire=demande.commentaire,
        accueil=AvisDate(accueil, rendu_le) if accueil else None,
        final=AvisFinal(croiser(matrice, origine, accueil), avec_bonus) if matrice else None,
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
