"""L'historique d'un objet, tel que sa page le montre : qui, quand, ce qui change, en clair (R39).

Un seul composant le rend, `composants/frise.html`. Ce qui n'a pas de nom pour le lecteur – clés, codes, états que la
phrase dit déjà – ne se montre pas.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from comptes.models import Trace
from referentiel.listes import adresse
from referentiel.rules.dates import dire_instant, dire_jour
from referentiel.rules.jeu import LIBELLES_AVIS, LIBELLES_MODALITES, Avis, Modalite
from referentiel.rules.noms import capitale

PAR_PAGE = 20
# Au-delà, une valeur se déplie.
COURT = 80
# Une clé faite de mots du code ; les pages de l'administration, elles, écrivent des noms de champs.
DU_CODE = re.compile(r"^[a-z0-9_]+$")


def _texte(valeur: Any) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, list):
        return ", ".join(map(str, valeur))
    return str(valeur)


def _jour(valeur: Any) -> str:
    return dire_jour(date.fromisoformat(valeur))


def _instant(valeur: Any) -> str:
    return dire_instant(datetime.fromisoformat(valeur))


# Terme montré, et façon de dire la valeur.
TERMES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "acces": ("Accès", _texte),
    "avis": ("Avis", lambda valeur: LIBELLES_AVIS[Avis(valeur)]),
    "chef": ("Chef d’établissement", _texte),
    "classe": ("Classe", _texte),
    "commentaire": ("Commentaire", _texte),
    "consignes": ("Consignes", _texte),
    "contact_courriel": ("Courriel du contact", _texte),
    "contact_nom": ("Contact", _texte),
    "contact_telephone": ("Téléphone du contact", _texte),
    "date_de_naissance": ("Date de naissance", _jour),
    "debut": ("Entretien", _instant),
    "fonction": ("Fonction", _texte),
    "formations": ("Formations", _texte),
    "ine": ("INE", lambda valeur: f"•••••••{str(valeur)[-4:]}"),
    "lieu": ("Lieu", _texte),
    "messagerie": ("Messagerie", _texte),
    "modalite": ("Modalité", lambda valeur: LIBELLES_MODALITES[Modalite(valeur)]),
    "motif": ("Motif", _texte),
    "nom": ("Nom", _texte),
    "personne": ("Compte", _texte),
    "places": ("Places", _texte),
    "portes_ouvertes": ("Portes ouvertes et mini-stages", _texte),
    "prenom": ("Prénom", _texte),
    "presentation": ("Présentation", _texte),
    "referent_courriel": ("Courriel de la personne référente", _texte),
    "referent_nom": ("Personne référente", _texte),
    "relit_les_comptes_rendus": ("Relecture", _texte),
    "saisit_les_avis": ("Saisit les avis", _texte),
    "telephone": ("Téléphone", _texte),
    "texte": ("Compte-rendu", _texte),
    "tient_l_offre": ("Tient l’offre", _texte),
    "valide_les_comptes_rendus": ("Transmet les comptes-rendus", _texte),
}


def evenements(traces: Iterable[Trace]) -> list[dict[str, Any]]:
    """Événements pour `composants/frise.html`, chacun avec ce qu'il change."""
    return [
        {
            "le": trace.le,
            "texte": trace.phrase,
            "auteur": f"– {trace.auteur_nom}" if trace.auteur_nom else "",
            "changements": changements(trace),
        }
        for trace in traces
    ]


def page_d_historique(request: HttpRequest, traces: QuerySet[Trace]) -> dict[str, Any]:
    """Une page de l'historique, et de quoi passer aux suivantes : `historique` et `pagination`, en une requête."""
    numero = _numero(request.GET.get("page", ""))
    depuis = (numero - 1) * PAR_PAGE
    lues = list(traces[depuis : depuis + PAR_PAGE + 1])
    pagination = {
        "precedent_url": adresse(request, page=numero - 1) if numero > 1 else "",
        "suivant_url": adresse(request, page=numero + 1) if len(lues) > PAR_PAGE else "",
    }
    return {"historique": evenements(lues[:PAR_PAGE]), "pagination": pagination}


def _numero(texte: str) -> int:
    """Numéro de la page demandée ; la première si ce n'en est pas un."""
    valable = texte.isascii() and texte.isdecimal() and 0 < len(texte) <= 6
    return max(int(texte), 1) if valable else 1


def traces_des_objets(*objets: tuple[type, Any]) -> QuerySet[Trace]:
    """Les traces de plusieurs sortes d'objets, la plus récente d'abord ; chacune avec la requête de ses clés."""
    dites = Q(pk__in=[])
    for modele, cles in objets:
        dites |= Q(objet_type=modele._meta.label_lower, objet_id__in=cles)
    return Trace.objects.filter(dites).order_by("-le", "-pk")


def changements(trace: Trace) -> list[dict[str, Any]]:
    """« Avis : Réservé → Favorable » : les valeurs qui ont un nom et qui diffèrent."""
    lus = []
    for cle in dict.fromkeys([*trace.avant, *trace.apres]):
        avant, apres = _dire(cle, trace.avant.get(cle)), _dire(cle, trace.apres.get(cle))
        if _se_montre(cle) and avant != apres:
            court = max(len(avant), len(apres)) <= COURT
            lus.append({"terme": _terme(cle), "avant": avant, "apres": apres, "court": court})
    return lus


def _se_montre(cle: str) -> bool:
    return cle in TERMES or not DU_CODE.match(cle)


def _terme(cle: str) -> str:
    return TERMES[cle][0] if cle in TERMES else capitale(cle)


def _dire(cle: str, valeur: Any) -> str:
    """La valeur en clair ; telle quelle si elle n'est pas de la sorte attendue, vide si elle manque."""
    if valeur in (None, "", []):
        return ""
    try:
        return TERMES[cle][1](valeur) if cle in TERMES else _texte(valeur)
    except (ValueError, KeyError, TypeError):
        return _texte(valeur)
