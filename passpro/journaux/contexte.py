"""La référence de ce qui est en cours : une requête, ou une tâche de l'atelier."""

from contextvars import ContextVar

from celery import current_task

REFERENCE: ContextVar[str] = ContextVar("reference", default="")


def reference_en_cours() -> str:
    if reference := REFERENCE.get():
        return reference
    return (current_task.request.id or "") if current_task else ""
