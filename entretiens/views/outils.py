"""Ce que plusieurs pages partagent : marge de trajet, regroupement par jour, créneaux possibles d'un élève."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from candidatures.models import Candidature
from entretiens.lectures import a_planifier, convient, creneaux_libres, disponibles, occupations
from entretiens.models import Convocation, Creneau
from entretiens.permissions import peut_planifier
from entretiens.tenues import tenues_de
from referentiel.models import Accueil
from referentiel.portes import Espace
from referentiel.rules.dates import jour_de, jours_ouvres_entre
from referentiel.rules.ouverture import Geste

CRENEAUX_AU_PLUS = 200
CHIFFRES_D_UNE_CLE = 18
SIECLE = range(2000, 2100)


def marge_de(espace: Espace) -> timedelta:
    return timedelta(minutes=espace.campagne.regles.marge_de_trajet)


def creneaux_possibles(espace: Espace, candidature: Candidature, sauf: int | None = None) -> list[Creneau]:
    """Créneaux libres où cet élève peut venir ; ceux d'un entretien qu'on déplace ne gênent pas (`sauf`)."""
    libres = [c for c in creneaux_libres(candidature.accueil, espace.le) if convient(c, candidature)]
    prises = occupations([candidature.eleve_id], sauf=sauf)[candidature.eleve_id]
    return disponibles(libres, prises, marge=marge_de(espace))[:CRENEAUX_AU_PLUS]


def candidats_pour(espace: Espace, creneau: Creneau) -> tuple[list[Candidature], int]:
    """Candidatures du domaine qui peuvent venir à cette heure, et le nombre de celles qui ne le peuvent pas (R25b)."""
    attendent = [
        candidature
        for candidature in a_planifier(espace.campagne, espace.etablissement).filter(accueil=creneau.seance.accueil)
        if convient(creneau, candidature)
    ]
    prises = occupations(candidature.eleve_id for candidature in attendent)
    libres = [c for c in attendent if disponibles([creneau], prises[c.eleve_id], marge=marge_de(espace))]
    return libres, len(attendent) - len(libres)


def places_a_donner(creneau: Creneau, le: datetime) -> tuple[int, str]:
    """Places libres d'un créneau à venir qu'aucune proposition ne tient, et ce qui tient les autres."""
    if creneau.periode.lower <= le or not creneau.places_libres:
        return 0, ""
    tenue = tenues_de([creneau], le=le).get(creneau.pk)
    if tenue is None:
        return creneau.places_libres, ""
    return max(0, creneau.places_libres - tenue.places), tenue.phrase


def par_jour(creneaux: Iterable[Creneau], espace: Espace) -> list[dict[str, object]]:
    """Créneaux groupés par jour, avec un mot pour les jours trop proches."""
    preavis = espace.campagne.regles.preavis
    return [
        {
            "jour": jour,
            "creneaux": list(groupe),
            "trop_tot": jours_ouvres_entre(jour_de(espace.le), jour) < preavis,
            "preavis": preavis,
        }
        for jour, groupe in groupby(creneaux, key=_jour)
    ]


def ce_qui_se_planifie(espace: Espace) -> dict[str, Any]:
    """Ce que les pages du planning offrent : les actions si le droit et le calendrier les permettent, et sa réponse."""
    etape = espace.ouverture.du(Geste.PLANIFIER)
    return {"etape": etape, "peut_planifier": peut_planifier(espace.place) and etape.ouverte}


def manques_de(accueils: Iterable[Accueil], espace: Espace) -> list[dict[str, str]]:
    """Ce qui empêche les convocations de ces accueils de partir, avec l'adresse du champ où l'écrire (écran A15)."""
    return [
        {
            "domaine": accueil.domaine.nom,
            "quoi": manque.quoi,
            "consequence": manque.consequence,
            "url": reverse("entretiens:accueil", args=[espace.etablissement.segment, accueil.code])
            + f"#id_{manque.champ}",
        }
        for accueil in accueils
        for manque in accueil.manques
    ]


def lire_le_jour(texte: str) -> date | None:
    """Jour écrit « 2026-03-12 », de ce siècle ; `None` s'il ne se lit pas."""
    try:
        jour = date.fromisoformat(texte)
    except ValueError:
        return None
    return jour if jour.year in SIECLE else None


def lire_la_cle(texte: str) -> int:
    """Clé écrite dans une requête ; 0, qui n'est celle de rien, si elle ne se lit pas."""
    return int(texte) if texte.isdecimal() and len(texte) <= CHIFFRES_D_UNE_CLE else 0


def lire_le_nombre(texte: str) -> int:
    """Un nombre d'élèves écrit dans une requête ; 0 s'il ne se lit pas."""
    return int(texte) if texte.isdecimal() and len(texte) < 6 else 0


def _jour(creneau: Creneau) -> date:
    return jour_de(creneau.periode.lower)


def url_de_la_candidature(espace: Espace, code: str) -> str:
    return reverse("pilotage:candidature_accueil", args=[espace.etablissement.segment, code])


def convocations_parties(espace: Espace) -> QuerySet[Convocation]:
    """Toutes les versions parties des convocations des élèves de l'établissement."""
    return Convocation.objects.de_l_origine(espace.campagne, espace.etablissement.pk).parties(espace.le)
