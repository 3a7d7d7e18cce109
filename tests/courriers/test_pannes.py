"""Les pannes, pour de vrai : rien ne se perd, rien ne part deux fois sans le même identifiant (R25, F2)."""

import random
import signal
import subprocess
import sys

import pytest
from django.test import override_settings

from courriers.models import Courriel
from courriers.rules import Cause, EtatCourriel
from courriers.services import rappeler
from courriers.tasks import faire_partir_les_courriers, reprendre_les_courriers_interrompus
from tests.atelier import RACINE, atelier_ouvert, attendre, environnement
from tests.factories.courriers import un_courriel

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pannes]

COURTIER_MUET = "redis+socket:///nulle-part.sock"


def envoyes() -> int:
    return Courriel.objects.filter(etat=EtatCourriel.ENVOYE).count()


def test_l_ouvrier_tue_net_ne_perd_rien(messagerie):
    messagerie.lenteur = 0.01
    courriels = [un_courriel(f"c-{n}", destinataire=f"ce.{n}@creteil.example") for n in range(150)]
    with atelier_ouvert(messagerie.adresse) as atelier:
        for seuil in sorted(random.sample(range(5, 130), 4)):
            faire_partir_les_courriers.delay()
            assert attendre(lambda seuil=seuil: len(messagerie.messages) >= seuil, au_plus=40)
            atelier.tuer()
            atelier.ouvrir()

        def tout_est_parti() -> bool:
            reprendre_les_courriers_interrompus.delay()
            faire_partir_les_courriers.delay()
            return attendre(lambda: envoyes() == len(courriels), au_plus=2)

        assert attendre(tout_est_parti, au_plus=60)
        morts = atelier.morts
    assert set(messagerie.identifiants) == {courriel.message_id for courriel in courriels}
    assert len(messagerie.identifiants) - len(courriels) <= 2 * morts
    recus = {(message["Message-ID"], message["To"]) for message in messagerie.messages}
    assert recus == {(courriel.message_id, courriel.destinataire) for courriel in courriels}


def poster_dans_un_autre_processus(avant: str = "", **variables: str) -> int:
    """Poste un courriel comme le ferait un processus web, et rend son code de fin."""
    programme = f"""
import os, signal, django
django.setup()
from django.db import transaction
from django.utils import timezone
from courriers.services import poster
with transaction.atomic():
    {avant or "pass"}
    poster(cle="ailleurs", nature="essai", destinataire="ce@creteil.example", sujet="s",
           gabarit="courriels/essai", contexte={{"texte": ""}}, le=timezone.now())
"""
    reglages = environnement(DJANGO_SETTINGS_MODULE="tests.reglages_avec_gabarits", **variables)
    fin = subprocess.run([sys.executable, "-c", programme], cwd=RACINE, env=reglages, check=False, timeout=60)
    return fin.returncode


def test_la_page_tuee_juste_apres_avoir_valide_ne_perd_rien(messagerie):
    code = poster_dans_un_autre_processus("transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))")
    assert code == -signal.SIGKILL
    assert envoyes() == 0
    faire_partir_les_courriers()
    assert messagerie.identifiants == [Courriel.objects.get().message_id]


def test_le_courtier_absent_ne_gene_ni_la_page_ni_l_envoi(messagerie):
    assert poster_dans_un_autre_processus(CELERY_BROKER_URL=COURTIER_MUET) == 0
    assert envoyes() == 0
    faire_partir_les_courriers()
    assert messagerie.identifiants == [Courriel.objects.get().message_id]


def test_la_messagerie_absente_retient_tout_puis_tout_part(messagerie):
    courriels = [un_courriel(f"c-{n}") for n in range(5)]
    with override_settings(EMAIL_PORT=9):
        faire_partir_les_courriers()
    assert envoyes() == 0
    Courriel.objects.update(prochain_essai_le=courriels[0].prochain_essai_le)
    faire_partir_les_courriers()
    assert envoyes() == 5
    assert len(messagerie.identifiants) == 5


def test_la_messagerie_qui_traine_est_laissee_puis_reprise(messagerie):
    courriel = un_courriel()
    messagerie.lenteur = 2
    with override_settings(EMAIL_TIMEOUT=0.2):
        faire_partir_les_courriers()
    courriel.refresh_from_db()
    assert (courriel.etat, courriel.raison.cause) == (EtatCourriel.A_ENVOYER, Cause.LIAISON)


def test_la_messagerie_qui_accepte_puis_coupe_recoit_deux_fois_le_meme_identifiant(messagerie):
    """Accepté, mais jamais confirmé : le second essai porte le même `Message-ID`."""
    courriel = un_courriel()
    messagerie.coupe = True
    faire_partir_les_courriers()
    courriel.refresh_from_db()
    assert (courriel.etat, courriel.raison.cause) == (EtatCourriel.A_ENVOYER, Cause.COUPURE)
    messagerie.coupe = False
    Courriel.objects.update(prochain_essai_le=courriel.poste_le)
    faire_partir_les_courriers()
    assert envoyes() == 1
    assert messagerie.identifiants == [courriel.message_id] * 2


def test_la_messagerie_qui_fait_attendre_garde_la_raison_et_le_parcours(messagerie):
    courriel = un_courriel()
    messagerie.reponse = "451 4.7.1 Greylisted"
    faire_partir_les_courriers()
    courriel.refresh_from_db()
    assert (courriel.etat, courriel.raison.cause) == (EtatCourriel.A_ENVOYER, Cause.DIFFERE)
    assert courriel.etapes.get().detail == "451 4.7.1 Greylisted"


@pytest.mark.parametrize("panne", ["coupe", "lenteur"])
def test_un_message_peut_etre_remis_est_note_incertain_et_ne_se_rappelle_plus(messagerie, panne):
    courriel = un_courriel()
    setattr(messagerie, panne, 2)
    with override_settings(EMAIL_TIMEOUT=0.2):
        faire_partir_les_courriers()
    courriel.refresh_from_db()
    assert courriel.incertain
    assert not rappeler([courriel])


def test_des_arrets_repetes_n_allongent_pas_l_attente(messagerie):
    """Pris et repris quatre fois par des ouvriers tués, un courriel refusé ensuite attend comme au premier refus."""
    courriel = un_courriel()
    for _ in range(4):
        Courriel.objects.update(etat=EtatCourriel.EN_COURS, tentatives=courriel.tentatives + 1)
        reprendre_les_courriers_interrompus()
        courriel.refresh_from_db()
    messagerie.reponse = "451 4.7.1 Greylisted"
    faire_partir_les_courriers()
    courriel.refresh_from_db()
    assert courriel.tentatives == 1
    assert courriel.incertain


def test_un_message_qui_n_a_jamais_atteint_le_serveur_se_rappelle(messagerie):
    courriel = un_courriel()
    with override_settings(EMAIL_PORT=9):
        faire_partir_les_courriers()
    courriel.refresh_from_db()
    assert not courriel.incertain
    assert rappeler([courriel])
