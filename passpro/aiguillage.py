"""Trouver la vue d'une adresse sans essayer tous les motifs : l'application en a des centaines.

Django essaie les motifs un à un. Ici, une adresse n'essaie que ceux qui commencent par le même mot qu'elle, et ceux
dont le début varie, dans leur ordre : la vue trouvée est la même.
"""

from functools import cached_property
from typing import Any

from django.urls import URLResolver, include
from django.urls.resolvers import ResolverMatch, RoutePattern


class Aiguillage(URLResolver):
    """Les adresses d'une application, rangées par leur premier mot."""

    @cached_property
    def _voies(self) -> dict[str, URLResolver]:
        """Par premier mot, les motifs à essayer ; sous « », ceux de toute autre adresse."""
        mots = {_premier_mot(motif) for motif in self.url_patterns}
        return {mot: self._voie(mot) for mot in {*mots, ""}}

    def _voie(self, mot: str) -> URLResolver:
        motifs = [motif for motif in self.url_patterns if _premier_mot(motif) in {mot, ""}]
        return URLResolver(self.pattern, motifs, self.default_kwargs, app_name=self.app_name, namespace=self.namespace)

    def resolve(self, path: str) -> ResolverMatch:
        return self._voies.get(path.partition("/")[0], self._voies[""]).resolve(path)


def application(urls: str) -> URLResolver:
    """Comme `path("", include(urls))`."""
    module, app_name, namespace = include(urls)
    return Aiguillage(RoutePattern("", is_endpoint=False), module, None, app_name=app_name, namespace=namespace)


def _premier_mot(motif: Any) -> str:
    """« origine » pour « origine/<str:uai>/eleves/ » ; « » si le motif ne le dit pas en entier."""
    if not isinstance(motif.pattern, RoutePattern):
        return ""
    mot, barre, _ = str(motif.pattern).partition("/")
    return mot if (barre or motif.pattern._is_endpoint) and "<" not in mot else ""
