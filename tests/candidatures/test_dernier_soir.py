"""Le dernier soir, en petit : un serveur meurt, et chaque enregistrement confirmé est dans la base (F8)."""

import http.client
import json
import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier, Event
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from candidatures.models import FormationDemandee
from referentiel.en_direct import CONFLIT, sceau_de
from referentiel.models import Periode
from tests.atelier import attendre, serveurs_ouverts
from tests.factories.inscriptions import Monde
from tests.factories.referentiel import CampagneFactory

PERSONNES = 6
ENREGISTREMENTS = 12
LOCALE = "127.0.0.1"
JETON = "j" * 32


@dataclass
class Saisie:
    """Une personne à sa ligne : elle enregistre, relit sa classe, recommence tant qu'aucune réponse ne vient."""

    port: int
    uai: str
    ligne: str
    entetes: dict[str, str]
    sceau: str
    statuts: Counter[int] = field(default_factory=Counter)
    confirme: str = ""

    def saisir(self, depart: Barrier, a_mi_chemin: Event) -> None:
        depart.wait()
        version = 0
        for rang in range(ENREGISTREMENTS):
            version = self._enregistrer(f"Enregistrement numéro {rang} de la ligne {self.ligne}.", version)
            self._demander("GET", f"/origine/{self.uai}/eleves/")
            if rang == ENREGISTREMENTS // 2:
                a_mi_chemin.set()

    def _enregistrer(self, texte: str, version: int) -> int:
        """Envoie jusqu'à une réponse ; rend la version que le serveur a donnée.

        Une réponse perdue laisse ignorer si l'envoi a été reçu : le serveur le dit au suivant par un conflit.
        """
        champs = {"avis": "favorable", "commentaire": texte, "version": version}
        saisie = {f"{self.ligne}-{champ}": valeur for champ, valeur in champs.items()}
        envoi = urlencode(saisie | {"personne": self.sceau, "csrfmiddlewaretoken": JETON})
        statut, corps = self._demander("POST", f"/origine/{self.uai}/avis/lignes/{self.ligne}/", envoi)
        recu = json.loads(corps)
        if statut == CONFLIT:
            recu = recu["actuel"]
        assert recu["commentaire"] == texte, (statut, recu)
        self.confirme = texte
        return recu["version"]

    def _demander(self, verbe: str, chemin: str, envoi: str | None = None) -> tuple[int, bytes]:
        while True:
            connexion = http.client.HTTPConnection(LOCALE, self.port, timeout=120)
            try:
                connexion.request(verbe, chemin, envoi, self.entetes)
                reponse = connexion.getresponse()
                corps = reponse.read()
            except (OSError, http.client.HTTPException):
                continue
            finally:
                connexion.close()
            self.statuts[reponse.status] += 1
            return reponse.status, corps


@pytest.mark.pannes
@pytest.mark.django_db(transaction=True)
def test_un_serveur_meurt_le_dernier_soir_et_chaque_enregistrement_confirme_est_dans_la_base(connecter):
    with transaction.atomic():
        monde = _un_soir()
        lignes = [monde.inscrit().formations_demandees.get() for _ in range(PERSONNES)]
    session = connecter(monde.chef).cookies[settings.SESSION_COOKIE_NAME].value
    entetes = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={JETON}",
    }
    depart, a_mi_chemin = Barrier(PERSONNES), Event()
    with serveurs_ouverts(processus=2, fils=4) as serveurs, ThreadPoolExecutor(PERSONNES) as fils:
        assert attendre(lambda: len(serveurs.ouvriers()) == 2, au_plus=120)
        saisies = [Saisie(serveurs.port, monde.uai, ligne.code, entetes, sceau_de(monde.chef)) for ligne in lignes]
        faites = [fils.submit(saisie.saisir, depart, a_mi_chemin) for saisie in saisies]
        assert a_mi_chemin.wait(timeout=300)
        os.kill(serveurs.ouvriers()[0], signal.SIGKILL)
        for faite in faites:
            faite.result(timeout=300)
    connection.close()
    gardes = dict(FormationDemandee.objects.values_list("code", "commentaire"))
    assert gardes == {saisie.ligne: saisie.confirme for saisie in saisies}
    statuts = sum((saisie.statuts for saisie in saisies), Counter())
    assert set(statuts) <= {200, CONFLIT}
    assert statuts[200] >= PERSONNES * ENREGISTREMENTS * 2 - PERSONNES


def _un_soir() -> Monde:
    """Une campagne dont toutes les étapes sont en cours aujourd'hui : les serveurs ont la vraie heure."""
    campagne, aujourd_hui = CampagneFactory(), timezone.localdate()
    Periode.objects.filter(campagne=campagne).update(
        debut=aujourd_hui - timedelta(days=30), fin=aujourd_hui + timedelta(days=60)
    )
    return Monde(campagne, timezone.now())
