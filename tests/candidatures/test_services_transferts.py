"""Demander, accepter, refuser un transfert (R12)."""

from datetime import datetime, time, timedelta

import pytest

from candidatures.models import Candidature, DemandeDeTransfert, Eleve
from candidatures.services import accepter_un_transfert, refuser_un_transfert
from comptes.models import Trace
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Convocation
from referentiel.models import Campagne
from referentiel.rules.dates import PARIS, jour_de
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.changements import ailleurs, convoquee, demande_de_transfert, planifier
from tests.factories.entretiens import JEUDI, convoquer
from tests.factories.inscriptions import APRES_LA_CAMPAGNE

pytestmark = pytest.mark.django_db


def accepter(monde, demande):
    return accepter_un_transfert(demande=demande, par=monde.chef, le=monde.le)


def test_le_dossier_change_d_etablissement_avec_ses_candidatures_et_ses_convocations(monde):
    candidature, nouveau = monde.inscrit(), ailleurs()
    convoquee(monde, candidature)
    demande = demande_de_transfert(monde, candidature.eleve, nouveau)
    accepter(monde, demande)

    eleve = Eleve.objects.get()
    assert (eleve.etablissement, eleve.referent_nom, eleve.referent_courriel) == (nouveau, "", "")
    assert Candidature.objects.de_l_origine(monde.campagne, nouveau.pk).get() == candidature
    assert not Candidature.objects.de_l_origine(monde.campagne, monde.college.pk).exists()
    assert Convocation.objects.de_l_origine(monde.campagne, nouveau.pk).exists()
    demande.refresh_from_db()
    assert (demande.etat, demande.reglee_le) == (DemandeDeTransfert.Etat.ACCEPTEE, monde.le)


def test_la_convocation_part_aussi_au_nouvel_etablissement(monde):
    candidature, nouveau = monde.inscrit(), ailleurs()
    convoquee(monde, candidature)
    accepter(monde, demande_de_transfert(monde, candidature.eleve, nouveau))
    recus = Courriel.objects.filter(nature="convocation", destinataire=nouveau.messagerie)
    assert recus.get().etat == EtatCourriel.A_ENVOYER


def test_une_convocation_qui_attend_ne_part_plus_a_l_ancien_etablissement(monde):
    un, deux = monde.inscrit(), monde.inscrit()
    entretiens = [planifier(monde, un, 9), planifier(monde, deux, 10)]
    convoquer(*entretiens, le=monde.le)
    accepter(monde, demande_de_transfert(monde, un.eleve, ailleurs()))
    attendent = Courriel.objects.filter(nature="convocation", etat=EtatCourriel.A_ENVOYER)
    de_l_ancien = attendent.get(destinataire=monde.college.messagerie)
    assert list(de_l_ancien.convocations.values_list("entretien__candidature", flat=True)) == [deux.pk]
    referent = attendent.get(destinataire="petit@creteil.example")
    assert list(referent.convocations.values_list("entretien__candidature", flat=True)) == [deux.pk]
    assert attendent.exclude(pk__in=[de_l_ancien.pk, referent.pk]).count() == 1


def test_chacun_est_prevenu_sans_nom_d_eleve(monde):
    candidature, nouveau = monde.inscrit(), ailleurs()
    accepter(monde, demande_de_transfert(monde, candidature.eleve, nouveau))
    courriels = Courriel.objects.filter(cle__startswith="transfert-fait:")
    lycee = monde.accueil.etablissement
    attendus = sorted([monde.college.messagerie, nouveau.messagerie, lycee.messagerie])
    assert sorted(courriels.values_list("destinataire", flat=True)) == attendus
    for courriel in courriels:
        for secret in ("Diallo", "DIALLO", "Yanis", "012345678AB"):
            assert secret not in courriel.sujet + courriel.texte + courriel.html


def test_l_histoire_s_ecrit_sur_le_dossier_ses_candidatures_et_les_deux_etablissements(monde):
    candidature, nouveau = monde.inscrit(), ailleurs()
    accepter(monde, demande_de_transfert(monde, candidature.eleve, nouveau))
    traces = Trace.objects.filter(fait="transfert")
    objets = {(trace.objet_type, trace.objet_id) for trace in traces}
    etablissement = "referentiel.etablissement"
    assert objets == {
        ("candidatures.eleve", candidature.eleve_id),
        ("candidatures.candidature", candidature.pk),
        (etablissement, monde.college.pk),
        (etablissement, nouveau.pk),
    }
    du_dossier = traces.get(objet_type="candidatures.eleve")
    assert du_dossier.avant["etablissement"] == monde.college.uai
    assert du_dossier.apres["etablissement"] == nouveau.uai


def test_le_jour_d_un_entretien_le_dossier_attend_le_lendemain(monde):
    candidature = monde.inscrit()
    convoquee(monde, candidature)
    demande = demande_de_transfert(monde, candidature.eleve, ailleurs())
    monde.le = datetime.combine(JEUDI, time(7, 0), tzinfo=PARIS)
    with pytest.raises(Refus, match=r"Un entretien a lieu aujourd’hui\. Transférez le dossier demain\."):
        accepter(monde, demande)
    assert Eleve.objects.get().etablissement == monde.college
    monde.le -= timedelta(days=1)
    assert jour_de(monde.le) < JEUDI
    accepter(monde, demande)


def test_un_refus_garde_le_dossier_et_ne_dit_pas_ou_il_est(monde):
    eleve, nouveau = monde.eleve(), ailleurs()
    demande = demande_de_transfert(monde, eleve, nouveau)
    refuser_un_transfert(demande=demande, par=monde.chef, le=monde.le)
    demande.refresh_from_db()
    eleve.refresh_from_db()
    assert (demande.etat, eleve.etablissement) == (DemandeDeTransfert.Etat.REFUSEE, monde.college)
    courriel = Courriel.objects.get(cle__startswith="transfert-refuse:")
    assert courriel.destinataire == nouveau.messagerie
    assert monde.college.nom not in courriel.texte + courriel.html
    assert "Diallo" not in courriel.texte


def test_une_demande_reglee_ne_se_regle_plus(monde):
    demande = demande_de_transfert(monde, monde.eleve(), ailleurs())
    accepter(monde, demande)
    for service in (accepter_un_transfert, refuser_un_transfert):
        with pytest.raises(Refus, match="déjà réglée"):
            service(demande=demande, par=monde.chef, le=monde.le)


def test_une_campagne_close_ne_transfere_rien(monde):
    demande = demande_de_transfert(monde, monde.eleve(), ailleurs())
    monde.le = APRES_LA_CAMPAGNE
    with pytest.raises(PeriodeClose):
        accepter(monde, demande)
    Campagne.objects.update(etat=Campagne.Etat.CLOSE)
    with pytest.raises(PeriodeClose):
        refuser_un_transfert(demande=demande, par=monde.chef, le=monde.le)
