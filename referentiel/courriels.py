"""Le journal des courriels d'une académie, et le parcours de chacun (écran S10)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from comptes.models import Trace
from courriers.models import NATURES_SANS_COPIE, Courriel, Etape
from courriers.rules import EtatCourriel, dire_le_refus
from referentiel.models import Academie, Etablissement
from referentiel.rules.dates import INSECABLE, debut_du_jour, fin_du_jour

PAR_PAGE = 60
COMPTES_AU_PLUS = 1000


def de_l_academie(academie: Academie) -> QuerySet[Courriel]:
    """Courriels d'une campagne de l'académie ; ceux d'une autre n'existent pas pour elle.

    Un courriel qui ne dit pas la sienne appartient à celle de l'établissement concerné.
    """
    d_ici = Etablissement.objects.filter(academie=academie).values("uai")
    return Courriel.objects.filter(Q(academie=academie.pk) | Q(academie__isnull=True, uai__in=d_ici))


@dataclass(frozen=True, slots=True)
class Filtre:
    """Ce que l'on cherche dans le journal ; une valeur vide ne retient rien."""

    nature: str = ""
    etat: str = ""
    etablissement: str = ""
    du: date | None = None
    au: date | None = None

    def appliquer(self, courriels: QuerySet[Courriel]) -> QuerySet[Courriel]:
        bornes = Q()
        if self.nature:
            bornes &= Q(nature=self.nature)
        if self.etat == EtatCourriel.ABANDONNE:
            courriels = courriels.en_echec()
        elif self.etat:
            bornes &= Q(etat=self.etat)
        if self.du:
            bornes &= Q(poste_le__gte=debut_du_jour(self.du))
        if self.au:
            bornes &= Q(poste_le__lt=fin_du_jour(self.au))
        if self.etablissement:
            trouves = Etablissement.objects.cherche(self.etablissement)
            bornes &= Q(uai=self.etablissement.strip().upper()) | Q(uai__in=trouves.values("uai"))
        return courriels.filter(bornes)


@dataclass(frozen=True, slots=True)
class PageDuJournal:
    """Une page, du plus récent au plus ancien ; `suivante` est la clé qui ouvre la page d'après."""

    courriels: list[Courriel]
    suivante: int | None
    total: int

    @property
    def davantage(self) -> bool:
        """Vrai si le total dépasse ce qui se compte."""
        return self.total > COMPTES_AU_PLUS


def lire_la_page(courriels: QuerySet[Courriel], apres: int | None) -> PageDuJournal:
    """Page qui suit le courriel de clé `apres` : elle coûte autant, que le journal ait cent lignes ou cent mille."""
    total = courriels.order_by()[: COMPTES_AU_PLUS + 1].count()
    rangs = courriels.defer("html", "texte", "pieces").order_by("-poste_le", "-pk")
    repere = Courriel.objects.filter(pk=apres).values_list("poste_le", flat=True).first() if apres else None
    if repere:
        rangs = rangs.filter(Q(poste_le__lt=repere) | Q(poste_le=repere, pk__lt=apres))
    lus = list(rangs[: PAR_PAGE + 1])
    return PageDuJournal(lus[:PAR_PAGE], lus[PAR_PAGE - 1].pk if len(lus) > PAR_PAGE else None, total)


def natures_connues(courriels: QuerySet[Courriel]) -> list[str]:
    return sorted(courriels.order_by().values_list("nature", flat=True).distinct())


def a_renvoyer(courriels: QuerySet[Courriel], au_plus: int) -> tuple[list[Courriel], list[Courriel]]:
    """Courriels en échec : ceux qui peuvent repartir à la même adresse, et ceux dont l'adresse est à corriger."""
    echecs = list(courriels.en_echec().defer("html", "texte").order_by("poste_le", "pk")[:au_plus])
    repartent = [c for c in echecs if c.peut_repartir and not (c.raison and c.raison.tient_a_l_adresse)]
    restent = set(repartent)
    return repartent, [courriel for courriel in echecs if courriel not in restent]


def parcours(courriel: Courriel) -> list[dict[str, Any]]:
    """Ce qui est arrivé à un courriel, dans l'ordre, avec qui l'a fait."""
    traces = list(Trace.objects.de(courriel))
    faits_dits = {trace.le for trace in traces}
    etapes = [
        etape for etape in courriel.etapes.all() if etape.nature != Etape.Nature.RENVOI or etape.le not in faits_dits
    ]
    faits = [
        _fait(courriel.poste_le, "Posté dans la boîte d’envoi."),
        *(_fait(etape.le, _dire(etape)) for etape in etapes),
        *(_fait(trace.le, trace.phrase, trace.auteur_nom) for trace in traces),
    ]
    if courriel.envoye_le:
        faits.append(_fait(courriel.envoye_le, "Accepté par le serveur de messagerie."))
    if courriel.efface_le:
        raison = (
            "une fois parti\u00a0: il portait un lien d’accès"
            if courriel.nature in NATURES_SANS_COPIE
            else "à la fin de sa durée de conservation"
        )
        faits.append(_fait(courriel.efface_le, f"Contenu supprimé, {raison}."))
    return sorted(faits, key=lambda fait: fait["le"])


def noms_des_etablissements(uai: set[str]) -> dict[str, str]:
    return {e.uai: e.nom_et_commune for e in Etablissement.objects.filter(uai__in=uai)}


def est_en_echec(courriel: Courriel) -> bool:
    return courriel.etat == EtatCourriel.ABANDONNE


def _fait(le: datetime, texte: str, auteur: str = "") -> dict[str, Any]:
    return {"le": le, "texte": texte, "auteur": auteur}


def _dire(etape: Etape) -> str:
    nature = Etape.Nature(etape.nature)
    if nature in {Etape.Nature.REFUS, Etape.Nature.RETOUR}:
        return f"{nature.label}{INSECABLE}: {dire_le_refus(etape.detail).phrase} ({etape.detail})"
    return f"{nature.label} pour {etape.destinataire}. {etape.detail}".strip()
