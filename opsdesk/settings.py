"""Every setting, read once from the environment; there is no second settings file.

`OPSDESK_ENV` is production (the default), development or test. Production has no
default for a secret or an address: see `REQUIRED`. Development gets all of them
from `opsdesk/development.py`, tests from `tests/servers.py`.
"""

import ipaddress
import logging
import os
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import dj_database_url
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env, validate

from opsdesk.face import UNFOLD as UNFOLD

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.path("OPSDESK_VAR", default=BASE_DIR / "var")

REQUIRED = {
    "SECRET_KEY": "a random string of at least 50 characters, kept secret",
    "DATABASE_URL": "postgres://user:password@host:5432/name",
    "REDIS_URL": "redis://host:6379/0",
    "ALLOWED_HOSTS": "the host names the site answers to, separated by commas",
}


def require(names: dict[str, str]) -> None:
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        hints = "\n".join(f"  {name}: {names[name]}" for name in missing)
        raise ImproperlyConfigured(
            f"OpsDesk can't start, these environment variables are not set:\n{hints}"
        )


ENVIRONMENT = env.str(
    "OPSDESK_ENV",
    default="production",
    validate=validate.OneOf(["production", "development", "test"]),
)
PRODUCTION = ENVIRONMENT == "production"
TESTING = ENVIRONMENT == "test"
require(REQUIRED)

SECRET_KEY = env.str("SECRET_KEY")
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short: use at least 50 random characters.")
# The previous key, while sessions and signed links made with it run out.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG shows the insides to visitors: it can't be on in production.")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")
# Where links in mails lead; without it to the first of the host names.
SITE_URL = (env.str("SITE_URL", default="") or f"https://{ALLOWED_HOSTS[0]}").rstrip("/")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    # Before the admin, whose templates it replaces.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "opsdesk.apps.OpsDeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "pgtrigger",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "opsdesk.stores.apps.StoresConfig",
    "opsdesk.audit.apps.AuditConfig",
    "opsdesk.deadlines.apps.DeadlinesConfig",
    "opsdesk.alerts.apps.AlertsConfig",
    "opsdesk.schedule.apps.ScheduleConfig",
    "opsdesk.inspection.apps.InspectionConfig",
    "opsdesk.access.apps.AccessConfig",
    "opsdesk.bulk.apps.BulkConfig",
    "opsdesk.approvals.apps.ApprovalsConfig",
    "opsdesk.exchange.apps.ExchangeConfig",
    "opsdesk.notices.apps.NoticesConfig",
    "opsdesk.readings.apps.ReadingsConfig",
    "opsdesk.automation.apps.AutomationConfig",
    "opsdesk.tokens.apps.TokensConfig",
    "opsdesk.selections.apps.SelectionsConfig",
    "catalog.apps.CatalogConfig",
    "orders.apps.OrdersConfig",
    "fulfillment.apps.FulfillmentConfig",
    "aftersales.apps.AftersalesConfig",
    "marketing.apps.MarketingConfig",
    "analytics.apps.AnalyticsConfig",
]

MIDDLEWARE = [
    "opsdesk.tracing.TraceMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "opsdesk.access.policy.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "opsdesk.middleware.SignedOutMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "opsdesk.access.sessions.SessionLimitsMiddleware",
    "opsdesk.access.middleware.SecondStepMiddleware",
    # After the person is known: what they change is recorded as theirs.
    "opsdesk.audit.middleware.ActingMiddleware",
    "opsdesk.access.middleware.RefusalMiddleware",
    # Their language and the time zone of their stores.
    "opsdesk.middleware.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "opsdesk.middleware.DomainErrorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "opsdesk.urls"
WSGI_APPLICATION = "opsdesk.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["opsdesk.tags"],
        },
    },
]

