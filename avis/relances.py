"""Ce qui tarde chez les établissements d'accueil, et à qui le rappeler (R26, R27, écran S4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Max, Min, QuerySet

from avis.models import Relance
from avis.rules import jours_de_retard
from avis.suivi import comptes_rendus_en_retard
from candidatures.models import Candidature
from courriers.services import est_une_adresse
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import jour_de
from referentiel.rules.identifiants import cle_de_recherche

Motif = Relance.Motif
# L'étape où l'établissement peut encore faire ce qu'on lui rappelle (R4).
ETAPES: dict[Motif, Nature] = {
    Motif.COMPTES_RENDUS: Nature.SAISIE_AVIS_ACCUEIL,
    Motif.CONVOCATIONS: Nature.CONVOCATIONS,
}
Departements = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Attente:
    """Un établissement d'accueil qui tarde : combien, depuis quel jour, et quand il en a déjà été relancé.

    `jours` compte, pour un compte-rendu, les jours au-delà de l'échéance ; pour une convocation, les jours depuis
    l'inscription.
    """

    etablissement: Etablissement
    nombre: int
    depuis: date
    jours: int
    relance_le: datetime | None

    @property
    def joignable(self) -> bool:
        return est_une_adresse(self.etablissement.messagerie)


def sans_convocation(campagne: Campagne, departements: Departements = None) -> QuerySet[Candidature]:
    """Candidatures inscrites dont aucune convocation n'est partie (R26)."""
    inscrites = Candidature.objects.filter(domaine__campagne=campagne).sans_convocation().order_by()
    if departements is None:
        return inscrites
    return inscrites.filter(eleve__etablissement__departement__in=sorted(departements))


def attentes(
    motif: Motif,
    campagne: Campagne,
    le: datetime,
    *,
    departements: Departements = None,
    seulement: Iterable[str] | None = None,
) -> list[Attente]:
    """Établissements d'accueil qui tardent, le plus ancien retard d'abord, en trois requêtes.

    `seulement` : les codes UAI à retenir.
    """
    comptees = _compter(motif, campagne, le, departements)
    lieux = Etablissement.objects.filter(pk__in=comptees)
    if seulement is not None:
        lieux = lieux.filter(uai__in=[uai.upper() for uai in seulement])
    deja = _dernieres(motif, campagne, comptees)
    trouvees = [
        Attente(lieu, nombre, jour_de(depuis), _jours(motif, campagne, jour_de(depuis), le), deja.get(lieu.pk))
        for lieu in lieux
        for nombre, depuis in [comptees[lieu.pk]]
    ]
    return sorted(trouvees, key=lambda attente: (attente.depuis, cle_de_recherche(attente.etablissement.nom)))


def _compter(
    motif: Motif, campagne: Campagne, le: datetime, departements: Departements
) -> dict[int, tuple[int, datetime]]:
    if motif is Motif.COMPTES_RENDUS:
        lignes = comptes_rendus_en_retard(campagne, le, departements).values(
            cle=F("candidature__accueil__etablissement")
        )
        comptees = lignes.annotate(nombre=Count("pk"), depuis=Min(F("periode__startswith")))
    else:
        lignes = sans_convocation(campagne, departements).values(cle=F("accueil__etablissement"))
        comptees = lignes.annotate(nombre=Count("pk"), depuis=Min("inscrite_le"))
    return {ligne["cle"]: (ligne["nombre"], ligne["depuis"]) for ligne in comptees}


def _dernieres(motif: Motif, campagne: Campagne, cles: Iterable[int]) -> dict[int, datetime]:
    relances = Relance.objects.maintenues().filter(campagne=campagne, motif=motif, etablissement__in=list(cles))
    return dict(relances.order_by().values("etablissement").annotate(d=Max("le")).values_list("etablissement", "d"))


def _jours(motif: Motif, campagne: Campagne, depuis: date, le: datetime) -> int:
    if motif is Motif.COMPTES_RENDUS:
        return jours_de_retard(depuis, campagne.regles.delai_compte_rendu, le)
    return (jour_de(le) - depuis).days


def dire_l_attente(motif: Motif, nombre: int) -> str:
    """« 5 comptes-rendus en retard », « 1 élève sans convocation »."""
    s = "s" if nombre > 1 else ""
    return (
        f"{nombre} compte{s}-rendu{s} en retard"
        if motif is Motif.COMPTES_RENDUS
        else f"{nombre} élève{s} sans convocation"
    )


def uai_choisis(valeurs: Sequence[str]) -> list[str]:
    """Codes UAI d'une sélection, mis au propre, sans doublon ; ce qui n'en a pas la forme est laissé."""
    propres = (valeur.strip().upper() for valeur in valeurs)
    return list(dict.fromkeys(uai for uai in propres if len(uai) == 8 and uai.isalnum() and uai.isascii()))
