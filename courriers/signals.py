"""Ce que la boîte d'envoi annonce aux étages du dessus, dans la transaction de l'envoi ; ce que dure un rendu."""

from django.dispatch import Signal

# Un courriel vient d'être accepté par le serveur de messagerie. Arguments : courriel, le.
courriel_parti = Signal()

# Un courriel est abandonné : refusé, après le dernier essai, ou revenu sans être remis. Arguments : courriel, le.
courriel_abandonne = Signal()

# Un courriel abandonné vient d'être remis en file ; un receveur le refuse en levant. Arguments : courriel, le.
courriel_renvoye = Signal()

# Le rendu d'un PDF est fini, ou impossible. Arguments : secondes, reussi.
document_rendu = Signal()
