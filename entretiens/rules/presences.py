"""Ce qui se note d'une présence, et quand (R26b)."""

from datetime import datetime

from entretiens.rules.etats import LIBELLES_ETATS, EtatEntretien, peut_passer

PRESENCES = (EtatEntretien.TENU, EtatEntretien.ABSENT, EtatEntretien.EXCUSE)


def pourquoi_pas_cette_presence(de: EtatEntretien, vers: EtatEntretien, *, debut: datetime, le: datetime) -> str | None:
    """Raison pour laquelle une présence ne peut pas être notée, ou `None` (R26b)."""
    if vers not in PRESENCES:
        return "Choisissez « Présence », « Absence » ou « À reporter »."
    if le < debut:
        return "L’entretien n’a pas encore commencé."
    if not peut_passer(de, vers):
        return f"Cet entretien est noté « {LIBELLES_ETATS[de]} » : cette correction n’est plus possible."
    return None


def dire_l_avancement_des_presences(notees: int, total: int) -> str:
    """« 12 sur 20 notées » : la même phrase au chargement et pendant la saisie (`static/js/presences.js`)."""
    if total and notees >= total:
        return "Succès\u00a0: toutes les présences du jour sont notées."
    return f"{notees} sur {total} notées"
