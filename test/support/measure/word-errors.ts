/** Returns the share of words that were added, left out or replaced, without regard to case and punctuation. */
export function wordErrorRate(spoken: string, transcribed: string): number {
  const [expected, found] = [wordsOf(spoken), wordsOf(transcribed)];
  let row = found.map((_, index) => index + 1);
  for (const [position, word] of expected.entries()) {
    let [diagonal, left] = [position, position + 1];
    row = row.map((above, index) => {
      const best = Math.min(above + 1, left + 1, diagonal + (word === found[index] ? 0 : 1));
      [diagonal, left] = [above, best];
      return best;
    });
  }
  return (row.at(-1) ?? expected.length) / expected.length;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}