# Database: PostgreSQL only. Connections are kept, and checked before use, so
# that a restarted server costs a reconnect and not an error page.
DATABASES = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL"), conn_max_age=600, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database.")
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
# Short statements only: compiling one takes the database up to half a second, running it a few
# milliseconds. A pooler that takes no options says `?options=` in its address. What the environment
# asks of the server would be forgotten otherwise.
asked_of_server = f"{env.str('PGOPTIONS', default='')} -c jit=off".strip()
DATABASES["default"]["OPTIONS"].setdefault("options", asked_of_server)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Caches and sessions never live in Redis, so that losing it signs nobody out.
# Sessions are not cached in the process either: another process would not hear
# of a log-out.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Seconds: twelve hours in any case, three without a click (opsdesk/access/sessions.py).
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_IDLE_SECONDS = 3 * 60 * 60

# People
AUTH_USER_MODEL = "stores.User"
AUTHENTICATION_BACKENDS = [
    "opsdesk.stores.auth.PasswordBackend",
    # What a person may do is asked per store; see opsdesk/stores/auth.py.
    "opsdesk.stores.auth.StoreRoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
if TESTING:
    # The real hasher is slow on purpose; tests sign in hundreds of times.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Administrators and finance log in with two steps (opsdesk/access/second_step.py).
SECOND_STEP_REQUIRED = env.bool("SECOND_STEP_REQUIRED", default=PRODUCTION)
OTP_TOTP_ISSUER = "OpsDesk"
# Wrong codes wait by our own throttle, which ends after a quarter of an hour; theirs never does.
OTP_TOTP_THROTTLE_FACTOR = 0
OTP_STATIC_THROTTLE_FACTOR = 0
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "admin:login"

# Languages and time. Moments are stored in UTC; a store's business day comes
# from the store's own time zone.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
# The admin's look comes without translations: ours for it lie beside our own.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "unfold"]
USE_I18N = True
FORMAT_MODULE_PATH = ["opsdesk.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "opsdesk" / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=VAR_DIR / "static")
MEDIA_URL = "media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=VAR_DIR / "media")
# Other systems put what they know of orders here: <store>/<channel>.json, .csv or .xlsx.
ORDER_LISTINGS = env.path("ORDER_LISTINGS", default=VAR_DIR / "listings")
# Carriers' files of what became of parcels are dropped here: <store>/*.json, .csv or .xlsx.
TRACKING_FILES = env.path("TRACKING_FILES", default=VAR_DIR / "tracking")
STORAGES = {
    "default": {"BACKEND": "opsdesk.storage.WholeFileStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# A checkout needs no collectstatic. In tests the files are looked up when asked
# for: scanning them for every test client would take longer than the tests.
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = TESTING or DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_PERMISSIONS = 0o640

# Transport security. Load balancers ask /health, and Prometheus /metrics, over plain HTTP.
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 60 * 60)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # A browser's preload list takes years to leave, and binds every subdomain: opt in.
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
    if not SECURE_HSTS_PRELOAD:
        SILENCED_SYSTEM_CHECKS = ["security.W021"]
    SESSION_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=True)
    CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
    # Only behind a proxy that overwrites the header: a visitor can forge it.
    if env.bool("TRUST_X_FORWARDED_PROTO", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies of ours stand before the site, each of which adds to X-Forwarded-For. Without
# any the header is the visitor's own word, and not read.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0, validate=validate.Range(min=0))
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# Mail
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if PRODUCTION
    else "django.core.mail.backends.console.EmailBackend"
)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="opsdesk@localhost")
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10

# What leaves for addresses that people enter goes to public machines only (opsdesk/http.py), and
# to these networks: a receiver inside one's own. A developer's machine may talk to itself.
OUTBOUND_PRIVATE_NETWORKS: list[str] = env.list(
    "OUTBOUND_PRIVATE_NETWORKS", default=[] if PRODUCTION else ["127.0.0.0/8", "::1/128"]
)
for network in OUTBOUND_PRIVATE_NETWORKS:
    try:
        ipaddress.ip_network(network)
    except ValueError as error:
        raise ImproperlyConfigured(f"OUTBOUND_PRIVATE_NETWORKS: {error}") from error

# Contacts and secrets are sealed with the first of these keys and opened with any. A checkout that
# names none derives one from its own secret.
if PRODUCTION:
    require({"FIELD_KEYS": "keys of 32 random bytes in URL-safe base64, the newest first"})
FIELD_KEYS: list[str] = env.list(
    "FIELD_KEYS",
    default=[urlsafe_b64encode(sha256(SECRET_KEY.encode()).digest()).decode()],
)
for key in FIELD_KEYS:
    try:
        Fernet(key)
    except ValueError as error:
        raise ImproperlyConfigured(f"FIELD_KEYS: {error}") from error

# Log lines carry ids, never names, addresses, telephone numbers or secrets: opsdesk/logs.py.
LOG_FORMAT = env.str(
    "LOG_FORMAT",
    default="json" if PRODUCTION else "plain",
    validate=validate.OneOf(["json", "plain"]),
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "opsdesk.logs.JsonFormatter"},
        "plain": {
            "()": "opsdesk.logs.PlainFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": env.log_level("LOG_LEVEL", default=logging.INFO)},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # Tells of each table of a font that goes into a document.
        "fontTools": {"level": "WARNING"},
    },
}

