"""Les formations et les établissements d'accueil que choisit un élève (écran O6)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms

from candidatures.lectures import PREMIERS_HOTES, DomaineAuChoix
from candidatures.models import Candidature
from candidatures.rules import Etat
from referentiel.models import Accueil, Formation


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
