"""L'équipe d'un établissement, telle que la montre sa page : droits, classes, élèves suivis (écran C4)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Lower

from candidatures.models import Classe, Eleve
from referentiel.models import Campagne, Etablissement, Rattachement
from referentiel.permissions import Cote


@dataclass(frozen=True, slots=True)
class Membre:
    """Une personne de l'équipe, ce qu'elle peut faire de ce côté, et ceux qu'elle suit."""

    place: Rattachement
    cote: Cote
    classes: tuple[str, ...] = ()
    suivis: int = 0

    @property
    def nom(self) -> str:
        return self.place.personne.nom_affiche

    @property
    def est_chef(self) -> bool:
        return self.place.role == Rattachement.Role.CHEF

    @property
    def est_actif(self) -> bool:
        return self.place.personne.is_active

    @property
    def droits(self) -> list[str]:
        """Ce que montrent les badges, du plus commun au plus rare."""
        return [libelle for libelle, permis in self._droits() if permis]

    def _droits(self) -> list[tuple[str, Any]]:
        if self.cote is Cote.ORIGINE:
            return [
                ("Inscrire", True),
                ("Saisir les avis", self.est_chef or self.place.saisit_les_avis),
                ("Gérer l’équipe", self.est_chef),
            ]
        return [
            ("Planifier", True),
            ("Comptes-rendus", True),
            ("Transmettre", self.est_chef or self.place.valide_les_comptes_rendus),
            ("Tenir l’offre", self.est_chef or self.place.tient_l_offre),
            ("Gérer l’équipe", self.est_chef),
        ]


def places_de_l_equipe(etablissement: Etablissement, cote: Cote) -> QuerySet[Rattachement]:
    """Places de l'établissement de ce côté, personnes comprises, dans l'ordre des noms."""
    places = Rattachement.objects.filter(
        etablissement=etablissement,
        role__in=(Rattachement.Role.CHEF, Rattachement.Role.GESTIONNAIRE),
        **{str(cote): True},
    )
    return places.select_related("personne").order_by("personne__cle", "pk")


def membres_de(campagne: Campagne, etablissement: Etablissement, cote: Cote) -> list[Membre]:
    """Membres de l'équipe, en trois requêtes quel que soit leur nombre ; une seule à l'accueil."""
    places = list(places_de_l_equipe(etablissement, cote))
    if cote is Cote.ACCUEIL:
        return [Membre(place, cote) for place in places]
    classes, suivis = _classes(campagne, etablissement), _suivis(campagne, etablissement)
    return [Membre(place, cote, tuple(classes[place.pk]), suivis[place.personne.courriel.lower()]) for place in places]


def eleves_suivis_par(campagne: Campagne, place: Rattachement) -> QuerySet[Eleve]:
    """Élèves de l'établissement dont cette personne est la personne référente."""
    eleves = Eleve.objects.de_l_origine(campagne, place.etablissement_id)
    return eleves.filter(referent_courriel__iexact=place.personne.courriel)


def _classes(campagne: Campagne, etablissement: Etablissement) -> dict[int, list[str]]:
    tenues = Classe.objects.filter(
        campagne=campagne, etablissement=etablissement, professeur_principal__isnull=False
    ).order_by("nom")
    par_place: dict[int, list[str]] = defaultdict(list)
    for place, nom in tenues.values_list("professeur_principal", "nom"):
        par_place[place].append(nom)
    return par_place


def _suivis(campagne: Campagne, etablissement: Etablissement) -> Counter[str]:
    eleves = Eleve.objects.de_l_origine(campagne, etablissement.pk).order_by()
    return Counter(
        dict(eleves.values_list(Lower("referent_courriel")).annotate(nombre=Count("pk")).exclude(referent_courriel=""))
    )
