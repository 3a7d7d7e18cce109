"""Les jumelles nues : une vue Django d'une requête et d'un tableau, sans session ni intergiciel."""

from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path

from outils.mesures.pages import Page

JUMELLES: dict[int, Page] = {}
TABLEAU = Template(
    "<!doctype html><html lang=fr><title>Tableau</title><table>"
    "{% for ligne in lignes %}<tr>{% for valeur in ligne %}<td>{{ valeur }}</td>{% endfor %}</tr>{% endfor %}"
    "</table></html>"
)


def jumelle(request: HttpRequest, rang: int) -> HttpResponse:
    return HttpResponse(TABLEAU.render(Context({"lignes": JUMELLES[rang].lignes()})))


urlpatterns = [path("<int:rang>/", jumelle)]
