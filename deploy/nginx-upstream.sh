#!/bin/sh
# Keeps the upstream of nginx at the servers whose /readyz answers 200, and reloads nginx when that changes: nginx does not ask
# servers by itself (only its commercial edition does). Run it beside nginx, and include the file that it writes:
#
#   SERVERS='10.0.0.5:3000 10.0.0.6:3000' UPSTREAM_FILE=/etc/nginx/conf.d/televisit.conf sh deploy/nginx-upstream.sh
#
# RELOAD is the command that reloads nginx, INTERVAL the seconds between two rounds: keep SHUTDOWN_DELAY_SECONDS of the servers at
# least three seconds longer.
set -eu
: "${SERVERS:?the servers, as host:port, separated by spaces}"
: "${UPSTREAM_FILE:?the file with the upstream, which the configuration of nginx includes}"
reload=${RELOAD:-nginx -s reload}

while :; do
  ready=0
  {
    echo 'upstream televisit {'
    for server in $SERVERS; do
      if curl --silent --fail --output /dev/null --max-time 2 "http://$server/readyz"; then
        ready=$((ready + 1))
        echo "  server $server max_fails=0;"
      else
        echo "  server $server max_fails=0 down;"
      fi
    done
    echo '  keepalive 32;'
    echo '}'
  } > "$UPSTREAM_FILE.next"
  # Without any ready server nginx keeps those it has.
  if [ "$ready" -gt 0 ] && ! cmp -s "$UPSTREAM_FILE.next" "$UPSTREAM_FILE"; then
    mv "$UPSTREAM_FILE.next" "$UPSTREAM_FILE"
    $reload || echo 'failed to reload nginx' >&2
  fi
  sleep "${INTERVAL:-1}"
done
