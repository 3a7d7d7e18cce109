"""Confirmer, rappeler, renvoyer, corriger une convocation (R25)."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db.models import F

from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat
from candidatures.services import desister
from comptes.models import Trace
from courriers.expedition import Expediteur
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import faire_partir_un_lot
from courriers.signals import document_rendu
from entretiens import services
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.rules.etats import NatureConvocation
from entretiens.tasks import tenir_les_convocations_a_jour
from referentiel.models import Etablissement, Periode
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.candidatures import EN_MARS, CandidatureFactory, EleveFactory
from tests.factories.entretiens import JEUDI, convoquer, instant, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, EtablissementFactory

pytestmark = pytest.mark.django_db

PLUS_TARD = EN_MARS + timedelta(minutes=10)


@pytest.fixture
def accueil():
    return AccueilFactory()


@pytest.fixture
def college():
    return EtablissementFactory(nom="Collège Jean-Moulin", messagerie="ce.moulin@creteil.example")


def eleve(accueil, college, referent="petit@creteil.example", **champs):
    return EleveFactory(campagne=accueil.domaine.campagne, etablissement=college, referent_courriel=referent, **champs)


def entretiens_de(accueil, *eleves, **serie):
    creneaux = ouvrir(accueil, au=JEUDI + timedelta(days=30), **serie)
    placements = [
        (CandidatureFactory(accueil=accueil, eleve=eleve, modalite=""), creneau)
        for eleve, creneau in zip(eleves, creneaux, strict=False)
    ]
    return services.placer_plusieurs(placements=placements, par=None, le=EN_MARS)


def partir(le=PLUS_TARD) -> list[str]:
    """Fait partir ce qui est dû, par le vrai chemin ; rend les destinataires."""
    deja = len(mail.outbox)
    with Expediteur() as expediteur:
        faire_partir_un_lot(expediteur, le=le, au_plus=1000)
    return sorted(message.to[0] for message in mail.outbox[deja:])


def etats(*entretiens) -> list[str]:
    return list(Candidature.objects.filter(entretiens__in=entretiens).order_by("pk").values_list("etat", flat=True))


def test_un_courriel_par_messagerie_et_un_par_personne_referente_avec_ses_eleves(accueil, college):
    autre = EtablissementFactory(messagerie="ce.hugo@creteil.example")
    entretiens = entretiens_de(
        accueil,
        eleve(accueil, college, "petit@creteil.example"),
        eleve(accueil, college, "PETIT@creteil.example"),
        eleve(accueil, college, "haddad@creteil.example"),
        eleve(accueil, autre, ""),
    )
    envoi = convoquer(*entretiens)
    portees = {c.destinataire: c.convocations.count() for c in Courriel.objects.all()}
    assert portees == {
        "ce.moulin@creteil.example": 3,
        "petit@creteil.example": 2,
        "haddad@creteil.example": 1,
        "ce.hugo@creteil.example": 1,
    }
    assert envoi.part_le == EN_MARS + timedelta(minutes=10)
    assert set(Courriel.objects.values_list("prochain_essai_le", flat=True)) == {envoi.part_le}
    assert set(Entretien.objects.values_list("sequence", flat=True)) == {1}


def test_une_personne_referente_a_l_adresse_de_l_etablissement_n_ecrit_pas_deux_fois(accueil, college):
    convoquer(*entretiens_de(accueil, eleve(accueil, college, college.messagerie.upper())))
    assert Courriel.objects.count() == 1


def test_aucun_nom_d_eleve_dans_un_sujet_mais_dans_le_corps(accueil, college):
    un = eleve(accueil, college, nom="Diallo", prenom="Yanis")
    deux = eleve(accueil, college, "autre@creteil.example", nom="Fofana", prenom="Lina")
    convoquer(*entretiens_de(accueil, un, deux))
    for courriel in Courriel.objects.all():
        assert not {"diallo", "fofana", "yanis", "lina"} & set(courriel.sujet.lower().replace(",", " ").split())
    collectif = Courriel.objects.get(destinataire=college.messagerie)
    assert collectif.sujet.startswith("Passpro : 2 convocations, entretiens du jeudi 25 mars au lycée professionnel")
    assert Courriel.objects.get(destinataire="petit@creteil.example").sujet.startswith(
        "Passpro : 1 convocation, entretien du jeudi 25 mars au lycée professionnel"
    )
    for version in (collectif.texte, collectif.html):
        assert "Yanis DIALLO" in version
        assert "Lina FOFANA" in version
        assert "9\u00a0h\u00a000" in version
        assert "il en manque 2" in version
        assert f"/origine/{college.segment}/convocations/" in version


def test_un_nom_hostile_ne_s_execute_pas_et_reste_lisible_en_texte(accueil, college):
    convoquer(*entretiens_de(accueil, eleve(accueil, college, nom="<b>O’Neil</b> & fils")))
    courriel = Courriel.objects.first()
    assert "<B>" not in courriel.html
    assert "<B>O’NEIL</B> & FILS" in courriel.texte


def test_le_texte_et_le_html_disent_la_meme_chose(accueil, college):
    convoquer(*entretiens_de(accueil, eleve(accueil, college), eleve(accueil, college)))
    courriel = Courriel.objects.get(destinataire=college.messagerie)

    def mots(texte: str) -> list[str]:
        lu = re.sub(r"<head>.*</head>|{#.*?#}", " ", texte, flags=re.S)
        return re.sub(r"<[^>]+>|^-- $|^- |\s: http\S+", " ", lu, flags=re.M).replace("&#x27;", "'").split()

    assert mots(courriel.texte) == mots(courriel.html)


@pytest.mark.parametrize("nombre", [2, 30])
def test_confirmer_ne_compte_pas_ses_requetes(accueil, college, nombre, django_assert_num_queries):
    entretiens = entretiens_de(accueil, *(eleve(accueil, college) for _ in range(nombre)))
    with django_assert_num_queries(18):
        services.confirmer(
            etablissement=accueil.etablissement,
            campagne=accueil.domaine.campagne,
            entretiens=entretiens,
            par=None,
            le=EN_MARS,
        )


def test_confirmer_deux_fois_n_annonce_qu_une_fois(accueil, college):
    entretiens = entretiens_de(accueil, eleve(accueil, college))
    convoquer(*entretiens)
    with pytest.raises(Refus, match="déjà confirmées"):
        convoquer(*entretiens)
    assert (Envoi.objects.count(), Convocation.objects.count()) == (1, 1)


def test_les_entretiens_d_un_autre_etablissement_ne_s_envoient_pas(accueil, college):
    entretiens = entretiens_de(accueil, eleve(accueil, college))
    with pytest.raises(Refus):
        services.confirmer(
            etablissement=AccueilFactory(domaine=accueil.domaine).etablissement,
            campagne=accueil.domaine.campagne,
            entretiens=entretiens,
            par=None,
            le=EN_MARS,
        )


def test_apres_la_date_limite_rien_ne_s_envoie(accueil, college):
    entretiens = entretiens_de(accueil, eleve(accueil, college))
    Periode.objects.filter(nature="convocations").update(fin=date(2027, 3, 9))
    with pytest.raises(PeriodeClose, match="9\u00a0mars"):
        convoquer(*entretiens)


def test_un_entretien_deja_commence_ne_se_convoque_pas(accueil, college):
    entretiens = entretiens_de(accueil, eleve(accueil, college))
    with pytest.raises(Refus, match="déjà commencé"):
        convoquer(*entretiens, le=instant(9))


@pytest.mark.parametrize("adresse", ["", "pas-une-adresse", "a@b.example, x@mal.example"])
def test_une_adresse_absente_ou_fausse_n_empeche_rien(accueil, college, adresse):
    Etablissement.objects.filter(pk=college.pk).update(messagerie=adresse)
    college.refresh_from_db()
    entretiens = entretiens_de(accueil, eleve(accueil, college, ""), eleve(accueil, college))
    envoi = convoquer(*entretiens)
    assert envoi.convocations.count() == 2
    assert [c.destinataire for c in Courriel.objects.all()] == ["petit@creteil.example"]


def test_une_adresse_completee_recoit_ce_qui_lui_manquait_et_une_seule_fois(accueil, college):
    Etablissement.objects.filter(pk=college.pk).update(messagerie="")
    college.refresh_from_db()
    envoi = convoquer(*entretiens_de(accueil, eleve(accueil, college), eleve(accueil, college, "")))
    with pytest.raises(Refus, match="Aucune adresse nouvelle"):
        services.completer_l_envoi(envoi=envoi, par=None, le=PLUS_TARD)
    Etablissement.objects.filter(pk=college.pk).update(messagerie="ce.moulin@creteil.example")
    assert services.completer_l_envoi(envoi=envoi, par=None, le=PLUS_TARD) == 1
    with pytest.raises(Refus, match="Aucune adresse nouvelle"):
        services.completer_l_envoi(envoi=envoi, par=None, le=PLUS_TARD)
    assert partir() == ["ce.moulin@creteil.example", "petit@creteil.example"]


def test_au_premier_depart_la_candidature_est_convoquee(accueil, college):
    entretiens = entretiens_de(accueil, eleve(accueil, college), eleve(accueil, EtablissementFactory(), ""))
    convoquer(*entretiens)
    assert partir(le=EN_MARS + timedelta(minutes=9)) == []
    assert etats(*entretiens) == [Etat.PLANIFIEE, Etat.PLANIFIEE]
    assert len(partir()) == 3
    assert etats(*entretiens) == [Etat.CONVOQUEE, Etat.CONVOQUEE]
    traces = Trace.objects.de(entretiens[0].candidature).filter(fait="convocation")
    assert traces.count() == 1


@pytest.mark.parametrize("etat", [etat for etat in Etat if etat is not Etat.PLANIFIEE])
def test_un_depart_ne_touche_que_les_candidatures_planifiees(accueil, college, etat):
    entretiens = entretiens_de(accueil, eleve(accueil, college))
    convoquer(*entretiens)
    Candidature.objects.update(etat=etat)
    partir()
    assert etats(*entretiens) == [etat]
    assert not Courriel.objects.exclude(etat=EtatCourriel.ENVOYE).exists()


def test_un_envoi_se_rappelle_pendant_dix_minutes(accueil, college):
    entretiens = entretiens_de(accueil, eleve(accueil, college))
    envoi = convoquer(*entretiens)
    services.rappeler_l_envoi(envoi=envoi, par=None, le=PLUS_TARD - timedelta(seconds=1))
    assert partir() == []
    assert etats(*entretiens) == [Etat.PLANIFIEE]
    assert not Convocation.objects.en_vigueur().exists()
    assert Entretien.objects.a_confirmer().count() == 1
    with pytest.raises(Refus, match="déjà annulé"):
        services.rappeler_l_envoi(envoi=envoi, par=None, le=PLUS_TARD - timedelta(seconds=1))


def test_un_envoi_ne_se_rappelle_plus_apres_dix_minutes(accueil, college):
    envoi = convoquer(*entretiens_de(accueil, eleve(accueil, college)))
    with pytest.raises(Refus, match="partis"):
        services.rappeler_l_envoi(envoi=envoi, par=None, le=PLUS_TARD)


def test_un_envoi_rappele_se_refait_avec_un_numero_de_plus(accueil, college):
    entretiens = entretiens_de(accueil, eleve(accueil, college))
    services.rappeler_l_envoi(envoi=convoquer(*entretiens), par=None, le=EN_MARS)
    convoquer(*entretiens)
    [convocation] = Convocation.objects.en_vigueur()
    assert (convocation.sequence, convocation.nature) == (2, NatureConvocation.INITIALE)
    assert len(partir()) == 2


def test_deplacer_apres_le_depart_remplace_et_nomme_l_ancienne_heure(accueil, college):
    [entretien] = entretiens_de(accueil, eleve(accueil, college))
    convoquer(entretien)
    partir()
    libre = ouvrir_un_creneau(accueil, 14)
    services.deplacer(entretien=entretien, creneau=libre, par=None, le=PLUS_TARD)
    convocation = Convocation.objects.en_vigueur().get()
    assert (convocation.nature, convocation.sequence) == (NatureConvocation.MODIFICATION, 2)
    assert (convocation.remplace.lower, convocation.periode.lower) == (instant(9), instant(14))
    assert partir() == ["ce.moulin@creteil.example", "petit@creteil.example"]
    message = mail.outbox[-1]
    assert "modifiée" in message.subject
    assert "Remplace la convocation du jeudi 25\u00a0mars 2027 à 9\u00a0h\u00a000" in message.body
    assert etats(entretien) == [Etat.CONVOQUEE]


def test_une_meme_piece_jointe_a_deux_courriels_d_un_lot_ne_se_rend_qu_une_fois(accueil, college):
    rendus = []

    def noter(sender, **_):
        rendus.append(sender)

    autre = EtablissementFactory(messagerie="ce.hugo@creteil.example")
    convoquer(*entretiens_de(accueil, eleve(accueil, college), eleve(accueil, autre, referent="")))
    document_rendu.connect(noter)
    assert partir() == ["ce.hugo@creteil.example", "ce.moulin@creteil.example", "petit@creteil.example"]
    document_rendu.disconnect(noter)
    joints = {message.to[0]: message.attachments[0].get_payload() for message in mail.outbox}
    assert joints["ce.moulin@creteil.example"] == joints["petit@creteil.example"] != joints["ce.hugo@creteil.example"]
    assert len(rendus) == 2


def test_deplacer_avant_le_depart_refait_la_convocation_sans_parler_de_modification(accueil, college):
    un, deux = entretiens_de(accueil, eleve(accueil, college), eleve(accueil, college))
    envoi = convoquer(un, deux)
    services.deplacer(entretien=un, creneau=ouvrir_un_creneau(accueil, 14), par=None, le=EN_MARS + timedelta(minutes=2))
    assert len(partir(le=envoi.part_le)) == 4
    assert {message.subject.split(" : ")[1][:14] for message in mail.outbox} == {"1 convocation,"}
    assert set(Convocation.objects.en_vigueur().values_list("nature", flat=True)) == {NatureConvocation.INITIALE}
    corps = "\n".join(message.body for message in mail.outbox)
    assert corps.count(f"{un.candidature.eleve.nom.upper()},") == 2
    assert "14\u00a0h\u00a000" in corps


def test_annuler_apres_le_depart_envoie_une_annulation(accueil, college):
    [entretien] = entretiens_de(accueil, eleve(accueil, college))
    convoquer(entretien)
    partir()
    services.liberer(entretien=entretien, replanifier=True, par=None, le=PLUS_TARD)
    assert partir() == ["ce.moulin@creteil.example", "petit@creteil.example"]
    assert mail.outbox[-1].subject.startswith("Passpro : entretien annulé, jeudi 25 mars au lycée")
    [agenda] = mail.outbox[-1].attachments
    assert "METHOD:CANCEL" in agenda.get_payload(decode=True).decode()
    assert etats(entretien) == [Etat.INSCRITE]


def test_un_desistement_avant_le_depart_ne_laisse_rien_partir_pour_l_eleve(accueil, college):
    un, deux = entretiens_de(accueil, eleve(accueil, college, nom="Diallo"), eleve(accueil, college, nom="Fofana"))
    convoquer(un, deux)
    desister(candidature=un.candidature, motif="Renonce", par=None, le=EN_MARS + timedelta(minutes=1))
    partir()
    convocations = [message for message in mail.outbox if "convocation" in message.subject]
    assert sorted(message.to[0] for message in convocations) == ["ce.moulin@creteil.example", "petit@creteil.example"]
    assert not any("DIALLO" in message.body for message in convocations)
    assert not any("annulé" in message.subject for message in mail.outbox)
    assert etats(deux) == [Etat.CONVOQUEE]


def test_un_desistement_apres_le_depart_annule_par_courriel(accueil, college):
    [entretien] = entretiens_de(accueil, eleve(accueil, college))
    convoquer(entretien)
    partir()
    desister(candidature=Candidature.objects.get(), motif="Renonce", par=None, le=PLUS_TARD)
    assert not partir()
    partir(PLUS_TARD + timedelta(minutes=10))
    annulations = [message for message in mail.outbox if "annulé" in message.subject]
    assert sorted(message.to[0] for message in annulations) == ["ce.moulin@creteil.example", "petit@creteil.example"]


def test_l_annulation_qui_suit_un_desistement_ne_se_retient_pas(accueil, college):
    """Le lycée ne peut pas laisser convoqué un élève dont le créneau est déjà libre."""
    [entretien] = entretiens_de(accueil, eleve(accueil, college))
    convoquer(entretien)
    partir()
    desister(candidature=Candidature.objects.get(), motif="Renonce", par=None, le=PLUS_TARD)
    annulation = Convocation.objects.get(nature=NatureConvocation.ANNULATION)
    with pytest.raises(Refus, match="ne se retient pas"):
        services.rappeler_l_envoi(envoi=annulation.envoi, par=None, le=PLUS_TARD)
    partir(PLUS_TARD + timedelta(minutes=10))
    assert any("annulé" in message.subject for message in mail.outbox)


def test_un_courriel_pris_par_l_atelier_compte_pour_parti(accueil, college):
    """Un courriel en cours d'envoi ne se rappelle pas : une annulation le suivra."""
    [entretien] = entretiens_de(accueil, eleve(accueil, college, ""))
    convoquer(entretien)
    Courriel.objects.update(etat=EtatCourriel.EN_COURS)
    desister(candidature=entretien.candidature, motif="Renonce", par=None, le=PLUS_TARD)
    assert Convocation.objects.filter(nature=NatureConvocation.ANNULATION).count() == 1


