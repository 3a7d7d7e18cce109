"""Ce que la boîte d'envoi annonce aux étages du dessus, dans la transaction de l'envoi."""

from django.dispatch import Signal

# Un courriel vient d'être accepté par le serveur de messagerie. Arguments : courriel, le.
courriel_parti = Signal()

# Un courriel est abandonné après le dernier essai. Arguments : courriel, le.
courriel_abandonne = Signal()
