"""Ce qui se demande pour importer des élèves (écran O3)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from candidatures.imports.colonnes import DE_SIECLE, EXIGEES, LIBELLES, Donnee, defauts_du_choix, nom_de_la_colonne
from referentiel.rules.dates import INSECABLE
from referentiel.tableurs.lecture import OCTETS_AU_PLUS

EXEMPLES = 3
SIGNES_D_UN_EXEMPLE = 30
AIDE_DU_FICHIER = (
    f"Formats acceptés{INSECABLE}: CSV, Excel (.xlsx, .xls), ODS, ou l’export XML de SIECLE "
    f"«\u00a0ElevesSansAdresses\u00a0», nu ou en ZIP. 5{INSECABLE}Mo au plus."
)


class DepotForm(forms.Form):
    """Un fichier, ou des cellules collées."""

    sans_mention_optionnel = True

    fichier = forms.FileField(
        label="Fichier des élèves", required=False, allow_empty_file=True, help_text=AIDE_DU_FICHIER
    )
    cellules = forms.CharField(
        label="Ou cellules collées",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        help_text="Copiez la liste dans votre tableur ou dans Pronote, titres des colonnes compris, et collez-la ici.",
    )

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        fichier, cellules = saisi.get("fichier"), (saisi.get("cellules") or "").strip()
        if fichier and cellules:
            self.add_error("cellules", "Déposez un fichier ou collez des cellules, pas les deux.")
        elif fichier is None and not cellules:
            self.add_error("fichier", "Choisissez un fichier, ou collez des cellules.")
        elif fichier and fichier.size > OCTETS_AU_PLUS:
            self.add_error("fichier", f"Le fichier dépasse {OCTETS_AU_PLUS // 1_000_000}{INSECABLE}Mo.")
        return saisi


class ColonnesForm(forms.Form):
    """La colonne du fichier où se lit chaque donnée.

    `exemples` : premières valeurs de chaque colonne gardée, par rang. Seules ces colonnes peuvent être choisies.
    """

    sans_mention_optionnel = True

    def __init__(
        self,
        *args: Any,
        entetes: Sequence[str],
        exemples: Mapping[int, Sequence[str]],
        correspondance: Mapping[str, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.entetes, self.exemples = entetes, exemples
        reconnues = set(correspondance.values())
        choix = [("", "Aucune"), *((str(rang), self._libelle(rang, rang in reconnues)) for rang in sorted(exemples))]
        for donnee in Donnee:
            if donnee in DE_SIECLE and donnee not in correspondance:
                continue
            self.fields[donnee.value] = forms.ChoiceField(
                label=LIBELLES[donnee], choices=choix, required=False, initial=correspondance.get(donnee, "")
            )

    def _libelle(self, rang: int, reconnue: bool) -> str:
        """Le titre de la colonne ; suivi de ce qu'elle contient quand son titre ne le dit pas."""
        titre, contenu = nom_de_la_colonne(self.entetes, rang), dire_les_exemples(self.exemples[rang])
        return titre if reconnue or not contenu else f"{titre}{INSECABLE}: {contenu}"

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        for donnee, phrase in defauts_du_choix(self.entetes, self.correspondance).items():
            self.add_error(donnee.value, phrase)
        return saisi

    @property
    def correspondance(self) -> dict[str, int]:
        return {donnee: int(rang) for donnee, rang in self.cleaned_data.items() if rang}

    @property
    def lignes(self) -> Iterator[tuple[BoundField, bool, str]]:
        """Chaque champ, s'il est exigé, et les premières valeurs de sa colonne."""
        exemples = {str(rang): valeurs for rang, valeurs in self.exemples.items()}
        for champ in self.visible_fields():
            choisie = exemples.get(str(champ.value()), ())
            yield champ, Donnee(champ.name) in EXIGEES, dire_les_exemples(choisie)


def dire_les_exemples(valeurs: Sequence[str]) -> str:
    """« DIALLO, PETIT, SANTOS »."""
    return ", ".join(valeur[:SIGNES_D_UN_EXEMPLE] for valeur in valeurs[:EXEMPLES])
