"""Documents rendus, et ceux qui attendent de l'être."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from courriers.models import Document


class DocumentFactory(DjangoModelFactory):
    """Document en file."""

    class Meta:
        model = Document

    cle = factory.Sequence(lambda n: f"{n:064x}")
    html = "<p>À rendre</p>"
    demande_le = factory.LazyFunction(timezone.now)
    expire_le = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))
