"""Ce qui se demande au catalogue public, et à qui lit l'espace d'un autre."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

from referentiel.models import Domaine, Etablissement, Formation
from referentiel.presentation import LIBELLES_DES_RENCONTRES, RENCONTRES_DES_FILTRES, nom_du_departement

PAR_FORMATION, PAR_ETABLISSEMENT = "formation", "etablissement"


class ListeLongue(forms.Select):
    """Une liste à des centaines de choix, écrite d'un trait : un gabarit par choix coûterait plus que la page."""

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> SafeString:
        choix = ((cle, " selected" if cle == (value or "") else "", libelle) for cle, libelle in self.choices)
        options = format_html_join("\n", '<option value="{}"{}>{}</option>', choix)
        return format_html(
            '<select name="{}"{}>{}</select>', name, flatatt(self.build_attrs(self.attrs, attrs)), options
        )


class ChoixConnu(forms.ChoiceField):
    """Une valeur de la liste, ou rien : une valeur inconnue est ignorée, jamais une erreur."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_python(self, valeur: Any) -> str:
        lue = super().to_python(valeur)
        return lue if self.valid_value(lue) else ""


class ChoixConnus(forms.MultipleChoiceField):
    """Des valeurs de la liste ; celles qui n'y sont pas sont ignorées."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_python(self, valeur: Any) -> list[str]:
        return [lue for lue in super().to_python(valeur) if self.valid_value(lue)]


class TexteCherche(forms.CharField):
    """Un texte à chercher ; trop long, il est coupé."""

    def __init__(self, *, longueur: int, **options: Any) -> None:
        self.longueur = longueur
        super().__init__(
            required=False, widget=forms.TextInput(attrs={"type": "search", "maxlength": longueur}), **options
        )

    def to_python(self, valeur: Any) -> str:
        return super().to_python(valeur)[: self.longueur]


class FiltreDuCatalogue(forms.Form):
    """Les filtres du catalogue (P2)."""

    sans_mention_optionnel = True

    q = TexteCherche(label="Rechercher une formation, un métier ou une ville", longueur=100)
    domaine = ChoixConnu(label="Domaine", widget=ListeLongue)
    departement = ChoixConnus(label="Département")
    ville = ChoixConnu(label="Ville", widget=ListeLongue)
    etablissement = ChoixConnu(label="Établissement", widget=ListeLongue)
    type = ChoixConnus(label="Type", choices=Formation.Type.choices)
    modalite = ChoixConnus(
        label="Modalité", choices=[(valeur, LIBELLES_DES_RENCONTRES[valeur]) for valeur in RENCONTRES_DES_FILTRES]
    )
    par = ChoixConnu(
        choices=[(PAR_FORMATION, "Par formation"), (PAR_ETABLISSEMENT, "Par établissement")], widget=forms.HiddenInput
    )
    academie = forms.CharField(required=False, widget=forms.HiddenInput, max_length=20)

    def __init__(
        self,
        *args: Any,
        domaines: Iterable[Domaine],
        departements: Iterable[str],
        etablissements: Iterable[Etablissement],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        lieux = list(etablissements)
        self.communes: dict[str, list[str]] = {}
        for commune in sorted({lieu.commune for lieu in lieux}):
            self.communes.setdefault(slugify(commune), []).append(commune)
        self.fields["domaine"].choices = [("", "Tous"), *((domaine.slug, domaine.nom) for domaine in domaines)]
        self.fields["departement"].choices = [(code, nom_du_departement(code)) for code in departements]
        self.fields["ville"].choices = [("", "Toutes"), *((slug, noms[0]) for slug, noms in self.communes.items())]
        self.fields["etablissement"].choices = [
            ("", "Tous"),
            *((lieu.segment, f"{lieu.commune} – {lieu.nom}") for lieu in lieux),
        ]

    @property
    def compris(self) -> dict[str, Any]:
        """Les filtres compris, champ par champ, tels qu'ils sont demandés, sans ceux qui sont vides."""
        self.is_valid()
        return {
            champ: valeur for champ, valeur in self.cleaned_data.items() if valeur and champ not in {"par", "academie"}
        }

    @property
    def retenus(self) -> dict[str, list[str]]:
        """Les valeurs que retient chaque filtre (`OffreQuerySet.retenues`) ; le texte cherché à part."""
        filtres = self.compris
        filtres.pop("q", None)
        if ville := filtres.get("ville"):
            filtres["ville"] = self.communes[ville]
        if etablissement := filtres.get("etablissement"):
            filtres["etablissement"] = [etablissement.upper()]
        if domaine := filtres.get("domaine"):
            filtres["domaine"] = [domaine]
        if modalites := filtres.get("modalite"):
            filtres["modalite"] = [
                rencontre for modalite in modalites for rencontre in RENCONTRES_DES_FILTRES[modalite]
            ]
        return filtres

    @property
    def texte(self) -> str:
        return self.compris.get("q", "")

    @property
    def par_etablissement(self) -> bool:
        self.is_valid()
        return self.cleaned_data["par"] == PAR_ETABLISSEMENT

    def libelle_de(self, champ: str, valeur: str) -> str:
        if champ == "q":
            return f"«\u00a0{valeur}\u00a0»"
        return dict(self.fields[champ].choices).get(valeur, valeur)


class MotifDuRegardForm(forms.Form):
    """Pourquoi le SAIO lit l'espace d'un établissement (T8)."""

    motif = forms.CharField(
        label="Motif",
        max_length=200,
        help_text="Gardé, avec votre nom, dans l’historique de l’établissement.",
        error_messages={
            "required": "Dites pourquoi vous consultez cet espace\u00a0: le motif est gardé dans son historique."
        },
    )
