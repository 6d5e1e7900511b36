#!/bin/sh
# A function in shell: `weir serve greet:1.0.0 -- examples/greet.sh`.
# Its arguments come as JSON; `jq` reads more of it than this does.
name=$(sed -n 's/.*"name": *"\([^"]*\)".*/\1/p')
if [ -z "$name" ]; then
  echo '`name` is missing' >&2
  exit 1
fi
printf '{"greeting": "Hello, %s!"}' "$name"
