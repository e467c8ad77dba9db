#!/bin/sh
# Stands for ptxas in tests: says a version, and what it writes begins as a cubin does.
case "$1" in
--version) echo "Cuda compilation tools, release 1.2, V1.2.3"; exit ;;
esac
while [ $# -gt 1 ]; do
  case "$1" in
  -arch=*) level=${1#-arch=} ;;
  -o) output=$2; shift ;;
  esac
  shift
done
grep -q "^.target $level" "$1" || { echo "ptxas error: the source is for another level"; exit 1; }
printf '\177ELF of %s' "$level" >"$output"
