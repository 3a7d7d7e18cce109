"""« À faire » : les tâches de chaque côté, leur nombre, et les lignes que ce nombre compte (écran 2).

Une tâche est une lecture nommée : son nombre est celui des lignes de la même requête, si bien que la liste
ouverte depuis « À faire » en montre exactement autant. Tous les nombres d'une page se lisent en une requête.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet

from candidatures.models import Candidature
from pilotage.selectors.attentes import AttenteDUnDomaine, attentes_par_domaine
from pilotage.selectors.taches.comptes import lire_les_comptes
from referentiel.conditions_preparees import de_la_campagne
from referentiel.models import Campagne, DemandeDAcces
from referentiel.permissions import Place
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE, dire_jour, jour_de, jours_ouvres_entre

EN_RETARD = ("En retard", "fr-badge--error")
A_VERIFIER = ("À vérifier", "fr-badge--warning")
A_VENIR = ("À venir", "fr-badge--info")
JOURS_D_URGENCE = 3
# Jours ouvrés au bout desquels qui attend son accès a trop attendu.
JOURS_POUR_OUVRIR_UN_ACCES = 3
Badge = tuple[str, str]


@dataclass(frozen=True)
class Ou:
    """D'où l'on regarde : la campagne, l'établissement (aucun pour l'académie), la place, l'instant."""

    campagne: Campagne
    etablissement_id: int | None
    place: Place
    le: datetime

    @property
    def candidatures(self) -> QuerySet[Candidature]:
        return Candidature.objects.filter(de_la_campagne("domaine", self.campagne))

    @property
    def de_nos_eleves(self) -> QuerySet[Candidature]:
        return Candidature.objects.de_l_origine(self.campagne, self.etablissement_id)

    @property
    def adressees(self) -> QuerySet[Candidature]:
        return Candidature.objects.de_l_accueil(self.campagne, self.etablissement_id)

    @cached_property
    def attentes(self) -> list[AttenteDUnDomaine]:
        """Les domaines où des élèves attendent une place ici, lus une fois pour toutes les tâches qui en parlent."""
        return attentes_par_domaine(self.campagne, self.etablissement_id, self.le)


def tout_le_monde(place: Place) -> bool:
    return True


def saisit_les_avis(place: Place) -> bool:
    return place.saisit_les_avis


def est_chef(place: Place) -> bool:
    return place.est_chef


@dataclass(frozen=True, slots=True)
class Tache:
    """Une ligne de « À faire ».

    `lignes` donne la requête comptée et montrée ; `ordre` l'instant qui les range, ou `par_nom` le nom ;
    `badge` et `detail` reçoivent l'endroit et le premier de ces instants. `page` nomme la liste
    déjà filtrée, avec sa requête ; sans elle, la tâche a sa propre liste, où `geste` nomme le bouton et la page
    qui en traitent plusieurs d'un coup. `mesure` rend la seule valeur que reçoivent badge et détail, au lieu du
    premier instant : elle se lit avec les nombres.
    """

    code: str
    un: str
    plusieurs: str
    lignes: Callable[[Ou], QuerySet]
    badge: Callable[[Ou, datetime | None], Badge]
    detail: Callable[[Ou, datetime | None], str]
    ordre: str = ""
    par_nom: str = ""
    reservee: Callable[[Place], bool] = tout_le_monde
    page: tuple[str, str] | None = None
    geste: tuple[str, str] | None = None
    mesure: Callable[[Ou], QuerySet] | None = None

    def se_montre_a(self, place: Place) -> bool:
        """Vrai si la place voit cette tâche ; le SAIO, le temps d'un regard, voit celles de tout l'établissement."""
        return place.lecture_seule or self.reservee(place)

    def triees(self, ou: Ou) -> QuerySet:
        champ = self.ordre or self.par_nom
        return self.lignes(ou).order_by(*([F(champ).asc(nulls_last=True)] if champ else []), "pk")

    def libelle(self, nombre: int) -> str:
        return self.un if nombre == 1 else self.plusieurs


@dataclass(frozen=True, slots=True)
class TacheComptee:
    """Une tâche et le nombre de ses lignes, prête pour la page."""

    tache: Tache
    nombre: int
    premier: datetime | None
    ou: Ou

    @property
    def code(self) -> str:
        return self.tache.code

    @property
    def libelle(self) -> str:
        return self.tache.libelle(self.nombre)

    @property
    def badge(self) -> Badge:
        return self.tache.badge(self.ou, self.premier)

    @property
    def detail(self) -> str:
        return self.tache.detail(self.ou, self.premier)


