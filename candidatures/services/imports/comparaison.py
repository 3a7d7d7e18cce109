"""Ce que l'import d'un fichier d'élèves changerait maintenant, sans rien écrire (R10, R13)."""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import QuerySet

from candidatures.imports.colonnes import Donnee
from candidatures.imports.lignes import Cadre
from candidatures.imports.plan import Plan, dresser_le_plan
from candidatures.models import Eleve
from referentiel.models import Campagne
from referentiel.models.travaux import Importation
from referentiel.rules.identifiants import mettre_au_propre
from referentiel.rules.jeu import Niveau


def plan_de_l_import(
    *,
    importation: Importation,
    campagne: Campagne,
    confirmes: Collection[int] = (),
    connus: Sequence[Eleve] | None = None,
) -> Plan:
    """Ce que l'import ferait maintenant, sans rien écrire ; `confirmes` : lignes dites d'un autre élève (R10)."""
    lignes = list(_valeurs(importation))
    if connus is None:
        connus = list(eleves_de(importation))
    cadre = Cadre(
        annee=campagne.annee,
        niveaux_admis=[Niveau(niveau) for niveau in campagne.regles.niveaux_admis],
        mef_admis=campagne.regles.mef_admis,
        connus=connus,
        ines_ailleurs=_ines_ailleurs(importation, campagne),
        confirmes=frozenset(confirmes),
    )
    return dresser_le_plan(lignes, cadre)


def _valeurs(importation: Importation) -> Iterable[tuple[int, dict[Donnee, str]]]:
    donnees = {str(rang): Donnee(donnee) for donnee, rang in importation.correspondance.items()}
    for numero, cases in importation.lignes:
        yield numero, {donnees[rang]: texte for rang, texte in cases.items() if rang in donnees}


def eleves_de(importation: Importation) -> QuerySet[Eleve]:
    """Élèves que Passpro connaît là où s'importe ce fichier."""
    return Eleve.objects.filter(campagne=importation.campagne_id, etablissement=importation.etablissement_id)


def _ines_ailleurs(importation: Importation, campagne: Campagne) -> frozenset[str]:
    rang = str(importation.correspondance.get(Donnee.INE, ""))
    ines = {mettre_au_propre(cases[rang]) for _, cases in importation.lignes if rang in cases}
    ailleurs = Eleve.objects.filter(campagne=campagne, ine__in=ines).exclude(etablissement=importation.etablissement_id)
    return frozenset(ailleurs.values_list("ine", flat=True)) if ines else frozenset()