def test_le_balayage_refait_un_courriel_revenu_en_attente_avec_un_eleve_parti(accueil, college):
    un, deux = entretiens_de(
        accueil, eleve(accueil, college, "", nom="Diallo"), eleve(accueil, college, "", nom="Fofana")
    )
    convoquer(un, deux)
    Courriel.objects.update(etat=EtatCourriel.EN_COURS)
    desister(candidature=un.candidature, motif="Renonce", par=None, le=PLUS_TARD)
    Courriel.objects.filter(etat=EtatCourriel.EN_COURS).update(etat=EtatCourriel.A_ENVOYER)
    for _ in range(3):
        tenir_les_convocations_a_jour()
    partir(le=PLUS_TARD + timedelta(days=1))
    convocations = [message for message in mail.outbox if "1 convocation" in message.subject]
    assert len(convocations) == 1
    assert "DIALLO" not in convocations[0].body


def test_le_balayage_rattrape_un_depart_dont_la_suite_n_a_pas_ete_ecrite(accueil, college):
    [entretien] = entretiens_de(accueil, eleve(accueil, college))
    convoquer(entretien)
    Courriel.objects.update(etat=EtatCourriel.ENVOYE, envoye_le=PLUS_TARD)
    tenir_les_convocations_a_jour()
    assert etats(entretien) == [Etat.CONVOQUEE]


