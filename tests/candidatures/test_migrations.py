"""Un index large se refait pendant qu'on écrit, et ce qu'une coupure a laissé n'empêche pas de recommencer."""

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from candidatures.models import Candidature
from tests.entretiens.test_concurrence import jusqu_a_ce_qu_une_autre_connexion_attende
from tests.factories.candidatures import CandidatureFactory
from tests.fils import dans_un_fil

pytestmark = pytest.mark.django_db(transaction=True)


def index() -> list[tuple[str, bool, int]]:
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT indexrelid::regclass::text, indisvalid, indnatts FROM pg_index"
            " WHERE indexrelid::regclass::text LIKE 'candidature_par_domaine%%' ORDER BY 1"
        )
        return curseur.fetchall()


def migrer(jusqu_a: str) -> None:
    call_command("migrate", "candidatures", jusqu_a, verbosity=0)


def ecrire(cle: int) -> int:
    with transaction.atomic():
        with connection.cursor() as curseur:
            curseur.execute("SET LOCAL lock_timeout = '5s'")
        return Candidature.objects.filter(pk=cle).update(motif="Pendant")


def test_l_index_des_comptes_se_refait_sans_retenir_une_ecriture():
    avant = CandidatureFactory()
    pendant = CandidatureFactory(accueil=avant.accueil)
    migrer("0006")
    assert index() == [("candidature_par_domaine", True, 4)]
    with connection.cursor() as curseur:
        curseur.execute("CREATE INDEX candidature_par_domaine_a_venir ON candidatures_candidature (etat)")
    with transaction.atomic():
        Candidature.objects.filter(pk=avant.pk).update(motif="Avant")
        migration = dans_un_fil(lambda: migrer("0007"))
        # La migration attend la transaction ouverte ; une autre écriture, elle, passe.
        jusqu_a_ce_qu_une_autre_connexion_attende()
        assert dans_un_fil(lambda: ecrire(pendant.pk))() == [1]
    assert migration() == [None]
    assert index() == [("candidature_par_domaine", True, 6)]
