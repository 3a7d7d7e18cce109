"""Où vont les documents préparés : un service compatible S3, commun à toutes les machines (docs/exploitation.md)."""

from typing import Any, NoReturn

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

ABSENT = {"404", "NoSuchKey"}


class RangementS3(S3Storage):
    """Des objets privés, qu'aucune adresse ne montre : la page qui vérifie le droit les lit et les sert."""

    def get_default_settings(self) -> dict[str, Any]:
        """Un nom déjà pris ne se récrit pas, comme sur un disque ; un service muet se laisse vite."""
        propres = {
            "file_overwrite": False,
            "client_config": Config(
                s3={"addressing_style": "path"},
                signature_version="s3v4",
                connect_timeout=5,
                read_timeout=30,
                retries={"max_attempts": 2},
            ),
        }
        return super().get_default_settings() | propres

    def _open(self, name: str, mode: str = "rb") -> File:
        """Le contenu vient au fil de la lecture : ni la mémoire, ni le disque n'en gardent plus qu'un bloc."""
        if mode != "rb":
            return super()._open(name, mode)
        try:
            objet = self.bucket.Object(self._normalize_name(name)).get()
        except ClientError as refus:
            if refus.response["Error"]["Code"] in ABSENT:
                raise FileNotFoundError(name) from refus
            raise ConnectionError("le rangement refuse de lire") from refus
        except BotoCoreError as panne:
            raise ConnectionError("le rangement ne répond pas") from panne
        return File(objet["Body"], name)

    def url(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError("Un document préparé n’a pas d’adresse publique.")

    def eprouver(self) -> None:
        """Lève une exception si le seau ne répond pas."""
        self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
