#!/bin/sh
# Backs up a server of one machine while visits are live: its database, then the files of recordings. As root:
#
#   sh /opt/televisit/deploy/backup.sh /srv/backup
#
# Afterwards `database` has one more copy, checked, and `recordings` the encrypted files. Copies of the database older than KEEP_DAYS
# are deleted. docs/OPERATIONS.md, "Back up", says what else a restore needs: the secrets are not in this backup.
set -eu
umask 077
backups=${1:?the folder for backups}
data=${DATA_DIR:-/var/lib/televisit}
recordings=${RECORDINGS_DIR:-$data/recordings}
copy=$data/backup/televisit.db

# Only the server can read its database while it runs: it copies it when it gets this signal, as it is at one moment.
rm -f "$copy"
systemctl kill --kill-whom=main -s USR2 "${SERVICE:-televisit}"
waited=0
until [ -e "$copy" ]; do
  [ "$waited" -lt "${PATIENCE_SECONDS:-600}" ] || { echo 'The server copied nothing; its log says why.' >&2; exit 1; }
  sleep 1
  waited=$((waited + 1))
done
[ "$(sqlite3 "$copy" 'PRAGMA integrity_check')" = ok ] || { echo "$copy is damaged." >&2; exit 1; }
mkdir -p "$backups/database" "$backups/recordings"
mv "$copy" "$backups/database/televisit-$(date -u +%Y-%m-%dT%H%M%SZ).db"

# After the database, so that each recording that the copy knows is there. Complete files never change.
if [ -d "$recordings" ]; then cp -an "$recordings/." "$backups/recordings/"; fi
find "$backups/database" -name 'televisit-*.db' -mtime "+${KEEP_DAYS:-30}" -delete
