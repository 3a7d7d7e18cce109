"""Plusieurs machines, une seule installation : rien n'est gardé dans un processus, ni sur le disque d'une machine."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from celery import schedules
from django.conf import settings as reglages
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from environ import Env
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from courriers.models import Courriel
from courriers.rules import EtatCourriel
from passpro.celery import app
from passpro.horloge import ATTENTE, UneSeuleHorloge
from passpro.machines import RANGEMENT_S3, S3_EXIGEES, lire_la_base, lire_le_rangement
from passpro.statiques import StatiquesDeDeuxVersions
from passpro.taches_de_fond import FILES
from referentiel.models import Travail
from referentiel.services.travaux import ESPACE_DES_VERROUS, GARDE, effacer_les_travaux_perimes
from tests.atelier import atelier_ouvert, attendre, serveurs_ouverts
from tests.courriers.conftest import gabarits_d_essai  # noqa: F401 - fixture de ces courriels d’essai
from tests.factories.courriers import un_courriel
from tests.factories.pilotage import Scene
from tests.factories.travaux import TravailFactory
from tests.messagerie import serveur_de_messagerie

RACINE = Path(__file__).resolve().parents[2]
SEAU = "passpro-essai"
SIGNES = ("keepalives_idle", "keepalives_interval", "keepalives_count")


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    """Un vrai service S3 sur cette machine, et les variables qui le déclarent."""
    service = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    service.start()
    hote, port = service.get_host_and_port()
    yield {
        "RANGEMENT_S3_SEAU": SEAU,
        "RANGEMENT_S3_ADRESSE": f"http://{hote}:{port}",
        "RANGEMENT_S3_CLE": "essai",
        "RANGEMENT_S3_SECRET": "essai",
        "RANGEMENT_S3_REGION": "us-east-1",
        "RANGEMENT_S3_DOSSIER": "lycees",
    }
    service.stop()


@pytest.fixture
def range_en_s3(s3, settings, monkeypatch) -> dict[str, str]:
    """Ce processus range dans le service S3, dont le seau est neuf."""
    for nom, valeur in s3.items():
        monkeypatch.setenv(nom, valeur)
    settings.STORAGES = settings.STORAGES | {"default": lire_le_rangement(Env(), production=False)}
    seau = default_storage.bucket
    seau.create()
    yield s3
    seau.objects.all().delete()
    seau.delete()


def fichiers_sous(dossier: Path) -> list[Path]:
    return [chemin for chemin in dossier.rglob("*") if chemin.is_file()]


@pytest.mark.pannes
@pytest.mark.django_db(transaction=True)
def test_un_lot_prepare_sur_une_machine_se_lit_sur_une_autre_et_ne_retarde_aucun_courriel(
    range_en_s3, connecter, tmp_path
):
    """Deux ateliers et un serveur web, chacun son disque. Un verrou retient le lot : le courriel part sans lui."""
    with transaction.atomic():
        scene = Scene()
        scene.candidature(eleve=scene.eleve(nom="Abadie"))
    client = connecter(scene.chef_origine.personne)
    client.post(reverse("referentiel:exports_origine", args=[scene.college.segment]), {"export": "export_eleves"})
    travail = Travail.objects.get()
    disques = {nom: tmp_path / nom for nom in ("documents", "web")}
    verrou = [ESPACE_DES_VERROUS + travail.pk]
    with connection.cursor() as curseur, serveur_de_messagerie() as messagerie:
        curseur.execute("SELECT pg_advisory_lock(%s)", verrou)
        patient = {"DELAI_D_UN_VERROU": "300", "DOSSIER_DES_FICHIERS": str(disques["documents"])}
        with (
            atelier_ouvert(messagerie.adresse, files="documents", bras=1, **patient),
            atelier_ouvert(messagerie.adresse, files="courriers", bras=1),
        ):
            assert attendre(lambda: Travail.objects.get().etat == Travail.Etat.EN_COURS, au_plus=90)
            un_courriel("pendant le lot")
            assert attendre(lambda: Courriel.objects.get().etat == EtatCourriel.ENVOYE, au_plus=90)
            assert Travail.objects.get().etat == Travail.Etat.EN_COURS
            curseur.execute("SELECT pg_advisory_unlock(%s)", verrou)
            assert attendre(lambda: Travail.objects.get().etat == Travail.Etat.PRET, au_plus=90)
    travail.refresh_from_db()
    adresse = reverse("referentiel:travail_fichier", args=[travail.code])
    with serveurs_ouverts(DOSSIER_DES_FICHIERS=str(disques["web"])) as serveurs:
        temoin = client.cookies[reglages.SESSION_COOKIE_NAME].value
        demande = Request(
            f"http://127.0.0.1:{serveurs.port}{adresse}",
            headers={"Cookie": f"{reglages.SESSION_COOKIE_NAME}={temoin}"},
        )
        with urlopen(demande, timeout=90) as reponse:  # noqa: S310 - cette machine
            recu = reponse.read()
            assert reponse.headers["Content-Length"] == str(travail.taille)
            assert "attachment" in reponse.headers["Content-Disposition"]
    assert recu.startswith(b"PK")
    assert len(recu) == travail.taille
    assert [objet.key for objet in default_storage.bucket.objects.all()] == [f"lycees/{travail.fichier.name}"]
    assert [chemin for disque in disques.values() for chemin in fichiers_sous(disque)] == []
    assert connecter(scene.gestionnaire_origine.personne).get(adresse).status_code == 404


class TestRangement:
    def test_rien_n_est_ecrase_ni_montre_et_ce_qui_manque_se_dit(self, range_en_s3):
        premier = default_storage.save("travaux/a.pdf", ContentFile(b"un"))
        second = default_storage.save("travaux/a.pdf", ContentFile(b"deux"))
        assert premier != second
        with default_storage.open(premier) as lu:
            assert (lu.read(1), lu.read(), lu.seekable()) == (b"u", b"n", False)
        with pytest.raises(NotImplementedError):
            default_storage.url(premier)
        with pytest.raises(FileNotFoundError):
            default_storage.open("travaux/absent.pdf")

    def test_un_document_dont_le_fichier_a_disparu_n_existe_plus(self, range_en_s3, db, connecter):
        travail = un_travail_pret()
        default_storage.delete(travail.fichier.name)
        adresse = reverse("referentiel:travail_fichier", args=[travail.code])
        assert connecter(travail.par).get(adresse).status_code == 404

    def test_les_fichiers_que_plus_rien_ne_nomme_s_effacent(self, range_en_s3, db):
        travail = un_travail_pret()
        orphelin = default_storage.save("travaux/orphelin.pdf", ContentFile(b"x"))
        effacer_les_travaux_perimes(le=timezone.now())
        assert default_storage.exists(orphelin)
        Travail.objects.update(expire_le=timezone.now() + 3 * GARDE)
        effacer_les_travaux_perimes(le=timezone.now() + GARDE + timedelta(minutes=1))
        assert not default_storage.exists(orphelin)
        assert default_storage.exists(travail.fichier.name)

    def test_la_page_d_etat_dit_que_le_rangement_ne_repond_plus(self, range_en_s3, client, db, settings):
        assert client.get("/sante/prete/").json()["fichiers"] == "bon"
        options = lire_le_rangement(Env(), production=False)["OPTIONS"] | {"bucket_name": "absent"}
        settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": RANGEMENT_S3, "OPTIONS": options}}
        assert client.get("/sante/prete/").json()["fichiers"] == "en panne"

    @pytest.mark.parametrize("nom", S3_EXIGEES.values())
    def test_un_rangement_declare_a_moitie_arrete_le_demarrage(self, monkeypatch, s3, nom):
        for variable, valeur in s3.items():
            monkeypatch.setenv(variable, "" if variable == nom else valeur)
        with pytest.raises(ImproperlyConfigured, match=nom):
            lire_le_rangement(Env(), production=False)

    def test_en_production_les_documents_ne_voyagent_pas_en_clair(self, monkeypatch, s3):
        for variable, valeur in s3.items():
            monkeypatch.setenv(variable, valeur)
        with pytest.raises(ImproperlyConfigured, match="https"):
            lire_le_rangement(Env(), production=True)


def un_travail_pret() -> Travail:
    scene = Scene()
    chef = scene.chef_origine
    return TravailFactory(campagne=scene.campagne, etablissement=chef.etablissement, par=chef.personne)


class TestBase:
    def test_une_reserve_ne_garde_aucune_connexion_entre_deux_requetes(self, monkeypatch):
        monkeypatch.setenv("CONNEXIONS_PAR_PROCESSUS", "3")
        base = lire_la_base(Env(), {"NAME": "passpro"})
        assert base["CONN_MAX_AGE"] == 0
        assert base["OPTIONS"]["pool"]["max_size"] == 3

    def test_les_delais_se_reglent_en_secondes(self, monkeypatch):
        monkeypatch.setenv("DELAI_D_UN_VERROU", "2.5")
        monkeypatch.delenv("DELAI_D_UNE_REQUETE", raising=False)
        base = lire_la_base(Env(), {"NAME": "passpro"})
        assert base["CONN_MAX_AGE"] > 0
        assert "pool" not in base["OPTIONS"]
        assert "-c lock_timeout=2500 -c statement_timeout=30000" in base["OPTIONS"]["options"]

    def test_une_machine_disparue_ne_garde_pas_ses_verrous_deux_heures(self):
        """La base sonde ses connexions, et une connexion la base : après une minute, l'autre bout est mort."""
        options = lire_la_base(Env(), {"NAME": "passpro"})["OPTIONS"]
        vue_de_la_base = dict(re.findall(r"-c tcp_(\w+)=(\d+)", options["options"]))
        assert {nom: int(vue_de_la_base[nom]) for nom in SIGNES} == {nom: options[nom] for nom in SIGNES}
        attente, pas, essais = (options[nom] for nom in SIGNES)
        assert attente + pas * essais <= 60
        assert int(vue_de_la_base["user_timeout"]) == options["tcp_user_timeout"] <= 60_000


