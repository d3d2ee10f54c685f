"""All settings, read once from the environment or `.env` (names: docs/operations.md).

Everything optional has a default that suits an office on one machine. A missing or wrong value
raises ImproperlyConfigured with a German sentence that says what to do.
"""

import re
from email.utils import parseaddr
from logging import getLevelNamesMapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from netzwerk import logs, reports
from netzwerk.secret import demo_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

_TYPES = {"integer": "eine ganze Zahl", "boolean": "true oder false", "date": "ein Datum wie 2027-11-30"}


def _in_german(error: EnvError) -> str:
    """Return environs' error as a German sentence with the setting's name and the expected type."""
    name, wanted = (re.search(pattern, str(error)) for pattern in (r'"(\w+)"', r"Not a valid (\w+)"))
    kind = _TYPES.get(wanted.group(1) if wanted else "", "ein anderer Wert")
    return f"{name.group(1) if name else error} passt nicht, erwartet wird {kind} (siehe docs/operations.md)."


def _split(address: str) -> SplitResult:
    """Return the parts of BASE_URL; netzwerk.checks validates them later. Raises ImproperlyConfigured."""
    try:
        return urlsplit(address)
    except ValueError:
        raise ImproperlyConfigured(
            "BASE_URL ist keine Internetadresse. Zum Beispiel: https://netzwerk.example"
        ) from None


env = Env()
env.read_env(env.str("ENV_FILE", str(BASE_DIR / ".env")), recurse=False)

try:
    DEMO = env.bool("DEMO", False)
    DEBUG = env.bool("DEBUG", False)
    DATA_DIR = Path(env.str("DATA_DIR", "var"))
    BASE_URL = env.str("BASE_URL", f"http://127.0.0.1:{env.int('PORT', 8000)}").rstrip("/")
    _SITE = _split(BASE_URL)
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [_SITE.hostname or "127.0.0.1"])
    if DEMO:
        ALLOWED_HOSTS += ["127.0.0.1", "localhost"]
    TIME_ZONE = env.str("TIME_ZONE", "Europe/Berlin")
    SECRET_KEY = env.str("SECRET_KEY", "")
    DATABASE_POOLER = env.bool("DATABASE_POOLER", False)
    CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "filesystem://")
    EMAIL_URL = env.str("EMAIL_URL", "outbox://")
    MAIL_FROM = env.str("MAIL_FROM", "Servicestelle Schule–Wirtschaft <netzwerk@servicestelle.example>")
    INBOX_ADDRESS = env.str("INBOX_ADDRESS", "") or parseaddr(MAIL_FROM)[1]
    INBOX_PLUS_ADDRESSING = env.bool("INBOX_PLUS_ADDRESSING", True)
    INBOX_URL = env.str("INBOX_URL", "")
    INBOX_AUTHSERV_ID = env.str("INBOX_AUTHSERV_ID", "").strip()
    FIRST_USER_EMAIL = env.str("FIRST_USER_EMAIL", "").strip()
    MAIL_TOKEN_URL = env.str("MAIL_TOKEN_URL", "").strip()
    MAIL_TOKEN_SCOPE = env.str("MAIL_TOKEN_SCOPE", "https://outlook.office365.com/.default").strip()
    MAIL_CLIENT_ID = env.str("MAIL_CLIENT_ID", "").strip()
    MAIL_CLIENT_SECRET = env.str("MAIL_CLIENT_SECRET", "").strip()
    MAIL_CLIENT_SECRET_FILE = env.str("MAIL_CLIENT_SECRET_FILE", "").strip()
    MAIL_CLIENT_CERTIFICATE = env.str("MAIL_CLIENT_CERTIFICATE", "").strip()
    MAIL_CLIENT_KEY = env.str("MAIL_CLIENT_KEY", "").strip()
    MAIL_SECRET_ENDS = env.date("MAIL_SECRET_ENDS") if env.str("MAIL_SECRET_ENDS", "") else None
    MAIL_PLAIN_HOSTS = env.str("MAIL_PLAIN_HOSTS", "").lower().replace(",", " ").split()
    MAIL_RATE = env.int("MAIL_RATE", 0)
    MAIL_CONNECTIONS = env.int("MAIL_CONNECTIONS", 2)
    MAIL_GRACE_SECONDS = env.int("MAIL_GRACE_SECONDS", 5 if DEMO else 60)
    MAIL_LEASE_SECONDS = env.int("MAIL_LEASE_SECONDS", 300)
    MAIL_RESEND_SECONDS = env.int("MAIL_RESEND_SECONDS", 900)
    IMPORT_LEASE_SECONDS = env.int("IMPORT_LEASE_SECONDS", 300)
    LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
    SENTRY_DSN = env.str("SENTRY_DSN", "")
    LOG_FORMAT = env.str("LOG_FORMAT", "plain").lower()
    HTTPS = _SITE.scheme == "https"
    REQUIRE_MFA = env.bool("REQUIRE_MFA", not (DEBUG or DEMO))
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True) and HTTPS
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)
except EnvError as error:
    raise ImproperlyConfigured(_in_german(error)) from error
