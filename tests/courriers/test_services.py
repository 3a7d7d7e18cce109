"""La boîte d'envoi : poster, réserver, envoyer, abandonner."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from select import select
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from courriers import pieces
from courriers.expedition import Expediteur
from courriers.models import Courriel
from courriers.requetes_preparees import requetes_preparees
from courriers.rules import ESSAIS_MAXIMAUX, EtatCourriel
from courriers.services import (
    ESPACE_DES_VERROUS,
    faire_partir_un_lot,
    poster,
    rappeler,
    renvoyer,
    reprendre_les_interrompus,
)
from courriers.signals import courriel_abandonne, courriel_parti
from tests.colonnes import colonne_elargie
from tests.factories.courriers import un_courriel

pytestmark = pytest.mark.django_db(transaction=True)


def faire_partir(au_plus: int = 50) -> int:
    with Expediteur() as expediteur:
        return faire_partir_un_lot(expediteur, le=timezone.now(), au_plus=au_plus)


def test_poster_hors_transaction_est_refuse():
    with pytest.raises(RuntimeError, match="transaction"):
        poster(
            cle="x",
            nature="essai",
            destinataire="a@creteil.example",
            sujet="s",
            gabarit="courriels/essai",
            contexte={},
            le=timezone.now(),
        )


def test_un_fait_n_est_annonce_qu_une_fois():
    assert un_courriel("fait-1").pk == un_courriel("fait-1", destinataire="autre@creteil.example").pk
    assert Courriel.objects.count() == 1


def test_le_courriel_disparait_avec_la_transaction_du_fait():
    with suppress(ZeroDivisionError), transaction.atomic():
        un_courriel()
        raise ZeroDivisionError
    assert not Courriel.objects.exists()


@pytest.mark.parametrize(
    "adresse", ["a@b.fr, x@evil.example", "a@b.fr\nBcc: x@evil.example", "sans-arobase", "Nom <a@creteil.example>"]
)
def test_une_adresse_a_un_seul_destinataire(adresse):
    with pytest.raises(ValidationError):
        un_courriel(destinataire=adresse)
    assert not Courriel.objects.exists()


def test_la_base_refuse_elle_aussi_deux_destinataires():
    courriel = un_courriel()
    with pytest.raises(IntegrityError), transaction.atomic():
        Courriel.objects.filter(pk=courriel.pk).update(destinataire="a@b.fr,x@evil.example")


def test_un_sujet_ne_porte_pas_d_entete_cachee(messagerie):
    with transaction.atomic():
        poster(
            cle="entete",
            nature="essai",
            destinataire="a@creteil.example",
            sujet="Passpro\r\nBcc: x@evil.example",
            gabarit="courriels/essai",
            contexte={"texte": ""},
            le=timezone.now() - timedelta(seconds=1),
        )
    faire_partir()
    [message] = messagerie.messages
    assert message["Bcc"] is None
    assert message["Subject"] == "Passpro Bcc: x@evil.example"


def test_un_courriel_part_en_texte_et_en_html_avec_son_identifiant(messagerie):
    courriel = un_courriel()
    assert faire_partir() == 1
    [message] = messagerie.messages
    assert message["Message-ID"] == courriel.message_id
    assert message["To"] == courriel.destinataire
    assert message.get_body(("plain",)).get_content().strip() == "Bonjour, essai <b>"
    assert "essai &lt;b&gt;" in message.get_body(("html",)).get_content()
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.ENVOYE
    assert courriel.envoye_le is not None


def test_les_pieces_sont_fabriquees_au_depart(messagerie):
    pieces.declarer(
        "essai",
        lambda nom: pieces.Piece(f"{nom}.ics", b"BEGIN:VCALENDAR", "text/calendar; method=PUBLISH; charset=utf-8"),
    )
    un_courriel(pieces=[pieces.a_fabriquer("essai", nom="entretien")])
    faire_partir()
    [message] = messagerie.messages
    [piece] = message.iter_attachments()
    assert piece.get_filename() == "entretien.ics"
    assert piece.get_content_type() == "text/calendar"
    assert piece["Content-Type"].params["method"] == "PUBLISH"
    assert piece.get_payload(decode=True) == b"BEGIN:VCALENDAR"


def test_un_courriel_attend_l_ouvrier_qui_compose_deja_ses_pieces(messagerie):
    pieces.declarer("essai", lambda nom: pieces.Piece(f"{nom}.pdf", b"%PDF-1.7", "application/pdf"))
    a, b = [pieces.a_fabriquer("essai", nom="a")], [pieces.a_fabriquer("essai", nom="b")]
    ailleurs = [un_courriel("chez un autre", pieces=a), un_courriel("chez un autre aussi")]
    Courriel.objects.update(etat=EtatCourriel.EN_COURS)
    meme_piece, autre_piece, sans_piece = un_courriel("a", pieces=a), un_courriel("b", pieces=b), un_courriel("c")

    def atelier():
        faire_partir()
        connection.close()

    with transaction.atomic(), connection.cursor() as curseur:
        for courriel in ailleurs:
            curseur.execute("SELECT pg_advisory_xact_lock(%s)", [ESPACE_DES_VERROUS + courriel.pk])
        fil = Thread(target=atelier)
        fil.start()
        fil.join()
        assert messagerie.identifiants == [autre_piece.message_id, sans_piece.message_id]
    assert faire_partir() == 1
    assert messagerie.identifiants[2:] == [meme_piece.message_id]


def test_un_verrou_d_une_autre_base_ne_retient_personne(messagerie):
    """La base de l'épreuve d'à côté, ou d'une préproduction : ses clés sont les mêmes, ses courriels non."""
    pieces.declarer("essai", lambda nom: pieces.Piece(f"{nom}.pdf", b"%PDF-1.7", "application/pdf"))
    a = [pieces.a_fabriquer("essai", nom="a")]
    interrompu, du = un_courriel("interrompu", pieces=a), un_courriel("dû", pieces=a)
    Courriel.objects.filter(pk=interrompu.pk).update(etat=EtatCourriel.EN_COURS)
    ailleurs = connection.copy()
    ailleurs.settings_dict["NAME"] = "postgres"
    with closing(ailleurs), ailleurs.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_lock(%s)", [ESPACE_DES_VERROUS + interrompu.pk])
        assert faire_partir() == 1
    assert messagerie.identifiants == [du.message_id]


