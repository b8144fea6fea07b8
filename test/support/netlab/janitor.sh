# Reads names of network namespaces, one a line, until their creator closes the pipe or dies; then kills the programs
# inside them and removes them.
namespaces=
while read -r namespace; do namespaces="$namespace $namespaces"; done
for namespace in $namespaces; do
  for pid in $(ip netns pids "$namespace" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null; done
  ip netns del "$namespace" 2>/dev/null
done
exit 0
