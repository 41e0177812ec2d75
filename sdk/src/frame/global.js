import { BursarFrame } from './frame.js';

/** A second script tag changes nothing. */
const page = /** @type {any} */ (globalThis);
page.BursarFrame ??= BursarFrame;
