"""Les créneaux que l'on crée, en série ou un par un (écrans A5 et A6)."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from entretiens.forms.champs import champ_d_heure, champ_de_date, champ_de_salle
from entretiens.models import Creneau, Jury, SerieDeCreneaux
from entretiens.rules.series import Poste, Serie, jour_de_la_suite
from entretiens.services import Retouche
from referentiel.models import Accueil
from referentiel.rules.dates import INSECABLE, JOURS, PARIS
from referentiel.rules.jeu import Modalite

DOMAINES_EN_RADIOS = 5
JOURS_OUVRABLES = [(str(n), JOURS[n].capitalize()) for n in range(6)]
DU_LUNDI_AU_VENDREDI = [str(n) for n in range(5)]


class SerieForm(forms.Form):
    """Une série de créneaux : quand, combien de temps, avec quels jurys (écran A5)."""

    accueil = forms.ChoiceField(label="Domaine")
    collective = forms.BooleanField(
        label="Séance collective",
        required=False,
        help_text="Un seul créneau par jour, de la première à la dernière heure, pour plusieurs élèves.",
    )
    du = champ_de_date("Du")
    au = champ_de_date("Au")
    jours = forms.MultipleChoiceField(
        label="Jours",
        choices=JOURS_OUVRABLES,
        initial=DU_LUNDI_AU_VENDREDI,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins un jour."},
    )
    exclure = forms.BooleanField(
        label="Exclure les vacances scolaires et les jours fériés", required=False, initial=True
    )
    de = champ_d_heure("De")
    a = champ_d_heure("À")
    pause_de = champ_d_heure("Pause, de", obligatoire=False)
    pause_a = champ_d_heure("Pause, à", obligatoire=False)
    duree = forms.IntegerField(
        label=f"Durée d’un entretien (minutes, de{INSECABLE}5 à{INSECABLE}60)", min_value=5, max_value=60, initial=20
    )
    battement = forms.IntegerField(
        label="Battement entre deux entretiens (minutes)", min_value=0, max_value=60, initial=0
    )
    capacite = forms.IntegerField(label="Élèves par créneau", min_value=1, max_value=500, initial=1)
    salle = champ_de_salle(
        "Salle sans jury",
        help_text="À remplir si aucun jury n’est choisi : salle ou point de rendez-vous.",
    )
    nouveau_jury = forms.CharField(
        label="Ajouter un jury", max_length=60, required=False, help_text="Par exemple « Jury 2 »."
    )
    membres = forms.CharField(label="Membres du nouveau jury", max_length=300, required=False)
    salle_du_nouveau = champ_de_salle("Salle du nouveau jury")

    def __init__(self, *args, accueils: Sequence[Accueil], jurys: Sequence[Jury], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.accueils = {accueil.code: accueil for accueil in accueils}
        self.listes = {str(jury.pk): jury for jury in jurys}
        domaine = self.fields["accueil"]
        domaine.choices = [(accueil.code, accueil.domaine.nom) for accueil in accueils]
        domaine.widget = forms.RadioSelect() if len(accueils) <= DOMAINES_EN_RADIOS else forms.Select()
        domaine.widget.choices = domaine.choices
        if len(accueils) == 1:
            domaine.initial = accueils[0].code
        if jurys:
            self.fields["jurys"] = forms.MultipleChoiceField(
                label="Jurys",
                choices=[(cle, jury.nom) for cle, jury in self.listes.items()],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
        for cle, jury in self.listes.items():
            self.fields[f"salle_{cle}"] = champ_de_salle(f"Salle de {jury.nom}", initial=jury.salle)
        for nom in ("nouveau_jury", "salle_du_nouveau", "membres", "salle"):
            self.fields[nom] = self.fields.pop(nom)

    def clean(self) -> dict:
        donnees = super().clean()
        pause = (donnees.get("pause_de"), donnees.get("pause_a"))
        if any(pause) and not all(pause):
            self.add_error("pause_a" if pause[0] else "pause_de", "Donnez le début et la fin de la pause.")
        if donnees.get("nouveau_jury") and donnees["nouveau_jury"] in {jury.nom for jury in self.listes.values()}:
            self.add_error("nouveau_jury", "Ce jury existe déjà.")
        return donnees

    @property
    def des_jurys(self) -> list[forms.BoundField]:
        """Champs du jury et de la salle, à montrer après les jours et les heures."""
        return [self[nom] for nom in self.fields if nom.endswith(("jury", "jurys", "membres")) or "salle" in nom]

    @staticmethod
    def reprise(serie: SerieDeCreneaux, *, aujourd_hui: date) -> dict[str, Any]:
        """Valeurs de départ qui reprennent une série, portée aux semaines qui suivent (« Dupliquer cette série »)."""
        reglages = serie.reglages
        du, au = (date.fromisoformat(reglages[borne]) for borne in ("du", "au"))
        depart = jour_de_la_suite(du, au, aujourd_hui=aujourd_hui)
        pause = [*reglages["pause"], "", ""][:2]
        jurys = [(str(cle), salle) for cle, salle in reglages["postes"] if cle is not None]
        return {
            "accueil": serie.accueil.code,
            "du": depart.isoformat(),
            "au": (depart + (au - du)).isoformat(),
            "jours": [str(jour) for jour in reglages["jours"]],
            "pause_de": pause[0],
            "pause_a": pause[1],
            "jurys": [cle for cle, _ in jurys],
            "salle": next((salle for cle, salle in reglages["postes"] if cle is None), ""),
            **{
                champ: reglages[champ]
                for champ in ("de", "a", "duree", "battement", "capacite", "collective", "exclure")
            },
            **{f"salle_{cle}": salle for cle, salle in jurys},
        }

    @property
    def accueil_choisi(self) -> Accueil:
        return self.accueils[self.cleaned_data["accueil"]]

    @property
    def jurys_d_ailleurs(self) -> list[Jury]:
        """Jurys choisis qui, d'après leur fiche, reçoivent pour d'autres domaines."""
        choisis = [self.listes[cle] for cle in self.cleaned_data.get("jurys", [])]
        return [jury for jury in choisis if jury.domaines and self.accueil_choisi.domaine.slug not in jury.domaines]

    def serie(self, *, cree: Jury | None = None, sans: Iterable[date] = ()) -> Serie:
        """La série demandée ; `cree` est le nouveau jury une fois créé, `sans` les jours décochés à l'aperçu."""
        donnees = self.cleaned_data
        return Serie(
            du=donnees["du"],
            au=donnees["au"],
            jours=frozenset(map(int, donnees["jours"])),
            de=donnees["de"],
            a=donnees["a"],
            duree=timedelta(minutes=donnees["duree"]),
            battement=timedelta(minutes=donnees["battement"]),
            pause=(donnees["pause_de"], donnees["pause_a"]) if donnees["pause_de"] else None,
            capacite=donnees["capacite"],
            collective=donnees["collective"] or self.accueil_choisi.modalite == Modalite.COLLECTIF,
            postes=tuple(self._postes(cree)),
            exclure_les_conges=donnees["exclure"],
            sans=frozenset(sans),
        )

    def _postes(self, cree: Jury | None) -> Iterable[Poste]:
        donnees = self.cleaned_data
        for cle in donnees.get("jurys", []):
            jury = self.listes[cle]
            yield Poste(jury.pk, jury.nom, " ".join(donnees[f"salle_{cle}"].split()), jury.membres)
        if donnees["nouveau_jury"]:
            salle = " ".join(donnees["salle_du_nouveau"].split())
            yield Poste(cree.pk if cree else None, donnees["nouveau_jury"], salle, donnees["membres"])
        salle = " ".join(donnees["salle"].split())
        if not donnees.get("jurys") and not donnees["nouveau_jury"] and salle:
            yield Poste(None, salle, salle)


