/** What the core needs of a page. */
import { memory } from './stored_session.js';

/**
 * @param {(error: import('../types').BursarError) => import('../types').BursarError} localize
 * @param {(level: string, message: string) => void} log
 * @param {(params: Record<string, string>) => void} askApp
 * @param {(url: string) => void} [lead]
 * @returns {import('../core/checkout.js').Env & {memory: import('../core/session_opener.js').Memory}}
 */
export function browserEnv(localize, log, askApp, lead = (url) => location.assign(url)) {
  return {
    localize,
    log,
    attention: {
      isHidden: () => document.hidden,
      onWake: (wake) => listen(document, 'visibilitychange', () => { if (!document.hidden) wake(); }),
    },
    navigate: (url) => { if (isSafe(url)) lead(url); },
    askApp,
    memory,
    page(url) {
      const { href } = url ? new URL(url, location.href) : location;
      return /^http.{1,1996}$/.test(href) ? href : undefined;
    },
    isHere: (url) => {
      const there = new URL(url, location.href);
      return there.origin === location.origin && there.pathname === location.pathname;
    },
    onConnection: (listener) => {
      const stops = [listen(window, 'online', () => listener(true)), listen(window, 'offline', () => listener(false))];
      return () => stops.forEach((stop) => stop());
    },
    onComeBack: (listener) => listen(window, 'pageshow', (event) => {
      if (/** @type {PageTransitionEvent} */ (event).persisted) listener();
    }),
  };
}

/** Anything but a script: payment apps have schemes of their own. @param {string} url */
function isSafe(url) {
  return !/^(javascript|data|vbscript|blob):/i.test(new URL(url, location.href).protocol);
}

/** @param {EventTarget} target @param {string} type @param {(event: Event) => void} listener */
function listen(target, type, listener) {
  target.addEventListener(type, listener);
  return () => target.removeEventListener(type, listener);
}
