"""Une ligne d'avis : ce que l'on y lit, et ce qui s'y saisit encore (R16)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from candidatures.horaires import EntretienFixe, entretiens_fixes
from candidatures.models import Eleve, FormationDemandee
from candidatures.rules import INACTIFS, Etat, avis_fige
from referentiel.models import Campagne
from referentiel.rules.dates import dire_heure, dire_instant, dire_jour, jour_de
from referentiel.rules.jeu import LIBELLES_AVIS, Avis, Modalite


@dataclass(frozen=True, slots=True)
class LigneDAvis:
    """Une formation demandée et ce qu'il reste à en dire.

    `tardif` : l'entretien a commencé sans cet avis, qui ne changera plus dès qu'il sera complet (R16).
    """

    demande: FormationDemandee
    entretien: EntretienFixe | None
    fige: bool
    tardif: bool
    facultatif: bool
    etat: str

    @property
    def eleve(self) -> Eleve:
        return self.demande.candidature.eleve

    @property
    def est_a_saisir(self) -> bool:
        return not self.demande.avis_complet and not self.facultatif

    @property
    def est_comptee(self) -> bool:
        """Vrai si la ligne entre dans « 31 avis sur 45 » : requise, ou donnée sans l'être."""
        return not self.facultatif or self.demande.avis_complet

    @property
    def est_commencee(self) -> bool:
        return bool(self.demande.avis or self.demande.commentaire)

    @property
    def quand(self) -> str:
        """« entretien le jeudi 12 mars à 14 h 30 »."""
        if self.entretien is None:
            return "entretien non planifié"
        return f"entretien le {dire_instant(self.entretien.debut, annee=False)}"


def ranger(lignes: Iterable[LigneDAvis], le: datetime, *, par_nom: bool = False) -> list[LigneDAvis]:
    """Lignes élève par élève : le prochain entretien d'abord, puis le nom ; ou le nom seul."""
    lignes = list(lignes)
    prochains: dict[int, float] = {}
    for ligne in lignes:
        if not par_nom and ligne.entretien and ligne.entretien.debut > le:
            debut = ligne.entretien.debut.timestamp()
            prochains[ligne.eleve.pk] = min(debut, prochains.get(ligne.eleve.pk, debut))
    return sorted(
        lignes,
        key=lambda ligne: (
            prochains.get(ligne.eleve.pk, float("inf")),
            ligne.eleve.cle,
            ligne.eleve.pk,
            ligne.demande.candidature_id,
            ligne.demande.pk,
        ),
    )


def demandes_de_l_inscription(eleve: Eleve) -> QuerySet[FormationDemandee]:
    """Formations dont l'avis se saisit pendant l'inscription : celles des brouillons, et celles qui attendent."""
    en_attente = Q(candidature__etat=Etat.BROUILLON) | Q(avis="") | Q(commentaire="")
    return (
        FormationDemandee.objects.maintenues()
        .filter(en_attente, candidature__eleve=eleve, ajoutee_a_l_entretien=False)
        .exclude(candidature__etat__in=INACTIFS)
        .select_related(
            "formation", "candidature__eleve", "candidature__domaine", "candidature__accueil__etablissement"
        )
        .order_by("candidature__domaine__cle", "pk")
    )


def lignes_d_avis(demandes: Iterable[FormationDemandee], campagne: Campagne, le: datetime) -> list[LigneDAvis]:
    """Lignes de saisie, l'heure des entretiens lue en une requête."""
    demandes = list(demandes)
    entretiens = entretiens_fixes({demande.candidature_id for demande in demandes})
    return [_ligne(demande, entretiens.get(demande.candidature_id), campagne, le) for demande in demandes]


def _ligne(demande: FormationDemandee, entretien: EntretienFixe | None, campagne: Campagne, le: datetime) -> LigneDAvis:
    candidature = demande.candidature
    candidature.domaine.campagne = campagne
    fige_une_fois_complet = avis_fige(
        Etat(candidature.etat),
        complet=True,
        ajoutee=demande.ajoutee_a_l_entretien,
        debut=entretien.debut if entretien else None,
        le=le,
    )
    fige = fige_une_fois_complet and demande.avis_complet
    tardif = fige_une_fois_complet and not fige
    collective = candidature.modalite == Modalite.COLLECTIF and not campagne.regles.avis_requis_en_collectif
    facultatif = demande.ajoutee_a_l_entretien or collective
    annonce = entretien if candidature.etat != Etat.PLANIFIEE else None
    return LigneDAvis(demande, annonce, fige, tardif, facultatif, _etat(demande, fige, facultatif, le))


def ligne_ecrite(lue: LigneDAvis, ecrite: FormationDemandee, le: datetime) -> LigneDAvis:
    """La ligne `lue`, une fois `ecrite` : ce que la page en montrerait, sans la relire."""
    fige_une_fois_complet = lue.fige or lue.tardif
    fige = fige_une_fois_complet and ecrite.avis_complet
    tardif = fige_une_fois_complet and not fige
    return replace(lue, demande=ecrite, fige=fige, tardif=tardif, etat=_etat(ecrite, fige, lue.facultatif, le))


def _etat(demande: FormationDemandee, fige: bool, facultatif: bool, le: datetime) -> str:
    if fige:
        return "Verrouillé : entretien passé"
    if demande.avis_complet:
        return f"Enregistré {_dire_quand(demande.avis_le, le)}"
    if demande.avis:
        return "Commentaire manquant"
    if demande.commentaire:
        return "Avis manquant"
    return "Facultatif" if facultatif else "À saisir"


def _dire_quand(instant: datetime | None, le: datetime) -> str:
    if instant is None:
        return ""
    if jour_de(instant) == jour_de(le):
        return f"à {dire_heure(instant)}"
    return f"le {dire_jour(jour_de(instant), annee=False)}"


def empreinte(avis: str, commentaire: str) -> str:
    """Empreinte d'une ligne telle qu'elle a été montrée : une ligne rendue inchangée n'est pas une saisie."""
    return hashlib.sha256(f"{avis}\n{commentaire}".encode()).hexdigest()[:16]


def libelle_d_avis(valeur: str) -> str:
    return LIBELLES_AVIS[Avis(valeur)] if valeur else "Sans avis"
