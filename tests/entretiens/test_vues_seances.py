"""La séance collective, de son ouverture à sa feuille d'émargement (écran A9), et le planning qui la montre (A4)."""

from datetime import time, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar
from page import validate_pdf_bytes
from pypdf import PdfReader

from entretiens import services
from entretiens.models import Convocation, Creneau, Entretien, Seance
from entretiens.rules.series import Poste
from referentiel.models import Vacances
from referentiel.rules.jeu import Modalite
from tests.entretiens.pages import messages
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import JEUDI, JuryFactory, convoquer, instant, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, EtablissementFactory, RattachementFactory

pytestmark = pytest.mark.django_db

REQUETES_AU_PLUS = 12


@pytest.fixture
def accueil(horloge):
    return AccueilFactory(
        modalite=Modalite.COLLECTIF,
        domaine__nom="Santé et social",
        etablissement=EtablissementFactory(nom="Lycée Marcel-Pagnol", commune="Vitry-sur-Seine", lycee=True),
    )


@pytest.fixture
def lycee(accueil, connecter):
    place = RattachementFactory(a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement)
    return connecter(place.personne)


@pytest.fixture
def seance(accueil) -> Seance:
    """Une séance de l'après-midi, trois places."""
    jury = JuryFactory(etablissement=accueil.etablissement, nom="Équipe 1", membres="Mme Leroy, M. Haddad")
    postes = (Poste(jury.pk, jury.nom, "amphithéâtre"),)
    [creneau] = ouvrir(accueil, collective=True, capacite=3, de=time(14), a=time(15, 30), postes=postes)
    return creneau.seance


def candidats(accueil, nombre, **champs):
    return CandidatureFactory.create_batch(nombre, accueil=accueil, modalite="", **champs)


def lien(nom, accueil, *args) -> str:
    return reverse(f"entretiens:{nom}", args=[accueil.etablissement.segment, *args])


def texte_de(contenu: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(contenu)).pages]


# Ouvrir ----------------------------------------------------------------------------------------------------

SAISIE = {"jour": "2027-03-25", "de": "14:00", "a": "15:30", "salle": "Amphithéâtre", "jury": "", "capacite": "30"}


def test_une_seance_se_cree_et_dit_qui_attend(accueil, lycee):
    candidats(accueil, 2)
    reponse = lycee.post(lien("creer_une_seance", accueil), SAISIE | {"accueil": accueil.code}, follow=True)
    assert messages(reponse) == ["séance créée. 2 élèves attendent une séance dans ce domaine."]
    page = reponse.content.decode()
    assert "Aucun inscrit – 30 places libres" in page
    assert "Inscrire des élèves" in page
    assert "ne donnent lieu ni à un compte-rendu ni à un avis" in page
    assert Creneau.objects.get().capacite == 30


def test_un_avertissement_se_lit_avant_que_la_seance_s_ouvre(accueil, lycee):
    """R24 : un samedi se peut, une fois lu ; changer de jour redemande de lire."""
    adresse = lien("creer_une_seance", accueil)
    samedi = SAISIE | {"accueil": accueil.code, "jour": "2027-03-27"}
    reponse = lycee.post(adresse, samedi)
    page = reponse.content.decode()
    assert "Le samedi 27\u00a0mars\u00a0: vérifiez que l’établissement est ouvert le samedi." in page
    assert "Créer la séance quand même" in page
    assert 'value="Amphithéâtre"' in page
    assert not Seance.objects.exists()
    lus = reponse.context["lus"]
    assert "samedi 3\u00a0avril" in lycee.post(adresse, samedi | {"jour": "2027-04-03", "lus": lus}).content.decode()
    assert not Seance.objects.exists()
    lycee.post(adresse, samedi | {"lus": lus})
    assert Seance.objects.count() == 1


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"jour": "2027-03-29"}, "férié"),
        ({"jour": "2027-03-28"}, "dimanche"),
        ({"a": "13:00"}, "L’heure de fin doit être après l’heure de début."),
        ({"salle": ""}, "obligatoire"),
        ({"capacite": "0"}, "1"),
        ({"jour": "hier"}, "date"),
    ],
    ids=["férié", "dimanche", "heures", "salle", "places", "date"],
)
def test_une_seance_refusee_garde_ce_qui_etait_saisi(accueil, lycee, champs, phrase):
    saisie = SAISIE | {"accueil": accueil.code, "capacite": "27"} | champs
    reponse = lycee.post(lien("creer_une_seance", accueil), saisie)
    assert phrase in reponse.content.decode()
    assert "<title>Erreur" in reponse.content.decode()
    assert not Seance.objects.exists()


