"""La liste des comptes-rendus telle qu'elle est filtrée, et le compte-rendu qui suit un autre (écrans A11, A12)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from avis.liste import Recherche
from avis.presentation import Suivi
from candidatures.models import Candidature
from entretiens.models import Entretien
from referentiel.listes import etat_voulu
from referentiel.portes import Espace


@dataclass(frozen=True, slots=True)
class Filtres:
    """Ce que la personne a choisi de voir ; gardé d'un compte-rendu à l'autre."""

    etat: Suivi | None
    q: str
    jury: str

    @property
    def requete(self) -> str:
        """« ?etat=retard&q=diallo », ou rien."""
        choisis = {"etat": self.etat.value if self.etat else "", "q": self.q, "jury": self.jury}
        gardes = {nom: valeur for nom, valeur in choisis.items() if valeur}
        return f"?{urlencode(gardes)}" if gardes else ""


def lire_les_filtres(request: HttpRequest) -> Filtres:
    return Filtres(
        etat=etat_voulu(request, Suivi),
        q=request.GET.get("q", "").strip()[:80],
        jury=request.GET.get("jury", "").strip()[:60],
    )


def recherche(espace: Espace, filtres: Filtres) -> Recherche:
    """Ce que cherche la personne, de tous les états."""
    return Recherche(espace.campagne, espace.etablissement.pk, espace.le, filtres.q, filtres.jury)


def voisins(espace: Espace, candidature: Candidature, filtres: Filtres) -> dict[str, Any]:
    """« 3 sur 12 », ce qui précède et ce qui suit dans la liste filtrée."""
    codes = [rang.code for rang in recherche(espace, filtres).rangs(filtres.etat)]
    if candidature.code not in codes:
        return {"rang": 0, "reste": len(codes), "precedent": "", "suivant": codes[0] if codes else ""}
    rang = codes.index(candidature.code)
    return {
        "rang": rang + 1,
        "reste": len(codes),
        "precedent": codes[rang - 1] if rang else "",
        "suivant": codes[rang + 1] if rang + 1 < len(codes) else "",
    }


def url_du_suivant(espace: Espace, entretien: Entretien, filtres: Filtres) -> str:
    """Le compte-rendu dû juste après celui-ci dans la liste filtrée, sinon le premier, sinon la liste."""
    autres = [rang for rang in recherche(espace, filtres).rangs(filtres.etat) if rang.cle != entretien.pk]
    apres = (rang for rang in autres if rang.debut >= entretien.periode.lower)
    if suivant := next(apres, None) or next(iter(autres), None):
        return url_du_compte_rendu(espace, suivant.code, filtres)
    return url_de_la_liste(espace, filtres)


def url_du_compte_rendu(espace: Espace, code: str, filtres: Filtres) -> str:
    return reverse("avis:compte_rendu", args=[espace.etablissement.segment, code]) + filtres.requete


def url_de_la_liste(espace: Espace, filtres: Filtres) -> str:
    return reverse("avis:comptes_rendus", args=[espace.etablissement.segment]) + filtres.requete
