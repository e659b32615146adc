#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml mounts, once: deploy/docker/secrets.sh [FOLDER]. What is there already stays.
# The folder is closed to other users; the files in it are readable, because containers run as users of their own.
set -euo pipefail
folder="${1:-secrets}"
user=interpret
mkdir -p "$folder"
chmod 700 "$folder"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
write() { # file; standard input
  if [ -e "$folder/$1" ]; then cat > /dev/null; else (umask 022; cat > "$folder/$1"); fi
}

random | write database-password
random | write broker-password
random | write http-token
random | write grafana-password
printf 'Host=database;Username=%s;Password=%s;Database=interpret' "$user" "$(cat "$folder/database-password")" | write database-connection
printf 'amqp://%s:%s@broker/' "$user" "$(cat "$folder/broker-password")" | write broker-connection
printf 'default_user = %s\ndefault_pass = %s\n' "$user" "$(cat "$folder/broker-password")" | write broker-user.conf
: | write chat-key # put the chat service's key here
echo "secrets in $folder; the token for the command line: INTERPRET_TOKEN=\$(cat $folder/http-token)"