def test_un_domaine_recu_en_individuel_n_ouvre_pas_de_seance(accueil, lycee):
    individuel = AccueilFactory(etablissement=accueil.etablissement, domaine__campagne=accueil.domaine.campagne)
    page = lycee.get(lien("creer_une_seance", accueil)).content.decode()
    assert accueil.code in page
    assert individuel.code not in page


# Inscrire --------------------------------------------------------------------------------------------------


def test_plusieurs_eleves_s_inscrivent_d_un_seul_geste(accueil, lycee, seance):
    voulus = candidats(accueil, 3)
    page = lycee.get(lien("inscrire_a_la_seance", accueil, seance.code), {"tous": "1"}).content.decode()
    assert page.count(" checked") == 3
    saisie = {"candidature": [candidature.code for candidature in voulus]}
    reponse = lycee.post(lien("inscrire_a_la_seance", accueil, seance.code), saisie, follow=True)
    assert messages(reponse) == ["3 élèves inscrits. Les convocations restent à envoyer."]
    page = reponse.content.decode()
    assert "3 inscrits – complet" in page
    assert "3 convocations à envoyer" in page
    assert page.count("Convocation à envoyer") == 3


def test_trop_d_eleves_se_dit_en_nombres_et_rien_ne_s_ecrit(accueil, lycee, seance):
    voulus = candidats(accueil, 4)
    assert lycee.get(lien("inscrire_a_la_seance", accueil, seance.code), {"tous": "1"}).content.count(b" checked") == 3
    saisie = {"candidature": [candidature.code for candidature in voulus]}
    page = lycee.post(lien("inscrire_a_la_seance", accueil, seance.code), saisie).content.decode()
    assert "La capacité de la salle est dépassée\u00a0: 4 inscrits pour 3 places." in page
    assert page.count(" checked") == 4
    assert not Entretien.objects.exists()


def test_un_eleve_pris_ailleurs_ne_s_inscrit_pas_et_rien_n_est_dit_d_ailleurs(accueil, lycee, seance):
    """R25b : on sait seulement qu'il n'est pas disponible."""
    libre, pris = candidats(accueil, 2)
    ailleurs = AccueilFactory(domaine__campagne=accueil.domaine.campagne)
    placer(CandidatureFactory(accueil=ailleurs, eleve=pris.eleve), ouvrir_un_creneau(ailleurs, 14))
    page = lycee.get(lien("inscrire_a_la_seance", accueil, seance.code)).content.decode()
    assert libre.code in page
    assert pris.code not in page
    assert ailleurs.etablissement.nom not in page
    assert "Un autre élève du domaine n’est pas disponible à cette heure." in page


def test_sans_eleve_coche_la_page_le_dit(accueil, lycee, seance):
    candidats(accueil, 1)
    page = lycee.post(lien("inscrire_a_la_seance", accueil, seance.code)).content.decode()
    assert "sélectionnez au moins un élève." in page


def test_une_seance_d_un_autre_lycee_ou_individuelle_n_existe_pas(accueil, lycee, seance):
    individuel = AccueilFactory(domaine=accueil.domaine)
    [autre] = [ouvrir_un_creneau(individuel)]
    for code in (autre.seance.code, "inconnue"):
        for nom in ("seance", "inscrire_a_la_seance", "emargement"):
            assert lycee.get(lien(nom, accueil, code)).status_code == 404
    assert lycee.get(lien("seance", accueil, seance.code)).status_code == 200


