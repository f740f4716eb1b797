FROM python:3.11-slim-bookworm AS packages
COPY locks/production.txt /tmp/production.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/production.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=opsdesk.settings \
    OPSDESK_ENV=production \
    STATIC_ROOT=/app/static \
    MEDIA_ROOT=/data/media
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin opsdesk \
    && install -d -o opsdesk -g opsdesk /data/media
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# collectstatic reads the settings, so it needs every variable; none of them is
# looked at and none of them stays in the image.
RUN SECRET_KEY=unused-while-building-the-image-unused-while-building-the-image \
    DATABASE_URL=postgres://unused/unused REDIS_URL=redis://unused ALLOWED_HOSTS=unused \
    FIELD_KEYS=dW51c2VkLXdoaWxlLWJ1aWxkaW5nLXRoZS1pbWFnZS0= \
    python -m django collectstatic --noinput
USER opsdesk
EXPOSE 8000
VOLUME /data/media
CMD ["gunicorn", "opsdesk.wsgi", "--bind", "0.0.0.0:8000", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--config", "python:opsdesk.web"]
