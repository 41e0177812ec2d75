#!/bin/sh
# The entry point of the container image: one kind of process, with the commands of docs/how-to/deploy.md.
#   bursar web | worker | files | relay | migrate | <any other command>
set -eu
umask 077

case "${1:-web}" in
  web) exec python -m app.front --host 0.0.0.0 --port "${PORT:-8000}" --workers "${WEB_WORKERS:-2}" ;;
  worker) exec python -m app.worker ;;
  files) exec python -m app.worker.files ;;
  relay) exec python -m app.worker.relay ;;
  migrate)
    flask --app wsgi db upgrade
    exec flask --app wsgi make-logins
    ;;
  *) exec "$@" ;;
esac
