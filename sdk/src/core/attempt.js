/** Fresh attempt ids. One is made before a confirmation is sent and stays with it until the answer is known. */

/** @returns {string} random, 128 bits; also where `crypto.randomUUID` is missing (plain http) */
export function newAttemptId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `try_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
