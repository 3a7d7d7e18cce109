"""La saisie des avis, ligne par ligne, que partagent l'inscription et la saisie d'une classe."""

from typing import Any

from django.http import HttpRequest, QueryDict

from candidatures import services
from candidatures.forms import AvisForm
from candidatures.lectures import LigneDAvis, libelle_d_avis
from candidatures.services import SaisieAvis
from candidatures.views.communes import rappeler_les_mots
from referentiel.models import Campagne
from referentiel.portes import Espace
from referentiel.rules.dates import INSECABLE
from referentiel.rules.refus import Conflit, Refus


class Bloc:
    """Une ligne, son formulaire, et la version de l'autre s'il y a conflit (R42)."""

    def __init__(self, ligne: LigneDAvis, donnees: QueryDict | None, campagne: Campagne, consigne: str = "") -> None:
        self.ligne = ligne
        self.conflit = ""
        self.form = AvisForm(donnees, demande=ligne.demande, campagne=campagne, consigne=consigne)

    @property
    def en_erreur(self) -> bool:
        return bool(self.conflit or (self.form.is_bound and self.form.errors))

    @property
    def ancre(self) -> str:
        return f"ligne-{self.ligne.demande.code}"

    @property
    def legende(self) -> str:
        """« Avis pour CAP Cuisine, DIALLO Yanis », lu avec les boutons."""
        return f"Avis pour {self.ligne.demande.formation}, {self.ligne.eleve}"

    def refuser(self, refus: Refus) -> None:
        if isinstance(refus, Conflit):
            avis, commentaire = libelle_d_avis(refus.actuel["avis"]), refus.actuel["commentaire"]
            texte = f"{avis} – {commentaire}" if commentaire else avis
            self.conflit = f"{refus} «{INSECABLE}{texte}{INSECABLE}»"
            self.form.reprendre_la_version_actuelle(refus.actuel)
        else:
            self.form.add_error("commentaire", str(refus))

    def en_saisie(self, campagne: Campagne) -> "Bloc":
        """Le même bloc, avec ce qui est tapé, sans aucun contrôle."""
        bloc = Bloc(self.ligne, None, campagne)
        champs = {nom: self.form.data.get(self.form.add_prefix(nom)) for nom in bloc.form.fields}
        bloc.form.initial |= {nom: valeur for nom, valeur in champs.items() if valeur is not None}
        return bloc


def enregistrer(request: HttpRequest, espace: Espace, blocs: list[Bloc]) -> bool:
    """Enregistre les lignes touchées, chacune pour soi ; vrai si aucune n'est en erreur (R16)."""
    justes = [bloc for bloc in blocs if bloc.form.is_valid() and bloc.form.est_touche]
    ecrites, refus = services.saisir_les_avis(
        saisies=[SaisieAvis(bloc.ligne.demande, **_saisi(bloc.form.cleaned_data)) for bloc in justes],
        par=request.user,
        le=espace.le,
    )
    for bloc in justes:
        if raison := refus.get(bloc.ligne.demande.code):
            bloc.refuser(raison)
    rappeler_les_mots(request, espace, ecrites)
    return not any(bloc.en_erreur for bloc in blocs)


def _saisi(donnees: dict[str, Any]) -> dict[str, Any]:
    return {nom: donnees[nom] for nom in ("avis", "commentaire", "version")}