# Who may read /metrics: networks of the asking machine itself, or a bearer of this token.
METRICS_ALLOWED: list[str] = env.list(
    "METRICS_ALLOWED", default=[] if PRODUCTION else ["127.0.0.0/8", "::1"]
)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
PROMETHEUS_EXPORT_MIGRATIONS = False

# REST: a token in a header and nothing else; see opsdesk/api and docs/api.md.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["opsdesk.tokens.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["opsdesk.wire.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["opsdesk.wire.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "opsdesk.api.schema.Operation",
    "EXCEPTION_HANDLER": "opsdesk.api.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["opsdesk.wire.JsonRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OpsDesk",
    "VERSION": "1",
    "DESCRIPTION": "Rows of one store, by token. Conventions and what may change: docs/api.md.",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "opsdesk.api.schema.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "StockState": "catalog.models.StockState",
        "Role": "opsdesk.stores.roles.Role",
        "Severity": "opsdesk.alerts.models.Severity",
        "AlertState": "opsdesk.alerts.models.Alert.State",
        "MovementKind": "catalog.models.StockMovement.Kind",
        "ReviewState": "orders.models.Order.Review",
        "PaymentState": "orders.models.Order.Payment",
        "FulfilmentState": "orders.models.Order.Fulfilment",
        "AfterSalesState": "orders.models.Order.AfterSales",
        "WaveState": "fulfillment.models.Wave.State",
        "PickState": "fulfillment.models.Pick.State",
        "PickLineState": "fulfillment.models.PickLine.State",
        "ShortReason": "fulfillment.models.ShortPick.Reason",
        "ParcelState": "fulfillment.models.Parcel.State",
        "RuleOutcome": "opsdesk.automation.models.Firing.Outcome",
        "TrackingState": "fulfillment.models.Progress",
    },
}

# Celery carries ids and may lose all of them: every piece of work is a row in
# the database first, and the tick finds what a lost message would have done.
CELERY_BROKER_URL = env.str("REDIS_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_TASK_ACKS_LATE = True
# Without it `acks_late` still loses the task of a child process that was killed.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=2)
# Seconds. A task must end before Redis hands it to a second worker.
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 570
# What runs when a worker is told to stop gets this long, then goes back to the
# queue. Less than the time the process runner and the containers grant.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 8
# A short loss of Redis must not cost the work in hand: the task ends, its lost
# acknowledgement makes it run again, and a second run is harmless.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # Look for messages of lost workers every 10 s; each 100 s is the default.
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # A hint to the worker fails within 2 s when Redis is down or hung: by
    # default it blocks the request that sends it for good.
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
# The one entry needs no file of its own: what ran and what was missed is in the
# database (opsdesk/schedule).
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
# Ticks wait in a queue and are run by a worker of their own: behind two long imports all clocks
# would stop. One that waited until the next was sent is worth nothing.
CELERY_TASK_ROUTES = {"opsdesk.schedule.tick": {"queue": "clock"}}
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "opsdesk.schedule.tick",
        "schedule": 60.0,
        "options": {"queue": "clock", "expires": 55},
    }
}
