"""Ce qui se cherche au catalogue public."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import forms
from django.utils.text import slugify

from referentiel.catalogue_lu import LieuPropose
from referentiel.forms.champs import ChoixConnu, ChoixConnus, ListeLongue, TexteCherche
from referentiel.models import Domaine, Formation
from referentiel.presentation import LIBELLES_DES_RENCONTRES, RENCONTRES_DES_FILTRES, nom_du_departement
from referentiel.rules.identifiants import cle_de_recherche

PAR_FORMATION = "formation"
PAR_ETABLISSEMENT = "etablissement"


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
        etablissements: Iterable[LieuPropose],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        lieux = list(etablissements)
        self.communes: dict[str, list[str]] = {}
        for commune in sorted({lieu.commune for lieu in lieux}, key=cle_de_recherche):
            self.communes.setdefault(_en_slug(commune), []).append(commune)
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


@lru_cache(maxsize=4096)
def _en_slug(commune: str) -> str:
    """Chaque visite du catalogue les relit toutes, toujours les mêmes."""
    return slugify(commune)
