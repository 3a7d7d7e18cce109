"""Ce qui se demande à qui n'a pas encore de place, puis à qui la lui donne (écrans C1, C4 et S9)."""

from collections.abc import Sequence
from typing import Any

from django import forms

from referentiel.models import Etablissement, Rattachement
from referentiel.permissions import Cote
from referentiel.rules.identifiants import mettre_au_propre, pourquoi_pas_un_uai

AUTRE = "autre"
INCONNU = (
    "Passpro ne connaît pas cet établissement. Vérifiez le code, ou demandez au SAIO s’il participe à la campagne."
)
LIBELLES_DES_COTES = {Cote.ORIGINE: "Établissement d’origine", Cote.ACCUEIL: "Établissement d’accueil"}


class DemandeDAccesForm(forms.Form):
    """L'établissement, choisi parmi ceux que dit le guichet ou donné par son code ; la fonction ; un mot."""

    uai = forms.CharField(
        label="Code UAI de l’établissement",
        max_length=20,
        help_text="7 chiffres et une lettre, par exemple 0931024H.",
        error_messages={"required": "Indiquez le code UAI de votre établissement."},
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )
    fonction = forms.CharField(
        label="Fonction", required=False, max_length=80, help_text="Par exemple «\u00a0secrétaire\u00a0»."
    )
    message = forms.CharField(
        label="Message à la personne qui traitera votre demande",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, connus: Sequence[Etablissement], **kwargs: Any) -> None:
        self.connus = {etablissement.uai: etablissement for etablissement in connus}
        self.trouve: Etablissement | None = None
        super().__init__(*args, **kwargs)
        if self.connus:
            self.fields["uai"].required = False
            self.fields["uai"].help_text = "Pour «\u00a0Un autre établissement\u00a0»\u00a0: 7 chiffres et une lettre."
            choix = forms.ChoiceField(
                label="Établissement",
                widget=forms.RadioSelect,
                choices=[*((uai, str(e)) for uai, e in self.connus.items()), (AUTRE, "Un autre établissement")],
                initial=next(iter(self.connus)),
                error_messages={
                    "required": "Choisissez un établissement.",
                    "invalid_choice": "Choisissez un établissement de la liste.",
                },
            )
            self.fields = {"etablissement": choix} | self.fields

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        choisi = saisi.get("etablissement", AUTRE)
        if choisi in self.connus:
            self.trouve = self.connus[choisi]
        elif not self.errors:
            self._chercher(mettre_au_propre(saisi.get("uai", "")))
        return saisi

    def _chercher(self, uai: str) -> None:
        raison = pourquoi_pas_un_uai(uai)
        self.trouve = None if raison else Etablissement.objects.connu_sous(uai).first()
        if self.trouve is None:
            self.add_error("uai", raison or INCONNU)


class AccepterForm(forms.Form):
    """Ce que la place permettra. Un chef d'établissement n'ouvre qu'une place de gestionnaire, de son côté."""

    sans_mention_optionnel = True

    role = forms.ChoiceField(
        label="Rôle",
        widget=forms.RadioSelect,
        choices=[
            (Rattachement.Role.GESTIONNAIRE, Rattachement.Role.GESTIONNAIRE.label),
            (Rattachement.Role.CHEF, Rattachement.Role.CHEF.label),
        ],
        error_messages={"required": "Choisissez un rôle."},
    )
    cotes = forms.MultipleChoiceField(
        label="L’établissement travaille comme",
        widget=forms.CheckboxSelectMultiple,
        choices=[(str(cote), libelle) for cote, libelle in LIBELLES_DES_COTES.items()],
        error_messages={"required": "Cochez au moins un côté."},
    )


class RefuserForm(forms.Form):
    """Pourquoi la demande n'est pas acceptée ; la personne le lit."""

    sans_mention_optionnel = True

    motif = forms.CharField(
        label="Raison du refus",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="La personne la lira dans un courriel.",
        error_messages={"required": "Écrivez la raison du refus."},
    )
