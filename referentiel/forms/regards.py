"""Ce qui se demande à qui lit l'espace d'un autre (T8)."""

from django import forms


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
