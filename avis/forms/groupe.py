"""Un geste fait pour plusieurs élèves à la fois (F6, R42)."""

from typing import Any

from django import forms

from candidatures.forms.champs import TexteLong
from entretiens.rules.etats import EtatEntretien
from referentiel.rules.jeu import LONGUEUR_COMPTE_RENDU

LONGUEUR_D_UNE_VERSION = 9


class GroupeForm(forms.Form):
    """Ce qui accompagne un geste fait pour plusieurs : le compte-rendu commun, et ce que la page montrait (R42)."""

    texte = TexteLong(
        label="Compte-rendu commun",
        help_text="Chaque élève et sa famille liront ce texte.",
        max_length=LONGUEUR_COMPTE_RENDU,
        error_messages={
            "required": "Rédigez le compte-rendu commun.",
            "max_length": "Le compte-rendu compte %(show_value)d caractères\u00a0; %(limit_value)d au plus.",
        },
    )

    def __init__(self, *args: Any, action: str, vus: dict[str, str], avec_texte: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        caches = {"action": action, "confirme": "1"} | {_nom_de_vu(code): vu for code, vu in vus.items()}
        for nom, valeur in caches.items():
            self.fields[nom] = forms.CharField(widget=forms.HiddenInput, initial=valeur, required=False)
        self.fields["codes"] = forms.Field(widget=forms.MultipleHiddenInput, initial=list(vus), required=False)
        if not avec_texte:
            del self.fields["texte"]

    def version_vue(self, code: str) -> int:
        """La version du brouillon que montrait la page ; 0 s'il n'y en avait pas."""
        valeur = self._vu(code)
        lisible = valeur.isascii() and valeur.isdigit() and len(valeur) < LONGUEUR_D_UNE_VERSION
        return int(valeur) if lisible else 0

    def presence_vue(self, code: str) -> EtatEntretien | None:
        """La présence que montrait la page, si elle le dit."""
        valeur = self._vu(code)
        return EtatEntretien(valeur) if valeur in set(EtatEntretien) else None

    def _vu(self, code: str) -> str:
        return str(self.cleaned_data.get(_nom_de_vu(code)) or "")


def _nom_de_vu(code: str) -> str:
    return f"vu_{code}"
