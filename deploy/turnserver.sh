#!/bin/sh
# Starts coturn with the settings of turnserver.conf, the secret and the public address of this host.
set -eu
umask 077
settings=${TURN_SETTINGS_FILE:-/run/coturn/turnserver.conf}
cat "${TURN_BASE_FILE:-/etc/coturn/base.conf}" >"$settings"
printf 'static-auth-secret=%s\nexternal-ip=%s\n' "$TURN_SECRET" "$ANNOUNCED_ADDRESS" >>"$settings"
exec turnserver -c "$settings"