def test_une_colonne_elargie_pendant_un_envoi_n_empeche_pas_d_en_reserver_un_autre(messagerie):
    """La réservation se valide avec la suite du courriel d'avant : refusée, celui-ci repartirait."""
    un_courriel("un")
    un_courriel("deux")
    assert faire_partir(au_plus=1) == 1
    with colonne_elargie("courriers_courriel", "sujet", "varchar(200)", "varchar(250)"):
        assert faire_partir() == 1


def test_une_piece_impossible_a_fabriquer_ne_perd_pas_le_courriel(messagerie):
    courriel = un_courriel(pieces=[{"fabrique": "inconnue", "parametres": {}}])
    suivant = un_courriel("suivant")
    assert faire_partir() == 2
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.A_ENVOYER
    assert "pièce" in courriel.derniere_erreur
    assert messagerie.identifiants == [suivant.message_id]


def test_un_courriel_differe_attend_son_heure_et_peut_etre_rappele(messagerie):
    plus_tard = timezone.now() + timedelta(minutes=10)
    courriel = un_courriel(part_le=plus_tard)
    assert faire_partir() == 0
    assert rappeler([courriel])
    with Expediteur() as expediteur:
        assert faire_partir_un_lot(expediteur, le=plus_tard + timedelta(hours=1), au_plus=5) == 0
    assert messagerie.messages == []


