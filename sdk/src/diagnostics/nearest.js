/** The edit distance of two names. @param {string} one @param {string} other */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, number) => number);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[other.length];
}

/**
 * The nearest known name.
 * @param {string} wrong @param {readonly string[]} names
 * @returns {string | null} `null` when none is near
 */
export function nearest(wrong, names) {
  const plain = (/** @type {string} */ name) => name.toLowerCase().replace(/[^a-z]/g, '');
  const target = plain(wrong);
  const [best] = names.map((name) => ({ name, edits: distance(target, plain(name)) })).sort((one, other) => one.edits - other.edits);
  return best && best.edits <= Math.max(2, Math.floor(target.length / 3)) ? best.name : null;
}
