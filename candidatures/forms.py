"""Ce qui se saisit d'un élève, de ses choix, des avis et d'un désistement."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms

from candidatures.lectures import PREMIERS_HOTES, DomaineAuChoix, empreinte
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import SaisieEleve
from referentiel.models import Accueil, Campagne, Formation, Rattachement
from referentiel.rules.jeu import LIBELLES_AVIS, LIBELLES_NIVEAUX, LONGUEUR_COMMENTAIRE, Avis, Niveau

NOUVELLE_CLASSE = "__nouvelle__"
AUTRE = "autre"
AGES = range(11, 22)


class EleveForm(forms.Form):
    """Écran O4. `confirme` n'est montré qu'après la découverte d'un élève semblable."""

    nom = forms.CharField(label="Nom", max_length=80)
    prenom = forms.CharField(label="Prénom", max_length=80)
    date_de_naissance = forms.DateField(label="Date de naissance")
    ine = forms.CharField(label="INE", required=False, max_length=20, help_text="11 caractères, espaces permis.")
    classe = forms.ChoiceField(label="Classe")
    nouvelle_classe = forms.CharField(
        label="Nouvelle classe",
        required=False,
        max_length=30,
        help_text="Si la classe n’est pas dans la liste, par exemple « 3e B ».",
    )
    niveau = forms.ChoiceField(label="Niveau", widget=forms.RadioSelect)
    referent = forms.ChoiceField(
        label="Personne référente", required=False, help_text="Elle suit l’élève et reçoit les convocations."
    )
    referent_nom = forms.CharField(
        label="Nom de la personne référente",
        required=False,
        max_length=120,
        help_text="Pour « Autre personne », par exemple « Mme Petit ».",
    )
    referent_courriel = forms.EmailField(
        label="Courriel académique de la personne référente", required=False, help_text="Pour « Autre personne »."
    )
    confirme = forms.BooleanField(
        label="Il s’agit d’un autre élève : l’enregistrer.", required=False, widget=forms.HiddenInput
    )

    def __init__(
        self,
        *args: Any,
        campagne: Campagne,
        classes: Sequence[str],
        equipe: Sequence[Rattachement],
        eleve: Eleve | None = None,
        **kwargs: Any,
    ) -> None:
        self.equipe = {str(place.pk): place for place in equipe}
        self.semblable_url = ""
        self.est_ailleurs = False
        kwargs.setdefault("initial", self._initial(eleve, classes))
        super().__init__(*args, **kwargs)
        self.mef = eleve.mef if eleve else ""
        annees = [campagne.annee - age for age in AGES]
        self.fields["date_de_naissance"].widget = forms.SelectDateWidget(
            years=annees, empty_label=("Année", "Mois", "Jour")
        )
        self.fields["classe"].choices = [*((nom, nom) for nom in classes), (NOUVELLE_CLASSE, "Nouvelle classe")]
        self.fields["niveau"].choices = [
            (niveau, LIBELLES_NIVEAUX[Niveau(niveau)]) for niveau in campagne.regles.niveaux_admis
        ]
        self.fields["referent"].choices = [
            ("", "Aucune pour le moment"),
            *((cle, f"{place.personne} ({place.libelle})") for cle, place in self.equipe.items()),
            (AUTRE, "Autre personne"),
        ]

    def _initial(self, eleve: Eleve | None, classes: Sequence[str]) -> dict[str, Any]:
        if eleve is None:
            return {"niveau": Niveau.TROISIEME, "classe": classes[0] if classes else NOUVELLE_CLASSE}
        champs = ("nom", "prenom", "date_de_naissance", "ine", "classe", "niveau")
        return {champ: getattr(eleve, champ) for champ in champs} | self._referent_de(eleve)

    def _referent_de(self, eleve: Eleve) -> dict[str, str]:
        for cle, place in self.equipe.items():
            if eleve.referent_courriel and place.personne.courriel == eleve.referent_courriel:
                return {"referent": cle}
        if not eleve.referent_nom and not eleve.referent_courriel:
            return {"referent": ""}
        return {
            "referent": AUTRE,
            "referent_nom": eleve.referent_nom,
            "referent_courriel": eleve.referent_courriel,
        }

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        if saisi.get("classe") == NOUVELLE_CLASSE and not saisi.get("nouvelle_classe"):
            self.add_error("nouvelle_classe", "Choisissez une classe, ou donnez le nom d’une nouvelle.")
        if saisi.get("referent") == AUTRE:
            for champ in ("referent_nom", "referent_courriel"):
                if not saisi.get(champ) and champ not in self.errors:
                    self.add_error(champ, "Donnez le nom et le courriel de la personne référente.")
        return saisi

    def demander_la_confirmation(self) -> None:
        """Montre la case qui confirme qu'un élève semblable est bien un autre élève."""
        self.fields["confirme"].widget = forms.CheckboxInput()

    @property
    def saisie(self) -> SaisieEleve:
        saisi = self.cleaned_data
        nom, courriel = self._referent(saisi)
        return SaisieEleve(
            nom=saisi["nom"],
            prenom=saisi["prenom"],
            date_de_naissance=saisi["date_de_naissance"],
            classe=saisi["nouvelle_classe"] or saisi["classe"],
            niveau=saisi["niveau"],
            ine=saisi["ine"],
            mef=self.mef,
            referent_nom=nom,
            referent_courriel=courriel,
        )

    def _referent(self, saisi: dict[str, Any]) -> tuple[str, str]:
        if saisi["referent"] == AUTRE:
            return saisi["referent_nom"], saisi["referent_courriel"]
        place = self.equipe.get(saisi["referent"])
        return (place.personne.nom_affiche, place.personne.courriel) if place else ("", "")