def test_rappeler_est_tout_ou_rien(messagerie):
    parti, retenu = un_courriel("un"), un_courriel("deux", part_le=timezone.now() + timedelta(minutes=10))
    faire_partir()
    assert not rappeler([parti, retenu])
    retenu.refresh_from_db()
    assert retenu.etat == EtatCourriel.A_ENVOYER


def test_une_adresse_refusee_est_abandonnee_avec_la_raison_puis_renvoyee(messagerie):
    messagerie.refuses = frozenset({"inconnue@creteil.example"})
    abandons = []

    def noter(sender, courriel, le, **_):
        abandons.append(courriel.pk)

    courriel_abandonne.connect(noter, dispatch_uid="t")
    courriel = un_courriel(destinataire="inconnue@creteil.example")
    faire_partir()
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.ABANDONNE
    assert "Boîte inconnue" in courriel.derniere_erreur
    assert abandons == [courriel.pk]
    courriel_abandonne.disconnect(dispatch_uid="t")

    renvoyer(courriel=courriel, destinataire="connue@creteil.example", le=timezone.now() - timedelta(seconds=1))
    faire_partir()
    assert [message["To"] for message in messagerie.messages] == ["connue@creteil.example"]


def test_un_courriel_envoye_ne_se_renvoie_pas(messagerie):
    courriel = un_courriel()
    faire_partir()
    with pytest.raises(ValidationError, match="non distribué"):
        renvoyer(courriel=courriel, destinataire=courriel.destinataire, le=timezone.now())


def test_une_panne_passagere_repousse_l_essai_puis_tout_part(messagerie):
    messagerie.reponse = "451 Revenez plus tard"
    courriel = un_courriel()
    faire_partir()
    courriel.refresh_from_db()
    assert (courriel.etat, courriel.tentatives) == (EtatCourriel.A_ENVOYER, 1)
    assert courriel.prochain_essai_le > timezone.now()
    messagerie.reponse = "250 Accepté"
    with Expediteur() as expediteur:
        faire_partir_un_lot(expediteur, le=courriel.prochain_essai_le, au_plus=5)
    assert messagerie.identifiants == [courriel.message_id]


def test_apres_le_dernier_essai_le_courriel_est_abandonne(messagerie):
    messagerie.reponse = "451 Revenez plus tard"
    courriel = un_courriel()
    Courriel.objects.update(tentatives=ESSAIS_MAXIMAUX - 1)
    faire_partir()
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.ABANDONNE


def test_un_serveur_absent_ne_perd_rien():
    courriel = un_courriel()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=9
    ):
        faire_partir()
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.A_ENVOYER
    assert "ne répond pas" in courriel.derniere_erreur


def test_deux_ateliers_n_envoient_jamais_le_meme_courriel(messagerie):
    courriels = [un_courriel(f"c-{n}") for n in range(40)]
    depart = Barrier(4)

    def atelier():
        depart.wait()
        faire_partir()
        connection.close()

    ouvriers = [Thread(target=atelier) for _ in range(4)]
    for ouvrier in ouvriers:
        ouvrier.start()
    for ouvrier in ouvriers:
        ouvrier.join()
    assert sorted(messagerie.identifiants) == sorted(courriel.message_id for courriel in courriels)


def test_un_courriel_interrompu_est_repris_mais_pas_celui_qui_part():
    interrompu, en_route = un_courriel("interrompu"), un_courriel("en-route")
    Courriel.objects.update(etat=EtatCourriel.EN_COURS)
    repris = []
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s)", [ESPACE_DES_VERROUS + en_route.pk])

        def reaper():
            repris.append(reprendre_les_interrompus())
            connection.close()

        fil = Thread(target=reaper)
        fil.start()
        fil.join()
    interrompu.refresh_from_db()
    en_route.refresh_from_db()
    assert repris == [1]
    assert (interrompu.etat, en_route.etat) == (EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS)


