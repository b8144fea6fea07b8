/**
 * The benches among the files of test/bench. Helpers of theirs live in folders or have a dot in their name.
 * @param {string[]} files
 */
export function benchNames(files) {
  return files
    .filter((file) => /^[a-z][a-z0-9-]*\.ts$/.test(file))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}
