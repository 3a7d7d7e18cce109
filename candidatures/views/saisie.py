"""La saisie des avis, ligne par ligne, que partagent l'inscription et la saisie d'une classe."""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, QueryDict

from candidatures import services
from candidatures.forms import AvisForm
from candidatures.lectures import LigneDAvis, libelle_d_avis
from candidatures.services import SaisieAvis
from candidatures.views.communes import rappeler_les_mots
from candidatures.views.moules import Champs, Dite, moules, rendus
from referentiel.models import Campagne
from referentiel.portes import Espace
from referentiel.rules.dates import INSECABLE
from referentiel.rules.refus import Conflit, Refus


class Bloc:
    """Une ligne, son formulaire, et la version de l'autre s'il y a conflit (R42)."""

    def __init__(self, ligne: LigneDAvis, donnees: QueryDict | None, campagne: Campagne, consigne: str = "") -> None:
        self.ligne = ligne
        self.conflit = ""
        self.consigne = consigne
        self.donnees = donnees
        self.echelle = tuple(campagne.regles.echelle_origine)
        self.est_a_enregistrer = donnees is not None
        self.est_saisissable = self.est_reprenable = self.est_recopiable = False
        self.quand = self.url = ""

    @cached_property
    def form(self) -> AvisForm:
        return AvisForm(self.donnees, demande=self.ligne.demande, echelle=self.echelle, consigne=self.consigne)

    @cached_property
    def champs(self) -> Champs:
        """Ce que la ligne fait saisir ; celle où rien n'est tapé se montre sans bâtir de formulaire."""
        dite = Dite(self.legende, self.cible, self.est_reprenable, self.est_recopiable, self.conflit)
        if "form" in self.__dict__ or self.donnees is not None:
            return rendus(self.form, dite)
        return moules(self.ligne.demande, dite, echelle=self.echelle, consigne=self.consigne)

    @property
    def premier_champ(self) -> str:
        """Identifiant du premier champ à remplir."""
        champs = self.champs
        manque_le_texte = champs.avis and not champs.commentaire
        zone = f"id_{self.ligne.demande.code}"
        return f"{zone}-commentaire" if manque_le_texte else f"{zone}-avis_0"

    @property
    def en_erreur(self) -> bool:
        return bool(self.conflit or (self.donnees is not None and self.form.errors))

    @property
    def ancre(self) -> str:
        return f"ligne-{self.ligne.demande.code}"

    @property
    def cible(self) -> str:
        """« CAP Cuisine, DIALLO Yanis », qui distingue à l'oreille des champs de même étiquette."""
        return f"{self.ligne.demande.formation}, {self.ligne.eleve}"

    @property
    def legende(self) -> str:
        """« Avis pour CAP Cuisine, DIALLO Yanis », lu avec les boutons."""
        return f"Avis pour {self.cible}"

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
        bloc = Bloc(self.ligne, None, campagne, self.consigne)
        champs = {nom: self.form.data.get(self.form.add_prefix(nom)) for nom in bloc.form.fields}
        bloc.form.initial |= {nom: valeur for nom, valeur in champs.items() if valeur is not None}
        bloc.est_a_enregistrer = True
        return bloc


def enregistrer(request: HttpRequest, espace: Espace, blocs: list[Bloc]) -> bool:
    """Enregistre les lignes touchées, chacune pour soi ; vrai si aucune n'est en erreur (R16)."""
    justes = [bloc for bloc in blocs if bloc.form.is_valid() and bloc.form.est_touche]
    ecrites, refus = services.saisir_les_avis(
        saisies=[SaisieAvis(bloc.ligne.demande, **saisi_dans(bloc)) for bloc in justes],
        par=request.user,
        le=espace.le,
    )
    for bloc in justes:
        if raison := refus.get(bloc.ligne.demande.code):
            bloc.refuser(raison)
    rappeler_les_mots(request, espace, ecrites)
    return not any(bloc.en_erreur for bloc in blocs)


def saisi_dans(bloc: Bloc) -> dict[str, Any]:
    return {nom: bloc.form.cleaned_data[nom] for nom in ("avis", "commentaire", "version")}


def reprendre_le_precedent(blocs: Sequence[Bloc], code: str, campagne: Campagne) -> list[Bloc]:
    """Recopie sur la ligne `code`, si elle est sans commentaire, celui de la ligne du dessus ; n'enregistre rien."""
    tapes = [bloc.en_saisie(campagne) for bloc in blocs]
    for precedent, bloc in pairwise(tapes):
        if bloc.ligne.demande.code == code:
            _completer(bloc, precedent)
    return tapes


def recopier_pour_l_eleve(blocs: Sequence[Bloc], code: str, campagne: Campagne) -> list[Bloc]:
    """Recopie le commentaire de la ligne `code` sur les autres formations de l'élève qui n'en ont pas."""
    tapes = [bloc.en_saisie(campagne) for bloc in blocs]
    modele = next((bloc for bloc in tapes if bloc.ligne.demande.code == code), None)
    for bloc in tapes:
        if modele and bloc.ligne.eleve == modele.ligne.eleve:
            _completer(bloc, modele)
    return tapes


def _completer(bloc: Bloc, modele: Bloc) -> None:
    if not (bloc.form.initial["commentaire"] or "").strip():
        bloc.form.initial["commentaire"] = modele.form.initial["commentaire"]
