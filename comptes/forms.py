"""Ce qui est demandé à qui se connecte."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest


class ConnexionForm(AuthenticationForm):
    """Courriel et mot de passe ; le message d'erreur ne dit pas lequel des deux est faux."""

    sans_mention_optionnel = True
    error_messages = {
        "invalid_login": "Courriel ou mot de passe incorrect. Après 5 essais, le compte est bloqué 15\xa0minutes.",
        "inactive": "Courriel ou mot de passe incorrect. Après 5 essais, le compte est bloqué 15\xa0minutes.",
    }

    username = forms.EmailField(
        label="Courriel professionnel",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={
            "required": "Indiquez votre courriel professionnel.",
            "invalid": "Indiquez une adresse complète, par exemple prenom.nom@ac-creteil.example.",
        },
    )
    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Indiquez votre mot de passe."},
    )

    def clean_username(self) -> str:
        """Sans casse : « ſ » et « S », que la base confond, ne donnent pas d'autres essais que « s »."""
        return self.cleaned_data["username"].casefold()


class NotificationsForm(forms.Form):
    """Ce que la personne veut recevoir par courriel."""

    sans_mention_optionnel = True

    resume_quotidien = forms.BooleanField(
        label="Recevoir le résumé quotidien",
        required=False,
        help_text=(
            "À 7\xa0h, les jours ouvrés, le nombre de vos tâches dans chaque établissement. "
            "Rien n’est envoyé quand il n’y a rien à faire."
        ),
    )


class PreuveForm(forms.Form):
    """Le mot de passe de qui est connecté, avant un acte grave (T7)."""

    sans_mention_optionnel = True

    preuve_secret = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Indiquez votre mot de passe."},
    )

    def __init__(self, data: Any = None, *, request: HttpRequest) -> None:
        self.request = request
        super().__init__(data)

    @classmethod
    def est_envoyee(cls, data: Any) -> bool:
        return "preuve_secret" in data

    @property
    def peut_prouver(self) -> bool:
        """Faux pour qui n'entre que par le portail de l'académie : il se reconnecte."""
        return self.request.user.has_usable_password()

    def clean_preuve_secret(self) -> str:
        secret, personne = self.cleaned_data["preuve_secret"], self.request.user
        if authenticate(self.request, username=personne.courriel, password=secret) is None:
            raise forms.ValidationError("Ce mot de passe n’est pas le vôtre.")
        return secret
