"""Ce qu'un serveur charge avant de se partager : un processus qui en remplace un autre n'a plus rien à lire."""

from django.template import engines

from passpro.prechargement import precharger


def test_tous_les_gabarits_sont_charges_sans_lire_la_base(settings):
    """pytest-django refuse toute lecture à une épreuve qui n'en demande pas."""
    [garde] = engines["html"].engine.template_loaders
    garde.reset()
    precharger()
    attendus = {page.name for page in (settings.BASE_DIR / "templates" / "pilotage").glob("*.html")}
    charges = {cle.removeprefix("pilotage/") for cle in garde.get_template_cache}
    assert attendus
    assert attendus <= charges