def test_les_convocations_d_une_seance_partent_sans_celles_des_autres(accueil, lycee, seance):
    ici = placer(CandidatureFactory(accueil=accueil, modalite=""), seance.creneaux.get())
    [creneau] = ouvrir(accueil, collective=True, capacite=3, postes=(Poste(None, "205", "205"),))
    placer(CandidatureFactory(accueil=accueil, modalite=""), creneau)
    uai = accueil.etablissement.segment
    adresse = f"{reverse('entretiens:verifier_l_envoi', args=[uai])}?seance={seance.code}"
    assert adresse in lycee.get(reverse("entretiens:seance", args=[uai, seance.code])).content.decode()
    reponse = lycee.get(adresse)
    assert "1 autre convocation est prête à partir" in reponse.content.decode()
    lycee.post(adresse, {"codes": reponse.context["codes"], "quand": "maintenant"})
    assert Convocation.objects.get().entretien == ici


@pytest.mark.parametrize("requis", [True, False], ids=["requis", "pas requis"])
def test_la_verification_ne_compte_que_les_avis_requis(accueil, lycee, seance, requis):
    campagne = accueil.domaine.campagne
    type(campagne.regles).objects.filter(pk=campagne.regles.pk).update(avis_requis_en_collectif=requis)
    placer(CandidatureFactory(accueil=accueil, modalite=""), seance.creneaux.get())
    reponse = lycee.get(reverse("entretiens:verifier_l_envoi", args=[accueil.etablissement.segment]))
    assert bool(reponse.context["avis_manquants"]) is requis


def test_la_page_d_une_seance_ne_compte_pas_ses_requetes(accueil, lycee):
    nombres = []
    for jour, nombre in ((0, 2), (1, 12)):
        [creneau] = ouvrir(
            accueil, collective=True, capacite=30, du=JEUDI + timedelta(days=jour), au=JEUDI + timedelta(days=jour)
        )
        placements = [(candidature, creneau) for candidature in candidats(accueil, nombre)]
        services.placer_plusieurs(placements=placements, par=None, le=EN_MARS)
        adresse = lien("seance", accueil, creneau.seance.code)
        lycee.get(adresse)
        with CaptureQueriesContext(connection) as requetes:
            lycee.get(adresse)
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= REQUETES_AU_PLUS


# Émargement ------------------------------------------------------------------------------------------------


def test_la_feuille_d_emargement_dit_ce_qu_il_faut_et_rien_de_plus(accueil, lycee, seance):
    candidature, *_ = candidats(accueil, 1, eleve__nom="Diallo", eleve__prenom="Yanis", eleve__ine="123456789AB")
    placer(candidature, Creneau.objects.get())
    reponse = lycee.get(lien("emargement", accueil, seance.code))
    rapport = validate_pdf_bytes(reponse.content, profile="ua1")
    assert rapport.is_compliant, [echec.message for echec in rapport.failures]
    [page] = texte_de(reponse.content)
    for phrase in (
        "Feuille d’émargement – séance d’information collective",
        "Domaine : Santé et social",
        "Date : jeudi 25 mars 2027. Horaires : de 14 h 00 à 15 h 30",
        "amphithéâtre, 12 rue des Écoles",
        "Animation : Équipe 1 – Mme Leroy, M. Haddad",
        "1 DIALLO Yanis",
        "Élève non inscrit : orientez-le vers son établissement d’origine.",
        "À conserver par l’établissement jusqu’à la clôture de la campagne, puis à détruire.",
    ):
        assert phrase in page
    eleve = candidature.eleve
    secrets = ("123456789AB", eleve.date_de_naissance.strftime("%d/%m/%Y"), "Favorable", "bulletins")
    assert not any(secret in page for secret in secrets)
    assert reponse["Content-Disposition"].endswith('"passpro-emargement-2027-03-25.pdf"')


