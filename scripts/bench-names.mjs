/**
 * Returns the names of the benches among the files of test/bench. Their helpers are in folders or have a dot in the
 * name.
 * @param {string[]} files
 */
export function benchNames(files) {
  return files
    .filter((file) => /^[a-z][a-z0-9-]*\.ts$/.test(file))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}