class TestFiles:
    def test_seuls_les_courriels_attendent_dans_leur_file(self):
        app.loader.import_default_modules()
        files = {
            nom: app.amqp.router.route({}, nom)["queue"].name for nom in app.tasks if not nom.startswith("celery.")
        }
        assert set(files.values()) <= set(FILES)
        assert {nom for nom, file in files.items() if file == "courriers"} == {
            "courriers.tasks.faire_partir_les_courriers",
            "courriers.tasks.reprendre_les_courriers_interrompus",
            "entretiens.tasks.tenir_les_convocations_a_jour",
        }

    @pytest.mark.parametrize(
        "installation", ["docker-compose.yml", "outils/superviseur.py", "outils/epreuve/machine.py"]
    )
    def test_chaque_installation_sert_toutes_les_files(self, installation):
        servies = re.findall(r"--queues\"?,\s+\"?([a-z]+(?:,[a-z]+)*)", (RACINE / installation).read_text())
        assert set(",".join(servies).split(",")) == set(FILES)

    def test_deux_taches_ne_prennent_jamais_le_meme_verrou(self):
        sources = [
            source
            for nom in reglages.INSTALLED_APPS
            if (RACINE / nom).is_dir()
            for source in (RACINE / nom).rglob("*.py")
        ]
        verrous = [
            espace
            for source in sources
            for espace in re.findall(r"^(?:VERROU|ESPACE)_\w+ = ([\d_]+(?: << \d+)?)$", source.read_text(), re.M)
        ]
        assert len(verrous) >= 7
        assert len(verrous) == len(set(verrous))


