"""Reconnaître une panne passagère d'un service commun : la base, ou ce qui range les documents, ne répond pas."""

from collections.abc import Iterator

from django.db import InterfaceError, OperationalError

# Classes d'erreurs de PostgreSQL : la connexion (08), les ressources (53), un arrêt ou un démarrage (57P).
PASSAGERES = ("08", "53", "57P")


def est_une_panne_passagere(erreur: BaseException | None) -> bool:
    """Vrai si `erreur`, ou ce qui l'a causée, vient d'un service qui ne répond pas : réessayer plus tard suffira.

    Une requête trop longue ou un verrou attendu trop longtemps n'en sont pas : le service répond.
    """
    return any(_vient_du_service(cause) for cause in _causes(erreur))


def _causes(erreur: BaseException | None) -> Iterator[BaseException]:
    while erreur is not None:
        yield erreur
        erreur = erreur.__cause__ or erreur.__context__


def _vient_du_service(erreur: BaseException) -> bool:
    if isinstance(erreur, OperationalError):
        code = getattr(erreur.__cause__, "sqlstate", None)
        return code is None or code.startswith(PASSAGERES)
    return isinstance(erreur, InterfaceError | ConnectionError)
