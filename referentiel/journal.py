"""Le journal de sécurité que lit le SAIO : ce qui touche son académie, et rien d'une autre (R37, R40)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from comptes.models import Evenement, Personne
from comptes.services.journal import empreinte_de_l_identifiant
from referentiel.models import Academie, Etablissement, Rattachement
from referentiel.rules.dates import debut_du_jour, fin_du_jour

EXPORTES_AU_PLUS = 50_000
ELEVE = "candidatures.eleve"
# Dans les détails d'un événement : la seule académie à qui il se montre.
ACADEMIE = "academie"


@dataclass(frozen=True, slots=True)
class FiltreDuJournal:
    """Ce que l'on cherche dans le journal ; une valeur vide ne filtre rien."""

    personne: str = ""
    nature: str = ""
    etablissement: str = ""
    du: date | None = None
    au: date | None = None
    dossier: int | None = None

    def appliquer(self, evenements: QuerySet[Evenement], academie: Academie) -> QuerySet[Evenement]:
        if self.nature:
            evenements = evenements.filter(nature=self.nature)
        if self.personne:
            evenements = evenements.filter(_de_la_personne(self.personne))
        if self.etablissement:
            lieux = Etablissement.objects.filter(academie=academie).cherche(self.etablissement)
            evenements = evenements.filter(uai__in=lieux.order_by().values("uai"))
        if self.dossier:
            evenements = evenements.filter(objet_type=ELEVE, objet_id=self.dossier)
        if self.du:
            evenements = evenements.filter(le__gte=debut_du_jour(self.du))
        if self.au:
            evenements = evenements.filter(le__lt=fin_du_jour(self.au))
        return evenements


def evenements_de_l_academie(academie: Academie) -> QuerySet[Evenement]:
    """Ce qui s'est fait dans ses établissements ; hors de tout établissement, les places de l'académie données ou
    retirées, et ce que fit ou subit une personne d'ici.

    Une connexion refusée à une adresse inconnue n'est d'aucune académie : chacune la voit, elle ne nomme personne.
    """
    ici = Q(etablissement__academie=academie) | Q(academie=academie)
    places = Rattachement.objects.filter(ici)
    comptes = Personne._meta.label_lower
    d_ici = Exists(places.filter(personne=OuterRef("personne_id")))
    touche_ici = Q(objet_type=comptes) & Exists(places.filter(personne=OuterRef("objet_id")))
    a_elle_seule, a_plusieurs = Q(**{f"details__{ACADEMIE}": academie.pk}), ~Q(details__has_key=ACADEMIE)
    personnes = Q(personne=None, objet_id=None) | d_ici | touche_ici
    sans_lieu = Q(uai="") & (a_elle_seule | (a_plusieurs & personnes))
    lieux = Etablissement.objects.filter(academie=academie).values("uai")
    return Evenement.objects.filter(Q(uai__in=lieux) | sans_lieu).order_by("-le", "-pk")


def noms_des_lieux(evenements: list[Evenement]) -> dict[str, str]:
    """Nom des établissements de ces événements, par code UAI, en une requête."""
    lieux = Etablissement.objects.filter(uai__in={evenement.uai for evenement in evenements} - {""})
    return {lieu.uai: lieu.nom_et_commune for lieu in lieux}


def ligne_du_journal(evenement: Evenement, noms: dict[str, str]) -> dict[str, Any]:
    """Un événement tel qu'il se lit : la page et le fichier disent la même chose."""
    return {
        "le": evenement.le,
        "personne": evenement.personne_nom or ("Inconnue" if evenement.adresse else "Passpro"),
        "nature": evenement.get_nature_display(),
        "phrase": evenement.phrase if evenement.objet_type != ELEVE else _avec_le_dossier(evenement),
        "lieu": noms.get(evenement.uai, evenement.uai),
        "reseau": evenement.adresse,
    }


def _avec_le_dossier(evenement: Evenement) -> str:
    """Le journal ne nomme pas l'élève : le numéro de son dossier mène à lui tant qu'il existe."""
    return f"{evenement.phrase} Dossier n°\u00a0{evenement.objet_id}."


def _de_la_personne(texte: str) -> Q:
    """Par son nom, ou par son adresse entière, qui retrouve aussi les connexions refusées où rien n'est écrit."""
    if "@" not in texte:
        return Q(personne_nom__icontains=texte) | Q(phrase__icontains=texte, nature=Evenement.Nature.DROITS)
    siennes = Personne.objects.filter(courriel__iexact=texte)
    return (
        Q(personne__in=siennes)
        | Q(objet_type=Personne._meta.label_lower, objet_id__in=siennes.values("pk"))
        | Q(details__identifiant=empreinte_de_l_identifiant(texte))
    )