class TestHorloge:
    @pytest.fixture
    def horloges(self, db, tmp_path) -> Iterator[list[UneSeuleHorloge]]:
        """Trois horloges à qui il est toujours l'heure de demander la même chose."""
        file = f"essai-{tmp_path.name}"
        toujours = {"task": "essai", "schedule": schedules.schedule(timedelta(0)), "options": {"queue": file}}
        calendrier, app.conf.beat_schedule = app.conf.beat_schedule, {"essai": toujours}
        horloges = [UneSeuleHorloge(app=app, schedule_filename=str(tmp_path / f"{n}")) for n in range(3)]
        for horloge in horloges:
            horloge.file = file
        yield horloges
        app.conf.beat_schedule = calendrier
        for horloge in horloges:
            horloge.close()

    def demandes(self, horloge: UneSeuleHorloge) -> int:
        with app.connection_for_read() as courtier:
            return courtier.default_channel.client.llen(horloge.file)

    def test_plusieurs_horloges_ne_demandent_qu_une_fois(self, horloges):
        premiere, seconde, troisieme = horloges
        assert premiere.tick() != ATTENTE
        assert seconde.tick() == troisieme.tick() == ATTENTE
        assert self.demandes(premiere) == 1

    def test_celle_qui_attend_dit_aussi_qu_elle_vit(self, horloges):
        """La sonde du conteneur la croirait morte : elle n'écrit plus son calendrier."""
        premiere, seconde, _ = horloges
        premiere.tick()
        assert not seconde.vivante.exists()
        assert seconde.tick() == ATTENTE
        assert seconde.vivante.exists()

    def test_une_horloge_arretee_ou_coupee_de_la_base_passe_la_main(self, horloges):
        premiere, seconde, troisieme = horloges
        premiere.tick()
        premiere.close()
        assert seconde.tick() != ATTENTE
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_terminate_backend(%s)", [seconde.connexion.connection.info.backend_pid])
        assert seconde.tick() == ATTENTE
        assert attendre(lambda: troisieme.tick() != ATTENTE, au_plus=60)
        assert seconde.tick() == ATTENTE
        assert self.demandes(seconde) == 3


class TestStatiques:
    @pytest.fixture
    def servir(self, db, rf, settings, tmp_path):
        """Le dossier de cette version, et ce que répond l'intergiciel."""
        (tmp_path / "passpro.css").write_text("nouveau")
        (tmp_path / "passpro.aaaaaaaaaaaa.css").write_text("nouveau")
        settings.STATIC_ROOT = str(tmp_path)
        settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
        intergiciel = StatiquesDeDeuxVersions(lambda _: HttpResponse("page", status=404))

        def _servir(nom: str) -> tuple[int, bytes, str]:
            reponse = intergiciel(rf.get(f"/statique/{nom}"))
            with closing(reponse):
                return reponse.status_code, b"".join(reponse), reponse.headers.get("Cache-Control", "")

        return _servir

    def test_une_page_de_l_autre_version_trouve_son_style(self, servir):
        assert servir("passpro.bbbbbbbbbbbb.css") == (200, b"nouveau", "max-age=60, public")
        assert servir("passpro.aaaaaaaaaaaa.css")[:2] == (200, b"nouveau")

    @pytest.mark.parametrize("nom", ["absent.bbbbbbbbbbbb.css", "passpro.bbbb.css", "passpro.bbbbbbbbbbbb"])
    def test_le_reste_n_existe_pas(self, servir, nom):
        assert servir(nom)[0] == 404
