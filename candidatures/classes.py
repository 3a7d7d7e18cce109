"""Les classes d'un établissement d'origine : leurs élèves, qui les suit (écran O16)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count

from candidatures.models import Classe, Eleve
from referentiel.models import Campagne


@dataclass(frozen=True, slots=True)
class ClasseLue:
    """Une classe ; `suivis` compte ses élèves par courriel de personne référente, « » pour ceux qui n'en ont pas."""

    nom: str
    suivis: Mapping[str, int] = field(default_factory=Counter)
    professeur_principal: int | None = None
    referent_nom: str = ""
    referent_courriel: str = ""

    @property
    def effectif(self) -> int:
        return sum(self.suivis.values())

    def suivis_par_d_autres(self, courriel: str) -> int:
        """Nombre d'élèves dont la personne référente n'est pas celle-ci."""
        return sum(nombre for suivi, nombre in self.suivis.items() if suivi and suivi != courriel)


def classes_lues(campagne: Campagne, etablissement_id: int) -> list[ClasseLue]:
    """Classes de l'établissement, celles des élèves et celles qui sont réglées, en deux requêtes."""
    eleves = Eleve.objects.de_l_origine(campagne, etablissement_id).order_by()
    suivis: dict[str, Counter[str]] = defaultdict(Counter)
    for nom, courriel, referent, nombre in eleves.values_list("classe", "referent_courriel", "referent_nom").annotate(
        nombre=Count("pk")
    ):
        suivis[nom][courriel or referent] += nombre
    reglees = {classe.nom: classe for classe in classes_reglees(campagne, etablissement_id)}
    return [_lire(nom, suivis[nom], reglees.get(nom)) for nom in sorted(suivis.keys() | reglees.keys())]


def classes_reglees(campagne: Campagne, etablissement_id: int):
    return Classe.objects.filter(campagne=campagne, etablissement=etablissement_id)


def _lire(nom: str, suivis: Counter[str], classe: Classe | None) -> ClasseLue:
    if classe is None:
        return ClasseLue(nom, suivis)
    return ClasseLue(nom, suivis, classe.professeur_principal_id, classe.referent_nom, classe.referent_courriel)
