#!/bin/sh
# Postgres' archive_command: archive-wal.sh FOLDER %p %f
# Exits 0 only when the whole file is on disk under its final name, so that a crash at any line leaves
# either no such file or a whole one. Run again for a file that is there, it succeeds if both are the
# same; another server's file of the same name is never overwritten.
set -eu
folder=$1
from=$2
name=$3

if [ -e "$folder/$name" ]; then
  cmp -s "$from" "$folder/$name" && exit 0
  echo "archive-wal: $folder/$name is there with other content" >&2
  exit 1
fi
part="$folder/.$name.part"
cp "$from" "$part"
sync "$part"
ln "$part" "$folder/$name" # unlike mv it fails when somebody else was quicker
rm "$part"
sync "$folder"
