"""Ce qui partira, à qui et quand : la vérification avant tout envoi de convocations (écran A7, page 3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from courriers.services import est_une_adresse
from entretiens.emails import avis_manquants
from entretiens.models import Entretien
from entretiens.pdf import apercu_de
from entretiens.permissions import peut_tenir_l_offre
from entretiens.services.convocations import adresses_par_eleve
from entretiens.views.outils import manques_de
from referentiel.portes import Espace
from referentiel.rules.dates import dire_heure, dire_instant, dire_les_minutes, jour_de
from referentiel.rules.identifiants import cle_de_recherche


def ce_qui_partira(espace: Espace, entretiens: Sequence[Entretien]) -> dict[str, Any]:
    """Nombres, établissements, avertissements et aperçu des convocations de ces entretiens, écrits ou non."""
    eleves = [entretien.candidature.eleve for entretien in entretiens]
    adresses = adresses_par_eleve(eleves)
    return {
        "entretiens": entretiens,
        "groupes": _par_origine(entretiens),
        "courriels": len({(e.etablissement_id, adresse) for e in eleves for adresse in adresses[e.pk]}),
        "referents": len({e.referent_courriel.lower() for e in eleves if est_une_adresse(e.referent_courriel)}),
        "sans_adresse": [e for e in entretiens if not adresses[e.candidature.eleve_id]],
        "sans_referent": sum(not est_une_adresse(eleve.referent_courriel) for eleve in eleves),
        "avis_manquants": sum(avis_manquants(entretien, espace.campagne) for entretien in entretiens),
        "feuille": apercu_de(entretiens[0], espace.campagne, espace.etablissement),
        "delai": dire_les_minutes(espace.campagne.regles.delai_de_rappel),
        "manques": manques_de(dict.fromkeys(e.creneau.seance.accueil for e in entretiens), espace),
        "tient": peut_tenir_l_offre(espace.place),
    }


def dire_le_depart(part_le: datetime, le: datetime) -> str:
    """« Les courriels partent à 14 h 22. », ou « … le jeudi 12 mars à 8 h. » s'ils attendent un autre jour."""
    if jour_de(part_le) == jour_de(le):
        return f"Les courriels partent à {dire_heure(part_le)}."
    return f"Les courriels partent le {dire_instant(part_le, annee=False)}."


def _par_origine(entretiens: Sequence[Entretien]) -> list[tuple[str, int]]:
    nombres: dict[str, int] = {}
    for entretien in entretiens:
        nom = entretien.candidature.eleve.etablissement.nom_et_commune
        nombres[nom] = nombres.get(nom, 0) + 1
    return sorted(nombres.items(), key=lambda origine: cle_de_recherche(origine[0]))