for name, value, least, most, unit in (
    ("MAIL_LEASE_SECONDS", MAIL_LEASE_SECONDS, 1, 86400, "Sekunden"),
    ("MAIL_RESEND_SECONDS", MAIL_RESEND_SECONDS, 1, 86400, "Sekunden"),
    ("IMPORT_LEASE_SECONDS", IMPORT_LEASE_SECONDS, 1, 86400, "Sekunden"),
    ("MAIL_GRACE_SECONDS", MAIL_GRACE_SECONDS, 0, 3600, "Sekunden"),
    ("MAIL_RATE", MAIL_RATE, 0, 100000, "Mails in der Minute (0: ohne Grenze)"),
    ("MAIL_CONNECTIONS", MAIL_CONNECTIONS, 1, 20, "Verbindungen"),
):
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} passt nicht, erwartet werden {least} bis {most} {unit}.")
if not 0 <= ALLAUTH_TRUSTED_PROXY_COUNT <= 10:
    raise ImproperlyConfigured("TRUSTED_PROXIES passt nicht, erwartet wird die Zahl der Proxys vor der Seite.")
if TIME_ZONE not in available_timezones():
    raise ImproperlyConfigured(f"TIME_ZONE kennt „{TIME_ZONE}“ nicht. Zum Beispiel: Europe/Berlin")
if LOG_LEVEL not in getLevelNamesMapping():
    raise ImproperlyConfigured(f"LOG_LEVEL kennt „{LOG_LEVEL}“ nicht. Möglich sind DEBUG, INFO, WARNING und ERROR.")
if SENTRY_DSN and not reports.is_dsn(SENTRY_DSN):
    raise ImproperlyConfigured("SENTRY_DSN ist nicht lesbar. Zum Beispiel: https://schluessel@sentry.example/1")
if LOG_FORMAT not in ("plain", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT kennt „{LOG_FORMAT}“ nicht. Möglich sind plain und json.")

if not DATA_DIR.is_absolute():
    DATA_DIR = BASE_DIR / DATA_DIR
try:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # personal data
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR lässt sich nicht anlegen: {DATA_DIR} ({error.strerror}).") from error

if not INBOX_URL:  # the default is a maildir: put a mail into it to have it read
    INBOX_URL = f"maildir:{DATA_DIR / 'inbox'}"
    for part in ("", "tmp", "new", "cur"):
        (DATA_DIR / "inbox" / part).mkdir(mode=0o700, exist_ok=True)

if not SECRET_KEY:
    if not (DEMO or DEBUG):
        raise ImproperlyConfigured(
            "SECRET_KEY ist nicht gesetzt. Bitte eine lange zufällige Zeichenkette in die Umgebung oder in .env "
            'schreiben, zum Beispiel von: python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    SECRET_KEY = demo_secret_key(DATA_DIR)

# --- Apps and middleware ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "netzwerk",
    "desk",
    "public",
    "meetings",
    "partners",
    "mailroom",
    "regions",
    "team",
    "common",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "rules",
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.middleware.PolicyMiddleware",
    "common.middleware.SecurityHeadsMiddleware",
    "common.middleware.UnanswerableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "team.sessions.SessionLifetimeMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "team.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "netzwerk.urls"
WSGI_APPLICATION = "netzwerk.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.context_processors.office",
            ],
            "builtins": [
                "django.templatetags.static",
                "django_htmx.templatetags.django_htmx",
                "common.templatetags.ui",
                "rules.templatetags.rules",
                "team.templatetags.team",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database, cache, files ------------------------------------------------------------------------

try:
    DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'netzwerk.sqlite3'}")}
except (EnvError, ValueError):  # the error's text may hold the password
    raise ImproperlyConfigured(
        "DATABASE_URL ist nicht lesbar. Zum Beispiel: postgresql://name:kennwort@rechner:5432/netzwerk"
    ) from None
try:
    CACHES = {"default": env.dj_cache_url("CACHE_URL", "db://cache")}
except (EnvError, ValueError, KeyError):
    raise ImproperlyConfigured("CACHE_URL ist nicht lesbar. Zum Beispiel: redis://rechner:6379/1") from None

# Counters use the default timeout; it must be at least the longest window of a limit (team.limits).
CACHES["default"].setdefault("TIMEOUT", 3600)
if CACHES["default"]["BACKEND"].endswith("DatabaseCache"):
    CACHES["default"].setdefault("OPTIONS", {}).setdefault("MAX_ENTRIES", 20_000)  # with 300 it discards counters

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}  # a new connection costs more than a page
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_ROOT = DATA_DIR / "uploads"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
IMPORT_MAX_BYTES = 20 * 1024 * 1024

