"""La matrice que l'on essaie : celle d'un préréglage, ou des cases saisies dans la page, jamais gardées (R31)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from avis.essais import Couple, en_case
from referentiel.models import Campagne
from referentiel.prereglages import noms_des_prereglages, prereglage
from referentiel.rules.jeu import LIBELLES_AVIS, LIBELLES_RESULTATS, Avis, Case, dire_couple

CELLE_DE_LA_CAMPAGNE = "campagne"
POINTS_MAXIMAUX = 100_000


class ChoixDeLEssaiForm(forms.Form):
    """Sur quels avis, et d'après quelle matrice."""

    sans_mention_optionnel = True

    sur = forms.ChoiceField(label="Sur les avis de", required=False)
    modele = forms.ChoiceField(label="D’après la matrice", required=False)

    def __init__(self, donnees: Mapping[str, Any], *, campagnes: Iterable[Campagne], courante: Campagne) -> None:
        self._campagnes = {str(campagne.pk): campagne for campagne in campagnes}
        self._courante = courante
        super().__init__({"sur": str(courante.pk)} | dict(donnees.items()))
        self.fields["sur"].choices = [
            (cle, f"{campagne.intitule}{'' if campagne.est_ouverte else ' (close)'}")
            for cle, campagne in self._campagnes.items()
        ]
        self.fields["modele"].choices = [
            (CELLE_DE_LA_CAMPAGNE, "Celle de la campagne"),
            *noms_des_prereglages().items(),
        ]
        self.is_valid()

    @property
    def campagne(self) -> Campagne:
        """La campagne choisie ; à défaut, celle de la page."""
        return self._campagnes.get(self.cleaned_data.get("sur", ""), self._courante)

    def matrice(self, de_la_campagne: Mapping[Couple, Case]) -> Mapping[Couple, Case]:
        modele = self.cleaned_data.get("modele", "")
        if modele in noms_des_prereglages():
            return {(case.origine, case.accueil): case for case in prereglage(modele).matrice}
        return de_la_campagne


class MatriceEssayeeForm(forms.Form):
    """Une liste par couple d'avis, et ses points là où il y en a."""

    sans_mention_optionnel = True

    def __init__(
        self,
        donnees: Mapping[str, Any] | None,
        *,
        couples: list[Couple],
        depart: Mapping[Couple, Case],
        avec_points: bool,
    ) -> None:
        super().__init__(donnees)
        self.couples, self.avec_points = couples, avec_points
        resultats = [("", "Sans résultat"), *((resultat.value, dit) for resultat, dit in LIBELLES_RESULTATS.items())]
        for couple in couples:
            case, dit = depart.get(couple), dire_couple(*couple)
            self.fields[_nom("case", couple)] = forms.ChoiceField(
                label=f"Avis final pour {dit}",
                choices=resultats,
                required=False,
                initial=case.resultat.value if case else "",
            )
            if avec_points:
                self.fields[_nom("points", couple)] = forms.IntegerField(
                    label=f"Points pour {dit}",
                    min_value=0,
                    max_value=POINTS_MAXIMAUX,
                    required=False,
                    initial=case.points if case else None,
                )

    @property
    def matrice(self) -> dict[Couple, Case]:
        """Les cases saisies, une fois le formulaire valable."""
        lus = self.cleaned_data
        saisies = {c: en_case(c, lus[_nom("case", c)], lus.get(_nom("points", c))) for c in self.couples}
        return {couple: case for couple, case in saisies.items() if case}

    @property
    def colonnes(self) -> list[str]:
        return [LIBELLES_AVIS[accueil] for accueil in self._accueils]

    @property
    def lignes(self) -> list[tuple[str, list[tuple[forms.BoundField, forms.BoundField | None] | None]]]:
        """Les champs de la grille : une ligne par avis d'origine, une case par avis d'accueil."""
        origines = dict.fromkeys(origine for origine, _ in self.couples)
        return [(LIBELLES_AVIS[o], [self._case((o, accueil)) for accueil in self._accueils]) for o in origines]

    @property
    def _accueils(self) -> list[Avis]:
        presents = {accueil for _, accueil in self.couples}
        return [avis for avis in Avis if avis in presents]

    def _case(self, couple: Couple) -> tuple[forms.BoundField, forms.BoundField | None] | None:
        if couple not in self.couples:
            return None
        return self[_nom("case", couple)], self[_nom("points", couple)] if self.avec_points else None


def _nom(quoi: str, couple: Couple) -> str:
    return f"{quoi}-{couple[0].value}-{couple[1].value}"
