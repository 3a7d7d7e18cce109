"""Un document demandé un soir chargé : la page dit où il en est, puis le donne, avec ou sans JavaScript (F9)."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from courriers.models import Document
from courriers.services import rendre_le_prochain_document
from tests.factories.documents import DocumentFactory
from tests.factories.pilotage import Scene


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("javascript", [True, False], ids=["avec script", "sans script"])
def test_un_document_s_attend_puis_se_donne(visiteur, connecter, javascript):
    with transaction.atomic():
        scene = Scene()
        eleve = scene.rendue().eleve
        DocumentFactory(demande_le=timezone.now() - timedelta(seconds=2))
    college = visiteur(javascript=javascript)
    session = connecter(scene.chef_origine.personne).cookies[settings.SESSION_COOKIE_NAME].value
    college.contexte.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": college.adresse, "httpOnly": True}]
    )
    college.ouvrir(reverse("avis:fiche", args=[scene.college.segment, eleve.code]))
    college.page.get_by_role("link", name="Télécharger le PDF").click()
    college.page.get_by_text("Un document passe avant le vôtre.").wait_for()
    college.verifier_la_page()
    Document.objects.filter(html__contains="À rendre").delete()
    if javascript:
        college.page.get_by_text("C’est le prochain de la file").wait_for()
        college.page.route("**/*.pdf", enregistrer)
    with college.page.expect_response(est_le_document, timeout=90_000):
        assert rendre_le_prochain_document(timezone.now)
        if not javascript:
            college.page.get_by_role("link", name="Actualiser").click()
    if javascript:
        # La page reste, et doit dire vrai.
        college.page.get_by_role("heading", name="Votre document est prêt", exact=True).wait_for()
        college.page.get_by_role("link", name="Ouvrir le document (PDF)").wait_for()
        college.verifier_la_page()


def enregistrer(route) -> None:
    """Comme un navigateur qui enregistre les PDF au lieu de les ouvrir."""
    reponse = route.fetch()
    route.fulfill(response=reponse, headers={**reponse.headers, "content-disposition": "attachment"})


def est_le_document(reponse) -> bool:
    return reponse.url.endswith(".pdf") and reponse.headers.get("content-type") == "application/pdf"