def test_vingt_cinq_lignes_par_page_et_l_en_tete_repete(accueil, lycee):
    [creneau] = ouvrir(accueil, collective=True, capacite=60)
    placements = [(candidature, creneau) for candidature in candidats(accueil, 50)]
    services.placer_plusieurs(placements=placements, par=None, le=EN_MARS)
    pages = texte_de(lycee.get(lien("emargement", accueil, creneau.seance.code)).content)
    assert len(pages) == 3
    assert all("NOM Prénom" in page for page in pages)
    assert " 25 DIALLO" in pages[0]
    assert " 26 DIALLO" in pages[1]
    assert " 50 DIALLO" in pages[1]


def test_imprimer_la_feuille_la_retient_et_la_relire_n_ecrit_rien(accueil, lycee, seance):
    adresse = lien("emargement", accueil, seance.code)
    lycee.get(adresse)
    assert Seance.objects.get().emargement_imprime_le is None
    assert lycee.post(adresse, follow=True)["Content-Type"] == "application/pdf"
    assert Seance.objects.get().emargement_imprime_le == EN_MARS
    assert "Imprimée le" in lycee.get(lien("seance", accueil, seance.code)).content.decode()


def test_une_journee_d_entretiens_a_une_feuille_par_jury(horloge, connecter):
    accueil = AccueilFactory(domaine__nom="Cuisine")
    jurys = [JuryFactory(etablissement=accueil.etablissement, nom=nom) for nom in ("Jury 1", "Jury 2")]
    postes = tuple(Poste(jury.pk, jury.nom, salle) for jury, salle in zip(jurys, ("201", "202"), strict=True))
    for creneau in ouvrir(accueil, postes=postes)[:4]:
        placer(CandidatureFactory(accueil=accueil), creneau)
    lycee = connecter(RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne)
    pages = texte_de(lycee.get(lien("emargement_du_jour", accueil, JEUDI)).content)
    assert ["Jury 1" in pages[0], "Jury 2" in pages[1]] == [True, True]
    assert "Feuille d’émargement – entretiens individuels" in pages[0]
    assert "Les bulletins scolaires ne doivent en aucun cas être demandés." in pages[0]
    assert "9 h 00 DIALLO" in pages[0]
    feuilles = lycee.get(lien("feuilles_pdf", accueil, JEUDI))
    rapport = validate_pdf_bytes(feuilles.content, profile="ua1")
    assert rapport.is_compliant, [echec.message for echec in rapport.failures]
    assert len(texte_de(feuilles.content)) == 2
    page = lycee.get(lien("imprimer_le_jour", accueil, JEUDI), {"par": "lieu"}).content.decode()
    assert '<h2 id="feuille-1">201' in page
    assert page.count("Notes</th>") == 2
    vide = lycee.get(lien("feuilles_pdf", accueil, JEUDI + timedelta(days=1)), follow=True)
    assert "il n’y a rien à imprimer" in messages(vide)[0]


# Planning --------------------------------------------------------------------------------------------------


def test_la_seance_se_lit_dans_les_trois_vues(accueil, lycee, seance):
    placer(candidats(accueil, 1)[0], Creneau.objects.get())
    for nom, args in (("planning_semaine", [2027, 12]), ("planning_jour", [JEUDI]), ("planning_liste", [])):
        page = lycee.get(lien(nom, accueil, *args)).content.decode()
        assert "1 inscrit – 2 places libres" in page
        assert lien("seance", accueil, seance.code) in page
        assert "1 créneau dont 1 libre" in page