def test_un_courriel_refuse_se_renvoie_a_une_adresse_corrigee_et_connue(accueil, college):
    [entretien] = entretiens_de(accueil, eleve(accueil, college))
    envoi = convoquer(entretien)
    courriel = Courriel.objects.get(destinataire="petit@creteil.example")
    Courriel.objects.filter(pk=courriel.pk).update(etat=EtatCourriel.ABANDONNE, derniere_erreur="550 inconnue")
    courriel.refresh_from_db()
    champs = {"envoi": envoi, "courriel": courriel, "par": None, "le": PLUS_TARD}
    with pytest.raises(Refus, match="déjà été refusée"):
        services.renvoyer_le_courriel(destinataire="petit@creteil.example", **champs)
    with pytest.raises(Refus, match="Choisissez la messagerie"):
        services.renvoyer_le_courriel(destinataire="inconnu@mal.example", **champs)
    Eleve.objects.update(referent_courriel="petit.c@creteil.example")
    services.renvoyer_le_courriel(destinataire="petit.c@creteil.example", **champs)
    assert partir() == ["ce.moulin@creteil.example", "petit.c@creteil.example"]


def test_une_convocation_remplacee_ne_se_renvoie_pas(accueil, college):
    [entretien] = entretiens_de(accueil, eleve(accueil, college, ""))
    envoi = convoquer(entretien)
    partir()
    services.deplacer(entretien=entretien, creneau=ouvrir_un_creneau(accueil, 14), par=None, le=PLUS_TARD)
    courriel = Courriel.objects.earliest("pk")
    with pytest.raises(Refus, match="remplacée"):
        services.renvoyer_le_courriel(
            envoi=envoi, courriel=courriel, destinataire=courriel.destinataire, par=None, le=PLUS_TARD
        )


