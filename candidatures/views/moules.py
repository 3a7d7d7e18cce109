"""Ce que fait saisir une ligne d'avis, moulé : une classe en montre des dizaines (`referentiel/moules.py`).

Une ligne où quelque chose est tapé, ou refusé, se rend par les mêmes gabarits, avec son propre formulaire.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from candidatures.forms import AvisForm
from candidatures.lectures import empreinte
from candidatures.models import FormationDemandee
from referentiel.moules import MOULES_GARDES, Moule, repere


@dataclass(frozen=True, slots=True)
class Dite:
    """Comment une ligne se dit et ce qu'elle offre : ce que le formulaire ne sait pas."""

    legende: str
    cible: str
    est_reprenable: bool
    est_recopiable: bool
    conflit: str = ""


@dataclass(frozen=True, slots=True)
class Champs:
    """Les valeurs d'une ligne, ses champs et l'encart du conflit, rendus."""

    avis: str
    commentaire: str
    saisie: SafeString
    conflit: SafeString


def moules(demande: FormationDemandee, dite: Dite, *, echelle: tuple[str, ...], consigne: str) -> Champs:
    """Champs d'une ligne telle qu'elle est enregistrée."""
    saisie, conflit = _moule(echelle, consigne, demande.avis, dite.est_reprenable, dite.est_recopiable)
    valeurs = {
        "code": demande.code,
        "legende": dite.legende,
        "cible": dite.cible,
        "version": demande.version,
        "empreinte": empreinte(demande.avis, demande.commentaire),
        "texte": demande.commentaire,
    }
    return Champs(demande.avis, demande.commentaire, saisie.remplir(**valeurs), conflit.remplir(code=demande.code))


def rendus(form: AvisForm, dite: Dite) -> Champs:
    """Champs d'un formulaire, avec ce qui y est tapé et ses erreurs."""
    valeurs = {nom: "" if (valeur := form[nom].value()) is None else str(valeur) for nom in form.fields}
    saisie = render_to_string(
        "candidatures/_champs_d_avis.html",
        {
            "code": form.prefix,
            "version": valeurs["version"],
            "empreinte": valeurs["empreinte"],
            "boutons": _boutons(form, dite.legende),
            "zone": form["commentaire"].as_widget(),
            "erreurs": " ".join(form["commentaire"].errors),
            "cible": dite.cible,
            "est_reprenable": dite.est_reprenable,
            "est_recopiable": dite.est_recopiable,
        },
    )
    conflit = render_to_string("candidatures/_conflit_d_avis.html", {"code": form.prefix, "conflit": dite.conflit})
    return Champs(valeurs["avis"], valeurs["commentaire"], saisie, conflit)


@lru_cache(MOULES_GARDES)
def _moule(
    echelle: tuple[str, ...], consigne: str, avis: str, est_reprenable: bool, est_recopiable: bool
) -> tuple[Moule, Moule]:
    vierge = FormationDemandee(code=repere("code"), avis=avis, commentaire=repere("texte"))
    form = AvisForm(demande=vierge, echelle=echelle, consigne=consigne)
    form.initial |= {"version": repere("version"), "empreinte": repere("empreinte")}
    champs = rendus(form, Dite(repere("legende"), repere("cible"), est_reprenable, est_recopiable))
    return Moule(champs.saisie), Moule(champs.conflit)


def _boutons(form: AvisForm, legende: str) -> SafeString:
    contexte = {"champ": form["avis"], "legende": legende, "legende_visible": False, "lettres": True}
    return render_to_string("composants/segment.html", contexte)
