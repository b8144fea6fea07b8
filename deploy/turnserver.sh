#!/bin/sh
# Starts coturn with the settings of turnserver.conf, the secret and the public address of this host.
set -eu
umask 077
settings=${TURN_SETTINGS_FILE:-/run/coturn/turnserver.conf}
cat "${TURN_BASE_FILE:-/etc/coturn/base.conf}" >"$settings"
# The first announced address; coturn takes no name here, and only IPv4 is behind address translation.
host=${ANNOUNCED_ADDRESS%%,*}
address=$(getent ahostsv4 "$host" | awk 'NR == 1 { print $1 }')
printf 'static-auth-secret=%s\nexternal-ip=%s\n' "$TURN_SECRET" "${address:-$host}" >>"$settings"
exec turnserver -c "$settings"
