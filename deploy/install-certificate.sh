#!/bin/sh
# Gives a certificate to nginx and coturn, and makes them use it. Arguments: the certificate with its chain, and its key (PEM).
# certbot runs it after each renewal, with RENEWED_LINEAGE as the folder of both.
set -eu
certificate=${1:-${RENEWED_LINEAGE:?}/fullchain.pem}
key=${2:-${RENEWED_LINEAGE:?}/privkey.pem}
install -d -m 755 /etc/televisit /etc/televisit/tls
install -m 644 "$certificate" /etc/televisit/tls/fullchain.pem
# nginx reads the key as root, coturn as its own user.
install -m 640 -g turnserver "$key" /etc/televisit/tls/privkey.pem
if systemctl is-active --quiet nginx; then systemctl reload nginx; fi
# coturn reads its certificate again at this signal, and keeps the calls that it relays.
if systemctl is-active --quiet coturn; then systemctl kill -s USR2 coturn; fi
