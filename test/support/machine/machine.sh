#!/bin/sh
# The first process of a machine: gives it a copy of this system's files that forgets its changes, and reaps what ends. Runs in
# namespaces of its own. Arguments: a folder for the mounts, and folders of this system that the machine sees, read-only.
set -eu
base=$1
shift
mount -t tmpfs -o size=4g,mode=755 machine "$base"
mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay machine -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
root=$base/root
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=755 machine "$root/run"
mount -t tmpfs -o mode=1777 machine "$root/tmp"
mkdir "$root/run/lock"
for folder; do
  mkdir -p "$root$folder"
  mount --bind "$folder" "$root$folder"
  mount -o remount,bind,ro "$root$folder"
done
echo ready
exec chroot "$root" /bin/sh -c 'while :; do sleep 1; wait; done'
