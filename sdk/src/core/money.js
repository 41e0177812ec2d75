/**
 * Writes minor units as money of a locale. No floating point on the way: the digits are placed by hand.
 * @param {number} minor whole minor units, as the server sent them
 * @param {string} currency ISO 4217
 * @param {number} exponent minor-unit digits of the currency
 * @param {string} locale BCP 47
 */
export function formatMoney(minor, currency, exponent, locale) {
  const decimal = decimalText(minor, exponent);
  const digits = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  try {
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency, ...digits });
    // Among words that run right to left, US$ would be shown as $US, were the sign not held by a mark behind it.
    return format.format(/** @type {any} */ (decimal)).replace(/[A-Z][$¥]$/, '$&\u200e');
  } catch {
    return `${decimal} ${currency}`;
  }
}

/**
 * @param {number} minor
 * @param {number} exponent
 * @returns {string} a plain decimal such as `-12.05`
 */
export function decimalText(minor, exponent) {
  const sign = minor < 0 ? '-' : '';
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
