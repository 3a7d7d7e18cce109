"""« lundi 1er février 2027 » : le filtre `date` de Django ne sait écrire que « lundi 1 février »."""

import re
from datetime import date
from typing import Any

from django import template
from django.template import defaultfilters

from referentiel.rules.dates import JOURS, MOIS

register = template.Library()
# Le chiffre d'un premier du mois : après le nom du jour, ou devant celui du mois.
PREMIER = re.compile(rf"((?:{'|'.join(JOURS)})[ \u00a0])?(?<!\d)1(?(1)(?!\d|er\b)|(?=[ \u00a0](?:{'|'.join(MOIS)})))")


@register.filter("date", expects_localtime=True, is_safe=False)
def ecrire_la_date(valeur: Any, forme: str | None = None) -> str:
    """Le filtre `date`, le premier du mois écrit « 1er »."""
    texte = defaultfilters.date(valeur, forme)
    return PREMIER.sub(r"\g<1>1er", texte) if isinstance(valeur, date) and valeur.day == 1 else texte


@register.filter(is_safe=True)
@defaultfilters.stringfilter
def premiers_du_mois(texte: str) -> str:
    """Un texte où Django a déjà écrit des dates : les listes de l'administration."""
    return PREMIER.sub(r"\g<1>1er", texte)