def test_un_deplacement_rappele_se_confirme_en_nommant_l_heure_annoncee(accueil, college):
    """Après un rappel, ce qui compte est ce que les familles ont vraiment reçu."""
    [entretien] = entretiens_de(accueil, eleve(accueil, college))
    convoquer(entretien)
    partir()
    services.deplacer(entretien=entretien, creneau=ouvrir_un_creneau(accueil, 14), par=None, le=PLUS_TARD)
    Envoi.objects.filter(convocations__nature="modification").update(part_le=PLUS_TARD + timedelta(minutes=10))
    services.rappeler_l_envoi(envoi=Envoi.objects.latest("pk"), par=None, le=PLUS_TARD)
    assert Entretien.objects.a_confirmer().count() == 1
    convoquer(entretien, le=PLUS_TARD)
    derniere = Convocation.objects.en_vigueur().get()
    assert (derniere.sequence, derniere.nature) == (3, NatureConvocation.MODIFICATION)
    assert derniere.remplace.lower == instant(9)


def test_une_seance_collective_se_dit_dans_le_courriel(college):
    accueil = AccueilFactory(modalite=Modalite.COLLECTIF)
    [creneau] = ouvrir(accueil, collective=True, capacite=30)
    entretiens = [
        placer(CandidatureFactory(accueil=accueil, eleve=eleve(accueil, college), modalite=""), creneau)
        for _ in range(2)
    ]
    convoquer(*entretiens)
    courriel = Courriel.objects.get(destinataire=college.messagerie)
    assert "séance collective du jeudi 25 mars" in courriel.sujet
    assert "a inscrit 2 élèves de votre établissement à une séance d’information collective" in courriel.texte


