"""Les champs d'une ligne d'avis, rendus par Django une fois par réponse possible : une classe en montre des dizaines.

Le rendu porte un repère à la place du code, de la légende et du texte ; chaque ligne y met les siens. Une ligne où
quelque chose est tapé, ou refusé, rend son propre formulaire.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from candidatures.forms import AvisForm
from candidatures.lectures import empreinte
from candidatures.models import FormationDemandee

CODE = "code-de-la-ligne"
LEGENDE = "legende-de-la-ligne"
TEXTE = "texte-de-la-ligne"
MOULES_GARDES = 64


@dataclass(frozen=True, slots=True)
class Champs:
    """Les valeurs d'une ligne et ses composants de saisie ; `erreurs` est celles du commentaire."""

    avis: str
    commentaire: str
    version: str
    empreinte: str
    boutons: SafeString
    zone: SafeString
    erreurs: str = ""


def moules(demande: FormationDemandee, echelle: tuple[str, ...], consigne: str, legende: str) -> Champs:
    """Champs d'une ligne telle qu'elle est enregistrée."""
    boutons, zone = _moule(echelle, consigne, demande.avis)
    return Champs(
        demande.avis,
        demande.commentaire,
        str(demande.version),
        empreinte(demande.avis, demande.commentaire),
        _remplir(boutons, demande.code, LEGENDE, legende),
        _remplir(zone, demande.code, TEXTE, demande.commentaire),
    )


def rendus(form: AvisForm, legende: str) -> Champs:
    """Champs d'un formulaire, avec ce qui y est tapé et ses erreurs."""
    valeurs = {nom: "" if (valeur := form[nom].value()) is None else str(valeur) for nom in form.fields}
    return Champs(
        **valeurs,
        boutons=_boutons(form, legende),
        zone=form["commentaire"].as_widget(),
        erreurs=" ".join(form["commentaire"].errors),
    )


@lru_cache(MOULES_GARDES)
def _moule(echelle: tuple[str, ...], consigne: str, avis: str) -> tuple[str, str]:
    vierge = FormationDemandee(code=CODE, avis=avis, commentaire=TEXTE)
    form = AvisForm(demande=vierge, echelle=echelle, consigne=consigne)
    return _boutons(form, LEGENDE), form["commentaire"].as_widget()


def _boutons(form: AvisForm, legende: str) -> SafeString:
    contexte = {"champ": form["avis"], "legende": legende, "legende_visible": False, "lettres": True}
    return mark_safe(render_to_string("composants/segment.html", contexte).strip())  # noqa: S308 - rendu par Django


def _remplir(moule: str, code: str, repere: str, texte: str) -> SafeString:
    """Le code d'abord : le texte de la ligne ne peut alors rien remplacer."""
    return mark_safe(moule.replace(CODE, code).replace(repere, escape(texte)))  # noqa: S308 - texte échappé