def test_les_filtres_suivent_d_une_page_a_l_autre_et_se_retirent(accueil, lycee, seance):
    ouvrir(accueil, collective=True, capacite=5, postes=(Poste(None, "Salle 204", "204"),))
    page = lycee.get(lien("planning_jour", accueil, JEUDI), {"salle": "204"}).content.decode()
    assert "1 créneau dont 1 libre" in page
    assert page.count("?salle=204") >= 5
    assert '<input type="hidden" name="salle" value="204">' in page
    assert "Retirer le filtre\u00a0: </span>204" in page
    suite = {"jour": "2027-03-26", "vue": "jour", "salle": "204"}
    assert (
        lycee.get(lien("planning", accueil), suite).url
        == lien("planning_jour", accueil, JEUDI.replace(day=26)) + "?salle=204"
    )
    liste = lycee.get(lien("planning", accueil), suite | {"vue": "liste"}).url
    assert liste == lien("planning_liste", accueil) + "?salle=204&du=2027-03-26"
    assert "Aucun créneau pour ces filtres." in lycee.get(liste).content.decode()


def test_sur_un_telephone_le_planning_s_ouvre_en_liste(accueil, lycee):
    telephone = {"HTTP_USER_AGENT": "Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537.36"}
    assert lycee.get(lien("planning", accueil), **telephone).url == lien("planning_liste", accueil)
    assert lycee.get(lien("planning_semaine", accueil, 2027, 12), **telephone).status_code == 200


def test_une_personne_dans_deux_jurys_a_la_meme_heure_se_dit(accueil, lycee, seance):
    autre = JuryFactory(etablissement=accueil.etablissement, nom="Jury 2", membres="M. HADDAD (cuisine)")
    postes = (Poste(autre.pk, autre.nom, "204"),)
    ouvrir(accueil, collective=True, capacite=5, de=time(14, 20), a=time(16), postes=postes)
    phrase = "M. Haddad est dans deux jurys le jeudi 25\u00a0mars à 14\u00a0h\u00a020\u00a0: Équipe 1 et Jury 2."
    for nom, args in (("planning_semaine", [2027, 12]), ("planning_jour", [JEUDI])):
        page = lycee.get(lien(nom, accueil, *args), {"salle": "204"}).content.decode()
        assert f"<strong>Attention : </strong>{phrase}" in page.replace("Attention\u00a0: ", "Attention : ")


def test_les_vacances_et_les_jours_feries_se_disent(accueil, lycee):
    Vacances.objects.create(
        campagne=accueil.domaine.campagne, libelle="Vacances de printemps", debut="2027-04-03", fin="2027-04-18"
    )
    assert "Vacances scolaires" in lycee.get(lien("planning_semaine", accueil, 2027, 14)).content.decode()
    assert (
        "Férié (lundi de Pâques)" in lycee.get(lien("planning_jour", accueil, JEUDI.replace(day=29))).content.decode()
    )


def test_l_agenda_d_un_jury_ne_nomme_aucun_eleve(accueil, lycee, seance):
    candidature, *_ = candidats(accueil, 1, eleve__nom="Diallo", eleve__prenom="Yanis")
    placer(candidature, Creneau.objects.get())
    individuel = AccueilFactory(etablissement=accueil.etablissement, domaine__campagne=accueil.domaine.campagne)
    entretien = placer(
        CandidatureFactory(accueil=individuel, eleve__nom="Fofana", eleve__prenom="Lina"), ouvrir_un_creneau(individuel)
    )
    convoquer(entretien)
    entretien.refresh_from_db()
    reponse = lycee.get(lien("agenda", accueil))
    assert reponse["Content-Type"] == "text/calendar"
    assert b"FOFANA" not in reponse.content
    evenements = Calendar.from_ical(reponse.content).walk("VEVENT")
    assert [str(evenement["summary"]) for evenement in evenements] == [
        "Entretien Passpro – L. F. (3e B)",
        "Séance Passpro – Santé et social (1 inscrit)",
    ]
    assert (str(evenements[0]["uid"]), evenements[0]["sequence"]) == (entretien.uid, entretien.sequence)
    assert evenements[1]["dtstart"].dt == instant(14)
    du_jury = lycee.get(lien("agenda", accueil), {"jury": seance.jury_id})
    assert len(Calendar.from_ical(du_jury.content).walk("VEVENT")) == 1
