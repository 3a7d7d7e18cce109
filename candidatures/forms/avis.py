"""L'avis d'origine sur une formation demandée, et son commentaire (R16, R17)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from candidatures.forms.champs import TexteLong
from candidatures.lectures import empreinte
from candidatures.models import FormationDemandee
from referentiel.rules.jeu import LIBELLES_AVIS, LONGUEUR_COMMENTAIRE, Avis

AIDE_DU_COMMENTAIRE = (
    "Motivation et implication de l’élève. Ce texte sera lu par l’établissement d’accueil, puis par l’élève et sa "
    "famille. Les bulletins scolaires ne sont jamais demandés."
)


class AvisForm(forms.Form):
    """L'avis et le commentaire sur une formation demandée ; l'un ou l'autre peut attendre (R16).

    L'aide du commentaire (R17) est sous chaque champ, ou, si `consigne` la nomme, écrite une fois sur la page.
    """

    avis = forms.ChoiceField(label="Avis", required=False, widget=forms.RadioSelect)
    commentaire = TexteLong(
        label="Commentaire", required=False, max_length=LONGUEUR_COMMENTAIRE, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    empreinte = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    sans_mention_optionnel = True

    def __init__(
        self, *args: Any, demande: FormationDemandee, echelle: Sequence[str], consigne: str = "", **kwargs: Any
    ) -> None:
        self.demande = demande
        kwargs.setdefault(
            "initial",
            {
                "avis": demande.avis,
                "commentaire": demande.commentaire,
                "version": demande.version,
                "empreinte": empreinte(demande.avis, demande.commentaire),
            },
        )
        super().__init__(*args, prefix=demande.code, **kwargs)
        self.fields["avis"].choices = [(valeur, LIBELLES_AVIS[Avis(valeur)]) for valeur in echelle]
        if consigne:
            self._tenir_sur_une_ligne(consigne)
        else:
            self.fields["commentaire"].help_text = AIDE_DU_COMMENTAIRE

    def _tenir_sur_une_ligne(self, consigne: str) -> None:
        """Zone de texte d'une classe : `candidatures/_saisie_des_avis.html` écrit tout ce qui la décrit."""
        zone = self["commentaire"].auto_id
        decrite_par = " ".join([consigne, *(f"{zone}_{quoi}" for quoi in ("compteur", "rappel", "error"))])
        self.fields["commentaire"].widget.attrs |= {"rows": 2, "class": "fr-input", "aria-describedby": decrite_par}

    @property
    def est_touche(self) -> bool:
        """Vrai si la personne a changé ce qui lui était montré."""
        saisi = self.cleaned_data
        return empreinte(saisi["avis"], saisi["commentaire"]) != saisi["empreinte"]

    def reprendre_la_version_actuelle(self, actuel: Mapping[str, str]) -> None:
        """Après un conflit : la saisie reste, et un nouvel envoi la garde en connaissance de cause (R42)."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = actuel["version"]
        self.data[self.add_prefix("empreinte")] = empreinte(actuel["avis"], actuel["commentaire"])
