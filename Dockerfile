# Image de production. Les secrets viennent de l'environnement au lancement, jamais de l'image.

FROM python:3.13-slim AS bibliotheques
COPY requirements/production.txt /tmp/production.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --requirement /tmp/production.txt

FROM python:3.13-slim AS application
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin passpro \
    && install --directory --owner passpro --mode 700 /srv/fichiers /srv/mesures
COPY --from=bibliotheques /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PASSPRO_MODE=production \
    STATIC_ROOT=/app/statique \
    DOSSIER_DES_FICHIERS=/srv/fichiers \
    DOSSIER_DES_MESURES=/srv/mesures
WORKDIR /app
COPY . .
RUN python -m compileall -q . \
    && SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
       ALLOWED_HOSTS=passpro.example ADRESSE_PUBLIQUE=https://passpro.example \
       DATABASE_URL=postgres:///passpro CELERY_BROKER_URL=redis://courtier.example/0 \
       EMAIL_URL=smtp://relais.example EXPEDITEUR=ne-pas-repondre@passpro.example DOSSIER_DES_FICHIERS=/tmp \
       python manage.py collectstatic --noinput --verbosity 0
USER passpro
EXPOSE 8000
CMD ["gunicorn", "passpro.wsgi:application", "--bind", "0.0.0.0:8000"]
