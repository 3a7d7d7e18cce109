"""Ce que la page d'une candidature propose à l'origine, selon l'état, le droit et le calendrier (écran O8)."""

from typing import Any

from django.urls import reverse

from candidatures.permissions import peut_inscrire
from candidatures.rules import Etat
from pilotage.selectors.changements import Changements, changements_de
from pilotage.selectors.lecture import CandidatureLue
from referentiel.portes import Espace
from referentiel.rules.dates import dire_heure
from referentiel.rules.ouverture import Geste


def actions_de_l_origine(espace: Espace, lue: CandidatureLue, *, avis_url: str, peut_desister: bool) -> dict[str, Any]:
    """Contexte des boutons d'O8 : `actions` (libelle, url), la première étant la principale, et `repentir`.

    `avis_url` est vide quand il n'y a pas d'avis à saisir ici.
    """
    changements = changements_de(lue)
    inscrit = peut_inscrire(espace.place)
    possibles = [
        ("Terminer l’inscription", _reprise(espace, lue), inscrit and _est_a_terminer(espace, lue)),
        ("Saisir les avis", avis_url, bool(avis_url)),
        (
            "Demander un autre créneau",
            _adresse("autre_creneau", espace, lue),
            inscrit and changements.creneau and espace.permet(Geste.DESISTER),
        ),
        (
            "Modifier les formations",
            _adresse("candidature_formations", espace, lue),
            inscrit and changements.formations and espace.permet(Geste.DESISTER),
        ),
        (
            "Changer d’établissement d’accueil",
            _adresse("candidature_accueil", espace, lue),
            inscrit and changements.accueil and espace.permet(Geste.CHANGER_D_ACCUEIL),
        ),
        ("Enregistrer un désistement", _adresse("desistement", espace, lue), peut_desister),
    ]
    return {
        "actions": [{"libelle": libelle, "url": url} for libelle, url, permis in possibles if permis],
        "demande": changements.demande,
        "repentir": _repentir(espace, lue, changements) if inscrit and espace.permet(Geste.DESISTER) else None,
    }


def _repentir(espace: Espace, lue: CandidatureLue, changements: Changements) -> dict[str, str] | None:
    if changements.repentir is None:
        return None
    return {"url": _adresse("desistement_annuler", espace, lue), "jusqu_a": dire_heure(changements.repentir)}


def _est_a_terminer(espace: Espace, lue: CandidatureLue) -> bool:
    return lue.candidature.etat == Etat.BROUILLON and espace.permet(Geste.INSCRIRE)


def _adresse(nom: str, espace: Espace, lue: CandidatureLue) -> str:
    return reverse(f"candidatures:{nom}", args=[espace.etablissement.segment, lue.candidature.code])


def _reprise(espace: Espace, lue: CandidatureLue) -> str:
    return reverse("candidatures:inscription_reprise", args=[espace.etablissement.segment, lue.candidature.eleve.code])