STATIC_URL = "static/"
STATIC_ROOT = None if DEMO or DEBUG else BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", str(__import__("bootstrap_wrapper").get_bootstrap_dir()))]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "netzwerk.staticfiles.TeamStylesheetFinder",
]
WHITENOISE_USE_FINDERS = DEMO or DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Language and time -----------------------------------------------------------------------------

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch")]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["common.formats"]

# --- People ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["team.backends.TeamBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "team.passwords.OwnWordsValidator"},
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "team.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "change_password": "team.forms.ChangePasswordForm",
    "reset_password": "team.forms.ResetPasswordForm",
    "reset_password_from_key": "team.forms.ResetPasswordKeyForm",
    "set_password": "team.forms.SetPasswordForm",
}
ACCOUNT_MAX_EMAIL_ADDRESSES = 1
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _SITE.scheme
USERSESSIONS_TRACK_ACTIVITY = True  # team.sessions does it and does not write for each page
MFA_ADAPTER = "team.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = parseaddr(MAIL_FROM)[0] or "Netzwerk"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s, for telephones whose clock is off
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the lead vouches for an address; allauth would demand its own verification
MFA_FORMS = {
    "activate_totp": "team.forms.ActivateTOTPForm",
    "add_webauthn": "team.forms.AddWebAuthnForm",
    "authenticate": "team.forms.AuthenticateForm",
    "authenticate_webauthn": "team.forms.AuthenticateWebAuthnForm",
    "edit_webauthn": "team.forms.EditWebAuthnForm",
    "login_webauthn": "team.forms.LoginWebAuthnForm",
    "reauthenticate": "team.forms.ReauthenticateForm",
    "reauthenticate_webauthn": "team.forms.ReauthenticateWebAuthnForm",
}

# --- Mail and jobs ---------------------------------------------------------------------------------

EMAIL_BACKEND = "mailroom.backend.OutboxBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
INBOX_HANDLERS = [  # handlers that incoming mails are passed to, in this order (mailroom.services.inbox)
    "mailroom.services.bounces.handle",
    "mailroom.services.absences.handle",
    "meetings.inbound.handle",
]
OUTBOX_SOURCES = ["mailroom.services.acts.write.write_due"]  # `deliver_mail` calls them to render pending mails
ACT_WRITERS = {  # classes that render the mails of an act and revert its decision (mailroom.services.acts.writers)
    "meetings": "meetings.services.sending.letters.Writer",
    "meetings.bulk": "meetings.services.bulk.carry_out.BulkReverter",
    "partners.letters": "partners.services.letters.Writer",
}

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "netzwerk"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # a batch of mails takes minutes; waiting tasks stay for other workers
CELERY_WORKER_DISABLE_PREFETCH = CELERY_BROKER_URL.startswith(("redis:", "rediss:"))  # only redis supports it
if CELERY_BROKER_URL.startswith("filesystem:"):
    QUEUE_DIR = DATA_DIR / "queue"
    QUEUE_DIR.mkdir(mode=0o700, exist_ok=True)
    for folder in ("messages", "control"):
        (QUEUE_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # the demo does not use it, and each request leaves files
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
        "polling_interval": 0.3,
    }

# --- Modules of upper packages that add panels to pages of lower ones ---------------------------------

PARTNER_PANELS = ["meetings.panels"]
INBOX_PANELS = [
    "meetings.panels",
    "partners.panels",
]  # `for_mail(mail)` returns what the page of an incoming mail shows and offers
OUTBOX_PANELS = ["meetings.panels", "partners.panels"]  # `for_sent_mail(mail)`; the first with something to show counts

# --- Security --------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # counted from the login, whatever the activity
SESSION_IDLE_SECONDS = 3 * 24 * 3600  # a weekend
if HTTPS:  # `__Host-`: neither another host of the domain nor an unencrypted page can set them
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "public.errors.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Logging ---------------------------------------------------------------------------------------

LOGGING = logs.configuration(level=LOG_LEVEL, shape=LOG_FORMAT)
