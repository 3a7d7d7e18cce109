"""Sauvegarder, rendre sur une machine vide, et ne rien laisser d'à moitié écrit (F10)."""

import hashlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
from django.db import connection, transaction

from outils.emplacements import RACINE
from outils.postgresql import Grappe
from outils.sauvegarde import BASE, MANIFESTE, Base, RestaurationImpossible, compter_les_lignes, restaurer, sauvegarder
from tests.factories.garnie import garnir_la_base

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pannes]

DOCUMENT = b"%PDF-1.7 un document"
APPLICATION = """
import json, django
django.setup()
from django.test import Client
from passpro.invariants import INVARIANTS, chercher_les_ecarts, dire_les_ecarts
client = Client()
print(json.dumps([client.get("/").status_code, client.get("/sante/prete/").json()["migrations"],
                  dire_les_ecarts(chercher_les_ecarts(INVARIANTS))]))
"""
SANS_DISQUE = """
import sys
from pathlib import Path
from outils.sauvegarde import Base, SauvegardeImpossible, sauvegarder
try:
    sauvegarder(Path(sys.argv[1]), base=Base.a_l_adresse(sys.argv[2]), fichiers=Path(sys.argv[3]))
except SauvegardeImpossible as panne:
    sys.exit(str(panne))
"""


def adresse_des_tests() -> str:
    debut, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{debut}/{connection.settings_dict['NAME']}"


@pytest.fixture
def base() -> Base:
    with transaction.atomic():
        garnir_la_base()
    return Base.a_l_adresse(adresse_des_tests())


@pytest.fixture
def fichiers(tmp_path) -> Path:
    dossier = tmp_path / "fichiers"
    (dossier / "travaux").mkdir(parents=True)
    (dossier / "travaux" / "fiches.pdf").write_bytes(DOCUMENT)
    return dossier


@pytest.fixture
def machine_vide(tmp_path):
    grappe = Grappe(tmp_path / "machine-vide", jetable=True)
    grappe.demarrer()
    grappe.creer_la_base()
    yield grappe
    grappe.arreter()


def test_une_machine_vide_rend_la_meme_application(base, fichiers, machine_vide, tmp_path, capsys):
    sauvegarde = sauvegarder(tmp_path / "sauvegardes", base=base, fichiers=fichiers)
    ailleurs, rendus = Base.a_l_adresse(machine_vide.adresse()), tmp_path / "rendus"
    debut = monotonic()
    manifeste = restaurer(sauvegarde, base=ailleurs, fichiers=rendus)
    with capsys.disabled():
        print(f"\n{manifeste.phrase}, rendue en {monotonic() - debut:.1f} s")
    lignes = compter_les_lignes(ailleurs)
    assert lignes == compter_les_lignes(base)
    assert lignes["candidatures_eleve"] > 0
    assert (rendus / "travaux" / "fiches.pdf").read_bytes() == DOCUMENT
    reglages = os.environ | {"DATABASE_URL": machine_vide.adresse(), "DJANGO_SETTINGS_MODULE": "passpro.settings"}
    commande = [sys.executable, "-W", "ignore", "-c", APPLICATION]
    lu = subprocess.run(commande, cwd=RACINE, env=reglages, capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(lu.stdout.splitlines()[-1]) == [200, "bon", []]

    with pytest.raises(RestaurationImpossible, match="n’est pas vide"):
        restaurer(sauvegarde, base=ailleurs, fichiers=rendus)
    with ailleurs.ouverte() as connexion:
        connexion.execute("DELETE FROM courriers_etape")
        connexion.execute("CREATE TABLE en_trop (cle int)")
    restaurer(sauvegarde, base=ailleurs, fichiers=rendus, ecraser=True)
    assert compter_les_lignes(ailleurs) == lignes


def test_une_sauvegarde_abimee_est_refusee_avant_de_toucher_a_quoi_que_ce_soit(base, fichiers, tmp_path):
    sauvegarde = sauvegarder(tmp_path / "sauvegardes", base=base, fichiers=fichiers)
    copie = bytearray((sauvegarde / BASE).read_bytes())
    copie[len(copie) // 2] ^= 1
    (sauvegarde / BASE).write_bytes(copie)
    with pytest.raises(RestaurationImpossible, match="abîmé"):
        restaurer(sauvegarde, base=base, fichiers=fichiers, ecraser=True)
    assert compter_les_lignes(base)["candidatures_eleve"] > 0
    (sauvegarde / BASE).unlink()
    with pytest.raises(RestaurationImpossible, match="pas une sauvegarde entière"):
        restaurer(sauvegarde, base=base, fichiers=fichiers, ecraser=True)


def test_une_restauration_qui_echoue_laisse_l_ancienne_base_et_les_anciens_fichiers(base, fichiers, tmp_path):
    sauvegarde = sauvegarder(tmp_path / "sauvegardes", base=base, fichiers=fichiers)
    avant = compter_les_lignes(base)
    # Une sauvegarde entière d'après son manifeste, dont pg_restore ne lit que le début.
    tronquee = (sauvegarde / BASE).read_bytes()[:-2000]
    (sauvegarde / BASE).write_bytes(tronquee)
    manifeste = json.loads((sauvegarde / MANIFESTE).read_text())
    manifeste["empreintes"][BASE] = hashlib.sha256(tronquee).hexdigest()
    (sauvegarde / MANIFESTE).write_text(json.dumps(manifeste))
    (fichiers / "depuis.pdf").write_bytes(DOCUMENT)
    connection.close()
    with pytest.raises(RestaurationImpossible, match="La restauration a échoué"):
        restaurer(sauvegarde, base=base, fichiers=fichiers, ecraser=True)
    assert compter_les_lignes(base) == avant
    assert {contenu.name for contenu in fichiers.iterdir()} == {"travaux", "depuis.pdf"}


def test_les_plus_anciennes_s_oublient(base, fichiers, tmp_path):
    dossier = tmp_path / "sauvegardes"
    faite = sauvegarder(dossier, base=base, fichiers=fichiers)
    faite.rename(dossier / "passpro-20200101T000000Z")
    interrompue = dossier / "passpro-20200102T000000Z.en-cours"
    interrompue.mkdir()
    os.utime(interrompue, (0, 0))
    derniere = sauvegarder(dossier, base=base, fichiers=fichiers, garder=1)
    assert list(dossier.iterdir()) == [derniere]


def test_un_disque_plein_ne_laisse_rien_d_une_sauvegarde_et_le_dit(base, fichiers, tmp_path):
    dossier = tmp_path / "sauvegardes"
    commande = [sys.executable, "-c", SANS_DISQUE, dossier, adresse_des_tests(), fichiers]
    fin = subprocess.run(
        commande,
        cwd=RACINE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert fin.returncode == 1
    assert "La sauvegarde a échoué, il n’en reste rien" in fin.stderr
    assert list(dossier.iterdir()) == []
    assert sauvegarder(dossier, base=base, fichiers=fichiers).exists()
