import { Bursar } from './panel/bursar.js';

/** A second script tag changes nothing. */
const page = /** @type {any} */ (globalThis);
page.Bursar ??= Bursar;