def compter(taches: list[Tache], ou: Ou) -> list[TacheComptee]:
    """Tâches que la place voit et qui ont au moins une ligne, en une requête."""
    montrees = _montrees(taches, ou)
    lu = lire_les_comptes(montrees, ou)
    comptees = [
        _comptee(tache, ou, lu[f"compte_{rang}"], lu.get(f"mesure_{rang}")) for rang, tache in enumerate(montrees)
    ]
    return [comptee for comptee in comptees if comptee.nombre]


def _montrees(taches: list[Tache], ou: Ou) -> list[Tache]:
    return [tache for tache in taches if tache.se_montre_a(ou.place)]


def _comptee(tache: Tache, ou: Ou, compte: tuple[int, str | None], mesure: Any) -> TacheComptee:
    nombre, instant = compte
    return TacheComptee(tache, nombre, datetime.fromisoformat(instant) if instant else mesure, ou)


def la_tache(taches: list[Tache], code: str, place: Place) -> Tache | None:
    """Tâche de ce code, si la place la voit."""
    return next((tache for tache in taches if tache.code == code and tache.se_montre_a(place)), None)


# Badges et détails ---------------------------------------------------------------------------------------


def toujours(badge: Badge) -> Callable[[Ou, datetime | None], Badge]:
    return lambda ou, premier: badge


def en_retard_apres(jours: int) -> Callable[[Ou, datetime | None], Badge]:
    """« En retard » quand la plus ancienne attend depuis plus de `jours` ouvrés."""

    def badge(ou: Ou, premier: datetime | None) -> Badge:
        attend = jours_ouvres_entre(jour_de(premier), jour_de(ou.le)) if premier else 0
        return EN_RETARD if attend > jours else A_VERIFIER

    return badge


def phrase(texte: str) -> Callable[[Ou, datetime | None], str]:
    return lambda ou, premier: texte


def jusqu_a(nature: Nature) -> Callable[[Ou, datetime | None], Badge]:
    """« Jusqu'au 30 avril » : la fin de l'étape, plus pressante les trois derniers jours."""
    return lambda ou, premier: echeance(ou, ou.campagne.calendrier.bornes(nature).fin)


def avant_le_premier(ou: Ou, premier: datetime | None) -> Badge:
    """« Avant le 12 mars » : la date du premier entretien."""
    if premier is None:
        return A_VERIFIER
    jour = jour_de(premier)
    pressant = (jour - jour_de(ou.le)).days <= JOURS_D_URGENCE
    return f"Avant le {_court(jour)}", "fr-badge--warning" if pressant else "fr-badge--info"


def avec_le_premier(texte: str) -> Callable[[Ou, datetime | None], str]:
    """Phrase où `{jour}` prend le jour du premier instant."""
    return lambda ou, premier: texte.format(jour=dire_jour(jour_de(premier), annee=False)) if premier else ""


def echeance(ou: Ou, fin: date | None) -> Badge:
    """« Jusqu'au 30 avril », plus pressante les trois derniers jours."""
    if fin is None:
        return A_VERIFIER
    reste = (fin - jour_de(ou.le)).days
    if reste < 0:
        return EN_RETARD
    if reste == 0:
        return "Aujourd’hui", "fr-badge--warning"
    return f"Jusqu’au {_court(fin)}", "fr-badge--warning" if reste <= JOURS_D_URGENCE else "fr-badge--info"


def _court(jour: date) -> str:
    return dire_jour(jour, annee=False).split(" ", 1)[1]


# Une tâche des trois espaces ---------------------------------------------------------------------------------


def demandes_d_acces(ou: Ou) -> QuerySet[DemandeDAcces]:
    """Personnes qui demandent une place ici et à qui personne n'a répondu ; rien dans une campagne close."""
    a_traiter = DemandeDAcces.objects.a_traiter() if ou.campagne.est_ouverte else DemandeDAcces.objects.none()
    return a_traiter.filter(etablissement=ou.etablissement_id)


def tache_des_demandes_d_acces(lignes: Callable[[Ou], QuerySet], reservee: Callable[[Place], bool]) -> Tache:
    return Tache(
        "demandes-d-acces",
        "demande d’accès à traiter",
        "demandes d’accès à traiter",
        lignes,
        en_retard_apres(JOURS_POUR_OUVRIR_UN_ACCES),
        avec_le_premier(f"La plus ancienne{INSECABLE}: {{jour}}."),
        ordre="demandee_le",
        reservee=reservee,
    )
