"""Ce que toutes les vues du planning partagent : les filtres, les adresses qui les gardent, les avertissements (A4)."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import BigIntegerField, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from comptes.lectures_preparees import LecturePreparee, Parametre
from entretiens.forms import FiltreDuPlanning
from entretiens.lectures import creneaux_du_planning, seances_menees
from entretiens.models import Creneau, Jury, Seance
from entretiens.permissions import peut_emporter_le_planning
from entretiens.rules.planning import doubles_emplois
from entretiens.views.outils import ce_qui_se_planifie
from referentiel.listes import adresse
from referentiel.models import Accueil
from referentiel.portes import Espace


@dataclass(frozen=True, slots=True)
class Filtrage:
    """Les créneaux que le filtre garde, et ce qu'il faut pour le garder d'une page à l'autre."""

    formulaire: FiltreDuPlanning
    creneaux: QuerySet[Creneau]
    actifs: dict[str, str]

    @property
    def suite(self) -> str:
        """« ?domaine=… », à la fin des adresses du planning, ou rien."""
        return f"?{urlencode(self.actifs)}" if self.actifs else ""


def filtrer(request: HttpRequest, espace: Espace) -> Filtrage:
    etablissement = espace.etablissement.pk
    formulaire = FiltreDuPlanning(
        request.GET,
        domaines=DOMAINES.lire(campagne=espace.campagne.pk, etablissement=etablissement),
        jurys=JURYS.lire(etablissement=etablissement),
        salles=SALLES.lire(campagne=espace.campagne.pk, etablissement=etablissement),
    )
    actifs = formulaire.actifs
    noms = {"domaine": "seance__accueil__code", "jury": "seance__jury", "salle": "seance__salle"}
    creneaux = creneaux_du_planning(espace.campagne, espace.etablissement)
    return Filtrage(formulaire, creneaux.filter(**{noms[nom]: valeur for nom, valeur in actifs.items()}), actifs)


def _domaines() -> QuerySet[Accueil, tuple[str, str]]:
    ici = {"domaine__campagne": _cle("campagne"), "etablissement": _cle("etablissement")}
    return Accueil.objects.filter(**ici).order_by("domaine__cle").values_list("code", "domaine__nom")


def _jurys() -> QuerySet[Jury, tuple[int, str]]:
    return Jury.objects.filter(etablissement=_cle("etablissement")).values_list("pk", "nom")


def _salles() -> QuerySet[Seance, str]:
    ici = {"accueil__domaine__campagne": _cle("campagne"), "accueil__etablissement": _cle("etablissement")}
    salles = Seance.objects.maintenues().filter(**ici).exclude(salle="").order_by("salle")
    return salles.values_list("salle", flat=True).distinct()


def _cle(nom: str) -> Parametre:
    return Parametre(nom, BigIntegerField())


DOMAINES, JURYS, SALLES = LecturePreparee(_domaines), LecturePreparee(_jurys), LecturePreparee(_salles)


def contexte_commun(request: HttpRequest, espace: Espace, filtrage: Filtrage, vue: str) -> dict[str, object]:
    """Ce que semaine, jour et liste montrent tous les trois."""
    uai = espace.etablissement.segment
    return ce_qui_se_planifie(espace) | {
        "uai": uai,
        "vue": vue,
        "filtre": filtrage.formulaire,
        "actifs": [
            {"libelle": filtrage.formulaire.libelle(nom), "url": adresse(request, **{nom: ""})}
            for nom in filtrage.actifs
        ],
        "sans_filtre_url": adresse(request, **dict.fromkeys(filtrage.actifs, "")),
        "suite": filtrage.suite,
        "gardes": [*filtrage.actifs.items(), ("vue", vue)],
        "planning_url": reverse("entretiens:planning", args=[uai]),
        "liste_url": adresse_de_la_liste(espace, filtrage),
        "peut_emporter": peut_emporter_le_planning(espace.place),
        "agenda_url": reverse("entretiens:agenda", args=[uai]) + filtrage.suite,
    }


def avertissements(espace: Espace, du: date, au: date) -> list[str]:
    """Ceux des jours montrés, quel que soit le filtre."""
    return doubles_emplois(seances_menees(espace.etablissement, du, au))


def adresse_de_la_semaine(espace: Espace, jour: date) -> str:
    annee, numero, _ = jour.isocalendar()
    return reverse("entretiens:planning_semaine", args=[espace.etablissement.segment, annee, numero])


def adresse_de_la_liste(espace: Espace, filtrage: Filtrage, *, du: date | None = None) -> str:
    parametres = filtrage.actifs | ({"du": du.isoformat()} if du else {})
    liste = reverse("entretiens:planning_liste", args=[espace.etablissement.segment])
    return f"{liste}?{urlencode(parametres)}" if parametres else liste


def adresse_du_jour(espace: Espace, jour: date) -> str:
    return reverse("entretiens:planning_jour", args=[espace.etablissement.segment, jour])
