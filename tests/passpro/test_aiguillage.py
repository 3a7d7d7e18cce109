"""L'aiguillage trouve la vue que Django trouverait en essayant chaque motif."""

import re
from collections.abc import Iterator

from django.urls import Resolver404, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from passpro.aiguillage import Aiguillage

# De quoi remplir une adresse ; un de ces mots commence aussi d'autres adresses.
VALEURS = ({"str": "0770001a", "int": "12"}, {"str": "ajouter", "int": "0"}, {"str": "eleves", "int": "7"})


def sans_aiguillage() -> URLResolver:
    """Les mêmes adresses, que Django essaie une à une."""
    motifs = [
        URLResolver(motif.pattern, motif.urlconf_name, None, app_name=motif.app_name, namespace=motif.namespace)
        if isinstance(motif, Aiguillage)
        else motif
        for motif in get_resolver().url_patterns
    ]
    return URLResolver(RegexPattern(r"^/"), motifs)


def formes(motifs, debut: str = "") -> Iterator[str]:
    for motif in motifs:
        if isinstance(motif, URLResolver):
            yield from formes(motif.url_patterns, debut + str(motif.pattern))
        else:
            yield debut + str(motif.pattern)


def trouver(resolveur: URLResolver, adresse: str):
    try:
        trouvee = resolveur.resolve(adresse)
    except Resolver404:
        return None
    return trouvee.func, trouvee.kwargs, trouvee.view_name, trouvee.route, trouvee.namespaces


def test_chaque_adresse_ouvre_la_vue_que_django_ouvrirait():
    ici, django = get_resolver(), sans_aiguillage()
    ouvertes = 0
    for forme in formes(ici.url_patterns):
        for valeurs in VALEURS:
            adresse = "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda trou, v=valeurs: v.get(trou[1] or "str", "x"), forme)
            for essai in (adresse, adresse.rstrip("/"), f"{adresse}x/", adresse[:-2]):
                trouvee = trouver(ici, essai)
                assert trouvee == trouver(django, essai), essai
                ouvertes += trouvee is not None
    assert ouvertes > 400
