"""Double clic, nouvelle tentative, retour arrière : trois envois à la fois, un quatrième après, un seul effet (F6)."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from candidatures.forms import DesistementForm
from candidatures.rules import Etat
from comptes.models import Personne, Trace
from courriers.models import Courriel
from entretiens.rules.etats import EtatEntretien
from referentiel.rules.dates import PARIS
from tests.entretiens.test_concurrence import ensemble
from tests.factories.avis import TEXTE
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.referentiel import OffreFactory
from tests.invariants import etats_impossibles

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pannes]

HIER = MAINTENANT.replace(day=12, hour=14, tzinfo=PARIS)


@dataclass(frozen=True)
class Envoi:
    """Une page à envoyer : qui, où, quoi ; le fait que l'historique n'en garde qu'une fois."""

    par: Personne
    adresse: str
    saisie: dict
    fait: str
    courriels: int


def inscrire(scene: Scene) -> Envoi:
    candidature = scene.candidature(Etat.BROUILLON, inscrite_le=None)
    [demande] = candidature.formations_demandees.all()
    OffreFactory(formation=demande.formation, etablissement=scene.lycee)
    adresse = reverse("candidatures:inscription_recapitulatif", args=[scene.college.segment, candidature.eleve.code])
    return Envoi(scene.chef_origine.personne, adresse, {}, "inscription", 0)


def desister(scene: Scene) -> Envoi:
    candidature = scene.convoquee().candidature
    adresse = reverse("candidatures:desistement", args=[scene.college.segment, candidature.code])
    codes = list(candidature.formations_demandees.values_list("code", flat=True))
    saisie = {"motif": DesistementForm.MOTIFS[0], "formations": codes}
    return Envoi(scene.chef_origine.personne, adresse, saisie, "desistement", 1)


def convoquer(scene: Scene) -> Envoi:
    entretien = scene.planifiee()
    adresse = reverse("entretiens:verifier_l_envoi", args=[scene.lycee.segment])
    saisie = {"codes": entretien.code, "quand": "maintenant"}
    return Envoi(scene.chef_accueil.personne, adresse, saisie, "convocation_confirmee", 2)


def transmettre(scene: Scene) -> Envoi:
    candidature = scene.avec_entretien(Etat.REALISEE, debut=HIER, presence=EtatEntretien.TENU)
    codes = candidature.formations_demandees.values_list("code", flat=True)
    saisie = {"texte": TEXTE, "version": 0, "geste": "transmettre", **{f"avis_{code}": "favorable" for code in codes}}
    adresse = reverse("avis:compte_rendu", args=[scene.lycee.segment, candidature.code])
    return Envoi(scene.chef_accueil.personne, adresse, saisie, "compte_rendu", 1)


def confirmer_la_proposition(scene: Scene) -> Envoi:
    proposition = scene.proposition()
    adresse = reverse("entretiens:proposition_envoi", args=[scene.lycee.segment, proposition.code])
    saisie = {"quand": "maintenant", "version": proposition.version}
    return Envoi(scene.chef_accueil.personne, adresse, saisie, "convocation_confirmee", 2)


def inviter(scene: Scene) -> Envoi:
    adresse = reverse("referentiel:inviter_origine", args=[scene.college.segment])
    saisie = {"courriel": "nadia.ferrand@creteil.example", "role": "gestionnaire", "fonction": "Secrétaire"}
    return Envoi(scene.chef_origine.personne, adresse, saisie, "", 1)


GESTES = [inscrire, desister, convoquer, transmettre, confirmer_la_proposition, inviter]


@pytest.mark.parametrize("geste", GESTES, ids=[geste.__name__ for geste in GESTES])
def test_envoye_quatre_fois_un_geste_n_a_qu_un_effet(geste: Callable[[Scene], Envoi], connecter, monkeypatch):
    with transaction.atomic():
        scene = Scene()
        envoi = geste(scene)
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    deja = set(Courriel.objects.values_list("pk", flat=True)), set(Trace.objects.values_list("pk", flat=True))
    clients = [connecter(envoi.par) for _ in range(4)]
    reponses, leves = ensemble([lambda c=client: c.post(envoi.adresse, envoi.saisie) for client in clients[:3]])
    reponses.append(clients[3].post(envoi.adresse, envoi.saisie))
    assert leves == []
    assert {reponse.status_code for reponse in reponses} <= {200, 302, 404, 409}
    assert any(reponse.status_code == 302 for reponse in reponses)
    traces = list(Trace.objects.exclude(pk__in=deja[1]).values_list("fait", flat=True))
    courriels = list(Courriel.objects.exclude(pk__in=deja[0]).values_list("nature", "destinataire"))
    assert len(courriels) == len(set(courriels)) == envoi.courriels, (courriels, traces)
    assert traces.count(envoi.fait) == 1 or not envoi.fait, traces
    assert [faute for faute in etats_impossibles() if "sans_convocation" not in faute] == []