class ChoixForm(forms.Form):
    """Écran O6, étape « Formations » : par domaine, des formations à cocher et un établissement d'accueil.

    Un domaine où l'élève est déjà inscrit n'a plus d'établissement à choisir : ses formations s'y ajoutent.
    """

    def __init__(
        self,
        *args: Any,
        domaines: Sequence[DomaineAuChoix],
        candidatures: Mapping[int, Candidature],
        ajoutables: frozenset[int],
        **kwargs: Any,
    ) -> None:
        self.domaines = domaines
        self.candidatures = candidatures
        self.ajoutables = ajoutables
        kwargs.setdefault("initial", self._initial())
        super().__init__(*args, **kwargs)
        for choix in domaines:
            self._ajouter_les_champs(choix)

    def _initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = {}
        for choix in self.domaines:
            cle, brouillon = choix.domaine.pk, self.brouillon(choix)
            if brouillon:
                initial[f"formations_{cle}"] = [str(d.formation_id) for d in brouillon.formations_maintenues]
                initial[f"accueil_{cle}"] = str(brouillon.accueil_id)
            elif len(choix.hotes) == 1:
                initial[f"accueil_{cle}"] = str(choix.hotes[0].accueil.pk)
        return initial

    @staticmethod
    def choix_tapes(donnees: Any) -> dict[str, Any]:
        """Ce qui est coché dans un envoi, à remontrer sans l'enregistrer."""
        return {
            nom: donnees.getlist(nom) if nom.startswith("formations_") else donnees.get(nom)
            for nom in donnees
            if nom.startswith(("formations_", "accueil_"))
        }

    def brouillon(self, choix: DomaineAuChoix) -> Candidature | None:
        candidature = self.candidatures.get(choix.domaine.pk)
        return candidature if candidature and candidature.etat == Etat.BROUILLON else None

    def inscrite(self, choix: DomaineAuChoix) -> Candidature | None:
        """Candidature déjà inscrite de l'élève dans ce domaine."""
        candidature = self.candidatures.get(choix.domaine.pk)
        return candidature if candidature and candidature.etat != Etat.BROUILLON else None

    def _ajouter_les_champs(self, choix: DomaineAuChoix) -> None:
        inscrite = self.inscrite(choix)
        if inscrite and inscrite.pk not in self.ajoutables:
            return
        deja = {demande.formation_id for demande in inscrite.formations_maintenues} if inscrite else set()
        restantes = [(str(f.pk), f.intitule) for f in choix.formations if f.pk not in deja]
        cle = choix.domaine.pk
        if restantes and choix.hotes:
            self.fields[f"formations_{cle}"] = forms.MultipleChoiceField(
                label="Formations à ajouter" if inscrite else "Formations demandées",
                choices=restantes,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        if restantes and choix.hotes and not inscrite:
            self.fields[f"accueil_{cle}"] = forms.ChoiceField(
                label=f"Établissement de l’entretien – domaine {choix.domaine}",
                choices=[(str(hote.accueil.pk), hote.nom) for hote in choix.hotes],
                required=False,
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        for choix in self.domaines:
            cle = choix.domaine.pk
            if saisi.get(f"formations_{cle}") and f"accueil_{cle}" in self.fields and not saisi.get(f"accueil_{cle}"):
                self.add_error(
                    f"accueil_{cle}", f"Choisissez l’établissement de l’entretien pour le domaine {choix.domaine}."
                )
        if not self.errors and not self.brouillons and not self.ajouts:
            self.add_error(None, "Choisissez au moins une formation.")
        return saisi

    @property
    def brouillons(self) -> list[tuple[Accueil, list[Formation]]]:
        """Choix des domaines où l'élève n'est pas encore inscrit."""
        return [
            (self._accueil(choix), formations) for choix, formations in self._choisies() if not self.inscrite(choix)
        ]

    @property
    def ajouts(self) -> list[tuple[Accueil, list[Formation]]]:
        """Formations à ajouter à des candidatures déjà inscrites."""
        return [
            (inscrite.accueil, formations)
            for choix, formations in self._choisies()
            if (inscrite := self.inscrite(choix))
        ]

    def _choisies(self) -> Iterator[tuple[DomaineAuChoix, list[Formation]]]:
        for choix in self.domaines:
            cles = set(self.cleaned_data.get(f"formations_{choix.domaine.pk}") or ())
            if formations := [formation for formation in choix.formations if str(formation.pk) in cles]:
                yield choix, formations

    def _accueil(self, choix: DomaineAuChoix) -> Accueil:
        voulu = self.cleaned_data[f"accueil_{choix.domaine.pk}"]
        return next(hote.accueil for hote in choix.hotes if str(hote.accueil.pk) == voulu)

    def sections(self, filtre: str = "") -> Iterator[dict[str, Any]]:
        """Ce que la page montre, domaine par domaine ; un domaine choisi reste montré quel que soit `filtre`."""
        for choix in self.domaines:
            section = self._section(choix)
            if not filtre or section["nombre"] or choix.contient(filtre):
                yield section | {"ouvert": section["ouvert"] or bool(filtre)}

    def _section(self, choix: DomaineAuChoix) -> dict[str, Any]:
        cle, champs, inscrite = choix.domaine.pk, self.fields, self.inscrite(choix)
        formations = self[f"formations_{cle}"] if f"formations_{cle}" in champs else None
        accueil = self[f"accueil_{cle}"] if f"accueil_{cle}" in champs else None
        cochees = [option for option in formations.subwidgets if option.data["selected"]] if formations else []
        hotes = self._hotes(choix, accueil) if accueil else []
        return {
            "choix": choix,
            "inscrite": inscrite,
            "demandees": self._demandees(inscrite) if inscrite else [],
            "ajoutable": inscrite is not None and inscrite.pk in self.ajoutables,
            "formations": formations,
            "accueil": accueil,
            "premiers": hotes[:PREMIERS_HOTES],
            "autres": hotes[PREMIERS_HOTES:],
            "autres_ouverts": any(hote["option"].data["selected"] for hote in hotes[PREMIERS_HOTES:]),
            "nombre": len(cochees),
            "ouvert": bool(cochees or (accueil and accueil.errors)),
        }

    @staticmethod
    def _demandees(inscrite: Candidature) -> list[Formation]:
        """Formations demandées ; une formation ajoutée à l'entretien ne s'apprend pas ici (R30)."""
        return [d.formation for d in inscrite.formations_maintenues if not d.ajoutee_a_l_entretien]

    @staticmethod
    def _hotes(choix: DomaineAuChoix, accueil: forms.BoundField) -> list[dict[str, Any]]:
        options = accueil.subwidgets
        return [{"hote": hote, "option": option} for hote, option in zip(choix.hotes, options, strict=True)]


class CommentaireField(forms.CharField):
    """Texte dont chaque fin de ligne compte pour un caractère, comme à l'écran."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


AIDE_DU_COMMENTAIRE = (
    "Motivation et implication de l’élève. Ce texte sera lu par l’établissement d’accueil, puis par l’élève et sa "
    "famille. Les bulletins scolaires ne sont jamais demandés."
)


class AvisForm(forms.Form):
    """L'avis et le commentaire sur une formation demandée ; l'un ou l'autre peut attendre (R16).

    L'aide du commentaire (R17) est sous chaque champ, ou, si `consigne` la nomme, écrite une fois sur la page.
    """

    avis = forms.ChoiceField(label="Avis", required=False, widget=forms.RadioSelect)
    commentaire = CommentaireField(
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


class DesistementForm(forms.Form):
    """Écran O9 : le motif, et ce qui est retiré."""

    MOTIFS = (
        "L’élève renonce à ces formations",
        "Erreur d’inscription",
        "Départ de l’établissement",
        "Autre",
    )

    formations = forms.MultipleChoiceField(
        label="Formations retirées",
        widget=forms.CheckboxSelectMultiple,
        help_text="Tout le domaine est coché. Décochez les formations que l’élève garde.",
        error_messages={"required": "Choisissez au moins une formation à retirer."},
    )
    motif = forms.ChoiceField(
        label="Motif",
        widget=forms.RadioSelect,
        choices=[(motif, motif) for motif in MOTIFS],
        error_messages={"required": "Choisissez un motif."},
    )

    def __init__(self, *args: Any, demandes: Sequence[FormationDemandee], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.demandes = demandes
        if len(demandes) < 2:
            del self.fields["formations"]
            return
        self.fields["formations"].choices = [(demande.code, demande.formation.intitule) for demande in demandes]
        self.fields["formations"].initial = [demande.code for demande in demandes]

    @property
    def retirees(self) -> list[FormationDemandee] | None:
        """Formations retirées ; `None` quand c'est tout le domaine."""
        codes = self.cleaned_data.get("formations")
        if codes is None or len(codes) == len(self.demandes):
            return None
        return [demande for demande in self.demandes if demande.code in codes]