def test_marquer_remises_une_fois_partie_et_seulement_la_derniere_version(accueil, college):
    [entretien] = entretiens_de(accueil, eleve(accueil, college))
    convoquer(entretien)
    convocation = Convocation.objects.get()
    champs = {"etablissement": college, "campagne": accueil.domaine.campagne, "par": None}
    with pytest.raises(Refus):
        services.marquer_remises(convocations=[convocation], le=EN_MARS, **champs)
    assert services.marquer_remises(convocations=[convocation], le=PLUS_TARD, **champs) == 1
    assert services.marquer_remises(convocations=[convocation], le=PLUS_TARD, **champs) == 0
    assert Trace.objects.de(entretien.candidature).filter(fait="convocation_remise").count() == 1
    partir()
    services.deplacer(entretien=entretien, creneau=ouvrir_un_creneau(accueil, 14), par=None, le=PLUS_TARD)
    with pytest.raises(Refus, match="Imprimez la nouvelle"):
        services.marquer_remises(convocations=[convocation], le=PLUS_TARD, **champs)


def test_les_convocations_d_un_autre_college_ne_se_marquent_pas(accueil, college):
    [entretien] = entretiens_de(accueil, eleve(accueil, college))
    convoquer(entretien)
    nombre = services.marquer_remises(
        etablissement=EtablissementFactory(),
        campagne=accueil.domaine.campagne,
        convocations=Convocation.objects.all(),
        par=None,
        le=PLUS_TARD,
    )
    assert nombre == 0
    assert not Convocation.objects.filter(remise_le__isnull=False).exists()


def test_chaque_entretien_n_a_jamais_qu_une_convocation_en_vigueur(accueil, college):
    entretiens = entretiens_de(accueil, eleve(accueil, college), eleve(accueil, college))
    services.rappeler_l_envoi(envoi=convoquer(*entretiens), par=None, le=EN_MARS)
    convoquer(*entretiens)
    partir()
    services.deplacer(entretien=entretiens[0], creneau=ouvrir_un_creneau(accueil, 14), par=None, le=PLUS_TARD)
    services.deplacer(entretien=entretiens[0], creneau=ouvrir_un_creneau(accueil, 15), par=None, le=PLUS_TARD)
    assert Convocation.objects.en_vigueur().count() == 2
    assert not Convocation.objects.filter(sequence__gt=F("entretien__sequence")).exists()