def test_un_defaut_des_etages_du_dessus_ne_fait_pas_oublier_le_depart(messagerie, caplog):
    def receveur(sender, courriel, le, **_):
        raise ValueError("défaut d'un receveur")

    courriel_parti.connect(receveur, weak=False, dispatch_uid="defaut")
    courriel = un_courriel()
    faire_partir()
    courriel_parti.disconnect(dispatch_uid="defaut")
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.ENVOYE
    assert "n'a pas pu être écrite" in caplog.text


@contextmanager
def au_depart(faire: Callable[[Courriel], None]) -> Iterator[None]:
    def receveur(sender, courriel, le, **_):
        faire(courriel)

    courriel_parti.connect(receveur, weak=False, dispatch_uid="essai")
    try:
        yield
    finally:
        courriel_parti.disconnect(dispatch_uid="essai")


@pytest.mark.parametrize("dite_avant_la_suivante", [True, False])
def test_une_faute_que_la_base_dit_tard_ne_fait_pas_oublier_le_depart(messagerie, caplog, dite_avant_la_suivante):
    """Groupée, une requête dont nul ne lit la réponse dit sa faute à la suivante, si elle est déjà revenue, ou à la fin
    de la sauvegarde partielle ; la suivante, que la base n'a pas préparée, se prépare au départ d'après."""
    un, deux = un_courriel("un"), un_courriel("deux")

    def changer_puis_se_tromper(courriel: Courriel) -> None:
        Courriel.objects.filter(pk=courriel.pk).update(nature="défait")
        with requetes_preparees(), connection.cursor() as curseur:
            curseur.execute("SELECT 1 / %s::int", [courriel.pk - un.pk])
            if dite_avant_la_suivante and courriel == un:
                assert select([connection.connection], [], [], 60)[0]
            curseur.execute("UPDATE courriers_courriel SET uai = %s WHERE id = %s", ["0941234A", courriel.pk])

    with au_depart(changer_puis_se_tromper):
        assert faire_partir() == 2
    for courriel in (un, deux):
        courriel.refresh_from_db()
    assert (un.etat, un.nature, un.uai) == (EtatCourriel.ENVOYE, "essai", "")
    assert (deux.etat, deux.nature, deux.uai) == (EtatCourriel.ENVOYE, "défait", "0941234A")
    assert messagerie.identifiants == [un.message_id, deux.message_id]
    assert caplog.text.count("n'a pas pu être écrite") == 1


def test_au_depart_un_receveur_apprend_ce_qu_il_a_vraiment_ecrit(messagerie):
    """Ses requêtes sont groupées : une ligne enregistrée, changée ou absente se compte quand même juste."""
    comptes = []

    def ecrire(courriel: Courriel) -> None:
        courriel.save(update_fields=["uai"])
        lignes = Courriel.objects.filter(pk=courriel.pk)
        comptes.extend([lignes.update(uai="0941234A"), lignes.exclude(uai="0941234A").update(uai="")])

    un_courriel()
    with au_depart(ecrire):
        faire_partir()
    assert comptes == [1, 0]
    assert Courriel.objects.get().uai == "0941234A"


def test_un_depart_qui_ne_peut_s_ecrire_se_dit_et_le_courriel_repart(messagerie):
    courriel = un_courriel()
    with connection.cursor() as curseur:
        curseur.execute("ALTER TABLE courriers_courriel ADD CONSTRAINT essai CHECK (etat <> 'envoye') NOT VALID")
    try:
        with pytest.raises(DatabaseError):
            faire_partir()
        courriel.refresh_from_db()
        assert courriel.etat == EtatCourriel.EN_COURS
    finally:
        with connection.cursor() as curseur:
            curseur.execute("ALTER TABLE courriers_courriel DROP CONSTRAINT essai")
    assert reprendre_les_interrompus() == 1
    assert faire_partir() == 1
    courriel.refresh_from_db()
    assert (courriel.etat, courriel.incertain) == (EtatCourriel.ENVOYE, True)
    assert messagerie.identifiants == [courriel.message_id] * 2