class CreneauForm(forms.Form):
    """L'heure, le jury et la salle d'un créneau, pour lui seul ou pour les suivants de sa série (écran A6)."""

    SEUL, SUIVANTS = "seul", "suivants"
    heure = champ_d_heure("Heure de début")
    jury = forms.ChoiceField(label="Jury", required=False)
    salle = champ_de_salle("Salle ou point de rendez-vous")
    portee = forms.ChoiceField(label="Appliquer à", widget=forms.RadioSelect, initial=SEUL, choices=[])

    def __init__(self, *args: Any, creneau: Creneau, jurys: Sequence[Jury], suivants: int, **kwargs: Any) -> None:
        seance = creneau.seance
        initial = {
            "heure": creneau.periode.lower.astimezone(PARIS).time(),
            "jury": str(seance.jury_id or ""),
            "salle": seance.salle,
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.listes = {str(jury.pk): jury for jury in jurys}
        self.fields["jury"].choices = [("", "Aucun jury"), *((cle, jury.nom) for cle, jury in self.listes.items())]
        if suivants > 1:
            self.fields["portee"].choices = [
                (self.SEUL, "Ce créneau seulement"),
                (self.SUIVANTS, f"Ce créneau et les suivants de la série ({suivants} créneaux)"),
            ]
        else:
            del self.fields["portee"]

    @property
    def retouche(self) -> Retouche:
        donnees = self.cleaned_data
        return Retouche(donnees["heure"], self.listes.get(donnees["jury"]), donnees["salle"])

    @property
    def suivants(self) -> bool:
        return self.cleaned_data.get("portee") == self.SUIVANTS
